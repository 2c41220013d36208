"""Files as a multipart form, streamed from disk."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
            OSError: A file can't be read, or is no longer of the size that was announced.
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


def _pieces(part: FilePart) -> Iterator[bytes]:
    left = part.size
    with part.path.open("rb") as file:
        while left:
            piece = file.read(min(PIECE, left))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            left -= len(piece)
            yield piece
        if file.read(1):
            raise OSError("the file became longer while it was sent")
