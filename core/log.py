"""Logs: plain lines on a terminal, JSON lines elsewhere and in a file per run, for machines."""

import logging
from pathlib import Path

import structlog

from core.secrets import mask

_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def start(folder: Path, run_id: str) -> None:
    """Send all logs to standard error and to ``<folder>/<run_id>.jsonl``."""
    folder.mkdir(parents=True, exist_ok=True)
    traceback, json = structlog.processors.format_exc_info, structlog.processors.JSONRenderer()
    lines = logging.StreamHandler()
    people = structlog.dev.ConsoleRenderer() if lines.stream.isatty() else json
    lines.setFormatter(_formatter(_without_traceback, people))
    records = logging.FileHandler(folder / f"{run_id}.jsonl", encoding="utf-8")
    records.setFormatter(_formatter(traceback, json))
    logging.basicConfig(level=logging.INFO, handlers=[lines, records], force=True)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    structlog.contextvars.bind_contextvars(run_id=run_id)


class _Masked(structlog.stdlib.ProcessorFormatter):
    """Lines without secrets, whoever wrote them."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def _formatter(*processors: structlog.typing.Processor) -> logging.Formatter:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return _Masked(foreign_pre_chain=_SHARED, processors=[without_meta, *processors])


def _without_traceback(
    logger: object, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    event.pop("exc_info", None)
    return event
