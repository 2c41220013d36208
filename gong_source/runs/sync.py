"""The sync: everything new or changed since the last run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dlt.common.typing import TAnyDateTime
from dlt.pipeline.pipeline import Pipeline

from gong_source.report import RunReport
from gong_source.runs.engine import OnPackage, Run
from gong_source.runs.lock import exclusive
from gong_source.source import make_context


@exclusive
def run_sync(
    pipeline: Pipeline,
    *,
    start_date: TAnyDateTime | None = None,
    end_date: TAnyDateTime | None = None,
    resources: Sequence[str] | None = None,
    clock: Callable[[], datetime] | None = None,
    on_package: OnPackage | None = None,
    **settings: Any,
) -> RunReport:
    """Bring the destination up to date with Gong.

    Args:
        pipeline: Destination and dataset.
        start_date: Start of the range; the configured one, or 90 days before the first run, where None.
        end_date: End of the range; five minutes ago where None.
        resources: Streams or tables to load, ``all`` or ``default``; those that are on by default where None.
        clock: The current time.
        on_package: Called after each committed load package.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Returns:
        What was done, and which resources failed; what was committed stays.

    Raises:
        GongConfigError: A setting is missing or not allowed.
        GongDestinationError: The destination can't merge rows, or an earlier package can't be loaded.
    """
    context = make_context(start_date, end_date, clock=clock, pipeline_name=pipeline.pipeline_name, **settings)
    selected = context.streams.named(resources)
    context.optional = context.streams.optional(resources)
    with Run("sync", pipeline, context, selected, on_package) as run:
        run.load_everything(selected)
    return run.report
