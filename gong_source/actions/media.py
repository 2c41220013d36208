"""Media files: whether Gong takes them, told before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path

from gong_source.api import FilePart
from gong_source.api.multipart import path_of, size_of_file
from gong_source.errors import GongArgumentError

MOST_MEDIA_BYTES = 1_500_000_000
"""Gong's 1.5 GB, in the stricter reading."""

SIGNATURES = (
    (re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav", "wav"),
    (re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xff]"), "audio/mpeg", "mp3"),
    (re.compile(rb"....ftypM4A", re.DOTALL), "audio/mp4", "m4a"),
    (re.compile(rb"....ftyp", re.DOTALL), "video/mp4", "mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "video/x-matroska", "mkv"),
    (re.compile(rb"fLaC"), "audio/flac", "flac"),
    (re.compile(rb"OggS"), "audio/ogg", "ogg"),
)


def media_part(file: Path | str, media_type: str | None = None) -> FilePart:
    """A recording as a part of an upload.

    Args:
        file: The file.
        media_type: Its media type; told by its first bytes by default.

    Raises:
        GongArgumentError: It is missing, empty, too large or no media.
    """
    path, size = file_of(file, MOST_MEDIA_BYTES, "1.5 GB")
    if media_type is not None:
        if not re.fullmatch(r"(audio|video)/[\w.+-]+", media_type):
            raise GongArgumentError("media_type must be audio/... or video/...")
        return FilePart("mediaFile", path, size, "media", media_type)
    with path.open("rb") as opened:
        head = opened.read(16)
    for signature, kind, suffix in SIGNATURES:
        if signature.match(head):
            return FilePart("mediaFile", path, size, f"media.{suffix}", kind)
    raise GongArgumentError(
        f"{path} does not begin like WAV, MP3, MP4, MKV, WebM, FLAC or Ogg; if it is media, give its media_type."
    )


def file_of(file: Path | str, most: int, words: str) -> tuple[Path, int]:
    """A file that may be sent, and its bytes.

    Args:
        file: As given.
        most: The most that Gong takes.
        words: The same for people.

    Raises:
        GongArgumentError: It is missing, empty, no file or too large.
    """
    path = path_of(file)
    size = size_of_file(path)
    if not size:
        raise GongArgumentError(f"{path} is empty.")
    if size > most:
        raise GongArgumentError(f"{path} has {size / 1e9:.2f} GB; Gong takes {words} at most.")
    return path, size
