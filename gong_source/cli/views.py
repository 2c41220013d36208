"""``gong-source views``: views over the tables of a dataset."""

from __future__ import annotations

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.output import put
from gong_source.runs.lock import locked
from gong_source.views import require_views


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
def views(loading: Loading) -> None:
    """Make the views over the tables, or renew them after an update. Prints their names.

    docs/analyst.md tells what they are for. Nothing is sent where they are there already.
    """
    loading.set_up_logging()
    pipeline = loading.pipeline()
    names = require_views(pipeline, locked(pipeline, loading.wait, loading.say))
    put(orjson.dumps({"views": names}) if loading.as_json else "\n".join(names), done="The views are made.")
