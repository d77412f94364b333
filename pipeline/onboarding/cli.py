"""``dw init`` on the command line: flags, or questions where there is somebody to answer."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from core import secrets
from core.contract.tables import STATUS_PEDIDO
from core.environment import ENV_FILE
from core.errors import UsageError
from core.settings import Settings, read_settings, variable
from pipeline.onboarding.platforms import Found


def init(
    url: Annotated[
        str | None,
        typer.Option(help="Address of the shop's database; better in DW_OLTP_URL, or when asked."),
    ] = None,
    prefix: Annotated[str | None, typer.Option(help="Which shop, where there are several.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(help="What an invented status means: wc-shipped=Enviado; repeatable."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The company's own mapping.")] = Path("shop.yml"),
    env: Annotated[Path, typer.Option(help="Where the settings go.")] = ENV_FILE,
) -> None:
    """Recognise a shop's platform, write its mapping and the settings, and check both."""
    from pipeline.onboarding import begin

    address = url or os.environ.get("DW_OLTP_URL") or _asked()
    secrets.remember(*secrets.secret_parts(address))
    try:
        secrets.check_url(address)
    except ValueError as error:
        raise UsageError(f"--url: {error}") from None
    found = begin.recognise(address, prefix)
    typer.echo(f"recognised: {found.platform} {found.version}")
    for name, value in found.variables.items():
        typer.echo(f"  {name}: {value!r}")
    statuses = _translated(found, status or [])
    begin.write_mapping(out, found, statuses)
    values = {variable("oltp_url"): address, variable("source"): str(out.resolve())}
    try:
        begin.write_env(env, values)
    except (UsageError, OSError):
        out.unlink()
        raise
    typer.echo(f"wrote {out} and {env}")
    for note in found.notes:
        typer.echo(note)
    for own, orders in found.statuses.items():
        if own not in statuses:
            typer.echo(f"{own}: {orders} orders wait until {out} says what it means")
    for line in begin.checked(read_settings(Settings), address, out):
        typer.echo(line)
    typer.echo("Next: `dw run`, then `make dashboards`.")


def _asked() -> str:
    if not sys.stdin.isatty():
        raise UsageError("give the database's address by DW_OLTP_URL or --url")
    return str(typer.prompt("Address of the database, such as mysql://reader:…@host/shop"))


def _translated(found: Found, flags: list[str]) -> dict[str, str]:
    """What invented statuses mean, by flags or answers; those that nobody told are not in it."""
    told = {}
    for flag in flags:
        own, is_pair, ours = flag.partition("=")
        if not is_pair or own not in found.statuses:
            known = ", ".join(found.statuses) or "none"
            raise UsageError(f"--status {flag}: no invented status of the shop; those are: {known}")
        told[own] = ours
    if sys.stdin.isatty():
        for own, orders in found.statuses.items():
            if own not in told:
                choices = ", ".join(STATUS_PEDIDO)
                answer = typer.prompt(f"{own} ({orders} orders) means {choices}, or -", "-")
                if answer != "-":
                    told[own] = answer
    return told
