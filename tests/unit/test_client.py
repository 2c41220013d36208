"""The client walks pages over real HTTP, against a sandbox that is as strict as Gong."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from gong_source.api import GongClient, Page
from gong_source.api.endpoints import (
    CALLS_EXTENSIVE,
    FOLDER_CONTENT,
    LIBRARY_FOLDERS,
    LIST_CALLS,
    LOGS,
    TRANSCRIPTS,
    USERS,
    WORKSPACES,
    Endpoint,
)
from gong_source.errors import GongArgumentError, GongConfigError, GongNotFoundError
from gong_source.ranges import iso
from gong_source.sandbox import Sandbox

CALLS = 10
PAGE = 3


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=CALLS, users=8, days=20, sentences=3, page_size=PAGE, end="2024-03-01") as running:
        yield running


@pytest.fixture
def make_client(sandbox: Sandbox) -> Iterator[Callable[..., GongClient]]:
    """Makes clients that neither pace nor repeat, unless told otherwise."""
    clients: list[GongClient] = []

    def make(**options: Any) -> GongClient:
        key = {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret}
        unpaced = {"requests_per_second": 0, "daily_requests": 0, "retry_patience": 0, "read_timeout": 300}
        clients.append(GongClient.from_config(**{"base_url": sandbox.url, "credentials": key, **unpaced, **options}))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., GongClient]) -> GongClient:
    return make_client()


def everything(sandbox: Sandbox) -> dict[str, Any]:
    """A filter for the whole history."""
    return {
        "fromDateTime": iso(sandbox.start_of_history - timedelta(days=1)),
        "toDateTime": iso(sandbox.end + timedelta(days=1)),
    }


def call_pages(client: GongClient, sandbox: Sandbox) -> Iterator[Page]:
    return client.pages(CALLS_EXTENSIVE, body={"filter": everything(sandbox)}, window="everything")


def ids_of(pages: Iterator[Page] | list[Page]) -> list[str]:
    return [record["metaData"]["id"] for page in pages for record in page.records]


class TestWalks:
    def test_a_get_takes_its_cursor_in_the_query(self, sandbox: Sandbox, client: GongClient):
        params = everything(sandbox)
        pages = list(client.pages(LIST_CALLS, params=params))
        assert {record["id"] for page in pages for record in page.records} == set(sandbox.world.calls)
        assert [page.number for page in pages] == [0, 1, 2, 3]
        assert [len(page.records) for page in pages] == [3, 3, 3, 1]
        asked = [entry["query"] for entry in sandbox.counters.log]
        assert ["cursor" in query for query in asked] == [False, True, True, True]
        assert all({name: query[name] for name in params} == params for query in asked)

    def test_a_post_takes_its_cursor_in_the_body_and_repeats_its_filter(self, sandbox: Sandbox, client: GongClient):
        body = {"filter": everything(sandbox), "contentSelector": {"exposedFields": {"parties": True}}}
        pages = list(client.pages(CALLS_EXTENSIVE, body=body))
        assert ids_of(pages) == list(sandbox.world.visible_calls())
        assert [page.total for page in pages] == [CALLS] * 4
        asked = [entry["body"] for entry in sandbox.counters.log]
        assert ["cursor" in sent for sent in asked] == [False, True, True, True]
        assert all({name: sent[name] for name in body} == body for sent in asked)
        assert all(entry["query"] == {} for entry in sandbox.counters.log)
        assert "cursor" not in body

    def test_users_logs_and_transcripts(self, sandbox: Sandbox, client: GongClient):
        assert [user["id"] for user in client.records(USERS)] == list(sandbox.world.users)
        logs = list(client.pages(LOGS, params={"logType": "UserActivityLog", **everything(sandbox)}))
        assert [entry for page in logs for entry in page.records] == sandbox.world.logs["UserActivityLog"]
        assert len(logs) > 1
        transcripts = list(client.pages(TRANSCRIPTS, body={"filter": everything(sandbox)}))
        assert {record["callId"] for page in transcripts for record in page.records} == set(
            sandbox.world.visible_transcripts()
        )

    def test_unpaged_lists_are_one_page(self, sandbox: Sandbox, client: GongClient):
        assert [item["id"] for item in client.records(WORKSPACES)] == list(sandbox.world.workspaces)
        (workspace, *_) = sandbox.world.workspaces
        (page,) = client.pages(LIBRARY_FOLDERS, params={"workspaceId": workspace})
        assert (page.number, page.total) == (None, None)
        (folder, *_) = page.records
        content = client.records(FOLDER_CONTENT, params={"folderId": folder["id"]})
        assert content == sandbox.world.folder_calls[folder["id"]]

    def test_totals_are_not_trusted(self, sandbox: Sandbox, client: GongClient):
        """Calls in analysis are counted and not delivered."""
        hidden = list(sandbox.world.calls)[:4]
        sandbox.control.hide_calls(hidden)
        pages = list(call_pages(client, sandbox))
        assert [page.total for page in pages] == [CALLS] * 2
        assert set(ids_of(pages)) == set(sandbox.world.calls) - set(hidden)

    def test_a_page_is_asked_for_only_when_it_is_wanted(self, sandbox: Sandbox, client: GongClient):
        pages = call_pages(client, sandbox)
        assert sandbox.counters.total == 0
        next(pages)
        assert sandbox.counters.total == 1

    def test_a_path_takes_its_values(self, sandbox: Sandbox, client: GongClient):
        endpoint = Endpoint("GET", "/v2/calls/{}", "", "api:calls:read:basic")
        wanted = list(sandbox.world.calls)[1]
        assert client.request(endpoint, path=[wanted])["call"]["id"] == wanted

    @pytest.mark.parametrize("value", ["", ".", ".."])
    def test_a_value_that_would_lead_elsewhere_is_refused(self, sandbox: Sandbox, client: GongClient, value: str):
        with pytest.raises(GongArgumentError):
            client.request(Endpoint("GET", "/v2/calls/{}", "", "api:calls:read:basic"), path=[value])
        assert sandbox.counters.total == 0

    def test_a_value_stays_in_its_place(self, sandbox: Sandbox, client: GongClient):
        with pytest.raises(GongNotFoundError):
            client.request(Endpoint("GET", "/v2/calls/{}", "", "api:calls:read:basic"), path=["../users?x=1"])
        assert [entry["path"] for entry in sandbox.counters.log] == ["/v2/calls/..%2Fusers%3Fx%3D1"]


class TestEmpty:
    @pytest.mark.parametrize(
        ("endpoint", "inputs"),
        [
            (LIST_CALLS, {"params": {}}),
            (CALLS_EXTENSIVE, {"body": {}}),
            (TRANSCRIPTS, {"body": {}}),
            (LOGS, {"params": {"logType": "UserCallPlay"}}),
        ],
        ids=lambda value: getattr(value, "name", ""),
    )
    def test_a_period_without_anything_is_one_empty_page(
        self, sandbox: Sandbox, client: GongClient, endpoint: Endpoint, inputs: dict[str, Any]
    ):
        period = {"fromDateTime": "2001-01-01T00:00:00Z", "toDateTime": "2001-02-01T00:00:00Z"}
        given = {name: {"filter": period} if name == "body" else {**value, **period} for name, value in inputs.items()}
        assert list(client.pages(endpoint, **given)) == [Page([], None, 0)]
        assert sandbox.counters.statuses == {"404": 1}

    def test_what_does_not_exist_is_an_error(self, client: GongClient):
        with pytest.raises(GongNotFoundError, match="Workspace not found"):
            client.records(LIBRARY_FOLDERS, params={"workspaceId": "1"})

    def test_a_404_of_the_host_is_an_error(self, sandbox: Sandbox, client: GongClient):
        sandbox.control.fail("404")
        with pytest.raises(GongNotFoundError, match="No such resource on this host"):
            client.records(USERS)


class TestClient:
    def test_counts_requests_by_endpoint(self, sandbox: Sandbox, client: GongClient):
        client.records(USERS)
        client.records(WORKSPACES)
        assert client.requests == {"GET /v2/users": 3, "GET /v2/workspaces": 1}
        assert client.requests == sandbox.counters.requests

    def test_knows_how_long_answers_take(self, sandbox: Sandbox, client: GongClient):
        assert client.latency == 0
        sandbox.control.set_latency(0.05)
        client.records(WORKSPACES)
        assert 0.05 <= client.latency < 60
        before = client.latency
        sandbox.control.set_latency(0)
        client.records(WORKSPACES)
        assert client.latency >= 0.7 * before

    @pytest.mark.usefixtures("one_day")
    def test_shares_the_quota_of_its_host_with_every_other(self, make_client: Callable[..., GongClient]):
        one, other = make_client(), make_client()
        used = one.quota.budget.used()[1]
        one.records(WORKSPACES)
        other.records(WORKSPACES)
        assert one.quota is other.quota
        assert one.quota.budget.used()[1] == used + 2

    def test_works_in_several_threads(self, sandbox: Sandbox, client: GongClient):
        with ThreadPoolExecutor(6) as pool:
            futures = [pool.submit(lambda: ids_of(call_pages(client, sandbox))) for _ in range(6)]
            assert all(future.result(60) == list(sandbox.world.visible_calls()) for future in futures)
        assert client.requests == {CALLS_EXTENSIVE.name: 24}
        assert sandbox.counters.total == 24

    def test_takes_a_bearer_token(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        client = make_client(credentials={"auth_type": "oauth", "access_token": sandbox.bearer_token})
        assert len(client.records(WORKSPACES)) == len(sandbox.world.workspaces)

    def test_takes_a_base_url_with_the_version_in_it(self, sandbox: Sandbox, make_client: Callable[..., GongClient]):
        assert make_client(base_url=f"{sandbox.url}/v2/").records(WORKSPACES)

    def test_needs_credentials(self):
        with pytest.raises(GongConfigError, match="ACCESS_KEY_SECRET"):
            GongClient.from_config()

    def test_reads_the_settings_of_a_sync(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
        prefix = "SOURCES__GONG__"
        monkeypatch.setenv(f"{prefix}BASE_URL", sandbox.url)
        monkeypatch.setenv(f"{prefix}REQUESTS_PER_SECOND", "0")
        monkeypatch.setenv(f"{prefix}CREDENTIALS__ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv(f"{prefix}CREDENTIALS__ACCESS_KEY_SECRET", sandbox.access_key_secret)
        with GongClient.from_config() as client:
            assert len(client.records(USERS)) == 8
