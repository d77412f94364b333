"""What may land: keys that name people as pseudonyms, columns beyond the contract by choice."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from core.errors import UsageError
from core.pseudonyms import FILE, Pseudonyms, pseudonyms
from core.settings import Settings
from loader.load import load
from loader.source.mapping import SOURCES
from loader.source.problems import keys_shown
from pipeline.left_out import check
from tests.loader.shop import Shop
from tests.loader.staging import Row, content, rows

SECRET = SecretStr("0123456789abcdef0123456789abcdef")
NATURAL = ["387.420.489-32", "38742048932", "maria@exemplo.com.br", "+55 (11) 98765-4321"]


@pytest.fixture
def mapped(tmp_path: Path, settings: Settings) -> Callable[..., Settings]:
    """Settings of the shop's mapping with some settings of an entity added."""

    def make(entity: str, **added: object) -> Settings:
        mapping = yaml.safe_load((SOURCES / "oltp.yml").read_text())
        mapping["entities"][entity] |= added
        path = tmp_path / "shop.yml"
        path.write_text(yaml.safe_dump(mapping))
        return settings.model_copy(update={"source": str(path), "pseudonym_key": SECRET})

    return make


def with_text_keys(shop: Shop, *keys: str) -> None:
    """Have the shop's customers have these keys, an order each."""
    shop.run("delete from customers")
    shop.run("create table people as select * from customers")
    for number, key in enumerate(keys, 1):
        shop.add("customers", number)
        shop.run(f"insert into people select * from customers where customer_id = {number}")
        shop.run(f"update people set customer_id = '{key}' where customer_id = {number}")
        shop.run(f"update orders set customer_id = '{key}' where order_id = {number}")
    shop.run("drop table customers")
    shop.run("alter table people rename to customers")


def test_a_key_that_names_a_person_lands_as_a_pseudonym_and_joins(
    shop: Shop, mapped: Callable[..., Settings]
) -> None:
    with_text_keys(shop, *NATURAL[:3])
    settings = mapped("customers")
    load(settings)
    landed = content(settings)
    names = Pseudonyms(SECRET.get_secret_value().encode())
    assert set(landed["customers"]) == {names.of("customers", key) for key in NATURAL[:3]}
    assert {order["customer_id"] for order in landed["orders"].values()} == set(landed["customers"])
    assert all(len(key) == 19 and int(key) < 2**63 for key in landed["customers"])
    # Nothing has changed: neither the totals nor the rows are others than those that landed.
    assert load(settings).load_id is None
    assert load(settings, full=True).load_id is None
    assert content(settings) == landed


def test_keys_that_say_nothing_stay(shop: Shop, mapped: Callable[..., Settings]) -> None:
    keys = ["C-11000", "b4c1a6f0-3d5e-4a8e-9d0a-0a1b2c3d4e5f", "123456789"]
    with_text_keys(shop, *keys)
    settings = mapped("customers")
    load(settings)
    assert set(content(settings)["customers"]) == set(keys)


def test_marked_keys_and_texts_all_land_as_pseudonyms(
    shop: Shop, mapped: Callable[..., Settings]
) -> None:
    settings = mapped("orders", personal=["order_id", "order_number"])
    load(settings)
    landed = content(settings)
    names = Pseudonyms(SECRET.get_secret_value().encode())
    assert set(landed["orders"]) == {names.of("orders", str(key)) for key in (1, 2, 3)}
    assert {item["order_id"] for item in landed["order_items"].values()} == set(landed["orders"])
    assert landed["orders"][names.of("orders", "1")]["order_number"] == names.of(
        "orders.order_number", "order_number1"
    )
    assert load(settings, full=True).load_id is None
    # Gone from the source, found by its pseudonym.
    shop.run("delete from order_item_discounts where order_id = 3")
    shop.run("delete from order_items where order_id = 3")
    shop.run("delete from orders where order_id = 3")
    load(settings)
    gone = content(settings)["orders"][names.of("orders", "3")]
    assert gone["_hard_deleted_at"] is not None


def test_another_secret_is_refused(shop: Shop, mapped: Callable[..., Settings]) -> None:
    with_text_keys(shop, NATURAL[0])
    settings = mapped("customers")
    load(settings)
    other = settings.model_copy(update={"pseudonym_key": SecretStr("f" * 32)})
    with pytest.raises(UsageError, match="another secret"):
        load(other)


def test_a_secret_of_our_own_is_made_once(settings: Settings) -> None:
    made = pseudonyms(settings)
    assert pseudonyms(settings) == made
    path = settings.data_dir / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.secret == path.read_bytes().strip()
    path.unlink()
    assert pseudonyms(settings) != made
    with pytest.raises(UsageError, match="fewer than 32"):
        pseudonyms(settings.model_copy(update={"pseudonym_key": SecretStr("short")}))


def columns(shop: Shop, table: str = "customers") -> None:
    for name in ("password_hash", "cpf", "nickname", "backup_email"):
        shop.run(f"alter table {table} add column {name} varchar(40) default 'x'")
    shop.run(f"alter table {table} add column points integer default 7")


def landed_extras(settings: Settings) -> Row:
    known = {"password_hash", "cpf", "nickname", "backup_email", "points"}
    (row,) = rows(settings, "select * from staging.customers")
    return {name: value for name, value in row.items() if name in known}


def test_columns_beyond_the_contract_land_only_if_named(
    shop: Shop, mapped: Callable[..., Settings]
) -> None:
    columns(shop)
    settings = mapped("customers", extras=["points", "cpf"])
    load(settings)
    assert landed_extras(settings) == {"points": 7, "cpf": "x"}


def test_a_mapping_that_says_nothing_takes_none(
    shop: Shop, mapped: Callable[..., Settings]
) -> None:
    columns(shop)
    settings = mapped("customers", extras=[])
    load(settings)
    assert landed_extras(settings) == {}


def test_all_columns_are_all_but_those_that_look_personal(shop: Shop, settings: Settings) -> None:
    columns(shop)
    load(settings)
    assert landed_extras(settings) == {"points": 7}


@pytest.mark.parametrize(
    ("entity", "added", "message"),
    [
        ("customers", {"extras": ["pointz"]}, "customers.pointz: named under `extras:`"),
        ("customers", {"personal": ["is_vip"]}, "customers.is_vip: named under `personal:`"),
        (
            "order_items",
            {"extras": ["points"], "personal": ["points"]},
            "order_items.points: named under `personal:`, but only customers and orders",
        ),
    ],
)
def test_what_a_mapping_names_must_be_there(
    shop: Shop, mapped: Callable[..., Settings], entity: str, added: dict[str, object], message: str
) -> None:
    columns(shop, entity)
    with pytest.raises(UsageError, match=message):
        load(mapped(entity, **added))


def test_the_mappings_of_other_companies_take_no_column_that_they_do_not_name() -> None:
    for name in ("adventureworks", "olist"):
        mapping = yaml.safe_load((SOURCES / f"{name}.yml").read_text())
        entities = [e for e in mapping["entities"].values() if isinstance(e, dict)]
        assert not any("extras" in entity for entity in entities)


@pytest.mark.parametrize(
    ("column", "value", "key"),
    [
        ("full_name", "Maria Quitéria", "MARIA QUITÉRIA"),
        ("document_number", "003.874.204-89", "387420489"),
        ("document_number", "387.420.489-32", "CPF-38742048932"),
    ],
)
def test_keys_that_are_what_the_rows_say_of_people_must_be_marked(
    shop: Shop, mapped: Callable[..., Settings], column: str, value: str, key: str
) -> None:
    with_text_keys(shop, key)
    shop.run(f"update customers set {column} = '{value}'")
    with pytest.raises(UsageError, match="say who a person is") as refused:
        load(mapped("customers"))
    assert key not in str(refused.value)
    settings = mapped("customers", personal=["customer_id"])
    load(settings)
    landed = content(settings)
    assert key not in landed["customers"]
    assert landed["orders"]["1"]["customer_id"] in landed["customers"]
    assert load(settings, full=True).load_id is None


def test_a_message_names_no_key(shop: Shop, mapped: Callable[..., Settings]) -> None:
    shop.run("update customers set birth_date = 'no date'")
    settings = mapped("customers", key="'maria@exemplo.com.br'", columns={"full_name": "5 / 0"})
    shop.add("customers", 2)
    with pytest.raises(UsageError) as stopped:
        load(settings)
    assert "customers: the key is not unique" in str(stopped.value)
    assert "maria" not in str(stopped.value)
    (run,) = rows(settings, "select error from audit.etl_run")
    assert "maria" not in run["error"]
    with keys_shown(), pytest.raises(UsageError, match="maria@exemplo"):
        check(settings)
