"""Transcripts from the bytes of a page straight into columns, without a Python object for each sentence.

A page of 100 transcripts holds some 30,000 sentences: as Python objects they cost more than all else that a sync does.
Arrow's own JSON reader takes what Gong documents and nothing else; a page that holds anything more, or a value of
another type, is decoded as JSON and goes the way of :mod:`gong_source.resources.transcript_shapes`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from gong_source.answers import decode_object
from gong_source.arrow import ARROW_TYPES, JsonDict, Shaped, rows_of
from gong_source.tables import TRANSCRIPT_SENTENCES, TRANSCRIPTS

SENTENCE = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("text", pa.string())])
MONOLOGUE = pa.struct([("speakerId", pa.string()), ("topic", pa.string()), ("sentences", pa.list_(SENTENCE))])
ITEM = pa.struct([("callId", pa.string()), ("transcript", pa.list_(MONOLOGUE))])
COUNTS = ("totalRecords", "currentPageSize", "currentPageNumber")
ENVELOPE = pa.struct([*((name, pa.int64()) for name in COUNTS), ("cursor", pa.string())])
PAGE = pa.schema([("requestId", pa.string()), ("records", ENVELOPE), ("callTranscripts", pa.list_(ITEM))])
"""A page of POST calls/transcript, as Gong's specification has it."""


def decode_transcripts(body: bytes) -> JsonDict | None:
    """A page of POST calls/transcript, each item's ``transcript`` a list array of length one where that is possible.

    Args:
        body: Of a success.

    Returns:
        The page, or what :func:`~gong_source.answers.decode_object` makes of it where it is anything but documented.
    """
    page = _read(body)
    if page is None:
        return decode_object(body)
    items = page["callTranscripts"].combine_chunks()
    content: JsonDict = {name: page[name][0].as_py() for name in ("requestId", "records")}
    if items.null_count:
        return content
    items = items.flatten()
    ids, transcripts = items.field("callId").to_pylist(), items.field("transcript")
    listed = [{"callId": call_id, "transcript": transcripts.slice(row, 1)} for row, call_id in enumerate(ids)]
    return {**content, "callTranscripts": listed}


def _read(body: bytes) -> pa.Table | None:
    """One row that holds the page; None where there is anything that columns can't hold as it was sent."""
    if not (body[:1] == b"{" and body[-1:] == b"}"):  # a bare null crashes arrow's reader
        return None
    try:
        page = pj.read_json(
            pa.BufferReader(body),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(body) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=PAGE, newlines_in_values=True, unexpected_field_behavior="error"
            ),
        )
        page.validate(full=True)  # text that is not UTF-8
    except pa.ArrowException:
        return None
    return page if page.num_rows == 1 and _all_objects(page) else None


def _all_objects(page: pa.Table) -> bool:
    """Whether every list holds objects only: a null among them is told from an object only in JSON."""
    items = page["callTranscripts"].combine_chunks().flatten()
    monologues = items.field("transcript").flatten()
    return not any(level.null_count for level in (items, monologues, monologues.field("sentences").flatten()))


def count_sentences(transcript: pa.ListArray) -> int:
    """How many sentences a transcript holds.

    Args:
        transcript: Of length one.
    """
    return pc.sum(pc.list_value_length(pc.struct_field(transcript.flatten(), "sentences"))).as_py() or 0


def shape_columns(items: Sequence[JsonDict], started: Mapping[str, datetime | None]) -> list[Shaped]:
    """Rows of ``transcripts`` and ``transcript_sentences``.

    Args:
        items: Of :func:`decode_transcripts`, each with at least one sentence.
        started: When each call was recorded; transcripts carry no time of their own.
    """
    ids = [item["callId"] for item in items]
    transcripts = pa.concat_arrays([item["transcript"] for item in items])
    monologues = transcripts.flatten()
    spoken = pc.struct_field(monologues, "sentences")
    sentences = spoken.flatten()
    call_of_monologue = pc.list_parent_indices(transcripts)
    monologue_of = pc.list_parent_indices(spoken)
    call_of = pc.take(call_of_monologue, monologue_of)
    monologue_counts = pc.fill_null(pc.list_value_length(transcripts), 0).to_pylist()
    sentence_counts = _per_call(call_of, pa.nulls(len(call_of)), "count_all", len(ids))
    start, end, text = (pc.struct_field(sentences, name) for name in ("start", "end", "text"))
    times = pa.array([started.get(call_id) for call_id in ids], ARROW_TYPES["timestamp"])
    speakers, topics = (pc.struct_field(monologues, name) for name in ("speakerId", "topic"))
    rows = {
        "call_id": pc.take(pa.array(ids, pa.string()), call_of),
        "started": pc.take(times, call_of),
        "monologue_index": pc.subtract(monologue_of, pc.take(_starts(monologue_counts), call_of)),
        "sentence_index": _positions(sentence_counts),
        "speaker_id": pc.take(speakers, monologue_of),
        "topic": pc.take(topics, monologue_of),
        "start_ms": start,
        "end_ms": end,
        "text": text,
    }
    named = pc.if_else(pc.equal(speakers, ""), None, speakers)
    spoken_ms = _per_call(call_of, pc.subtract(end, start), "sum", len(ids))
    summary = {
        "call_id": ids,
        "started": times,
        "monologue_count": monologue_counts,
        "sentence_count": sentence_counts,
        "speaker_count": _per_call(call_of_monologue, named, "count_distinct", len(ids)),
        "spoken_seconds": [milliseconds / 1000 for milliseconds in spoken_ms],
    }
    return [
        Shaped(TRANSCRIPTS, rows_of(TRANSCRIPTS, summary, len(ids))),
        Shaped(TRANSCRIPT_SENTENCES, rows_of(TRANSCRIPT_SENTENCES, rows, len(sentences))),
    ]


def _per_call(call_of: pa.Array, values: pa.Array, function: str, calls: int) -> list[int]:
    """A number for each call over its values; 0 where it has none."""
    grouped = pa.table({"call": call_of, "value": values}).group_by("call", use_threads=False)
    found = grouped.aggregate([([], function) if function == "count_all" else ("value", function)]).to_pydict()
    by_call = dict(zip(found["call"], next(v for k, v in found.items() if k != "call"), strict=True))
    return [by_call.get(call) or 0 for call in range(calls)]


def _starts(counts: Sequence[int]) -> pa.Array:
    """Where each group begins in what lies behind one another."""
    total, starts = 0, []
    for count in counts:
        starts.append(total)
        total += count
    return pa.array(starts, pa.int64())


def _positions(counts: Sequence[Any]) -> pa.Array:
    """Positions from 0 within each group."""
    return pa.array([position for count in counts for position in range(count)], pa.int64())
