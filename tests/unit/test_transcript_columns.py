"""Transcripts read into columns are what they are as objects, for whatever a page holds."""

import json
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.answers import decode_object
from gong_source.ranges import UTC
from gong_source.streams.calls.transcript_columns import SENTENCE_COUNT, decode_transcripts, shape_columns
from gong_source.streams.calls.transcript_rows import sentence_count, shape_transcripts
from gong_source.tables.arrow import Shaped

STARTED = datetime(2024, 2, 29, 12, tzinfo=UTC)

numbers = st.none() | st.integers(-(2**63), 2**63 - 1)
texts = st.none() | st.sampled_from(["", "2024-02-29T12:00:00Z", "12", '"\\', "\x00"]) | st.text(max_size=5)
sentences = st.fixed_dictionaries({}, optional={"start": st.integers(0, 10**9), "end": numbers, "text": texts})
monologues = st.fixed_dictionaries(
    {}, optional={"speakerId": texts, "topic": texts, "sentences": st.none() | st.lists(sentences, max_size=3)}
)
transcripts = st.none() | st.lists(monologues, max_size=3)
odd = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["start", "text", "x"]), inner),
    max_leaves=4,
)


def page(*spoken: Any, **more: Any) -> bytes:
    items = [{"callId": f"c{number}", "transcript": transcript} for number, transcript in enumerate(spoken)]
    return json.dumps({"requestId": "r1", "callTranscripts": items, **more}).encode()


def said(*starts: Any, **more: Any) -> dict[str, Any]:
    return {
        "speakerId": "s1",
        "topic": None,
        "sentences": [{"start": s, "end": s, "text": "x"} for s in starts],
        **more,
    }


def is_columns(content: dict[str, Any] | None) -> bool:
    assert content is not None
    return all(isinstance(item["transcript"], pa.Array) for item in content["callTranscripts"])


def tables(shaped: list[Shaped]) -> list[tuple[str, pa.Schema, list[dict[str, Any]]]]:
    assert all(not part.extras for part in shaped)
    return [(part.table.name, part.data.schema, part.data.to_pylist()) for part in shaped]


@given(st.lists(transcripts, max_size=4))
def test_columns_hold_the_rows_that_objects_make(spoken: list[Any]):
    content = decode_transcripts(page(*spoken))
    assert content is not None
    assert is_columns(content)
    as_objects = decode_object(page(*spoken))
    assert as_objects is not None
    counts = [sentence_count(item) for item in as_objects["callTranscripts"]]
    assert [item[SENTENCE_COUNT] for item in content["callTranscripts"]] == counts
    kept = [number for number, count in enumerate(counts) if count]
    if kept:
        columns = [content["callTranscripts"][number] for number in kept]
        objects = [as_objects["callTranscripts"][number] for number in kept]
        times = {"c0": STARTED, "c2": STARTED}
        rows, expected = shape_columns(columns, times), shape_transcripts(objects, times)
        for found, wanted in zip(tables(rows), tables(expected), strict=True):
            assert found == wanted


def test_items_of_several_pages_are_one():
    first, second = (decode_transcripts(page([said(1, 2)], [said(5)])) for _ in range(2))
    assert first is not None
    assert second is not None
    items = [first["callTranscripts"][1], {**second["callTranscripts"][0], "callId": "other"}]
    summary, rows = shape_columns(items, {"other": STARTED})
    assert rows.data["call_id"].to_pylist() == ["c1", "other", "other"]
    assert rows.data["sentence_index"].to_pylist() == [0, 0, 1]
    assert rows.data["started"].to_pylist() == [None, STARTED, STARTED]
    assert summary.data["sentence_count"].to_pylist() == [1, 2]


def test_the_envelope_comes_with_the_columns():
    records = {"totalRecords": 300, "currentPageSize": 100, "currentPageNumber": 2, "cursor": "abc"}
    content = decode_transcripts(page([said(1)], records=records))
    assert content is not None
    assert (content["records"], content["requestId"]) == (records, "r1")
    assert decode_transcripts(b'{"callTranscripts": []}') == {"requestId": None, "records": None, "callTranscripts": []}


@pytest.mark.parametrize(
    "body",
    [
        page([said(1)], page=1),
        page([{**said(1), "mood": "calm"}]),
        page([{**said(), "sentences": [{"start": 1, "tone": "warm"}]}]),
        page([said(1.5)]),
        page([said("early")]),
        page([said(2**63)]),
        page([{**said(1), "speakerId": 7}]),
        page([None, said(1)]),
        page([{**said(), "sentences": [None]}]),
        page("spoken"),
        page([said(1)], callTranscripts={}),
        page([said(1)], requestId=5),
        page([said(1)]) + page([said(2)]),
        page([said(1)])[:-3],
        page([said(1)]) + b" and more",
        page([said(1, text="xx")]).replace(b"xx", b"\xff\xfe"),
        b"null",
        b"{",
        b"",
        b"[]",
        b" {} ",
        b'"text"',
        b"<html></html>",
    ],
)
def test_what_is_not_documented_is_decoded_as_json(body: bytes):
    assert decode_transcripts(body) == decode_object(body)


@given(st.lists(odd | transcripts, min_size=1, max_size=2), odd, st.sampled_from(["x", "records", "requestId"]))
def test_any_json_keeps_its_meaning(spoken: list[Any], value: Any, name: str):
    body = page(*spoken, **{name: value})
    content, expected = decode_transcripts(body), decode_object(body)
    assert content is not None
    assert expected is not None
    if not is_columns(content) or content == expected:
        assert content == expected
        return
    listed = [{"callId": i["callId"], "transcript": i["transcript"].to_pylist()[0]} for i in content["callTranscripts"]]
    assert without_nulls({**content, "callTranscripts": listed}) == without_nulls(expected)


def without_nulls(value: Any) -> Any:
    """A field that is null and one that is not there say the same."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value
