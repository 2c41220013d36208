"""Whether a window holds anything at all, of a stream that is asked day by day or month by month."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gong_source.api import Page
from gong_source.streams.context import ReadContext
from gong_source.streams.pieces import Piece, pieces_of, probes_of
from gong_source.streams.reader import Window
from gong_source.streams.snapshot import lists_of
from gong_source.streams.stream import Shape, Stream, Windows
from gong_source.streams.window_length import Held

WORTH = 20
"""Requests that a window takes for each that tells whether it holds anything, beyond which that is asked first."""


def probe(
    stream: Stream, context: ReadContext, window: Window, pages_of: Callable[[Piece], Iterable[Page]]
) -> Held | None:
    """Ask whether a window may have rows: a request for each thing that is asked about, until one has some.

    Gong sums up the days or months that it is asked for together, and tells nothing where nothing happened on any.

    Args:
        stream: One with a ``probe``.
        context: Its clock, and the lists of other streams.
        window: What is asked about.
        pages_of: Asks.

    Returns:
        That it is empty, or too long as it is not; None where it is to be read: a question is not worth a request, or
        a window no longer than a chunk has something.
    """
    assert isinstance(stream.reads, Windows), "streams of other ways have no such windows"
    assert stream.reads.shape is not None, "what is probed is shaped by a function of its own"
    lists, now = lists_of(context), context.clock()
    questions = [*probes_of(stream, window, now, lists)]
    long = window.range.length > context.settings.chunk
    if not long and sum(1 for _ in pieces_of(stream, window, now, lists)) <= WORTH * len(questions):
        return None
    for question in questions:
        if any(_may_have_rows(page, stream.reads.shape, window.selection) for page in pages_of(question)):
            return Held(0, too_long=True) if long else None
    return Held(0)


def _may_have_rows(page: Page, shape: Shape, selection: str) -> bool:
    try:
        return bool(page.others) or any(part.data.num_rows or part.odd for part in shape(page.records, selection))
    except Exception:  # what is odd is dealt with where it is read
        return True
