"""How a run ends: its report, its errors and its signals, as text and as the last line of JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import click

from gong_source.cli.logs import Format
from gong_source.cli.output import put
from gong_source.cli.trouble import EXIT_SIGNAL, STOPPED, as_line, as_report, show_trace, tell
from gong_source.importing import never
from gong_source.report import RunReport
from gong_source.warehouse.allocators import limit_arenas

SHOW_CURSOR = b"\x1b[?25h"
"""What a terminal has to be told where a live display is cut off."""


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
        with _ended_by_signals(as_json, log_format, at_signal):
            report = run()
    except click.ClickException:
        raise
    except (Exception, KeyboardInterrupt) as error:
        if debug and isinstance(error, Exception):
            show_trace(error)
        sys.exit(tell(error, as_json, log_format))
    if debug:
        for failure in report.failures.values():
            show_trace(failure)
    done = f"The run itself ended with the exit code {report.exit_code}; `gong-source status` tells what is loaded."
    if as_json and log_format == "text":
        click.echo(report.as_text(), err=True)
    try:
        put(json.dumps(report.as_dict()) if as_json else report.as_text(), done=done)
    except click.ClickException as lost:
        lost.show()
        sys.exit(report.exit_code or lost.exit_code)
    sys.exit(report.exit_code)


@contextmanager
def _ended_by_signals(as_json: bool, log_format: Format, at_signal: Callable[[int], object]) -> Iterator[None]:
    """Have SIGINT and SIGTERM end the process at once, as long as the block lasts.

    What a run leaves is complete at every instant. An exception is no way to stop at any instant, though: Python drops
    it in a callback, and raised between the taking of a lock and its release, such as that of an import, it leaves
    other threads waiting for ever. While dlt normalizes and loads, it takes the signals, and stops after a job.
    """

    def end(number: int, _: object) -> None:
        code = EXIT_SIGNAL + number
        with suppress(Exception):  # it ends either way
            at_signal(code)
        with suppress(OSError):  # who reads it may be gone
            if os.isatty(2):
                os.write(2, SHOW_CURSOR)
            os.write(2, as_line(STOPPED, log_format).encode())
        with suppress(OSError):
            if as_json:
                os.write(1, as_report(STOPPED, code).encode())
        os._exit(code)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
