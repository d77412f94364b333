"""The filters that all pages share, kept in the URL, and what data they look at."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path

import streamlit as st

from core.clock import ZONE
from dashboards.parts import formats, periods, tables
from dashboards.parts.view import View
from published import versions
from published.answers import comparison
from published.answers.dimensions import DIMENSIONS, FILTERABLE
from published.answers.filters import Filters
from published.answers.query import Data
from published.answers.semantic import QuestionError

LOST = "perdidos"
"""Where the session keeps what its link asked for and the data do not have, by filter."""
STALE = timedelta(hours=36)
"""The age of a version that has missed a day."""

DAYS_BEHIND = 2
"""Days since the last sale from which data are late: yesterday's come this morning."""


def view(data: Data) -> View:
    """Draw the filters; the view that they make."""
    first_day, last_day = data.bounds("vendas") or (date.today(), date.today())
    with st.sidebar:
        if restricted := tables.access(data):
            # Where every page has it, those without filters too.
            st.html(f"<div class='dw-chips'><span>acesso: {escape(restricted)}</span></div>")
        _freshness(data, last_day)
        first, last = _period(first_day, last_day)
        compared = st.selectbox(
            "Comparar com", list(comparison.COMPARISONS), key="comparar", bind="query-params",
            help="Período anterior: de um mês em curso, os mesmos dias do mês anterior.",
        )  # fmt: skip
        in_sight = [name for name, about in FILTERABLE.items() if not about.folded]
        chosen = {name: _names(data, name) for name in in_sight}
        with st.expander("Mais filtros"):
            chosen |= {name: _names(data, name) for name in DIMENSIONS if name not in in_sight}
        st.button("Limpar filtros", on_click=clear, icon=":material/filter_alt_off:",
                  width="stretch")  # fmt: skip
    lost = dict(st.session_state.get(LOST, {}).values())
    filters = Filters(inicio=first, fim=last, **chosen)
    return View(data, filters, last_day, compared, lost=lost)


def choose(dimension: str, values: list[str]) -> None:
    """Set a filter, for those who click on a chart."""
    st.session_state[dimension] = values
    _forget(dimension)


def clear() -> None:
    """Restrict nothing, except by period."""
    for name in DIMENSIONS:
        st.session_state[name] = []
    st.session_state.pop(LOST, None)


def _lost(key: str, label: str, known: Callable[[str], bool]) -> None:
    """Keep what the address asks for and is not there: Streamlit takes it out of the address."""
    asked = [value for value in st.query_params.get_all(key) if value and not known(value)]
    if asked:
        st.session_state.setdefault(LOST, {})[key] = (label, asked)


def _forget(*keys: str) -> None:
    """Who sets a filter anew no longer asks for what its link asked for."""
    for key in keys:
        st.session_state.get(LOST, {}).pop(key, None)


def _period(first_day: date, last_day: date) -> tuple[date, date]:
    names = [*periods.PRESETS, periods.CUSTOM]
    _lost("periodo", "Período", names.__contains__)
    name = st.selectbox(
        "Período", names, key="periodo", bind="query-params",
        on_change=_forget, args=("periodo", "inicio", "fim"),
        index=list(periods.PRESETS).index(periods.DEFAULT),
    )  # fmt: skip
    if name != periods.CUSTOM:
        return periods.PRESETS[name](last_day)
    start, end = st.columns(2)
    with start:
        first = _day("De", last_day.replace(day=1), "inicio", first_day, last_day)
    with end:
        last = _day("Até", last_day, "fim", first_day, last_day)
    if first > last:
        st.warning("O período termina antes de começar; as datas foram trocadas.")
    return min(first, last), max(first, last)


def _day(label: str, default: date, key: str, first: date, last: date) -> date:
    def has(asked: str) -> bool:
        try:
            return first <= date.fromisoformat(asked) <= last
        except ValueError:
            return False

    _lost(key, label, has)
    return st.date_input(
        label, max(default, first), first, last, key=key, format="DD/MM/YYYY", bind="query-params",
        on_change=_forget, args=(key,),
    )  # fmt: skip


def _names(data: Data, dimension: str) -> tuple[str, ...]:
    """The values that are chosen; a dimension that the data lacks is not offered."""
    try:
        known = data.semantic.dimension(dimension)
    except QuestionError:
        # The version is older than the filter.
        _lost(dimension, dimension, lambda value: False)
        return ()
    values = _offered(data, dimension)
    written = {formats.option(value) for value in values}
    _lost(dimension, known[0].label, written.__contains__)
    if not values:
        return ()
    chosen = st.multiselect(
        known[0].label,
        values,
        key=dimension,
        bind="query-params",
        placeholder="Todos",
        format_func=formats.option,
        # Enter takes the one name that is lit, not all that look alike.
        filter_mode="contains",
        select_all=False,
        on_change=_forget,
        args=(dimension,),
    )
    return tuple(chosen)


def _offered(data: Data, dimension: str) -> list[str]:
    """The values of a dimension; none of one that the data or the access lacks."""
    known = data.semantic.dimension(dimension)
    gates = [data.semantic.gates[found.gate] for found in known if found.gate]
    if any(gate.status == "not_supported" for gate in gates):
        return []
    try:
        return [str(value) for value in data.dimension_values(dimension)]
    except QuestionError:
        return []


def behind(last_day: date, published: datetime, now: datetime) -> str:
    """What is late, in words; empty when neither publication nor data are.

    A fresh publication of old data is late too: a shop sells every day.
    """
    if now - published > STALE:
        return "A atualização diária está atrasada: veja o Monitor ETL."
    days = (now.astimezone(ZONE).date() - last_day).days
    if days > DAYS_BEHIND:
        return f"O último dia com vendas foi há {days} dias, embora a publicação seja recente."
    return ""


def _freshness(data: Data, last_day: date) -> None:
    manifest = data.version.manifest
    now = datetime.now(UTC)
    age = now - manifest.created_at
    late = behind(last_day, manifest.created_at, now)
    st.badge(
        f"Versão v{manifest.version} · {formats.age(age)}",
        icon=":material/schedule:" if late else ":material/check_circle:",
        color="orange" if late else "green",
        help=f"Publicada em {formats.moment(manifest.created_at)}; conciliada com a origem.",
    )
    st.caption(f"Dados até **{formats.day(last_day)}**" + (f". {late}" if late else ""))
    watch(data.version.data_dir, data.version.version)


@st.fragment(run_every="30s")
def watch(data_dir: Path, shown: int | None) -> None:
    """Bring a new version to a page that is open; ``shown`` is the one that it has."""
    current = versions.catalogue(data_dir).current
    if current is not None and current != shown:
        st.rerun()
