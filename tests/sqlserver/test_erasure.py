"""A person is erased on SQL Server: staging, dimension, and the pages that held them."""

import shutil
import sys
from pathlib import Path

import duckdb
import pytest

from core.contract.personal import PERSONAL, PERSONAL_IN_DIMENSION
from tests.sqlserver.conftest import DATABASE, LOG, Recorded, on_server

pytestmark = pytest.mark.slow

PERSON = "5"


def test_a_person_is_erased_and_stays_so(server: Recorded, tmp_path: Path) -> None:
    folder = shutil.copytree(server.pipeline.folder, tmp_path / "dw")
    pipeline = on_server(folder)
    # A server's files are elsewhere.
    database = str((folder / DATABASE).rename(tmp_path / DATABASE))
    log = str(tmp_path / "erased.sql")
    (folder / LOG).unlink()
    (folder / f"{LOG}.sent").unlink()

    def dw(*commands: str) -> list[str]:
        pipeline.run(sys.executable, "-m", "tests.sqlserver.dw", database, log, *commands)
        return Path(log).read_text(encoding="utf-8").split("\n;;;\n")

    def held(table: str, columns: tuple[str, ...], key: str) -> list[object]:
        with duckdb.connect(database, read_only=True) as opened:
            selected = ", ".join(columns)
            statement = f"select {selected} from {table} where {key} = ?"
            (row,) = opened.execute(statement, [PERSON]).fetchall()
            return list(row)

    def everybody() -> list[object]:
        with duckdb.connect(database, read_only=True) as opened:
            return [
                opened.execute(
                    f"select * from {t} where {k} <> ? order by all", [PERSON]
                ).fetchall()
                for t, k in (
                    ("staging.customers", "customer_id"),
                    ("dim.dim_cliente", "cliente_original_id"),
                    ("fact.fact_vendas", "cliente_id::varchar"),
                )
            ]

    before = everybody()
    email = held("staging.customers", ("email",), "customer_id")[0]
    assert email
    sent = dw(f"dw erase --customer {PERSON} --by dpo")
    assert held("staging.customers", PERSONAL, "customer_id") == [
        "Anonimizado" if column == "full_name" else None for column in PERSONAL
    ]
    assert held("dim.dim_cliente", PERSONAL_IN_DIMENSION, "cliente_original_id") == [
        "Anonimizado" if column == "nome_cliente" else None for column in PERSONAL_IN_DIMENSION
    ]
    assert everybody() == before
    for table in ("staging.customers", "dim.dim_cliente"):
        assert f"ALTER TABLE {table} REBUILD" in sent
    assert "EXEC sp_clean_db_free_space @dbname = ?" in sent
    # Neither who it is nor what is known of them is written into a statement.
    assert not any(str(email) in batch or f"'{PERSON}'" in batch for batch in sent)
    dw("dw load --full")
    assert held("staging.customers", ("full_name", "email"), "customer_id") == ["Anonimizado", None]
