"""Controls for calls and transcripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from gong_source.sandbox.clock import to_utc
from gong_source.sandbox.control.base import ControlBase
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import CallRecord

Moment = datetime | str
PARTS = ("metaData", "context", "parties", "content", "interaction", "collaboration", "media")


class CallControl(ControlBase):
    """Hides, shows, edits, adds and deletes calls and transcripts."""

    def hide_calls(self, ids: Iterable[str]) -> None:
        """Make calls, and their transcripts, invisible; ``totalRecords`` goes on counting them."""
        self._set(ids, "hidden", True)

    def release_calls(self, ids: Iterable[str]) -> None:
        """Make hidden calls visible again, as late as now."""
        self._set(ids, "hidden", False)

    def hide_transcripts(self, ids: Iterable[str]) -> None:
        """Make the transcripts of calls invisible."""
        self._set(ids, "transcript_hidden", True)

    def release_transcripts(self, ids: Iterable[str]) -> None:
        """Make hidden transcripts visible again."""
        self._set(ids, "transcript_hidden", False)

    def edit_call(self, id: str, path: str, value: Any) -> None:
        """Set a value in a call at a dotted path such as ``metaData.title`` or ``parties.0.name``."""
        with self._world.lock:
            self._call(id).edit_path(path, value)
            self._world.index.forget()

    def edit_transcript(self, id: str, transcript: Sequence[Json] | None) -> None:
        """Replace the monologues of a call; ``None`` takes its transcript away for good."""
        with self._world.lock:
            self._call(id).edit_transcript(transcript, self._app.clock.now())

    def delete_calls(self, ids: Iterable[str]) -> None:
        """Delete calls, also from the library; no trace stays in any list."""
        with self._world.lock:
            for key in ids:
                del self._world.calls[self._call(key).id]
                for entries in self._world.folder_calls.values():
                    entries[:] = [entry for entry in entries if entry["id"] != key]
            self._world.index.forget()

    def add_calls(
        self,
        n: int = 1,
        started: Moment | Sequence[Moment] | None = None,
        *,
        available_at: Moment | None = None,
        transcript_available_at: Moment | None = None,
        **overrides: Any,
    ) -> list[str]:
        """Add calls.

        Args:
            n: How many.
            started: The start of all of them, or one start for each; by default an hour before the sandbox's now.
            available_at: When they become visible, in place of the usual time.
            transcript_available_at: When their transcripts do; gives a transcript to each of them.
            **overrides: Parts of the call (``metaData``, ``parties``, ...), merged into it deeply.

        Returns:
            The ids of the new calls.

        Raises:
            ValueError: When an override is no part of a call, or there are not as many starts as calls.
        """
        unknown = set(overrides) - set(PARTS)
        if unknown:
            raise ValueError(f"no parts of a call: {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
        with self._world.lock:
            records = self._history.make_calls(self._starts(n, started))
            for record in records:
                if available_at is not None:
                    record.available_at = record.ai_available_at = to_utc(available_at)
                if transcript_available_at is not None:
                    record.transcript_available_at = to_utc(transcript_available_at)
                if overrides:
                    record.edit(overrides)
            self._world.add_calls(records)
        return [record.id for record in records]

    def _starts(self, n: int, started: Moment | Sequence[Moment] | None) -> list[datetime]:
        if started is None:
            started = self._app.clock.now() - timedelta(hours=1)
        moments = [started] * n if isinstance(started, (datetime, str)) else list(started)
        if len(moments) != n:
            raise ValueError(f"{n} calls need {n} starts, not {len(moments)}")
        return [to_utc(moment) for moment in moments]

    def _call(self, key: str) -> CallRecord:
        if key not in self._world.calls:
            raise ValueError(f"unknown call {key}")
        return self._world.calls[key]

    def _set(self, ids: Iterable[str], name: str, value: bool) -> None:
        with self._world.lock:
            for record in [self._call(key) for key in ids]:
                setattr(record, name, value)
