"""MySQL and MariaDB as the source: their types, and one snapshot while others go on writing."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from core.errors import SourceUnreachableError
from core.settings import Settings
from loader.load import load
from loader.source import mapping as mappings
from loader.source.databases import database
from loader.source.query import Query
from loader.source.snapshot import snapshot
from tests.loader.mariadb import server as mariadb
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, without_load_ids
from tests.loader.test_repeated import assert_doubled_keys_wait

DAY = timedelta(days=1)
ABSENT = "description: a test\nentities:\n" + "".join(
    f"  {name}: absent\n" for name in mappings.ENTITIES if name != "teams"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    # A zone of its own: what is read must not depend on it.
    with mariadb(tmp_path_factory.mktemp("mariadb"), "--default-time-zone=-03:00") as url:
        yield url


@pytest.fixture
def shop(server: sa.URL) -> Shop:
    _run(server, "drop database if exists core")
    _run(server, "create database core character set utf8mb4 collate utf8mb4_general_ci")
    shop = Shop(server.set(database="core").render_as_string(hide_password=False))
    shop.create()
    shop.fill()
    return shop


@pytest.fixture
def settings(shop: Shop, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, oltp_url=SecretStr(shop.url))


def _run(url: sa.URL, *statements: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _teams(settings: Settings, tmp_path: Path, mapped: str) -> Settings:
    file = tmp_path / "shop.yml"
    file.write_text(f"{ABSENT}  teams: {{{mapped}}}\n", encoding="utf-8")
    return settings.model_copy(update={"source": str(file)})


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


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+mysqlconnector"])
def test_urls_that_companies_have_are_taken(shop: Shop, settings: Settings, scheme: str) -> None:
    url = shop.url.replace("mysql+pymysql", scheme) + "?charset=latin1"
    load(settings.model_copy(update={"oltp_url": SecretStr(url)}))
    assert content(settings)["orders"].keys() == {"1", "2", "3"}


def test_all_entities_are_read_from_one_moment(shop: Shop) -> None:
    with snapshot(shop.url, mappings.read("oltp")) as source:
        shop.add("orders", 50, BASE + DAY)
        shop.add("order_items", 500, BASE + DAY, order_id=50)
        read = {
            name: sum(len(table) for table in source.read(source.query(name, {}), None))
            for name in ("order_items", "orders")
        }
    assert read == {"order_items": 6, "orders": 3}


def test_adding_up_ends_with_the_load_that_fails(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(connection: sa.Connection, query: Query) -> None:
        connection.exec_driver_sql(
            "select sum(a.seq * b.seq) from seq_1_to_999999 a, seq_1_to_999999 b"
        )

    running = sa.text("select count(*) from information_schema.processlist where info like :like")
    monkeypatch.setattr("loader.source.totals.add_up", sleep)
    with (
        pytest.raises(OSError, match="disk full"),
        snapshot(shop.url, mappings.read("oltp")) as source,
        source.totals([source.query("orders", {}), source.query("teams", {})]) as added_up,
    ):
        with shop.engine.connect() as connection:
            while not connection.execute(running, {"like": "select sum(a.seq%"}).scalar_one():
                pass
        raise OSError("disk full")
    # One connection adds up: the other entity never had its turn.
    (ended,) = (total for total in added_up.values() if not total.cancelled())
    assert "interrupted" in str(ended.exception())


def test_a_statement_that_does_not_end_is_ended_by_the_server(shop: Shop) -> None:
    with (
        snapshot(shop.url, mappings.read("oltp"), statement_minutes=1 / 60) as source,
        pytest.raises(sa.exc.DBAPIError, match="max_statement_time"),
    ):
        source.connections[0].exec_driver_sql(
            "select sum(a.seq * b.seq) from seq_1_to_999999 a, seq_1_to_999999 b"
        )


def test_source_cannot_be_written(shop: Shop) -> None:
    with (
        snapshot(shop.url, mappings.read("oltp")) as source,
        pytest.raises(sa.exc.DBAPIError, match="READ ONLY transaction"),
    ):
        source.connections[0].exec_driver_sql("delete from core.orders")


def test_a_reader_with_no_more_rights_than_to_read_is_enough(
    shop: Shop, settings: Settings
) -> None:
    _run(
        shop.engine.url,
        "create or replace user dw identified by 'a@b:c/d' with max_user_connections 1",
        "grant select on core.* to dw",
    )
    url = shop.engine.url.set(username="dw", password="a@b:c/d")  # noqa: S106
    text = url.render_as_string(hide_password=False)
    load(settings.model_copy(update={"oltp_url": SecretStr(text)}))
    assert content(settings)["orders"].keys() == {"1", "2", "3"}


def test_unreachable_server_is_told_without_the_password(settings: Settings) -> None:
    url = SecretStr("mysql://dw:hush@127.0.0.1:1/shop")
    with pytest.raises(SourceUnreachableError, match="mysql database 'shop' on 127") as told:
        load(settings.model_copy(update={"oltp_url": url}))
    assert "hush" not in str(told.value)


def test_tls_that_is_asked_for_is_not_given_up(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    import certifi

    url = SecretStr(f"{shop.url}?ssl_ca={certifi.where()}")
    with pytest.raises(SourceUnreachableError, match="SSL is required"):
        load(settings.model_copy(update={"oltp_url": url}))


def test_types_of_its_own(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    _run(
        shop.engine.url,
        """create table core.equipes (
            Id binary(2) primary key, TeamName enum('Sul', 'Norte'), ativa bit(1), bits bit(12),
            marcas set('a', 'b', 'c'), visitas bigint unsigned, dados json, ano year,
            bonus decimal(30, 9), peso double, criada timestamp(3) null, mudada datetime(6))""",
        "set time_zone = '-03:00'",
        """insert into core.equipes values ('x1', 'Sul', b'1', b'101', 'a,c',
            18446744073709551615, '{"a": [1, "ç"]}', 2024, 7.123456789, 0.1,
            '2025-03-01 09:00:00.250', '2025-03-01 12:00:00.123456')""",
    )
    mapped = _teams(
        settings,
        tmp_path,
        "table: equipes, key: Id, cursor: mudada, extras: all",
    )
    load(mapped)
    (team,) = content(settings)["teams"].values()
    assert (team["team_id"], team["team_name"]) == ("x1", "Sul")
    assert (team["ativa"], team["bits"], team["marcas"], team["ano"]) == (1, 5, "a,c", 2024)
    assert team["visitas"] == 18446744073709551615
    assert team["dados"] == '{"a": [1, "ç"]}'
    assert team["bonus"] == Decimal("7.123456789")
    assert team["criada"] == datetime(2025, 3, 1, 12, 0, 0, 250_000)
    assert team["updated_at"] == datetime(2025, 3, 1, 12, 0, 0, 123_456)
    assert load(mapped).load_id is None


def test_zero_dates_are_no_dates_and_totals_agree(shop: Shop, settings: Settings) -> None:
    for key in (4, 5):
        shop.add("orders", key)
    load(settings)
    _run(
        shop.engine.url,
        "set sql_mode = 'ALLOW_INVALID_DATES'",
        "update core.orders set order_date = '0000-00-00 00:00:00' where order_id = 1",
        "update core.orders set order_date = '2025-00-10 00:00:00' where order_id = 2",
        "update core.orders set order_date = '2025-02-31 00:00:00' where order_id = 3",
        "update core.orders set order_date = '2025-02-00 00:00:00' where order_id = 4",
        "update core.customers set birth_date = '0000-00-00' where customer_id = 1",
    )
    load(settings)
    found = content(settings)
    for key in ("1", "2", "3", "4"):
        assert found["orders"][key]["order_date"] is None
        why = "vazio" if key == "1" else "data inválida"
        assert found["orders"][key]["_quarantine"] == f"order_date: {why}"
    assert found["orders"]["5"]["_quarantine"] is None
    assert found["customers"]["1"]["birth_date"] is None
    assert load(settings).load_id is None


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("char(10) collate latin1_swedish_ci", ["'ação'", "'acao2'", "' a'", "'7'", "'07'"]),
        ("varchar(20) collate utf8mb4_general_ci", ["'ação'", "' a  b '", "'🛒'", "'-1'", "'1.0'"]),
        ("varbinary(20)", ["'a'", "'A'", "'a '", "'1'"]),
        ("decimal(20, 2)", ["7", "7.5", "-1", "999999999999999.99"]),
        ("bigint unsigned", ["18446744073709551615", "0", "999999999999999", "1000000000000000"]),
        ("uuid", ["uuid()"]),
    ],
)
def test_keys_of_any_type_have_the_checksum_of_what_lands(
    shop: Shop, settings: Settings, tmp_path: Path, kind: str, keys: list[str]
) -> None:
    charset = " character set latin1" if "latin1" in kind else ""
    column = kind.replace(" collate", f"{charset} collate")
    values = ", ".join(f"({key}, 'Sul')" for key in keys)
    _run(
        shop.engine.url,
        f"create table core.squads (code {column} primary key, team_name varchar(50))",
        f"insert into core.squads values {values}",
    )
    mapped = _teams(settings, tmp_path, "table: squads, key: code, cursor: none")
    load(mapped)
    assert len(content(settings)["teams"]) == len(keys)
    assert load(mapped).load_id is None


def test_numbers_in_text_and_doubles_land_to_the_last_decimal(
    shop: Shop, settings: Settings, tmp_path: Path
) -> None:
    _run(
        shop.engine.url,
        "alter table core.order_items modify unit_price double",
        "update core.order_items set unit_price = 0.1 + 0.2 where order_item_id = 11",
        "update core.order_items set unit_price = 1e-5 where order_item_id = 12",
        "update core.order_items set unit_price = 0.00005 where order_item_id = 21",
        "update core.order_items set unit_price = 123456789.00005 where order_item_id = 22",
    )
    load(settings)
    items = content(settings)["order_items"]
    found = [items[key]["unit_price"] for key in ("11", "12", "21", "22")]
    assert found == [Decimal(x) for x in ("0.3", "0", "0.0001", "123456789.0001")]


def test_what_goes_to_another_machine_is_encrypted(settings: Settings) -> None:
    """Servers that offer no TLS are refused before the password leaves."""
    for host, encrypted in (("127.0.0.1", False), ("::1", False), ("db.example", True)):
        source = database(f"mysql://dw@[{host}]/x" if ":" in host else f"mysql://dw@{host}/x")
        options: dict[str, object] = {}
        source._prepare(source.engine.dialect, None, (), options)
        assert ("ssl" in options) == encrypted
    told = database("mysql://dw@db.example/x?ssl_disabled=true")
    options = {}
    told._prepare(told.engine.dialect, None, (), options)
    assert "ssl" not in options


def test_tables_without_versions_are_named(
    shop: Shop, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    _run(shop.engine.url, "create table core.antiga (id int) engine = MyISAM")
    load(settings)
    told = capfd.readouterr().err
    assert "cannot be read as of one moment" in told
    assert "antiga" in told


def test_writers_that_go_on_during_loads_lose_nothing(shop: Shop, settings: Settings) -> None:
    load(settings)
    over = Event()

    def write(writer: int) -> None:
        chance = Random(writer)  # noqa: S311
        for number in itertools.count(writer * 100_000):
            if over.is_set():
                return
            at = BASE + timedelta(seconds=chance.randint(-400_000, 400_000))
            shop.add("orders", number, at, order_date=at)
            shop.add("order_items", number, at, order_id=number, item_number=1)
            if chance.random() < 0.5:
                shop.change("orders", number, at, order_status="Entregue")
            if chance.random() < 0.05:
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
    fresh = settings.model_copy(update={"data_dir": settings.data_dir / "fresh"})
    load(fresh)
    now, anew = (
        {
            entity: {k: r for k, r in rows.items() if r["_hard_deleted_at"] is None}
            for entity, rows in without_load_ids(content(each)).items()
        }
        for each in (settings, fresh)
    )
    assert now == anew
    assert len(now["orders"]) > 50


def test_doubled_keys_wait(shop: Shop, settings: Settings, tmp_path: Path) -> None:
    assert_doubled_keys_wait(shop, settings, tmp_path)
