"""Recordings that could not be had: what is left out for good, and when the host is left alone."""

from __future__ import annotations

from gong_source.api.download import ENDPOINT
from gong_source.errors import GongConnectionError, GongRequestError
from gong_source.streams.media.events import Fetched
from gong_source.streams.media.fetch import not_had

MOST_FAILURES = 10
"""Recordings in a row that can't be had, after which the host is left alone."""


class Failures:
    """Of one run. Threads that download ask it whether to go on, as the loader may be busy with a package."""

    def __init__(self) -> None:
        """None yet."""
        self.errors: list[GongRequestError] = []
        self._failing: list[GongRequestError] = []  # since the last success; of the threads
        self._odd: dict[str, GongRequestError] = {}
        self._in_a_row = 0

    @property
    def last_of_many(self) -> GongRequestError | None:
        """Why a recording is not asked for, where the host is to be left alone; for any thread."""
        failing = self._failing[-MOST_FAILURES:]
        if len(failing) < MOST_FAILURES:
            return None
        return GongConnectionError(failing[-1].message, endpoint=ENDPOINT, status=failing[-1].status)

    def fetched(self, event: Fetched) -> None:
        """Learn what came, in the thread that asked for it.

        Args:
            event: About to be handed over.
        """
        if event.parts:
            self._failing.clear()
        if event.error:
            self._failing.append(event.error)

    def note(self, event: Fetched) -> list[str]:
        """Learn what came, in the loader's thread.

        Something else in place of a recording may be there for good, or come from a host that fails: which it is, a
        recording tells that comes after it.

        Args:
            event: That was handed over.

        Returns:
            Ids of calls that need not be waited for any more.
        """
        if event.parts:
            self._in_a_row = 0
        if event.error:
            self._in_a_row += 1
            if event.is_odd:
                self._odd[event.call_id] = event.error
            else:
                self.errors.append(event.error)
        settled = [] if event.is_odd else [event.call_id]
        return settled + self.believed() if event.parts else settled

    def believed(self) -> list[str]:
        """Ids of calls in place of whose recordings something else came, told once: there is nothing else to have."""
        odd, self._odd = list(self._odd), {}
        return odd

    def check(self) -> None:
        """Refuse to go on with a host that gives nothing.

        Raises:
            GongRequestError: So many failed one after the other.
        """
        if self._in_a_row >= MOST_FAILURES:
            errors, self._odd = [*self.errors, *self._odd.values()], {}  # it is not what these recordings are
            raise not_had(errors)
