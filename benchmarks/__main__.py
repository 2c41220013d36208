"""Run the measurements: ``python -m benchmarks [NAME ...] [--calls N] [--full]``. Always exits with 0 when they ran."""

from __future__ import annotations

import click

from benchmarks.measures import MEASURES


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(MEASURES)))
@click.option("--calls", type=click.IntRange(100), help="Calls of the company, in place of the usual size.")
@click.option("--full", is_flag=True, help="The sizes the goals are set for: 25 minutes.")
def main(names: tuple[str, ...], calls: int | None, full: bool) -> None:
    """Measure speed, quota use and memory; without NAMES all of it."""
    for name in names or MEASURES:
        measure, usual, largest = MEASURES[name]
        size = calls or (largest if full else usual)
        measure(size).publish(size, largest if size < largest else 0)


if __name__ == "__main__":
    main()
