"""Which transcripts are the same as when they were loaded: what is asked for again is mostly not loaded again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from gong_source.streams.known import only
from gong_source.streams.question import Question
from gong_source.tables.arrow import Shaped
from gong_source.tables.hashes import even, hash_to_store
from gong_source.tables.model import CONTENT_HASH

NUMBERS = ("monologue_index", "start_ms", "end_ms")
TEXTS = ("speaker_id", "topic", "text")

Digest = Callable[[bytes | memoryview], None]
Slice = Callable[[Digest, int, int], None]


def changed_transcripts(parts: Sequence[Shaped], known: Mapping[str, int], question: Question) -> list[Shaped]:
    """Rows of the transcripts that are new or changed, with the hashes that later runs compare.

    Args:
        parts: One row for each transcript; the rows of their sentences, in the same order.
        known: Content hashes of what the destination holds, by call id.
        question: What was asked for: another question makes other rows of the same transcript.
    """
    transcripts, sentences = parts
    ids = transcripts.data["call_id"].to_pylist()
    hashes = _hashes(transcripts, sentences, question)
    stored = [hash_to_store(value, known.get(key)) for key, value in zip(ids, hashes, strict=True)]
    index = transcripts.data.column_names.index(CONTENT_HASH)
    data = transcripts.data.set_column(index, CONTENT_HASH, pa.array(stored, pa.int64()))
    transcripts = Shaped(transcripts.table, data, transcripts.extras)
    changed = [row for row, value in enumerate(stored) if value is not None]
    if len(changed) == len(ids):
        return [transcripts, sentences]
    kept = {ids[row] for row in changed}
    rows = [row for row, key in enumerate(sentences.data["call_id"].to_pylist()) if key in kept]
    return [only(transcripts, changed), only(sentences, rows)] if changed else []


def _hashes(transcripts: Shaped, sentences: Shaped, question: Question) -> list[int]:
    """A number for each transcript that is another one when anything in it changed, whichever way it was read."""
    columns: list[Slice] = [_numbers(_whole(sentences.data[name])) for name in NUMBERS]
    columns += [_texts(_whole(sentences.data[name])) for name in TEXTS]
    hashes, start = [], 0
    told = transcripts.data.select(["sentence_count", "monologue_count", "speaker_count", "started"])
    summaries = told.set_column(3, "started", told["started"].cast(pa.int64())).to_pylist()
    for row, summary in enumerate(summaries):
        count = summary["sentence_count"]
        digest = hashlib.blake2b(orjson.dumps([*summary.values(), question]), digest_size=8)
        for column in columns:
            column(digest.update, start, start + count)
        for extras, first, last in ((sentences.extras, start, start + count), (transcripts.extras, row, row + 1)):
            for name in sorted(extras):
                if any(value is not None for value in extras[name][first:last]):
                    digest.update(orjson.dumps([name, extras[name][first:last]]))
        hashes.append(even(digest.digest()))
        start += count
    return hashes


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece that begins where its buffers do."""
    return pa.concat_arrays([*column.chunks, pa.array([], column.type)])


def _numbers(column: pa.Array) -> Slice:
    values = memoryview(pa.concat_arrays([pc.fill_null(column, -(2**62)), pa.array([0], column.type)]).buffers()[1])
    return lambda update, start, end: update(values[8 * start : 8 * end])


def _texts(column: pa.Array) -> Slice:
    filled = pa.concat_arrays([pc.fill_null(column, "\0"), pa.array([""], column.type)])
    _, offsets, data = filled.buffers()
    ends = memoryview(offsets).cast("B").cast("i")
    text = memoryview(data) if data is not None else memoryview(b"")

    def update_with(update: Digest, start: int, end: int) -> None:
        first = ends[start]
        update(orjson.dumps([ends[row] - first for row in range(start, end + 1)]))
        update(text[first : ends[end]])

    return update_with
