"""Dagster: an asset for each stream, those that are read by time in monthly partitions. docs/orchestrators.md says how.

Each step is a command of ``gong-source`` in a process of its own, so that Dagster's environment holds nothing of it. It
tells which streams there are too: no asset stands for something that is not loaded.
"""

# no `from __future__ import annotations`: Dagster looks at the annotation of the context itself
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Definitions,
    Failure,
    MaterializeResult,
    MonthlyPartitionsDefinition,
    RetryRequested,
    RunRequest,
    define_asset_job,
    multi_asset,
    schedule,
)

COMMAND = shlex.split(os.environ.get("GONG_SOURCE", "gong-source"))
TARGET = shlex.split(os.environ.get("GONG_TARGET", "--destination bigquery --dataset-name gong_data"))

FOLDER = os.path.expanduser(os.environ.get("GONG_FOLDER") or ".")
"""Where the commands run, with .dlt/ and the DuckDB file."""

RESOURCES = os.environ.get("GONG_RESOURCES", "default")
"""Streams that are loaded, as ``--resources`` takes them."""

MONTHS = MonthlyPartitionsDefinition(os.environ.get("GONG_HISTORY", "2024-01-01"), end_offset=1)
"""With the month at hand, which the hourly sync loads; the others are backfills."""

POOL = "gong"
"""Its limit is how many steps share Gong's quota."""

QUOTA_USED_UP = 75
"""Exit code: the same command later goes on."""


def streams() -> dict[str, dict[str, Any]]:
    """What ``gong-source streams`` tells of the streams that are loaded, by name."""
    line = [*COMMAND, "streams", "--resources", RESOURCES, "--json"]
    told = subprocess.run(line, cwd=FOLDER, stdout=subprocess.PIPE, check=True)  # noqa: S603  as configured
    return {each["stream"]: each for each in json.loads(told.stdout)}


STREAMS = streams()


def specs(by_time: bool) -> list[Any]:
    """The assets of one kind.

    Args:
        by_time: Whether those that are read by ranges of time.
    """
    return [
        AssetSpec(
            AssetKey(["gong", name]),
            group_name="gong",
            skippable=True,  # where the quota is used up
            description=each["description"],
            metadata={"tables": each["tables"], "requests": each["cost"], "scopes": each["scopes"]},
        )
        for name, each in STREAMS.items()
        if each["by_time"] == by_time
    ]


def load(context: AssetExecutionContext, command: str, *arguments: str) -> Iterator[Any]:
    """Run a command for the chosen assets.

    Args:
        context: Dagster's.
        command: ``sync`` or ``backfill``.
        *arguments: Beside those that say what to load and where.

    Yields:
        What came of each asset that did not fail.

    Raises:
        RetryRequested: The quota is used up, and no next run goes on by itself.
        Failure: The command failed for some.
    """
    names = sorted(key.path[-1] for key in context.selected_asset_keys)
    line = [
        *COMMAND,
        command,
        *TARGET,
        "--resources",
        ",".join(names),
        "--wait",
        "3600",
        "--quiet",
        "--json",
        *arguments,
    ]
    done = subprocess.run(line, cwd=FOLDER, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  as configured
    report = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    if done.returncode == QUOTA_USED_UP and command == "backfill":
        raise RetryRequested(max_retries=48, seconds_to_wait=3600)
    failed = report.get("failures", {})
    for name in names if "rows" in report else ():  # where a run failed as a whole, it tells why alone
        if name not in failed:
            rows = sum(report["rows"].get(table, 0) for table in STREAMS[name]["tables"])
            yield MaterializeResult(asset_key=AssetKey(["gong", name]), metadata={"rows": rows})
    if done.returncode not in (0, QUOTA_USED_UP):
        raise Failure(f"gong-source ended with {done.returncode}: {failed or 'see its standard error'}")


@multi_asset(name="gong_lists", specs=specs(by_time=False), can_subset=True, pool=POOL)
def gong_lists(context: AssetExecutionContext) -> Iterator[Any]:
    """Streams that are whole lists."""
    yield from load(context, "sync")


@multi_asset(name="gong_ranges", specs=specs(by_time=True), can_subset=True, pool=POOL, partitions_def=MONTHS)
def gong_ranges(context: AssetExecutionContext) -> Iterator[Any]:
    """Streams that are read by time: a sync for the month at hand, a backfill for one that is over."""
    window = context.partition_time_window
    if window.end > datetime.now(timezone.utc):
        yield from load(context, "sync")  # what is late of the months before comes too
        return
    pipeline = f"gong_backfill_{window.start:%Y%m%d}"
    span = ["--start-date", f"{window.start:%Y-%m-%d}", "--end-date", f"{window.end:%Y-%m-%d}"]
    yield from load(context, "backfill", *span, "--pipeline-name", pipeline)


LISTS = define_asset_job("gong_lists_hourly", [gong_lists])
RANGES = define_asset_job("gong_ranges_by_month", [gong_ranges])


@schedule(cron_schedule="0 * * * *", job=LISTS)
def every_hour() -> Any:
    """The lists; those that hardly change are asked for once a day."""
    return RunRequest()


@schedule(cron_schedule="5 * * * *", job=RANGES)
def every_hour_of_this_month() -> Any:
    """What is new or changed."""
    return RunRequest(partition_key=MONTHS.get_last_partition_key())


defs = Definitions(
    assets=[gong_lists, gong_ranges], jobs=[LISTS, RANGES], schedules=[every_hour, every_hour_of_this_month]
)
