"""Airflow 3: a sync every hour, a reconcile every day, a backfill month by month. docs/orchestrators.md says how.

Each task is a command of ``gong-source`` in a process of its own, so that Airflow's environment holds nothing of it.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

COMMAND = os.environ.get("GONG_SOURCE", "gong-source")
"""The command, by its path where it is not on Airflow's."""

TARGET = os.environ.get("GONG_TARGET", "--destination bigquery --dataset-name gong_data")

FOLDER = os.path.expanduser(os.environ.get("GONG_FOLDER") or os.environ.get("AIRFLOW_HOME") or "~/airflow")
"""Where the commands run, with .dlt/ and the DuckDB file; Airflow itself makes a folder for each and deletes it."""

HISTORY = datetime.fromisoformat(os.environ.get("GONG_HISTORY", "2024-01-01")).replace(tzinfo=timezone.utc)
"""The first month of the backfill."""

MONTHS_AT_ONCE = int(os.environ.get("GONG_MONTHS_AT_ONCE", "1"))
"""Months that are loaded side by side, as far as the pool has slots."""

QUOTA_USED_UP = 75
"""Exit code: the same command later goes on."""


def command(name: str, arguments: str = "", **options: Any) -> BashOperator:
    """A task that runs a command in the pool that shares Gong's quota.

    Args:
        name: Of the command.
        arguments: Beside those that say where to load; a template of Airflow's.
        **options: Of the operator.
    """
    line = f"{COMMAND} {name} {TARGET} --quiet --wait 3600 {arguments}"
    return BashOperator(task_id=name, bash_command=line, cwd=FOLDER, pool="gong", **options)


with DAG(
    "gong_sync",
    description="What is new or changed in Gong.",
    schedule="@hourly",
    start_date=HISTORY,
    catchup=False,
    max_active_runs=1,
):
    # the next hour goes on where the quota ended this one
    command("sync", skip_on_exit_code=QUOTA_USED_UP, retries=2, retry_delay=timedelta(minutes=5))

with DAG(
    "gong_reconcile",
    description="A thirtieth of all calls compared with Gong: what was deleted, and what slipped past the syncs.",
    schedule="@daily",
    start_date=HISTORY,
    catchup=False,
    max_active_runs=1,
):
    command("reconcile", "--rolling 30", skip_on_exit_code=QUOTA_USED_UP, retries=2, retry_delay=timedelta(minutes=30))

with DAG(
    "gong_backfill",
    description="Every month since the history begins, once; each by a pipeline of its own.",
    schedule=CronDataIntervalTimetable("@monthly", timezone="UTC"),
    start_date=HISTORY,
    catchup=True,
    max_active_runs=MONTHS_AT_ONCE,
):
    command(
        "backfill",
        "--start-date {{ data_interval_start | ds }} --end-date {{ data_interval_end | ds }} "
        "--pipeline-name gong_backfill_{{ data_interval_start | ds_nodash }}",
        retries=48,  # a month may take more than a day's quota
        retry_delay=timedelta(hours=1),
    )
