"""The macros that differ by engine: what they compile to, and what they compute."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PROJECT = """\
name: dw_ecommerce
profile: engines
macro-paths: [macros]
flags: {send_anonymous_usage_stats: false}
"""
PROFILES = """\
engines:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: ":memory:", schema: staging}
    sqlserver:
      {type: sqlserver, driver: none, server: none, port: 1433, database: none, schema: staging,
       user: none, password: none}
    spark: {type: spark, method: session, host: none, schema: staging}
"""

DATA_ID = "cast( coalesce(year(x) * 10000 + month(x) * 100 + day(x), -1) as int )"
MD5 = (
    "( cast( substring( hashbytes( 'MD5', cast(x collate Latin1_General_100_BIN2_UTF8"
    " as varchar(512)) ), 1, 8 ) as bigint ) & cast(4611686018427387903 as bigint) )",
    "( cast(conv(substr(md5(x), 2, 15), 16, 10) as bigint)"
    " + (cast(conv(substr(md5(x), 1, 1), 16, 10) as bigint) % 4) * 1152921504606846976 )",
)
# T-SQL ignores blanks at the end of texts, unless something follows them.
SAME = (
    "concat(cast(try_cast(x as bigint) as varchar(128)), '|') = concat(x, '|')",
    "cast(try_cast(x as bigint) as varchar(128)) = x",
)
CHAVE = tuple(
    f"coalesce( case when {same} and try_cast(x as bigint) >= 0 then try_cast(x as bigint)"
    f" else -2 - {md5} end, -1 )"
    for same, md5 in zip(SAME, MD5, strict=True)
)
N = "cast(abs(x) * 10000 as decimal(38, 0))"
D = "cast(abs(y) * 10000 as decimal(38, 0))"
# (a - a % b) / b is a division of integers without a rest: no engine's rounding has a say.
RAZAO = (
    "cast( case when x < 0 then -1 else 1 end * case when y < 0 then -1 else 1 end"
    f" * cast(((2 * {N} * 100 + {D}) - (2 * {N} * 100 + {D})"
    f" % nullif(2 * {D}, 0)) / nullif(2 * {D}, 0) as decimal(30, 0)) / 100 as decimal(18, 2) )"
)

# A call, and what it is on SQL Server and on Spark. DuckDB's is run, here and by unit tests.
COMPILED = {
    "texto('x', 20)": ("cast(x as nvarchar(20))", "cast(x as varchar(20))"),
    "literal('São')": ("N'São'", "'São'"),
    "maior(['x', 'y'])": (
        "(select max(v.valor) from (values (x), (y)) as v (valor))",
        "greatest(x, y)",
    ),
    "booleano('x = 1')": (
        "cast(case when x = 1 then 1 else 0 end as BIT)",
        "cast(case when x = 1 then 1 else 0 end as boolean)",
    ),
    "data_id('x')": (DATA_ID, DATA_ID),
    "chave('x')": CHAVE,
    "razao('x', 'y', casas=2)": (RAZAO, RAZAO),
}

Compile = Callable[..., list[str]]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Compile calls of macros for an engine, in a project that has nothing else."""
    project = tmp_path_factory.mktemp("macros")
    (project / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (project / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    (project / "macros").symlink_to(ROOT / "dbt_project" / "macros")

    environment = {k: v for k, v in os.environ.items() if not k.startswith("DBT_")}

    def compile_for(engine: str, *calls: str) -> list[str]:
        pytest.importorskip(f"dbt.adapters.{engine}")
        dbt = Path(sys.executable).with_name("dbt")
        inline = "\n;;\n".join(f"{{{{ {call} }}}}" for call in calls)
        options = ["--target", engine, "--no-populate-cache", "--no-introspect"]
        done = subprocess.run(
            [dbt, "--quiet", "compile", *options, "--inline", inline],
            cwd=project,
            env={**environment, "DBT_PROJECT_DIR": str(project), "DBT_PROFILES_DIR": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [" ".join(sql.split()) for sql in done.stdout.split(";;")]

    return compile_for


@pytest.mark.parametrize(("position", "engine"), [(0, "sqlserver"), (1, "spark")])
def test_macros_compile_to_what_the_engine_takes(
    compiled: Compile, position: int, engine: str
) -> None:
    assert compiled(engine, *COMPILED) == [sql[position] for sql in COMPILED.values()]


@pytest.fixture(scope="module")
def on_duckdb(compiled: Compile) -> tuple[str, str]:
    """The surrogate key of text x, and the quotient of decimals n and d."""
    key, quotient = compiled("duckdb", "chave('x')", "razao('n', 'd')")
    return key, quotient


def surrogate_key(source_key: str) -> int:
    """What the comment above the macro promises."""
    if re.fullmatch("0|[1-9][0-9]*", source_key) and int(source_key) < 2**63:
        return int(source_key)
    digest = hashlib.md5(source_key.encode(), usedforsecurity=False).digest()
    return -2 - (int.from_bytes(digest[:8], "big") & (2**62 - 1))


SOURCE_KEYS = st.one_of(
    st.text(max_size=128),
    st.integers(min_value=-(2**64), max_value=2**64).map(str),
    st.from_regex(r"[ 0+-]{0,2}[0-9]{0,19}[ .e_]?[0-9]?", fullmatch=True),
)


@given(st.lists(SOURCE_KEYS, max_size=50))
def test_a_surrogate_key_is_what_its_comment_says(
    on_duckdb: tuple[str, str], source_keys: list[str]
) -> None:
    rows = duckdb.execute(
        f"select {on_duckdb[0]} from unnest(cast(? as varchar[])) as keys (x)", [source_keys]
    ).fetchall()
    assert [key for (key,) in rows] == [surrogate_key(source_key) for source_key in source_keys]


# With the smallest denominator, 0.0001, a quotient still has no more than 14 digits.
DECIMALS = st.decimals(min_value=-(10**9), max_value=10**9, places=4)


@given(DECIMALS, DECIMALS)
def test_a_quotient_is_exact_and_rounded_half_away_from_zero(
    on_duckdb: tuple[str, str], numerator: Decimal, denominator: Decimal
) -> None:
    quotient = None
    if denominator:
        exact = Fraction(numerator) / Fraction(denominator)
        rounded = Fraction(floor(abs(exact) * 10_000 + Fraction(1, 2)), 10_000)
        quotient = rounded if exact > 0 else -rounded
    ((found,),) = duckdb.execute(
        f"select {on_duckdb[1]}"
        " from (select cast(? as decimal(38, 4)) as n, cast(? as decimal(38, 4)) as d)",
        [numerator, denominator],
    ).fetchall()
    assert found == quotient
