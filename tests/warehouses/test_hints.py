"""What each destination is told, what is refused, and what the checks of the statements would catch."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.configuration import resolve_configuration
from dlt.common.schema import Schema
from dlt.load.configuration import LoaderConfiguration

from gong_source import GongDestinationError, gong_source
from gong_source.tables import TABLES as ALL_TABLES
from gong_source.warehouse import dialects as destinations_module
from gong_source.warehouse.dialects import (
    BIGQUERY_LAYOUTS,
    TESTED,
    TRIES,
    TableHints,
    check_destination,
    ready_destination,
)
from gong_source.warehouse.extras import UNSAFE_NAMES
from gong_source.warehouse.literals import text_literal, time_literal
from gong_source.warehouse.store import Store
from tests.pipeline.harness import NOW
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.statements import UNJUDGED, BigQueryChecker, SnowflakeChecker
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE

TABLES = {table.name: table for table in ALL_TABLES}
WORDS = """
    all alter and any array as asc assert_rows_modified at between by case cast check collate column connect connection
    constraint contains create cross cube current current_date current_time current_timestamp current_user database
    default define delete desc distinct drop else end enum escape except exclude exists extract false fetch following
    for from full grant group grouping groups having hash if ignore ilike in increment inner insert intersect interval
    into is issue join lateral left like limit localtime localtimestamp lookup merge minus natural new no not null nulls
    of on or order organization outer over partition preceding proto qualify range recursive regexp respect revoke right
    rlike rollup row rows sample schema select set some start struct table tablesample then to treat trigger true
    try_cast unbounded union unique unnest update using values view when whenever where window with within
"""
RESERVED = frozenset(WORDS.split())
"""Words that BigQuery or Snowflake take for something else where they stand unquoted."""


@pytest.mark.parametrize("name", TABLES)
def test_names_need_no_quotes_anywhere(name: str) -> None:
    for each in (name, *(column.name for column in TABLES[name].columns)):
        assert each not in RESERVED
        assert each not in UNSAFE_NAMES, "a name that dlt's merges take for another"


@pytest.mark.parametrize("kind", ["bigquery", "snowflake"])
@pytest.mark.parametrize("name", TABLES)
def test_json_never_travels_in_parquet(kind: str, name: str) -> None:
    hints, table = TableHints(kind), TABLES[name]
    has_json = any(column.type == "json" for column in table.columns)
    assert hints.format(table) in ("jsonl", "parquet")
    assert not has_json or hints.format(table) == "jsonl"
    assert hints.as_rows(table) == (hints.format(table) == "jsonl")


def test_the_bulk_is_columnar_everywhere() -> None:
    formats = {kind: TableHints(kind).format(TABLES["transcript_sentences"]) for kind in TESTED}
    assert formats == {**dict.fromkeys(TESTED, "parquet"), "postgres": None}, "PostgreSQL takes no file of columns"


@pytest.mark.parametrize("kind", ["snowflake", "postgres", "ducklake"])
def test_hints_are_for_their_own_destination_only(kind: str) -> None:
    for table in TABLES.values():
        assert TableHints(kind).of_table(table) == {}
        assert all(TableHints(kind).of_column(table, column.name) == {} for column in table.columns)


def test_duckdb_orders_doubled_rows_by_a_required_column_of_the_key_and_has_no_other_hint() -> None:
    for table in TABLES.values():
        assert TableHints("duckdb").of_table(table) == {}
        if table.disposition == "scd2":  # dlt drops no doubles of versions
            assert not any(TableHints("duckdb").of_column(table, column.name) for column in table.columns)
            continue
        found = {column.name: TableHints("duckdb").of_column(table, column.name) for column in table.columns}
        ordered = {name: hints for name, hints in found.items() if hints}
        assert ordered == {key: {"dedup_sort": "asc"} for key in table.primary_key[-1:]}, table.name
        assert all(column.required for column in table.columns if column.name in ordered), table.name


def test_an_untested_destination_chooses_its_own_format() -> None:
    assert TableHints("postgres").format(TABLES["calls"]) is None


def test_layouts_name_columns_that_exist() -> None:
    for name, layout in BIGQUERY_LAYOUTS.items():
        columns = {column.name: column.type for column in TABLES[name].columns}
        assert columns[layout.partition] == "timestamp"
        assert set(layout.cluster) <= set(columns)


@pytest.mark.parametrize("name", ["filesystem", "lancedb", "athena"])
def test_what_appends_is_refused(name: str) -> None:
    with pytest.raises(GongDestinationError, match="would append each call again"):
        check_destination(getattr(dlt.destinations, name)())


def test_files_are_refused_before_anything_is_read(
    duckdb_tenant: WarehouseTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both by the runs and by a plain ``pipeline.run``."""

    def to_files() -> Any:
        return dlt.pipeline("files", destination=dlt.destinations.filesystem(str(tmp_path / "lake")), dataset_name="x")

    with pytest.raises(GongDestinationError, match="would append"):
        duckdb_tenant.sync(pipeline=to_files())
    assert duckdb_tenant.counted == {}
    with pytest.raises(Exception, match="would append"):
        to_files().run(gong_source(**duckdb_tenant.settings()).with_resources("workspaces"))


def test_an_untested_destination_is_let_through_with_a_notice(caplog: pytest.LogCaptureFixture) -> None:
    destinations_module._notice.cache_clear()
    with caplog.at_level(logging.WARNING, "gong_source"):
        check_destination(dlt.destinations.redshift())
        check_destination(dlt.destinations.redshift())
        check_destination(dlt.destinations.duckdb())
    (record,) = [record for record in caplog.records if record.name == "gong_source"]
    assert "redshift is not among those" in record.getMessage()


@pytest.mark.parametrize(
    ("name", "variables", "kept"),
    [
        ("snowflake", {}, False),
        ("snowflake", {"DESTINATION__SNOWFLAKE__KEEP_STAGED_FILES": "true"}, True),
        ("snowflake", {"DESTINATION__KEEP_STAGED_FILES": "true"}, True),
        ("snowflake", {"GONG__DESTINATION__SNOWFLAKE__KEEP_STAGED_FILES": "true"}, True),
        ("dwh", {"DESTINATION__DWH__KEEP_STAGED_FILES": "true"}, True),
        ("dwh", {"DESTINATION__DWH__KEEP_STAGED_FILES": "false"}, False),
    ],
)
def test_snowflake_keeps_staged_files_only_where_the_user_says_so(
    monkeypatch: pytest.MonkeyPatch, name: str, variables: dict[str, str], kept: bool
) -> None:
    for variable, value in variables.items():
        monkeypatch.setenv(variable, value)
    credentials = "snowflake://user:password@account/DB"
    destination = dlt.destinations.snowflake(credentials, destination_name=name)
    pipeline = dlt.pipeline("gong", destination=destination, dataset_name="x")
    ready_destination(pipeline)
    client = pipeline._get_destination_clients(Schema("gong"))[0]
    assert client.config.keep_staged_files is kept  # type: ignore[attr-defined]


def test_a_lost_connection_is_given_up_in_time_unless_the_user_is_more_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__BIGQUERY__FILE_UPLOAD_TIMEOUT", "999")
    credentials: Any = {"project_id": "p", "client_email": "x@p.example", "private_key": "k", "token_uri": "https://x"}
    pipeline = dlt.pipeline("gong", destination=dlt.destinations.bigquery(credentials), dataset_name="x")
    ready_destination(pipeline)
    config: Any = pipeline._get_destination_clients(Schema("gong"))[0].config
    assert (config.retry_deadline, config.file_upload_timeout) == (30, 999)
    assert (
        resolve_configuration(LoaderConfiguration(), sections=("load",), accept_partial=True).raise_on_max_retries
        == TRIES
    )
    monkeypatch.setenv("LOAD__RAISE_ON_MAX_RETRIES", "9")
    assert (
        resolve_configuration(LoaderConfiguration(), sections=("load",), accept_partial=True).raise_on_max_retries == 9
    )


def test_each_pipeline_merges_from_a_dataset_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where two share a destination; what the user set holds."""
    destination = dlt.destinations.duckdb("some.duckdb")

    def staging(name: str) -> str:
        pipeline = dlt.pipeline(name, destination=destination, dataset_name="data")
        ready_destination(pipeline)
        client: Any = pipeline._get_destination_clients(Schema("gong"))[0]
        return str(client.config.normalize_staging_dataset_name(Schema("gong")))

    names = ("gong", "gong_backfill", "gong_webhook", "gong")
    assert [staging(name) for name in names] == [
        "data_staging",
        "data_staging_gong_backfill",
        "data_staging_gong_webhook",
        "data_staging",
    ]
    alike = ("GongX", "gongX", "gong_x", "a__b", "a_b", "Gong", "gong-eu", "gong_eu")
    assert len({staging(name) for name in alike}) == len(alike), "dlt writes these names alike"
    monkeypatch.setenv("DESTINATION__DUCKDB__STAGING_DATASET_NAME_LAYOUT", "%s_mine")
    assert staging("gong_backfill") == "data_mine"


@pytest.mark.parametrize("name", ["bigquery", "snowflake", "duckdb"])
def test_literals_mean_the_same_in_every_session(name: str) -> None:
    capabilities = getattr(dlt.destinations, name)().capabilities()
    instant = time_literal(capabilities, NOW)
    assert instant.endswith("'2026-06-15 12:00:00.000000+00:00'")
    assert instant.startswith("TIMESTAMP") == (name == "bigquery")
    assert "it" in text_literal(capabilities, "it's")


def test_bigquery_tables_are_partitioned_and_clustered(bigquery_tenant: WarehouseTenant) -> None:
    tenant = bigquery_tenant
    tenant.synced(resources=["calls", "transcripts", "logs"])
    assert tenant.warehouse.server is not None
    sent = tenant.warehouse.server.new_statements()
    assert tenant.warehouse.checker is not None
    assert tenant.warehouse.checker.problems(sent) == []
    sql = "\n".join(record["sql"] for record in sent)
    tables = {part.split("` (")[0].rpartition("`")[2]: part for part in sql.split("CREATE TABLE ") if "` (" in part}
    for name, (column, cluster) in {
        "calls": ("started", "`id`"),
        "transcripts": ("started", "`call_id`"),
        "transcript_sentences": ("started", "`call_id`"),
        "logs": ("event_time", "`log_type`, `user_id`"),
    }.items():
        assert f"PARTITION BY DATE(`{column}`)\nCLUSTER BY {cluster}" in tables[name], name
    assert "CLUSTER BY `call_id`" in tables["calls__parties"]
    assert "PARTITION BY" not in tables["calls__parties"]


@pytest.mark.parametrize(
    ("name", "made", "told"),
    [
        ("snowflake", ("VARCHAR(500)", "VARCHAR"), ("TEXT(500)", "text")),
        ("snowflake", ("NUMBER(10,0)", "NUMBER(19,0)"), ("NUMBER(10,0)", "bigint")),
        ("postgres", ("CHAR(500)", "VARCHAR"), ("CHARACTER(500)", "text")),
        ("postgres", ("TIMESTAMPTZ(3)", "TIMESTAMPTZ(6)"), ("TIMESTAMP WITH TIME ZONE(3)", "timestamp")),
    ],
)
def test_a_column_of_a_length_is_told_from_one_without(
    name: str, made: tuple[str, str], told: tuple[str, str], request: pytest.FixtureRequest
) -> None:
    warehouse: Warehouse = request.getfixturevalue(f"{name}_warehouse")
    dataset = f"lengths_{made[0].partition('(')[0].lower()}"
    store = Store(dlt.pipeline("lengths", destination=warehouse.destination(), dataset_name=dataset))
    with store.connection() as client:
        client.sql_client.create_dataset()
    store.execute(f"CREATE TABLE {{calls}} (a {made[0]}, b {made[1]})")
    assert store.columns() == {"calls": {"a": told[0], "b": told[1]}}


@pytest.mark.usefixtures("google_sql")
def test_the_checks_catch_what_a_warehouse_would_refuse() -> None:
    bigquery, snowflake = BigQueryChecker(), SnowflakeChecker()
    made = "CREATE TABLE `proj`.`gong_data_1`.`calls` (`id` STRING NOT NULL, `started` TIMESTAMP)"
    view = (
        "CREATE OR REPLACE VIEW `proj`.`gong_data_1`.`v` (`began` OPTIONS (description = 'A time.')) "
        "OPTIONS (description = 'One row is a call.') AS SELECT started AS began FROM `proj`.`gong_data_1`.`calls`"
    )
    asked = "SELECT began FROM `proj`.`gong_data_1`.`v` WHERE began > TIMESTAMP '2026-01-01'"
    assert bigquery.problems([{"sql": sql, "failed": False} for sql in (made, view, asked)]) == []
    for wrong in (
        "SELECT began FROM `proj`.`gong_data_1`.`v` WHERE began > DATE '2026-01-01'",
        "SELEC 1",
        "SELECT nothing FROM `proj`.`gong_data_1`.`calls`",
        "SELECT id FROM `proj`.`gong_data_1`.`callz`",
        "DELETE FROM `proj`.`gong_data_1`.`calls` WHERE id = 5",
    ):
        assert bigquery.problems([{"sql": wrong, "failed": False}]), wrong
    for wrong in ("SELECT FROM WHERE", "FROBNICATE THE TABLE", "SELECT 1 WHERE a > TIMESTAMP '2026-01-01 00:00+00:00'"):
        assert snowflake.problems([{"sql": wrong, "failed": False}]), wrong


@pytest.mark.usefixtures("google_sql")
def test_every_exception_to_the_checks_is_needed() -> None:
    """A checker that learns to judge one of these makes its exception go."""
    assert BigQueryChecker()._language.analyze("DECLARE table_exists BOOL", {})
    checker = SnowflakeChecker()
    for sql in ('ALTER TABLE "A"."B"\nDROP CLUSTERING KEY', 'REMOVE \'@"A"."%B"/"1.2"/file.jsonl\''):
        assert checker.problems([{"sql": sql, "failed": False}]) == []
    assert len(checker.unjudged) == 2
    assert len(UNJUDGED) == 3


@pytest.fixture
def duckdb_tenant(duckdb_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]) -> WarehouseTenant:
    return tenant_maker(duckdb_warehouse, calls=5)


@pytest.fixture
def bigquery_tenant(bigquery_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant]) -> WarehouseTenant:
    return tenant_maker(bigquery_warehouse, calls=10)
