"""Files that a user names and a program replaces as a whole."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gong_source.errors import GongConfigError, GongError
from gong_source.wording import is_full


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


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where there is none.

    Args:
        path: As the user named it.

    Raises:
        GongConfigError: It can't be made, or is something else.
        GongError: The disk is full.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        kind = GongError if is_full(error) else GongConfigError
        raise kind(f"The folder {path} can't be made: {error.strerror}.") from error


@contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of another in one step once it is whole: nobody reads half of it.

    It waits for no lock, such as those of Python's own temporary files: the handler of a signal calls it too.

    Args:
        path: As the user named it.
        mode: Of the file; by default that of the one before it, or of any new one.

    Raises:
        GongConfigError: The file can't be made there, or something else is there.
        GongError: The disk is full.
    """
    target = regular_file(path)
    new = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            with open(handle, "wb") as file:
                yield file
                if mode is not None or target.exists():
                    os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode) if mode is None else mode)
            os.replace(new, target)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
    except OSError as error:
        kind = GongError if is_full(error) else GongConfigError
        raise kind(f"{path} can't be written: {error.strerror or error}. What was there is left as it was.") from error
