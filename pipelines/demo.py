"""Sync a made-up company and look at it: ``python -m pipelines.demo``. Needs no Gong account."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import click
import dlt
import duckdb

from gong_source.runs import run_sync
from gong_source.sandbox import Sandbox
from pipelines.options import print_package

DATABASE = Path("gong.duckdb")
DATASET = "gong_data"
PIPELINE = "gong_demo"
DAYS = 180

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


@click.command()
@click.option("--calls", default=400, show_default=True, help="Calls of the made-up company.")
def main(calls: int) -> None:
    """Start a sandbox, sync it into gong.duckdb, and show what an analyst would ask."""
    make_room()
    with Sandbox(calls=calls, days=DAYS) as sandbox:
        click.echo(f"A made-up company with {calls} calls is served at {sandbox.url}")
        pipeline = dlt.pipeline(PIPELINE, destination=dlt.destinations.duckdb(str(DATABASE)), dataset_name=DATASET)
        pipeline.drop()  # what an earlier demo remembers
        report = run_sync(
            pipeline,
            base_url=sandbox.url,
            credentials={"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret},
            start_date=datetime.now(timezone.utc) - timedelta(days=DAYS),
            requests_per_second=50,
            on_package=print_package,
        )
    click.echo(f"\n{report.as_text()}\n")
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        for question, sql in QUESTIONS.items():
            click.echo(question)
            click.echo(connection.sql(sql.format(dataset=DATASET)))
    click.echo(f"The tables are in {DATABASE}, schema {DATASET}.")
    raise SystemExit(report.exit_code)


def make_room() -> None:
    """Remove what an earlier demo left; a database that anything else loads into is not touched.

    Raises:
        click.ClickException: The database is not a demo's.
    """
    if not DATABASE.exists():
        return
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        found = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = ? AND table_name = ?",
            [DATASET, "_dlt_pipeline_state"],
        ).fetchone()
        query = f"SELECT DISTINCT pipeline_name FROM {DATASET}._dlt_pipeline_state"
        writers = {name for (name,) in connection.execute(query).fetchall()} if found and found[0] else set()
    if writers != {PIPELINE}:
        raise click.ClickException(f"{DATABASE} is there already and no demo's; run the demo in another folder.")
    DATABASE.unlink()


if __name__ == "__main__":
    main()
