"""Options and manners that the commands share."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
import dlt
from dlt.common.runtime.collector import NULL_COLLECTOR
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import EXIT_FAILED, GongError, redacted
from gong_source.report import RunReport
from gong_source.warehouse.allocators import limit_arenas

Command = TypeVar("Command", bound=Callable[..., Any])

EXIT_SIGNAL = 128
"""Shells add a signal's number to this."""

STOPPED = "stopped by a signal; what had been committed stays, the same command goes on from there"

DATE = "A date (midnight UTC) or a time in ISO 8601."


def pipeline_options(default_name: str, with_resources: bool = True) -> Callable[[Command], Command]:
    """The options that choose pipeline, destination and output.

    Args:
        default_name: Default of ``--pipeline-name``.
        with_resources: Whether there is a ``--resources``.
    """
    choice = click.option("--resources", default="", help="Resources or tables, with commas; all of them by default.")
    options = [
        click.option("--destination", default="duckdb", show_default=True, help="Any SQL destination of dlt."),
        click.option("--dataset-name", default="gong_data", show_default=True, help="Dataset (schema) of the tables."),
        click.option(
            "--pipeline-name", default=default_name, show_default=True, help="Names the state; one writer for each."
        ),
        *([choice] if with_resources else []),
        click.option(
            "--progress",
            type=click.Choice(["none", "log", "tqdm", "enlighten", "alive_progress"]),
            default="none",
            show_default=True,
            help="dlt's progress display within a load package.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
    ]

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def make_pipeline(name: str, destination: str, dataset: str, progress: str) -> Pipeline:
    """A pipeline as the options ask for it.

    Args:
        name: Pipeline name.
        destination: dlt's name of the destination.
        dataset: Dataset name.
        progress: One of dlt's collectors, or ``none``.
    """
    return dlt.pipeline(
        name,
        destination=destination,
        dataset_name=dataset,
        progress=NULL_COLLECTOR if progress == "none" else progress,  # type: ignore[arg-type]
    )


def resource_list(text: str) -> list[str] | None:
    """Names out of ``--resources``.

    Args:
        text: As typed.
    """
    return [name.strip() for name in text.split(",") if name.strip()] or None


def print_package(report: RunReport) -> None:
    """One line to standard error for each committed load package.

    Args:
        report: What was done so far.
    """
    rows, requests = sum(report.rows.values()), sum(report.requests.values())
    click.echo(f"package {report.packages}: {rows:,} rows and {requests:,} requests so far", err=True)


def finish(run: Callable[[], RunReport], as_json: bool) -> None:
    """Run, print the report, and exit with its code.

    Args:
        run: The run.
        as_json: Whether the last line is one JSON object.
    """
    limit_arenas()
    try:
        with _ended_by_signals(as_json):
            report = run()
    except KeyboardInterrupt as stop:  # dlt's own, after the job at hand
        _stop(STOPPED, EXIT_SIGNAL + getattr(stop, "signal_code", signal.SIGINT), as_json)
    except GongError as error:
        _stop(str(error), error.exit_code, as_json)
    except Exception as error:
        logging.getLogger("gong_source").error("Unexpected error", exc_info=error)
        _stop(redacted(f"{type(error).__name__}: {error}"), EXIT_FAILED, as_json)
    else:
        click.echo(report.as_text(), err=as_json)
        if as_json:
            click.echo(json.dumps(report.as_dict()))
        gc.freeze()  # the process ends: Python need not look through all that is left
        sys.exit(report.exit_code)


@contextmanager
def _ended_by_signals(as_json: bool) -> Iterator[None]:
    """Have SIGINT and SIGTERM end the process at once, as long as the block lasts.

    What a run leaves is complete at every instant. An exception is no way to stop at any instant, though: Python drops
    it in a callback, and raised between the taking of a lock and its release, such as that of an import, it leaves
    other threads waiting for ever. While dlt normalizes and loads, it takes the signals, and stops after a job.
    """

    def end(number: int, _: object) -> None:
        os.write(sys.stderr.fileno(), _told(STOPPED).encode())
        if as_json:
            os.write(sys.stdout.fileno(), _as_json(STOPPED, EXIT_SIGNAL + number).encode())
        os._exit(EXIT_SIGNAL + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(message: str, code: int, as_json: bool) -> None:
    click.echo(_told(message), err=True, nl=False)
    if as_json:
        click.echo(_as_json(message, code), nl=False)
    sys.exit(code)


def _told(message: str) -> str:
    return f"Error: {message}\n"


def _as_json(message: str, code: int) -> str:
    return json.dumps({"failures": {"run": message}, "exit_code": code}) + "\n"
