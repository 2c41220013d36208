"""Transcripts from the bytes of a page straight into columns, without a Python object for each sentence.

A page of 100 transcripts holds some 30,000 sentences: as Python objects they cost more than all else that a sync does.
Arrow's own JSON reader takes what Gong documents and nothing else; a page that holds anything more, or a value of
another type, is decoded as JSON and goes the way of :mod:`gong_source.streams.calls.transcript_rows`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from gong_source.api.decode import decode_object
from gong_source.tables.arrow import JsonDict, Shaped, rows_of
from gong_source.tables.others import TRANSCRIPT_SENTENCES, TRANSCRIPTS
from gong_source.tables.values import ARROW_TYPES

SENTENCE = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("text", pa.string())])
MONOLOGUE = pa.struct([("speakerId", pa.string()), ("topic", pa.string()), ("sentences", pa.list_(SENTENCE))])
ITEM = pa.struct([("callId", pa.string()), ("transcript", pa.list_(MONOLOGUE))])
COUNTS = ("totalRecords", "currentPageSize", "currentPageNumber")
ENVELOPE = pa.struct([*((name, pa.int64()) for name in COUNTS), ("cursor", pa.string())])
PAGE = pa.schema([("requestId", pa.string()), ("records", ENVELOPE), ("callTranscripts", pa.list_(ITEM))])
"""A page of POST calls/transcript, as Gong's specification has it."""
SENTENCE_COUNT = "sentenceCount"
"""Added to each item that was read into columns."""


def decode_transcripts(body: bytes) -> JsonDict | None:
    """A page of POST calls/transcript, each item's ``transcript`` a list array of length one where that is possible.

    Args:
        body: Of a success.

    Returns:
        The page, each item with the number of its sentences as :data:`SENTENCE_COUNT`; or what
        :func:`~gong_source.api.decode.decode_object` makes of it where it is anything but documented.
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
    counts = _sentence_counts(transcripts).to_pylist()
    listed = [
        {"callId": call_id, "transcript": transcripts.slice(row, 1), SENTENCE_COUNT: count}
        for row, (call_id, count) in enumerate(zip(ids, counts, strict=True))
    ]
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
    monologue_counts, sentence_counts = _sizes(transcripts), _sentence_counts(transcripts)
    start, end, text = (pc.struct_field(sentences, name) for name in ("start", "end", "text"))
    times = pa.array([started.get(call_id) for call_id in ids], ARROW_TYPES["timestamp"])
    speakers, topics = (pc.struct_field(monologues, name) for name in ("speakerId", "topic"))
    rows = {
        "call_id": pc.take(pa.array(ids, pa.string()), call_of),
        "started": pc.take(times, call_of),
        "monologue_index": pc.subtract(monologue_of, pc.take(_starts(monologue_counts), call_of)),
        "sentence_index": pc.subtract(_positions(len(sentences)), pc.take(_starts(sentence_counts), call_of)),
        "speaker_id": pc.take(speakers, monologue_of),
        "topic": pc.take(topics, monologue_of),
        "start_ms": start,
        "end_ms": end,
        "text": text,
    }
    spoken_ms = _sums(pc.subtract(end, start), sentence_counts)
    summary = {
        "call_id": ids,
        "started": times,
        "monologue_count": monologue_counts,
        "sentence_count": sentence_counts,
        "speaker_count": _speaker_counts(call_of_monologue, speakers, len(ids)),
        "spoken_seconds": pc.divide(spoken_ms.cast(pa.float64(), safe=False), 1000.0),
    }
    return [
        Shaped(TRANSCRIPTS, rows_of(TRANSCRIPTS, summary, len(ids))),
        Shaped(TRANSCRIPT_SENTENCES, rows_of(TRANSCRIPT_SENTENCES, rows, len(sentences))),
    ]


def _speaker_counts(call_of: pa.Array, speakers: pa.Array, calls: int) -> list[int]:
    """How many speakers each call has; those without a name are not counted."""
    named = pc.if_else(pc.equal(speakers, ""), None, speakers)
    grouped = pa.table({"call": call_of, "speaker": named}).group_by("call", use_threads=False)
    found = grouped.aggregate([("speaker", "count_distinct")]).to_pydict()
    by_call = dict(zip(found["call"], found["speaker_count_distinct"], strict=True))
    return [by_call.get(call, 0) for call in range(calls)]


def _sentence_counts(transcripts: pa.ListArray) -> pa.Array:
    """How many sentences each transcript holds."""
    return _sums(_sizes(pc.struct_field(transcripts.flatten(), "sentences")), _sizes(transcripts))


def _sizes(lists: pa.ListArray) -> pa.Array:
    """How much each list holds; nothing where it is null."""
    return pc.fill_null(pc.list_value_length(lists), 0).cast(pa.int64())


def _sums(values: pa.Array, sizes: pa.Array) -> pa.Array:
    """The sum of each group of values that lie behind one another; nulls count as 0."""
    totals = pa.concat_arrays([pa.array([0], pa.int64()), pc.cumulative_sum(pc.fill_null(values, 0))])
    starts = _starts(sizes)
    return pc.subtract(pc.take(totals, pc.add(starts, sizes)), pc.take(totals, starts))


def _starts(sizes: pa.Array) -> pa.Array:
    """Where each group begins in what lies behind one another."""
    return pc.subtract(pc.cumulative_sum(sizes), sizes)


def _positions(size: int) -> pa.Array:
    """The numbers from 0."""
    return pc.subtract(pc.cumulative_sum(pa.repeat(1, size)), 1)
