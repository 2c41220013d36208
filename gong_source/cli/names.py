"""Lists of names on the command line."""

from __future__ import annotations

import click

from gong_source.streams.table import names_of


def names_in(text: str, option: str) -> list[str]:
    """The names that were typed, with commas between them.

    Args:
        text: As typed.
        option: For the message.

    Raises:
        click.BadParameter: There are none, as where a variable is not set: that is not to mean all.
    """
    names = list(names_of(text))
    if not names:
        raise click.BadParameter("it names nothing: leave it out, or name some", param_hint=option)
    return names
