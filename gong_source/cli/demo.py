"""``gong-source demo``: sync a made-up company and look at it. Needs no Gong account."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import dlt
import duckdb
from dlt.pipeline.pipeline import Pipeline

from gong_source.cli.database import check_file
from gong_source.cli.frame import Command
from gong_source.cli.logs import set_up_logging
from gong_source.cli.output import put
from gong_source.cli.place import check_steps, local_file, refused
from gong_source.cli.sandbox import AT_LEAST_1
from gong_source.cli.signals import at_signal
from gong_source.cli.trouble import wants_trace
from gong_source.config import GongSettings, read_files, replacing
from gong_source.config.model import settings_of
from gong_source.errors import GongConfigError, GongError
from gong_source.report import RunReport
from gong_source.runs import run_sync
from gong_source.views import create_views
from gong_source.views.report import write_report

if TYPE_CHECKING:
    from gong_source.sandbox import Sandbox

DATABASE = "gong_demo.duckdb"
"""Never the file that a real sync of this folder writes."""

REPORT = "demo_report.html"
DATASET = "gong_data"
PIPELINE = "gong_demo"
DAYS = 180
STOPPED = "stopped by a signal; the next demo begins anew"
PACE = 50
"""Requests a second: nobody else uses the sandbox."""

QUESTIONS = {
    "Who hosts the most calls, and how long do they talk?": """
        SELECT u.first_name || ' ' || u.last_name AS host, count(*) AS calls,
               round(sum(c.duration) / 3600.0, 1) AS hours, round(avg(s.talk_time) / 60, 1) AS own_minutes_a_call
        FROM {dataset}.calls c
        JOIN {dataset}.users u ON u.id = c.primary_user_id
        LEFT JOIN {dataset}.calls__speakers s ON s.call_id = c.id AND s.user_id = u.id
        GROUP BY ALL ORDER BY calls DESC, host LIMIT 5""",
    "Which trackers come up, and in how many calls?": """
        SELECT name AS tracker, count(DISTINCT call_id) AS calls, sum(count) AS mentions
        FROM {dataset}.calls__trackers WHERE count > 0 GROUP BY ALL ORDER BY calls DESC, tracker LIMIT 5""",
    "What did customers say about the price?": """
        SELECT c.started::DATE AS day, p.name AS who, left(t.text, 70) AS what
        FROM {dataset}.transcript_sentences t
        JOIN {dataset}.calls c ON c.id = t.call_id
        JOIN {dataset}.calls__parties p ON p.call_id = t.call_id AND p.speaker_id = t.speaker_id
        WHERE p.affiliation = 'External' AND t.text ILIKE '%pric%'
        ORDER BY c.started DESC, t.sentence_index LIMIT 5""",
}


@click.command(cls=Command)
@click.option("--calls", default=400, show_default=True, type=AT_LEAST_1, help="Calls of the made-up company.")
def demo(calls: int) -> None:
    """Start a sandbox, sync it into gong_demo.duckdb, and show what an analyst would ask."""
    with refused("duckdb"):
        read_files()
        set_up_logging("warning", "text", wants_trace())
        database = local_file(DATABASE)
        check_steps(PIPELINE)
    check_room(database)
    # what dlt keeps of a pipeline is of no use after this: the next demo begins anew
    from gong_source.sandbox import Sandbox  # the other commands need not wait for it

    with Sandbox(calls=calls, days=DAYS) as sandbox, tempfile.TemporaryDirectory(prefix="gong-demo-") as folder:
        put(f"A made-up company with {calls} calls is served at {sandbox.url}")
        with at_signal(lambda: STOPPED, act=lambda _: shutil.rmtree(folder, ignore_errors=True)):
            made = Path(folder, DATABASE)
            pipeline = demo_pipeline(made, folder)
            report = sync_sandbox(sandbox, pipeline)
            if report.failures:
                raise next(iter(report.failures.values()))
            charts = write_charts(pipeline)
            put_in_place(made, database)
    report.where["file"] = str(database)
    put(f"\n{report.as_text()}\n")
    with duckdb.connect(str(database), read_only=True) as connection:
        for question, sql in QUESTIONS.items():
            answer = connection.execute(sql.format(dataset=DATASET))
            names = [column[0] for column in answer.description or ()]
            put(f"{question}\n")
            put("\n".join(columns([names, *([str(value) for value in row] for row in answer.fetchall())])) + "\n")
    put(f"The tables are in {database}, schema {DATASET}.")
    put(charts)


def demo_pipeline(database: Path, folder: str) -> Pipeline:
    """A pipeline into the demo's database.

    Args:
        database: Absolute path.
        folder: Where dlt may keep the pipeline.
    """
    destination = dlt.destinations.duckdb(str(database))
    return dlt.pipeline(PIPELINE, destination=destination, dataset_name=DATASET, pipelines_dir=folder)


def write_charts(pipeline: Pipeline) -> str:
    """Make the views and the page of charts, and tell where it is.

    Args:
        pipeline: That has loaded.
    """
    page = local_file(REPORT)
    try:
        create_views(pipeline)
        write_report(pipeline, page, title="A made-up company's calls")
    except GongError as error:  # such as charts that are not installed: the demo is of the data
        return f"There is no {REPORT}: {error}"
    return f"Charts of it are in {page}."


def sync_sandbox(sandbox: Sandbox, pipeline: Pipeline) -> RunReport:
    """Load everything of a sandbox, whatever this folder's configuration says.

    Args:
        sandbox: Running.
        pipeline: The demo's.
    """
    own: dict[str, Any] = {name: each.check(name, each.default) for name, each in settings_of(GongSettings).items()}
    own |= {
        "base_url": sandbox.url,
        "credentials": {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret},
        "start_date": datetime.now(timezone.utc) - timedelta(days=DAYS),
        "requests_per_second": PACE,
        "daily_requests": 0,
    }
    return run_sync(pipeline, **own)


def columns(rows: list[list[str]]) -> Iterator[str]:
    """Rows as lines of padded columns, in characters that every terminal has.

    Args:
        rows: The first is the heading.
    """
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if not number:
            yield "  ".join("-" * width for width in widths)


def check_room(database: Path) -> None:
    """Refuse to replace a database that anything but a demo loads into.

    Args:
        database: Absolute path.

    Raises:
        GongConfigError: The database is not a demo's, or can't be written.
    """
    check_file(database, DATASET)
    if not database.exists():
        return
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            writers = connection.execute(f"SELECT DISTINCT pipeline_name FROM {DATASET}._dlt_pipeline_state").fetchall()
    except duckdb.CatalogException:
        writers = []
    except duckdb.IOException as error:
        raise GongConfigError(f"{database} is in use or can't be read: close what has it open.") from error
    if writers != [(PIPELINE,)]:
        raise GongConfigError(f"{database} is there already and no demo's: move it, or run the demo in another folder.")


def put_in_place(made: Path, database: Path) -> None:
    """Replace what an earlier demo left, once the new one is whole: one that is stopped leaves nothing half done.

    Args:
        made: Database of this demo, which nobody has open.
        database: Where it belongs.

    Raises:
        GongConfigError: It can't be written there.
        GongError: The disk is full.
    """
    with duckdb.connect(str(made)) as connection:
        connection.execute("CHECKPOINT")  # the file is the whole database
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)  # of the database before, which it would spoil
    with open(made, "rb") as source, replacing(database) as target:
        shutil.copyfileobj(source, target)
