"""``gong-source export-transcripts``: calls as documents."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import DATE, Loading, loading_options
from gong_source.cli.output import put
from gong_source.cli.paths import Named
from gong_source.errors import GongArgumentError
from gong_source.ranges import Range, parse_instant
from gong_source.runs.lock import locked
from gong_source.views import require_views
from gong_source.views.transcripts import Form, export_transcripts


@click.command("export-transcripts", cls=Command)
@loading_options(pipeline_name="gong")
@click.option("--from", "start", required=True, help=f"Start of the range. {DATE}")
@click.option("--to", "end", required=True, help=f"End of the range, exclusive. {DATE}")
@click.option("--out", type=Named(file_okay=False), required=True, help="Folder to write to.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "json", "parquet"]),
    default="markdown",
    show_default=True,
    help="A file for each call, or calls.parquet for all of them.",
)
@click.option("--include-private", is_flag=True, help="Write private calls too; mind who reads the folder.")
def transcripts(loading: Loading, start: str, end: str, out: Path, form: Form, include_private: bool) -> None:
    """Write each call with a transcript as a document: names, times, account, summary, what was said.

    For search and for language models. Private calls are left out unless asked for. Documents of an earlier export
    are removed from the folder where their calls, of the days of the range, are not to be written any more.
    """
    loading.set_up_logging()
    try:
        window = Range(parse_instant(start), parse_instant(end))
    except ValueError as error:
        raise GongArgumentError(f"--from and --to make no range: {error}.") from error
    pipeline = loading.pipeline(reads=True)
    require_views(pipeline, locked(pipeline, loading.wait, loading.say))
    done = export_transcripts(pipeline, window, out, form, include_private)
    written = {**asdict(done), "folder": str(out)}
    gone = f"; {done.removed} documents of earlier exports were removed" if done.removed else ""
    told = f"{done.calls} calls in {out}{gone}"
    put(orjson.dumps(written) if loading.as_json else told, done=f"There are {told}.")
