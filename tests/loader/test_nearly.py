"""Keys that a database may take for the same, and a warehouse does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.contract.entities import ENTITIES
from core.engines.duckdb import DuckDB
from core.errors import UsageError
from core.settings import Settings
from loader.load import load
from loader.source import mapping as mappings
from loader.source.problems import keys_shown
from loader.source.snapshot import snapshot
from pipeline import left_out
from tests.loader.shop import Shop
from tests.loader.staging import content

PADDED = "'a' || customer_id || '  '"


@pytest.mark.parametrize(
    ("named", "lines"),
    [
        (
            "'a' || customer_id || '  '",
            [
                "orders.customer_id: 1 keys are those of customers but for upper and lower case or"
                " blanks at their ends, 'a1' for one, and so find no row there: trim(…) or upper(…)"
                " them under `columns:` and `key:`, alike in all entities; `trim_keys: true` takes"
                " such blanks off all keys"
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


def spelled(settings: Settings, key: str, named: str, **more: Any) -> Settings:
    """Settings whose mapping has customers' keys in one spelling, and orders name them so."""
    mapping = yaml.safe_load(Path(mappings.SOURCES / "oltp.yml").read_text(encoding="utf-8"))
    mapping["entities"]["customers"]["key"] = key
    mapping["entities"]["orders"].setdefault("columns", {})["customer_id"] = named
    file = settings.data_dir / "spelled.yml"
    file.write_text(yaml.safe_dump(mapping | more), encoding="utf-8")
    return settings.model_copy(update={"source": str(file)})


def test_keys_are_trimmed_if_the_mapping_says_so_and_it_is_told(
    shop: Shop, settings: Settings
) -> None:
    mapped = spelled(settings, "'a' || customer_id", PADDED, trim_keys=True)
    with keys_shown():
        told = left_out.check(mapped)[2]
    assert told == [
        "orders.customer_id: 3 values land without the blanks at their ends, since the mapping"
        " says `trim_keys`"
    ]
    load(mapped)
    landed = content(mapped)
    assert list(landed["customers"]) == ["a1"]
    assert {row["customer_id"] for row in landed["orders"].values()} == {"a1"}
    assert load(mapped).load_id is None


def test_a_mapping_that_begins_to_trim_brings_all_rows_again(
    shop: Shop, settings: Settings
) -> None:
    load(spelled(settings, PADDED, PADDED))
    assert list(content(settings)["customers"]) == ["a1  "]
    load(spelled(settings, PADDED, PADDED, trim_keys=True))
    landed = content(settings)
    assert landed["customers"]["a1"]["_hard_deleted_at"] is None
    assert landed["customers"]["a1  "]["_hard_deleted_at"] is not None
    assert {row["customer_id"] for row in landed["orders"].values()} == {"a1"}


def test_keys_of_one_entity_that_only_blanks_tell_apart_are_found_and_cannot_be_trimmed(
    shop: Shop, settings: Settings
) -> None:
    shop.add("customers", 2)
    shop.add("customers", 3)
    key = "case customer_id when 1 then 'a' when 2 then 'a ' else 'A' end"
    with keys_shown():
        told = left_out.check(spelled(settings, key, key))[2]
    assert told == [
        "customers: 1 keys are told apart by blanks at their ends alone, 'a' for one, which SQL"
        " Server takes for one key: mend them at the source"
    ]
    with pytest.raises(UsageError, match="customers: the key is not unique: 1 values"):
        load(spelled(settings, key, key, trim_keys=True))


def test_a_first_load_warns_where_the_warehouse_takes_such_keys_for_others(
    shop: Shop,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mapped = spelled(settings, "'a' || customer_id", PADDED)
    monkeypatch.setattr(DuckDB, "ignores_blanks", True)
    load(mapped)
    warned = capsys.readouterr().err
    assert "orders.customer_id: 1 keys are those of customers" in warned
    assert "'a1'" not in warned
    load(mapped)
    assert "nearly" not in capsys.readouterr().err
