"""Variables of the environment whose values are not what was meant."""

from __future__ import annotations

import os
import re

from gong_source.errors import GongConfigError

OF_GONG = re.compile(r"(\w+__)?SOURCES__GONG\w*")
"""What this package reads, also for one pipeline."""

OF_COMMANDS = re.compile(r"(\w+__)?DESTINATION__\w+|DLT_(DATA|PROJECT)_DIR")
"""What dlt reads for commands; whoever runs pipelines in Python may have variables of other destinations there."""

QUOTED = re.compile(r"""\s*(["']).*\1\s*""", re.DOTALL)


def refuse_quoted(names: re.Pattern[str]) -> None:
    """Refuse values in quotes: shells and systemd take these off, docker's ``--env-file`` leaves them in the value.

    A key for pseudonyms would be another one, and the file of a database have another name.

    Args:
        names: Of variables.

    Raises:
        GongConfigError: Naming the variable.
    """
    for name in sorted(filter(names.fullmatch, os.environ)):
        if QUOTED.fullmatch(os.environ[name]):
            raise GongConfigError(
                f"{name} in the environment has quotes around its value, which would be a part of it: leave them out, "
                "as docker's --env-file keeps them."
            )
