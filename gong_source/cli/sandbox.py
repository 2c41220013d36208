"""``gong-source sandbox``: a Gong API on localhost to try things on."""

from __future__ import annotations

import click

from gong_source.cli.frame import Command
from gong_source.cli.numbers import PORT, Finite
from gong_source.cli.output import put
from gong_source.errors import GongConfigError

MOST = 10_000_000
AT_LEAST_0, AT_LEAST_1 = click.IntRange(0, MOST), click.IntRange(1, MOST)
CENTURY = click.IntRange(1, 36_500)


@click.command(cls=Command)
@click.option("--port", default=0, type=PORT, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--calls", default=400, type=AT_LEAST_0, show_default=True, help="Calls of the made-up company.")
@click.option("--users", default=30, type=AT_LEAST_1, show_default=True, help="Its users.")
@click.option("--days", default=180, type=CENTURY, show_default=True, help="How many days its history goes back.")
@click.option("--sentences", default=40, type=AT_LEAST_1, show_default=True, help="Sentences of a transcript, about.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same company.")
@click.option("--latency", default=0.0, type=Finite(0), show_default=True, help="Seconds each answer takes.")
@click.option("--lag", is_flag=True, help="Calls and transcripts appear as late as in reality.")
def sandbox(port: int, calls: int, users: int, days: int, sentences: int, seed: int, latency: float, lag: bool) -> None:
    """Serve a Gong API with made-up data until interrupted, and print what another terminal needs to use it."""
    from gong_source.sandbox import serve

    company = {"calls": calls, "users": users, "days": days, "sentences": sentences, "seed": seed, "lag": lag}
    try:
        serve(port=port, announce=put, latency=latency, **company)
    except OSError as error:
        raise GongConfigError(
            f"127.0.0.1 port {port} can't be listened on: {error.strerror}. Choose another --port, or none."
        ) from error
