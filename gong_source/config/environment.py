"""Variables of the environment whose values are not what was meant."""

from __future__ import annotations

import os
import re

from gong_source.errors import GongConfigError

READ = re.compile(r"(\w+__)?(SOURCES__GONG\w*|DESTINATION__\w+)")
"""What this package reads, or dlt for it, also for one pipeline."""

QUOTED = re.compile(r"""\s*(["']).*\1\s*""", re.DOTALL)


def refuse_quoted() -> None:
    """Refuse values in quotes: shells and systemd take these off, docker's ``--env-file`` leaves them in the value.

    A key for pseudonyms would be another one, and the file of a database have another name.

    Raises:
        GongConfigError: Naming the variable.
    """
    for name in sorted(os.environ):
        if READ.fullmatch(name) and QUOTED.fullmatch(os.environ[name]):
            raise GongConfigError(
                f"{name} in the environment has quotes around its value, which would be a part of it: leave them out, "
                "as docker's --env-file keeps them."
            )
