"""``gong-source dbt-sources``: the dataset as a dbt source."""

from __future__ import annotations

import re
from pathlib import Path

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.output import put
from gong_source.cli.paths import Named
from gong_source.config import replacing
from gong_source.runs.lock import locked
from gong_source.views import require_views
from gong_source.views.dbt import sources_yaml
from gong_source.wording import shown

SOURCE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""What stands in ``source('...')`` and in YAML as it is; dbt refuses spaces, and reads braces as its own."""


def _source_name(context: click.Context, parameter: click.Parameter, value: str) -> str:
    if not SOURCE_NAME.fullmatch(value):
        raise click.BadParameter(f"it takes letters, digits, _ and -, not a digit first; not {shown(value)}.")
    return value


@click.command("dbt-sources", cls=Command)
@loading_options(pipeline_name="gong")
@click.option("--out", type=Named(dir_okay=False), help="A file; standard output by default.")
@click.option(
    "--source-name", default="gong", show_default=True, callback=_source_name, help="What dbt shall call the source."
)
def dbt_sources(loading: Loading, out: Path | None, source_name: str) -> None:
    """Write sources.yml for dbt: tables and views with descriptions, keys, references, freshness.

    Only what exists is in it: write it again after loading more. Makes the views where they are missing. For dbt 1.10.5
    and newer.
    """
    loading.set_up_logging()
    pipeline = loading.pipeline(reads=True)
    require_views(pipeline, locked(pipeline, loading.wait, loading.say))
    text = sources_yaml(pipeline, source_name)
    if out is not None:
        with replacing(out) as file:
            file.write(text.encode())
    done = "" if out is None else f"The file is {out}."
    if loading.as_json:
        put(orjson.dumps({"sources": text} if out is None else {"file": str(out)}), done=done)
    else:
        put(text if out is None else str(out), lines=out is not None, done=done)
