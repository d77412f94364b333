"""Keys that a database may take for the same, and a warehouse does not."""

import pytest

from core.contract.entities import ENTITIES
from core.settings import Settings
from loader.source import mapping as mappings
from loader.source.problems import keys_shown
from loader.source.snapshot import snapshot
from tests.loader.shop import Shop


@pytest.mark.parametrize(
    ("named", "lines"),
    [
        (
            "'a' || customer_id || '  '",
            [
                "orders.customer_id: 1 keys are those of customers but for upper and lower case or"
                " blanks at their ends, 'a1' for one, and so find no row there: trim(…) or upper(…)"
                " them under `columns:` and `key:`, alike in all entities"
            ],
        ),
        ("'A' || customer_id", []),
        ("'B' || customer_id", []),
    ],
)
def test_keys_that_differ_in_case_or_blanks_only_are_found(
    named: str, lines: list[str], shop: Shop, settings: Settings
) -> None:
    mapping = mappings.read("oltp")
    changed = {
        "customers": {"key": "'A' || customer_id"},
        "orders": {"columns": {"customer_id": named}},
    }
    entities = mapping.entities | {
        name: mapping.present[name].model_copy(update=update) for name, update in changed.items()
    }
    mapping = mapping.model_copy(update={"entities": entities})
    with keys_shown(), snapshot(settings.oltp_url.get_secret_value(), mapping) as source:
        assert source.nearly([source.query(name, {}) for name in ENTITIES]) == lines
