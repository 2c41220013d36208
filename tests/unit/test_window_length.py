"""How many windows it takes to read what a company may hold: few where there is little, chunks where there is much."""

from bisect import bisect_left
from datetime import datetime, timedelta

import pytest

from gong_source.ranges import UTC, Range
from gong_source.streams.window_length import MANY, WindowLength

END = datetime(2026, 11, 27, tzinfo=UTC)
DAY = timedelta(days=1)
CHUNK = 30 * DAY
YEARS = Range(datetime(1970, 1, 1, tzinfo=UTC), END)


def spread(number: int, days: float) -> list[datetime]:
    """Times of records, evenly over the last days."""
    return [END - days * DAY * (number - each) / number for each in range(number)]


def read_all(
    gap: Range,
    times: list[datetime],
    *,
    taken: timedelta = timedelta.max,
    probed: bool = False,
    longest: timedelta | None = None,
) -> list[tuple[timedelta, str]]:
    """What is asked for one after the other, of a Gong that takes ranges so long, until all of a gap is read.

    What is probed is read from its end.
    """
    length, asked = WindowLength(CHUNK, gap.length, longest, probed), list[tuple[timedelta, str]]()
    while not gap.empty:
        size = min(length.next(gap), gap.length)
        window = Range(gap.end - size, gap.end) if probed else Range(gap.start, gap.start + size)
        held = bisect_left(times, window.end) - bisect_left(times, window.start)
        if window.length > taken:
            length.refused(window)
            asked.append((window.length, "refused"))
        elif window.length > CHUNK and held > (0 if probed else MANY):
            length.too_long(window, 0 if probed else held)
            asked.append((window.length, "too long"))
        else:
            length.found(window, held)
            asked.append((window.length, "read"))
            gap = Range(gap.start, window.start) if probed else Range(window.end, gap.end)
    return asked


@pytest.mark.parametrize(
    ("gap", "times", "most"),
    [
        (YEARS, [], 1),
        (YEARS, spread(60, 30), 1),
        (YEARS, spread(60, 20_000), 1),
        (YEARS, spread(1_500, 90), 15),
        (YEARS, spread(20_000, 3_650), 143),
        (YEARS, spread(2_000, 20_000), 70),
        (Range(END - 90 * DAY, END), spread(1_500, 90), 3),
        (Range(END - 90 * DAY, END), [], 2),
        (Range(END - 3_650 * DAY, END), spread(20_000, 3_650), 123),
        (Range(END - 720 * DAY, END), spread(60, 720), 12),
    ],
)
def test_what_is_asked_for(gap: Range, times: list[datetime], most: int):
    asked = read_all(gap, times)
    assert len(asked) <= most, asked
    assert all(length >= CHUNK for length, outcome in asked if outcome != "read")


@pytest.mark.parametrize(
    ("times", "most", "questions"),
    [
        ([], 1, 1),
        (spread(60, 29), 4, 2),
        (spread(600, 90), 6, 2),
        (spread(5, 20_000)[:1] + spread(600, 90), 24, 15),  # a single record of 1972: halves down to it
        (spread(2_000, 20_000), 670, 2),  # as many as there are chunks, and no question for each
        (spread(200, 20_000), 1_050, 650),  # most chunks are empty: five windows for each record
    ],
)
def test_what_is_only_asked_whether_it_holds_anything_is_read_from_its_end(
    times: list[datetime], most: int, questions: int
):
    asked = read_all(YEARS, times, probed=True)
    assert len(asked) <= most, asked
    assert sum(length > CHUNK for length, _ in asked) <= questions


def test_chunks_are_read_side_by_side_once_two_in_a_row_hold_something():
    length = WindowLength(CHUNK, YEARS.length, probed=True)
    assert length.alone
    length.too_long(YEARS, 0)
    chunks = [Range(END - (number + 1) * CHUNK, END - number * CHUNK) for number in range(3)]
    waits = []
    for chunk, records in zip(chunks, (MANY, MANY, 0), strict=True):
        waits.append(length.alone)
        length.found(chunk, records)
    assert waits == [True, True, False]
    assert length.alone


def test_a_length_that_is_refused_is_not_tried_again():
    asked = read_all(YEARS, spread(60, 30), taken=90 * DAY)
    refused = [length for length, outcome in asked if outcome == "refused"]
    assert refused == [YEARS.length / 2**halved for halved in range(len(refused))]
    assert len(asked) <= len(refused) + YEARS.length / (45 * DAY) + 1


def test_no_window_is_longer_than_allowed():
    assert max(length for length, _ in read_all(YEARS, [], longest=730 * DAY)) == 730 * DAY


def test_lengths_of_windows_side_by_side_do_not_add_up():
    length = WindowLength(CHUNK, 600 * DAY)
    for start in range(0, 120, 30):
        length.found(Range(YEARS.start + start * DAY, YEARS.start + (start + 30) * DAY), 0)
    assert length.next(YEARS) == 2 * CHUNK
    assert length.alone
