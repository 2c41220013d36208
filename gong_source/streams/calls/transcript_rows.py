"""Transcripts as decoded JSON into rows: for pages that hold anything beyond what Gong documents.

The usual page goes the way of :mod:`gong_source.streams.calls.transcript_columns`, with the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from gong_source.streams.faults import no_key
from gong_source.tables.arrow import JsonDict, Shaped, as_text, shape
from gong_source.tables.model import DataType
from gong_source.tables.others import TRANSCRIPT_SENTENCES, TRANSCRIPTS
from gong_source.tables.values import ARROW_TYPES

MONOLOGUE_KEYS = frozenset({"speakerId", "topic", "sentences"})


def shape_transcripts(items: Sequence[JsonDict], started: Mapping[str, datetime | None]) -> list[Shaped]:
    """Rows of ``transcripts`` and ``transcript_sentences``.

    Args:
        items: Items of POST calls/transcript that hold at least one sentence.
        started: When each call was recorded; transcripts carry no time of their own.
    """
    sentences: list[JsonDict] = []
    monologues: list[JsonDict] = []  # of all items, with their positions and where their sentences end
    indexes: list[int] = []
    ends: list[int] = []
    item_ends: list[int] = []
    summary: dict[str, list[Any]] = {name: [] for name in ("started", "monologue_count", "speaker_count")}
    for item in items:
        own = _monologues(item)
        for monologue in own:
            sentences += _sentences(monologue)
            ends.append(len(sentences))
        monologues += own
        indexes += range(len(own))
        item_ends.append(len(sentences))
        summary["started"].append(started.get(item["callId"]))
        summary["monologue_count"].append(len(own))
        summary["speaker_count"].append(len({as_text(m["speakerId"]) for m in own if m.get("speakerId")}))
    counts = [end - begin for begin, end in zip([0, *item_ends], item_ends, strict=False)]
    columns: dict[str, Sequence[Any]] = {
        "call_id": _repeated([item["callId"] for item in items], item_ends, "text"),
        "started": _repeated(summary["started"], item_ends, "timestamp"),
        "monologue_index": _repeated(indexes, ends, "bigint"),
        "sentence_index": [position for count in counts for position in range(count)],
        "speaker_id": _repeated([_text(m.get("speakerId")) for m in monologues], ends, "text"),
        "topic": _repeated([_text(m.get("topic")) for m in monologues], ends, "text"),
    }
    rows = shape(TRANSCRIPT_SENTENCES, sentences, columns)
    for key in set().union(*monologues) - MONOLOGUE_KEYS:
        values = [m.get(key) for m in monologues]
        name = f"monologue__{key}"
        while name in rows.extras:  # a field of the sentences themselves
            name += "_x"
        rows.extras[name] = [
            value for value, begin, end in zip(values, [0, *ends], ends, strict=False) for _ in range(begin, end)
        ]
    lengths = pc.subtract(rows.data["end_ms"], rows.data["start_ms"])
    spoken = [pc.sum(lengths.slice(end - n, n)).as_py() or 0 for end, n in zip(item_ends, counts, strict=True)]
    summary["sentence_count"] = counts
    summary["spoken_seconds"] = [milliseconds / 1000 for milliseconds in spoken]
    return [shape(TRANSCRIPTS, items, summary), rows]


def _repeated(values: Sequence[Any], ends: Sequence[int], kind: DataType) -> Any:
    """An array that holds each value up to its end, exclusive; a value with no room is left out."""
    runs = [(value, end) for value, begin, end in zip(values, [0, *ends], ends, strict=False) if begin < end]
    encoded = pa.RunEndEncodedArray.from_arrays(
        pa.array([end for _, end in runs], pa.int32()), pa.array([value for value, _ in runs], ARROW_TYPES[kind])
    )
    return pc.run_end_decode(encoded)


def sentence_count(item: JsonDict) -> int:
    """How many sentences an item of POST calls/transcript holds.

    Args:
        item: As Gong sent it.
    """
    return sum(len(_sentences(monologue)) for monologue in _monologues(item))


def transcript_fault(item: JsonDict) -> str:
    """What keeps a transcript from being loaded: it does not tell its call, is none, or lacks some of what was said.

    Args:
        item: As Gong sent it, or read into columns.
    """
    told = item.get("transcript")
    if reason := no_key("callId")(item):
        return reason
    if told is not None and not isinstance(told, (list, pa.Array)):
        return "its transcript is no list"
    return "a monologue came without its sentences" if _lacks_sentences(told) else ""


def has_transcript(item: JsonDict) -> bool:
    """Whether an item tells what was said, be it nothing: an empty list is an answer, none at all is not.

    Args:
        item: As Gong sent it, or read into columns.
    """
    told = item.get("transcript")
    return not told.null_count if isinstance(told, pa.Array) else told is not None


def _lacks_sentences(told: Any) -> bool:
    """Whether a monologue has no list of sentences; one that is empty is one."""
    if isinstance(told, pa.Array):
        return bool(pc.struct_field(told.flatten(), "sentences").null_count)
    return any(isinstance(monologue, dict) and monologue.get("sentences") is None for monologue in told or ())


def _monologues(item: JsonDict) -> list[JsonDict]:
    """The monologues of a transcript; what is none is kept as the text of a sentence."""
    listed = item.get("transcript")
    found = [each for each in listed if each is not None] if isinstance(listed, list) else []
    return [each if isinstance(each, dict) else {"sentences": [each]} for each in found]


def _sentences(monologue: JsonDict) -> list[JsonDict]:
    """The sentences of a monologue; what is no sentence is kept as the text of one."""
    value = monologue.get("sentences")
    if type(value) is list and set(map(type, value)) <= {dict}:  # nearly always
        return value
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, dict) else {"text": as_text(item)} for item in items if item is not None]


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)
