"""Options and manners of the commands that load: pipeline, destination, output, one run at a time."""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import click
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli.ending import finish
from gong_source.cli.place import open_pipeline
from gong_source.cli.progress import shown
from gong_source.errors import redacted
from gong_source.report import RunReport
from gong_source.runs.lock import locked

Function = TypeVar("Function", bound=Callable[..., Any])

DATE = "A date (midnight UTC) or a time in ISO 8601."
LEVELS = ("debug", "info", "warning", "error")
EXIT_CODES = (
    "Exit codes: 0 done; 1 failed (what had been committed stays); 2 wrong usage or configuration; 73 another run of "
    "the pipeline is going on; 75 stopped by the quota, run the same command later."
)


@dataclass(frozen=True)
class Loading:
    """What the options of a command that loads say.

    Attributes:
        destination: dlt's name of the destination.
        dataset_name: Dataset.
        pipeline_name: Pipeline.
        progress: dlt's own display, or ``none``.
        wait: Seconds to wait for another run.
        quiet: Whether nothing is printed but the report.
        log_level: One of :data:`LEVELS`.
        debug: Whether errors show where they came from.
        as_json: Whether the last line is one JSON object.
    """

    destination: str
    dataset_name: str
    pipeline_name: str
    progress: str
    wait: float
    quiet: bool
    log_level: str
    debug: bool
    as_json: bool

    def run(self, run: Callable[[Pipeline], RunReport]) -> NoReturn:
        """Open the pipeline, hold its lock, run, print the report, and exit.

        Args:
            run: What to do with the pipeline.
        """

        def alone() -> RunReport:
            self.set_up_logging()
            pipeline = self.pipeline()
            bars = self.progress == "none" and not self.debug and self.log_level != "info"
            with locked(pipeline, self.wait, self.say), shown(self.say, self.quiet, bars):
                return run(pipeline)

        finish(alone, self.as_json, self.debug)

    def pipeline(self) -> Pipeline:
        """The pipeline; nothing is sent.

        Raises:
            GongConfigError: A name or the configuration can't be used.
        """
        return open_pipeline(self.pipeline_name, self.destination, self.dataset_name, self.progress)

    def say(self, text: str) -> None:
        """A line for people, on standard error.

        Args:
            text: Without a line's end.
        """
        if not self.quiet:
            click.echo(text, err=True)

    def set_up_logging(self) -> None:
        """Have this package's log on standard error, in lines without tracebacks unless they are asked for."""
        handler = _ToStandardError()
        handler.setFormatter(_Lines(self.debug))
        logger = logging.getLogger("gong_source")
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel("DEBUG" if self.debug else self.log_level.upper())


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
        if self._debug:
            return super().format(record)
        record = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        return redacted(super().format(record))


def loading_options(pipeline_name: str) -> Callable[[Function], Function]:
    """The options that choose pipeline, destination and output; the command gets them as its first argument.

    Args:
        pipeline_name: Default of ``--pipeline-name``.
    """
    options = [
        click.option(
            "--destination", default="duckdb", show_default=True, help="duckdb, bigquery, snowflake, or as dlt has it."
        ),
        click.option("--dataset-name", default="gong_data", show_default=True, help="Dataset (schema) of the tables."),
        click.option(
            "--pipeline-name", default=pipeline_name, show_default=True, help="Names the state; one run at a time."
        ),
        click.option(
            "--wait",
            type=click.FloatRange(0),
            default=0,
            metavar="SECONDS",
            help="Wait so long for another run of the pipeline to end, in place of ending with 73.",
        ),
        click.option("--quiet", is_flag=True, help="Print no progress."),
        click.option(
            "--progress",
            type=click.Choice(["none", "log", "tqdm", "enlighten", "alive_progress"]),
            default="none",
            show_default=True,
            help="dlt's own display within a load package.",
        ),
        click.option(
            "--log-level", type=click.Choice(LEVELS), default="warning", show_default=True, help="Least to be logged."
        ),
        click.option("--debug", is_flag=True, help="Log everything, and show where an error came from."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
    ]

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*arguments: Any, **typed: Any) -> Any:
            loading = Loading(**{name: typed.pop(name) for name in Loading.__dataclass_fields__})
            return function(loading, *arguments, **typed)

        for option in reversed(options):
            command = option(command)
        return command  # type: ignore[return-value]

    return decorate


resources_option = click.option(
    "--resources", default="default", show_default=True, help="Resources or tables, with commas; default, or all."
)


def resource_list(text: str) -> list[str] | None:
    """Names out of ``--resources``; None for the default.

    Args:
        text: As typed.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    return None if names in ([], ["default"]) else names
