"""Listed calls into rows: each call once in a run, private ones told apart, unchanged ones left out."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gong_source.streams.calls.parts import call_started, is_private, shape_calls
from gong_source.streams.calls.unchanged import changed_hashes
from gong_source.streams.context import ReadContext
from gong_source.streams.faults import no_key
from gong_source.streams.set_aside import Place
from gong_source.streams.stream import Stream
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.tables.calls import CALLS_BASIC
from gong_source.warehouse.queries import Wanted


@dataclass(frozen=True)
class CallsRead:
    """Event: calls were listed.

    Attributes:
        window: Number of the window they were listed in.
        calls: Calls that are new in this run and kept.
        private: Ids of private calls that are not kept.
        parts: Rows of the calls that are new or changed.
    """

    window: int
    calls: list[Wanted]
    private: list[str]
    parts: list[Shaped] = field(repr=False)


class CallRows:
    """Makes rows of listed calls; for several threads."""

    def __init__(self, stream: Stream, context: ReadContext, emits: bool = True) -> None:
        """Nothing was seen yet.

        Args:
            stream: ``calls`` or ``calls_basic``.
            context: Shared by the run.
            emits: Whether the calls themselves are loaded.
        """
        self._context = context
        self._stream = stream
        self._basic = stream.tables[0] is CALLS_BASIC
        self._question = context.question(stream)
        self._emits = emits
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        self.loaded: Mapping[str, int] = {}

    def of(
        self,
        listed: Sequence[Any],
        place: Place,
        window: int = 0,
        parts: Mapping[str, Collection[str]] | None = None,
    ) -> CallsRead:
        """Rows of calls; what can't be loaded is set aside. Runs in a reader's thread.

        Args:
            listed: What the endpoint sent.
            place: What was asked for.
            window: Number of the window they were listed in.
            parts: By id: the parts that a call carries, where these are not the ones that the settings ask for.
        """
        fault = no_key("id") if self._basic else call_fault
        fresh = self._unseen(self._context.rejected.sifted(self._stream, listed, place, fault))
        self._context.sees_calls |= bool(fresh)
        self._context.rejected.loaded(self._stream.name, fresh.keys())
        keeps_private = self._context.settings.include_private_calls
        private = {key for key, call in fresh.items() if not keeps_private and is_private(call["metaData"])}
        kept = {key: call for key, call in fresh.items() if key not in private}
        wanted = [Wanted(key, call_started(call["metaData"])) for key, call in kept.items()]
        rows = self._rows(kept, parts) if kept and self._emits else []
        return CallsRead(window, wanted, sorted(private), rows)

    def _unseen(self, records: Sequence[JsonDict]) -> dict[str, JsonDict]:
        calls = [{"metaData": record} for record in records] if self._basic else records
        fresh: dict[str, JsonDict] = {}
        with self._lock:
            for call in calls:
                call_id = as_text(call["metaData"]["id"])
                if call_id not in self._seen:
                    self._seen.add(call_id)
                    fresh[call_id] = call
        return fresh

    def _rows(self, calls: Mapping[str, JsonDict], parts: Mapping[str, Collection[str]] | None) -> list[Shaped]:
        if self._basic:
            return [shape(CALLS_BASIC, list(calls.values()), {})]
        if parts is not None:
            return _with_parts(calls, parts)
        settings = self._context.settings
        since = self._context.now - settings.lookback
        hashes = changed_hashes(list(calls.values()), list(calls), self.loaded, since, self._question)
        changed = [calls[key] for key in hashes]
        return shape_calls(changed, list(hashes), settings.call_parts or (), list(hashes.values())) if changed else []


def _with_parts(calls: Mapping[str, JsonDict], parts: Mapping[str, Collection[str]]) -> list[Shaped]:
    """Calls with the same parts together; the tables of other parts are left alone."""
    groups: dict[frozenset[str], list[str]] = {}
    for key in calls:
        groups.setdefault(frozenset(parts[key]), []).append(key)
    return [shaped for same, keys in groups.items() for shaped in shape_calls([calls[key] for key in keys], keys, same)]


def call_fault(call: JsonDict) -> str:
    """What keeps a call from being loaded: it has no basic fields, or no id among them.

    Args:
        call: An item of POST calls/extensive.
    """
    basic = call.get("metaData")
    return "its metaData is no object" if not isinstance(basic, dict) else no_key("id")(basic)
