"""What every stream keeps to, whatever it is: one small company, a few syncs of all streams, and each looked at."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from gong_source import gong_source
from gong_source.api import endpoints as at
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongForbiddenError, GongProtocolError
from gong_source.report import RunReport
from gong_source.runs import run_reset
from gong_source.sandbox import Sandbox
from gong_source.streams.stream import Snapshot, Stream
from gong_source.streams.table import StreamTable
from gong_source.tables.model import Table, content_hash, load_id, removed, text
from tests.pipeline.harness import NOW, Tenant, canonical

STREAMS = StreamTable().read
ALL = {
    "resources": [stream.name for stream in STREAMS],
    "list_refresh_hours": 24,
    "media_folder": "s3://recordings",
}


class Bucket(MemoryFileSystem):
    """A bucket in memory, in place of the client library's."""

    protocol = "s3"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return MemoryFileSystem._strip_protocol(path.replace("s3://", "memory://"))


fsspec.register_implementation("s3", Bucket, clobber=True)

TYPES = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "json": "JSON",
}
"""DuckDB's names."""

pytestmark = pytest.mark.xdist_group("streams")
"""What is done once for the tests of all streams is done by one worker."""

every_stream = pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)

Content = dict[str, list[str]]


@pytest.fixture(autouse=True)
def _own_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of recordings for a bucket lie below the temporary folder, which all runs on the machine share."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


class Company:
    """A company that was synced once; what is done to it leaves its tables as they were, or a test fails."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.report = tenant.synced(**ALL)
        self.content = content(tenant)
        self._done: dict[str, Any] = {}

    def once(self, name: str, do: Callable[[Tenant], Any]) -> Any:
        """What something brought that is done for the tests of all streams together."""
        if name not in self._done:
            self._done[name] = do(self.tenant)
        return self._done[name]


def content(tenant: Tenant, *streams: Stream) -> Content:
    """All rows of the streams' tables, as texts that sort: without dlt's columns, and when a record was asked about."""
    tables = [table.name for stream in streams or STREAMS for table in stream.tables]
    return {
        name: sorted(
            canonical({key: value for key, value in row.items() if key[0] != "_" and key != "read_at"}) for row in rows
        )
        for name, rows in tenant.all_rows(tables).items()
    }


def of_stream(found: Content, stream: Stream) -> Content:
    """The part of one stream."""
    return {table.name: found[table.name] for table in stream.tables}


def register_crm(sandbox: Sandbox) -> None:
    """Nobody has one of their own to begin with."""
    written = sandbox.world.written
    written.crm = {"integrationId": 9007199254740993, "ownerEmail": "crm@brightwater.example", "name": "Own"}
    written.schemas["DEAL"] = [{"uniqueName": "Amount", "label": "Amount", "type": "CURRENCY"}]


@pytest.fixture(scope="module")
def companies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Company]]:
    """Makes companies; each is synced once, by the first test that asks, whose environment is clean."""
    made: dict[str, Company] = {}
    running: list[Sandbox] = []

    def company(**options: Any) -> Company:
        if repr(options) not in made:
            sandbox = Sandbox(calls=40, users=6, days=20, sentences=3, end=NOW, **options)
            sandbox.start()
            running.append(sandbox)
            sandbox.control.set_now(NOW)
            if not options:
                register_crm(sandbox)
            made[repr(options)] = Company(Tenant(sandbox, tmp_path_factory.mktemp("company"), days=21))
        return made[repr(options)]

    yield company
    for sandbox in running:
        sandbox.stop()


@pytest.fixture
def company(companies: Callable[..., Company]) -> Company:
    """One with a bit of everything."""
    return companies()


@pytest.fixture
def empty(companies: Callable[..., Company]) -> Company:
    """One that has nothing yet."""
    return companies(empty=True)


def columns(tenant: Tenant, table: str) -> dict[str, str]:
    """Columns with DuckDB's types."""
    return {name: kind for name, kind, *_ in tenant.sql(f"DESCRIBE {table}")}


def test_there_is_something_to_look_at(company: Company) -> None:
    """Nearly every stream has rows."""
    without = [stream.name for stream in STREAMS if not company.report.rows.get(stream.tables[0].name)]
    assert len(without) <= len(STREAMS) / 8, without


@every_stream
def test_keys_are_unique_and_never_null(company: Company, stream: Stream) -> None:
    for table in stream.tables:
        key = ", ".join(table.primary_key)
        assert company.tenant.sql(f"SELECT {key} FROM {table.name} GROUP BY {key} HAVING COUNT(*) > 1") == []
        for name in table.primary_key:
            assert company.tenant.sql(f"SELECT COUNT(*) FROM {table.name} WHERE {name} IS NULL") == [(0,)]


@every_stream
def test_columns_are_as_declared(company: Company, empty: Company, stream: Stream) -> None:
    """All of them with their types, where there is data and where there is none; Gong's documentation holds no more."""
    for table in stream.tables:
        declared = {column.name: TYPES[column.type] for column in table.columns}
        assert columns(company.tenant, table.name) == declared
        assert columns(empty.tenant, table.name) == declared


@every_stream
def test_a_second_run_changes_nothing(company: Company, stream: Stream) -> None:
    """What a sync loads by default is not even sent again."""
    report, after = company.once("again", lambda tenant: (tenant.synced(**ALL), content(tenant)))
    assert of_stream(after, stream) == of_stream(company.content, stream)
    sent = [table.name for table in stream.tables if report.rows.get(table.name) or report.removed.get(table.name)]
    assert not (stream.default and sent)


def check_failed(report: RunReport, fails: Callable[[Endpoint], bool]) -> None:
    """The streams of the endpoints that fail did, and none but those that ask one of them."""
    assert {stream.name for stream in STREAMS if fails(stream.endpoint)} <= set(report.failures)
    assert set(report.failures) <= {stream.name for stream in STREAMS if any(map(fails, stream.endpoints))}


def half_refused(company: Company, stream: Stream) -> RunReport:
    """A first sync in which every second scope is refused, that of a stream among them."""
    scopes = sorted({stream.endpoint.scope for stream in STREAMS if stream.endpoint.scope})
    half = scopes.index(stream.endpoint.scope) % 2
    refused = scopes[half::2]

    def sync(tenant: Tenant) -> RunReport:
        fresh = Tenant(tenant.sandbox, tenant.folder / f"half {half}", days=21)
        fresh.folder.mkdir(exist_ok=True)
        tenant.sandbox.control.deny_scopes(refused)
        try:
            report = fresh.sync(**ALL)
        finally:
            tenant.sandbox.control.allow_scopes()
        check_failed(report, lambda endpoint: endpoint.scope in refused)
        assert report.exit_code == 1
        for each in STREAMS:
            if not set(each.scopes) & set(refused):
                assert of_stream(content(fresh, each), each) == of_stream(company.content, each)
        return report

    report: RunReport = company.once(f"half {half}", sync)
    return report


@pytest.mark.parametrize("stream", [s for s in STREAMS if s.endpoint.scope], ids=lambda stream: stream.name)
def test_a_scope_that_lacks_is_named_and_costs_no_other_stream(company: Company, stream: Stream) -> None:
    error = half_refused(company, stream).failures[stream.name]
    assert isinstance(error, GongForbiddenError)
    assert any(scope in str(error) for scope in stream.scopes)


def without_lists(tenant: Tenant, needed: bool) -> tuple[RunReport, Content]:
    """A sync in which answers have no lists: those that other streams need, or all the others."""
    control = tenant.sandbox.control
    needs = {endpoint.name for stream in STREAMS for endpoint in stream.needs}
    broken = {stream.endpoint.name for stream in STREAMS if (stream.endpoint.name in needs) == needed}
    run_reset(tenant.pipeline(), ["all"])
    for name in tenant.sandbox.control._app.router.endpoints:
        if re.sub(r"\{\w+\}", "{}", name) in broken:
            control.fail("missing_list", name, times=None)
    try:
        report = tenant.sync(**ALL)
    finally:
        control.clear_faults()
    check_failed(report, lambda endpoint: endpoint.name in broken)
    after = content(tenant)
    tenant.synced(**ALL)
    return report, after


@every_stream
def test_an_answer_without_its_list_is_an_error_and_wipes_nothing(company: Company, stream: Stream) -> None:
    """Although all is read again; streams whose answers are as they should be go on."""
    needed = stream.endpoint.name in {endpoint.name for each in STREAMS for endpoint in each.needs}
    report, after = company.once(f"without {needed}", lambda tenant: without_lists(tenant, needed))
    assert isinstance(report.failures[stream.name], GongProtocolError)
    assert any(endpoint.name in str(report.failures[stream.name]) for endpoint in stream.endpoints)
    assert of_stream(after, stream) == of_stream(company.content, stream)


def drop_by_hand(tenant: Tenant) -> Content:
    """Drop every table and sync."""
    tenant.sql("".join(f"DROP TABLE {table.name};" for stream in STREAMS for table in stream.tables))
    tenant.synced(**ALL)
    return content(tenant)


@every_stream
def test_what_was_dropped_is_loaded_again(company: Company, stream: Stream) -> None:
    assert of_stream(company.once("dropped", drop_by_hand), stream) == of_stream(company.content, stream)


def sync_by_another(tenant: Tenant) -> Content:
    """Load the same dataset by a second pipeline."""
    tenant.synced(pipeline=tenant.pipeline("another"), **ALL)
    return content(tenant)


@every_stream
def test_two_pipelines_in_one_dataset_leave_exact_tables(company: Company, stream: Stream) -> None:
    assert of_stream(company.once("another", sync_by_another), stream) == of_stream(company.content, stream)


MINE = Stream(
    "my_briefs",
    at.BRIEFS,
    (
        Table(
            "my_briefs",
            "a brief",
            (
                text("brief_id", "briefId", required=True),
                text("brief_name", "briefName"),
                content_hash(),
                removed(),
                load_id(),
            ),
            primary_key=("brief_id",),
        ),
    ),
    Snapshot(key="briefId"),
    daily=True,
)
"""A stream that the package does not know."""


def test_a_stream_of_ones_own(company: Company) -> None:
    """A declaration and a table are all it takes: it is loaded, remembered, and reset like any other."""
    tenant = Tenant(company.tenant.sandbox, company.tenant.folder / "mine")
    tenant.folder.mkdir()
    tenant.pipeline().run(gong_source(streams=[MINE], **tenant.settings(start_date=None)), loader_file_format="parquet")
    briefs = sorted((brief["briefId"], brief["briefName"]) for brief in tenant.sandbox.world.briefs)
    assert briefs
    assert sorted((row["brief_id"], row["brief_name"]) for row in tenant.rows("my_briefs")) == briefs
    assert not tenant.synced(streams=[MINE]).rows
    run_reset(tenant.pipeline(), ["my_briefs"], streams=[MINE], drop=True)
    assert tenant.synced(streams=[MINE], resources=["my_briefs"]).rows == {"my_briefs": len(briefs)}
