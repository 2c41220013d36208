"""The folder in which dlt works, and looks for settings, for a user who has no home that can be written."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from gong_source.errors import GongConfigError

OTHERS = "for want of a home that can be written, and that is another user's, or others may write to it"
"""Why that folder is not used, after its path."""


def claim_folder(folder: Path) -> None:
    """Make it for this user alone, where it is the one that dlt works in.

    Args:
        folder: Where dlt works.

    Raises:
        GongConfigError: Another user of the machine was there first.
    """
    if _is_without_home(folder):
        with suppress(OSError):  # it is there, or can't be made: dlt tells
            folder.mkdir(mode=0o700)
        if is_others(folder):
            raise GongConfigError(f"dlt would work in {folder}, {OTHERS}: set DLT_DATA_DIR to a folder of your own.")


def is_others(folder: Path) -> bool:
    """Whether it is that folder, and others decide what is in it.

    Args:
        folder: Any.
    """
    if not _is_without_home(folder) or not os.path.lexists(folder):
        return False
    told = folder.lstat()
    return not stat.S_ISDIR(told.st_mode) or told.st_uid != os.geteuid() or bool(told.st_mode & 0o022)


def _is_without_home(folder: Path) -> bool:
    """Whether it is what dlt takes for the home of such a user; any user can make it."""
    try:
        return folder == Path(tempfile.gettempdir()) / "dlt"
    except FileNotFoundError:  # there is no temporary folder that can be written: the disk is full, say
        return False
