"""A person leaves texts, fields that nobody declared, and answers, and stays out of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import orjson
import pytest

from gong_source.runs import purge_person
from gong_source.webhook.inbox import Inbox, Received
from tests.pipeline.harness import Tenant

ADDRESS = "zoe.quill@outside.example"
NUMBER = "+49 89 1234567"


@pytest.fixture
def tenant(make_settled: Callable[..., Tenant]) -> Tenant:
    """A small company that was synced once."""
    return make_settled(calls=60, users=8, days=20)


def context(text: str) -> list[dict[str, Any]]:
    """CRM objects of a call, with a text in a field of an account."""
    field = {"name": "Description", "value": text}
    return [{"system": "Salesforce", "objects": [{"objectType": "Account", "objectId": "1", "fields": [field]}]}]


def standing(tenant: Tenant) -> set[tuple[str, str]]:
    """Tables and columns in which the person stands."""
    tables = [table for (table,) in tenant.sql("SHOW TABLES") if not table.startswith("_dlt")]
    return {
        (table, name)
        for table, rows in tenant.all_rows(tables).items()
        for row in rows
        for name, value in row.items()
        if "zoe.quill" in str(value).lower() or "45\u201167" in str(value) or "1234567" in str(value)
    }


TEXTS = [
    *(f"Contacts:\n{ADDRESS}", f"Spoke to {ADDRESS}. Fine.", f"*{ADDRESS}*", f"x\t{ADDRESS}!", f'"{ADDRESS}"'),
    *("call 0049 89 123\u201145\u201167", "call:\n49891234567", "call +49891234567x77", "+49 (0)89 1234567."),
]
TOLD = {
    "customData": f'{{"customer": {{"email": "{ADDRESS}"}}}}',
    "meetingUrl": f"https://meet.example/1?uname={ADDRESS}",
    "clientUniqueId": f"{NUMBER}/1",
    "purpose": f"Call {ADDRESS}",
    "sdrDisposition": f"Wrote to {ADDRESS}",
}
SPELLINGS = [
    *([ADDRESS], f"{ADDRESS}\u200b", f"{ADDRESS}; other@x.example"),
    *({"phoneNumber": value} for value in ("+49 (0)89 1234567", {"home": "+49891234567"})),
]


def test_who_stands_in_texts_and_undeclared_fields_leaves_them(tenant: Tenant) -> None:
    control, users = tenant.sandbox.control, sorted(tenant.sandbox.world.users)
    calls = [key for (key,) in tenant.sql("SELECT id FROM calls ORDER BY started DESC")]
    for key, text in zip(calls, TEXTS, strict=False):
        control.edit_call(key, "context", context(text))
    for key, field in zip(calls, ("parties.0.assistantEmail", "metaData.ownerEmail", "parties.0.name"), strict=False):
        control.edit_call(key, field, ADDRESS)
    for field, text in TOLD.items():
        control.edit_call(calls[0], f"metaData.{field}", text)
    control.edit_user(users[1], "assistantEmail", ADDRESS)
    control.add_folder("Hers", ownerEmail=ADDRESS)
    entry = {"eventTime": "2026-06-14T10:00:00Z", "userId": users[2], "userEmailAddress": "o@x.example"}
    control.add_log_entries("UserActivityLog", [{**entry, "logRecord": {"note": text}} for text in TEXTS])
    control.edit_call(calls[9], "parties.0.title", TEXTS[0])
    control.set_raw(calls[9], "metaData", "null")
    resources = ["calls", "users", "users_history", "logs", "library_folders"]
    tenant.synced(resources=resources)
    path = tenant.folder / "inbox"
    with closing(Inbox(path)) as inbox:
        for number, text in enumerate(TEXTS):
            body = orjson.dumps({"callData": {"metaData": {"id": str(number), "title": text}}})
            inbox.put([Received(str(number), str(number), number, body)])
    undeclared = {("calls", "owner_email"), ("calls__parties", "assistant_email"), ("library_folders", "owner_email")}
    undeclared |= {("users", "assistant_email"), ("users_history", "assistant_email")}
    named = {("calls__context__objects", "fields"), ("logs", "log_record"), ("calls__parties", "name")}
    told = ("custom_data", "meeting_url", "client_unique_id", "purpose", "sdr_disposition")
    named |= {("calls", name) for name in told}
    assert standing(tenant) == undeclared | named | {("_gong_rejected", "raw")}
    before = tenant.rows("users"), tenant.sql("SELECT count(fields), count(*) FROM calls__context__objects")[0]

    done = purge_person(tenant.pipeline(), emails=[ADDRESS], phones=[NUMBER], inbox=path)
    assert standing(tenant) == set()
    assert done.deleted == {"_gong_rejected": 1}
    assert done.blanked["calls__context__objects"] == done.blanked["logs"] == done.inbox == len(TEXTS)
    blank = {"assistant_email": None, "_content_hash": None}  # they are looked through once more
    assert [{**row, **blank} for row in before[0]] == tenant.rows("users"), "others' rows stay"
    fields, rows = before[1]
    assert tenant.sql("SELECT count(fields), count(*) FROM calls__context__objects") == [(fields - len(TEXTS), rows)]
    tenant.synced(pipeline=tenant.pipeline("again", tenant.folder / "again"), resources=resources)
    assert standing(tenant) == set()


def test_who_took_part_under_another_spelling_is_blanked(tenant: Tenant) -> None:
    control = tenant.sandbox.control
    outsiders = "FROM calls__parties p JOIN calls c ON c.id = p.call_id WHERE p.affiliation = 'External'"
    found = f"SELECT call_id, min(p._dlt_list_idx) {outsiders} GROUP BY ALL ORDER BY max(c.started) DESC"
    parties = tenant.sql(found)[: len(SPELLINGS)]
    for (key, position), spelling in zip(parties, SPELLINGS, strict=True):
        fields = spelling if isinstance(spelling, dict) else {"emailAddress": spelling}
        for field, value in {"emailAddress": None, "phoneNumber": None, **fields, "name": "Zoe Quill"}.items():
            control.edit_call(key, f"parties.{position}.{field}", value)
    tenant.synced(resources=["calls"])
    theirs = "SELECT count(*) FROM calls__parties WHERE name = 'Zoe Quill'"
    assert tenant.sql(theirs) == [(len(SPELLINGS),)]
    done = purge_person(tenant.pipeline(), emails=[ADDRESS], phones=[NUMBER])
    assert done.blanked == {"calls__parties": len(SPELLINGS)}
    tenant.synced(pipeline=tenant.pipeline("again", tenant.folder / "again"), resources=["calls"])
    assert tenant.sql(theirs) == [(0,)]


def test_a_user_leaves_the_answers_they_gave_and_the_logs_that_name_them(tenant: Tenant) -> None:
    control, world = tenant.sandbox.control, tenant.sandbox.world
    cards = "SELECT answered_scorecard_id, reviewed_user_id FROM answered_scorecards WHERE reviewed_user_id IS NOT NULL"
    (card, reviewed), (edited, _), (other, _) = tenant.sql(f"{cards} ORDER BY review_time DESC LIMIT 3")
    (reviewer, colleague, *_) = sorted(set(world.users) - {reviewed})
    for key, path, who in ((card, "reviewerUserId", reviewer), (edited, "editorUserId", reviewer)):
        control.edit_answered_scorecard(key, path, who)
    control.edit_answered_scorecard(other, "reviewerUserId", colleague)
    for key in (card, edited, other):
        control.edit_answered_scorecard(key, "answers.0.answerText", "Slow down")
    record = {"affectedUserId": reviewer, "affectedUserFullName": "Their Name"}
    entry = {"eventTime": "2026-06-14T10:00:00Z", "userId": colleague, "userEmailAddress": "o@x.example"}
    control.add_log_entries("UserActivityLog", [{**entry, "logRecord": record}])
    resources = ["users", "logs", "answered_scorecards"]
    tenant.synced(resources=resources)
    texts = f"""SELECT answered_scorecard_id, max(answer_text) FROM answered_scorecards__answers
        WHERE answered_scorecard_id IN ('{card}', '{edited}', '{other}') GROUP BY ALL"""
    named = "SELECT count(*) FROM logs WHERE CAST(log_record AS VARCHAR) LIKE '%Their Name%'"
    assert tenant.sql(named) == [(1,)]

    purge_person(tenant.pipeline(), emails=[world.users[reviewer]["emailAddress"]])
    for _ in range(2):
        left = dict(tenant.sql(texts))
        assert (left[card], left[edited]) == (None, None)
        assert left[other] is not None, "what others wrote stays"
        assert tenant.sql(named) == [(0,)]
        tenant.synced(pipeline=tenant.pipeline("again", tenant.folder / "again"), resources=resources)
    purge_person(tenant.pipeline(), emails=[world.users[reviewed]["emailAddress"]])
    assert dict(tenant.sql(texts))[other] is not None
