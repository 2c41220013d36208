"""Folders for parts of recordings, each of which one run alone writes to."""

from __future__ import annotations

import itertools
import os
import stat
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from gong_source.errors import GongFolderError
from gong_source.warehouse.locks import try_lock

LOCK = "lock"
"""Name of the file, among parts, that whoever writes there keeps locked."""


class OwnParts:
    """One of the folders of parts, to which nobody else writes while this object is there.

    Runs of several pipelines may download the same recording to the same place at once. Each takes the first folder
    that is free, so that what a run left that was stopped is gone on with by the next.

    Attributes:
        path: The folder.
        close: Gives it up, as the end of the process does; may be called again.
    """

    def __init__(self, parts: Path) -> None:
        """Take a folder, and make it where there is none.

        Args:
            parts: Where folders of parts are kept.

        Raises:
            OSError: Nothing can be written there.
        """
        parts.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in itertools.count():
            self.path = parts / str(number)
            if self.path.is_symlink():
                continue
            self.path.mkdir(mode=0o700, exist_ok=True)
            handle = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
            if try_lock(handle):
                break
            os.close(handle)
        self.close = weakref.finalize(self, os.close, handle)


def private_folder() -> Path:
    """A folder in the system's temporary one, where anybody can make one of that name beforehand.

    Raises:
        GongFolderError: Somebody did.
    """
    user = getattr(os, "getuid", int)()
    path = Path(tempfile.gettempdir()) / f"gong-media-{user}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    told = path.lstat()
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != user:
        raise GongFolderError(
            f"{path} is not a folder of the user who runs this: remove it, or set TMPDIR to a folder of your own."
        )
    path.chmod(0o700)  # one of an earlier release may be open to others
    return path
