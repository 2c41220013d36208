"""The sandbox's statistics: counted from the calls, by days of the company, and refused where Gong refuses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from gong_source.sandbox import Sandbox
from gong_source.sandbox.activity import ACTIVITIES
from gong_source.sandbox.clock import parse_stamp

NOW = "2026-03-03T05:00:00Z"
ZONE = ZoneInfo("America/Los_Angeles")
TODAY = date(2026, 3, 2)  # there it is still the evening of the day before
FIRST = date(2025, 8, 1)
Api = Callable[..., requests.Response]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=200, users=12, end=NOW, sentences=10, page_size=5) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Iterator[Api]:
    with requests.Session() as session:
        session.auth = (sandbox.access_key, sandbox.access_key_secret)
        yield lambda method, path, **more: session.request(method, sandbox.url + path, timeout=300, **more)


def ask(api: Api, path: str, first: date = FIRST, last: date = TODAY, **more: Any) -> requests.Response:
    wanted = {"fromDate": first.isoformat(), "toDate": last.isoformat(), **more.pop("filter", {})}
    return api("POST", f"/v2/stats/{path}", json={"filter": wanted, **more})


def walk(api: Api, path: str, key: str, first: date = FIRST, last: date = TODAY, **more: Any) -> list[dict[str, Any]]:
    """All pages of statistics."""
    rows, cursor = [], None
    while True:
        answer = ask(api, path, first, last, **more, **({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        rows += answer.json()[key]
        cursor = answer.json()["records"].get("cursor")
        if cursor is None:
            return rows


def day_of(stamp: str) -> date:
    return parse_stamp(stamp).astimezone(ZONE).date()


def test_days_weeks_and_the_whole_range_tell_the_same(api: Api) -> None:
    whole = walk(api, "activity/aggregate", "usersAggregateActivityStats")
    detailed = walk(api, "activity/day-by-day", "usersDetailedActivities")
    totals = {row["userId"]: row["userAggregateActivityStats"] for row in whole}
    assert len(totals) == 12, "more than two pages of users"
    for period in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"):
        for row in walk(api, "activity/aggregate-by-period", "usersAggregateActivity", aggregationPeriod=period):
            periods = row["userAggregateActivity"]
            assert (day_of(periods[0]["fromDate"]), day_of(periods[-1]["toDate"])) == (FIRST, TODAY)
            assert all(one["toDate"] == next_one["fromDate"] for one, next_one in pairwise(periods))
            assert totals[row["userId"]] == {name: sum(each[name] for each in periods) for name in ACTIVITIES}
    for row in detailed:
        days = row["userDailyActivityStats"]
        assert len(days) == (TODAY - FIRST).days
        assert totals[row["userId"]] == {name: sum(len(day[name]) for day in days) for name in ACTIVITIES}
    assert all(sum(each[name] for each in totals.values()) for name in ACTIVITIES), "every activity occurs"


def test_activities_are_those_of_the_calls(api: Api, sandbox: Sandbox) -> None:
    expected: Counter[tuple[str, str, date, str]] = Counter()
    for call in sandbox.world.calls.values():
        data, day = call.data, call.started.astimezone(ZONE).date()
        host = data["metaData"]["primaryUserId"]
        expected[host, "callsAsHost", day, call.id] = 1
        for party in data.get("parties", ()):
            if party.get("userId") not in (None, host):
                expected[party["userId"], "callsAttended", day, call.id] = 1
        for comment in data["collaboration"].get("publicComments", ()):
            expected[comment["commenterUserId"], "callsCommentsGiven", day_of(comment["posted"]), call.id] = 1
    for entry in sandbox.world.logs["UserCallPlay"]:
        call = sandbox.world.calls[entry["logRecord"]["call_id"]]
        name = "ownCallsListenedTo" if entry["userId"] == call.primary_user_id else "othersCallsListenedTo"
        expected[entry["userId"], name, day_of(entry["eventTime"]), call.id] = 1
    told = {
        (row["userId"], name, day_of(day["fromDate"]), call)
        for row in walk(api, "activity/day-by-day", "usersDetailedActivities")
        for day in row["userDailyActivityStats"]
        for name in {activity for _, activity, _, _ in expected}
        for call in day[name]
    }
    assert told == {key for key in expected if FIRST <= key[2] < TODAY}


def test_scorecards_that_are_counted_are_those_that_are_listed(api: Api, sandbox: Sandbox) -> None:
    cards = list(answered(api, reviewMethod="BOTH", reviewFromDate=FIRST, reviewToDate=TODAY))
    totals = walk(api, "activity/aggregate", "usersAggregateActivityStats")
    filled = {row["userId"]: row["userAggregateActivityStats"]["callsScorecardsFilled"] for row in totals}
    manual = Counter(card["reviewerUserId"] for card in cards if card["reviewMethod"] == "MANUAL")
    assert {user: count for user, count in filled.items() if count} == manual
    assert {card["reviewerUserId"] for card in cards if card["reviewMethod"] == "AUTOMATIC"} == {None}
    definitions = {card["scorecardId"]: card for card in sandbox.world.scorecards}
    for card in cards:
        call, definition = sandbox.world.calls[card["callId"]], definitions[card["scorecardId"]]
        assert card["reviewedUserId"] == call.primary_user_id
        assert card["callStartTime"] == call.data["metaData"]["started"]
        assert parse_stamp(card["reviewTime"]) > call.started
        assert (definition["workspaceId"], definition["reviewMethod"]) == (call.workspace_id, card["reviewMethod"])
        questions = {question["questionRevisionId"]: question for question in definition["questions"]}
        for answer in card["answers"]:
            question = questions.pop(answer["questionRevisionId"])
            filled_in = [name for name in ("score", "answerText", "selectedOptions") if answer[name] is not None]
            kinds = {"RANGE": "score", "MULTI_SELECT": "selectedOptions"}
            wanted = [] if answer["notApplicable"] else [kinds.get(question["questionType"], "answerText")]
            assert filled_in == wanted
        assert not questions


def answered(api: Api, **wanted: Any) -> Iterator[dict[str, Any]]:
    cursor = None
    wanted = {name: value.isoformat() if isinstance(value, date) else value for name, value in wanted.items()}
    while True:
        body = {"filter": wanted, **({"cursor": cursor} if cursor else {})}
        answer = api("POST", "/v2/stats/activity/scorecards", json=body)
        if answer.status_code == 404:
            assert answer.json()["errors"] == ["No answered scorecards found corresponding to the provided filters."]
            return
        yield from answer.json()["answeredScorecards"]
        cursor = answer.json()["records"].get("cursor")
        if cursor is None:
            return


def test_filters_of_answered_scorecards(api: Api) -> None:
    everything = list(answered(api, reviewMethod="BOTH"))
    assert everything == sorted(everything, key=lambda card: parse_stamp(card["reviewTime"]))
    manual, automatic = list(answered(api)), list(answered(api, reviewMethod="AUTOMATIC"))
    assert len(manual) + len(automatic) == len(everything)
    assert {card["reviewMethod"] for card in manual} == {"MANUAL"}
    card = everything[len(everything) // 2]
    day, called = day_of(card["reviewTime"]), day_of(card["callStartTime"])
    tomorrow = timedelta(days=1)
    assert card in answered(api, reviewMethod="BOTH", reviewFromDate=day, reviewToDate=day + tomorrow)
    assert card not in answered(api, reviewMethod="BOTH", reviewFromDate=day + tomorrow)
    assert card not in answered(api, reviewMethod="BOTH", reviewToDate=day)
    assert card in answered(api, reviewMethod="BOTH", callFromDate=called, callToDate=called + tomorrow)
    assert card not in answered(api, reviewMethod="BOTH", callToDate=called)
    assert not list(answered(api, reviewMethod="BOTH", reviewFromDate=day, reviewToDate=day))
    mine = list(answered(api, reviewMethod="BOTH", reviewedUserIds=[card["reviewedUserId"]]))
    assert mine == [each for each in everything if each["reviewedUserId"] == card["reviewedUserId"]]
    same = list(answered(api, reviewMethod="BOTH", scorecardIds=[card["scorecardId"]]))
    assert same == [each for each in everything if each["scorecardId"] == card["scorecardId"]]
    assert list(answered(api, reviewMethod="BOTH", reviewToDate=TODAY + timedelta(days=40))) == everything


def test_interaction_is_the_average_of_the_hosts_calls(api: Api, sandbox: Sandbox) -> None:
    found = walk(api, "interaction", "peopleInteractionStats")
    for row in found:
        calls = [
            {stat["name"]: stat["value"] for stat in call.data["interaction"]["interactionStats"]}
            for call in sandbox.world.calls.values()
            if call.primary_user_id == row["userId"] and FIRST <= call.started.astimezone(ZONE).date() < TODAY
        ]
        told = {stat["name"]: stat["value"] for stat in row["personInteractionStats"]}
        assert set(told) == {
            "Longest Monologue", "Longest Customer Story", "Interactivity", "Patience", "Question Rate",
        }  # fmt: skip
        assert told["Longest Monologue"] == pytest.approx(fmean(call["Longest Monologue"] for call in calls), abs=0.01)
    answer = ask(api, "interaction").json()
    assert (answer["timeZone"], answer["fromDateTime"]) == ("America/Los_Angeles", "2025-08-01T00:00:00-07:00")
    assert answer["toDateTime"] == "2026-03-02T00:00:00-08:00"


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"fromDate": "2026-03-01", "toDate": "2026-03-02"}, (200, 404)),  # yesterday
        ({"fromDate": "2026-03-02", "toDate": "2026-03-03"}, (400,)),  # the company's today
        ({"fromDate": "2026-02-01", "toDate": "2026-02-01"}, (400,)),
        ({"fromDate": "2026-02-02", "toDate": "2026-02-01"}, (400,)),
        ({"fromDate": "2026-02-01"}, (400,)),
        ({"fromDate": "2026-02-01T00:00:00Z", "toDate": "2026-02-02"}, (400,)),
        ({"fromDate": "20260201", "toDate": "2026-02-02"}, (400,)),
        ({"fromDateTime": "2026-02-01T00:00:00Z", "toDateTime": "2026-02-02T00:00:00Z"}, (400,)),
        ({"fromDate": "2026-02-01", "toDate": "2026-02-02", "userIds": ["1"]}, (404,)),
        ({"fromDate": "2001-02-01", "toDate": "2001-02-02"}, (404,)),
        ({}, (400,)),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["activity/aggregate", "activity/day-by-day", "interaction"])
def test_what_is_refused(api: Api, path: str, wanted: dict[str, Any], status: tuple[int, ...]) -> None:
    assert api("POST", f"/v2/stats/{path}", json={"filter": wanted}).status_code in status


def test_named_users_are_told_of_with_zeros(api: Api, sandbox: Sandbox) -> None:
    users = list(sandbox.world.users)
    last = max(call.started for call in sandbox.world.calls.values() if call.started.astimezone(ZONE).date() < TODAY)
    day = last.astimezone(ZONE).date()
    rows = walk(
        api,
        "activity/aggregate",
        "usersAggregateActivityStats",
        day,
        day + timedelta(days=1),
        filter={"userIds": users},
    )
    assert {row["userId"] for row in rows} == set(users)
    active = walk(api, "activity/aggregate", "usersAggregateActivityStats", day, day + timedelta(days=1))
    assert 0 < len(active) < len(users)
    assert [row for row in rows if any(row["userAggregateActivityStats"].values())] == active


def test_the_period_is_needed(api: Api) -> None:
    for more in ({}, {"aggregationPeriod": "day"}, {"aggregationPeriod": "HOUR"}):
        assert ask(api, "activity/aggregate-by-period", **more).status_code == 400


@pytest.fixture
def own() -> Iterator[tuple[Sandbox, Api]]:
    """A sandbox that a test may change."""
    with Sandbox(calls=60, users=6, end=NOW, sentences=6) as running, requests.Session() as session:
        running.control.set_now(NOW)
        session.auth = (running.access_key, running.access_key_secret)
        yield running, lambda method, path, **more: session.request(method, running.url + path, timeout=300, **more)


def test_settings_history_grows_when_a_setting_changes(own: tuple[Sandbox, Api]) -> None:
    sandbox, api = own
    for user, data in sandbox.world.users.items():
        history = api("GET", f"/v2/users/{user}/settings-history").json()["userSettingsHistory"]
        assert history == sorted(history, key=lambda change: parse_stamp(change["time"]))
        last = {change["setting"]: change["value"] for change in history}
        settings = data["settings"]
        assert (last["active"], last["emailsImported"]) == (data["active"], settings["emailsImported"])
        assert last["callsImported"] == settings["telephonyCallsImported"]
    sandbox.control.edit_user(user, "settings.telephonyCallsImported", not settings["telephonyCallsImported"])
    sandbox.control.edit_user(user, "title", "Chief")
    grown = api("GET", f"/v2/users/{user}/settings-history").json()["userSettingsHistory"]
    change = {"setting": "callsImported", "value": settings["telephonyCallsImported"], "time": NOW}
    assert grown == [*history, change]
    assert api("GET", "/v2/users/1/settings-history").status_code == 404


def test_edits_of_scorecards_and_calls_show_in_the_statistics(own: tuple[Sandbox, Api]) -> None:
    sandbox, api = own
    card = next(answered(api))
    other = next(user for user in sandbox.world.users if user != card["reviewerUserId"])
    sandbox.control.edit_answered_scorecard(card["answeredScorecardId"], "answers.0.score", 1, editor=other)
    edited = next(each for each in answered(api) if each["answeredScorecardId"] == card["answeredScorecardId"])
    assert (edited["answers"][0]["score"], edited["editorUserId"]) == (1, other)
    assert edited["reviewTime"] == card["reviewTime"]
    sandbox.control.delete_answered_scorecard(card["answeredScorecardId"])
    assert card["answeredScorecardId"] not in {each["answeredScorecardId"] for each in answered(api)}
    old = min(sandbox.world.calls.values(), key=lambda call: call.started)
    comment = {
        "id": "1", "audioStartTime": 1.0, "audioEndTime": 2.0, "commenterUserId": other, "comment": "late",
        "posted": "2026-03-01T12:00:00-08:00", "inReplyTo": None, "duringCall": False,
    }  # fmt: skip
    sandbox.control.edit_call(old.id, "collaboration.publicComments", [comment])
    yesterday = TODAY - timedelta(days=1)
    (row,) = walk(api, "activity/day-by-day", "usersDetailedActivities", yesterday, TODAY, filter={"userIds": [other]})
    assert old.id in row["userDailyActivityStats"][0]["callsCommentsGiven"]
    sandbox.control.delete_calls([old.id])
    rows = ask(api, "activity/day-by-day", yesterday, TODAY).json().get("usersDetailedActivities", [])
    assert old.id not in str(rows)


def test_a_call_that_shows_late_changes_the_statistics_of_its_day(own: tuple[Sandbox, Api]) -> None:
    sandbox, api = own
    when = datetime(2026, 2, 27, 20, tzinfo=ZONE)
    before = ask(api, "activity/aggregate", when.date(), TODAY).json()["usersAggregateActivityStats"]
    sandbox.control.add_calls(1, when, available_at="2026-03-03T06:00:00Z")
    assert ask(api, "activity/aggregate", when.date(), TODAY).json()["usersAggregateActivityStats"] == before
    sandbox.control.set_now("2026-03-03T06:00:00Z")
    after = ask(api, "activity/aggregate", when.date(), TODAY).json()["usersAggregateActivityStats"]
    hosted = [sum(row["userAggregateActivityStats"]["callsAsHost"] for row in rows) for rows in (before, after)]
    assert hosted[1] == hosted[0] + 1


def test_answers_about_crm_objects_cost_credits(own: tuple[Sandbox, Api]) -> None:
    sandbox, api = own
    sandbox.control.set_credits(1)
    calls = [call for call in sandbox.world.calls.values() if call.data["context"]]
    account = next(item for item in calls[0].data["context"][0]["objects"] if item["objectType"] == "Account")
    query = {"workspaceId": calls[0].workspace_id, "crmEntityType": "ACCOUNT", "crmEntityId": account["objectId"]}
    query |= {"timePeriod": "ALL_CONVERSATIONS", "question": "What next?"}
    unknown = api("GET", "/v2/entities/ask-entity", params={**query, "crmEntityId": "none"})
    statuses = [api("GET", "/v2/entities/ask-entity", params=query).status_code for _ in range(2)]
    assert [unknown.status_code, *statuses] == [404, 200, 402]
    brief = {**query, "briefName": "Nobody wrote it"}
    assert api("GET", "/v2/entities/get-brief", params=brief).status_code == 404
    custom = {**query, "timePeriod": "CUSTOM_RANGE"}
    assert api("GET", "/v2/entities/ask-entity", params=custom).status_code == 400
