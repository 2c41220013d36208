"""The source is at home with dlt: its verbs work as dlt documents them, or are refused in a sentence."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest
from dlt.common.schema import Schema
from dlt.extract import DltResource, DltSource
from dlt.extract.exceptions import ResourceExtractionError
from dlt.pipeline.exceptions import PipelineStepFailed

from gong_source import GongConfigError, gong_source
from gong_source.sandbox import Sandbox
from gong_source.streams.all import STREAMS
from tests.pipeline.harness import NOW, Tenant

FEW = ("users", "call_outcomes")
"""Streams of one request each."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One company for the tests that change nothing of it."""
    with Sandbox(days=20, calls=230, users=12, sentences=4, end=NOW) as running:
        running.control.set_now(NOW)
        yield running


@pytest.fixture
def company(sandbox: Sandbox, tmp_path: Path) -> Tenant:
    """The company, with a warehouse that is empty."""
    sandbox.control.reset_counters()
    return Tenant(sandbox, tmp_path, days=21)


def source_of(company: Tenant, *names: str, **more: Any) -> DltSource:
    """The source as anybody makes it, with some of its streams."""
    source = gong_source(end_date=NOW, **company.settings(**more))
    return source.with_resources(*names) if names else source


def count(company: Tenant, table: str) -> int:
    """Rows of a table."""
    return int(company.sql(f"SELECT count(*) FROM {table}")[0][0])


def refused(error: BaseException) -> str:
    """The sentence of the error that dlt wraps."""
    while not isinstance(error, GongConfigError):
        assert error.__cause__ is not None, error
        error = error.__cause__
    return str(error)


def test_everything_is_known_before_the_first_run(company: Tenant) -> None:
    source = source_of(company)
    schema = source.discover_schema()
    for stream in STREAMS:
        if not stream.default:
            continue
        resource = source.resources[stream.name]
        assert resource.write_disposition == "merge"
        (function,) = resource._pipe.steps
        assert stream.tables[0].row in str(function.__doc__), "Dagster shows it as the description of its asset"
        for table in stream.tables:
            found = schema.tables[table.name]
            assert found["resource"] == stream.name
            assert table.row in str(found["description"])
            assert set(found["columns"]) == {column.name for column in table.columns}
            assert all(column.get("data_type") for column in found["columns"].values())
            described = {column.name: column.doc for column in table.columns if column.doc}
            assert {name: found["columns"][name].get("description") for name in described} == described
            keys = {name for name, column in found["columns"].items() if column.get("primary_key")}
            assert keys == set(table.primary_key)
    assert set(source.with_resources("users").discover_schema().data_table_names()) == {"users"}
    assert not company.sandbox.counters.requests, "nothing is asked for that"


@pytest.mark.parametrize(
    ("hints", "sentence"),
    [
        ({"table_name": "deals"}, "dataset_name"),
        ({"primary_key": "title"}, "Gong's own ids"),
        ({"merge_key": "title"}, "Gong's own ids"),
        ({"incremental": dlt.sources.incremental("started")}, "start_date and end_date"),
        ({"parent_table_name": "users"}, "join by that"),
        ({"nested_hints": {"parties": {"columns": {}}}}, "tables of their own"),
        ({"table_format": "iceberg"}, "leave the format out"),
        ({"write_disposition": "append"}, 'write_disposition is "merge", or "replace"'),
        ({"write_disposition": {"disposition": "merge", "strategy": "upsert"}}, 'write_disposition is "merge"'),
        ({"table_name": "users", "create_table_variant": True}, "keep their names"),
        ({"columns": {"title": {"primary_key": True}}}, "Gong's own ids"),
        ({"columns": [{"name": "ours", "data_type": "text", "merge_key": True}]}, "Gong's own ids"),
        ({"columns": {"duration": {"data_type": "text"}}}, "make a view that casts"),
    ],
)
def test_what_a_stream_can_not_be_told_is_refused_at_once(
    company: Tenant, hints: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(GongConfigError) as caught:
        source_of(company).resources["calls"].apply_hints(**hints)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("calls ")


def test_refusals_that_come_with_a_run_ask_nothing(company: Tenant) -> None:
    def run(change: Callable[[DltSource], Any] = lambda source: None, **more: Any) -> str:
        source = source_of(company, *FEW)
        change(source)
        with pytest.raises((PipelineStepFailed, GongConfigError)) as caught:
            company.pipeline().run(source, **more)
        return refused(caught.value)

    assert "dataset_name" in run(table_name="people")
    assert "Gong's own ids" in run(primary_key="id")
    assert '"merge", or "replace"' in run(write_disposition="append")
    assert "leave loader_file_format out" in run(loader_file_format="jsonl")
    rows: Any = {"data_type": "discard_row"}
    assert "leaves out whole records" in run(schema_contract="discard_row")
    assert "leaves out whole records" in run(lambda source: setattr(source, "schema_contract", rows))
    assert "leaves out whole records" in run(lambda source: source.resources["users"].apply_hints(schema_contract=rows))
    assert "max_table_nesting" in run(lambda source: setattr(source, "max_table_nesting", 2))
    assert "max_table_nesting" in run(lambda source: setattr(source.resources["users"], "max_table_nesting", 2))
    assert "max_table_nesting" in run(lambda source: setattr(source.resources["users"], "max_table_nesting", 0))
    assert "root_key" in run(lambda source: setattr(source, "root_key", True))
    with pytest.raises(GongConfigError, match="clone the source under another name"):
        source_of(company).resources["users"].with_name("people")
    assert not company.sandbox.counters.requests


def test_iterating_gives_rows_without_a_pipeline(company: Tenant) -> None:
    source = source_of(company, *FEW)
    source.resources["users"].add_map(lambda table: table.select(["id"]))
    for _ in range(2):
        tables = list(source)
        assert all(isinstance(table, pa.Table) for table in tables)
        assert sorted(table.num_rows for table in tables) == sorted([12, tables[-1].num_rows])
        assert [table.column_names for table in tables if table.num_rows == 12] == [["id"]]
    assert company.sandbox.counters.requests["GET /v2/users"] == 1, "a source asks once"


def test_a_stream_that_is_off_by_default_is_chosen_by_name(company: Tenant) -> None:
    with pytest.raises(ResourceExtractionError, match=r'with_resources\("briefs"\)'):
        list(source_of(company).briefs)
    assert list(source_of(company, "briefs").briefs)


def test_what_is_limited_or_filtered_counts_as_not_read(make_tenant: Callable[..., Tenant]) -> None:
    """The page comes as a whole, and the next run brings all the rest, parts of calls included."""
    tenant = make_tenant(days=5, calls=130)
    tenant.at(tenant.now)
    pipeline = tenant.pipeline()
    source = source_of(tenant, "calls", "users", "scorecards", "permission_profile_users").add_limit(1)
    source.resources["scorecards"].select_tables("scorecards")
    source.resources["permission_profile_users"].add_filter(lambda table: not len(table))
    pipeline.run(source)
    assert (count(tenant, "calls"), count(tenant, "users")) == (100, 12)
    assert tenant.sql("SELECT count(DISTINCT call_id) FROM calls__parties")[0][0] > 90
    assert count(tenant, "scorecards") > 0
    with pytest.raises(duckdb.CatalogException):
        count(tenant, "scorecards__questions")
    assert not pipeline.state["sources"]["gong"].get("resources")
    tenant.synced()
    tenant.check()


def test_a_limit_counts_rows_or_nothing(company: Tenant) -> None:
    source = source_of(company, "calls")
    assert sum(len(table) for table in source.add_limit(0)) == 0
    calls = [table for table in source.add_limit(101, count_rows=True) if "primary_user_id" in table.column_names]
    assert [len(table) for table in calls] == [100, 100]


def test_two_sources_of_one_run_do_not_rely_on_what_is_not_loaded_yet(make_tenant: Callable[..., Tenant]) -> None:
    company = make_tenant(calls=20, users=4, sentences=2)
    for _ in range(2):
        company.pipeline().run([source_of(company, name) for name in ("calls", "transcripts")])
        company.check(truth=company.truth(end=NOW), only=("calls", "transcripts"))


def test_replace_reads_all_anew(company: Tenant) -> None:
    """Nothing of what was there stays, nothing comes twice, and the other streams are left alone."""
    pipeline = company.pipeline()
    pipeline.run(source_of(company, "users", "call_outcomes", "calls"))
    before = {table: count(company, table) for table in ("users", "calls", "calls__parties", "call_outcomes")}
    company.sql("UPDATE users SET id = 'gone' WHERE id = (SELECT min(id) FROM users)")
    company.sql("UPDATE calls__parties SET call_id = 'gone' WHERE call_id = (SELECT min(call_id) FROM calls__parties)")
    company.sql("UPDATE call_outcomes SET category = 'kept'")
    pipeline.run(source_of(company, "users", "calls"), write_disposition="replace")
    assert {table: count(company, table) for table in before} == before
    for query in ("SELECT id FROM users WHERE id = 'gone'", "SELECT id FROM calls__parties WHERE call_id = 'gone'"):
        assert not company.sql(query)
    assert company.sql("SELECT DISTINCT category FROM call_outcomes") == [("kept",)]
    company.sandbox.control.reset_counters()
    pipeline.run(source_of(company, "calls"))
    assert company.sandbox.counters.requests["POST /v2/calls/extensive"] <= 1, "what was read is remembered"


def test_rows_are_mapped_and_columns_added(company: Tenant) -> None:
    """A map may blank, add and split; hints of the user's own columns and tables reach the destination's schema."""

    def mask(table: pa.Table) -> pa.Table:
        index = table.column_names.index("email_address")
        table = table.set_column(index, "email_address", pa.repeat("hidden", len(table)))
        return table.append_column("team_code", pa.array(["7"] * len(table)))

    def halves(table: pa.Table) -> Iterator[pa.Table | pa.RecordBatch]:
        yield table.slice(0, 5)
        yield from table.slice(5).to_batches()

    source = source_of(company, "users").parallelize()
    users = source.resources["users"].add_map(mask).add_yield_map(halves)
    users.apply_hints(
        columns={"team_code": {"data_type": "text", "description": "Ours."}, "id": {"description": "Gong's."}},
        references=[{"referenced_table": "calls", "columns": ["id"], "referenced_columns": ["primary_user_id"]}],
    )
    pipeline = company.pipeline()
    pipeline.run(source)
    assert company.sql("SELECT DISTINCT email_address, team_code FROM users") == [("hidden", "7")]
    assert count(company, "users") == 12
    table = pipeline.default_schema.tables["users"]
    assert (table["columns"]["team_code"]["description"], table["columns"]["id"]["description"]) == ("Ours.", "Gong's.")
    assert "calls" in [each["referenced_table"] for each in table["references"]]
    assert pipeline.state["sources"]["gong"]["resources"]["users"], "a map leaves nothing out"


def nameless(table: pa.Table) -> pa.Table:
    return table.set_column(table.column_names.index("id"), table.schema.field("id"), pa.nulls(len(table), pa.string()))


UNFIT_MAPS = [
    (pa.Table.to_pylist, "returned a list in"),
    (pa.Table.to_batches, "returned a list in"),
    (pa.Table.to_pydict, "returned a dict in"),
    (lambda table: table.drop_columns(["_dlt_load_id"]), "left out _dlt_load_id, or"),
    (nameless, "left out id, or"),
]


@pytest.mark.parametrize(("made", "told"), UNFIT_MAPS, ids=["rows", "batches", "columns", "without", "nameless"])
def test_a_map_whose_rows_can_not_be_loaded_is_refused_and_spoils_nothing(
    company: Tenant, made: Callable[[pa.Table], Any], told: str
) -> None:
    """Rows would get columns of dlt's that are never NULL; what the sentence tells to do instead works."""
    source = source_of(company, "users")
    source.resources["users"].add_map(lambda table: made(table))
    with pytest.raises(PipelineStepFailed) as caught:
        company.pipeline().run(source)
    assert refused(caught.value).startswith(f"A map of users {told}")
    assert not company.pipeline().has_pending_data
    source = source_of(company, "users")
    source.resources["users"].add_map(lambda table: pa.Table.from_pylist(table.to_pylist(), schema=table.schema))
    company.pipeline().run(source)
    company.synced(resources=["users"])
    company.check(only=("users",))


def test_a_transformer_gets_the_rows_of_a_stream_that_is_not_loaded_itself(company: Tenant) -> None:
    @dlt.transformer(name="domains", primary_key="id", write_disposition="merge")
    def domains(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
        yield [{"id": row["id"], "domain": row["email_address"].partition("@")[2]} for row in table.to_pylist()]

    source = source_of(company)
    company.pipeline().run(source.resources["users"] | domains)
    assert count(company, "domains") == 12
    with pytest.raises(duckdb.CatalogException):
        count(company, "users")

    @dlt.transformer(name="addresses", primary_key="id", write_disposition="merge", max_table_nesting=2)
    def addresses(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
        for row in table.to_pylist():
            parts = [{"part": part, "letters": list(part)} for part in row["email_address"].split("@")]
            yield [{"id": row["id"], "parts": parts}]

    source = source_of(company, "users")
    source.resources["addresses"] = source.resources["users"] | addresses
    company.pipeline().run(source)
    assert count(company, "addresses") == count(company, "users") == 12
    letters = company.sql("SELECT sum(len(part)) FROM addresses__parts")
    assert letters == [(count(company, "addresses__parts__letters"),)], "lists of its own are tables where it says so"


def test_a_frozen_schema_takes_what_is_declared_and_no_more(make_tenant: Callable[..., Tenant]) -> None:
    """On an empty dataset and on one that is filled; told with the run, the source, or the stream."""
    tenant = make_tenant(calls=5)
    tenant.pipeline().run(source_of(tenant, "users"), schema_contract="freeze")
    names = tenant.sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'users'")
    tenant.sandbox.control.add_unknown_fields()
    frozen = source_of(tenant, "users")
    frozen.schema_contract = "freeze"
    with pytest.raises(PipelineStepFailed, match="frozen"):
        tenant.pipeline().run(frozen)
    assert not tenant.pipeline().has_pending_data
    source = source_of(tenant, "users")
    source.resources["users"].apply_hints(schema_contract={"columns": "discard_value"})
    tenant.pipeline().run(source)
    assert tenant.sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'users'") == names


def test_a_pipeline_shares_its_dataset_and_is_found_again(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a second source, before and after; by ``dataset()``, ``dlt.attach``, and dlt's own commands."""
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(company.database))

    @dlt.source(name="crm")
    def crm() -> DltResource:
        return dlt.resource([{"id": 1, "name": "Acme"}], name="accounts", primary_key="id", write_disposition="merge")

    company.pipeline().run([crm(), source_of(company, *FEW)])
    company.pipeline().run([source_of(company, *FEW), crm()])
    attached = dlt.attach("gong", pipelines_dir=str(company.home), destination="duckdb")
    dataset = attached.dataset(schema="gong")
    assert dataset["users"].select("id").arrow().num_rows == count(company, "users") == 12
    assert count(company, "accounts") == 1
    commands = [["info"], ["trace"], ["schema"], ["--non-interactive", "drop", "users", "--schema", "gong"]]
    for command in commands:
        told = subprocess.run(
            [sys.executable, "-m", "dlt._workspace.cli._dlt", "pipeline", "--pipelines-dir", str(company.home), "gong"]
            + command,
            input="y\n",
            text=True,
            capture_output=True,
        )
        assert told.returncode == 0, told.stdout + told.stderr


def test_naming_conventions_that_leave_the_names_alone_work(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    for naming in ("duck_case", "sql_ci_v1", "sql_cs_v1", "direct"):
        monkeypatch.setenv("SCHEMA__NAMING", naming)
        assert list(source_of(company, *FEW)), naming
    pipeline = company.pipeline()
    pipeline.run(source_of(company, *FEW))
    pipeline.run(source_of(company, *FEW))
    assert not pipeline.last_trace.last_normalize_info.row_counts.get("users")
    assert count(company, "users") == 12


def test_another_naming_convention_is_refused(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMA__NAMING", "tests.pipeline.shouting")
    with pytest.raises(PipelineStepFailed) as caught:
        company.pipeline().run(source_of(company, "users"))
    assert "use snake_case" in refused(caught.value)


def test_another_naming_convention_than_was_loaded_with_is_refused_before_anything_is_asked(
    company: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.synced(resources=["users"])
    monkeypatch.setenv("SCHEMA__NAMING", "direct")
    told = "gong_data was loaded .* convention snake_case, and direct is .* to snake_case, or load into another dataset"
    for home in (company.home, tmp_path / "another machine"):
        with pytest.raises(GongConfigError, match=told):
            company.sync(pipeline=company.pipeline(home=home), resources=["users"])
    assert not company.counted
    monkeypatch.setenv("GONG__SOURCES__GONG__SCHEMA__NAMING", "snake_case")  # of this very pipeline
    company.synced(resources=["users"])


def test_development_mode_begins_anew_each_time(company: Tenant) -> None:
    company.pipeline().run(source_of(company, "users"))
    destination = dlt.destinations.duckdb(str(company.database))
    pipeline = dlt.pipeline("gong", destination=destination, dev_mode=True, pipelines_dir=str(company.home))
    pipeline.run(source_of(company, "users"))
    assert pipeline.last_trace.last_normalize_info.row_counts["users"] == 12
    assert pipeline.dataset_name.startswith("gong_dataset_20")


def test_a_clone_has_settings_and_state_of_its_own(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = company.settings()
    for name, value in settings["credentials"].items():
        monkeypatch.setenv(f"SOURCES__GONG_EMEA__CREDENTIALS__{name.upper()}", value)
    monkeypatch.setenv("SOURCES__GONG_EMEA__BASE_URL", settings["base_url"])
    emea = gong_source.clone(name="gong_emea", section="gong_emea")
    source = emea(end_date=NOW, start_date=company.start).with_resources(*FEW)
    assert (source.name, source.section) == ("gong_emea", "gong_emea")
    pipeline = company.pipeline()
    pipeline.run(source)
    pipeline.run(emea(end_date=NOW, start_date=company.start).with_resources(*FEW))
    assert not pipeline.last_trace.last_normalize_info.row_counts.get("users"), "nothing new"
    assert set(pipeline.state["sources"]) == {"gong_emea"}
    assert isinstance(gong_source.with_args(schema_contract="freeze"), type(gong_source))
    assert isinstance(source_of(company).schema, Schema)


def test_a_pipeline_may_have_settings_of_its_own(company: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER__SOURCES__GONG__LOOKBACK_DAYS", "-1")
    company.pipeline("other")
    with pytest.raises(GongConfigError, match="lookback_days"):
        source_of(company)
    company.pipeline()
    assert source_of(company)
