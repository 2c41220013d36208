"""``gong-source verify``: whether a dataset is sound."""

from __future__ import annotations

import click
import orjson

from gong_source.cli.frame import Command
from gong_source.cli.loading import Loading, loading_options
from gong_source.cli.output import put
from gong_source.runs.verify import SAMPLE_DAYS, VerifyResult, run_verify


@click.command(cls=Command)
@loading_options(pipeline_name="gong")
@click.option(
    "--sample-days",
    type=click.IntRange(0),
    default=SAMPLE_DAYS,
    show_default=True,
    help="Days whose calls are compared with Gong's; 0 asks Gong nothing.",
)
def verify(loading: Loading, sample_days: int) -> None:
    """Look whether keys are unique, parts have their whole, ranges have no holes and days have Gong's calls.

    Exits with 1 where something is wrong, and names the rows. Nothing is changed.
    """
    loading.set_up_logging()
    result = run_verify(loading.pipeline(reads=True), sample_days)
    put(orjson.dumps(result.as_dict()) if loading.as_json else _as_text(result))
    raise SystemExit(1 if result.problems else 0)


def _as_text(result: VerifyResult) -> str:
    days = f", the calls of {', '.join(result.days)} compared with Gong" if result.days else ""
    where = ", ".join(f"{word} {value}" for word, value in result.where.items() if word != "pipeline")
    sound = "" if result.problems else "Sound. "
    looked = f"{sound}{len(result.tables)} tables looked at{days}: {where}"
    return "\n".join([*(f"WRONG {each.what}" for each in result.problems), looked])
