"""What the jobs that load recordings hand over."""

from __future__ import annotations

from dataclasses import dataclass

from gong_source.api.download import ENDPOINT
from gong_source.errors import GongProtocolError, GongRequestError
from gong_source.ranges import Range
from gong_source.streams.reader import Window
from gong_source.tables.arrow import Shaped


@dataclass(frozen=True)
class PageListed:
    """Event: a page of calls was listed.

    Attributes:
        window: In which.
        wanted: Ids of the calls whose recordings are wanted, each with the range that it is in.
        private: Ids of those that are private and not wanted.
    """

    window: Window
    wanted: dict[str, Range]
    private: tuple[str, ...]


@dataclass(frozen=True)
class Addresses:
    """Event: a batch was asked for addresses.

    Attributes:
        asked: Ids of the calls.
        found: Addresses by call and kind.
        odd: Whether something was set aside, which may be any call that was not found.
    """

    asked: tuple[str, ...]
    found: dict[str, dict[str, str]]
    odd: bool


@dataclass(frozen=True)
class Fetched:
    """Event: the recordings of a call were downloaded.

    Attributes:
        call_id: Of the call.
        parts: Rows of those that were.
        error: Why some could not be, or None.
        gone: Why there is nothing to have of some, in words; empty where all are there.
    """

    call_id: str
    parts: list[Shaped]
    error: GongRequestError | None = None
    gone: str = ""

    @property
    def is_odd(self) -> bool:
        """Whether something else came in place of what could not be downloaded."""
        return is_odd(self.error)

    @property
    def reason(self) -> str:
        """Why some are set aside, in words; empty where none is."""
        return f"{self.gone} {self.error}".lstrip() if self.is_odd else self.gone


def is_odd(error: GongRequestError | None) -> bool:
    """Whether an error tells that something else came in place of a recording.

    Args:
        error: Of a download, or of asking Gong for a further address.
    """
    return isinstance(error, GongProtocolError) and error.endpoint == ENDPOINT


class AllListed:
    """Event: one of the jobs that list found no window left."""
