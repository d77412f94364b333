"""The dashboards' server: ``streamlit run dashboards/server.py``, or ``make dashboards``.

It serves the pages of ``app.py`` and, beside them, gets each version ready for its readers as soon
as it is published: rows in memory, and every page computed for every period that has a name.
"""

import gc
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from threading import Event, Thread

import duckdb
import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from core import record
from core.errors import LoaderError, UsageError
from core.settings import Settings, read_settings
from dashboards.app import PAGES
from dashboards.parts.periods import DEFAULT, PRESETS
from dashboards.parts.view import View
from dashboards.people import sessions
from dashboards.people.access import has_provider
from dashboards.people.door import Door
from dashboards.people.hosts import Hosts
from dashboards.people.users import check
from dashboards.people.verifier import Verifier
from published import versions
from published.answers import memory
from published.answers.filters import Filters
from published.answers.query import Data

LOOK_SECONDS = 5.0
"""How often the server looks for a new version."""
THREAD = "ready"
# Streamlit and its charts write styles and compile scripts in the page.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self'"
    " 'unsafe-inline'; img-src 'self' blob: data:; font-src 'self' data:; connect-src 'self';"
    " worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self';"
    " frame-ancestors 'none'"
)
log = logging.getLogger(__name__)
_missing = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")


def ready(data: Data) -> Iterator[None]:
    """Let readers find a version's common answers computed, the default period's first.

    In small steps, so that it can be left at any of them.
    """
    for _ in memory.draw(data.opened.database, data.semantic, data.version):
        yield
    last_day = (data.bounds("vendas") or (None, None))[1]
    if last_day is None:
        return
    for name in sorted(PRESETS, key=DEFAULT.__ne__):
        first, last = PRESETS[name](last_day)
        view = View(data, Filters(inicio=first, fim=last), last_day)
        for _, _, render in PAGES.values():
            # Outside of a session Streamlit draws nothing; what the page asks for is kept.
            render(view)
            yield


def keep_ready(stop: Event) -> None:
    """Get each version ready that becomes current, until it is time to stop."""
    try:
        settings = read_settings(Settings)
    except UsageError:
        # The pages name the setting.
        return
    seen = None
    while not stop.is_set():
        now = versions.stamp(settings.data_dir)
        if now != seen:
            seen = now
            try:
                for _ in ready(Data.current(settings.data_dir)):
                    if stop.is_set():
                        return
            except (LoaderError, duckdb.Error) as error:
                # The pages answer all the same, from the files, or say what is wrong.
                log.warning("no version is ready: %s", error)
        stop.wait(LOOK_SECONDS)


@asynccontextmanager
async def _beside(_: st.App) -> AsyncIterator[None]:
    # Streamlit collects garbage after each page: what was imported for good is not searched.
    gc.freeze()
    try:
        check(read_settings(Settings))
    except LoaderError as error:
        sys.stderr.write(f"dashboards: {error}\n")
        raise
    stop = Event()
    thread = Thread(target=keep_ready, args=(stop,), name=THREAD, daemon=True)
    _missing.addFilter(lambda record: record.threadName != THREAD)
    thread.start()
    yield
    stop.set()
    thread.join()
    gc.unfreeze()


class _Entrance:
    """What stands between people and pages; Streamlit makes it when it starts."""

    def __init__(self, app: ASGIApp) -> None:
        settings = read_settings(Settings)
        record.start(settings.data_dir, "painel")
        # With a provider Streamlit itself lets people in; what is saved has the same care.
        users_file = None if has_provider() else settings.users_file
        opened = sessions.of(settings.session_secret.get_secret_value())
        door = Door(app, users_file, opened, Verifier())
        self._app = Hosts(door, settings.hosts.split(), POLICY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


app = st.App("app.py", lifespan=_beside, middleware=[Middleware(_Entrance)])
