"""What an HTTP answer means: a payload, an empty list, nothing at all, or which error."""

import re
from base64 import b64encode
from typing import Any

import orjson
import pytest

from gong_source.api import endpoints
from gong_source.api.answers import LONGEST_MESSAGE, Answer, read_answer
from gong_source.api.auth import GongAuth
from gong_source.api.endpoints import (
    CALLS_EXTENSIVE,
    CREATE_CALL,
    CUSTOM_ACTION,
    LIST_CALLS,
    LOGS,
    USERS,
    WORKSPACES,
    Cursor,
    Endpoint,
)
from gong_source.api.refusals import duplicate_error, error_for, redirect_error
from gong_source.api.transport import Received
from gong_source.errors import (
    GongAuthError,
    GongBadRequestError,
    GongConnectionError,
    GongCursorExpired,
    GongDuplicateError,
    GongForbiddenError,
    GongNotFoundError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)
from gong_source.streams.table import StreamTable

ALL = [value for value in vars(endpoints).values() if isinstance(value, Endpoint)]
READ_BY_SYNCS = list(dict.fromkeys(one for stream in StreamTable().read for one in stream.endpoints))
EMPTY_TEXTS = [
    "No calls found corresponding to the provided filters",
    "No logs found for the specified period",
    "No users found corresponding to the provided filter",
    "no Library Folders found corresponding to the Provided Filters",
]


def received(status: int, payload: Any, **headers: str) -> Received:
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return Received(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def refusal(status: int, *errors: str, **headers: str) -> Received:
    return received(status, {"requestId": "r1", "errors": list(errors)}, **headers)


class TestSuccess:
    @pytest.mark.parametrize("status", [200, 201, 206])
    def test_is_the_payload(self, status: int):
        payload = {"requestId": "r1", "calls": [{"id": "1"}]}
        assert read_answer(LIST_CALLS, received(status, payload)) == Answer(status, payload, request_id="r1")

    @pytest.mark.parametrize(
        "body", [b"", b"<html></html>", b'{"calls": [', b"[]", b"null", b'"text"', b"\xff\xfe", b"1"]
    )
    def test_without_a_json_object_counts_as_no_answer(self, body: bytes):
        answer = read_answer(LIST_CALLS, received(200, body))
        assert (answer.status, answer.payload) == (None, None)
        assert f"({len(body)} bytes)" in answer.message

    def test_without_content_has_nothing_to_give(self):
        assert read_answer(LIST_CALLS, received(204, b"")) == Answer(204, {})

    @pytest.mark.parametrize(
        "body", [b"", b"{}", *(b'{"callId": %b}' % each for each in (b"null", b'" "', b"[]", b"{}", b"0", b"true"))]
    )
    def test_of_a_write_that_does_not_tell_what_was_made_counts_as_no_answer(self, body: bytes):
        answer = read_answer(CREATE_CALL, received(200 if body else 204, body))
        assert (answer.payload, answer.message, answer.may_have_acted) == (None, "the answer has no callId", True)

    @pytest.mark.parametrize("status", [300, 304, 400, 500])
    def test_is_none_of_another_status(self, status: int):
        assert read_answer(LIST_CALLS, received(status, {"calls": []})).payload is None

    @pytest.mark.parametrize("content", [{}, {"calls": None}, {"calls": [], "records": {"totalRecords": 0}}], ids=str)
    def test_is_none_where_gong_has_errors_in_place_of_what_was_asked_for(self, content: dict[str, Any]):
        payload = {"requestId": "r1", "errors": ["Internal failure of secret"], **content}
        answer = read_answer(
            LIST_CALLS, received(200, payload), discreet=lambda text: text.replace("secret", "<secret>")
        )
        assert (answer.payload, answer.message, answer.request_id) == (None, "Internal failure of <secret>", "r1")

    @pytest.mark.parametrize(
        "content", [{"errors": [], "calls": []}, {"errors": ["one is odd"], "calls": [{"id": "1"}]}], ids=str
    )
    def test_may_tell_of_errors_besides(self, content: dict[str, Any]):
        assert read_answer(LIST_CALLS, received(200, content)).payload == content

    def test_tells_of_errors_without_secrets(self):
        content = {"errors": [{"userFacingError": "no secret"}], "calls": [{"id": "1"}]}
        answer = read_answer(
            LIST_CALLS, received(200, content), discreet=lambda text: text.replace("secret", "<secret>")
        )
        assert answer.payload == {**content, "errors": ["no <secret>"]}

    @pytest.mark.parametrize("text", EMPTY_TEXTS)
    def test_is_empty_where_its_errors_say_that_nothing_is_there(self, text: str):
        answer = read_answer(LIST_CALLS, received(200, {"errors": [text], "calls": []}))
        assert answer.payload == {"calls": [], "records": {"totalRecords": 0}, "requestId": None}

    def test_keeps_large_numbers(self):
        answer = read_answer(LIST_CALLS, received(200, b'{"calls": [{"id": 18446744073709551615}]}'))
        assert answer.payload == {"calls": [{"id": "18446744073709551615"}]}

    def test_no_answer_says_why(self):
        answer = read_answer(LIST_CALLS, Received(None, problem="no answer within 5 s"))
        assert answer == Answer(None, message="no answer within 5 s")


class TestEmpty:
    @pytest.mark.parametrize("text", EMPTY_TEXTS)
    @pytest.mark.parametrize("endpoint", [one for one in ALL if one.empty_404], ids=lambda one: one.name)
    def test_404_of_a_filtered_list_is_empty(self, endpoint: Endpoint, text: str):
        answer = read_answer(endpoint, refusal(404, text))
        assert answer.payload == {endpoint.list_key: [], "records": {"totalRecords": 0}, "requestId": "r1"}
        assert (answer.status, answer.request_id) == (404, "r1")

    @pytest.mark.parametrize("text", EMPTY_TEXTS)
    def test_404_of_what_is_no_filtered_list_is_an_error(self, text: str):
        assert read_answer(WORKSPACES, refusal(404, text)).payload is None

    @pytest.mark.parametrize(
        "text",
        [
            "Workspace not found",
            "Call ID 7 was not found",
            "No endpoint GET /v2/calls",
            "",
            "No calls found",
            "Not Found",
        ],
    )
    def test_404_with_another_text_is_an_error(self, text: str):
        answer = read_answer(LIST_CALLS, refusal(404, text))
        assert answer.payload is None
        assert isinstance(error_for(LIST_CALLS, answer, "", 1), GongNotFoundError)

    @pytest.mark.parametrize("body", [b"", b"<html>No calls found, provided filters</html>", b"[]"])
    def test_404_that_is_not_gongs_own_is_an_error(self, body: bytes):
        assert read_answer(LIST_CALLS, received(404, body)).payload is None

    @pytest.mark.parametrize("status", [400, 401, 403, 410, 500])
    def test_another_status_with_that_text_is_an_error(self, status: int):
        assert read_answer(LIST_CALLS, refusal(status, EMPTY_TEXTS[0])).payload is None


class TestRefusals:
    def test_carry_message_request_id_and_headers(self):
        answer = read_answer(LIST_CALLS, refusal(429, "slow down", "please", Retry_After="7"))
        assert answer == Answer(429, None, "slow down; please", "r1", 7.0)
        assert not answer.is_redirect

    def test_redirects_carry_where_to(self):
        answer = read_answer(LIST_CALLS, received(302, b"", Location="https://us-1.api.gong.io/v2/calls"))
        assert answer.is_redirect
        assert answer.location == "https://us-1.api.gong.io/v2/calls"

    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            ({"errors": "just text"}, "just text"),
            ({"errors": [{"code": 7}]}, "code: 7"),
            ({"errors": [{"message": "too long", "field": "title"}]}, "too long, field: title"),
            ({"errors": [["one", "one", None], {"title": ["odd"]}]}, "one; odd"),
            ({"userFacingError": {"text": "ask"}, "errors": ["no"], "message": "other"}, "text: ask; no"),
            ({"requestId": "r1", "message": "too long"}, "too long"),
            ({"error": "invalid", "error_description": "it is so"}, "invalid; it is so"),
            ({"title": "Odd", "status": 422, "detail": "why"}, "Odd; why"),
            ({"errors": []}, "no message from Gong"),
            ({"errors": None}, "no message from Gong"),
            ({}, "no message from Gong"),
            (b"<html>Bad Gateway</html>", "no message from Gong"),
            (b"", "no message from Gong"),
        ],
        ids=str,
    )
    def test_have_a_message_whatever_came(self, payload: Any, message: str):
        assert read_answer(LIST_CALLS, received(502, payload)).message == message

    def test_a_plain_text_is_a_message(self):
        plain = received(400, b"  in the\npast\xff ", Content_Type="text/plain; charset=utf-8")
        assert read_answer(LIST_CALLS, plain).message == "in the past\ufffd"

    def test_a_long_message_is_cut(self):
        assert read_answer(LIST_CALLS, refusal(400, "x" * 10_000)).message == "x" * 400 + "..."


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (None, "the connection failed", GongConnectionError),
        (400, "Malformed request", GongBadRequestError),
        (401, "Access denied", GongAuthError),
        (401, "You don't have permission to use 'api:calls:read:basic' in your account", GongForbiddenError),
        (403, "Forbidden", GongForbiddenError),
        (404, "Workspace not found", GongNotFoundError),
        (405, "Not supported", GongBadRequestError),
        (400, "The provided cursor has expired", GongCursorExpired),
        (404, "The provided Cursor Has Expired", GongCursorExpired),
        (401, "The cursor has expired", GongCursorExpired),
        (403, "The cursor has expired", GongCursorExpired),
        (200, "The cursor has expired", GongCursorExpired),
        (409, "Conflict", GongBadRequestError),
        (200, "Internal failure", GongProtocolError),
        (304, "Not Modified", GongProtocolError),
        (500, "Internal", GongServerError),
        (504, "Gateway", GongServerError),
    ],
)
def test_each_answer_has_its_error(status: int | None, text: str, kind: type[GongRequestError]):
    error = error_for(CALLS_EXTENSIVE, Answer(status, message=text, request_id="r1"), "January", 3)
    assert type(error) is kind
    assert (error.status, error.window, error.request_id) == (status, "January", "r1")
    assert str(error).startswith("POST /v2/calls/extensive [January]: ")
    assert f"{text} (after 3 attempts)" in str(error)


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (401, "Access denied", (True, False)),
        (401, "You don't have permission to use 'api:calls:read:basic'", (False, True)),
        (403, "Forbidden", (False, True)),
        (401, "The cursor has expired", (False, False)),
        (403, "The cursor has expired", (False, False)),
        (None, "the cursor has expired", (False, False)),
    ],
)
def test_what_is_wrong_with_a_key(status: int | None, text: str, expected: tuple[bool, bool]):
    answer = Answer(status, message=text)
    assert (answer.refuses_key, answer.lacks_scope) == expected


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Call ID 7782342274025937895 was not found", True),
        ("callId '7782342274025937895' not found", True),
        ("Call with id 7 is not found.", True),
        ("no; The call was not found", True),
        ("Call not found", True),
        ("Workspace not found", False),
        ("GET /v2/calls/7782342274025937895 not found", False),
        ("The API call was not found", False),
        ("Call 7 is in a workspace that was not found", False),
    ],
)
def test_which_404_tells_that_a_call_is_gone(text: str, gone: bool):
    assert bool(re.search(endpoints.CALL_GONE_TEXT, text, re.IGNORECASE)) == gone


def test_only_several_attempts_are_counted_out():
    assert "attempt" not in str(error_for(LIST_CALLS, Answer(400, message="x"), "", 1))
    assert "(after 2 attempts)" in str(error_for(LIST_CALLS, Answer(400, message="x"), "", 2))


@pytest.mark.parametrize(
    ("status", "redirect"),
    [(None, False), (200, False), (300, False), (301, True), (304, False), (308, True), (399, False), (400, False)],
)
def test_what_a_redirect_is(status: int | None, redirect: bool):
    assert Answer(status).is_redirect == redirect


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(None), True),
        (Answer(500), True),
        (Answer(504), True),
        (Answer(304), True),
        (Answer(307), False),
        (Answer(None, sent=False), False),
        (Answer(303), True),
        (Answer(498), False),
        (Answer(499), True),
        (Answer(429), False),
    ],
    ids=str,
)
def test_what_a_write_may_have_done(answer: Answer, expected: bool):
    assert answer.may_have_acted == expected


@pytest.mark.parametrize("endpoint", READ_BY_SYNCS, ids=lambda one: one.name)
def test_a_missing_scope_is_named_with_the_way_out(endpoint: Endpoint):
    error = error_for(endpoint, Answer(403, message="Forbidden"), "", 1)
    if endpoint.scope:  # Gong states none for a few
        assert endpoint.scope in str(error)
        assert endpoint.scope.startswith("api:")
    assert bool(endpoint.list_key) == ("--resources" in str(error)) == ("with_resources" in str(error))
    assert "trusted IP" in str(error)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("https://us-77.api.gong.io/v2/calls?emailAddress=ada@acme.com", "https://us-77.api.gong.io"),
        ("//us-77.api.gong.io/v2", "If https://us-77.api.gong.io is"),
        ("https://acme:acme@us-77.api.gong.io:8443/", "If https://us-77.api.gong.io:8443 is"),
        ("https://[acme", "the tenant's own API base URL"),
        ("https://acme\x1b[2J/", "the tenant's own API base URL"),
        ("/v2/elsewhere", "the tenant's own API base URL"),
        ("", "the tenant's own API base URL"),
    ],
)
def test_a_redirect_names_the_host_to_configure(location: str, shown: str):
    error = redirect_error(LIST_CALLS, Answer(302, location=location, request_id="r1"), "January")
    assert shown in str(error)
    assert "sources.gong.base_url" in str(error)
    assert "acme" not in str(error)
    assert (error.status, error.window, error.request_id) == (302, "January", "r1")


class TestEndpoints:
    def test_are_each_there_once(self):
        assert len({(one.name, one.scope) for one in ALL}) == len(ALL)

    @pytest.mark.parametrize("endpoint", ALL, ids=lambda one: one.name)
    def test_take_their_cursor_where_their_method_allows(self, endpoint: Endpoint):
        assert endpoint.cursor in {Cursor.NONE, Cursor.QUERY if endpoint.method == "GET" else Cursor.BODY}
        assert endpoint.path.startswith("/v2/")

    def test_those_with_pages_are_the_ones_gong_pages(self):
        paged = {one.name: one.cursor for one in READ_BY_SYNCS if one.cursor is not Cursor.NONE}
        assert paged == {
            "GET /v2/calls": Cursor.QUERY,
            "GET /v2/users": Cursor.QUERY,
            "GET /v2/logs": Cursor.QUERY,
            "POST /v2/calls/extensive": Cursor.BODY,
            "POST /v2/calls/transcript": Cursor.BODY,
            "POST /v2/stats/activity/scorecards": Cursor.BODY,
            "POST /v2/stats/activity/aggregate-by-period": Cursor.BODY,
            "POST /v2/stats/activity/day-by-day": Cursor.BODY,
            "POST /v2/stats/interaction": Cursor.BODY,
            "GET /v2/flows": Cursor.QUERY,
            "GET /v2/flows/folders": Cursor.QUERY,
        }

    def test_are_named_by_method_and_path(self):
        assert [LOGS.name, USERS.name] == ["GET /v2/logs", "GET /v2/users"]


def duplicate_of(key: str, message: str, lost: bool = False) -> GongDuplicateError | None:
    sent = {"clientUniqueId": key, "downloadMediaUrl": "https://a.example/1", "title": "Field 7", "purpose": None}
    return duplicate_error(CREATE_CALL, read_answer(CREATE_CALL, refusal(400, message)), key, sent, lost)


@pytest.mark.parametrize(
    "message",
    [
        "downloadMediaUrl: already used in call ID 7782342274025937895",
        "The download media URL was already used, call ID 7782342274025937895",
        "download_media_url of field-7 already exists",
        "This media was already uploaded, callId=7782342274025937895",
        "title: already in use",
    ],
)
def test_what_is_there_of_another_field_is_no_duplicate_of_the_id(message: str):
    assert duplicate_of("field-7", message) is None


def test_a_duplicate_after_a_lost_answer_may_be_what_came_of_it():
    before, after = (duplicate_of("media", "Client unique ID already exists", lost) for lost in (False, True))
    assert before is not None
    assert after is not None
    assert [before.after_lost_answer, after.after_lost_answer] == [False, True]
    assert "Nothing was written now" in str(before)
    assert "what came of it" in str(after)


@pytest.mark.parametrize(
    ("key", "message", "found"),
    [
        (
            "field-7",
            "Call with clientUniqueId field-7 already exists, call ID 7782342274025937895",
            "7782342274025937895",
        ),
        ("field-7", "Duplicate clientUniqueId, callId=7782342274025937895.", "7782342274025937895"),
        ("field-7", 'duplicate of call "7782342274025937895"', "7782342274025937895"),
        ("field-7", "duplicate, see call with id: 7782342274025937895", "7782342274025937895"),
        ("12", "clientUniqueId 12 was already used in workspace 623457276584334222", None),
        ("12", "Duplicate clientUniqueId 12 (request 623457276584334222)", None),
        ("7782342274025937895", "Call 7782342274025937895 already exists", None),
        ("12", "Call with clientUniqueId 12 already exists, call ID 1234567", "1234567"),
        ("a", "duplicate: call 7782342274025937895 and call 7782342274025937896", None),
        ("a", "Duplicate call: 4155550100 to 415555010012345", None),
        ("a", "Duplicate: call 20260115 already exists", None),
    ],
)
def test_only_an_id_that_gong_calls_the_calls_is_taken_for_it(key: str, message: str, found: str | None):
    error = duplicate_of(key, message)
    assert error is not None
    assert error.existing_id == found


def test_a_call_that_the_refusal_of_an_event_names_is_not_the_event():
    answer = read_answer(CUSTOM_ACTION, refusal(409, "Event was already reported for call 7782342274025937895"))
    error = duplicate_error(CUSTOM_ACTION, answer, "ev-1", {"eventId": "ev-1"}, lost=False)
    assert error is not None
    assert error.existing_id is None


@pytest.mark.parametrize("kept", [1, 12, 20, 30])
def test_words_are_cut_before_an_address_not_in_it(kept: int):
    text = f"{'x ' * LONGEST_MESSAGE}"[: LONGEST_MESSAGE - kept] + " olivia.novak@brightwater.example is unknown"
    answer = read_answer(LIST_CALLS, received(400, {"errors": [text]}))
    assert "oliv" not in answer.message


def test_nothing_of_a_refusal_is_told_at_any_length():
    long = "x" * 5000
    answer = read_answer(LIST_CALLS, received(400, {"errors": [long], "requestId": long, "fixUrl": f"https://{long}"}))
    told = (answer.message, answer.request_id or "", answer.advice)
    assert all(0 < len(each) <= LONGEST_MESSAGE + len("...") for each in told)


def test_a_refusal_that_repeats_the_credentials_is_told_without_them():
    """Also where the words are cut behind them."""
    secret = "n0t-a-rea1-secret/+=="
    basic, bearer = GongAuth.basic("KEY1", secret), GongAuth.bearer("t0ken.of-nobody")
    carried = b64encode(f"KEY1:{secret}".encode()).decode()
    padding = "x" * (LONGEST_MESSAGE - 9)
    for auth, words in ((basic, secret), (basic, f"Basic {carried}"), (bearer, "Bearer t0ken.of-nobody")):
        for text in (f"bad header {words} here", f"{padding}{words}"):
            content = {"errors": [text], "requestId": words, "fixUrl": f"https://a.example/{words}"}
            answer = read_answer(LIST_CALLS, received(400, content), discreet=auth.discreet)
            told = f"{answer.message} {answer.request_id} {answer.advice}"
            assert told.count("<") == 3
            assert not any(part in told for part in (secret[:6], carried[:6], "t0ken"))
