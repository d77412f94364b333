"""Secrets: an address that would leak a password's tail is refused; no message repeats one."""

import json
import logging
import string
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core import log as logs
from core import secrets
from core.errors import LoaderError, UsageError
from core.settings import Settings, read_settings

SPECIAL = "@:/?#%[] é'\"\\&+;="
passwords = st.text(string.ascii_letters + string.digits + SPECIAL, min_size=8, max_size=24)


@given(passwords)
def test_a_password_that_an_address_cannot_hold_is_refused_without_a_part_of_it(
    password: str,
) -> None:
    """What is taken is read as the user meant it; all else is refused."""
    url = f"postgresql://dw:{password}@db.example.com/shop"
    try:
        secrets.check_url(url)
    except ValueError as error:
        assert not any(part in str(error) for part in password.split() if len(part) > 7)
        return
    parsed = sa.make_url(url)
    assert (parsed.username, parsed.host, parsed.database) == ("dw", "db.example.com", "shop")


@given(passwords)
def test_an_escaped_password_is_always_taken_and_never_told(password: str) -> None:
    url = f"postgresql://dw:{quote(password, safe='')}@db.example.com/shop?sslmode=require"
    secrets.check_url(url)
    assert sa.make_url(url).password == password
    secrets.remember(*secrets.secret_parts(url))
    for said in (
        password,
        quote(password, safe=""),
        f"bad login for {password}!",
        url,
        repr(password),
    ):
        assert password not in secrets.mask(said)
        assert password not in str(LoaderError(said))
    assert secrets.mask("nothing to hide") == "nothing to hide"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://dw:p@ss@db/shop",
        "postgresql://dw:p/ss@db/shop",
        "mysql://dw:p?ss@db/shop",
        "mysql://dw:p#ss@db/shop",
        "mssql+pyodbc://dw:p:ss@db/shop",
        "mysql://dw:100%@db/shop",
        "mysql://dw:a b@db/shop",
    ],
)
def test_a_setting_with_such_an_address_names_itself_and_the_remedy(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("DW_OLTP_URL", url)
    with pytest.raises(UsageError) as told:
        read_settings(Settings)
    assert "DW_OLTP_URL" in str(told.value) and "%40" in str(told.value)
    assert "ss@" not in str(told.value) and "100%" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////srv/a@b/shop.sqlite",
        "postgresql://db/shop",
        "postgresql://dw@db/shop",
        "postgresql+psycopg2://dw:p%40ss@[::1]:5432/shop",
        "mysql://dw:@db:3306/shop",
        "mssql+pyodbc://dw:p%25@db/shop?driver=ODBC+Driver+18+for+SQL+Server",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BX%7D%3BUID%3Ddw%3BPWD%3Dp%40ss",
    ],
)
def test_addresses_that_are_right_are_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DW_OLTP_URL", url)
    assert read_settings(Settings).oltp_url.get_secret_value() == url


def test_no_message_log_or_traceback_repeats_a_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DW_OLTP_URL", "postgresql://dw:hushhush%40home@db/shop")
    monkeypatch.setenv("DW_SQLSERVER_PASSWORD", "segredo do servidor")
    monkeypatch.setenv(
        "DW_ALERT_URLS", "slack://tokenAAAA/tokenBBBB mailto://u:mailpass@example.com"
    )
    read_settings(Settings)
    said = "hushhush@home hushhush%40home segredo do servidor mailpass slack://tokenAAAA/tokenBBBB"
    try:
        logs.start(tmp_path, "run")
        try:
            raise RuntimeError(said)
        except RuntimeError:
            logging.getLogger("any.library").exception("it failed: %s", said)
    finally:
        logging.basicConfig(handlers=[], force=True)
    (line,) = (tmp_path / "run.jsonl").read_text(encoding="utf-8").splitlines()
    for secret in ("hushhush", "segredo do servidor", "mailpass", "tokenAAAA"):
        assert secret not in line and secret not in str(LoaderError(said))
    assert "RuntimeError" in json.loads(line)["exception"]
