"""The command ``gong-source``: :mod:`gong_source.cli.commands` lists what it can do."""

from __future__ import annotations

from gong_source.cli.descriptors import lose_unwritten_errors, open_missing
from gong_source.cli.leaving import left_at_once
from gong_source.cli.signals import ended_by_signals
from gong_source.importing import never


def main(command: str | None = None, prog_name: str | None = None) -> None:
    """Run as a program, which ends with it.

    Args:
        command: The one that the program is; it takes the name of one unless given.
        prog_name: What ``--help`` calls it; as it was called unless given.
    """
    open_missing()
    lose_unwritten_errors()
    never("numpy", asker="pyarrow")  # arrow would import it for arrays of numpy's: 0.1 s, 10 MB
    with left_at_once(), ended_by_signals():
        from gong_source.cli.commands import main as commands

        program = commands.commands[command] if command else commands
        program(prog_name=prog_name)
