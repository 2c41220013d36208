"""``gong-source purge``: one person leaves the warehouse."""

from __future__ import annotations

import click
import orjson

from gong_source.api import GongClient
from gong_source.errors import GongError


@click.command()
@click.option("--email", "emails", multiple=True, help="An e-mail address of the person; may be given several times.")
@click.option("--phone", "phones", multiple=True, help="A phone number of the person; may be given several times.")
@click.option("--destination", default="duckdb", show_default=True, help="Any SQL destination of dlt.")
@click.option("--dataset-name", default="gong_data", show_default=True, help="Dataset (schema) of the tables.")
@click.option("--pipeline-name", default="gong", show_default=True, help="The pipeline that loads the dataset.")
@click.option("--offline", is_flag=True, help="Don't ask Gong which calls are the person's; go by the tables alone.")
@click.option("--dry-run", is_flag=True, help="Only count the rows.")
def purge(
    emails: tuple[str, ...],
    phones: tuple[str, ...],
    destination: str,
    dataset_name: str,
    pipeline_name: str,
    offline: bool,
    dry_run: bool,
) -> None:
    """Remove one person from the destination, after Gong's own erasure.

    Calls that Gong's references list for the person are deleted from every table; elsewhere the person's rows are
    blanked, and log entries are deleted. Prints the rows by table as JSON.
    """
    import dlt

    from gong_source.runs import purge_person

    try:
        client = None if offline else GongClient.from_config()
        pipeline = dlt.pipeline(pipeline_name, destination=destination, dataset_name=dataset_name)
        result = purge_person(pipeline, emails=emails, phones=phones, client=client, dry_run=dry_run)
    except GongError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(error.exit_code) from error
    click.echo(orjson.dumps(result.as_dict(), option=orjson.OPT_INDENT_2))
