"""OAuth tokens in a file that is private, whole and on the disk."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path

from gong_source.api.auth.tokens import Tokens
from gong_source.api.decode import decode_object
from gong_source.config import regular_file
from gong_source.errors import GongConfigError

ROOM = 2**14
"""Bytes that are held free on the disk for tokens to come; they take less."""


class FileTokenStore:
    """Keeps tokens in a JSON file that its owner alone can read."""

    def __init__(self, path: Path | str) -> None:
        """Name the file; nothing is read yet.

        Args:
            path: The file; its directory is made when needed.
        """
        self.path = Path(path).expanduser()
        self._room: Path | None = None

    def __repr__(self) -> str:
        """The path only."""
        return f"FileTokenStore({str(self.path)!r})"

    def load(self) -> Tokens | None:
        """The tokens saved last, or None when there is no file.

        Raises:
            GongConfigError: The file can't be read or is no token file, or others can read it.
        """
        path = regular_file(self.path)
        try:
            mode, content = path.stat().st_mode, path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GongConfigError(f"The token file {self.path} can't be read: {error.strerror}.") from error
        if os.name == "posix" and mode & 0o077:
            raise GongConfigError(f"Others can read the token file {self.path}; run `chmod 600 {self.path}`.")
        try:
            saved = decode_object(content) or {}
            return Tokens(**{entry.name: saved[entry.name] for entry in fields(Tokens) if entry.name in saved})
        except TypeError:  # there is no token in it
            reason = f"The file {self.path} holds no tokens;"
        except GongConfigError as error:
            reason = f"{error} They are in {self.path};"
        raise GongConfigError(f"{reason} remove it and run `gong-source login`.")

    @contextmanager
    def reserving(self) -> Iterator[None]:
        """Hold room on the disk, as long as the block lasts, for the tokens that it saves.

        Raises:
            GongConfigError: The file could not be written.
        """
        with self._telling():
            self._room = self._written(b" " * ROOM)
        try:
            yield
        finally:
            if self._room:
                with suppress(OSError):
                    self._room.unlink(missing_ok=True)
            self._room = None

    def save(self, tokens: Tokens) -> None:
        """Replace the file in one step, after the new one is safely on the disk.

        Args:
            tokens: To keep.

        Raises:
            GongConfigError: The file can't be written, or something else is there.
        """
        with self._telling():
            path, new = regular_file(self.path), self._written(json.dumps(asdict(tokens)).encode())
            try:
                os.replace(new, path)
            except OSError:
                new.unlink(missing_ok=True)
                raise
            self._room = None
            _sync_directory(path.parent)

    def _written(self, content: bytes) -> Path:
        """A file beside the one of the tokens, on the disk as a whole: that which holds room for it, or a new one."""
        path = regular_file(self.path)
        make_private_directory(path.parent)
        new = self._room or path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(new, os.O_WRONLY | (0 if self._room else os.O_CREAT | os.O_EXCL), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            new.unlink(missing_ok=True)
            raise
        return new

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise GongConfigError(f"The token file {self.path} can't be written: {error.strerror}.") from error


def make_private_directory(path: Path) -> None:
    """Make a directory for its owner alone, unless it is there.

    Args:
        path: The directory.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_directory(path: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows can't open directories
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
