"""What a server's refusal says to people: its cause and number, and never a value of a row."""

import duckdb
import pyodbc
import pytest

from core import refusals

pytestmark = pytest.mark.unit

SERVER = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
TRUNCATED = pyodbc.DataError(
    "22001",
    f"[22001] {SERVER}String or binary data would be truncated in table"
    " 'DW.staging_staging.customers', column 'full_name'. Truncated value: 'Ana O'Brien; d'Ávila'."
    f" (2628) (SQLExecDirectW); [22001] {SERVER}The statement has been terminated. (3621)",
)


def chained(error: Exception) -> Exception:
    """As dlt wraps it: two errors of its own around the driver's."""
    try:
        try:
            raise RuntimeError("job failed with message: everything") from error
        except RuntimeError as inner:
            raise ValueError("Pipeline execution failed with exception:") from inner
    except ValueError as outer:
        return outer


def test_a_refusal_tells_cause_number_and_remedy_through_what_wraps_it() -> None:
    assert refusals.told(chained(TRUNCATED)) == (
        "String or binary data would be truncated in table 'DW.staging_staging.customers', column"
        " 'full_name'. Truncated value: …. (2628); cut or convert it under `columns:` of the"
        " mapping, then load again"
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            f"[22018] {SERVER}Conversion failed when converting the nvarchar value 'Ana' to data"
            " type int. (245) (SQLExecDirectW)",
            "Conversion failed when converting the nvarchar value … to data type int. (245)",
        ),
        (
            f"[23000] {SERVER}Violation of UNIQUE KEY constraint 'uq_x'. Cannot insert duplicate"
            " key in object 'dim.x'. The duplicate key value is (1, Ana (a)). (2627)",
            "Violation of UNIQUE KEY constraint 'uq_x'. Cannot insert duplicate key in object"
            " 'dim.x'. The duplicate key value is …. (2627)",
        ),
        (
            f"[42000] {SERVER}Unclosed quotation mark after the character string 'Ana\nMaria'."
            " (105) (SQLExecDirectW)",
            "Unclosed quotation mark after the character string …. (105)",
        ),
        (
            f"[42S02] {SERVER}Invalid object name 'fact.fact_x'. (208) (SQLExecDirectW)",
            "Invalid object name 'fact.fact_x'. (208)",
        ),
        (
            "[01000] [unixODBC][Driver Manager]Can't open lib '/a/b.so' : file not found (0)"
            " (SQLDriverConnect)",
            "Can't open lib '/a/b.so' : file not found (0)",
        ),
    ],
)
def test_values_of_rows_are_left_out_and_names_stay(message: str, expected: str) -> None:
    assert refusals.said(pyodbc.Error(message[1:6], message)) == expected


def test_other_databases_say_their_first_line() -> None:
    with duckdb.connect() as database, pytest.raises(duckdb.Error) as caught:
        database.execute("select cast('Ana' as int)")
    told = refusals.told(chained(caught.value))
    assert told.startswith("Conversion Error: Could not convert string … to INT32")
    assert "Ana" not in told
    assert refusals.told(ValueError("no database")) == "no database"
