"""What looks like a person's data is told from what merely has digits, and is not published."""

from pathlib import Path

import duckdb
import pytest

from core.contract.personal import kind_of_value
from pipeline.export import PublicationRefusedError, _refuse_people

DOCUMENTS = ["529.982.247-25", "52998224725", "MARIA SOUZA 52998224725 ME", "529.982.247-00"]
COMPANIES = ["11.222.333/0001-81", "11222333000181"]
MAILS = ["ana@loja.com.br", "loja <ana@loja.com.br>"]
PHONES = ["(71) 99123-4567", "+55 71 99123-4567", "71 3123-4567", "(71)991234567", "71 99123-4567."]
NOBODY = [
    "12345678901",
    "20261125T131315-7699a",
    "1795611795.9958923",
    "2025-12-01 10:00:00",
    "PED-2025-0001234",
    "R$ 1.234.567,89",
    "iPhone 13 128 GB",
    "7891234567895",
    "a1b2c3d4-1234-5678-9012-abcdefabcdef",
    "7 @ 9",
    "48-12345678",
    "11-20251234",
    "SKU 12 20250101",
    "11 9912 34567",
]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (DOCUMENTS, "CPF"),
        (COMPANIES, "CNPJ"),
        (MAILS, "e-mail"),
        (PHONES, "telefone"),
        (NOBODY, None),
    ],
)
def test_a_value_is_taken_for_what_it_is(texts: list[str], kind: str | None) -> None:
    assert {text: kind_of_value(text) for text in texts} == dict.fromkeys(texts, kind)


def written(folder: Path, values: list[str | None]) -> Path:
    path = folder / "mart.parquet"
    with duckdb.connect() as database:
        database.execute("create table mart (dia date, nome varchar)")
        database.executemany("insert into mart values (current_date, ?)", [[v] for v in values])
        database.table("mart").write_parquet(str(path))
    return path


@pytest.mark.parametrize("value", [*DOCUMENTS, *COMPANIES, *MAILS, *PHONES])
def test_a_file_with_a_person_is_refused_without_the_value(tmp_path: Path, value: str) -> None:
    path = written(tmp_path, ["Notebook", None, value] if not value.isdigit() else [value])
    with pytest.raises(
        PublicationRefusedError, match=r"1 texts of mart\.m\.nome look like"
    ) as told:
        _refuse_people("mart.m", path)
    assert value not in str(told.value)
    assert not path.exists()


def test_numbers_that_have_check_digits_by_chance_are_published(tmp_path: Path) -> None:
    orders = [str(number) for number in range(52998224700, 52998224900)]
    assert any(kind_of_value(order) for order in orders)
    _refuse_people("mart.m", written(tmp_path, [*orders, *NOBODY, None]))
