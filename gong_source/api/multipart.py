"""Files as a multipart form, streamed from disk."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gong_source.errors import GongArgumentError

PIECE = 1 << 16
"""Bytes sent at once. The time-out of a socket is for one such piece, so it bounds how slow a line may be."""


@dataclass(frozen=True)
class FilePart:
    """A file in a multipart form.

    Attributes:
        name: Name of the form field.
        path: Where the file is.
        size: Its bytes; exactly so many are sent.
        filename: The name told to the server.
        content_type: Its media type.
    """

    name: str
    path: Path
    size: int
    filename: str
    content_type: str = "application/octet-stream"


class Multipart:
    """A multipart form that is read from disk while it is sent, in small pieces and of a length known before."""

    def __init__(self, parts: list[FilePart]) -> None:
        """Work out the length; no file is opened yet.

        Args:
            parts: The files.
        """
        self._parts = parts
        self._boundary = secrets.token_hex(16)
        self._end = f"--{self._boundary}--\r\n".encode()

    @property
    def content_type(self) -> str:
        """Value of the request's ``Content-Type``."""
        return f"multipart/form-data; boundary={self._boundary}"

    def __len__(self) -> int:
        """Bytes in all."""
        return sum(len(self._head(part)) + part.size + 2 for part in self._parts) + len(self._end)

    def __iter__(self) -> Iterator[bytes]:
        """The form in pieces; from the beginning each time.

        Raises:
            GongArgumentError: A file can't be read, or is no longer of the size that was announced. What was sent of
                the form has no end, so that the server can't take it for whole.
        """
        for part in self._parts:
            yield self._head(part)
            yield from _pieces(part)
            yield b"\r\n"
        yield self._end

    def _head(self, part: FilePart) -> bytes:
        return (
            f"--{self._boundary}\r\n"
            f'Content-Disposition: form-data; name="{part.name}"; filename="{part.filename}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        ).encode()


def path_of(file: Path | str) -> Path:
    """The path of a file that somebody named.

    Args:
        file: As given.

    Raises:
        GongArgumentError: No file can have that name.
    """
    try:
        path = Path(file)
        if b"\0" in os.fsencode(path):
            raise ValueError("the system ends names there")
    except (TypeError, ValueError) as error:
        raise GongArgumentError(
            "file must be the path of a file, as a text that can be a name in the system."
        ) from error
    return path


def size_of_file(path: Path) -> int:
    """The bytes of a file that is to be sent.

    Args:
        path: The file.

    Raises:
        GongArgumentError: It can't be read, or is a directory, a pipe or a device.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # before it is opened: a pipe waits for a writer
            raise GongArgumentError(f"{path} is not a file.")
        with path.open("rb"):
            return found.st_size
    except OSError as error:
        raise GongArgumentError(f"{path} can't be read: {error.strerror}.") from error


def _pieces(part: FilePart) -> Iterator[bytes]:
    left = part.size
    try:
        with part.path.open("rb") as file:
            while left:
                piece = file.read(min(PIECE, left))
                if not piece:
                    raise _broken_off(part, "became shorter")
                left -= len(piece)
                yield piece
            if file.read(1):
                raise _broken_off(part, "became longer")
    except OSError as error:
        raise _broken_off(part, f"could not be read any more ({error.strerror})") from error


def _broken_off(part: FilePart, why: str) -> GongArgumentError:
    return GongArgumentError(
        f"{part.path} {why} while it was sent. The upload was broken off before its end, so that nothing was done: "
        "send it again when nothing changes the file."
    )
