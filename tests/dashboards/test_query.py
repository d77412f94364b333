"""Answers of the data layer against plain SQL on the facts of the warehouse."""

import csv
import shutil
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from published import versions
from published.answers.compile import compile_question
from published.answers.filters import Filters
from published.answers.periods import periods
from published.answers.query import Data, Question, variation
from published.answers.semantic import (
    Gate,
    NotApplicableError,
    NotSupportedByDataError,
    Semantic,
    UnknownNameError,
)
from tests.conftest import ROOT, Pipeline

pytestmark = pytest.mark.slow

QUARTER = Filters(inicio=date(2025, 1, 1), fim=date(2025, 3, 31))


def test_totals_equal_plain_sql(company: Pipeline, data: Data) -> None:
    ((revenue, margin, orders, items, buyers),) = company.warehouse(
        """
        select sum(valor_total_liquido), sum(valor_total_liquido - custo_total),
            count(distinct pedido_id), sum(quantidade_vendida), count(distinct cliente_id)
        from fact.fact_vendas
        where data_id between 20250101 and 20250331 and cliente_id <> -1
        """
    )
    names = ["receita_liquida", "margem_bruta", "pedidos", "itens_vendidos", "clientes_ativos"]
    answer = data.total([*names, "ticket_medio", "margem_pct"], QUARTER)
    assert [answer[name] for name in names] == [revenue, margin, orders, items, buyers]
    assert answer["ticket_medio"] == (revenue / orders).quantize(Decimal("0.000001"))
    assert answer["margem_pct"] == (margin / revenue).quantize(Decimal("0.000001"))
    assert revenue > 0 and isinstance(answer["pedidos"], int)


def test_targets_count_each_period_once(company: Pipeline, data: Data) -> None:
    ((target, actual),) = company.warehouse(
        "select sum(valor_meta), sum(valor_realizado) from fact.fact_metas"
        " where tipo_periodo = 'Mensal'"
    )
    ((kinds,),) = company.warehouse("select count(distinct tipo_periodo) from fact.fact_metas")
    answer = data.total(["valor_meta", "valor_realizado", "gap_meta", "percentual_atingimento"])
    assert kinds == 3
    assert (answer["valor_meta"], answer["valor_realizado"]) == (target, actual)
    assert answer["gap_meta"] == target - actual
    expected = (actual * 100 / target).quantize(Decimal("0.000001"))
    assert answer["percentual_atingimento"] == expected


def test_discounts_count_when_they_were_approved(company: Pipeline, data: Data) -> None:
    ((given, revenue, impact, approved, all_of_them),) = company.warehouse(
        """
        select sum(valor_desconto_aplicado) filter (desconto_aprovado),
            sum(valor_com_desconto) filter (desconto_aprovado),
            sum(impacto_margem) filter (desconto_aprovado),
            count(*) filter (desconto_aprovado), count(*)
        from fact.fact_descontos
        """
    )
    roi = (revenue / given).quantize(Decimal("0.000001"))
    answer = data.total(
        ["roi_desconto", "retorno_liquido_desconto", "impacto_margem", "taxa_aprovacao_desconto"]
    )
    assert answer["roi_desconto"] == roi
    assert answer["retorno_liquido_desconto"] == roi - 1
    assert answer["impacto_margem"] == impact
    assert answer["taxa_aprovacao_desconto"] == (Decimal(approved) / all_of_them).quantize(
        Decimal("0.000001")
    )
    assert 0 < approved < all_of_them


def test_marts_side_by_side_have_a_row_for_each_key_of_either(
    company: Pipeline, data: Data
) -> None:
    expected = company.warehouse(
        """
        with meses as (
            select date_trunc('month', data) as mes, nome_equipe,
                sum(valor_total_liquido) as receita, cast(null as decimal(38, 4)) as desconto,
                null as criados
            from mart.dash_vendas group by all
            union all
            select date_trunc('month', data), nome_equipe, null,
                sum(valor_desconto_aplicado) filter (desconto_aprovado), null
            from mart.dash_descontos group by all
            union all
            select date_trunc('month', data), nome_equipe, null, null, count(*)
            from mart.dash_ciclo_pedidos group by all
        )
        select cast(mes as date), nome_equipe, max(receita), max(desconto), max(criados)
        from meses group by all order by 1, 2
        """
    )
    answer = data.query(
        ["receita_liquida", "valor_desconto_aplicado", "pedidos_criados"],
        by=["nome_equipe"],
        grain="month",
    )
    assert [tuple(row.values()) for row in answer.to_pylist()] == expected


def test_filters_and_order(company: Pipeline, data: Data) -> None:
    states = company.warehouse(
        "select estado, sum(valor_total_liquido) as valor from mart.dash_vendas"
        " where regiao_pais in ('Sul', 'Sudeste') and canal_venda = 'Site'"
        " group by estado order by valor desc, estado limit 3"
    )
    answer = data.query(
        ["receita_liquida"],
        by=["estado"],
        filters=Filters(regiao_pais=("Sul", "Sudeste"), canal_venda=("Site",)),
        order_by=["-receita_liquida"],
        limit=3,
    )
    assert len(states) == 3
    assert [tuple(row.values()) for row in answer.to_pylist()] == states


def test_to_date_starts_with_the_month_and_ends_with_the_period(
    company: Pipeline, data: Data
) -> None:
    ((month, year),) = company.warehouse(
        "select sum(valor_total_liquido) filter (data >= date '2025-05-01'),"
        " sum(valor_total_liquido) from mart.dash_vendas"
        " where data between date '2025-01-01' and date '2025-05-20'"
    )
    metrics = ["receita_liquida_acumulada_mes", "receita_liquida_acumulada_ano"]
    filters = Filters(inicio=date(2025, 5, 10), fim=date(2025, 5, 20))
    assert list(data.total(metrics, filters).values()) == [month, year]
    daily = data.query(metrics, grain="day", filters=filters).to_pylist()
    assert list(daily[-1].values()) == [date(2025, 5, 20), month, year]


def test_comparison_with_the_year_before(company: Pipeline, data: Data) -> None:
    (now,), (before,) = company.warehouse(
        "select sum(valor_total_liquido) from mart.dash_vendas where ano_mes in (202402, 202502)"
        " group by ano_mes order by ano_mes desc"
    )
    filters = Filters(inicio=date(2025, 2, 1), fim=date(2025, 2, 28))
    names = ["receita_liquida", "receita_liquida_ano_anterior"]
    answer = data.total([*names, "receita_liquida_variacao_ano_anterior"], filters)
    assert [answer[name] for name in names] == [now, before]
    change = ((now - before) / before).quantize(Decimal("0.000001"))
    assert answer["receita_liquida_variacao_ano_anterior"] == change
    assert data.total(["receita_liquida"], filters.previous_year()) == {"receita_liquida": before}
    with pytest.raises(NotApplicableError, match="início e fim"):
        data.total(["receita_liquida_ano_anterior"])


def test_a_ratio_of_nothing_is_null(data: Data) -> None:
    nothing = Filters(inicio=date(1999, 1, 1), fim=date(1999, 12, 31))
    metrics = ["ticket_medio", "percentual_atingimento", "roi_desconto", "sla_cumprido_pct"]
    assert set(data.total(metrics, nothing).values()) == {None}


def test_division_is_exact_and_rounds_half_away_from_zero(data: Data) -> None:
    with data.opened.database.cursor() as cursor:
        answers = cursor.execute(
            "select divisao(2, 3), divisao(-2, 3), divisao(1, 2000000), divisao(-1, 2000000),"
            " divisao(123456789012.3456, 0.0001), divisao(1, 0), divisao(null, 1), divisao(0, 5)"
        ).fetchall()
    texts = ["0.666667", "-0.666667", "0.000001", "-0.000001", "1234567890123456.000000"]
    assert answers == [(*map(Decimal, texts), None, None, Decimal(0))]


def test_rows_are_those_that_the_metrics_are_of(data: Data) -> None:
    filters = QUARTER.model_copy(update={"categoria": ("Moda",)})
    rows = data.rows("mart.dash_vendas", ["data", "categoria", "valor_total_liquido"], filters)
    assert set(rows.column("categoria").to_pylist()) == {"Moda"}
    total = sum(rows.column("valor_total_liquido").to_pylist())
    assert {"receita_liquida": total} == data.total(["receita_liquida"], filters)
    gates = data.rows("mart.feature_gates").to_pylist()
    assert {gate["recurso"] for gate in gates} == set(data.semantic.gates)


@pytest.mark.parametrize(
    "attack", ["' or '1'='1", "x'); drop table mart.dash_vendas; --", "$p0", "\\", "Moda\0"]
)
def test_a_value_is_only_ever_a_value(data: Data, attack: str) -> None:
    filters = Filters(categoria=(attack,))
    assert data.total(["receita_liquida"], filters) == {"receita_liquida": None}
    assert data.rows("mart.dash_vendas", filters=filters).num_rows == 0
    statement = compile_question(
        Question(metrics=("receita_liquida",), filters=filters),
        data.semantic,
        data.opened.bounds_of,
    )
    assert attack == "$p0" or attack not in statement.sql
    assert attack in statement.parameters.values()


@pytest.mark.parametrize(
    "question",
    [
        {"metrics": ["receita_liquida; drop table x"]},
        {"metrics": []},
        {"metrics": ["receita_liquida"], "by": ['estado" from x --']},
        {"metrics": ["receita_liquida"], "by": ["cliente_id"]},
        {"metrics": ["receita_liquida"], "order_by": ["1; select 2"]},
    ],
)
def test_a_name_that_is_not_defined_is_refused(data: Data, question: dict[str, list[str]]) -> None:
    with pytest.raises(UnknownNameError):
        data.query(**question)


def test_tables_and_columns_are_those_of_the_version(data: Data) -> None:
    with pytest.raises(UnknownNameError):
        data.rows("dim.dim_cliente")
    with pytest.raises(UnknownNameError):
        data.rows("mart.dash_vendas", ["nome_cliente"])
    with pytest.raises(Exception, match="disabled"):
        data.opened.database.cursor().execute("select * from read_text('/etc/hostname')")


def test_a_filter_that_does_not_apply_is_refused_not_ignored(data: Data) -> None:
    with pytest.raises(NotApplicableError, match="categoria"):
        data.total(["percentual_atingimento"], Filters(categoria=("Moda",)))
    assert not data.semantic.applies("percentual_atingimento", "categoria")
    asked = ["categoria", "nome_equipe"]
    metrics = ["percentual_atingimento", "receita_liquida"]
    assert data.semantic.applicable(metrics, asked) == ("nome_equipe",)
    with pytest.raises(NotApplicableError):
        data.rows("mart.feature_gates", filters=QUARTER)


def test_what_a_person_may_see_is_added_to_every_question(company: Pipeline, data: Data) -> None:
    south = Data.current(company.folder, access=Filters(regiao_pais=("Sul",)))
    own = data.total(["receita_liquida"], Filters(regiao_pais=("Sul",)))
    assert south.total(["receita_liquida"]) == own
    assert south.total(["receita_liquida"], Filters(regiao_pais=("Norte",))) == {
        "receita_liquida": None
    }
    assert south.dimension_values("regiao_pais") == ["Sul"]
    assert set(south.dimension_values("estado")) < set(data.dimension_values("estado"))
    rows = south.rows("mart.dash_vendas", filters=Filters(regiao_pais=("Sul", "Norte")))
    assert set(rows.column("regiao_pais").to_pylist()) == {"Sul"}
    for refused in (
        lambda: south.total(["percentual_atingimento"]),
        lambda: south.rows("agg.agg_wip_atual"),
    ):
        with pytest.raises(NotApplicableError):
            refused()


def test_what_the_data_lacks_is_said(data: Data) -> None:
    gate = Gate("custo_margem", "Custo e margem", Decimal("40.1"), "not_supported", "a.", "b.")
    semantic = Semantic(data.semantic.models, data.semantic.metrics, {"custo_margem": gate})
    with pytest.raises(NotSupportedByDataError, match=r"a\. b\.") as refused:
        semantic.check("margem_pct", [])
    assert refused.value.gate.cobertura_pct == Decimal("40.1")
    semantic.check("receita_liquida", ["estado"])
    region = Gate("regiao", "Região", None, "not_supported", "a.", "b.")
    semantic = Semantic(data.semantic.models, data.semantic.metrics, {"regiao": region})
    with pytest.raises(NotSupportedByDataError):
        semantic.check("receita_liquida", ["estado"])


def test_every_gate_and_filter_exists(data: Data) -> None:
    semantic = data.semantic
    gates = {g for metric in semantic.metrics.values() for g in metric.gates}
    gates |= {d.gate for m in semantic.models.values() for d in m.dimensions.values() if d.gate}
    assert gates <= set(semantic.gates)
    known = {name for model in semantic.models.values() for name in model.dimensions}
    assert set(Filters.model_fields) - {"inicio", "fim"} <= known
    assert {m.table for m in semantic.models.values()} <= set(data.version.manifest.tables)


def test_every_metric_answers_by_each_of_its_dimensions(data: Data) -> None:
    for name in data.semantic.metrics:
        assert data.query([name], filters=QUARTER).column_names == [name]
        by = data.semantic.dimensions(name)[:3]
        answer = data.query([name], by=by, grain="week", filters=QUARTER)
        assert answer.column_names == ["periodo", *by, name]
        assert "double" not in str(answer.schema)


def test_metricflow_gives_the_same(company: Pipeline, data: Data, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(ROOT / "dbt_project", project, ignore=shutil.ignore_patterns("target"))
    shutil.copytree(company.folder / "dbt", project / "target")
    metrics = [
        "receita_liquida",
        "margem_pct",
        "clientes_ativos",
        "receita_liquida_mes_anterior",
        "receita_liquida_variacao_ano_anterior",
        "retorno_liquido_desconto",
        "p90_total_horas",
    ]
    found = tmp_path / "answer.csv"
    done = Pipeline(company.folder, DBT_PROFILES_DIR=str(project), DBT_PROJECT_DIR=str(project))
    done.environment |= {"DBT_TARGET_PATH": str(project / "target")}
    mf = str(Path(sys.executable).with_name("mf"))
    command = [mf, "query", "--metrics", ",".join(metrics), "--csv", str(found)]
    command += ["--group-by", "metric_time__month", "--order", "metric_time__month"]
    done.run("env", "-C", str(project), *command)
    with found.open(newline="") as file:
        theirs = {row["metric_time__month"][:10]: row for row in csv.DictReader(file)}
    ours = data.query(metrics, grain="month").to_pylist()
    compared = 0
    for row in ours:
        their = theirs.get(str(row["periodo"]))
        if their is None:
            continue
        for name in metrics:
            if row[name] is None:
                assert not their[name] or Decimal(their[name]).is_nan()
            else:
                assert Decimal(their[name]) == pytest.approx(row[name], abs=Decimal("0.000001"))
                compared += 1
    assert compared > 150


def test_periods_before() -> None:
    month = Filters(inicio=date(2025, 3, 1), fim=date(2025, 3, 31), estado=("SP",))
    before = Filters(inicio=date(2025, 2, 1), fim=date(2025, 2, 28), estado=("SP",))
    assert month.previous_period() == before
    assert before.previous_year().fim == date(2024, 2, 29)
    days = Filters(inicio=date(2025, 3, 10), fim=date(2025, 3, 14))
    assert days.previous_period() == Filters(inicio=date(2025, 3, 5), fim=date(2025, 3, 9))
    with pytest.raises(ValueError, match="início e fim"):
        Filters(inicio=date(2025, 1, 1)).previous_period()
    with pytest.raises(ValueError, match="termina antes"):
        Filters(inicio=date(2025, 1, 2), fim=date(2025, 1, 1))
    assert periods(date(2025, 1, 30), date(2025, 2, 2), "month") == [
        (date(2025, 1, 1), date(2025, 1, 30), date(2025, 1, 31)),
        (date(2025, 2, 1), date(2025, 2, 1), date(2025, 2, 2)),
    ]
    assert variation(Decimal(3), Decimal(0)) is None
    assert variation(Decimal(3), Decimal(-2)) is None
    assert variation(Decimal(-3), Decimal(-2)) == Decimal("-0.5")


def test_a_version_without_metrics_says_what_to_do(company: Pipeline, tmp_path: Path) -> None:
    shutil.copytree(versions.folder(company.folder), versions.folder(tmp_path))
    version = versions.current(tmp_path)
    (version.path / versions.METRICS).unlink()
    with pytest.raises(Exception, match="dw run"):
        Data.of(version)
