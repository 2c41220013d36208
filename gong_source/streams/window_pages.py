"""The pages of a window, piece after piece; what Gong refuses for the sake of one workspace costs no other its rows."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from functools import cached_property

from gong_source.api import Page
from gong_source.errors import GongBadRequestError, GongRequestError
from gong_source.streams.calls.about import pages_about_calls
from gong_source.streams.context import ReadContext
from gong_source.streams.pieces import Piece, pieces_of, with_fields
from gong_source.streams.reader import Window
from gong_source.streams.snapshot import is_odd, lists_of
from gong_source.streams.stream import Stream, Windows
from gong_source.streams.workspaces import REFUSALS, tell_refused


class WindowPages:
    """Asks for the pieces of windows, each once in a run, and knows what was refused. For several threads."""

    def __init__(self, stream: Stream, context: ReadContext) -> None:
        """Nothing is asked yet.

        Args:
            stream: One that is read by windows.
            context: Where to ask.
        """
        assert isinstance(stream.reads, Windows), "streams of other ways have no such windows"
        self._stream = stream
        self._way = stream.reads
        self._context = context
        self._claims: dict[str, int] = {}
        self._answered: set[str] = set()
        self._refused: dict[str, GongRequestError] = {}
        self._incomplete: set[int] = set()
        self._lock = threading.Lock()

    def of(self, window: Window) -> Iterator[Page]:
        """The pages of a window, without the pieces that another one asks for.

        Args:
            window: What is asked for.

        Raises:
            GongRequestError: Gong refuses it, or does not answer.
        """
        told = window.told
        if self._way.by_calls:
            yield from pages_about_calls(self._stream, self._context, window, told)
            return
        for piece in pieces_of(self._stream, window, self._context.clock(), lists_of(self._context)):
            if not self._claim(window, piece):
                continue
            answered = yield from self.of_piece(piece, window)
            if not answered:
                return  # that day is not over in the company, nor is any after it

    def give_back(self, window: Window) -> None:
        """Leave the pieces of a window that could not be read to whoever asks for them next.

        Args:
            window: Which.
        """
        with self._lock:
            self._claims = {name: number for name, number in self._claims.items() if number != window.number}

    def _claim(self, window: Window, piece: Piece) -> bool:
        """Whether a piece is this window's to read: a day or month that two windows touch is asked for once."""
        if not piece.name:
            return True
        with self._lock:
            name = f"{window.selection} {piece.name}"
            return self._claims.setdefault(name, window.number) == window.number

    def of_piece(self, piece: Piece, window: Window) -> Generator[Page, None, bool]:
        """The pages of a piece; where Gong refuses its last day as too late for the company, those to a day before.

        Args:
            piece: Of the window.
            window: What is asked for.

        Returns:
            Whether what lies behind it may be asked for.

        Raises:
            GongRequestError: Gong refuses it, or does not answer.
        """
        told = f"{piece.name} of {window.told}" if piece.name else window.told
        for request in piece.tries:
            pages = self._context.client.pages(self._stream.endpoint, window=told, keep_others=True, **request)
            try:
                first = next(pages, None)
            except REFUSALS as error:
                if not isinstance(error, GongBadRequestError) or (request is piece.tries[-1] and not piece.optional):
                    self._refuse(piece, window, error)
                    return True
                continue
            with self._lock:
                self._answered.add(self._asked_of(piece))
            if first is not None:
                yield with_fields(first, piece.beside)
                yield from (with_fields(page, piece.beside) for page in pages)
            return True
        return False

    def _asked_of(self, piece: Piece) -> str:
        return str(next(iter(piece.beside.values()))) if self._way.each else ""

    def _refuse(self, piece: Piece, window: Window, error: GongRequestError) -> None:
        """Go on without a piece, unless all are refused; what is too long is asked for in shorter windows."""
        too_long = isinstance(error, GongBadRequestError) and window.range.length > self._context.settings.chunk
        if not self._way.each or too_long:
            raise error
        with self._lock:
            self._refused.setdefault(self._asked_of(piece), error)
            self._incomplete.add(window.number)
            if not self._answered and self._refused.keys() >= self._all_asked_of():
                raise error

    def _all_asked_of(self) -> set[str]:
        return {asked.split()[0] for asked in self._asked}

    @cached_property
    def _asked(self) -> tuple[str, ...]:
        """What is asked for one by one; the id of a row begins with it."""
        assert self._way.each is not None, "else nothing is asked for one by one"
        lists = lists_of(self._context)
        asked = (each for selection in self._context.workspaces() for each in self._way.each(selection, lists))
        return tuple("".join(f"{value} " for value in each.values()) for each in asked)

    def was_asked(self, key: str) -> bool:
        """Whether what is there under a key was asked for: of whom nobody asked about, nothing tells that it is gone.

        Args:
            key: Of a row of the stream.
        """
        return self._way.each is None or key.startswith(self._asked)

    def is_whole(self, window: Window) -> bool:
        """Whether nothing of a window was refused, or not asked for as the list that tells of it lacks something.

        Args:
            window: One that was read.
        """
        if self._way.each and (not self._asked or is_odd(self._stream, self._context)):
            return False
        with self._lock:
            return window.number not in self._incomplete

    def tell(self) -> None:
        """Set aside what was refused, once everything was read; what was refused by earlier runs leaves.

        Raises:
            GongTooManyRejected: More was refused than may be set aside.
        """
        name, context = self._stream.name, self._context
        tell_refused(self._stream, context, self._refused, some=True)
        if self._way.each and self._answered:
            asked = self._answered if context.settings.workspace_ids else context.rejected.selections(name)
            context.rejected.loaded(name, asked - self._refused.keys())
