"""What was read before the first call came: a key that sees no calls gets the same answers as a time without any.

A pipeline that never loaded a call settles what is empty, so that a company without calls costs no more than others.
Once the first one comes, by whatever run, every stream that lists calls reads again what it had found empty by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from gong_source.ranges import RangeSet
from gong_source.streams.state import StreamState
from gong_source.streams.stream import Stream
from gong_source.tables import LOAD_ID
from gong_source.tables.calls import CALLS, CALLS_BASIC
from gong_source.warehouse.store import Store

FIRST = "first_calls"
"""Where the company's state keeps the first load package of the run that brought the first calls, and a stream's own
which of them it has heeded."""

SAID = "Calls came for the first time after %s was read"
WHY = "it was empty by then, and a key that sees no calls gets the same answers"


class FirstCalls:
    """Whether calls were ever loaded, and since when."""

    def __init__(self, raw: dict[str, Any], resources: Mapping[str, Any], streams: Iterable[Stream]) -> None:
        """Look at a state.

        Args:
            raw: Of the source; what is noted goes there.
            resources: States of the streams.
            streams: All there are.
        """
        self._raw = raw
        self._first = ""
        self.ever = any(resources.get(each.name, {}).get("filled") for each in streams if each.lists_calls)

    def note(self, stream: Stream, filled: Iterable[str], load_id: str) -> None:
        """Take note of a load package.

        Args:
            stream: Whose rows it carries.
            filled: Tables of the stream that rows were loaded into.
            load_id: Of the package.
        """
        self._first = self._first or load_id
        if not self.ever and stream.lists_calls and any(filled):
            self._raw[FIRST] = self._first

    def heed(self, stream: Stream, state: StreamState, holds: Callable[[RangeSet, str], bool]) -> RangeSet:
        """Forget what a stream read before the first calls came, once.

        Args:
            stream: Any.
            state: What is remembered of it.
            holds: Whether calls of some ranges came before a load package: those that other pipelines loaded.

        Returns:
            What was forgotten.
        """
        first = str(self._raw.get(FIRST, ""))
        if not first or not stream.lists_calls or state.raw.get(FIRST) == first:
            return RangeSet()
        older = {load_id for load_id in state.loads if load_id < first}
        state.raw[FIRST] = first
        empty = StreamState(deepcopy(state.raw), {}).drop_loads(older)
        return RangeSet() if holds(empty, first) else state.drop_loads(older)


def calls_in(store: Store, columns: Callable[[str], Iterable[str]]) -> Callable[[RangeSet, str], bool]:
    """Tells whether calls of some ranges came before a load package.

    Args:
        store: The dataset.
        columns: Gives those of one of its tables.
    """

    def holds(ranges: RangeSet, load_id: str) -> bool:
        there = [table.name for table in (CALLS, CALLS_BASIC) if "started" in columns(table.name)]
        earlier = f"{LOAD_ID} < {{load}}"
        return any(
            store.count(table, f"{store.between('started', part)} AND {earlier}", load=load_id)
            for table in there
            for part in ranges
        )

    return holds
