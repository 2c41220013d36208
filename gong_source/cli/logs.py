"""What goes to standard error while a command works: lines for people, or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime
from typing import Literal

import click

from gong_source.errors import redacted
from gong_source.ranges import UTC

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")

PROGRESS = "gong_source.progress"
"""Name of the logger in lines that tell how a run goes."""


def set_up_logging(level: str, format: Format, debug: bool) -> None:
    """Have this package's log on standard error, without tracebacks unless they are asked for.

    Args:
        level: One of :data:`LEVELS`.
        format: Of a line; JSON is for dlt's own lines too. Those come without addresses either way.
        debug: Log everything, and tracebacks.
    """
    handler = _ToStandardError()
    handler.setFormatter(_JsonLines(debug) if format == "json" else _Lines(debug))
    logger = logging.getLogger("gong_source")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel("DEBUG" if debug else level.upper())
    for other in logging.getLogger("dlt").handlers:
        other.setFormatter(_JsonLines(debug) if format == "json" else _Discreet(other.formatter))


def say(text: str, format: Format = "text", level: str = "info") -> None:
    """A line that is no record of a log, on standard error.

    Args:
        text: Without a line's end.
        format: Of the line.
        level: For JSON.
    """
    click.echo(line_of(text, format, level), err=True)


def line_of(text: str, format: Format, level: str = "info") -> str:
    """The same, not printed.

    Args:
        text: As above.
        format: As above.
        level: As above.
    """
    return _as_json(datetime.now(UTC), level, PROGRESS, text) if format == "json" else text


class _ToStandardError(logging.Handler):
    """Writes to whatever standard error is at that moment: bars stand below what is written."""

    def emit(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)


class _Lines(logging.Formatter):
    """One line for each record; exceptions are shown where they are asked for."""

    def __init__(self, debug: bool) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%d %H:%M:%S")
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        if not self._debug:
            record = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        return redacted(super().format(record))


class _Discreet(logging.Formatter):
    """Lines as another formatter has them, without addresses: databases quote values of the rows that they refuse."""

    _other: logging.Formatter

    def __init__(self, other: logging.Formatter | None) -> None:
        super().__init__()
        self._other = other._other if isinstance(other, _Discreet) else other or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._other.format(record))


class _JsonLines(logging.Formatter):
    """One JSON object for each record."""

    def __init__(self, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        trace = self.formatException(record.exc_info) if self._debug and record.exc_info else ""
        return _as_json(at, record.levelname.lower(), record.name, redacted(record.getMessage()), redacted(trace))


def _as_json(at: datetime, level: str, logger: str, message: str, trace: str = "") -> str:
    content = {"time": at.isoformat(timespec="milliseconds"), "level": level, "logger": logger, "message": message}
    return json.dumps({**content, "exception": trace} if trace else content)
