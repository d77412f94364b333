"""Who saved what is recorded when the file is made, by names of columns and never their values."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st
from openpyxl import load_workbook

from core import record
from dashboards.parts import tables
from dashboards.parts.tables import READER, ShownColumn, ShownTable
from published.answers.filters import Filters

pytestmark = pytest.mark.unit


def test_an_export_is_recorded_when_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    record.start(tmp_path, "painel")
    saves: list[Any] = []
    monkeypatch.setattr(st, "download_button", lambda _, make, *rest, **options: saves.append(make))
    monkeypatch.setattr(st, "session_state", {READER: "ana@example.com"})
    manifest = SimpleNamespace(version=3, created_at=datetime(2026, 1, 1, tzinfo=UTC))
    data = SimpleNamespace(
        access=Filters(nome_equipe=("Equipe Sul 02",)), version=SimpleNamespace(manifest=manifest)
    )
    day = datetime(2026, 1, 1).date()
    view: Any = SimpleNamespace(
        filters=Filters(regiao_pais=("Nordeste",), canal_venda=("Loja",)), data=data,
        first=day, last=day, label=str, page="vendas", comparison="Nenhuma",
        applied=lambda metrics: Filters(regiao_pais=("Nordeste",)),
        not_applied=lambda metrics: ["canal_venda"], base=lambda: None,
    )  # fmt: skip
    table = ShownTable(
        [{"cidade": "Recife"}, {"cidade": "Natal"}], {"cidade": ShownColumn("Cidade")}
    )
    tables.export(table, view, "cidades")
    assert list(record.read(tmp_path)) == [], "nothing is saved yet"
    csv, excel = (make() for make in saves)
    assert csv.decode("utf-8-sig").splitlines()[1:] == ["Recife", "Natal"]
    sheet = load_workbook(io.BytesIO(excel))["Filtros"]
    told = {name.value: value.value for name, value in sheet.iter_rows()}
    assert told["regiao_pais"] == "Nordeste", "what was applied"
    assert told["Sem efeito aqui"] == "canal_venda" and "canal_venda" not in told
    assert told["Acesso restrito por nome_equipe"] == "Equipe Sul 02"
    assert tables.file_name(view, "cidades") == (
        "vendas cidades 2026-01-01 a 2026-01-01 (Equipe Sul 02)"
    )
    lines = list(record.read(tmp_path))
    assert [line["format"] for line in lines] == ["csv", "xlsx"]
    for line in lines:
        assert {k: v for k, v in line.items() if k not in ("at", "format")} == {
            "event": "export", "user": "ana@example.com", "table": "cidades", "rows": 2,
            "filters": ["canal_venda", "nome_equipe", "regiao_pais"],
        }  # fmt: skip
    said = json.dumps(lines) + capsys.readouterr().err
    assert not any(value in said for value in ("Recife", "Nordeste", "Loja", "Equipe Sul"))
