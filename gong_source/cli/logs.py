"""What goes to standard error while a command works: lines for people, or one JSON object a line for collectors."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import datetime
from typing import Literal

import click

from gong_source.ranges import UTC
from gong_source.wording import redacted

Format = Literal["text", "json"]
FORMATS: tuple[Format, ...] = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")

ERROR_IN_MESSAGE = re.compile(
    r"(?: with message\b|due to the following error:|:?\s*Traceback \(most recent call last\)).*", re.DOTALL
)
"""How dlt adds an error to a message of its own."""

PROGRESS = "gong_source.progress"
"""Name of the logger in lines that tell how a run goes."""


def set_up_logging(level: str, format: Format, debug: bool) -> None:
    """Have this package's log on standard error, without tracebacks unless they are asked for.

    Args:
        level: One of :data:`LEVELS`.
        format: Of a line; JSON is for dlt's own lines too, and for Python's warnings. dlt's come without addresses
            either way.
        debug: Log everything, and tracebacks, in which databases quote rows.
    """
    handler = _ToStandardError()
    handler.setFormatter(_JsonLines(debug) if format == "json" else _Lines(debug))
    logger = logging.getLogger("gong_source")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel("DEBUG" if debug else level.upper())
    logging.captureWarnings(format == "json")
    warned = logging.getLogger("py.warnings")
    warned.handlers, warned.propagate = [handler], False
    for other in logging.getLogger("dlt").handlers:
        other.setFormatter(_JsonLines(debug) if format == "json" else _Discreet(other.formatter, debug))


def say(text: str, format: Format = "text", level: str = "info") -> None:
    """A line that is no record of a log, on standard error.

    Args:
        text: Without a line's end.
        format: Of the line.
        level: For JSON.
    """
    click.echo(line_of(text, format, level), err=True)


def line_of(text: str, format: Format, level: str = "info", trace: str = "") -> str:
    """The same, not printed.

    Args:
        text: As above.
        format: As above.
        level: As above.
        trace: Where an error came from, for JSON.
    """
    return _as_json(datetime.now(UTC), level, PROGRESS, text, trace) if format == "json" else text


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
        return redacted(super().format(record if self._debug else _without_trace(record)))


class _Discreet(logging.Formatter):
    """Lines as another formatter has them, without addresses, and tracebacks only where they are asked for."""

    _other: logging.Formatter

    def __init__(self, other: logging.Formatter | None, debug: bool) -> None:
        super().__init__()
        self._debug = debug
        self._other = other._other if isinstance(other, _Discreet) else other or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return redacted(self._other.format(record if self._debug else _without_trace(record)))


class _JsonLines(logging.Formatter):
    """One JSON object for each record."""

    def __init__(self, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        trace = self.formatException(record.exc_info) if self._debug and record.exc_info else ""
        record = record if self._debug else _without_trace(record)
        return _as_json(at, record.levelname.lower(), record.name, redacted(record.getMessage()), redacted(trace))


def _without_trace(record: logging.LogRecord) -> logging.LogRecord:
    """The record without the words of an error, in which databases quote values of the rows that they refuse.

    dlt puts them into messages too. What the run then reports says the same without them.
    """
    kept = {"msg": ERROR_IN_MESSAGE.sub("", record.getMessage()), "args": None}
    return logging.makeLogRecord({**record.__dict__, **kept, "exc_info": None, "exc_text": None, "stack_info": None})


def _as_json(at: datetime, level: str, logger: str, message: str, trace: str = "") -> str:
    content = {"time": at.isoformat(timespec="milliseconds"), "level": level, "logger": logger, "message": message}
    return json.dumps({**content, "exception": trace} if trace else content)
