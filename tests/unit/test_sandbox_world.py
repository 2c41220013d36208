"""The made-up company: deterministic, plausible, and as untidy as real data."""

from __future__ import annotations

import re
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from itertools import chain, pairwise
from typing import Any

import pytest

from gong_source.sandbox import Sandbox, World
from gong_source.sandbox.clock import parse_stamp

END = datetime(2026, 3, 2, 12, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def world() -> World:
    return Sandbox(calls=300, users=30, end=END, sentences=30).world


@pytest.fixture(scope="module")
def calls(world: World) -> list[dict[str, Any]]:
    return [call.data for call in world.calls.values()]


def everything(**options: Any) -> list[Any]:
    world = Sandbox(calls=40, users=8, sentences=8, **options).world
    content = [(call.data, call.transcript) for call in world.calls.values()]
    return [content, world.users, world.logs, world.folders, world.folder_calls, world.scorecards, world.trackers]


def test_the_same_seed_and_end_make_the_same_company() -> None:
    assert everything(end=END, seed=3) == everything(end=END, seed=3)
    assert everything(end=END, seed=3) != everything(end=END, seed=4)


def test_lag_changes_times_of_arrival_only() -> None:
    assert everything(end=END, lag=True)[1:] == everything(end=END, lag=False)[1:]


def test_content_does_not_depend_on_what_was_read_before() -> None:
    one, two = (list(Sandbox(calls=10, users=4, end=END, sentences=8).world.calls.values()) for _ in range(2))
    forward = [(call.data, call.transcript) for call in one]
    backward = [(call.transcript, call.data) for call in reversed(two)]
    assert forward == [(data, transcript) for transcript, data in reversed(backward)]


def test_copies_are_handed_out(world: World) -> None:
    call = next(iter(world.calls.values()))
    call.data["metaData"]["title"] = "spoilt"
    assert call.data["metaData"]["title"] != "spoilt"


def test_the_history_is_where_it_was_ordered(world: World) -> None:
    for call in world.calls.values():
        assert END - timedelta(days=180) <= call.started
        assert call.started + timedelta(seconds=call.data["metaData"]["duration"]) <= END
    assert sum(call.started.weekday() < 5 for call in world.calls.values()) > 280


@pytest.mark.parametrize(
    "options", [{"days": 0.5}, {"days": 1, "end": "2026-03-01"}, {"users": 1}, {"calls": 0}], ids=str
)
def test_small_companies_can_be_made(options: dict[str, Any]) -> None:
    world = Sandbox(**{"calls": 20, "users": 3, "sentences": 3, **options}).world
    assert len(world.calls) == options.get("calls", 20)
    assert all(call.data["metaData"] for call in world.calls.values())


@pytest.mark.parametrize("options", [{"users": 0}, {"calls": -1}, {"days": 0}, {"sentences": 0}], ids=str)
def test_impossible_companies_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must"):
        Sandbox(**options)


def test_ids_are_long_and_unique(world: World, calls: list[dict[str, Any]]) -> None:
    parties = [party["id"] for call in calls for party in call.get("parties", [])]
    ids = [*world.calls, *world.users, *world.workspaces, *world.folders, *parties]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"\d{18,20}", key) and int(key) > 2**53 for key in ids)
    assert {len(key) for key in ids} == {18, 19, 20}


def test_time_stamps_are_written_in_many_ways(calls: list[dict[str, Any]]) -> None:
    stamps = [call["metaData"]["started"] for call in calls]
    assert {stamp[-6:] if stamp[-1] != "Z" else "Z" for stamp in stamps} >= {"-07:00", "+00:00", "Z", "+02:00"}
    assert {len(stamp.partition(".")[2].rstrip("Z").split("+")[0].split("-")[0]) for stamp in stamps} == {0, 3, 6}


def test_data_is_untidy_where_real_data_is(calls: list[dict[str, Any]]) -> None:
    parties = [party for call in calls for party in call.get("parties", [])]
    assert any("parties" not in call for call in calls)
    assert any(call["context"] == [] for call in calls)
    assert any(call["collaboration"] == {} for call in calls)
    assert any(party["speakerId"] is None for party in parties)
    assert any("userId" not in party for party in parties)
    assert {type(call["content"].get("callOutcome", "missing")) for call in calls} == {dict, type(None), str}
    assert any(call["metaData"]["isPrivate"] for call in calls)
    assert any("brief" not in call["content"] for call in calls)
    talk = [speaker["talkTime"] for call in calls for speaker in call["interaction"]["speakers"]]
    assert any(len(str(seconds)) > 12 for seconds in talk), "floats that were widened"


def test_comments_have_replies(calls: list[dict[str, Any]]) -> None:
    comments = [comment for call in calls for comment in call["collaboration"].get("publicComments", [])]
    known = {comment["id"] for comment in comments}
    replies = [comment for comment in comments if comment["inReplyTo"]]
    assert replies
    assert all(comment["inReplyTo"] in known for comment in replies)


def test_users_report_to_someone(world: World) -> None:
    managers = Counter(user["managerId"] for user in world.users.values())
    assert managers.pop(None) == 1
    assert set(managers) <= set(world.users)
    assert any(user["conferencingProviders"] is None for user in world.users.values())
    assert any(not user["active"] for user in world.users.values())
    assert len({user["emailAddress"] for user in world.users.values()}) == len(world.users)


def test_transcripts_hang_together(world: World) -> None:
    texts: Counter[str] = Counter()
    for call in world.calls.values():
        speakers = {party["speakerId"] for party in call.data.get("parties", [])}
        monologues = call.transcript or []
        sentences = list(chain.from_iterable(monologue["sentences"] for monologue in monologues))
        times = [(sentence["start"], sentence["end"]) for sentence in sentences]
        assert all(start < end for start, end in times)
        assert all(first[1] <= second[0] for first, second in pairwise(times))
        assert not times or times[-1][1] <= call.data["metaData"]["duration"] * 1000
        if speakers:
            assert {monologue["speakerId"] for monologue in monologues} <= speakers | {None}
        texts.update(sentence["text"] for sentence in sentences)
    assert not [text for text in texts if re.search(r"[{}|]", text)], "all names are filled in"
    assert len(texts) > 1500


def test_trackers_count_what_was_said(world: World) -> None:
    for call in list(world.calls.values())[:50]:
        said = [sentence for monologue in call.transcript or [] for sentence in monologue["sentences"]]
        moments = {sentence["start"] / 1000: sentence["text"] for sentence in said}
        for tracker in call.data["content"]["trackers"]:
            assert tracker["count"] == len(tracker["occurrences"])
            for phrase in tracker["phrases"] if said else []:
                for spot in phrase["occurrences"]:
                    assert phrase["phrase"].lower() in moments[spot["startTime"]].lower()


def test_some_calls_never_get_a_transcript(world: World) -> None:
    missing = sum(call.transcript is None for call in world.calls.values())
    assert 0.02 < missing / len(world.calls) < 0.12


def test_the_library_is_a_tree(world: World) -> None:
    def depth(folder: dict[str, Any]) -> int:
        parent = folder["parentFolderId"]
        return 1 if parent is None else 1 + depth(world.folders[parent])

    for workspace in world.workspaces:
        own = [world.folders[key] for key, home in world.folder_workspaces.items() if home == workspace]
        assert max(map(depth, own)) >= 3
    assert {entry["id"] for entries in world.folder_calls.values() for entry in entries} <= set(world.calls)


def test_logs_have_twins_and_strangers(world: World) -> None:
    for log_type, entries in world.logs.items():
        times = [parse_stamp(entry["eventTime"]) for entry in entries]
        assert times == sorted(times)
        assert len(set(times)) < len(times), f"two entries of {log_type} at one instant"
        assert all(moment <= END for moment in times)
    assert all("userId" not in entry for entry in world.logs["ExternallySharedCallAccess"])
    assert min(parse_stamp(entry["eventTime"]) for entry in world.logs["AccessLog"]) >= END - timedelta(days=14)
    played = {type(entry["logRecord"]["sequence_num"]) for entry in world.logs["UserCallPlay"]}
    shared = {type(entry["logRecord"]["sequence_num"]) for entry in world.logs["ExternallySharedCallPlay"]}
    assert (played, shared) == ({int}, {str})


def test_without_lag_all_is_there_at_once(world: World) -> None:
    assert len(world.visible_calls(END)) == len(world.calls)


def test_with_lag_things_take_their_time() -> None:
    world = Sandbox(calls=300, users=10, days=20, end=END, sentences=10, lag=True).world
    waits = [call.available_at - (call.started + timedelta(seconds=1)) for call in world.calls.values()]
    assert min(waits) > timedelta(minutes=4)
    assert max(waits) > timedelta(days=2), "uploads are days late"
    for call in world.calls.values():
        assert call.ai_available_at > call.available_at
        assert call.transcript_available_at is None or call.transcript_available_at > call.available_at
    early, late = (world.visible_calls(END + timedelta(days=days)) for days in (0, 30))
    assert len(early) < len(late) == 300
    assert len(world.visible_transcripts(END)) < len(world.visible_transcripts(END + timedelta(days=30)))


def test_ai_parts_come_later_than_the_call() -> None:
    world = Sandbox(calls=30, users=10, end=END, sentences=20, lag=True).world
    call = next(call for call in world.calls.values() if "brief" in call.data["content"])
    before, after = (call.data_at(call.ai_available_at + timedelta(seconds=shift)) for shift in (-1, 0))
    assert "brief" not in before["content"]
    assert "trackers" in before["content"]
    assert after == call.data


def test_a_big_company_is_made_quickly() -> None:
    started = time.process_time()
    world = Sandbox(calls=2000, users=30, end=END, sentences=200).world
    made = time.process_time() - started
    sentences = 0
    for call in list(world.calls.values())[::10]:
        assert call.data
        sentences += sum(len(monologue["sentences"]) for monologue in call.transcript or [])
    assert made < 3
    assert time.process_time() - started < 6
    assert 150 < sentences / 200 < 250


def test_what_is_told_of_a_conversation_is_what_was_said(world: World) -> None:
    """Talk times, the talk ratio and the longest monologues follow from the transcript and the parties."""
    explained = said = compared = 0
    for call in world.calls.values():
        data, monologues = call.data, call.transcript or []
        parties = {party["speakerId"]: party for party in data.get("parties", ()) if party["speakerId"]}
        speakers = [monologue["speakerId"] for monologue in monologues]
        assert all(one != two or one is None for one, two in pairwise(speakers)), "a monologue is not interrupted"
        spoken: Counter[str] = Counter()
        longest: Counter[bool] = Counter()
        for monologue in monologues:
            sentences, party = monologue["sentences"], parties.get(monologue["speakerId"])
            said += len(sentences)
            if party is not None:
                explained += len(sentences)
                seconds = (sentences[-1]["end"] - sentences[0]["start"]) / 1000
                assert seconds == pytest.approx(sum(each["end"] - each["start"] for each in sentences) / 1000)
                spoken[party["id"]] += seconds
                inside = party["affiliation"] == "Internal"
                longest[inside] = max(longest[inside], seconds)
        if not (parties and monologues) or data["metaData"]["scope"] == "Internal":
            continue
        compared += 1
        assert {each["id"]: each["talkTime"] for each in data["interaction"]["speakers"]} == pytest.approx(spoken)
        told = {each["name"]: each["value"] for each in data["interaction"]["interactionStats"]}
        assert told["Longest Monologue"] == pytest.approx(longest[True])
        assert told["Longest Customer Story"] == pytest.approx(longest[False])
        ours = {party["id"] for party in parties.values() if party["affiliation"] == "Internal"}
        share = sum(seconds for key, seconds in spoken.items() if key in ours) / (sum(spoken.values()) or 1)
        assert told["Talk Ratio"] == pytest.approx(share, abs=1e-4)
    assert compared > 150
    assert 0.93 < explained / said < 0.99, "a few speakers stay unknown, as on real tenants"
