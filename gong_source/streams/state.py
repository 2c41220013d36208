"""What a pipeline remembers between runs, in dlt's state: a stream's own under its resource, the company's beside them.

A resource's state travels in the load package that carries its rows, and goes with its tables: dlt empties it when they
are dropped. What is true of the company and not of a table is kept in the source's state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from gong_source.ranges import Range, RangeSet, iso, parse_instant
from gong_source.streams.marks import Marks
from gong_source.streams.question import Question, asks_more, covers, key_of, narrowed
from gong_source.streams.stream import MASKS

WENT = "private_went"
"""Where the state of a stream that is not remembered by time keeps that no private call is there any more."""

EVERYTHING = "*"
"""Selection of a tenant's all workspaces, and of streams that have no selections."""


class StreamState:
    """What is remembered of one stream: which ranges were read, in answer to which question; a view over dlt's dict."""

    def __init__(self, raw: dict[str, Any], question: Question) -> None:
        """Look at a state.

        Args:
            raw: ``dlt.current.resource_state(name)``, or a copy of it.
            question: What the run at hand asks for.
        """
        self.raw = raw
        self._question = question

    def covered(self, selection: str) -> RangeSet:
        """The ranges that were read at all, for no smaller question."""
        return RangeSet(mark for marks in self._answering(selection) for mark in marks.covered)

    def settled(self, selection: str) -> RangeSet:
        """The ranges that need not be read again: read at least a look-back after their time."""
        return RangeSet(mark for marks in self._answering(selection) for mark in marks.settled)

    @property
    def at_all(self) -> RangeSet:
        """The ranges that were read of any selection, whatever the question."""
        return RangeSet(mark.range for _, _, marks in self._all() for mark in marks)

    @property
    def loads(self) -> set[str]:
        """The load packages that carried what was read."""
        read = self.raw.get("read", {})
        return {load_id for _, _, marks in self._all() for load_id in marks.loads} | {*filter(None, [read.get("load")])}

    @property
    def filled(self) -> set[str]:
        """Tables that rows were loaded into: were one of them empty, somebody else would have emptied it."""
        return set(self.raw.get("filled", ()))

    def fill(self, tables: Collection[str]) -> None:
        """Note that rows are loaded into tables.

        Args:
            tables: Their names.
        """
        if new := set(tables) - self.filled:
            self.raw["filled"] = sorted(self.filled | new)

    def mark_read(
        self,
        selection: str,
        window: Range,
        load_id: str,
        read_at: datetime,
        lookback: timedelta,
        confirmed: Collection[str] | None = None,
    ) -> None:
        """Note that a window was read to its end; what was read of it for a larger question is so no longer.

        Args:
            selection: Workspace id or log type; ``*`` for everything.
            window: What was read.
            load_id: The package that carries its rows.
            read_at: When its first page was asked for.
            lookback: How late rows may arrive.
            confirmed: As :meth:`Marks.add` has it.
        """
        key = key_of(self._question)
        for other, question, marks in list(self._all()):
            same = (other, question) == (selection, key)
            if not same and _overlap(other, selection) and not covers(self._question, self._questions[question]):
                marks.remove(RangeSet([window]))
                self._keep(other, question, marks)
        self.raw.setdefault("questions", {})[key] = self._question
        marks = Marks.from_state(self._ranges.get(selection, {}).get(key))
        marks.add(window, load_id, read_at, lookback, confirmed)
        self._keep(selection, key, marks)

    def drop_loads(self, gone: Collection[str]) -> RangeSet:
        """Forget what came with load packages that the destination does not hold.

        Args:
            gone: Their ids.

        Returns:
            What was forgotten.
        """
        lost = RangeSet()
        if self.raw.get("read", {}).get("load") in gone:
            del self.raw["read"]
        for selection, key, marks in list(self._all()):
            lost |= marks.drop_loads(gone)
            self._keep(selection, key, marks)
        return lost

    def forget(self, ranges: RangeSet) -> None:
        """Forget ranges, so that they are read again.

        Args:
            ranges: What counts as not read from now on.
        """
        for selection, key, marks in list(self._all()):
            marks.remove(ranges)
            self._keep(selection, key, marks)

    def hold_less(self, ranges: RangeSet, held: Mapping[str, Any], before: str = "") -> None:
        """Forget of some ranges what was read for more than their rows answer now.

        Args:
            ranges: Where rows were replaced or deleted.
            held: What rows answer there, as far as it is another question.
            before: The package that another pipeline did it with: only of what came before, and for all that it asked.
        """
        for selection, key, marks in list(self._all()):
            if asks_more(self._questions[key], held, comparable=bool(before)):
                newer = [mark for mark in marks if before and mark.load_id >= before]
                older = Marks(mark for mark in marks if not before or mark.load_id < before)
                self._keep(selection, key, Marks([*older.outside(ranges), *newer]))

    def look_back(self, lookback: timedelta, now: datetime) -> None:
        """Have the last look-back read again, whatever was settled: by a shorter one, or by a clock that was ahead.

        Args:
            lookback: How late rows may arrive, by the settings at hand.
            now: The current time.
        """
        for selection, key, marks in list(self._all()):
            marks.unsettle(now - lookback)
            self._keep(selection, key, marks)

    @property
    def holds_private(self) -> bool:
        """Whether private calls may be there, while the question at hand leaves them out.

        They were asked for, or nothing is remembered: of rows that are there all the same, nobody knows.
        """
        if self._question.get("include_private_calls") is not False:
            return False
        asked = self._questions.values()
        if not asked:
            return not self.raw.get(WENT)
        return any(question.get("include_private_calls") for question in asked)

    @property
    def asks_more(self) -> bool:
        """Whether the rows of something that was read hold less than is asked for now."""
        asked = {name: self._question.get(name) for name in MASKS}
        read = [{name: question.get(name) for name in MASKS} for question in self._questions.values()]
        return any(not covers(question, asked) for question in read)

    def private_went(self) -> None:
        """Note that no private call is there any more: what was read holds just the others."""
        self.narrow(narrowed)

    def narrow(self, smaller_of: Callable[[Question], Question], before: str = "") -> None:
        """Note that what was read holds less than was asked for.

        Args:
            smaller_of: Makes of a question the one that its rows still answer.
            before: Only of what came with older load packages than this one; of all where empty.
        """
        for selection, key, marks in list(self._all()):
            question = self._questions[key]
            smaller = smaller_of(question)
            newer = [mark for mark in marks if before and mark.load_id >= before]
            older = [mark for mark in marks if not before or mark.load_id < before]
            if smaller != question and older:
                self._keep(selection, key, Marks(newer))
                self.raw.setdefault("questions", {})[key_of(smaller)] = smaller
                known = Marks.from_state(self._ranges.get(selection, {}).get(key_of(smaller)))
                self._keep(selection, key_of(smaller), Marks([*Marks(older).outside(known.covered), *known]))

    def ranges(self) -> dict[str, list[list[str]]]:
        """The covered ranges of every selection, for reports."""
        selections = dict.fromkeys(selection for selection, _, _ in self._all())
        return {selection: self._covered_at_all(selection).to_state() for selection in selections}

    def _covered_at_all(self, selection: str) -> RangeSet:
        return RangeSet(mark.range for other, _, marks in self._all() if other == selection for mark in marks)

    def _answering(self, selection: str) -> Iterator[Marks]:
        """Marks of questions that hold the one at hand; what was read for all workspaces holds for each."""
        for other, key, marks in self._all():
            if other in (selection, EVERYTHING) and covers(self._questions[key], self._question):
                yield marks

    def _all(self) -> Iterator[tuple[str, str, Marks]]:
        for selection, questions in self._ranges.items():
            for key, marks in questions.items():
                yield selection, key, Marks.from_state(marks)

    def _keep(self, selection: str, key: str, marks: Marks) -> None:
        ranges = self.raw.setdefault("ranges", {})
        if marks:
            ranges.setdefault(selection, {})[key] = marks.to_state()
        elif selection in ranges:
            ranges[selection].pop(key, None)
            if not ranges[selection]:
                del ranges[selection]
        used = {name for questions in ranges.values() for name in questions}
        for name in set(self._questions) - used:
            del self._questions[name]

    @property
    def _ranges(self) -> dict[str, dict[str, Any]]:
        ranges: dict[str, dict[str, Any]] = self.raw.get("ranges", {})
        return ranges

    @property
    def _questions(self) -> dict[str, Question]:
        questions: dict[str, Question] = self.raw.get("questions", {})
        return questions


class CompanyState:
    """What is remembered of the company and of no table; a view over dlt's source state."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Look at a state.

        Args:
            raw: ``dlt.current.source_state()``, or a copy of it.
        """
        self.raw = raw

    def first_start(self, start: datetime, now: datetime) -> datetime:
        """Where the first run began; later ones that are given no start go on from there.

        Args:
            start: Where the run at hand begins, if it is the first.
            now: The current time. A first run that began after it had a clock that was ahead, and does not count.
        """
        known = self.raw.get("start_date")
        if known is None or parse_instant(known) > now:
            self.raw["start_date"] = known = iso(start.replace(microsecond=0))
        return parse_instant(known)

    def requests(self) -> tuple[str, int]:
        """UTC day and requests made on it, as the last run left them."""
        entry = self.raw.get("requests", {})
        return str(entry.get("day", "")), int(entry.get("used", 0))

    def note_requests(self, day: str, used: int) -> None:
        """Keep the day's count for the next process."""
        self.raw["requests"] = {"day": day, "used": used}

    @property
    def reconcile_next(self) -> datetime | None:
        """Where the next slice of a rolling reconcile begins."""
        value = self.raw.get("reconcile_next")
        return None if value is None else parse_instant(value)

    @reconcile_next.setter
    def reconcile_next(self, instant: datetime) -> None:
        """Keep where the next slice begins."""
        self.raw["reconcile_next"] = iso(instant)

    @property
    def company(self) -> dict[str, Any]:
        """Whose the tables are: ``key`` (a hash), ``host`` and ``workspaces`` (ids); empty before the first run."""
        company: dict[str, Any] = self.raw.get("company", {})
        return company

    @company.setter
    def company(self, company: dict[str, Any]) -> None:
        """Remember the company."""
        self.raw["company"] = company


def _overlap(one: str, other: str) -> bool:
    return one == other or EVERYTHING in (one, other)
