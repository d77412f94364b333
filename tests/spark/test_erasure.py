"""A person leaves a lake: landed files, Iceberg's tables and their older snapshots."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from core.contract.personal import PERSONAL, PERSONAL_IN_DIMENSION
from tests.spark.conftest import Twins

pytestmark = pytest.mark.long

PERSON = "5"


def holds(folder: Path, text: str) -> set[str]:
    """The Parquet files in which a text stands, whether or not anything names them."""
    found = set()
    with duckdb.connect() as database:
        for path in folder.rglob("*.parquet"):
            if text in str(database.read_parquet(str(path)).fetchall()):
                found.add(str(path.parent.relative_to(folder)))
    return found


def row(twins: Twins, table: str, key: str, columns: tuple[str, ...]) -> tuple[object, ...]:
    from core.engines import spark

    with spark.lake(twins.settings) as lake:
        selected = ", ".join(columns)
        (found,) = lake.execute(
            f"select {selected} from {table} where {key} = ?", [PERSON]
        ).fetchall()
        return tuple(found)


def test_a_person_leaves_files_tables_and_snapshots(new_twins: Callable[..., Twins]) -> None:
    twins = new_twins()
    twins.on_spark("dw load", "models")
    (email,) = row(twins, "dim.dim_cliente", "cliente_original_id", ("email",))
    lake = twins.spark.folder / "lake"
    assert len(holds(lake, str(email))) >= 3
    twins.on_spark(f"dw erase --customer {PERSON} --by dpo")
    assert holds(lake, str(email)) == set()
    assert row(twins, "staging.customers", "customer_id", PERSONAL) == tuple(
        "Anonimizado" if column == "full_name" else None for column in PERSONAL
    )
    assert row(twins, "dim.dim_cliente", "cliente_original_id", PERSONAL_IN_DIMENSION) == tuple(
        "Anonimizado" if column == "nome_cliente" else None for column in PERSONAL_IN_DIMENSION
    )
    twins.on_spark("dw load --full")
    assert holds(lake, str(email)) == set()
