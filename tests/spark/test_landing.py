"""Landing in a lake, which takes no Spark: staging holds what it holds on DuckDB, come what may."""

import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyarrow import parquet
from pydantic import SecretStr

from core import warehouse
from core.audit import READ_BY_MODELS
from core.contract.entities import ENTITIES, HARD_DELETED_AT
from core.engines import engine
from core.settings import Settings
from loader import landing
from loader import load as loads
from pipeline.dbt import PROJECT
from pipeline.left_out import in_staging
from tests.conftest import Pipeline
from tests.loader.shop import BASE, Shop
from tests.spark.killed import POINTS

pytest.importorskip("pyiceberg", reason="the extra `spark` is not installed")


def rows(settings: Settings) -> dict[str, list[Any]]:
    """What staging holds, without what tells of the loads themselves."""
    opened = warehouse.pipeline(settings, "staging")
    found = {}
    for name, entity in ENTITIES.items():
        columns = ", ".join(c for c in entity.arrow_schema.names if c != HARD_DELETED_AT)
        gone = f"{HARD_DELETED_AT} is null as there"
        statement = f"select {columns}, {gone} from staging.{name} order by {entity.key}"
        found[name] = [
            row for table in warehouse.query(opened, statement) for row in table.to_pylist()
        ]
    return found


@pytest.mark.long
def test_a_lake_keeps_what_the_source_shows_whenever_a_load_dies(
    new_pipeline: Callable[..., Pipeline],
) -> None:
    embedded = new_pipeline()
    embedded.seed(200)
    source = f"sqlite:///{embedded.folder / 'oltp.sqlite'}"
    lake = new_pipeline(DW_TARGET="spark", DW_OLTP_URL=source)
    for day, death in enumerate(POINTS):
        if day:
            embedded.wave(day)
        died = lake.run(sys.executable, "-m", "tests.spark.killed", death, check=False)
        assert died.returncode == -signal.SIGKILL
        lake.load()
        embedded.load()
    theirs = rows(Settings(target="spark", data_dir=lake.folder))
    assert theirs["orders"]
    assert theirs == rows(Settings(target="duckdb", data_dir=embedded.folder))


@pytest.mark.slow
def test_a_lake_may_be_a_bucket(new_pipeline: Callable[..., Pipeline]) -> None:
    company = new_pipeline()
    company.seed(200)
    source = SecretStr(f"sqlite:///{company.folder / 'oltp.sqlite'}")
    settings = Settings(
        target="spark", data_dir=company.folder, oltp_url=source, lake_url="memory://lake"
    )
    first = loads.load(settings)
    company.wave(1)
    second = loads.load(settings)
    # Each has proved its totals, by what it read back.
    assert first.total("inserted") > 1_000
    assert 0 < second.total("updated") < second.total("extracted") < first.total("extracted")
    held = rows(settings)
    assert landing.forget_superseded(settings) == second.total("updated")
    assert rows(settings) == held


@pytest.mark.slow
def test_what_is_superseded_leaves_the_log_once_its_load_is_complete(
    new_pipeline: Callable[..., Pipeline],
) -> None:
    company = new_pipeline(DW_TARGET="spark")
    company.seed(200)
    company.load()
    with sqlite3.connect(company.folder / "oltp.sqlite") as database:
        database.execute(
            "update customers set full_name = 'Anônimo', updated_at = '2099-01-01 00:00:00.000000'"
        )
    company.load()
    settings = Settings(target="spark", data_dir=company.folder)
    staging = company.folder / "lake" / "landing" / "staging"
    told = max((staging / "_dlt_loads").iterdir())
    aside = told.rename(company.folder / told.name)
    assert landing.forget_superseded(settings) == 0
    aside.rename(told)
    customers = company.source("select count(*) from customers")[0][0]
    assert landing.forget_superseded(settings) == customers
    assert landing.forget_superseded(settings) == 0
    (file,) = (staging / "customers").glob("*.parquet")
    assert set(parquet.read_table(file)["full_name"].to_pylist()) == {"Anônimo"}


def test_every_source_names_the_key_by_which_its_landed_rows_are_merged() -> None:
    sources = yaml.safe_load(
        (PROJECT / "models" / "staging" / "_sources.yml").read_text(encoding="utf-8")
    )
    found = {
        table["name"]: table["config"]["meta"]["chave"]
        for source in sources["sources"]
        for table in source["tables"]
        if table["name"] != "_dlt_loads"
    }
    entities = {name: [entity.key] for name, entity in ENTITIES.items()}
    runs = {"etl_run": ["run_id"], "etl_run_entity": ["run_id", "entity"]}
    assert found == entities | runs | {name: key for name, (key, _) in READ_BY_MODELS.items()}


def test_the_environment_has_the_credentials_of_a_bucket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlt.destinations.impl.filesystem import configuration

    from core.engines import spark

    prefix = "DESTINATION__FILESYSTEM__CREDENTIALS__AWS_"
    monkeypatch.setenv(f"{prefix}ACCESS_KEY_ID", "known")
    monkeypatch.setenv(f"{prefix}SECRET_ACCESS_KEY", "s3cret")
    settings = Settings(target="spark", data_dir=tmp_path, lake_url="s3://lake/dw")
    warehouse.configure(engine(settings))
    found = spark.destination(settings).configuration(
        configuration.FilesystemDestinationClientConfiguration()._bind_dataset_name("staging")
    )
    keys = found.credentials.aws_access_key_id, found.credentials.aws_secret_access_key
    assert keys == ("known", "s3cret")


@pytest.mark.slow
def test_what_is_left_out_of_a_lake_is_by_the_newest_row_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DW_DATA_DIR", str(tmp_path))
    shop = Shop(f"sqlite:///{tmp_path / 'oltp.sqlite'}")
    shop.create()
    shop.fill()
    shop.run("update orders set total_amount = null")
    settings = Settings(target="spark")
    told, unequal = [], []
    for day, quantity in enumerate((-1, 1, -2)):
        with shop.engine.begin() as connection:
            connection.exec_driver_sql("pragma ignore_check_constraints = on")
            connection.exec_driver_sql(
                f"update order_items set quantity = {quantity},"
                f" updated_at = '2025-03-0{2 + day} 12:00:00.000000' where order_item_id = 11"
            )
        if day:
            money = dict.fromkeys(("shipping_amount", "tax_amount", "other_amount"))
            shop.change("orders", 1, BASE + timedelta(days=day), **money, total_amount=20 - day)
        loads.load(settings)
        found = in_staging(settings)
        told.append([(part.reason, part.rows) for part in found.left_out])
        unequal.append([(part.pattern, part.orders) for part in found.not_adding])
    waits = [("quantidade ausente, não positiva ou grande demais", 1)]
    assert told == [waits, [], waits]
    assert unequal == [
        [],
        [("its total is more than its parts", 1)],
        [("lines of it wait in quarantine", 1)],
    ]
