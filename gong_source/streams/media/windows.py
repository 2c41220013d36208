"""Which windows still wait for recordings of theirs, and which are whole."""

from __future__ import annotations

from collections import defaultdict

from gong_source.streams.window_plan import WindowRead


class OpenWindows:
    """Windows by the calls that they need; of one thread, but for how much is left."""

    def __init__(self) -> None:
        """None yet."""
        self._of: dict[str, list[int]] = {}
        self._left: dict[int, set[str]] = defaultdict(set)
        self._read: dict[int, WindowRead] = {}
        self._broken: set[int] = set()

    @property
    def calls(self) -> dict[str, list[int]]:
        """The windows of each call that any of them ever needed."""
        return self._of

    @property
    def left(self) -> int:
        """How many recordings are waited for, each as often as windows need it; for any thread."""
        return sum(map(len, list(self._left.values())))

    def want(self, call_id: str, window: int) -> bool:
        """Note that a window needs a call.

        Args:
            call_id: Of the call.
            window: Number of the window.

        Returns:
            Whether it is the first to do so.
        """
        is_first = call_id not in self._of
        self._of.setdefault(call_id, []).append(window)
        self._left[window].add(call_id)
        return is_first

    def give_up(self, call_id: str) -> None:
        """Note that a call is not had: what needs it is read again by the next run.

        Args:
            call_id: Of the call.
        """
        self._broken.update(self._of[call_id])

    def listed(self, read: WindowRead) -> list[WindowRead]:
        """Note that all calls of a window are known; gives it back where nothing is left to wait for.

        Args:
            read: The window.
        """
        self._read[read.window.number] = read
        return self._whole(read.window.number)

    def done_with(self, call_id: str) -> list[WindowRead]:
        """Note that a call is not waited for any more; gives the windows that waited for it alone.

        Args:
            call_id: Of the call.
        """
        found = []
        for window in self._of[call_id]:
            self._left[window].discard(call_id)
            found += self._whole(window)
        return found

    def lacks(self, read: WindowRead) -> bool:
        """Whether a call of a window was given up.

        Args:
            read: The window.
        """
        return read.window.number in self._broken

    def _whole(self, number: int) -> list[WindowRead]:
        if self._left[number] or number not in self._read:
            return []
        return [self._read.pop(number)]
