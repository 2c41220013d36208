"""Records that are set aside: what is kept of them, when they leave, when they are too many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dlt
import pytest

from gong_source.config import GongSettings, load_settings
from gong_source.errors import GongTooManyRejected
from gong_source.ranges import Range, RangeSet
from gong_source.streams.all import BRIEFS, CALLS, LOGS, STREAMS, TRANSCRIPTS, USERS
from gong_source.streams.faults import lacking, no_key
from gong_source.streams.rejected import Rejected
from gong_source.streams.set_aside import MOST_RAW, Place, SetAside, row_of
from gong_source.streams.statistics import DAILY_INTERACTION_STATS as INTERACTION
from gong_source.warehouse.rejected import rejected_mentioning, rejected_rows
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=timezone.utc)
KEY = {"access_key": "a", "access_key_secret": "s"}


def settings(**more: Any) -> GongSettings:
    return load_settings(credentials=KEY, base_url="http://127.0.0.1:1", **more)


def days(first: int, last: int) -> Range:
    start = datetime(2026, 6, 1, tzinfo=timezone.utc)
    return Range(start + timedelta(days=first), start + timedelta(days=last))


class Table:
    """``_gong_rejected`` in a real file, and the runs that write it."""

    def __init__(self, folder: Path) -> None:
        database = dlt.destinations.duckdb(str(folder / "rejected.duckdb"))
        pipeline = dlt.pipeline("rejected", destination=database, dataset_name="data", pipelines_dir=str(folder))
        self.store = Store(pipeline)
        self.next_run()

    def next_run(self) -> Rejected:
        self.run = Rejected(settings(), lambda: NOW)
        self.run.open(rejected_rows(self.store)())
        return self.run

    def flush(self) -> None:
        self.run.flush(self.store, Suppression)
        self.run.leave(self.store)

    def rows(self, columns: str = "record_id") -> list[tuple[Any, ...]]:
        self.flush()
        return self.store.rows(f"SELECT {columns} FROM {{_gong_rejected}} ORDER BY ALL")


@pytest.mark.parametrize("stream", [CALLS, USERS], ids=["call", "user"])
def test_who_was_purged_has_no_row(stream: Any) -> None:
    """Neither has the id of what was purged, nor what Gong says of it."""
    purged = Suppression(users={"7"}, calls=frozenset({"7"} if stream is CALLS else ()))
    for record_id, there in (("7", False), ("8", True)):
        aside = SetAside(stream, Place(record_id), {"id": record_id}, "Kim has no seat", record_id)
        assert bool(row_of(aside, settings(), purged, NOW)) is there


@pytest.mark.parametrize(
    ("stream", "record", "kept"),
    [
        (CALLS, {"parties": [{"name": "Kim", "userId": "7"}]}, {"parties": [{"name": None, "userId": "7"}]}),
        (
            CALLS,
            {"metaData": {"customData": ' {"FirstName": "Kim"}'}},
            {"metaData": {"customData": '{"FirstName":null}'}},
        ),
        (BRIEFS, {"creator": "Kim", "title": "By deal"}, {"creator": None, "title": "By deal"}),
        (CALLS, {"parties": ["Kim"]}, None),
        (CALLS, {"parties": "Kim"}, None),
        (USERS, "Kim", None),
    ],
)
def test_what_is_kept_is_masked_as_its_rows_would_be(stream: Any, record: Any, kept: Any) -> None:
    row = row_of(
        SetAside(stream, Place(), record, "it has no id"),
        settings(pii="drop", include_private_calls=True),
        Suppression(),
        NOW,
    )
    assert row
    assert (row.raw and json.loads(row.raw)) == kept
    assert "Kim" not in str(row)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    made = Table(tmp_path)
    with made.store:
        yield made


def test_a_record_stays_where_it_comes_again_and_leaves_with_its_range(table: Table) -> None:
    assert table.run.sifted(USERS, [None, {"id": "1"}, {"id": ""}], Place(), no_key("id")) == [{"id": "1"}]
    table.run.sifted(LOGS, [7, 7], Place("AccessLog", days(0, 10)), no_key("id"))
    table.run.sifted(LOGS, [7], Place("UserCallPlay", days(0, 10)), no_key("id"))
    first = table.rows("stream, selection, range_start, range_end, reason, raw, record_id, rejected_at")
    assert [row[:2] for row in first] == [*[("logs", "AccessLog")] * 2, ("logs", "UserCallPlay"), *[("users", "*")] * 2]
    assert {row[4:6] for row in first} == {
        ("it is no object", "7"),
        ("it is no object", "null"),
        ("it has no id", '{"id":""}'),
    }
    assert len({row[6] for row in first if row[1] == "AccessLog"}) == 2, "each of some that are alike"
    assert dict(table.run.counts) == {"users": 2, "logs": 3}

    run = table.next_run()
    wanted = RangeSet([days(8, 12)])
    assert run.again("logs", "AccessLog", wanted) == [days(0, 8), days(8, 12)], "the whole range is read again"
    assert run.again("logs", "UserActivityLog", wanted) == [days(8, 12)]
    run.sifted(LOGS, [7, 7], Place("AccessLog", days(8, 12)), no_key("id"))
    run.was_read("logs", Place("AccessLog", days(0, 8)))
    run.was_read("logs", Place("AccessLog", days(8, 12)))
    run.was_read("users", Place())
    narrowed = table.rows("selection, range_start, range_end, rejected_at")
    access = ("AccessLog", days(8, 10).start, days(8, 10).end, NOW)
    assert narrowed == [access, access, ("UserCallPlay", days(0, 10).start, days(0, 10).end, NOW)]

    run = table.next_run()
    run.was_read("logs", Place("AccessLog", days(9, 20)))
    assert len(table.rows()) == 3, "a part of the range proves nothing"
    run.was_read("logs", Place("AccessLog", days(7, 9)))
    assert table.rows("selection") == [("UserCallPlay",)]
    run.was_read("logs", Place(range=days(0, 10)))
    assert table.rows() == []


def test_a_record_of_a_known_id_leaves_when_it_loads(table: Table) -> None:
    table.run.add(CALLS, Place(), {"metaData": {}}, "an event can't be read", "17")
    table.run.add(CALLS, Place(), "'\\\0 {braces} \" ; --", "it is no object", "18")
    assert table.rows("record_id, raw") == [("17", '{"metaData":{}}'), ("18", '"\'\\\\\\u0000 {braces} \\" ; --"')]
    table.run.loaded("calls", {"17", "19"})
    assert table.rows() == [("18",)]


def test_many_and_long_ones_are_written(table: Table) -> None:
    for number in range(10):
        table.run.add(CALLS, Place(), {"n": number, "text": "x" * 70_000 * (1 + number % 2)}, "it has no id")
    found = table.rows("LENGTH(raw), reason")
    assert len(found) == 10
    assert found[-1] == (MOST_RAW, "it has no id; its JSON of 140017 characters is cut")


def test_rows_that_mention_somebody_are_found(table: Table) -> None:
    for record in ({"userId": "12"}, {"who": "ann@example.com"}, {"userId": "123"}, 12):
        table.run.add(USERS, Place(), record, "it has no id")
    table.run.add(CALLS, Place(), None, "it has no id", "44")
    table.flush()
    found = rejected_mentioning(table.store, {"12", "44"}, lambda text: "ann@" in text)
    kept = table.store.rows("SELECT raw FROM {_gong_rejected} WHERE id NOT IN ({ids})", ids=sorted(found))
    assert kept == [('{"userId":"123"}',)]


def test_too_many_are_refused() -> None:
    run = Rejected(settings(max_rejected_share=0.1), lambda: NOW)
    run.sifted(USERS, [None] * 10, Place(), no_key("id"))
    run.check(USERS)
    run.sifted(USERS, [{"id": 1}] * 90, Place(), no_key("id"))
    run.sifted(USERS, [None], Place(), no_key("id"))
    told = (
        r"GET /v2/users: 11 of 101 records of users can't be loaded, .* The first reason: it is no object\. They are in"
    )
    with pytest.raises(GongTooManyRejected, match=told):
        run.check(USERS)
    run.sifted(USERS, [{"id": 1}] * 10, Place(), no_key("id"))
    run.check(USERS)
    run.check(CALLS)


def test_too_many_are_so_by_the_records_and_by_whom_they_tell_of() -> None:
    """One user may be odd every day, and all on some day; nearly all records of many users are a fault."""

    def refused(odd: int, users: int, until: int) -> bool:
        run = Rejected(settings(max_rejected_share=0.1), lambda: NOW)
        for day in range(100):
            listed = [{"userId": key, "odd": day < until and key < odd} for key in range(users)]
            nameless = [{"userEmailAddress": each["userId"], "odd": True} if each["odd"] else each for each in listed]
            run.sifted(
                INTERACTION, nameless, Place(range=days(day, day + 1)), lambda each: "odd" if each.get("odd") else ""
            )
        try:
            run.check(INTERACTION)
        except GongTooManyRejected:
            return True
        return False

    assert not refused(odd=10, users=20, until=100)
    assert refused(odd=11, users=20, until=100)
    assert not refused(odd=20, users=20, until=10)
    assert refused(odd=20, users=20, until=20)


MEDIA = next(stream for stream in STREAMS if stream.name == "call_media")
ANN = {"id": None, "emailAddress": "ann@example.com", "title": "Head of ann@example.com", "n": 1}


@pytest.mark.parametrize(
    ("stream", "record", "more", "raw", "why"),
    [
        (USERS, ANN, {}, '"emailAddress":"ann@example.com"', ""),
        (USERS, ANN, {"pii": "drop"}, '{"id":null,"emailAddress":null,"title":"Head of ","n":1}', ""),
        (USERS, ANN, {"exclude_columns": ["users.title"]}, None, "exclude_columns"),
        (USERS, ANN, {"exclude_columns": ["title"]}, None, "exclude_columns"),
        (USERS, ANN, {"exclude_columns": ["not_documented"]}, None, "exclude_columns"),
        (USERS, ANN, {"exclude_columns": ["calls.title", "log_record"]}, "ann@", ""),
        (CALLS, {"metaData": None}, {"include_private_calls": False}, None, "private"),
        (CALLS, {"metaData": {"isPrivate": False}}, {"include_private_calls": False}, "metaData", ""),
        (CALLS, 7, {"include_private_calls": False}, None, "private"),
        (TRANSCRIPTS, {"callId": ""}, {"include_private_calls": False}, None, "private"),
        (LOGS, {"userId": "5"}, {"include_private_calls": False}, "userId", ""),
        (MEDIA, {"metaData": {"title": "Secret"}}, {"exclude_columns": ["calls.title"]}, None, "exclude_columns"),
        (MEDIA, {"callId": "5"}, {"exclude_columns": ["calls.title"]}, "5", ""),
        (MEDIA, {"metaData": {}, "parties": [{"name": "Ann Lee"}]}, {"pii": "drop"}, '"parties":[{"name":null}]', ""),
    ],
)
def test_only_what_may_be_kept_of_a_record_is(stream: Any, record: Any, more: Any, raw: str | None, why: str) -> None:
    row = row_of(SetAside(stream, Place(), record, "it is odd"), settings(**more), Suppression(), NOW)
    assert row is not None
    assert (row.raw is None) == (raw is None)
    assert raw is None or raw in (row.raw or "")
    assert why in row.reason
    assert ("left out" in row.reason) == bool(why)


def test_hashes_stand_for_people_and_those_who_were_purged_stay_away() -> None:
    aside = SetAside(USERS, Place(), ANN, "it is odd")
    hashed = row_of(aside, settings(pii="hash", pii_key="k" * 32), Suppression(), NOW)
    assert hashed is not None
    assert "ann@" not in (hashed.raw or "ann@")
    for purged in (Suppression(users={"77"}), Suppression(calls=frozenset({"77"}))):
        row = row_of(SetAside(USERS, Place(), {"managerId": 77}, "it is odd"), settings(), purged, NOW)
        assert row is not None
        assert row.raw is None
    gone = SetAside(CALLS, Place(), {}, "it is odd", "77")
    assert row_of(gone, settings(), Suppression(calls=frozenset({"77"})), NOW) is None


def test_what_a_row_always_has_is_missed() -> None:
    fault = lacking(CALLS.tables[0])
    assert fault({"metaData": {"id": "1"}}) == ""
    assert {fault(call) for call in ({}, {"metaData": "x"}, {"metaData": {"id": ""}})} == {"it has no metaData.id"}
