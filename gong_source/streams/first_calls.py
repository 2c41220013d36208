"""What was read before the first call was seen: a key that sees no calls gets the same answers as a time without any.

A pipeline that never saw a call settles what is empty, so that a company without calls costs no more than others. Once
it sees the first one, by whatever run, every stream that goes by the calls it sees reads again what it read by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gong_source.ranges import RangeSet
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Stream, Windows

FIRST = "first_calls"
"""Where the company's state keeps the first load package of the run that saw the first calls, empty as long as none was
seen, and a stream's own which of them it has heeded."""

SAID = "Calls were seen for the first time after %s was read"
WHY = "it was without calls by then, and a key that sees none gets the same answers"


def goes_by_sight(stream: Stream, keeps_private: bool) -> bool:
    """Whether a stream lacks rows where a key sees no calls: what names a call that Gong does not show may be private.

    Args:
        stream: Any.
        keeps_private: Whether private calls are wanted.
    """
    names = isinstance(stream.reads, Windows) and stream.reads.of_calls
    return stream.lists_calls or (names and not keeps_private)


class FirstCalls:
    """Whether calls were ever seen, and since when."""

    def __init__(self, raw: dict[str, Any], resources: Mapping[str, Any], streams: Iterable[Stream]) -> None:
        """Look at a state.

        Args:
            raw: Of the source; what is noted goes there.
            resources: States of the streams.
            streams: All there are.
        """
        self._raw = raw
        self._package = ""
        calls = [resources.get(each.name, {}) for each in streams if each.lists_calls]
        self.ever = bool(raw[FIRST]) if FIRST in raw else _were_seen(calls, resources.values())

    def note(self, seen: bool, load_id: str) -> None:
        """Take note of a load package.

        Args:
            seen: Whether the run has seen a call.
            load_id: Of the package.
        """
        self._package = self._package or load_id
        if not self.ever:
            self._raw[FIRST] = self._raw.get(FIRST) or (self._package if seen else "")

    def heed(self, stream: Stream, state: StreamState, keeps_private: bool) -> RangeSet:
        """Forget what a stream read before the first calls were seen, once.

        Args:
            stream: Any.
            state: What is remembered of it.
            keeps_private: Whether private calls are wanted.

        Returns:
            What was forgotten.
        """
        first = str(self._raw.get(FIRST, ""))
        if not first or not goes_by_sight(stream, keeps_private) or state.raw.get(FIRST) == first:
            return RangeSet()
        state.raw[FIRST] = first
        return state.drop_loads({load_id for load_id in state.loads if load_id < first})


def _were_seen(calls: Iterable[Mapping[str, Any]], states: Collection[Mapping[str, Any]]) -> bool:
    """Whether an earlier release has seen calls: the last ones wrote down which tables they filled."""
    if any(state.get("filled") for state in states):
        return any(state.get("filled") for state in calls)
    return any(state.get("ranges") for state in states)
