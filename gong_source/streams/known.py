"""What the destination holds as Gong showed it, so that what did not change is not sent again."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import pyarrow as pa

from gong_source.ranges import moved, parse_instant
from gong_source.streams.pieces import Span
from gong_source.streams.question import Question
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Stream, Windows
from gong_source.tables.arrow import JsonDict, Shaped
from gong_source.tables.excluded import concerning
from gong_source.tables.hashes import even, hash_to_store, plain
from gong_source.tables.model import CONTENT_HASH, VALID_TO
from gong_source.tables.records import hash_column, record_hash, shape_records, version_hash
from gong_source.warehouse.overlaps import Worth
from gong_source.warehouse.queries import doubt
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later
from gong_source.warehouse.versions import KEPT, drop_copies

Known = Mapping[str, int | None]
"""Content hashes of what is there by key.

None where it is not known to be whole, odd where its lists may be of another version."""


Inside = Mapping[str, tuple[str, datetime | str]]
"""What belongs to some windows by key: for which selection, and when."""


def known_in(
    store: Store, stream: Stream, spans: Iterable[Span], workspaces: Sequence[str] = ()
) -> Later[tuple[Known, Inside]]:
    """Keys of the rows of some spans, with their content hashes; 0 where the key tells all that is in a row.

    Args:
        store: The dataset.
        stream: Whose root table is asked; it is read by windows.
        spans: What lies between them is left out.
        workspaces: Only rows of these, where there are any and the table tells.

    Returns:
        Hashes by key, also of rows within the margin of a span; and what lies within a span itself.
    """
    assert isinstance(stream.reads, Windows), "streams of other ways have no such spans"
    root, time = stream.tables[0], stream.reads.time
    condition = f" AND {time} >= {{first}} AND {time} < {{last}}"
    types = {column.name: column.type for column in root.columns}
    if workspaces and "workspace_id" in types:
        condition += f" AND ({' OR '.join(store.among('workspace_id', list(workspaces)))})"
    asked = []
    since: list[datetime] = []
    for span in spans:
        first, last = span.first, span.last
        if isinstance(first, datetime) and isinstance(last, datetime):
            first, last = moved(first, -span.margin), moved(last, span.margin)
        columns = {**_columns(stream), time: types[time]}
        if stream.reads.by_workspace and workspaces:  # each is read by windows of its own
            columns["workspace_id"] = "text"
        asked.append((span, store.later(columns, _source(stream) + condition, first=first, last=last)))
        if isinstance(first, datetime):
            since.append(first)

    worth = Worth(store, min(since, default=None) if len(stream.tables) > 1 else None)

    def told() -> tuple[Known, Inside]:
        found: list[Sequence[Any]] = []
        inside: dict[str, tuple[str, datetime | str]] = {}
        for span, later in asked:
            rows = later()
            found += rows
            for key, _, _, _, value, *workspace in rows:
                at = parse_instant(value) if isinstance(span.first, datetime) else str(value)
                if span.holds(at):
                    inside[str(key)] = (str(*workspace) or EVERYTHING, at)
        return _hashes(stream, found, worth), inside

    return told


def known_at_all(store: Store, stream: Stream, column: str = "", values: Sequence[str] = ()) -> Later[Known]:
    """Keys of all rows of a stream's root table, with their content hashes.

    Args:
        store: The dataset.
        stream: Whose root table is asked.
        column: Only rows with one of some values in this column.
        values: These values.
    """
    worth = Worth(store)
    if column:
        some = store.later(_columns(stream), f"{_source(stream)} AND {column} IN ({{values}})", values=values)
        return lambda: _hashes(stream, some(), worth)
    rows = store.later(_columns(stream), _source(stream))

    def told() -> Known:
        found = rows()
        if stream.tables[0].disposition == "scd2":
            copied = len(found) > len({row[:2] for row in found})
            if copied or any(str(row[2]).startswith(KEPT) for row in found):
                drop_copies(store, stream.tables[0])
        return _hashes(stream, found, worth)

    return told


def _columns(stream: Stream) -> dict[str, str]:
    """SQL of the columns that are asked for, with their types."""
    key, told = stream.tables[0].primary_key[0], hash_column(stream.tables) or "0"
    return {key: "text", told: "bigint", "_dlt_load_id": "text", "whole": "text"}


def _source(stream: Stream) -> str:
    root = stream.tables[0]
    present = f"{VALID_TO} IS NULL" if root.disposition == "scd2" else "1 = 1"
    return (
        f"{{{root.name}}} LEFT JOIN (SELECT load_id AS whole FROM {{_dlt_loads}} WHERE status = 0) l "
        f"ON whole = _dlt_load_id WHERE {present}"
    )


def _hashes(stream: Stream, rows: Sequence[Sequence[object]], worth: Worth) -> dict[str, int | None]:
    """What rows of a package that was never completed hold is not known, but that they are there is.

    But a version has no lists, so it is whole wherever it is, and one that did not change gets no later package. Where
    a record has several present ones, as two pipelines brought them at once, the next one ends the others.
    """
    found: dict[str, int | None] = {str(row[0]): None for row in rows}
    if stream.tables[0].disposition == "scd2":
        versions = {(str(row[0]), int(str(row[1]))) for row in rows if row[1] is not None}
        several = Counter(key for key, _ in versions)
        return {**found, **{key: value for key, value in versions if several[key] == 1}}
    told = [
        (str(key), int(str(value)), str(load_id))
        for key, value, load_id, whole, *_ in rows
        if value is not None and whole is not None
    ]
    if len(stream.tables) == 1:
        return {**found, **{key: plain(value) for key, value, _ in told}}
    return {**found, **worth.of(told)}


def doubt_changed(store: Store, stream: Stream, parts: Sequence[Shaped], there: Container[str]) -> None:
    """Forget the hashes of what is there and about to be loaded in another version, or to go.

    Args:
        store: Where it is.
        stream: What is loaded.
        parts: Rows that are handed over.
        there: Keys of what is there.
    """
    root = stream.tables[0]
    if len(stream.tables) > 1 and hash_column(stream.tables):
        keys = [key for part in parts if part.table is root for key in part.data[root.primary_key[0]].to_pylist()]
        doubt(store, root, [key for key in keys if key in there])


def changed_rows(
    records: Mapping[str, JsonDict],
    known: Known,
    stream: Stream,
    question: Question,
    **computed: Mapping[str, object],
) -> list[Shaped]:
    """Rows of the records that are new or changed, in all tables of a stream.

    Args:
        records: By key.
        known: Content hashes of what is there.
        stream: Whose tables they fill.
        question: What was asked for.
        **computed: Values of the root's columns that have no path, by key.
    """
    hashes: dict[str, int] = {}
    asked = _of_versions(stream, question) if stream.tables[0].disposition == "scd2" else []
    for key, record in records.items():
        own, there = [values[key] for values in computed.values()], known.get(key)
        if asked and there is not None and there in _as_ever_stored(record, asked, own):
            continue
        value = version_hash(record, asked[0], *own) if asked else record_hash(record, stream.tables, question, *own)
        if (stored := hash_to_store(value, there)) is not None:
            hashes[key] = stored
    if not hashes:
        return []
    columns = {name: [values[key] for key in hashes] for name, values in computed.items()}
    fresh = [records[key] for key in hashes]
    return shape_records(stream.tables, fresh, list(hashes), {**columns, CONTENT_HASH: list(hashes.values())})


def _of_versions(stream: Stream, question: Question) -> list[Question]:
    """What decides how a version looks; then what earlier releases took for it, as a release makes no version either.

    Neither which other records are listed nor what is left out of other tables makes another version of one.
    """
    excluded = question.get("exclude_columns") or []
    own = concerning(stream.tables, excluded)
    told = [(own, False), (own, True), (excluded, False), (excluded, True)]
    given = [{**dict.fromkeys(stream.question, more), "exclude_columns": without} for without, more in told]
    return [{name: each.get(name, value) for name, value in question.items()} for each in given]


def _as_ever_stored(record: JsonDict, asked: Iterable[Question], own: Iterable[object]) -> Iterator[int]:
    """The hashes that this release and earlier ones store of a version, this one's first."""
    return (version_hash(record, each, *own, times_as_sent=sent) for sent in (False, True) for each in asked)


def asked(part: Shaped, question: Question) -> Shaped:
    """Rows whose content hashes, if they have any, tell what was asked for too: it makes other rows of the same record.

    Args:
        part: Rows with hashes of the records alone.
        question: What was asked for.
    """
    if CONTENT_HASH not in part.data.column_names:
        return part
    mixed = even(hashlib.blake2b(orjson.dumps(question), digest_size=8).digest())
    hashes = [value ^ mixed for value in part.data[CONTENT_HASH].to_pylist()]
    data = part.data.set_column(part.data.column_names.index(CONTENT_HASH), CONTENT_HASH, pa.array(hashes, pa.int64()))
    return Shaped(part.table, data, part.extras)


def only(part: Shaped, rows: Sequence[int]) -> Shaped:
    """Some rows of a part.

    Args:
        part: Shaped rows.
        rows: Their positions.
    """
    extras = {name: [values[row] for row in rows] for name, values in part.extras.items()}
    return Shaped(part.table, part.data.take(pa.array(rows, pa.int64())), extras)
