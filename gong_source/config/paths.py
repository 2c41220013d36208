"""Files that a user names and a program replaces as a whole."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gong_source.errors import GongConfigError


def regular_file(path: Path) -> Path:
    """The file that a path leads to, there or not: what is put in its place leaves links as they are.

    Args:
        path: As the user named it.

    Raises:
        GongConfigError: A folder, a device or a pipe is there, or it can't be looked at.
    """
    target = Path(os.path.realpath(path))
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return target
    except OSError as error:
        raise GongConfigError(f"The file {path} can't be looked at: {error.strerror}.") from error
    if not stat.S_ISREG(mode):
        raise GongConfigError(f"{path} is a folder, a device or a pipe: name a file, or one that is not there yet.")
    return target
