"""Whether a dataset is sound: what it lost, its keys, what belongs to what, its ranges, and calls beside Gong's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dlt.common.typing import TAnyDateTime
from dlt.pipeline.pipeline import Pipeline

from gong_source.ranges import UTC, Range, RangeSet
from gong_source.runs.compare import listed_calls
from gong_source.runs.coverage import Coverage
from gong_source.source import make_context
from gong_source.streams.all import STREAMS
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.calls.parts import is_private
from gong_source.streams.calls.rows import call_fault
from gong_source.streams.company import check_key
from gong_source.streams.context import ReadContext
from gong_source.streams.reader import Window
from gong_source.streams.strays import brought_back
from gong_source.tables import (
    CALL_DELETIONS,
    CALL_LISTS,
    CALLS,
    CONTEXT_OBJECTS,
    TABLES,
    TRANSCRIPT_SENTENCES,
    TRANSCRIPTS,
    Table,
)
from gong_source.tables.arrow import JsonDict, as_text
from gong_source.tables.media import CALL_MEDIA
from gong_source.warehouse.losses import emptied
from gong_source.warehouse.made import made_by_any
from gong_source.warehouse.place import place_of, refuse_empty
from gong_source.warehouse.states import filled_by_any, pipeline_states
from gong_source.warehouse.store import COMPLETED, DLT_TABLES, Store

SAMPLE_DAYS = 7
"""Days that are compared with Gong, where nothing else is said."""

NAMED = 20
"""Rows that one problem names at the most."""

DAY = timedelta(days=1)

AGAIN = "the next sync reads again what Gong still shows"


@dataclass(frozen=True)
class Problem:
    """Something that should not be.

    Attributes:
        what: What is wrong, in a sentence that names the rows.
        table: Where.
        rows: Keys of the rows, or ranges; no more than :data:`NAMED`.
    """

    what: str
    table: str
    rows: tuple[str, ...]


@dataclass
class VerifyResult:
    """What was looked at, and what is wrong.

    Attributes:
        problems: What is wrong; none where the dataset is sound.
        tables: Tables whose keys were looked at.
        days: Days that were compared with Gong.
        where: Where the tables are.
    """

    problems: list[Problem] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``: plain values only."""
        problems = [{"what": each.what, "table": each.table, "rows": list(each.rows)} for each in self.problems]
        return {"problems": problems, "tables": self.tables, "days": self.days, "where": self.where}


def run_verify(
    pipeline: Pipeline,
    sample_days: int = SAMPLE_DAYS,
    *,
    start_date: TAnyDateTime | None = None,
    clock: Callable[[], datetime] | None = None,
    **settings: Any,
) -> VerifyResult:
    """Look whether a dataset is sound; nothing is changed.

    Args:
        pipeline: Destination and dataset.
        sample_days: Days whose calls are compared with Gong, a request for each with no more than 100 of them; with 0
            Gong is not asked, and no key is needed.
        start_date: The configured one where None; what was loaded counts, not what would be.
        clock: The current time.
        **settings: Further fields of :class:`~gong_source.config.GongSettings`.

    Raises:
        GongConfigError: There is no such dataset, a setting is missing, or the key is another company's.
        GongError: Gong or the destination can't be asked.
    """
    refuse_empty(pipeline)
    result = VerifyResult(where=place_of(pipeline))
    with Store(pipeline, reads=True) as store:
        look = _Look(store, result, (clock or (lambda: datetime.now(UTC)))())
        result.problems += [*look.lost(), *look.doubles(), *look.strays(), *look.holes()]
        if sample_days:
            name = pipeline.pipeline_name
            context = make_context(start_date, None, clock=clock, pipeline_name=name, **settings)
            with context.client:
                check_key(context, store)
                result.problems += [*look.late(context), *look.differences(context, sample_days)]
    return result


class _Look:
    """The queries of one verification."""

    def __init__(self, store: Store, result: VerifyResult, now: datetime) -> None:
        self._store = store
        self._result = result
        self._now = now
        self._columns = store.columns()
        self._states = pipeline_states(store)
        self._coverage = Coverage(self._states)

    def lost(self) -> Iterator[Problem]:
        """Tables that are not there any more, or without their rows or a column."""
        for name in sorted({*DLT_TABLES, *filled_by_any(self._states)} - self._columns.keys()):
            yield Problem(f"{name}: the table is not there any more; {AGAIN}", name, ())
        for name in sorted(emptied(self._store, self._columns.keys() & self._filled_by_all())()):
            yield Problem(f"{name}: it has no rows, and rows were loaded into it; {AGAIN}", name, ())
        made = made_by_any(self._store)
        for name in sorted(made.keys() & self._columns.keys()):
            lacking = sorted(made[name] - self._columns[name].keys())
            what = "columns that are not there any more"
            yield from _problem(name, what, ((each,) for each in lacking), f"; {AGAIN}")

    def _filled_by_all(self) -> set[str]:
        """First tables of streams that all pipelines filled which know these: one that emptied a table forgets it."""
        found = set()
        for stream in STREAMS:
            known = [state.resources[stream.name] for state in self._states if stream.name in state.resources]
            if known and all(stream.tables[0].name in each.get("filled", ()) for each in known):
                found.add(stream.tables[0].name)
        return found

    def doubles(self) -> Iterator[Problem]:
        """Keys that several rows share."""
        for table in TABLES:
            key = table.primary_key
            if not key or not set(key) <= self._columns.get(table.name, {}).keys():
                continue
            self._result.tables.append(table.name)
            names = ", ".join(key)
            rows = self._store.rows(
                f"SELECT {names}, COUNT(*) FROM {{{table.name}}} GROUP BY {names} HAVING COUNT(*) > 1 "
                f"ORDER BY {names} LIMIT {NAMED}"
            )
            yield from _problem(table.name, f"keys ({names}) that several rows share", (row[:-1] for row in rows))

    def strays(self) -> Iterator[Problem]:
        """Parts without their whole, and transcripts whose sentences are not all there."""
        for part in (*CALL_LISTS, CONTEXT_OBJECTS):
            yield from self._without(part, CALLS, "id")
        yield from self._without(TRANSCRIPT_SENTENCES, TRANSCRIPTS, "call_id")
        if read := list(self._coverage.whole("calls")):  # transcripts can be loaded without the calls
            yield from self._without(
                TRANSCRIPTS, CALLS, "id", " OR ".join(f"({self._store.between('p.started', each)})" for each in read)
            )
        if self._there(TRANSCRIPTS, TRANSCRIPT_SENTENCES):
            rows = self._store.rows(
                "SELECT t.call_id FROM {transcripts} AS t "
                "LEFT JOIN {transcript_sentences} AS s ON s.call_id = t.call_id "
                "GROUP BY t.call_id, t.sentence_count HAVING COUNT(s.call_id) <> COALESCE(t.sentence_count, 0) "
                f"ORDER BY t.call_id LIMIT {NAMED}"
            )
            yield from _problem(TRANSCRIPTS.name, "transcripts with more or fewer sentences than they count", rows)

    def holes(self) -> Iterator[Problem]:
        """Ranges that no pipeline read, between such as were read."""
        for stream in STREAMS:
            for selection, gaps in self._coverage.gaps(stream, self._now).items():
                which = "" if selection == "*" else f" of {selection}"
                yield from _problem(stream.name, f"ranges{which} that were not read", ((gap,) for gap in gaps))

    def late(self, context: ReadContext) -> Iterator[Problem]:
        """Recordings that another run brought after a reconcile had deleted their calls."""
        if self._there(CALL_MEDIA, CALL_DELETIONS, CALLS) and not context.settings.keep_media:
            late = brought_back(context, self._store, {CALL_MEDIA.name: CALL_MEDIA.call_column})
            calls = [(call_id,) for call_id in sorted(late)]
            yield from _problem(CALL_MEDIA.name, "recordings that came after their calls were found deleted", calls)

    def differences(self, context: ReadContext, sample_days: int) -> Iterator[Problem]:
        """Calls of some days that Gong shows and that are not there, or the other way round."""
        if not self._there(CALLS):
            return
        settled = Range(datetime(1970, 1, 1, tzinfo=UTC), self._now - context.settings.lookback)
        days = _whole_days(self._coverage.whole("calls") & RangeSet([settled]))
        for day in _sample(days, sample_days):
            self._result.days.append(f"{day.start:%Y-%m-%d}")
            yield from self._of_day(context, day)

    def _of_day(self, context: ReadContext, day: Range) -> Iterator[Problem]:
        condition = f"{self._store.between('started', day)} AND deleted_at IS NULL AND {COMPLETED}"
        if context.settings.workspace_ids:
            chosen = self._store.among("workspace_id", context.settings.workspace_ids)
            condition += f" AND ({' OR '.join(chosen)})"
        here = {row[0] for row in self._store.rows(f"SELECT id FROM {{calls}} WHERE {condition}")}
        total, listed = _counted(context, day)
        if total == len(here) != len(listed):
            return
        if total != len(listed):
            listed = listed_calls(context, day)
        purged = context.purged(self._store).calls
        kept = {
            call_id
            for call_id, call in listed.items()
            if call_id not in purged and (context.settings.include_private_calls or not is_private(call))
        }
        date = f"{day.start:%Y-%m-%d}"
        repair = f"; repaired by: gong-source reconcile --start-date {date} --end-date {day.end:%Y-%m-%d}"
        missing, more = ([(key,) for key in sorted(keys)] for keys in (kept - here, here - kept))
        yield from _problem(CALLS.name, f"{len(missing)} calls of {date} in Gong, not here", missing, repair)
        yield from _problem(CALLS.name, f"{len(more)} calls of {date} here, not in Gong", more, repair)

    def _without(self, part: Table, whole: Table, key: str, condition: str = "1 = 1") -> Iterator[Problem]:
        if self._there(part, whole):
            rows = self._store.rows(
                f"SELECT DISTINCT p.call_id FROM {{{part.name}}} AS p LEFT JOIN {{{whole.name}}} AS w "
                f"ON w.{key} = p.call_id WHERE w.{key} IS NULL AND ({condition}) ORDER BY p.call_id LIMIT {NAMED}"
            )
            yield from _problem(part.name, f"rows of calls that are not in {whole.name}", rows)

    def _there(self, *tables: Table) -> bool:
        return all(table.name in self._columns for table in tables)


def _problem(table: str, what: str, rows: Iterable[Sequence[Any]], advice: str = "") -> Iterator[Problem]:
    if named := tuple(" ".join(map(str, row)) for row in rows)[:NAMED]:
        yield Problem(f"{table}: {what}: {', '.join(named)}{advice}", table, named)


def _counted(context: ReadContext, day: Range) -> tuple[int, dict[str, JsonDict]]:
    """How many calls Gong says a day has, and those of the first pages: all of them, where they are few."""
    total, first = 0, {}
    stream = context.streams["calls"]
    for selection in context.workspaces():
        request = calls_request(stream, Window(selection, day))
        page = next(context.client.pages(stream.endpoint, window=str(day), keep_others=True, **request), None)
        items = page.items if page else []
        basics = [call["metaData"] for call in page.records if not call_fault(call)] if page else []
        first.update({as_text(basic["id"]): basic for basic in basics})
        total += len(items) if page is None or page.total is None else page.total
    return total, first


def _whole_days(ranges: RangeSet) -> list[Range]:
    """The UTC days that lie in ranges as a whole."""
    days = []
    for each in ranges:
        start = each.start.replace(hour=0, minute=0, second=0, microsecond=0)
        start += DAY if start < each.start else timedelta()
        days += [day for day in Range(start, max(start, each.end)).split(DAY) if day.length == DAY]
    return days


def _sample(days: Sequence[Range], count: int) -> list[Range]:
    """So many days, spread evenly over all, the first and the last among them."""
    if len(days) <= count or count < 2:
        return list(days[-count:])
    return [days[round(number * (len(days) - 1) / (count - 1))] for number in range(count)]
