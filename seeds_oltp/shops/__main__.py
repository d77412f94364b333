"""``python -m seeds_oltp.shops woocommerce dw run``: a shop on a server, while a command reads it.

The server is MariaDB on loopback, its files in ``DW_DATA_DIR``; it ends with the command, and so
does the shop's user, who may read and nothing else.
"""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from core.command import main
from core.errors import UsageError
from core.settings import Settings, read_settings
from seeds_oltp import company, store
from seeds_oltp.shops import mariadb, woocommerce

PLATFORMS: dict[str, Callable[[sa.URL | str, sa.URL], None]] = {"woocommerce": woocommerce.create}
# What a company's own file says of the sample company's shop.
OWN = {"woocommerce": "mapping: woocommerce\nvariables:\n  statuses: {wc-shipped: Enviado}\n"}


def run(
    platform: Annotated[str, typer.Argument(help="A platform, such as woocommerce.")],
    command: Annotated[list[str], typer.Argument(help="What to run while the shop is there.")],
    orders: Annotated[int, typer.Option(min=1)] = 3000,
    seed: Annotated[int, typer.Option(min=0)] = 42,
) -> None:
    """Make the sample company as a platform's shop, and run a command whose source it is."""
    if platform not in PLATFORMS:
        raise UsageError(f"no shop {platform}; those that are: {', '.join(PLATFORMS)}")
    folder = read_settings(Settings).data_dir
    server = folder / "mariadb"
    server.mkdir(parents=True, exist_ok=True)
    with mariadb.server(server) as root:
        url = _shop(platform, folder, root, orders, seed)
        own = folder / f"{platform}.yml"
        own.write_text(OWN[platform], encoding="utf-8")
        environment = os.environ | {
            "DW_OLTP_URL": url.render_as_string(hide_password=False),
            "DW_SOURCE": str(own),
        }
        # The command is the caller's own.
        done = subprocess.run(command, env=environment)  # noqa: S603
    raise typer.Exit(done.returncode)


def _shop(platform: str, folder: Path, root: sa.URL, orders: int, seed: int) -> sa.URL:
    """The URL of a shop's reader."""
    sample = sa.make_url(f"sqlite:///{folder / 'sample.sqlite'}")
    store.create(sample, company.base(orders, seed), replace=True)
    with sa.create_engine(root, poolclass=sa.NullPool).begin() as connection:
        for statement in (
            "drop database if exists shop",
            "create database shop character set utf8mb4",
            "create or replace user reader@127.0.0.1",
            "grant select on shop.* to reader@127.0.0.1",
        ):
            connection.exec_driver_sql(statement)
    PLATFORMS[platform](sample, root.set(database="shop"))
    return root.set(drivername="mysql", username="reader", database="shop")


if __name__ == "__main__":
    main(lambda: typer.run(run))
