"""How a run ends: its report and its errors, as text and as the last line of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import NoReturn

import click

from gong_source.cli import signals
from gong_source.cli.logs import Format, say
from gong_source.cli.output import put
from gong_source.cli.trouble import show_trace, tell
from gong_source.importing import never
from gong_source.report import RunReport
from gong_source.warehouse.allocators import limit_arenas

LEVELS = {"FAILED": "error", "STOPPED as planned": "info"}
"""Of the lines of a report that are logged as JSON, by how they begin; of all others: a warning."""


def finish(
    run: Callable[[], RunReport],
    as_json: bool,
    debug: bool = False,
    log_format: Format = "text",
    at_signal: Callable[[int], object] = lambda code: None,
) -> NoReturn:
    """Run, print the report, and exit with its code.

    Args:
        run: The run.
        as_json: Whether the last line is one JSON object.
        debug: Whether to show where an error came from.
        log_format: Of what goes to standard error.
        at_signal: Called with the exit code where a signal ends the process, at any instant: it may wait for no lock.
    """
    limit_arenas()
    never("pandas")  # DuckDB imports it with the first parameter of a query, arrow with the first array: 0.2 s, 35 MB
    try:
        with signals.at_signal(act=at_signal):
            report = run()
    except click.ClickException:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if debug and isinstance(error, Exception):
            show_trace(error, log_format)
        sys.exit(tell(error, as_json, log_format))
    if debug:
        for failure in report.failures.values():
            show_trace(failure, log_format)
    done = f"The run itself ended with the exit code {report.exit_code}; `gong-source status` tells what is loaded."
    if log_format == "json":
        for line in report.endings():
            say(line, log_format, next((LEVELS[word] for word in LEVELS if line.startswith(word)), "warning"))
    elif as_json:
        say(report.as_text())
    try:
        put(json.dumps(report.as_dict()) if as_json else report.as_text(), done=done)
    except click.ClickException as lost:
        code = tell(lost, log_format=log_format)
        sys.exit(report.exit_code or code)
    sys.exit(report.exit_code)
