"""`dw init`: the shop is recognised and asked, the mapping written and checked, no secret told."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from core.environment import read_file
from core.errors import ExitCode, UsageError
from core.settings import ROOT
from pipeline.onboarding.begin import write_env
from seeds_oltp.shops import woocommerce

REVENUE = (
    "select sum(net_amount) from order_items join orders using (order_id)"
    " where order_items.deleted_at is null and orders.deleted_at is null"
    " and order_status not in ('Pendente', 'Cancelado')"
)


@pytest.fixture
def shop(sample: sa.URL, new_database: Callable[[str], sa.URL]) -> sa.URL:
    url = new_database("woo_init")
    woocommerce.create(sample, url)
    _run(url, "create or replace user reader@127.0.0.1 identified by 's3cret-reader'")
    _run(url, "grant select on woo_init.* to reader@127.0.0.1")
    return url


def _run(url: sa.URL, *statements: str) -> None:
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _init(folder: Path, url: sa.URL, *flags: str) -> subprocess.CompletedProcess[str]:
    reader = url.set(drivername="mysql", username="reader", password="s3cret-reader")  # noqa: S106
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "init", "--out", str(folder / "shop.yml"),
         "--env", str(folder / ".env"), *flags],
        cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=os.environ | {
            "DW_DATA_DIR": str(folder), "DW_OLTP_URL": reader.render_as_string(hide_password=False),
        },
    )  # fmt: skip


def test_a_shop_is_live_by_one_command(shop: sa.URL, sample: sa.URL, tmp_path: Path) -> None:
    _run(shop, "update wp_wc_orders set currency = 'USD' where id = 1")
    done = _init(tmp_path, shop, "--status", "wc-shipped=Enviado")
    assert done.returncode == ExitCode.OK, done.stderr
    assert "recognised: woocommerce 10.4.0" in done.stdout
    assert "do not land: 1 in USD" in done.stdout
    own = yaml.safe_load((tmp_path / "shop.yml").read_text(encoding="utf-8"))
    assert own == {
        "mapping": "woocommerce",
        "variables": {
            "prefix": "wp_", "currency": "BRL", "utc_offset_hours": -3,
            "statuses": {"wc-shipped": "Enviado"},
        },
    }  # fmt: skip
    settings = read_file(tmp_path / ".env")
    assert settings["DW_SOURCE"] == str(tmp_path / "shop.yml")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    with sa.create_engine(sample).connect() as connection:
        revenue = connection.exec_driver_sql(REVENUE + " and orders.order_id <> 1").scalar_one()
    assert f"{revenue:,.2f}" in done.stdout
    assert "totals: 100.00 %" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr
    again = _init(tmp_path, shop)
    assert again.returncode == ExitCode.USAGE
    assert "shop.yml is there already" in again.stderr


def test_what_cannot_be_recognised_is_told(
    shop: sa.URL, new_database: Callable[[str], sa.URL], tmp_path: Path
) -> None:
    wrong = _init(tmp_path, shop, "--status", "wc-sent=Enviado")
    assert wrong.returncode == ExitCode.USAGE
    assert "those are: wc-shipped" in wrong.stderr
    _run(shop, "create table wp_2_wc_orders like wp_wc_orders",
         "create table wp_2_woocommerce_order_items like wp_woocommerce_order_items",
         "create table wp_2_options like wp_options")  # fmt: skip
    several = _init(tmp_path, shop)
    assert "choose one by --prefix: wp_, wp_2_" in several.stderr
    posts = _init(tmp_path, shop, "--prefix", "wp_2_")
    assert "switch on high-performance order storage" in posts.stderr
    none = _init(tmp_path, shop, "--prefix", "x_")
    assert "has the tables of none of woocommerce" in none.stderr
    assert not list(tmp_path.glob("*.yml"))
    assert not (tmp_path / ".env").exists()


def test_other_lines_of_the_settings_stay(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# ours\nDW_SOURCE=old\nDW_HOSTS=a b\n", encoding="utf-8")
    write_env(file, {"DW_SOURCE": "new", "DW_OLTP_URL": "mysql://u:p%23@h/d?ssl_ca=/x"})
    assert file.read_text(encoding="utf-8").startswith("# ours\nDW_HOSTS=a b\n")
    assert read_file(file) == {
        "DW_HOSTS": "a b", "DW_SOURCE": "new", "DW_OLTP_URL": "mysql://u:p%23@h/d?ssl_ca=/x",
    }  # fmt: skip
    before = file.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="do not fit"):
        write_env(file, {"DW_SOURCE": "a\nDW_TARGET=spark"})
    assert file.read_text(encoding="utf-8") == before
    assert list(tmp_path.iterdir()) == [file]
