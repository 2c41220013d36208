"""The hash of a transcript: the same whichever way it was read, another one for every change."""

import copy
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gong_source.api.answers import decode_object
from gong_source.ranges import UTC
from gong_source.streams.calls import transcript_hash
from gong_source.streams.calls.transcript_columns import decode_transcripts, shape_columns
from gong_source.streams.calls.transcript_rows import sentence_count, shape_transcripts
from gong_source.tables.arrow import Shaped
from gong_source.tables.model import CONTENT_HASH

steady = settings(max_examples=50)
STARTED = datetime(2026, 11, 27, 12, tzinfo=UTC)

numbers = st.none() | st.integers(-(10**9), 10**9)
texts = st.none() | st.sampled_from(["", "a", "aa", "\u00e9\U0001f600"]) | st.text(max_size=4)
sentences = st.fixed_dictionaries({"start": numbers, "end": numbers, "text": texts.filter(lambda text: text != "\0")})
monologues = st.fixed_dictionaries(
    {"speakerId": st.sampled_from([None, "", "s1", "s2"]), "topic": st.sampled_from([None, "", "Price"])}
    | {"sentences": st.lists(sentences, min_size=1, max_size=3)}
)
transcripts = st.lists(monologues, min_size=1, max_size=3)

SPOKEN = [
    {"speakerId": "s1", "topic": "Price", "sentences": [{"start": 0, "end": 5, "text": "Hello."}]},
    {
        "speakerId": "s2",
        "topic": None,
        "sentences": [{"start": 5, "end": 9, "text": "Yes."}, {"start": 9, "end": 11, "text": "No."}],
    },
]


def page(*spoken: Any) -> bytes:
    items = [{"callId": f"c{number}", "transcript": transcript} for number, transcript in enumerate(spoken)]
    return json.dumps({"requestId": "r1", "callTranscripts": items}).encode()


def shaped(*spoken: Any, columns: bool = True, started: datetime | None = STARTED) -> list[Shaped]:
    """Rows of transcripts, read into columns or as objects."""
    times = {f"c{number}": started for number in range(len(spoken))}
    content = (decode_transcripts if columns else decode_object)(page(*spoken))
    assert content is not None
    return (shape_columns if columns else shape_transcripts)(content["callTranscripts"], times)


def changed_transcripts(parts: list[Shaped], known: dict[str, int], **question: Any) -> list[Shaped]:
    """As a run does, for a question of no settings where none are given."""
    return transcript_hash.changed_transcripts(parts, known, question)


def loaded(parts: list[Shaped]) -> dict[str, int]:
    """Hashes as they are loaded."""
    summary = parts[0].data
    return dict(zip(summary["call_id"].to_pylist(), summary["_content_hash"].to_pylist(), strict=True))


def hash_of(spoken: Any, columns: bool = True, started: datetime | None = STARTED) -> int:
    return loaded(changed_transcripts(shaped(spoken, columns=columns, started=started), {}))["c0"]


@steady
@given(st.lists(transcripts, min_size=1, max_size=4))
def test_is_the_same_by_columns_and_by_objects_alone_and_among_others(spoken: list[Any]):
    together = loaded(changed_transcripts(shaped(*spoken), {}))
    assert together == loaded(changed_transcripts(shaped(*spoken, columns=False), {}))
    assert list(together.values()) == [hash_of(transcript) for transcript in spoken]
    assert all(-(2**63) <= value < 2**63 for value in together.values())


@steady
@given(transcripts, transcripts, st.booleans())
def test_is_another_one_for_another_transcript(one: Any, other: Any, columns: bool):
    assume(sentence_count({"transcript": one}) and sentence_count({"transcript": other}))
    assert (hash_of(one) == hash_of(other, columns)) is (one == other)


def changed(place: tuple[Any, ...], value: Any) -> Any:
    """The transcript with another value in one place."""
    spoken = copy.deepcopy(SPOKEN)
    holder: Any = spoken
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = value
    return spoken


@pytest.mark.parametrize("columns", [True, False], ids=["columns", "objects"])
@pytest.mark.parametrize(
    "other",
    [
        changed((0, "speakerId"), "s2"),
        changed((0, "speakerId"), None),
        changed((0, "topic"), "Terms"),
        changed((1, "topic"), ""),
        changed((0, "sentences", 0, "start"), 1),
        changed((0, "sentences", 0, "end"), None),
        changed((1, "sentences", 1, "text"), "No"),
        changed((1, "sentences", 1, "text"), None),
        changed((1, "sentences"), [{"start": 9, "end": 11, "text": "No."}, {"start": 5, "end": 9, "text": "Yes."}]),
        changed((1, "sentences"), SPOKEN[1]["sentences"][:1]),  # type: ignore[index]
        changed((1, "sentences"), [{"start": 5, "end": 9, "text": "Yes.No"}, {"start": 9, "end": 11, "text": "."}]),
        SPOKEN[::-1],
        SPOKEN[:1],
        [*SPOKEN, SPOKEN[0]],
        [SPOKEN[0], {"speakerId": "s9", "topic": None, "sentences": []}, SPOKEN[1]],
        [*SPOKEN, {"speakerId": "s9", "topic": None, "sentences": []}],
        [SPOKEN[0], *({**SPOKEN[1], "sentences": [each]} for each in SPOKEN[1]["sentences"])],  # type: ignore[dict-item]
    ],
    ids=range(17),
)
def test_every_change_changes_it(other: Any, columns: bool):
    assert hash_of(other, columns) != hash_of(SPOKEN)


@pytest.mark.parametrize("started", [None, STARTED + timedelta(microseconds=1)], ids=str)
def test_another_start_of_the_call_changes_it(started: datetime | None):
    """The rows carry it: where it stayed behind, the transcript would be asked for again for ever."""
    assert hash_of(SPOKEN, started=started) != hash_of(SPOKEN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (changed((0, "mood"), "calm"), SPOKEN),
        (changed((0, "mood"), "calm"), changed((0, "mood"), "loud")),
        (changed((0, "mood"), "calm"), changed((1, "mood"), "calm")),
        (changed((0, "mood"), "calm"), changed((0, "pace"), "calm")),
        (changed((1, "sentences", 0, "tone"), 1), changed((1, "sentences", 1, "tone"), 1)),
        (changed((0, "sentences", 0, "start"), "early"), changed((0, "sentences", 0, "start"), "late")),
        (changed((0, "sentences", 0, "start"), "early"), changed((0, "sentences", 0, "start"), None)),
    ],
    ids=range(7),
)
def test_so_do_fields_that_nobody_declared(one: Any, other: Any):
    assert hash_of(one, columns=False) != hash_of(other, columns=False)


def test_fields_of_others_on_the_page_do_not_count():
    odd = changed((0, "mood"), "calm")
    both = loaded(changed_transcripts(shaped(SPOKEN, odd, SPOKEN, columns=False), {}))
    assert both["c0"] == both["c2"] == hash_of(SPOKEN)
    assert both["c1"] == hash_of(odd, columns=False) != both["c0"]


DIFFERENCE = {"same": 0, "doubted": 1, "changed": 2}


@steady
@given(st.lists(transcripts, min_size=1, max_size=4), st.data(), st.booleans())
def test_only_what_is_new_or_changed_brings_rows(spoken: list[Any], data: st.DataObject, columns: bool):
    whole = changed_transcripts(shaped(*spoken, columns=columns), {})
    hashes = loaded(whole)
    states = {key: data.draw(st.sampled_from([*DIFFERENCE, "new"])) for key in hashes}
    known = {key: hashes[key] + DIFFERENCE[states[key]] for key in hashes if states[key] != "new"}
    expected = {key for key in hashes if states[key] != "same"}
    parts = changed_transcripts(shaped(*spoken, columns=columns), known)
    assert bool(parts) is bool(expected)
    for part, all_rows in zip(parts, whole, strict=bool(parts)):
        rows = [row for row in all_rows.data.to_pylist() if row["call_id"] in expected]
        for row in rows:
            if CONTENT_HASH in row:
                row[CONTENT_HASH] += states[row["call_id"]] == "doubted"
        assert part.data.to_pylist() == rows


def test_extras_stay_beside_their_rows():
    odd = [{**SPOKEN[0], "mood": "calm"}, SPOKEN[1]]
    whole = changed_transcripts(shaped(SPOKEN, odd, columns=False), {})
    parts = changed_transcripts(shaped(SPOKEN, odd, columns=False), {"c0": loaded(whole)["c0"]})
    assert parts[0].data["call_id"].to_pylist() == ["c1"]
    assert parts[1].extras == {"monologue__mood": ["calm", None, None]}
