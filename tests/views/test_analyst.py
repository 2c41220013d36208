"""The questions of docs/analyst.md: each query runs as it is printed and tells what Gong's API shows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.pipeline.harness import Tenant
from tests.views.company import Odd, Truth

PAGE = Path(__file__).parents[2] / "docs" / "analyst.md"
QUESTIONS = {
    int(number): sql for number, sql in re.findall(r"^### (\d+)\..*?```sql\n(.*?)```", PAGE.read_text(), re.M | re.S)
}

Answer = Callable[[Truth, Odd], Iterable[tuple[Any, ...]]]
ANSWERS: dict[int, Answer] = {}


def answer(number: int) -> Callable[[Answer], Answer]:
    def keep(function: Answer) -> Answer:
        ANSWERS[number] = function
        return function

    return keep


def minutes(truth: Truth, calls: Iterable[str]) -> float:
    return sum(truth.calls[call_id]["metaData"]["duration"] for call_id in calls) / 60


def groups(truth: Truth, key: Callable[[str], Any]) -> dict[Any, list[str]]:
    """Calls by something of them; those where it is None are left out."""
    found: dict[Any, list[str]] = defaultdict(list)
    for call_id in truth.calls:
        if (of := key(call_id)) is not None:
            found[of].append(call_id)
    return found


def meta(truth: Truth, call_id: str) -> dict[str, Any]:
    known: dict[str, Any] = truth.calls[call_id]["metaData"]
    return known


def names(truth: Truth) -> dict[str | None, str]:
    return {user["id"]: f"{user['first_name']} {user['last_name']}" for user in truth.rows["users"]}


def mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


@answer(1)
def calls_a_week(truth: Truth, odd: Odd):
    for week, calls in sorted(groups(truth, truth.week).items()):
        yield week, len(calls), minutes(truth, calls) / 60


@answer(2)
def hosts(truth: Truth, odd: Odd):
    found = sorted(groups(truth, truth.host).items(), key=lambda each: (-len(each[1]), each[0]))
    for host, calls in found[:10]:
        yield host, truth.name(host), len(calls), minutes(truth, calls) / 60


@answer(3)
def teams(truth: Truth, odd: Odd):
    managers = {user["id"]: user["manager_id"] for user in truth.rows["users"]}
    found: dict[str, list[str]] = defaultdict(list)
    for call_id in truth.calls:
        if meta(truth, call_id)["scope"] != "External":
            continue
        seen, above = {truth.host(call_id)}, managers.get(truth.host(call_id) or "")
        while above and above not in seen:
            found[above].append(call_id)
            seen.add(above)
            above = managers.get(above)
    for manager, calls in sorted(found.items(), key=lambda each: (-len(each[1]), each[0])):
        yield manager, names(truth)[manager], len(calls), minutes(truth, calls) / 60


@answer(4)
def scopes(truth: Truth, odd: Odd):
    for scope, calls in sorted(groups(truth, lambda call_id: meta(truth, call_id)["scope"]).items()):
        yield scope, len(calls), minutes(truth, calls) / 60


@answer(5)
def absent(truth: Truth, odd: Odd):
    for call_id in sorted(truth.calls):
        for position, party in enumerate(truth.parties(call_id)):
            if party["affiliation"] == "External" and party["methods"] == ["Invitee"]:
                yield call_id, position, party["emailAddress"]


@answer(6)
def talk_ratios(truth: Truth, odd: Odd):
    for host, calls in sorted(groups(truth, truth.host).items()):
        outside = [call_id for call_id in calls if meta(truth, call_id)["scope"] == "External"]
        if outside:
            shares = mean(truth.host_talk_share(call_id) for call_id in outside)
            yield host, mean(truth.stat(call_id, "Talk Ratio") for call_id in outside), shares


@answer(7)
def monologues(truth: Truth, odd: Odd):
    found = []
    for host, calls in groups(truth, truth.host).items():
        if (longest := mean(truth.stat(call_id, "Longest Monologue") for call_id in calls)) is not None:
            found.append((host, truth.name(host), longest / 60))
    yield from sorted(found, key=lambda each: (-round(each[2], 2), each[0]))


@answer(8)
def outcomes(truth: Truth, odd: Odd):
    def outcome(call_id: str) -> str | None:
        return (truth.calls[call_id]["content"].get("callOutcome") or {}).get("name")

    for name, calls in sorted(groups(truth, outcome).items()):
        yield (
            name,
            len(calls),
            mean(truth.calls[call_id]["interaction"]["questions"]["companyCount"] for call_id in calls),
        )


@answer(9)
def topics(truth: Truth, odd: Odd):
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for call in truth.calls.values():
        for topic in call["content"]["topics"]:
            seconds[topic["name"]] += topic["duration"]
            calls[topic["name"]] += 1
    for name in sorted(seconds, key=lambda each: (-round(seconds[each] / 60, 1), each)):
        yield name, calls[name], seconds[name] / 60


@answer(10)
def trackers(truth: Truth, odd: Odd):
    mentions: Counter[str] = Counter()
    calls: dict[str, set[str]] = defaultdict(set)
    for call_id, call in truth.calls.items():
        for tracker in call["content"]["trackers"]:
            mentions[tracker["name"]] += tracker["count"]
            calls[tracker["name"]] |= {call_id} if tracker["count"] else set()
    for name in sorted(calls, key=lambda each: (-mentions[each], each)):
        yield name, len(calls[name]), mentions[name]


@answer(11)
def competitors(truth: Truth, odd: Odd):
    hit = {
        call_id
        for call_id, call in truth.calls.items()
        if any(one["name"] == "Competitors" and one["count"] for one in call["content"]["trackers"])
    }
    linked: dict[tuple[str, str, str], int] = Counter(
        (system, key, fields["name"]) for system, key, call_id, fields in truth.objects("Account") if call_id in hit
    )
    for (system, key, name), count in sorted(linked.items(), key=lambda each: (-each[1], each[0])):
        yield system, key, name, count


@answer(12)
def prices(truth: Truth, odd: Odd):
    for row in sorted(truth.rows["transcript_sentences"], key=lambda row: (row["call_id"], row["sentence_index"])):
        if row["call_id"] == odd.orphan or "pric" not in row["text"].lower():
            continue
        for party in truth.parties(row["call_id"]):
            if party["affiliation"] == "External" and party["speakerId"] == row["speaker_id"] is not None:
                yield row["call_id"], row["sentence_index"], party["name"], row["text"]


@answer(13)
def known_speakers(truth: Truth, odd: Odd):
    parties = Counter((call_id, one["speakerId"]) for call_id in truth.calls for one in truth.parties(call_id))
    found = Counter(
        min(parties[row["call_id"], row["speaker_id"]], 2) if row["speaker_id"] else 0
        for row in truth.rows["transcript_sentences"]
    )
    return sorted(found.items())


@answer(14)
def accounts_of_reps(truth: Truth, odd: Odd):
    found = Counter(
        (system, key, fields["name"], truth.host(call_id)) for system, key, call_id, fields in _latest(truth, "Account")
    )
    for (*place, host), count in sorted(found.items(), key=lambda each: (each[0][:2], -each[1], each[0][3] or "~")):
        yield *place, host, count


def _latest(truth: Truth, kind: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Objects with their calls, and with the fields that came with the last of them."""
    found = sorted(truth.objects(kind), key=lambda each: truth.started(each[2]))
    fields = {(system, key): own for system, key, _, own in found}
    return [(system, key, call_id, fields[system, key]) for system, key, call_id, _ in found]


@answer(15)
def left_alone(truth: Truth, odd: Odd):
    last: dict[tuple[str, str, str], datetime] = {}
    for system, key, call_id, fields in _latest(truth, "Account"):
        place = system, key, fields["name"]
        last[place] = max(truth.started(call_id), last.get(place, truth.started(call_id)))
    limit = datetime(2026, 5, 15, tzinfo=timezone.utc)
    for place, moment in sorted(last.items(), key=lambda each: (each[1], each[0][1], each[0][0])):
        if moment < limit:
            yield *place, moment


@answer(16)
def neglected(truth: Truth, odd: Odd):
    calls = Counter((system, key) for system, key, *_ in truth.objects("Opportunity"))
    fields = {(system, key): own for system, key, _, own in _latest(truth, "Opportunity")}
    large = [(*key, own["name"], own["amount"], calls[key]) for key, own in fields.items() if own["amount"] != "n/a"]
    return sorted((row for row in large if row[3] > 50_000 and row[4] < 5), key=lambda row: (-row[3], row[1]))


@answer(17)
def people(truth: Truth, odd: Odd):
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for system, key, call_id, _ in truth.objects("Opportunity"):
        came = [
            one for one in truth.parties(call_id) if one["affiliation"] == "External" and "Attendee" in one["methods"]
        ]
        if came:
            found[system, key] |= {one["emailAddress"] for one in came} - {None}
    for key, emails in sorted(found.items(), key=lambda each: (-len(each[1]), each[0])):
        yield *key, len(emails)


@answer(18)
def second_calls(truth: Truth, odd: Odd):
    moments: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for system, key, call_id, _ in truth.objects("Account"):
        moments[system, key].append(truth.started(call_id))
    for key, times in sorted(moments.items()):
        if len(times) > 1:
            first, second = sorted(times)[:2]
            yield *key, (second - first).total_seconds() / 86_400


@answer(19)
def reasons(truth: Truth, odd: Odd):
    without = truth.calls.keys() - {row["call_id"] for row in truth.rows["transcripts"]}
    return [("no speech", 1), ("none from Gong", len(without - {odd.silent, odd.short})), ("shorter than a minute", 1)]


@answer(20)
def coverage(truth: Truth, odd: Odd):
    transcribed = {row["call_id"] for row in truth.rows["transcripts"]}
    for day, calls in sorted(groups(truth, truth.day).items()):
        public = [call_id for call_id in calls if not meta(truth, call_id)["isPrivate"]]
        if day >= date(2026, 5, 15) and public:
            yield day, len(public), len(transcribed & set(public))


def test_there_are_twenty_questions():
    assert sorted(QUESTIONS) == sorted(ANSWERS) == list(range(1, 21))


@pytest.mark.parametrize("number", sorted(QUESTIONS))
def test_a_question_is_answered(company: Tenant, truth: Truth, odd: Odd, number: int):
    found = company.sql(QUESTIONS[number])
    expected = list(ANSWERS[number](truth, odd))
    assert expected, "a question that has no answer proves nothing"
    assert len(found) == len(expected)
    for here, there in zip(found, expected, strict=True):
        for value, wanted in zip(here, there, strict=True):
            if isinstance(wanted, float) and value is not None:
                assert float(value) == pytest.approx(wanted, abs=0.051), (here, there)
            else:
                assert value == wanted, (here, there)
