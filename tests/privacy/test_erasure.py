"""A person who was erased is nowhere, stays so whatever lands or is restored, and no sum moves."""

import shutil
import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from core.audit import Audit
from core.contract.personal import PERSONAL, PERSONAL_IN_DIMENSION
from core.errors import LoaderError, UsageError
from core.lock import hold_warehouse
from core.settings import Settings
from loader.erasing import apply, record, traces
from loader.erasing.apply import erase
from loader.erasing.export import export
from loader.erasing.receipt import receipt
from loader.load import load
from tests.conftest import Pipeline
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, rows

MARIA = {
    "full_name": "Maria das Dores Quitéria",
    "email": "maria.quiteria@exemplo.com.br",
    "phone": "(71) 99123-4567",
    "document_number": "387.420.489-32",
    "address_line": "Rua da Independência, 1822",
}
ERASED = {**dict.fromkeys(PERSONAL), "full_name": "Anonimizado"}


@pytest.fixture
def maria(shop: Shop, settings: Settings) -> Settings:
    """A shop whose second customer is Maria, loaded; its database lies outside of the folder."""
    shop.add("customers", 2, **MARIA)
    shop.change("orders", 2, at=BASE, customer_id=2)
    source = settings.data_dir.with_name(f"{settings.data_dir.name}-source.sqlite")
    (settings.data_dir / "oltp.sqlite").rename(source)
    shop.engine.dispose()
    shop.__init__(f"sqlite:///{source}")  # type: ignore[misc]
    settings = settings.model_copy(update={"oltp_url": SecretStr(f"sqlite:///{source}")})
    load(settings)
    return settings


def held(settings: Settings, key: str = "2") -> dict[str, Any]:
    """What staging holds of a customer that is personal."""
    return {name: content(settings)["customers"][key][name] for name in PERSONAL}


def found(folder: Path, *texts: str) -> set[str]:
    """The files in which something stands, by their bytes and by the values of their tables."""
    places = set()
    for path in folder.rglob("*"):
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts):
            places.add(path.name)
    for path in folder.glob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as database:
            tables = database.execute(
                "select table_schema, table_name from information_schema.tables"
            ).fetchall()
            for schema, table in tables:
                content = str(database.table(f'"{schema}"."{table}"').fetchall())
                if any(text in content for text in texts):
                    places.add(f"{schema}.{table}")
    return places


def test_nothing_of_a_person_is_left_and_all_else_is_as_it_was(shop: Shop, maria: Settings) -> None:
    shop.add("customers", 3, **{**MARIA, "email": "another@example.com"})
    load(maria)
    assert found(maria.data_dir, MARIA["email"]) >= {"staging.customers", "dw_ecommerce.duckdb"}
    before = content(maria)
    erasures, done = erase(maria, ["2"], "dpo")
    after = content(maria)
    assert held(maria) == ERASED
    # A namesake at the same address keeps name, phone and address.
    assert held(maria, "3")["phone"] == MARIA["phone"]
    before["customers"]["2"] |= ERASED
    assert after == before
    assert found(maria.data_dir, MARIA["email"]) == set()
    assert load(maria, full=True).load_id is None
    assert (done.known, done.rows["staging.customers"]) == (1, 1)
    told = receipt(erasures, done)
    assert "dpo" in told
    assert not any(value in told for value in MARIA.values())


def test_no_file_of_the_data_folder_holds_what_was_erased(shop: Shop, maria: Settings) -> None:
    # What rows that were deleted, releases that leaked and packages that were refused have left.
    with duckdb.connect(str(maria.warehouse)) as database:
        database.execute("create table staging.big as select * from staging.customers, range(900)")
        database.execute("drop table staging.big")
        database.execute("update audit.etl_run set error = ?", [f"value '{MARIA['email']}'"])
        database.execute("create schema staging_dbt_test__audit")
        database.execute("create table staging_dbt_test__audit.t as from staging.customers")
    (maria.data_dir / "logs" / "old.jsonl").write_text(f'{{"error": "{MARIA["phone"]}"}}\n')
    (maria.data_dir / "mine.bin").write_bytes(b"\xff\x00 nothing of hers")
    (maria.data_dir / "set-aside").mkdir()
    (maria.data_dir / "set-aside" / "rows.parquet").write_text(MARIA["document_number"])
    erase(maria, ["2"], "dpo")
    texts = [*MARIA.values(), "38742048932"]
    assert found(maria.data_dir, *texts) == set()
    assert rows(maria, "select distinct error from audit.etl_run where error is not null") == [
        {"error": "value '[anonimizado]'"}
    ]


def test_what_the_source_shows_again_lands_without_the_person(shop: Shop, maria: Settings) -> None:
    erase(maria, ["2"], "dpo")
    shop.change("customers", 2, city="Salvador", full_name="Maria Q. Souza")
    load(maria)
    assert held(maria) == ERASED
    assert content(maria)["customers"]["2"]["city"] == "Salvador"
    assert found(maria.data_dir, "Maria Q. Souza", MARIA["email"]) == set()


def test_a_customer_who_comes_later_was_erased_before(shop: Shop, maria: Settings) -> None:
    _, done = erase(maria, ["7"], "dpo")
    assert done.known == 0
    shop.add("customers", 7, BASE + timedelta(days=1), **MARIA)
    load(maria)
    assert held(maria, "7") == ERASED
    assert held(maria)["email"] == MARIA["email"]


@pytest.mark.parametrize("lost", ["nothing", "the list", "the warehouse", "the erasure's end"])
def test_a_restored_backup_or_a_full_reload_applies_it_again(
    lost: str, shop: Shop, maria: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = shutil.copytree(maria.data_dir, tmp_path.with_name(f"{tmp_path.name}-backup"))
    if lost == "the erasure's end":
        with monkeypatch.context() as killed:
            killed.setattr(apply, "forget", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                erase(maria, ["2"], "dpo")
        assert held(maria)["email"] == MARIA["email"]
    else:
        erase(maria, ["2"], "dpo")
    if lost == "nothing":
        shutil.rmtree(maria.data_dir)
        shutil.copytree(backup, maria.data_dir)
    if lost == "the list":
        maria.erasures.unlink()
    if lost == "the warehouse":
        maria.warehouse.unlink()
        shutil.rmtree(maria.data_dir / "dlt")
    load(maria)
    assert held(maria) == ERASED
    assert found(maria.data_dir, MARIA["email"], MARIA["full_name"]) == set()
    assert len(record.read(maria)) == 1
    (told,) = rows(maria, "select mark, erased_by, applied_at from audit.erasure")
    assert told["erased_by"] == "dpo"
    assert told["applied_at"] is not None
    # Once is enough.
    load(maria)
    runs = rows(maria, "select count(*) as n from audit.etl_run where command = 'erase'")
    assert runs[0]["n"] <= 2


def test_the_list_says_nothing_of_who_they_are(shop: Shop, maria: Settings) -> None:
    erase(maria, ["2", "2"], "dpo")
    (line,) = maria.erasures.read_text().splitlines()
    assert not any(value in line for value in MARIA.values())
    assert '"2"' not in line
    assert maria.erasures.stat().st_mode & 0o777 == 0o600
    other = maria.model_copy(update={"pseudonym_key": SecretStr("x" * 32)})
    with pytest.raises(LoaderError, match="another secret"):
        load(other)


def test_a_damaged_list_stops_the_load_and_half_a_line_does_not(
    shop: Shop, maria: Settings
) -> None:
    erase(maria, ["2"], "dpo")
    with maria.erasures.open("a") as file:
        file.write('{"mark": "abc')
    load(maria)
    maria.erasures.write_text("{}\n")
    with pytest.raises(LoaderError, match="damaged"):
        load(maria)


def test_what_was_read_before_the_erasure_does_not_land_after_it(
    shop: Shop, maria: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.change("customers", 2, city="Salvador")
    with monkeypatch.context() as killed:
        killed.setattr(
            "loader.load._Load.merge", lambda _: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        with pytest.raises(KeyboardInterrupt):
            load(maria)
    assert list((maria.data_dir / "dlt").rglob("*.parquet"))
    erase(maria, ["2"], "dpo")
    assert content(maria)["customers"]["2"]["city"] == "Salvador"
    assert held(maria) == ERASED
    assert found(maria.data_dir, MARIA["email"]) == set()


def test_extras_of_a_customer_and_marked_ones_of_orders_go_too(
    shop: Shop, maria: Settings, tmp_path: Path
) -> None:
    shop.run("alter table customers add column nickname varchar(40) default 'Dorinha'")
    shop.run("alter table customers add column points integer default 7")
    shop.run("alter table orders add column delivered_to varchar(40) default 'Tia Nastácia'")
    shop.run("alter table orders add column gift_note varchar(40) default 'Feliz Natal'")
    mapping = (Path(__file__).parents[2] / "sources" / "oltp.yml").read_text()
    mapping = mapping.replace(
        "{table: orders, key: order_id, cursor: updated_at, extras: all}",
        "{table: orders, key: order_id, cursor: updated_at, extras: [delivered_to, gift_note],"
        " personal: [delivered_to]}",
    ).replace("key: customer_id, cursor: updated_at, extras: all", "key: customer_id, cursor:"
              " updated_at, extras: [nickname, points]")  # fmt: skip
    path = tmp_path / "oltp.yml"
    path.write_text(mapping)
    settings = maria.model_copy(update={"source": str(path)})
    load(settings, full=True)
    erase(settings, ["2"], "dpo")
    assert load(settings, full=True).load_id is None
    landed = content(settings)
    assert (landed["customers"]["2"]["nickname"], landed["customers"]["2"]["points"]) == (None, 7)
    assert landed["customers"]["1"]["nickname"] == "Dorinha"
    orders = {k: (o["delivered_to"], o["gift_note"]) for k, o in landed["orders"].items()}
    assert orders["2"] == (None, "Feliz Natal")
    assert orders["1"] == ("Tia Nastácia", "Feliz Natal")


def test_who_has_not_bought_for_long_is_forgotten_and_may_come_back(
    shop: Shop, maria: Settings
) -> None:
    shop.change("orders", 1, at=BASE, order_date=datetime(2026, 11, 1))
    shop.change("orders", 3, at=BASE, order_date=datetime(2026, 11, 1))
    months = (date.today().year - 2025) * 12 + date.today().month
    kept = maria.model_copy(update={"retention_months": months + 12})
    load(kept, full=True)
    assert held(kept)["email"] == MARIA["email"]
    settings = maria.model_copy(update={"retention_months": months - 6})
    load(settings)
    assert held(settings) == ERASED
    assert held(settings, "1")["email"] is not None
    assert found(settings.data_dir, MARIA["email"]) == set()
    assert load(settings, full=True).load_id is None
    assert record.read(settings) == {}
    shop.change("orders", 2, order_date=datetime.now())
    load(settings)
    load(settings, full=True)
    assert held(settings)["email"] == MARIA["email"]


def test_everything_that_is_held_of_a_person_can_be_had(shop: Shop, maria: Settings) -> None:
    told = export(maria, "2")
    assert told["held"]["staging.customers"][0]["email"] == MARIA["email"]
    assert [order["order_id"] for order in told["held"]["staging.orders"]] == ["2"]
    assert len(told["held"]["staging.order_items"]) == 2
    assert not told["erased"]
    erase(maria, ["2"], "dpo")
    assert export(maria, "2")["erased"]
    with pytest.raises(UsageError, match="holds nothing"):
        export(maria, "99")


def test_a_file_that_still_quotes_them_is_named(shop: Shop, maria: Settings) -> None:
    with duckdb.connect() as database:
        noted = database.sql(f"select '{MARIA['email']}' as who")
        noted.write_parquet(str(maria.data_dir / "notes.parquet"))
    with pytest.raises(LoaderError, match=r"notes\.parquet"):
        traces.assert_none(maria, [MARIA["email"]])


def test_an_erasure_that_is_cut_off_between_tables_and_files_is_gone_on_with(
    maria: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoting = maria.data_dir / "logs" / "old.jsonl"
    quoting.write_text(f'{{"error": "{MARIA["phone"]}"}}\n', encoding="utf-8")
    with monkeypatch.context() as killed:
        killed.setattr(traces, "remove", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            erase(maria, ["2"], "dpo")
    assert held(maria) == ERASED
    assert MARIA["phone"] in quoting.read_text(encoding="utf-8")
    load(maria)
    assert found(maria.data_dir, *MARIA.values()) == set()
    assert not (maria.data_dir / apply.UNDONE).exists()


@pytest.mark.slow
def test_dimension_and_marts_are_what_a_rebuild_makes_of_it(second_day: Pipeline) -> None:
    settings = Settings(data_dir=second_day.folder)
    with sqlite3.connect(second_day.folder / "oltp.sqlite") as database:
        (email,) = database.execute("select email from customers where customer_id = 5").fetchone()
    before = second_day.content()
    erase(settings, ["5"], "dpo")
    after = second_day.content()
    rebuilt = ["dim.dim_cliente", "dim.dim_cliente_historico"]
    names = second_day.warehouse(
        "select column_name from information_schema.columns"
        " where table_schema = 'dim' and table_name = 'dim_cliente' order by ordinal_position"
    )
    positions = [i for i, (name,) in enumerate(names) if name in PERSONAL_IN_DIMENSION]
    blanked = [
        tuple(None if i in positions and row[0] == 5 else v for i, v in enumerate(row))
        for row in before["dim.dim_cliente"]
    ]
    now_blanked = [
        tuple(None if v == "Anonimizado" else v for v in row) for row in after["dim.dim_cliente"]
    ]
    assert len(positions) == len(PERSONAL_IN_DIMENSION)
    assert now_blanked == blanked
    assert {k: v for k, v in after.items() if k != "dim.dim_cliente"} == {
        k: v for k, v in before.items() if k != "dim.dim_cliente"
    }
    assert found(second_day.folder, email) <= {"oltp.sqlite"}
    second_day.dbt("run", "--full-refresh", "--select", *[n.partition(".")[2] for n in rebuilt])
    again = second_day.content()
    assert {name: again[name] for name in rebuilt} == {name: after[name] for name in rebuilt}


def test_the_warehouse_is_whole_after_it_was_written_anew(settings: Settings) -> None:
    with hold_warehouse(settings):
        Audit(settings)
    with duckdb.connect(str(settings.warehouse)) as database:
        database.execute("create schema shop; create table shop.t (a int not null, b varchar)")
        database.execute("create view shop.v as select * from dw_ecommerce.shop.t")
        database.execute("insert into shop.t select i, 'x' || i from range(10) as r (i)")
    from core.engines import engine

    with hold_warehouse(settings):
        engine(settings).forget([])
        with engine(settings).reader() as opened:
            assert opened.rows("select count(*) from shop.v") == [(10,)]
    assert not list(settings.data_dir.glob("*.fresh*"))
