"""``dw init``: from the address of a database to a mapping that is checked."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa
import yaml
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError

from core.contract.tables import STATUS_PEDIDO
from core.environment import read_file
from core.errors import SourceUnreachableError, UsageError
from core.files import replace_text
from core.refusals import told
from core.settings import Settings
from loader.source.databases import database
from pipeline import left_out
from pipeline.onboarding import woocommerce
from pipeline.onboarding.platforms import Found, Platform, prefixes

PLATFORMS: dict[str, Platform] = {"woocommerce": woocommerce.PLATFORM}


def recognise(url: str, prefix: str | None = None) -> Found:
    """The shop in a database, which is read and not written to.

    ``prefix`` chooses among several. Raises UsageError, SourceUnreachableError.
    """
    with database(url) as opened:
        try:
            (connection, *_) = opened.snapshot()
            tables = set(sa.inspect(connection).get_table_names())
            found = [
                (platform, p)
                for platform in PLATFORMS.values()
                for p in prefixes(tables, platform)
                if prefix in (None, p)
            ]
            if not found:
                raise UsageError(
                    f"{opened.label} has the tables of none of {', '.join(PLATFORMS)}"
                    f"{f' that begin with {prefix}' if prefix else ''}; for any other database"
                    " write a mapping: docs/YOUR_DATABASE.md"
                )
            if len(found) > 1:
                shops = ", ".join(p or "none" for _, p in found)
                raise UsageError(
                    f"{opened.label} holds several shops; choose one by --prefix: {shops}"
                )
            ((platform, own),) = found
            return platform.look(connection, own)
        except DBAPIError as error:
            raise SourceUnreachableError(
                f"the source, {opened.label}, cannot be read: {told(error)}"
            ) from error


def write_mapping(file: Path, found: Found, statuses: Mapping[str, str]) -> None:
    """Write the company's own file. Raises UsageError for a status that is none, or a file that is
    there.
    """
    for own, ours in statuses.items():
        if ours not in STATUS_PEDIDO:
            raise UsageError(f"{own}={ours}: expected one of {', '.join(STATUS_PEDIDO)}")
    if file.exists():
        raise UsageError(f"{file} is there already; name another one by --out, or remove it")
    content = {
        "mapping": found.platform,
        "variables": found.variables | ({"statuses": dict(statuses)} if statuses else {}),
    }
    replace_text(file, yaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def write_env(file: Path, values: Mapping[str, str]) -> None:
    """Put settings into ``.env``, for its owner alone, in the place of those of the same names.

    Other lines stay as they are. Raises UsageError for a value that a line cannot hold.
    """
    before = read_file(file)
    old = file.read_text(encoding="utf-8-sig").splitlines() if file.exists() else []
    kept = [line for line in old if line.partition("=")[0].strip() not in values]
    lines = [*kept, *(f"{name}={value}" for name, value in values.items())]
    trial = file.with_name(f"{file.name}.new")
    try:
        replace_text(trial, "\n".join(lines) + "\n", mode=0o600)
        if read_file(trial) != {**before, **values}:
            raise UsageError(f"{file}: the values do not fit on lines of their own; set them there")
        trial.replace(file)
    finally:
        trial.unlink(missing_ok=True)


def checked(settings: Settings, url: str, mapping: Path) -> list[str]:
    """What the mapping makes of the shop, in lines. Raises as ``dw check-mapping`` does."""
    update = {"oltp_url": SecretStr(url), "source": str(mapping)}
    counts, findings, also = left_out.check(settings.model_copy(update=update))
    orders = counts["orders"]
    wrong = sum(group.orders for group in findings.not_adding)
    share = 100 * (orders - wrong) / orders if orders else 0
    revenue = sum(findings.revenue.values())
    return [
        f"the mapping fits: {len(counts)} entities, {sum(counts.values()):,} rows",
        f"orders: {orders:,}; net revenue of those that are sales: {revenue:,.2f}",
        f"orders that add up to the shop's own totals: {share:.2f} %",
        *findings.lines(),
        *also,
    ]
