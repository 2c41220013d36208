"""The exception tree, its exit codes, and messages that tell what to do without telling whom it is about."""

import copy
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source import errors
from gong_source.api import gong_time
from gong_source.errors import (
    GongArgumentError,
    GongAuthError,
    GongBadRequestError,
    GongConfigError,
    GongConnectionError,
    GongCursorExpired,
    GongDestinationError,
    GongError,
    GongForbiddenError,
    GongLoadError,
    GongLockedError,
    GongNotFoundError,
    GongPlannedStop,
    GongProtocolError,
    GongQuotaExceeded,
    GongRedirectError,
    GongRequestError,
    GongServerError,
)
from gong_source.wording import SHOWN, redacted

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, GongError)]
REQUEST_ERRORS = [kind for kind in KINDS if issubclass(kind, GongRequestError)]


def drawn_tree() -> dict[str, str]:
    """Child and parent of each error, as the module's docstring draws them."""
    above: dict[int, str] = {}
    parents = {}
    for indent, name in re.findall(r"^    ([ │├└─]*)(\w+)(?:$|  )", errors.__doc__ or "", re.MULTILINE):
        above[len(indent)] = name
        if indent:
            parents[name] = above[len(indent) - 4]
    return parents


def test_the_tree_is_the_one_drawn():
    assert GongError.__bases__ == (Exception,)
    assert drawn_tree() == {kind.__name__: kind.__bases__[0].__name__ for kind in KINDS if kind is not GongError}


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (GongConfigError, GongError),
        (GongQuotaExceeded, GongError),
        (GongDestinationError, GongError),
        (GongRequestError, GongError),
        (GongAuthError, GongRequestError),
        (GongForbiddenError, GongRequestError),
        (GongNotFoundError, GongRequestError),
        (GongBadRequestError, GongRequestError),
        (GongCursorExpired, GongBadRequestError),
        (GongRedirectError, GongRequestError),
        (GongServerError, GongRequestError),
        (GongConnectionError, GongRequestError),
        (GongProtocolError, GongRequestError),
    ],
)
def test_what_users_catch_stays_where_it_is(kind: type[GongError], parent: type[GongError]):
    assert kind.__bases__[0] is parent


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_exit_codes(kind: type[GongError]):
    """2 for what the user typed, 73 for a lock and 75 for a quota that come back by themselves, 1 for all else."""
    special = {GongLockedError: 73, GongQuotaExceeded: 75, ValueError: 2}
    assert kind.exit_code == next((code for base, code in special.items() if issubclass(kind, base)), 1)


def test_a_wrong_setting_is_a_value_error_too():
    with pytest.raises(ValueError, match="start_date"):
        raise GongConfigError("start_date is wrong")


@pytest.mark.parametrize("kind", REQUEST_ERRORS, ids=lambda kind: kind.__name__)
def test_a_failed_request_says_what_where_and_what_to_do(kind: type[GongRequestError]):
    error = kind(
        "Gong's own words",
        endpoint="GET /v2/calls",
        window="2024-01-01T00:00:00Z .. 2024-02-01T00:00:00Z",
        status=418,
        request_id="4al018gzaztcr8nbukw",
    )
    assert str(error) == (
        "GET /v2/calls [2024-01-01T00:00:00Z .. 2024-02-01T00:00:00Z]: HTTP 418: Gong's own words "
        f"(request id 4al018gzaztcr8nbukw). {kind.advice}"
    )
    assert kind.advice.endswith(".")
    assert (error.endpoint, error.status, error.request_id) == ("GET /v2/calls", 418, "4al018gzaztcr8nbukw")
    assert error.window == "2024-01-01T00:00:00Z .. 2024-02-01T00:00:00Z"


def test_what_is_not_known_is_left_out():
    error = GongConnectionError("no answer", endpoint="GET /v2/users", advice="Look at the cable.")
    assert str(error) == "GET /v2/users: no answer. Look at the cable."
    assert (error.status, error.request_id, error.window) == (None, None, "")


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        (GongAuthError, "sources.gong.base_url"),
        (GongAuthError, "access key"),
        (GongNotFoundError, "sources.gong.base_url"),
        (GongBadRequestError, "workspace ids"),
        (GongCursorExpired, "sources.gong.chunk_days"),
        (GongConnectionError, "network"),
        (GongServerError, "again"),
        (GongProtocolError, "support"),
    ],
)
def test_advice_names_what_to_look_at(kind: type[GongRequestError], hint: str):
    assert hint in str(kind("x", endpoint="GET /v2/calls"))


def test_a_used_up_quota_says_that_nothing_is_lost():
    error = GongQuotaExceeded("Gong asks to wait 3600 s", 3600.0)
    assert str(error) == (
        "Gong quota used up: Gong asks to wait 3600 s. Nothing is lost; resume with the same command."
    )
    assert error.retry_after == 3600.0
    assert GongQuotaExceeded("x").retry_after is None


class TestRedaction:
    @pytest.mark.parametrize(
        "error", [GongError, GongConfigError, GongArgumentError, GongLockedError, GongDestinationError, GongLoadError]
    )
    def test_no_error_of_ours_has_an_address_or_password(self, error: type[GongError]):
        found = error("jane@acme.com of postgresql://me:word@host/db, +49 170 1234567")
        assert str(found) == "<e-mail> of postgresql://<secret>@host/db, <phone number>"
        assert str(pickle.loads(pickle.dumps(found))) == str(found)

    def test_arguments_that_are_refused_show_no_address_nor_half_of_one(self):
        with pytest.raises(GongArgumentError) as cut:
            gong_time("x" * (SHOWN - 9) + " jane@acme.com", "from_date_time")
        assert "jane" not in str(cut.value)
        with pytest.raises(GongArgumentError, match="it is '<e-mail>'"):
            gong_time("jane@acme.com", "from_date_time")

    @given(
        st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._%+-]{0,15}", fullmatch=True),
        st.sampled_from(["@", "%40"]),
        st.from_regex(r"[a-z0-9-]{1,10}(\.[a-z]{2,6}){1,3}", fullmatch=True),
        st.sampled_from(["{}", "user {} not found", "<{}>", '"{}",', "?emailAddress={}&x=1", "{}.", "({}; {})"]),
    )
    def test_no_address_is_left(self, local: str, at: str, domain: str, sentence: str):
        shown = redacted(sentence.replace("{}", f"{local}{at}{domain}"))
        assert shown == sentence.replace("{}", "<e-mail>")

    @pytest.mark.parametrize(
        "address",
        ["o'brien@acme.com", "josé@acme.com", "ada@büro.example", "a.b+c@mail.acme.co.uk", "ADA@ACME.COM", "a@b.c"]
        + ["ada!b@acme.com", '"ada b"@acme.com', "ada\u200b@acme.com"],
    )
    def test_unusual_addresses(self, address: str):
        shown = redacted(f"party {address} is unknown")
        assert "@" not in shown
        assert address.partition("@")[2] not in shown
        assert shown == "party <e-mail> is unknown"

    @pytest.mark.parametrize(
        "number",
        ["+1 (555) 123-4567", "+4915112345678", "%2B15551234567", "+44 20 7946 0958", "+1.555.123.4567"]
        + ["+1 415\u2011555\u20110100", "+1\u00a0415\u00a0555\u00a00100", "+49 (0)89 1234567", "0049891234567"],
    )
    def test_phone_numbers(self, number: str):
        assert redacted(f"party {number} is unknown") == "party <phone number> is unknown"

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2024-02-29T12:00:00+05:30 is too early",
            "call 6759055243874393368 is unknown",
            "POST /v2/calls/extensive: HTTP 400: filter.fromDateTime: wrong",
            "2024-02-29T12:00:00Z .. 2024-03-01T00:00:00Z",
            "https://us-12345.api.gong.io",
            "at 3 @ noon",
            "request 0067a1b2c3, 2024-02-29 00 12, 00:00:00.123456",
            "100% sure",
        ],
    )
    def test_everything_else_stays(self, text: str):
        assert redacted(text) == text

    @pytest.mark.parametrize("kind", REQUEST_ERRORS, ids=lambda kind: kind.__name__)
    def test_every_part_of_a_failed_request_is_redacted(self, kind: type[GongRequestError]):
        error = kind(
            "ada@acme.com is unknown",
            endpoint="GET /v2/data-privacy/data-for-email-address?emailAddress=ada%40acme.com",
            window="ada@acme.com",
            request_id="ada@acme.com",
            advice="Ask ada@acme.com.",
        )
        for shown in (str(error), repr(error)):
            assert "acme" not in shown
            assert "ada" not in shown.replace("data", "")


@pytest.mark.parametrize(
    "error",
    [
        GongConfigError("a setting is wrong"),
        GongQuotaExceeded("9 requests made", 12.5),
        GongPlannedStop(10, 9),
        GongDestinationError("the file is gone"),
        GongCursorExpired("too old", endpoint="POST /v2/calls", window="May", status=400, request_id="r1"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_comes_through_to_another_process_as_it_is(error: GongError):
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(same), str(same), vars(same)) == (type(error), str(error), vars(error))
