"""What the client makes of refusals, and of a quota that is used up."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gong_source.api import GongClient
from gong_source.api.endpoints import CALLS_EXTENSIVE, LIST_CALLS, LOGS, USERS, WORKSPACES
from gong_source.api.limits import Pacer, Quota
from gong_source.errors import (
    GongAuthError,
    GongBadRequestError,
    GongForbiddenError,
    GongMovedError,
    GongNotFoundError,
    GongProtocolError,
    GongQuotaExceeded,
    GongRedirectError,
    GongRequestError,
)
from gong_source.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=5, users=5, days=20, sentences=3, end="2024-03-01") as running:
        yield running


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., GongClient]]:
    """Makes clients that are not paced; read times out soon."""
    clients: list[GongClient] = []

    def make(**options: Any) -> GongClient:
        key = {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret}
        unpaced = {"requests_per_second": 0, "daily_requests": 0, "read_timeout": 300}
        clients.append(GongClient.from_config(**{"base_url": sandbox.url, "credentials": key, **unpaced, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def assert_discreet(error: BaseException, *secrets: str) -> None:
    """No secret in what an error, or what caused it, shows."""
    seen: BaseException | None = error
    while seen is not None:
        shown = f"{seen!s} {seen!r} {vars(seen)}"
        assert not any(secret in shown for secret in secrets)
        seen = seen.__cause__ or seen.__context__


class TestRefusals:
    @pytest.mark.parametrize(
        ("fault", "kind", "advice"),
        [
            ("400", GongBadRequestError, "check the dates, ids and workspace ids"),
            ("401", GongAuthError, "sources.gong.base_url is the tenant's own"),
            ("403", GongForbiddenError, "the scope api:users:read"),
            ("404", GongNotFoundError, "the id asked for still exists"),
        ],
    )
    def test_are_told_at_once_and_in_full(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient], fault: str, kind: type, advice: str
    ):
        client = make_client()
        sandbox.control.fail(fault, times=None, text="Gong's own words on ada@acme.com")
        with pytest.raises(GongRequestError) as raised:
            list(client.pages(USERS, window="users of bob@acme.com"))
        error = raised.value
        assert type(error) is kind
        assert error.status == int(fault)
        assert error.request_id
        message = str(error)
        assert f"GET /v2/users [users of <e-mail>]: HTTP {fault}: Gong's own words on <e-mail>" in message
        assert f"(request id {error.request_id})" in message
        assert advice in message
        assert_discreet(error, sandbox.access_key, sandbox.access_key_secret, "ada@", "Basic ")
        assert sandbox.counters.total == 1

    def test_a_missing_scope_costs_only_what_needs_it(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        client = make_client()
        sandbox.control.deny_scopes([LOGS.scope])
        params = {"logType": "UserCallPlay", "fromDateTime": "2024-01-01T00:00:00Z"}
        with pytest.raises(GongForbiddenError, match=r"needs the scope api:logs:read .*--resources") as raised:
            client.request(LOGS, params=params)
        assert raised.value.status == 403
        assert len(client.records(USERS)) == 5

    def test_a_wrong_secret(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        client = make_client(credentials={"access_key": sandbox.access_key, "access_key_secret": "wrong-secret"})
        with pytest.raises(GongAuthError, match="the credentials are not valid") as raised:
            client.records(WORKSPACES)
        assert_discreet(raised.value, sandbox.access_key, "wrong-secret")
        assert "secret" not in repr(client)

    def test_a_wrong_token(self, make_client: Callable[..., GongClient]):
        client = make_client(credentials={"auth_type": "oauth", "access_token": "wrong-token"})
        with pytest.raises(GongAuthError) as raised:
            client.records(WORKSPACES)
        assert_discreet(raised.value, "wrong-token")

    def test_what_gong_finds_wrong_is_passed_on(self, make_client: Callable[..., GongClient]):
        with pytest.raises(GongBadRequestError, match="filter"):
            make_client().request(CALLS_EXTENSIVE, body={"filter": {"callIds": []}})


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_to_another_host_are_never_followed_and_name_the_cure(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient], status: int
    ):
        with Sandbox(empty=True) as other:
            sandbox.control.fail("redirect", status=status, location=f"{other.url}/v2/users?who=ada@acme.com")
            with pytest.raises(GongRedirectError) as raised:
                make_client().request(USERS, window="all users")
            assert other.counters.total == 0
            elsewhere = other.url
        assert f"If {elsewhere} is your tenant's API base URL" in str(raised.value)
        assert "set sources.gong.base_url to it" in str(raised.value)
        assert f"GET /v2/users [all users]: HTTP {status}" in str(raised.value)
        assert_discreet(raised.value, "ada@acme.com", sandbox.access_key_secret)
        assert sandbox.counters.total == 1

    @pytest.mark.parametrize("location", ["/v2/workspaces", ""])
    def test_on_the_same_host_are_not_followed_either(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient], location: str
    ):
        sandbox.control.fail("redirect", location=location)
        with pytest.raises(GongRedirectError, match="the tenant's own API base URL"):
            make_client().request(USERS)
        assert sandbox.counters.requests == {"GET /v2/users": 1}

    def test_of_one_endpoint_are_its_own(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        client = make_client()
        client.request(WORKSPACES)
        sandbox.control.fail("redirect", USERS.name, times=None)
        for _ in range(3):
            with pytest.raises(GongRedirectError) as raised:
                client.request(USERS)
            assert not raised.value.ends_run

    def test_of_two_in_a_row_are_the_hosts(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        client = make_client()
        sandbox.control.fail("redirect", times=None)
        with pytest.raises(GongRedirectError) as first:
            client.request(WORKSPACES)
        with pytest.raises(GongMovedError) as second:
            client.request(USERS)
        assert (first.value.ends_run, second.value.ends_run) == (False, True)
        assert str(second.value) == str(first.value)


class TestBrokenLists:
    @pytest.mark.parametrize(
        ("fault", "options"),
        [
            ("missing_list", {}),
            ("null_list", {}),
            ("wrong_type", {"as": "string"}),
            ("wrong_type", {"as": "object"}),
            ("wrong_type", {"as": "number"}),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("endpoint", [USERS, WORKSPACES], ids=lambda one: one.name)
    def test_are_no_empty_lists(
        self,
        sandbox: Sandbox,
        make_client: Callable[..., GongClient],
        endpoint: Any,
        fault: str,
        options: dict[str, str],
    ):
        client = make_client()
        sandbox.control.fail(fault, **options)
        with pytest.raises(GongProtocolError, match=rf'no list of objects under "{endpoint.list_key}"') as raised:
            list(client.pages(endpoint, window="now"))
        assert raised.value.request_id
        assert f"{endpoint.name} [now]" in str(raised.value)
        assert sandbox.counters.total == 1
        assert client.records(endpoint)


class TestQuota:
    @pytest.mark.usefixtures("one_day")
    def test_the_days_budget_stops_before_the_request(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        used = make_client().quota.budget.used()[1]
        client = make_client(daily_requests=used + 2)
        client.records(WORKSPACES)
        client.records(WORKSPACES)
        for _ in range(2):
            with pytest.raises(GongQuotaExceeded, match=f"daily_requests allows {used + 2}") as raised:
                client.records(WORKSPACES)
        assert raised.value.exit_code == 75
        assert sandbox.counters.total == 2
        assert client.requests.total() == 2

    def test_waits_as_long_as_gong_asks_and_with_it_everybody(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient]
    ):
        """All who share the pacing wait; its clock is one that only moves when somebody sleeps."""
        slept: list[float] = []
        client = make_client(retry_patience=0)
        client.exchange.quota = Quota()
        client.quota.pacer = Pacer(clock=lambda: sum(slept), sleep=slept.append)
        for wait in (7, 40):
            sandbox.control.fail("429", retry_after=wait)
            assert client.records(WORKSPACES)
        assert slept == [7, 40]
        assert client.requests == {WORKSPACES.name: 4}

    def test_a_server_error_makes_nobody_else_wait(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        slept: list[float] = []
        client = make_client()
        client.exchange.quota = Quota()
        client.quota.pacer = Pacer(clock=lambda: sum(slept), sleep=slept.append)
        sandbox.control.fail("503", retry_after=1)
        assert client.records(WORKSPACES)
        assert slept == []

    def test_does_not_wait_longer_than_the_cap(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        sandbox.control.fail("429", retry_after=3600)
        with pytest.raises(GongQuotaExceeded) as raised:
            make_client(max_retry_wait=300).records(WORKSPACES)
        assert raised.value.retry_after == 3600
        message = str(raised.value)
        assert "GET /v2/workspaces: Gong asks to wait 3600 s, sources.gong.max_retry_wait allows 300 s" in message
        assert "resume with the same command" in message
        assert sandbox.counters.total == 1

    def test_the_cap_is_for_all_waits_of_all_requests_together(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient]
    ):
        sandbox.control.fail("429", times=None, retry_after=0.4)
        client = make_client(max_retry_wait=0.7)
        for asked in (2, 3, 4):
            with pytest.raises(GongQuotaExceeded, match="keeps answering 429"):
                client.records(WORKSPACES if asked == 2 else USERS)
            assert sandbox.counters.total <= asked

    def test_an_answer_ends_what_counts_for_the_cap(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        """A rate limit that is met time and again all day long is none that lasts."""
        client = make_client(max_retry_wait=0.7)
        for endpoint in (WORKSPACES, USERS, WORKSPACES):
            sandbox.control.fail("429", retry_after=0.4)
            assert client.records(endpoint)

    def test_nor_do_waits_of_long_ago(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("gong_source.api.standing.FORGOTTEN_SECONDS", 0.2)
        client = make_client(max_retry_wait=0.7)
        sandbox.control.fail("429", times=2, retry_after=0.4)
        with pytest.raises(GongQuotaExceeded):
            client.records(WORKSPACES)
        time.sleep(0.5)
        sandbox.control.fail("429", retry_after=0.4)
        assert client.records(WORKSPACES)

    @pytest.mark.parametrize("options", [{}, {"retry_after": 0}], ids=str)
    def test_where_gong_names_no_time_the_waits_grow(
        self,
        sandbox: Sandbox,
        make_client: Callable[..., GongClient],
        options: dict[str, int],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.02)
        sandbox.control.fail("429", times=None, **options)
        with pytest.raises(GongQuotaExceeded):
            make_client(max_retry_wait=0.7).records(WORKSPACES)
        assert sandbox.counters.total < 15

    def test_says_so_where_gong_names_no_time(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        sandbox.control.fail("429")
        with pytest.raises(GongQuotaExceeded, match="Gong keeps answering 429") as raised:
            make_client(max_retry_wait=0.5).records(LIST_CALLS)
        assert raised.value.retry_after is None

    def test_the_companys_own_day_may_end_earlier_than_ours(
        self, sandbox: Sandbox, make_client: Callable[..., GongClient]
    ):
        client = make_client()
        sandbox.control.set_quota(daily_requests=1, retry_after=40_000)
        client.records(WORKSPACES)
        with pytest.raises(GongQuotaExceeded, match="asks to wait 40000 s"):
            client.records(WORKSPACES)
