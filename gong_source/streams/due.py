"""Once a day: what hardly changes is read again only after ``list_refresh_hours``."""

from __future__ import annotations

from datetime import timedelta

from gong_source.ranges import iso, parse_instant
from gong_source.streams.context import ReadContext
from gong_source.streams.question import key_of
from gong_source.streams.source_state import SourceState
from gong_source.streams.stream import Stream

PUNCTUAL = 0.95
"""Share of that time after which it is due: a run that starts a second earlier than the day before is a day later."""


class Due:
    """Whether a stream is to be read in a run; remembered in its state, with the package that carried what was read."""

    def __init__(self, stream: Stream, context: ReadContext, source_state: SourceState) -> None:
        """Look at a stream.

        Args:
            stream: Any; one that is not daily is always due.
            context: Shared by the run.
            source_state: When it was read before.
        """
        self._stream = stream
        self._context = context
        self._source_state = source_state

    @property
    def now(self) -> bool:
        """Whether it is to be read."""
        read = self._source_state.of(self._stream.name).raw.get("read")
        if not self._stream.daily or read is None or read["question"] != self._question_key():
            return True
        age = self._context.now - parse_instant(read["at"])
        return not timedelta(0) <= age < self.refresh

    @property
    def refresh(self) -> timedelta:
        """After how long it is due again."""
        return timedelta(hours=self._context.settings.list_refresh_hours) * PUNCTUAL

    def done(self, load_id: str) -> None:
        """Note that it was read to its end.

        Args:
            load_id: The package at hand.
        """
        if self._stream.daily:
            read = {"at": iso(self._context.now), "load": load_id, "question": self._question_key()}
            self._source_state.of(self._stream.name).raw["read"] = read

    def _question_key(self) -> str:
        chosen = {"workspace_ids": self._context.settings.workspace_ids}
        return key_of({**self._context.question(self._stream), **chosen})
