"""``gong-source purge``: one person leaves the warehouse."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click
import orjson

from gong_source.api import GongClient
from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.output import put
from gong_source.cli.paths import Named
from gong_source.cli.values import parsed
from gong_source.config import load_setting
from gong_source.errors import GongProtocolError
from gong_source.runs import PurgeResult, purge_person
from gong_source.runs.lock import locked
from gong_source.runs.purge import ids_of_calls


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
@click.option("--email", "emails", multiple=True, help="An e-mail address of the person; may be given several times.")
@click.option("--phone", "phones", multiple=True, help="A phone number of the person; may be given several times.")
@click.option(
    "--references",
    "files",
    multiple=True,
    type=click.File("rb"),
    help="What find-email-references or find-phone-references printed; its calls are deleted too.",
)
@click.option("--inbox", type=Named(), help="A webhook's inbox, to forget the person there too.")
@click.option("--offline", is_flag=True, help="Don't ask Gong which calls are the person's; go by the tables alone.")
@click.option("--dry-run", is_flag=True, help="Only count the rows.")
@click.option("--yes", is_flag=True, help="Don't ask whether to go on; needed where there is no terminal.")
def purge(
    loading: Loading,
    emails: tuple[str, ...],
    phones: tuple[str, ...],
    files: tuple[BinaryIO, ...],
    inbox: Path | None,
    offline: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Remove one person from the destination, after Gong's own erasure, and keep them away.

    Calls that Gong's references list for the person are deleted from every table; elsewhere the person's rows are
    blanked, and log entries are deleted. Later loads leave the person out. Prints the rows by table as JSON. Ends
    with 1 where a file still holds the bytes of what left the tables: then run it again. What was exported or copied
    from the tables is not touched: make it anew.

    The order: keep in a file what `privacy find-email-references` prints, erase the person in Gong with
    `privacy erase-email-address`, then purge with --references FILE.
    """
    if not (yes or dry_run or sys.stdin.isatty()):
        raise click.UsageError("There is no terminal to ask whether to go on: give --yes, or --dry-run to only count.")
    loading.set_up_logging()
    pipeline = loading.pipeline()
    run = partial(
        purge_person,
        pipeline,
        emails=emails,
        phones=phones,
        calls=[call for file in files for call in _calls_in(file)],
        client=None if offline else GongClient.from_config(),
        inbox=inbox,
        pii_key=load_setting("pii_key", loading.pipeline_name),
        media_folder=load_setting("media_folder", loading.pipeline_name),
    )
    with locked(pipeline, loading.wait, loading.say):
        if not (yes or dry_run):
            click.echo(_as_json(run(dry_run=True)), err=True)
            click.confirm("This can't be undone. Purge?", abort=True, err=True)
        result = run(dry_run=dry_run)
    done = "" if dry_run else f"The purge is done: {_as_json(result, indented=False).decode()}"
    put(_as_json(result, indented=not loading.as_json), done=done)
    sys.exit(result.exit_code)


def _calls_in(file: BinaryIO) -> list[str]:
    try:
        content = parsed(file.read())
        if not isinstance(content, dict):
            raise ValueError("it is no JSON object")
        return ids_of_calls(content)
    except (ValueError, GongProtocolError) as error:
        raise click.UsageError(
            f"{file.name} does not tell which calls are the person's: give it as the command printed it, whole. "
            "Nothing was purged."
        ) from error


def _as_json(result: PurgeResult, indented: bool = True) -> bytes:
    return orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2 if indented else None)
