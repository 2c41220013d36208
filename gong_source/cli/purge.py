"""``gong-source purge``: one person leaves the warehouse."""

from __future__ import annotations

import click
import orjson

from gong_source.api import GongClient
from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.runs import purge_person
from gong_source.runs.lock import locked


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
@click.option("--email", "emails", multiple=True, help="An e-mail address of the person; may be given several times.")
@click.option("--phone", "phones", multiple=True, help="A phone number of the person; may be given several times.")
@click.option("--offline", is_flag=True, help="Don't ask Gong which calls are the person's; go by the tables alone.")
@click.option("--dry-run", is_flag=True, help="Only count the rows.")
def purge(loading: Loading, emails: tuple[str, ...], phones: tuple[str, ...], offline: bool, dry_run: bool) -> None:
    """Remove one person from the destination, after Gong's own erasure.

    Calls that Gong's references list for the person are deleted from every table; elsewhere the person's rows are
    blanked, and log entries are deleted. Prints the rows by table as JSON.
    """
    loading.set_up_logging()
    pipeline = loading.pipeline()
    client = None if offline else GongClient.from_config()
    with locked(pipeline, loading.wait, loading.say):
        result = purge_person(pipeline, emails=emails, phones=phones, client=client, dry_run=dry_run)
    click.echo(orjson.dumps(result.as_dict(), option=None if loading.as_json else orjson.OPT_INDENT_2))
