"""What fakesnow lacks for the statements that dlt sends: each is rewritten into a spelling that fakesnow knows."""

from __future__ import annotations

import re
import threading
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import snowflake.connector.errors as connector_errors
from fakesnow import arrow, copy_into, cursor, instance

STAGE = re.compile(r"'(@[^']*)'")
OPTIONS = re.compile(r"FILE_FORMAT = \(([^)]*)\)")
MATCH = re.compile(r"MATCH_BY_COLUMN_NAME\s*=\s*'(\w+)'")


def unquoted_stage(sql: str) -> str:
    """``'@"S"."%T"/"load"/file'`` as ``@"S"."%T"/load/file``."""

    def replace(match: re.Match[str]) -> str:
        stage, _, path = match.group(1).partition("/")
        return stage + ("/" + path.replace('"', "") if path else "")

    return STAGE.sub(replace, sql)


def rewritten(sql: str) -> str:
    """A PUT or COPY INTO as fakesnow takes it; anything else as it is."""
    head = sql.lstrip()[:12].upper()
    if head.startswith("PUT "):
        return unquoted_stage(sql)
    if head.startswith("COPY INTO"):
        sql = MATCH.sub(r"MATCH_BY_COLUMN_NAME=\1", unquoted_stage(sql))
        return OPTIONS.sub(lambda match: f"FILE_FORMAT = ({match.group(1).replace(',', ' ')})", sql)
    return sql


def json_insert(connection: Any, table: str, url: str, columns: list[tuple[str, str]]) -> str:
    """INSERT of JSON lines by column name, each value cast to the type of its column as Snowflake does."""
    keys = connection.execute("SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects(?)", [url]).fetchall()
    by_name = {key.upper(): key for (key,) in keys}
    names, values = [], []
    for name, kind in columns:
        if (key := by_name.get(name.upper())) is None:
            continue
        path = "'$.\"" + key.replace("'", "''") + "\"'"
        text = f"json_extract_string(json, {path})"
        if kind.upper() == "JSON":
            value = f"CASE WHEN json_type(json, {path}) = 'NULL' THEN NULL ELSE json_extract(json, {path}) END"
        elif kind.upper() == "BLOB":
            value = f"from_base64({text})"
        else:
            value = f"CAST({text} AS {kind})"
        names.append(f'"{name}"')
        values.append(value)
    if not names:  # an empty file
        return f"INSERT INTO {table} SELECT * FROM {table} WHERE FALSE"
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM read_json_objects('{url}')"


class Statement:
    """What ``copy_into`` runs: only its SQL is asked for."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def sql(self, dialect: str | None = None) -> str:
        return self._sql


def add_copy_of_json() -> None:
    """COPY INTO of JSON with MATCH_BY_COLUMN_NAME; fakesnow knows the form with one VARIANT column only."""
    inserts, copy, call = copy_into._inserts, copy_into.copy_into, threading.local()

    def remembered(connection: Any, database: Any, schema: Any, expression: Any, *args: Any, **kwargs: Any) -> Any:
        call.target = (connection, database, schema)
        return copy(connection, database, schema, expression, *args, **kwargs)

    def by_name(expression: Any, params: Any, urls: list[str], parquet_info: Any = None) -> Any:
        named = params.match_by_column_name != copy_into.MatchByColumnName.NONE
        if not named or not isinstance(params.file_format, copy_into.ReadJSON):
            return inserts(expression, params, urls, parquet_info)
        connection, database, schema = call.target
        described = copy_into._describe_table(expression.this, connection, database, schema)
        columns = [(column[0], column[1]) for column in described]
        table = expression.this.sql(dialect="duckdb")
        return [Statement(json_insert(connection, table, url, columns)) for url in urls]

    copy_into.copy_into = cursor.copy_into = remembered
    copy_into._inserts = by_name


def add_rewriting() -> None:
    """Rewrite statements, and turn DuckDB's errors on constraints into Snowflake's."""
    execute = cursor.FakeSnowflakeCursor.execute

    def executed(self: Any, command: str, params: Any = None, *args: Any, **kwargs: Any) -> Any:
        if command.lstrip()[:7].upper() == "REMOVE ":
            command = f"SELECT {command.lstrip()[7:].rstrip('; ')} AS name, 'removed' AS result"
        try:
            return execute(self, rewritten(command), params, *args, **kwargs)
        except duckdb.ConstraintException as error:
            raise connector_errors.IntegrityError(msg=str(error), errno=100072, sqlstate="22000") from error

    cursor.FakeSnowflakeCursor.execute = executed


def add_quoted_schema() -> None:
    """dlt connects with a schema name in quotes."""
    connect = instance.FakeSnow.connect

    def connected(self: Any, database: Any = None, schema: Any = None, *args: Any, **kwargs: Any) -> Any:
        return connect(self, database, schema.strip('"') if schema else schema, *args, **kwargs)

    instance.FakeSnow.connect = connected


def add_null_timestamps() -> None:
    """fakesnow sends a NULL timestamp without marking it as one: it would come back as 1970."""
    convert = arrow.timestamp_to_sf_struct

    def converted(values: Any) -> Any:
        if isinstance(values, pa.ChunkedArray):
            values = values.combine_chunks()
        if not values.null_count:
            return convert(values)
        epoch = pa.scalar(0, type=pa.int64()).cast(values.type)
        struct = convert(pc.fill_null(values, epoch))
        fields = [struct.field(number) for number in range(struct.type.num_fields)]
        return pa.StructArray.from_arrays(fields, fields=list(struct.type), mask=pc.is_null(values))

    arrow.timestamp_to_sf_struct = converted


def install() -> None:
    """Make all additions."""
    add_rewriting()
    add_copy_of_json()
    add_quoted_schema()
    add_null_timestamps()
