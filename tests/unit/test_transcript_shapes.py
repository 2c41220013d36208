"""Transcripts become a row each and a row for each sentence, in order and with nothing lost."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC
from gong_source.streams.calls.transcript_rows import sentence_count, shape_transcripts, transcript_fault
from gong_source.tables.arrow import Shaped

STARTED = datetime(2024, 2, 29, 12, tzinfo=UTC)

sentences = st.fixed_dictionaries(
    {"start": st.integers(0, 10**7), "end": st.integers(0, 10**7), "text": st.text("ab ", max_size=5)}
)
monologues = st.fixed_dictionaries(
    {"speakerId": st.sampled_from(["s1", "s2", None])},
    optional={
        "topic": st.sampled_from(["Price", None]),
        "sentences": st.none() | st.lists(sentences, max_size=3),
        "mood": st.sampled_from(["calm", "loud"]),
        "pace": st.integers(0, 9),
    },
)
transcripts = st.lists(monologues, max_size=4)


def item(call_id: str, *spoken: dict[str, Any]) -> dict[str, Any]:
    return {"callId": call_id, "transcript": list(spoken)}


def said(*starts: int, speaker: str | None = "s1", **more: Any) -> dict[str, Any]:
    """A monologue of sentences of half a second each."""
    return {
        "speakerId": speaker,
        "topic": None,
        "sentences": [{"start": start, "end": start + 500, "text": f"at {start}"} for start in starts],
        **more,
    }


def rows(shaped: Shaped) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = shaped.data.to_pylist()
    return listed


def test_indexes_and_counts():
    items = [
        item("c1", said(0, 600, topic="Price"), said(), said(1500, speaker="s2"), said(2500, speaker=None)),
        item("c2", said(7, speaker="s9")),
    ]
    summary, spoken = shape_transcripts(items, {"c1": STARTED})
    assert [
        (
            row["call_id"],
            row["monologue_index"],
            row["sentence_index"],
            row["speaker_id"],
            row["topic"],
            row["start_ms"],
        )
        for row in rows(spoken)
    ] == [
        ("c1", 0, 0, "s1", "Price", 0),
        ("c1", 0, 1, "s1", "Price", 600),
        ("c1", 2, 2, "s2", None, 1500),
        ("c1", 3, 3, None, None, 2500),
        ("c2", 0, 0, "s9", None, 7),
    ]
    assert [row["started"] for row in rows(spoken)] == [STARTED] * 4 + [None]
    assert [(row["text"], row["end_ms"]) for row in rows(spoken)][1] == ("at 600", 1100)
    first, second = rows(summary)
    assert (first["call_id"], first["started"]) == ("c1", STARTED)
    assert (first["monologue_count"], first["sentence_count"], first["speaker_count"]) == (4, 4, 2)
    assert (first["spoken_seconds"], second["spoken_seconds"]) == (2.0, 0.5)
    assert (second["call_id"], second["started"], second["sentence_count"]) == ("c2", None, 1)


def test_unknown_fields_stay_with_their_rows():
    sentence = {"start": 1, "end": 2, "text": "x", "tone": "warm"}
    items = [
        item("c1", said(1, 2), {**said(3), "mood": "calm"}, {**said(), "mood": "unheard"}),
        item("c2", {**said(4, 5), "mood": "loud", "sentences": [said(4)["sentences"][0], sentence]}, said(6)),
    ]
    items[1]["language"] = "en"
    summary, spoken = shape_transcripts(items, {})
    assert summary.extras == {"language": [None, "en"]}
    assert spoken.extras == {
        "monologue__mood": [None, None, "calm", "loud", "loud", None],
        "tone": [None, None, None, None, "warm", None],
    }


@given(st.lists(transcripts, max_size=4))
def test_every_sentence_has_its_row_and_every_unknown_field_its_place(spoken: list[list[dict[str, Any]]]):
    items = [{"callId": f"c{number}", "transcript": transcript} for number, transcript in enumerate(spoken)]
    summary, shaped = shape_transcripts(items, {})
    expected = [
        (
            f"c{number}",
            place,
            monologue["speakerId"],
            monologue.get("topic"),
            monologue.get("mood"),
            monologue.get("pace"),
        )
        + (sentence["start"], sentence["end"], sentence["text"])
        for number, transcript in enumerate(spoken)
        for place, monologue in enumerate(transcript)
        for sentence in monologue.get("sentences") or []
    ]
    nothing = [None] * len(expected)
    moods, paces = (shaped.extras.get(f"monologue__{name}", nothing) for name in ("mood", "pace"))
    names = ("call_id", "monologue_index", "speaker_id", "topic", "start_ms", "end_ms", "text")
    assert [
        (*(row[name] for name in names[:4]), mood, pace, *(row[name] for name in names[4:]))
        for row, mood, pace in zip(rows(shaped), moods, paces, strict=True)
    ] == expected
    counts = [sentence_count(transcript) for transcript in items]
    assert [row["sentence_count"] for row in rows(summary)] == counts
    assert [row["sentence_index"] for row in rows(shaped)] == [index for count in counts for index in range(count)]
    lengths = [
        sum(s["end"] - s["start"] for m in transcript for s in m.get("sentences") or []) for transcript in spoken
    ]
    assert [row["spoken_seconds"] for row in rows(summary)] == pytest.approx([length / 1000 for length in lengths])


def test_ids_that_come_as_numbers_keep_every_digit():
    _, spoken = shape_transcripts([item("c1", {**said(1), "speakerId": 2**64 - 1, "topic": 5})], {})
    assert [(row["speaker_id"], row["topic"]) for row in rows(spoken)] == [("18446744073709551615", "5")]


def test_times_of_a_wrong_type_are_kept_and_do_not_count():
    timeless = {"start": "early", "end": None, "text": "x"}
    summary, spoken = shape_transcripts([item("c1", {**said(), "sentences": [timeless, {"text": None}]}, said(0))], {})
    assert [row["start_ms"] for row in rows(spoken)] == [None, None, 0]
    assert spoken.extras == {"start_ms__v_text": ["early", None, None]}
    assert rows(summary)[0]["spoken_seconds"] == 0.5


def test_monologues_that_are_no_objects_do_not_stop_the_others_and_are_kept_as_text():
    summary, spoken = shape_transcripts([item("c1", None, said(1), "noise", ["more"])], {})  # type: ignore[arg-type]
    assert [row["start_ms"] for row in rows(spoken)] == [1, None, None]
    assert [row["text"] for row in rows(spoken)][1:] == ["noise", '["more"]']
    assert rows(summary)[0]["sentence_count"] == 3


def test_a_transcript_that_is_no_list_is_told_of_and_not_taken_for_none():
    for odd in ("text", 5, {}, {"a": 1}, True):
        assert transcript_fault({"callId": "c1", "transcript": odd}) == "its transcript is no list"
    assert not transcript_fault({"callId": "c1", "transcript": None})
    assert not transcript_fault({"callId": "c1"})
    assert transcript_fault({"transcript": []}) == "it has no callId"


@pytest.mark.parametrize("lacking", [{"speakerId": "1"}, {"speakerId": "1", "sentences": None}], ids=repr)
def test_a_monologue_without_its_list_of_sentences_is_told_of(lacking: Any):
    assert transcript_fault(item("c1", said(1), lacking)) == "a monologue came without its sentences"
    assert not transcript_fault(item("c1", said(1), {**lacking, "sentences": []}))


@pytest.mark.parametrize("odd", ["one sentence", {"start": 1}, 5], ids=repr)
def test_sentences_that_are_no_list_do_not_stop_the_others(odd: Any):
    broken = item("c1", {**said(), "sentences": odd}, said(1))
    assert sentence_count(broken) >= 1
    _, spoken = shape_transcripts([broken], {})
    assert 1 in [row["start_ms"] for row in rows(spoken)]


def test_a_sentence_that_is_no_object_does_not_stop_the_others():
    _, spoken = shape_transcripts([item("c1", {**said(), "sentences": ["hello", None]}, said(1))], {})
    assert 1 in [row["start_ms"] for row in rows(spoken)]


@pytest.mark.parametrize(
    ("transcript", "count"),
    [(None, 0), ([], 0), ("text", 0), ({}, 0), ([None, 5], 1), ([said()], 0), ([{"sentences": None}], 0), ([{}], 0)]
    + [([said(1, 2), said(3)], 3)],
    ids=str,
)
def test_sentence_count(transcript: Any, count: int):
    assert sentence_count({"callId": "c1", "transcript": transcript}) == count
    assert sentence_count({"callId": "c1"}) == 0


def test_a_speaker_that_is_no_text_costs_no_batch():
    summary, spoken = shape_transcripts([item("c1", {**said(1), "speakerId": [1]}, {**said(1), "speakerId": {}})], {})
    assert summary.data["speaker_count"].to_pylist() == [1]
    assert spoken.data["speaker_id"].to_pylist() == ["[1]", "{}"]
