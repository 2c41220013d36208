"""Options and manners of the commands that load: pipeline, destination, output, one run at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import click
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli.after import After, after_options
from gong_source.cli.ending import finish
from gong_source.cli.logs import FORMATS, LEVELS, Format, say, set_up_logging
from gong_source.cli.names import names_in
from gong_source.cli.numbers import Finite
from gong_source.cli.place import open_pipeline
from gong_source.cli.progress import shown
from gong_source.cli.trouble import wants_trace
from gong_source.report import RunReport
from gong_source.runs.lock import locked
from gong_source.warehouse.settled import settled

Function = TypeVar("Function", bound=Callable[..., Any])

DATE = "A date (midnight UTC) or a time in ISO 8601."
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
        log_format: ``text`` or ``json``.
        debug: Whether errors show where they came from.
        as_json: Whether the last line is one JSON object.
        after: What follows a run.
    """

    destination: str
    dataset_name: str
    pipeline_name: str
    progress: str
    wait: float
    quiet: bool
    log_level: str
    log_format: Format
    debug: bool
    as_json: bool
    after: After = field(default_factory=After)

    def run(self, run: Callable[[Pipeline], RunReport]) -> NoReturn:
        """Open the pipeline, hold its lock, run, print the report, and exit.

        Args:
            run: What to do with the pipeline.
        """

        def alone() -> RunReport:
            self.set_up_logging()
            with self.after.measured() as reported:
                pipeline = self.pipeline()
                bars = self.progress == "none" and not self.debug and self.log_level != "info"
                bars = bars and self.log_format == "text"
                with locked(pipeline, self.wait, self.say):
                    with settled(pipeline):
                        with shown(self.say, self.quiet, bars):
                            report = run(pipeline)
                        reported(report)
                        self.after.keep_views(pipeline, report)
                    self.after.look(pipeline, report)
                return report

        finish(alone, self.as_json, self.debug, self.log_format, self.after.stopped)

    def pipeline(self, reads: bool = False) -> Pipeline:
        """The pipeline; nothing is sent.

        Args:
            reads: Whether nothing is to be loaded.

        Raises:
            GongConfigError: A name or the configuration can't be used.
        """
        return open_pipeline(
            self.pipeline_name,
            self.destination,
            self.dataset_name,
            self.progress,
            configured=self.set_up_logging,
            reads=reads,
        )

    def options(self) -> list[str]:
        """The same as they would be typed, for a process that loads in this one's place."""
        given = {
            "--destination": self.destination,
            "--dataset-name": self.dataset_name,
            "--pipeline-name": self.pipeline_name,
            "--progress": self.progress,
            "--wait": str(self.wait),
            "--log-level": self.log_level,
            "--log-format": self.log_format,
        }
        flags = {"--quiet": self.quiet, "--debug": self.debug, "--json": self.as_json}
        valued = [word for option in given.items() for word in option]
        return [*valued, *(flag for flag, is_set in flags.items() if is_set), *self.after.options()]

    def say(self, text: str) -> None:
        """A line for people, on standard error.

        Args:
            text: Without a line's end.
        """
        if not self.quiet:
            say(text, self.log_format)

    def set_up_logging(self) -> None:
        """Have this package's log on standard error."""
        set_up_logging(self.log_level, self.log_format, self.debug)


def loading_options(
    pipeline_name: str, loads: bool = False, makes_views: bool = True
) -> Callable[[Function], Function]:
    """The options that choose pipeline, destination and output; the command gets them as its first argument.

    Args:
        pipeline_name: Default of ``--pipeline-name``.
        loads: Whether the command loads, and may do more after that.
        makes_views: Whether that includes views.
    """
    options = [
        click.option(
            "--destination",
            default="duckdb",
            show_default=True,
            help="duckdb, bigquery, snowflake, postgres, ducklake, or as dlt has it.",
        ),
        click.option("--dataset-name", default="gong_data", show_default=True, help="Dataset (schema) of the tables."),
        click.option(
            "--pipeline-name", default=pipeline_name, show_default=True, help="Names the state; one run at a time."
        ),
        click.option(
            "--wait",
            type=Finite(0),
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
        click.option(
            "--log-format",
            type=click.Choice(FORMATS),
            default="text",
            show_default=True,
            help="Of what goes to standard error; json is one object a line.",
        ),
        click.option("--debug", is_flag=True, help="Log everything, and show where an error came from."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object as the last line."),
    ]

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def command(*arguments: Any, **typed: Any) -> Any:
            own = {name: typed.pop(name) for name in Loading.__dataclass_fields__ if name in typed}
            own["debug"] = own["debug"] or wants_trace()
            after = {name: typed.pop(name) for name in After.__dataclass_fields__ if name in typed}
            labels = {name: own[f"{name}_name"] for name in ("pipeline", "dataset")}
            command_name = click.get_current_context().info_name or ""
            loading = Loading(**own, after=After(**after, command=command_name, labels=labels))
            return function(loading, *arguments, **typed)

        for option in reversed([*options, *(after_options(makes_views) if loads else [])]):
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
    names = names_in(text, "--resources")
    return None if names == ["default"] else names
