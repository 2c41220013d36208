"""``gong-source sandbox``: a Gong API on localhost to try things on."""

from __future__ import annotations

import click

from gong_source.cli.frame import Command


@click.command(cls=Command)
@click.option("--port", default=0, type=click.IntRange(0, 65535), show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--calls", default=400, show_default=True, help="Calls of the made-up company.")
@click.option("--users", default=30, show_default=True, help="Its users.")
@click.option("--days", default=180, show_default=True, help="How many days its history goes back.")
@click.option("--sentences", default=40, show_default=True, help="Sentences of a transcript, about.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same company.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds each answer takes.")
@click.option("--lag", is_flag=True, help="Calls and transcripts appear as late as in reality.")
def sandbox(port: int, calls: int, users: int, days: int, sentences: int, seed: int, latency: float, lag: bool) -> None:
    """Serve a Gong API with made-up data until interrupted, and print what another terminal needs to use it."""
    from gong_source.sandbox import serve

    serve(
        port=port,
        announce=click.echo,
        calls=calls,
        users=users,
        days=days,
        sentences=sentences,
        seed=seed,
        latency=latency,
        lag=lag,
    )
