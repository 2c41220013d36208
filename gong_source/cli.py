"""The command ``gong-source``."""

from __future__ import annotations

import click


@click.group()
@click.version_option(package_name="gong-source")
def main() -> None:
    """Gong's data in your warehouse: helpers beside the pipelines."""


@main.command()
@click.option("--port", default=0, show_default="a free one", help="Port on 127.0.0.1.")
@click.option("--calls", default=400, show_default=True, help="Calls of the made-up company.")
@click.option("--users", default=30, show_default=True, help="Its users.")
@click.option("--days", default=180, show_default=True, help="How many days its history goes back.")
@click.option("--sentences", default=40, show_default=True, help="Sentences of a transcript, about.")
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same company.")
@click.option("--latency", default=0.0, show_default=True, help="Seconds each answer takes.")
@click.option("--lag", is_flag=True, help="Calls and transcripts appear as late as in reality.")
def sandbox(port: int, calls: int, users: int, days: int, sentences: int, seed: int, latency: float, lag: bool) -> None:
    """Serve a Gong API with made-up data until interrupted."""
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


if __name__ == "__main__":
    main()
