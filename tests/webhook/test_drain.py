"""Events become rows of the same tables as a sync's, in either order, and nothing newer is overwritten."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import timedelta
from typing import Any

import orjson
import pytest

from gong_source.errors import GongConfigError
from gong_source.report import RunReport
from gong_source.runs.drain import Drain, run_drain
from gong_source.tables import CALL_LISTS, CALLS, CONTEXT_OBJECTS
from gong_source.webhook.inbox import Inbox, InboxError, Received
from gong_source.webhook.verify import parse
from tests.pipeline.harness import FirstSyncs, Tenant, assert_same
from tests.webhook.conftest import COMPANY

TABLES = [CALLS.name, *(table.name for table in (*CALL_LISTS, CONTEXT_OBJECTS)), "transcripts", "transcript_sentences"]
RESOURCES = ["calls", "transcripts"]
EXTENSIVE = "POST /v2/calls/extensive"
TRANSCRIPT = "POST /v2/calls/transcript"
WORKSPACES = "GET /v2/workspaces"
"""Asked once in a run, so that no other company's calls get into the dataset."""
LONG_AGO = 3600.0


class Hooks:
    """An inbox beside a tenant."""

    def __init__(self, tenant: Tenant, **settings: Any) -> None:
        self.tenant = tenant
        self.settings = settings
        self.path = tenant.folder / "inbox"

    def body(self, call_id: str, **groups: Any) -> bytes:
        """The event of a call as it is now; a group that is None is left out."""
        call = self.tenant.sandbox.world.calls[call_id].data_at(self.tenant.now)
        call = {key: part for key, part in {**call, **groups}.items() if part is not None}
        return orjson.dumps({"callData": call, "isTest": False})

    def receive(self, body: bytes, ago: float = 0.0) -> None:
        """Put an event into the inbox as if it had come some seconds ago."""
        event = parse(body)
        at = int((time.time() - ago) * 1e6)
        with closing(Inbox(self.path)) as inbox:
            inbox.put([Received(event.body_sha256, event.call_id, at, body)])

    def drain(self, name: str = "gong_webhook", **settings: Any) -> RunReport:
        tenant = self.tenant
        tenant.sandbox.control.reset_counters()
        try:
            return run_drain(tenant.pipeline(name), self.path, clock=lambda: tenant.now, **tenant.settings(**settings))
        finally:
            tenant.counted = dict(tenant.sandbox.counters.requests)

    def synced(self, **settings: Any) -> None:
        self.tenant.synced(resources=RESOURCES, **{**self.settings, **settings})

    def drained(self, expected: dict[str, int], **settings: Any) -> RunReport:
        report = self.drain(**settings)
        assert report.exit_code == 0, report.as_text()
        assert report.found == expected
        return report

    def pending(self) -> int:
        with closing(Inbox(self.path)) as inbox:
            return inbox.pending_count()


@pytest.fixture
def hooks(tenant: Tenant) -> Hooks:
    return Hooks(tenant)


@pytest.fixture
def lean(tenant: Tenant) -> Hooks:
    """With few parts of a call, for what does not turn on them."""
    return Hooks(tenant, call_parts=["topics"])


@pytest.fixture
def settled(hooks: Hooks, first_syncs: FirstSyncs) -> Hooks:
    """After a first sync."""
    return brought(hooks, first_syncs)


@pytest.fixture
def settled_lean(lean: Hooks, first_syncs: FirstSyncs) -> Hooks:
    """With few parts of a call, after a first sync."""
    return brought(lean, first_syncs)


def brought(hooks: Hooks, first_syncs: FirstSyncs) -> Hooks:
    first_syncs.bring(hooks.tenant, COMPANY, resources=RESOURCES, **hooks.settings)
    return hooks


def check(tenant: Tenant) -> None:
    """The tables of calls are what the API shows."""
    expected = tenant.truth_of_calls()
    for name, found in tenant.all_rows(TABLES).items():
        assert_same(name, found, expected[name])


def new_calls(tenant: Tenant, count: int = 3, **parts: Any) -> list[str]:
    """Calls that became visible just now, with their transcripts."""
    started = tenant.now - timedelta(hours=2)
    return tenant.sandbox.control.add_calls(
        count, started, available_at=tenant.now, transcript_available_at=tenant.now, **parts
    )


def test_an_event_of_a_workspace_that_nobody_knows_is_loaded_only_where_gong_shows_its_call(settled: Hooks) -> None:
    tenant, (ours, theirs) = settled.tenant, new_calls(settled.tenant, 2)
    of_theirs = tenant.sandbox.world.calls[theirs].data_at(tenant.now)["metaData"]
    for call_id, told in ((ours, ours), (theirs, "7700000000000000001")):
        basic = {**of_theirs, "id": told, "workspaceId": "999999"}
        settled.receive(settled.body(call_id, metaData=basic))
    settled.drained({"loaded": 1, "not_listed": 1})
    assert tenant.sql("SELECT COUNT(*) FROM calls WHERE workspace_id = '999999'") == [(0,)]


def rows_of(tenant: Tenant, call_id: str) -> dict[str, list[Any]]:
    """Everything stored of a call, without the id of the package and the hash that a sync leaves."""
    own = {"_dlt_load_id", "_content_hash"}
    found = {}
    for table, stored in tenant.all_rows(TABLES).items():
        key = "id" if table == "calls" else "call_id"
        rows = [row for row in stored if row[key] == call_id]
        rows = [{k: v for k, v in row.items() if k not in own and v is not None} for row in rows]
        found[table] = sorted(rows, key=str)
    return found


def title(tenant: Tenant, call_id: str) -> Any:
    found = tenant.sql(f"SELECT title FROM calls WHERE id = '{call_id}'")
    return found[0][0] if found else None


def edit(tenant: Tenant, call_id: str, text: str) -> None:
    tenant.sandbox.control.edit_call(call_id, "metaData.title", text)


def test_an_empty_inbox_is_nothing_to_do(hooks: Hooks) -> None:
    assert hooks.drained({}).rows == {}
    assert not hooks.tenant.database.exists()


def test_events_alone_fill_the_tables_as_the_api_shows_them(hooks: Hooks) -> None:
    tenant = hooks.tenant
    for call_id in tenant.sandbox.world.visible_calls():
        hooks.receive(hooks.body(call_id))
    hooks.drained({"loaded": 30})
    check(tenant)
    assert tenant.counted == {TRANSCRIPT: 1, WORKSPACES: 1}, "the events say all; only transcripts are asked for"
    assert hooks.pending() == 0


def test_sync_and_webhook_give_the_same_row_in_either_order(settled: Hooks) -> None:
    tenant = settled.tenant
    first, second, third = ids = new_calls(tenant)
    bodies = {call_id: settled.body(call_id) for call_id in ids}
    # the webhook first, then the sync
    settled.receive(bodies[first])
    settled.drained({"loaded": 1})
    by_webhook = rows_of(tenant, first)
    settled.synced()
    assert rows_of(tenant, first) == by_webhook
    # the sync first, then the webhook: received before, and received after
    by_sync = {call_id: rows_of(tenant, call_id) for call_id in (second, third)}
    settled.receive(bodies[second], ago=LONG_AGO)
    settled.receive(bodies[third])
    settled.drained({"loaded": 2})
    assert {call_id: rows_of(tenant, call_id) for call_id in (second, third)} == by_sync
    check(tenant)


def test_an_older_event_never_overwrites_a_newer_sync(lean: Hooks) -> None:
    tenant = lean.tenant
    (call_id,) = new_calls(tenant, 1)
    edit(tenant, call_id, "Old")
    lean.receive(lean.body(call_id))
    edit(tenant, call_id, "New")
    lean.synced()
    lean.drained({"loaded": 1})
    assert title(tenant, call_id) == "New"
    assert tenant.counted[EXTENSIVE] == 1, "in doubt Gong is asked"


@pytest.mark.parametrize("order", ["AB", "BA", "ABA", "BAB", "A.B", "B.A", "A.B.A", "B.A.A", "AA.B"])
def test_whatever_the_order_of_posts_the_present_state_is_loaded(lean: Hooks, order: str) -> None:
    """A call was in state A and is in state B now; posts come in any order, with loads where a dot stands."""
    tenant = lean.tenant
    (call_id,) = new_calls(tenant, 1)
    bodies = {}
    for state in "AB":
        edit(tenant, call_id, state)
        bodies[state] = lean.body(call_id)
    for part in order.split("."):
        for state in part:
            lean.receive(bodies[state])
        lean.drain()
    assert title(tenant, call_id) == "B"
    assert lean.pending() == 0


def test_a_state_that_comes_back_is_loaded(lean: Hooks) -> None:
    tenant = lean.tenant
    (call_id,) = new_calls(tenant, 1)
    for text in ("A", "B", "A"):
        edit(tenant, call_id, text)
        lean.receive(lean.body(call_id))
        lean.drained({"loaded": 1})
        assert title(tenant, call_id) == text


def test_parts_that_an_event_lacks_wipe_nothing(settled: Hooks) -> None:
    tenant = settled.tenant
    call_id = next(c for c, record in tenant.sandbox.world.visible_calls().items() if record.data.get("parties"))
    before = rows_of(tenant, call_id)
    assert before["calls__parties"]
    settled.receive(settled.body(call_id, parties=None, interaction=None, content=None, context=None))
    settled.drained({"loaded": 1})
    assert rows_of(tenant, call_id) == before


def test_parts_that_an_event_lacks_come_with_the_next_sync(hooks: Hooks) -> None:
    tenant = hooks.tenant
    (call_id,) = new_calls(tenant, 1)
    hooks.receive(hooks.body(call_id, interaction=None))
    hooks.drained({"loaded": 1})
    stored = rows_of(tenant, call_id)
    assert stored["calls"]
    assert stored["calls__topics"]
    assert not stored["calls__speakers"]
    hooks.synced()
    check(tenant)


def test_settings_of_the_sync_hold(hooks: Hooks) -> None:
    """Parts, CRM timing, workspaces, start and privacy; the rows are the sync's."""
    tenant = hooks.tenant
    settings = {"call_parts": ["parties", "topics", "context"], "context_timing": ["TimeOfCall"]}
    hooks.synced(**settings)
    first, other, old, hidden = ids = new_calls(tenant, 4)
    here = sorted(tenant.sandbox.world.workspaces)[0]
    for call_id in ids:
        tenant.sandbox.control.edit_call(call_id, "metaData.workspaceId", here)
    tenant.sandbox.control.edit_call(other, "metaData.workspaceId", "w2")
    tenant.sandbox.control.edit_call(old, "metaData.started", "2020-01-01T00:00:00Z")
    tenant.sandbox.control.edit_call(hidden, "metaData.isPrivate", True)
    tenant.sandbox.control.edit_call(first, "metaData.isPrivate", False)
    for call_id in ids:
        hooks.receive(hooks.body(call_id))
    hooks.drained(
        {"loaded": 2, "other_workspace": 1, "before_start": 1},
        workspace_ids=[here],
        include_private_calls=False,
        **settings,
    )
    by_webhook = rows_of(tenant, first)
    assert by_webhook["calls"]
    assert "brief" not in by_webhook["calls"][0]
    assert not by_webhook["calls__trackers"]
    for call_id in (other, old, hidden):
        assert not rows_of(tenant, call_id)["calls"]
        assert not rows_of(tenant, call_id)["transcripts"]
    hooks.synced(**settings)
    assert rows_of(tenant, first) == by_webhook
    tenant.sandbox.control.edit_call(first, "metaData.title", "another")
    hooks.receive(hooks.body(first))
    hooks.drained({"loaded": 1}, transcripts="drop", **settings)
    assert not tenant.requests(TRANSCRIPT)
    assert tenant.rows("transcripts") == tenant.rows("transcript_sentences") == []


def test_a_call_that_turned_private_does_not_come_back(lean: Hooks) -> None:
    tenant = lean.tenant
    lean.synced(include_private_calls=False)
    (call_id,) = new_calls(tenant, 1)
    tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", False)
    lean.receive(lean.body(call_id))
    tenant.sandbox.control.edit_call(call_id, "metaData.isPrivate", True)
    lean.synced(include_private_calls=False)
    lean.drained({"loaded": 1}, include_private_calls=False)
    assert not rows_of(tenant, call_id)["calls"]


def test_a_call_that_gong_deleted_does_not_come_back(settled_lean: Hooks) -> None:
    tenant = settled_lean.tenant
    (call_id,) = new_calls(tenant, 1)
    settled_lean.receive(settled_lean.body(call_id))
    tenant.sandbox.control.delete_calls([call_id])
    settled_lean.synced()
    settled_lean.drained({"not_listed": 1})
    assert not rows_of(tenant, call_id)["calls"]
    assert settled_lean.pending() == 0


def test_a_sync_that_commits_during_the_drain_is_not_overwritten(
    settled: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sync reads and commits between the drain's decision and its load."""
    tenant = settled.tenant
    (call_id,) = new_calls(tenant, 1)
    edit(tenant, call_id, "Old")
    settled.receive(settled.body(call_id))
    load, raced = Drain._load, []

    def after_a_sync(self: Drain, *arguments: Any) -> bool:
        if not raced:
            raced.append(True)
            edit(tenant, call_id, "New")
            settled.synced()
            tenant.pipeline("gong_webhook")
        return load(self, *arguments)

    monkeypatch.setattr(Drain, "_load", after_a_sync)
    settled.drained({"loaded": 1})
    assert title(tenant, call_id) == "New"
    check(tenant)


@pytest.mark.parametrize("name", ["gong", "gong_webhook"])
def test_transcripts_that_come_later_are_asked_for_again(settled_lean: Hooks, name: str) -> None:
    tenant = settled_lean.tenant
    (call_id,) = new_calls(tenant, 1)
    tenant.sandbox.control.hide_transcripts([call_id])
    settled_lean.receive(settled_lean.body(call_id))
    settled_lean.drained({"loaded": 1}, name=name)
    assert tenant.counted[TRANSCRIPT] == 1
    tenant.sandbox.control.release_transcripts([call_id])
    tenant.at(tenant.now + timedelta(hours=2))
    if name == "gong":
        settled_lean.synced()  # the same ledger
    else:
        (another,) = new_calls(tenant, 1)
        settled_lean.receive(settled_lean.body(another))
        settled_lean.drained({"loaded": 1})
        assert rows_of(tenant, another)["transcripts"]
    assert rows_of(tenant, call_id)["transcripts"]


def test_awaited_transcripts_are_not_asked_for_with_every_event(lean: Hooks) -> None:
    tenant = lean.tenant
    waiting = new_calls(tenant, 2)
    tenant.sandbox.control.hide_transcripts(waiting)
    for call_id in waiting:
        lean.receive(lean.body(call_id))
        lean.drained({"loaded": 1})
    log = [sample for sample in tenant.sandbox.counters.log if TRANSCRIPT in str(sample)]
    assert len(log) == 1
    assert waiting[0] not in str(log)


@pytest.mark.parametrize(
    ("scope", "failing", "found"),
    [
        ("api:calls:read:transcript", "transcripts", {"loaded": 2}),
        ("api:calls:read:extensive", "calls", {"loaded": 1, "pending": 2}),
    ],
)
def test_what_can_not_be_asked_for_is_told_and_kept(
    lean: Hooks, scope: str, failing: str, found: dict[str, int]
) -> None:
    tenant = lean.tenant
    new, doubtful = new_calls(tenant, 2)
    lean.receive(lean.body(new))
    for text in ("A", "B"):
        edit(tenant, doubtful, text)
        lean.receive(lean.body(doubtful))
    tenant.sandbox.control.deny_scopes([scope])
    report = lean.drain()
    assert report.exit_code == 1
    assert set(report.failures) == {failing}
    assert report.found == found
    assert rows_of(tenant, new)["calls"]
    tenant.sandbox.control.allow_scopes()
    tenant.at(tenant.now + timedelta(hours=2))
    (another,) = new_calls(tenant, 1)
    lean.receive(lean.body(another))
    assert lean.drain().exit_code == 0
    assert lean.pending() == 0
    assert rows_of(tenant, new)["transcripts"]


def test_the_quota_leaves_events_for_later(settled_lean: Hooks) -> None:
    tenant = settled_lean.tenant
    settled_lean.receive(settled_lean.body(next(iter(tenant.sandbox.world.visible_calls()))), ago=LONG_AGO)
    tenant.sandbox.control.set_quota(daily_requests=0, retry_after=7200)
    report = settled_lean.drain()
    assert report.exit_code == 75
    assert settled_lean.pending() == 1
    tenant.sandbox.control.set_quota()
    settled_lean.drained({"loaded": 1})


def test_rows_of_a_package_that_was_never_completed_are_not_there(lean: Hooks) -> None:
    """As a kill between the tables of a package leaves them, after dlt gave the package up."""
    tenant = lean.tenant
    (call_id,) = new_calls(tenant, 1)
    lean.receive(lean.body(call_id))
    lean.drained({"loaded": 1})
    whole = rows_of(tenant, call_id)
    assert whole["transcript_sentences"]
    tenant.sql("DELETE FROM transcript_sentences")
    tenant.sql("DELETE FROM _dlt_loads")
    lean.receive(lean.body(call_id))
    lean.drained({"loaded": 1})
    assert rows_of(tenant, call_id) == whole


@pytest.mark.parametrize("private", ["true", 1, True, "yes"], ids=repr)
def test_whatever_is_not_public_is_private(lean: Hooks, private: object) -> None:
    call_id, other = new_calls(lean.tenant, 2)
    for key, value in ((call_id, private), (other, False)):
        call = lean.tenant.sandbox.world.calls[key].data_at(lean.tenant.now)
        lean.receive(lean.body(key, metaData={**call["metaData"], "isPrivate": value}))
    lean.drained({"loaded": 2}, include_private_calls=False)
    assert lean.tenant.sql("SELECT id FROM calls") == [(other,)]


def test_a_private_event_removes_a_call_that_gong_shows_to_nobody(lean: Hooks) -> None:
    (call_id,) = new_calls(lean.tenant, 1)
    lean.receive(lean.body(call_id))
    lean.drained({"loaded": 1})
    call = lean.tenant.sandbox.world.calls[call_id].data_at(lean.tenant.now)
    lean.receive(lean.body(call_id, metaData={**call["metaData"], "isPrivate": True}))
    lean.tenant.sandbox.control.delete_calls([call_id])
    lean.drained({"loaded": 1}, include_private_calls=False)
    assert not any(rows_of(lean.tenant, call_id).values())


def test_one_bad_character_costs_that_character(lean: Hooks) -> None:
    """Half an emoji, a byte that is no UTF-8, a bare NaN, an integer that no column of numbers holds."""
    call_id, *_ = ids = new_calls(lean.tenant, 4)
    oddities = {b"Half \\ud83d.": "Half \ufffd.", b"Caf\xe9": "Caf\ufffd", b'Fine", "odd": NaN, "x": "': "Fine"}
    oddities[b'Large", "odd": 9223372036854775808, "x": "'] = "Large"
    for key, oddity in zip(ids, oddities, strict=True):
        edit(lean.tenant, key, "TITLE")
        lean.receive(lean.body(key).replace(b"TITLE", oddity))
    lean.drained({"loaded": 4})
    assert [title(lean.tenant, key) for key in ids] == list(oddities.values())
    assert rows_of(lean.tenant, call_id)["transcripts"]


def test_one_strange_event_does_not_hold_up_the_others(hooks: Hooks) -> None:
    tenant = hooks.tenant
    (call_id,) = new_calls(tenant, 1)
    hooks.receive(hooks.body(call_id))
    for number, strange in enumerate(
        [
            {"parties": "nobody", "context": {"a": 1}, "content": [], "interaction": 5},
            {"parties": [None, 5, {"context": "x"}], "context": [None, {"objects": "x"}, {"objects": [1, None]}]},
            {"metaData": {"id": "s2", "started": 5, "duration": "long", "isPrivate": "no", "title": {"a": 1}}},
            {"content": {"trackers": [1], "callOutcome": "x", "brief": 5}, "new group": {"a": [1]}},
        ]
    ):
        basic = {"id": f"s{number}", "started": "2026-06-14T10:00:00Z"}
        hooks.receive(orjson.dumps({"callData": {"metaData": basic, **strange}}))
    report = hooks.drain()
    assert report.exit_code == 0, report.as_text()
    assert hooks.pending() == 0
    assert sum(report.found.values()) == 5
    assert rows_of(tenant, call_id)["transcripts"]
    assert tenant.sql("SELECT count(*) FROM calls")[0][0] == report.found["loaded"]


def test_two_drains_of_one_inbox_do_not_meet(lean: Hooks) -> None:
    lean.receive(lean.body(next(iter(lean.tenant.sandbox.world.visible_calls()))))
    with closing(Inbox(lean.path)) as inbox, inbox.draining(), pytest.raises(InboxError, match="Another process"):
        lean.drain()


def test_only_calls_and_transcripts_can_be_chosen(lean: Hooks) -> None:
    with pytest.raises(GongConfigError, match="Webhooks bring calls"):
        run_drain(lean.tenant.pipeline(), lean.path, resources=["users"], **lean.tenant.settings())
    (call_id,) = new_calls(lean.tenant, 1)
    lean.receive(lean.body(call_id))
    run_drain(lean.tenant.pipeline(), lean.path, resources=["calls"], **lean.tenant.settings())
    assert title(lean.tenant, call_id)
