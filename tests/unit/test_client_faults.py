"""A fault is the fault of what was asked; only a refused key and an unreachable host are everybody's."""

import logging
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any

import pytest

from gong_source.api import GongClient
from gong_source.api.endpoints import CREATE_MEETING, LIBRARY_FOLDERS, LOGS, TRACKERS, USERS, WORKSPACES, Endpoint
from gong_source.api.limits import Pacer
from gong_source.api.retry import CONNECTS
from gong_source.api.walk import MOST_EMPTY
from gong_source.errors import (
    GongAuthError,
    GongBadRequestError,
    GongConnectionError,
    GongForbiddenError,
    GongKeyRefusedError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
    GongUnreachableError,
)
from tests.unit.scripted import DROP, Asked, Say, Script, Scripted, refuse, self_signed

LISTS = {one.path: one for one in (USERS, WORKSPACES, LOGS, LIBRARY_FOLDERS, TRACKERS)}
KEY = {"access_key": "the-key", "access_key_secret": "the-secret"}


def proper(asked: Asked) -> Say:
    return Say({"requestId": "r1", LISTS[asked.path].list_key: [{"id": "1"}]})


def struck(say: Say, *endpoints: Endpoint, first: int = 10**6) -> Script:
    """All is well but for the first requests to some endpoints."""
    paths = {one.path for one in endpoints}
    return lambda asked: say if asked.path in paths and asked.number <= first else proper(asked)


@pytest.fixture
def connect() -> Iterator[Callable[..., GongClient]]:
    made: list[GongClient] = []

    def make(url: str, **options: Any) -> GongClient:
        quick = {"requests_per_second": 0, "daily_requests": 0, "read_timeout": 300, "retry_patience": 0}
        made.append(GongClient.from_config(**{"base_url": url, "credentials": KEY, **quick, **options}))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.02)


@pytest.fixture(autouse=True)
def long_memory(monkeypatch: pytest.MonkeyPatch):
    """What was refused or not reached is remembered for as long as the slowest machine takes for a test."""
    for name in ("exchange.ALONE_SECONDS", "standing.REFUSED_SECONDS", "standing.UNREACHABLE_SECONDS"):
        monkeypatch.setattr(f"gong_source.api.{name}", 600.0)


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that shows a certificate which it signed itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path_factory.mktemp("tls")))
    with Scripted(proper) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        yield server.url.replace("http://", "https://")


def failing(client: GongClient, endpoint: Endpoint) -> GongRequestError:
    with pytest.raises(GongRequestError) as raised:
        client.records(endpoint)
    return raised.value


class TestRepeats:
    @pytest.mark.parametrize("status", [408, 425, 500, 501, 505, 507, 511, 520, 522, 524, 529, 598])
    def test_whatever_tells_of_the_servers_state_is_repeated(self, connect: Callable[..., GongClient], status: int):
        with Scripted(struck(refuse(status, "later"), USERS, first=3)) as server:
            assert connect(server.url, retry_patience=30).records(USERS)
            assert len(server.asked) == 4

    def test_no_earlier_than_the_server_wants(self, connect: Callable[..., GongClient]):
        waits: list[tuple[float, str]] = []
        with Scripted(struck(refuse(503, "later", Retry_After="1"), USERS, first=1)) as server:
            client = connect(server.url, retry_patience=30)
            client.exchange.on_wait = lambda seconds, why: waits.append((seconds, why))
            began = time.monotonic()
            assert client.records(USERS)
            assert time.monotonic() - began >= 1
        assert waits == [(1.0, "GET /v2/users: 503")]

    def test_a_wait_beyond_the_patience_is_told_at_once(self, connect: Callable[..., GongClient]):
        with Scripted(struck(refuse(503, "later", Retry_After="3600"), USERS)) as server:
            error = failing(connect(server.url, retry_patience=30), USERS)
            assert type(error) is GongServerError
            assert "asks to wait 3600 s" in str(error)
            assert len(server.asked) == 1

    def test_one_endpoint_that_drops_every_connection_fails_alone(self, connect: Callable[..., GongClient]):
        with Scripted(struck(DROP, LOGS, LIBRARY_FOLDERS)) as server:
            client = connect(server.url, retry_patience=0.3)
            assert type(failing(client, LOGS)) is GongConnectionError
            assert type(failing(client, LIBRARY_FOLDERS)) is GongConnectionError
            assert client.records(USERS)
            assert type(failing(client, LOGS)) is GongConnectionError

    @pytest.mark.parametrize(
        ("method", "path", "sent"),
        [
            ("GET", "/v2/entities/ask-entity", 1),
            ("GET", "/v2/entities/get-brief", 1),
            ("GET", "/v2/something/new", 1),
            ("get", "/v2/users", 3),
            ("GET", "/v2/calls/7782342274025937895", 3),
        ],
    )
    @pytest.mark.parametrize("fault", [DROP, refuse(502), Say(b"<html>")], ids=["drop", "502", "html"])
    def test_what_may_cost_credits_is_sent_once(
        self, connect: Callable[..., GongClient], method: str, path: str, sent: int, fault: Say
    ):
        with Scripted(lambda asked: fault if asked.number < 3 else Say()) as server:
            client = connect(server.url, retry_patience=30)
            if sent > 1:
                assert client.raw_request(method, path) == {}
            else:
                with pytest.raises(GongRequestError, match="may cost credits"):
                    client.raw_request(method, path)
            assert len(server.asked) == sent

    def test_a_caller_may_vouch_for_a_read_but_not_for_a_paid_one(self, connect: Callable[..., GongClient]):
        with Scripted(lambda asked: DROP if asked.number < 3 else Say()) as server:
            client = connect(server.url, retry_patience=30)
            assert client.raw_request("POST", "/v2/something/new", json={}, reads=True) == {}
            with pytest.raises(GongConnectionError):
                client.raw_request("GET", "/v2/entities/get-brief", reads=True)
            assert len(server.asked) == 4


class TestTheKey:
    @pytest.mark.parametrize(
        "say", [refuse(401, "You don't have permission to use 'api:logs:read' in your company"), refuse(403, "no")]
    )
    def test_a_missing_scope_is_the_endpoints_own(self, connect: Callable[..., GongClient], say: Say):
        with Scripted(struck(say, LOGS)) as server:
            client = connect(server.url)
            for _ in range(2):
                error = failing(client, LOGS)
                assert type(error) is GongForbiddenError
                assert "the scope api:logs:read" in str(error)
            assert client.records(USERS)
            assert server.paths() == [LOGS.path, LOGS.path, USERS.path]

    def test_so_is_a_401_of_any_words_where_the_key_works_elsewhere(self, connect: Callable[..., GongClient]):
        with Scripted(struck(refuse(401, "Access denied"), LOGS, TRACKERS)) as server:
            client = connect(server.url)
            assert client.records(USERS)
            for endpoint in (LOGS, TRACKERS, LOGS):
                error = failing(client, endpoint)
                assert type(error) is GongForbiddenError
                assert f"the scope {endpoint.scope}" in str(error)
            assert client.records(USERS)

    def test_so_is_the_very_first_answer_until_another_endpoint_says_the_same(self, connect: Callable[..., GongClient]):
        with Scripted(struck(refuse(401, "Access denied"), WORKSPACES)) as server:
            client = connect(server.url)
            assert type(failing(client, WORKSPACES)) is GongAuthError
            assert client.records(USERS)
            assert type(failing(client, WORKSPACES)) is GongForbiddenError

    def test_a_wrong_key_costs_two_requests_and_says_the_same_to_all(self, connect: Callable[..., GongClient]):
        with Scripted(lambda asked: refuse(401, "Access denied")) as server:
            client = connect(server.url)
            errors = [failing(client, one) for one in (USERS, USERS, LOGS, WORKSPACES, TRACKERS, USERS)]
            assert server.paths() == [USERS.path, LOGS.path]
        kinds = [type(error) for error in errors]
        assert kinds == [GongAuthError, GongAuthError, *[GongKeyRefusedError] * 4]
        assert len({str(error) for error in errors}) == 1
        assert "GET /v2/users: HTTP 401: Access denied" in str(errors[-1])
        assert errors[0] is not errors[1]

    def test_a_wrong_key_costs_no_more_with_many_threads(self, connect: Callable[..., GongClient]):
        with Scripted(lambda asked: refuse(401, "Access denied")) as server:
            client = connect(server.url)
            threads = [
                threading.Thread(target=failing, args=(client, one))
                for one in (USERS, LOGS, WORKSPACES)
                for _ in "1234"
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(server.asked) == 2

    def test_a_key_that_is_revoked_is_refused_by_two_that_took_it(self, connect: Callable[..., GongClient]):
        revoked = threading.Event()
        with Scripted(lambda asked: refuse(401, "Access denied") if revoked.is_set() else proper(asked)) as server:
            client = connect(server.url)
            assert client.records(USERS)
            assert client.records(WORKSPACES)
            revoked.set()
            assert type(failing(client, USERS)) is GongForbiddenError
            assert type(failing(client, WORKSPACES)) is GongKeyRefusedError
            before = len(server.asked)
            assert type(failing(client, LOGS)) is GongKeyRefusedError
            assert len(server.asked) == before

    def test_who_waits_for_a_turn_while_the_key_is_refused_sends_nothing(
        self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("gong_source.api.exchange.ALONE_SECONDS", 0.1)
        with Scripted(lambda asked: refuse(401, "Access denied")) as server:
            client, errors = connect(server.url), []
            pacer = client.exchange.quota.pacer = LateFor()
            late = threading.Thread(target=lambda: errors.append(failing(client, LOGS)))
            late.start()
            assert pacer.waits.wait(300)
            kinds = [type(failing(client, one)) for one in (USERS, WORKSPACES)]
            pacer.turn.set()
            late.join()
            assert [*kinds, type(errors[0])] == [GongAuthError, GongKeyRefusedError, GongKeyRefusedError]
            assert [asked.path for asked in server.asked] == [USERS.path, WORKSPACES.path]

    def test_a_first_answer_that_never_comes_does_not_hold_up_the_rest(
        self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("gong_source.api.exchange.ALONE_SECONDS", 0.1)
        stalled, done = threading.Event(), threading.Event()

        def script(asked: Asked) -> Say:
            if asked.path == LOGS.path:
                stalled.set()
                done.wait(300)
            return proper(asked)

        with Scripted(script) as server:
            client = connect(server.url)
            thread = threading.Thread(target=client.records, args=(LOGS,))
            thread.start()
            assert stalled.wait(300)
            assert client.records(USERS)
            done.set()
            thread.join()


class Together(Pacer):
    """Lets the first requests of some threads start at one moment."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self._left, self._gate = threads, threading.Barrier(threads, timeout=300)

    def wait(self, *_: Any) -> None:
        with self._turn:
            self._left -= 1
            first = self._left >= 0
        if first:
            self._gate.wait()


class LateFor(Pacer):
    """Lets whoever comes first wait for its turn until all others had theirs."""

    def __init__(self) -> None:
        super().__init__()
        self.waits, self.turn = threading.Event(), threading.Event()

    def wait(self, *_: Any) -> None:
        if not self.waits.is_set():
            self.waits.set()
            assert self.turn.wait(300)


class TestTheHost:
    @pytest.fixture
    def nowhere(self) -> Iterator[str]:
        with closing(socket.socket()) as taken:
            taken.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{taken.getsockname()[1]}"

    def test_one_that_refuses_is_given_up_after_a_few_tries(self, connect: Callable[..., GongClient], nowhere: str):
        client = connect(nowhere, retry_patience=300)
        errors = [failing(client, one) for one in (USERS, USERS, LOGS, WORKSPACES)]
        kinds = [type(error) for error in errors]
        assert kinds == [GongConnectionError, GongConnectionError, GongUnreachableError, GongUnreachableError]
        assert client.requests.total() == CONNECTS + 1
        assert len({str(error) for error in errors}) == 1
        assert "refuses the connection" in str(errors[0])

    def test_many_threads_make_no_more_tries(self, connect: Callable[..., GongClient], nowhere: str):
        client = connect(nowhere, retry_patience=300)
        asked = [one for one in (USERS, LOGS, WORKSPACES) for _ in range(4)]
        with ThreadPoolExecutor(len(asked)) as pool:
            errors = list(pool.map(lambda one: failing(client, one), asked))
        assert client.requests.total() == CONNECTS + 1
        assert {type(error) for error in errors} <= {GongConnectionError, GongUnreachableError}

    def test_one_that_is_away_for_a_moment_loses_nothing_however_many_threads_ask(
        self, connect: Callable[..., GongClient], nowhere: str, monkeypatch: pytest.MonkeyPatch
    ):
        """All tries of one moment are one, so that they don't use up what is allowed."""
        monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.5)
        threads, waits = 2 * CONNECTS, list[float]()
        with Scripted(proper) as server, ThreadPoolExecutor(threads) as pool:
            client = connect(server.url, retry_patience=300)
            assert client.records(USERS)

            def on_wait(seconds: float, why: str) -> None:
                waits.append(seconds)
                if len(waits) == threads:
                    client.settings.base_url = server.url

            client.exchange.on_wait = on_wait
            client.quota.pacer = Together(threads)
            client.settings.base_url = nowhere
            asked = [pool.submit(client.records, USERS) for _ in range(threads)]
            assert all(one.result(60) for one in asked)
        assert len(waits) >= threads

    def test_one_that_answers_again_is_asked_again(
        self, connect: Callable[..., GongClient], nowhere: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr("gong_source.api.standing.UNREACHABLE_SECONDS", 0.0)
        client = connect(nowhere)
        assert type(failing(client, USERS)) is GongConnectionError
        with Scripted(proper) as server:
            client.settings.base_url = server.url
            assert client.records(USERS)
        client.settings.base_url = nowhere
        assert type(failing(client, LOGS)) is GongConnectionError, "the first in a row again"

    def test_an_unknown_name(self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch):
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        error = failing(connect("https://nowhere.gong.invalid"), USERS)
        assert "the host's name is unknown" in str(error)
        assert "HTTPS_PROXY" in str(error)

    def test_a_certificate_that_nobody_vouches_for(self, connect: Callable[..., GongClient], tls_server: str):
        error = failing(connect(tls_server), USERS)
        assert "certificate is not trusted (self-signed certificate" in str(error)
        assert "REQUESTS_CA_BUNDLE" in str(error)

    def test_a_bundle_that_is_not_there(
        self, connect: Callable[..., GongClient], tls_server: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
        assert "the file of REQUESTS_CA_BUNDLE can't be read" in str(failing(connect(tls_server), USERS))

    def test_a_bundle_without_certificates(
        self, connect: Callable[..., GongClient], tls_server: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", __file__)
        assert "the file of REQUESTS_CA_BUNDLE holds no certificates" in str(failing(connect(tls_server), USERS))

    def test_a_proxy_that_is_not_there(
        self, connect: Callable[..., GongClient], nowhere: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("HTTPS_PROXY", nowhere.replace("http://", "http://user:proxy-password@"))
        error = failing(connect("https://api.gong.invalid"), USERS)
        assert "the proxy can't be reached" in str(error)
        assert "HTTPS_PROXY" in str(error)
        assert "proxy-password" not in str(error)

    def test_a_loopback_address_is_asked_without_a_proxy(
        self, connect: Callable[..., GongClient], nowhere: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("ALL_PROXY", nowhere)
        monkeypatch.setenv("NO_PROXY", "")
        with Scripted(proper) as server:
            assert connect(server.url).records(USERS)
        assert "the host refuses the connection" in str(failing(connect(nowhere), USERS))

    @pytest.mark.parametrize("address", ["nonsense://", "http://u:proxy-password@[bad", "http://127.0.0.1:99999"])
    def test_a_proxy_whose_address_is_none(
        self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch, address: str
    ):
        monkeypatch.setenv("HTTPS_PROXY", address)
        error = failing(connect("https://api.gong.invalid"), USERS)
        assert "Check the proxy that HTTPS_PROXY names" in str(error)
        assert "proxy-password" not in str(error)

    def test_a_proxy_that_refuses(self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch):
        with Scripted(lambda asked: Say(status=407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            error = failing(connect("https://api.gong.invalid"), USERS)
        assert "the proxy answers 501" in str(error), "which knows no CONNECT"

    @pytest.mark.parametrize(("closes", "said"), [(True, "the proxy breaks"), (False, "through the proxy within")])
    def test_a_proxy_that_does_not_answer(
        self, connect: Callable[..., GongClient], monkeypatch: pytest.MonkeyPatch, closes: bool, said: str
    ):
        with socket.create_server(("127.0.0.1", 0)) as proxy:

            def close_each() -> None:
                with suppress(OSError):  # the test is over
                    while True:
                        proxy.accept()[0].close()

            if closes:
                threading.Thread(target=close_each, daemon=True).start()
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
            error = failing(connect("https://api.gong.invalid", connect_timeout=300 if closes else 0.1), USERS)
        assert said in str(error)
        assert "Check the proxy that HTTPS_PROXY names" in str(error)

    def test_a_server_that_speaks_no_tls(self, connect: Callable[..., GongClient]):
        with Scripted(proper) as server:
            error = failing(connect(server.url.replace("http://", "https://")), USERS)
        assert "does not speak TLS" in str(error)


class TestPages:
    @pytest.mark.parametrize("numbers", [(None, None, None), ("0", "1", "2"), ("x", "x", "x"), ({}, [], True)], ids=str)
    def test_without_page_numbers_the_cursor_decides(
        self, connect: Callable[..., GongClient], numbers: tuple[Any, ...]
    ):
        def script(asked: Asked) -> Say:
            place = int(asked.query.get("cursor", "0"))
            envelope = {"currentPageNumber": numbers[place], **({"cursor": str(place + 1)} if place < 2 else {})}
            return Say({"users": [{"id": str(place)}], "records": envelope})

        with Scripted(script) as server:
            assert [one["id"] for one in connect(server.url).records(USERS)] == ["0", "1", "2"]

    @pytest.mark.parametrize("envelope", [{}, {"currentPageNumber": "0"}, {"currentPageNumber": 0}], ids=str)
    def test_a_walk_in_circles_is_noticed_although_its_cursors_differ(
        self, connect: Callable[..., GongClient], envelope: dict[str, Any]
    ):
        def script(asked: Asked) -> Say:
            return Say({"users": [{"id": "1"}], "records": {**envelope, "cursor": f"c{asked.number}"}})

        with Scripted(script) as server:
            assert type(failing(connect(server.url), USERS)) is GongProtocolError
            assert len(server.asked) == 2

    def test_what_is_no_object_can_be_kept_apart(self, connect: Callable[..., GongClient]):
        with Scripted(lambda _: Say({"users": [{"id": "1"}, None, 7, {"id": "2"}]})) as server:
            client = connect(server.url)
            assert type(failing(client, USERS)) is GongProtocolError
            (page,) = client.pages(USERS, keep_others=True)
        assert (page.records, page.others) == ([{"id": "1"}, {"id": "2"}], [None, 7])


@pytest.mark.parametrize(
    "content",
    [
        {"errors": ["conflict"], "userFacingError": "Consent page is off", "fixUrl": "https://app.gong.io/fix"},
        {"errors": [{"userFacingError": "Consent page is off", "fixUrl": "https://app.gong.io/fix"}]},
        {"errors": [{"userFacingError": "Consent page is off", "helpUrl": "https://app.gong.io/fix"}]},
    ],
    ids=str,
)
def test_what_gong_says_to_the_user_is_shown(connect: Callable[..., GongClient], content: dict[str, Any]):
    with Scripted(lambda _: Say(content, 409)) as server:
        with pytest.raises(GongBadRequestError, match="HTTP 409: Consent page is off") as raised:
            connect(server.url).write(CREATE_MEETING, body={})
        assert "https://app.gong.io/fix" in str(raised.value)
        assert "dates" not in str(raised.value)


def test_logs_name_each_request_and_no_secret(connect: Callable[..., GongClient], caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with Scripted(struck(refuse(502), USERS, first=1)) as server:
        client = connect(server.url, retry_patience=30)
        list(client.pages(USERS, params={"emailAddress": "ada@acme.com"}, window="users of ada@acme.com"))
    with Scripted(lambda _: Say({}, 200)) as server:
        connect(server.url).raw_request("GET", "/v2/new/ada@acme.com")
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "GET /v2/new/<e-mail>: 200" in text
    assert re.search(r"GET /v2/users \[users of <e-mail>\]: 502 in \d+\.\d\d s", text)
    assert re.search(r"GET /v2/users \[users of <e-mail>\]: 200 in \d+\.\d\d s", text)
    assert "waiting 0.0 s: GET /v2/users: 502" in text
    assert '"GET /v2/users HTTP/1.1" 200' in text, "of urllib3"
    assert not any(secret in text for secret in ("ada@", "ada%40", "the-key", "the-secret", "Basic"))


def test_a_list_of_nothing_that_has_no_end_is_an_error(connect: Callable[..., GongClient]):
    """Each page has a cursor of its own, and no number."""

    def page(asked: Asked) -> Say:
        return Say({"requestId": "r1", "records": {"cursor": f"c{asked.number}"}, "users": []})

    with Scripted(page) as server:
        told = f"January.*: {MOST_EMPTY} pages in a row hold nothing and go on.*request id r1"
        with pytest.raises(GongProtocolError, match=told):
            list(connect(server.url).pages(USERS, window="January"))
        assert len(server.asked) == MOST_EMPTY
