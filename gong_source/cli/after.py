"""What a command that loads does once it has loaded: views, a verification, metrics, an alarm."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import dlt
import requests
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.pipeline.pipeline import Pipeline

from gong_source import runs
from gong_source.cli.metrics import write_metrics
from gong_source.cli.paths import Named
from gong_source.cli.trouble import told
from gong_source.config import regular_file
from gong_source.errors import (
    EXIT_FAILED,
    EXIT_USAGE,
    GongConfigError,
    GongDestinationError,
    GongError,
    GongLockedError,
)
from gong_source.report import RunReport
from gong_source.views import keep_views
from gong_source.warehouse.dialects import type_of
from gong_source.wording import redacted

logger = logging.getLogger("gong_source")

LONGEST = 2000
"""Characters of an alarm."""

PATIENCE = 10.0
"""Seconds that Slack is given."""

HAVE_VIEWS = ("duckdb",)
"""Where views are made without being asked for: it costs nothing there."""


@dataclass(frozen=True)
class After:
    """What the options of a command say.

    Attributes:
        verify: Whether to look if the dataset is sound.
        views: Whether to make views; by the destination where None.
        metrics: File for Prometheus.
        command: What was typed.
        labels: Of the metrics.
    """

    verify: bool = False
    views: bool | None = False
    metrics: Path | None = None
    command: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    _looked_after: list[int] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def options(self) -> list[str]:
        """The same as they would be typed."""
        views = [] if self.views is None else ["--views" if self.views else "--no-views"]
        metrics = [] if self.metrics is None else ["--metrics", str(self.metrics)]
        return [*views, *["--verify"] * self.verify, *metrics]

    def look(self, pipeline: Pipeline, report: RunReport) -> None:
        """Verify where that is asked for; what is wrong becomes a failure of the report.

        Args:
            pipeline: That has loaded.
            report: Of the run.
        """
        if self.verify:
            try:
                problems = runs.run_verify(pipeline).problems
            except Exception as error:
                report.failures["verify"] = error
            else:
                if problems:
                    report.failures["verify"] = GongDestinationError("\n".join(each.what for each in problems))

    def committed(self, pipeline: Pipeline, report: RunReport) -> None:
        """Make the views with the first package: what is there can be looked at while the rest is read.

        Args:
            pipeline: That loads.
            report: Of the run so far.
        """
        if report.packages == 1:
            self.keep_views(pipeline, report)

    def keep_views(self, pipeline: Pipeline, report: RunReport) -> None:
        """Make the views, where they are wanted and not made since the last package.

        Args:
            pipeline: That has loaded.
            report: Of the run.
        """
        wanted = type_of(pipeline.destination) in HAVE_VIEWS if self.views is None else self.views
        if wanted and report.packages and report.packages not in self._looked_after:
            keep_views(pipeline)
            self._looked_after.append(report.packages)

    @contextmanager
    def measured(self) -> Iterator[Callable[[RunReport], None]]:
        """Write the metrics however the block ends, and raise the alarm where it failed; it hands its report over.

        A run that found another one going on does neither: the other one will.
        """
        if self.metrics is not None and not regular_file(self.metrics).parent.is_dir():
            raise GongConfigError(f"There is no folder {self.metrics.parent} for the metrics.")
        reports = [RunReport()]
        try:
            yield reports.append
        except GongLockedError:
            raise
        except BaseException as error:
            message, code = told(error)
            self._tell(reports[-1], code, message)
            raise
        report = reports[-1]
        self._tell(report, report.exit_code, "\n".join(report.endings()))

    def stopped(self, code: int) -> None:
        """Write the metrics of a run that ends now, by a signal; waits for no lock.

        Args:
            code: Exit code.

        Raises:
            GongError: They can't be written.
        """
        self._write(RunReport(), code)

    def _tell(self, report: RunReport, code: int, message: str) -> None:
        """Write the metrics, and raise the alarm where the run failed; neither makes a failure of its own."""
        try:
            self._write(report, code)
        except GongError as error:
            logger.warning("%s", error)
        hook = ""
        with suppress(ConfigurationException):  # which the run itself has told of
            hook = dlt.current.run_context().runtime_config.slack_incoming_hook or ""
        if hook and code in (EXIT_FAILED, EXIT_USAGE):
            text = f"gong-source {' '.join([self.command, *self.labels.values()])} ended with {code}: {message}"
            try:
                sent = {"text": redacted(text)[:LONGEST]}
                with requests.post(hook, json=sent, timeout=PATIENCE, stream=True) as answer:  # nobody reads its body
                    answer.raise_for_status()
            except requests.RequestException as error:  # its text would tell the address, which is a secret
                logger.warning("The alarm could not be sent to Slack: %s", type(error).__name__)

    def _write(self, report: RunReport, code: int) -> None:
        if self.metrics is not None:
            labels = {"command": self.command, **self.labels}
            write_metrics(self.metrics, labels, report, code, time.monotonic() - self._began)


def after_options(views: bool) -> list[Any]:
    """The options.

    Args:
        views: Whether the command can make views.
    """
    making = click.option(
        "--views/--no-views",
        default=None,
        help="Make the views, or leave them alone; with DuckDB they are made unless told otherwise.",
    )
    return [
        *([making] if views else []),
        click.option(
            "--verify", is_flag=True, help="Look whether the dataset is sound, and exit with 1 where it is not."
        ),
        click.option(
            "--metrics",
            type=Named(dir_okay=False),
            metavar="FILE",
            help="Write the run's figures in Prometheus' text format.",
        ),
    ]
