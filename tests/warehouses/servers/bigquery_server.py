"""BigQuery's REST API on DuckDB: bqemulator with what dlt needs and it lacks.

    python bigquery_server.py PORT GRPC_PORT STATEMENTS

Runs in an environment of its own (requirements-bigquery.txt). It proves what the pipeline code and dlt's SQL do; how
BigQuery itself casts what load jobs bring, how fast it is and what it costs are beyond it. Added here:

- load jobs gunzip what they get, match parquet columns by name and refuse unknown fields, as BigQuery does;
- load jobs refuse a parquet file for a table with a JSON column, as BigQuery does;
- ALTER TABLE may add several columns at once, and columns that it adds show up in INFORMATION_SCHEMA;
- a query that fails is answered with an error, not with 200 and no rows;
- compiled sqlglot, with which it takes a third of the time, no statement is parsed ten times, and what is in
  INFORMATION_SCHEMA.COLUMNS is not written into each statement that asks for it;
- DuckDB's extensions for GEOGRAPHY and for files other than these, which would be downloaded, are left out.
"""

from __future__ import annotations

import copy
import gzip
import json
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import bqemulator.server as server
import sqlglot
from bqemulator.catalog import ddl_sync
from bqemulator.cli import main
from bqemulator.domain.errors import InvalidQueryError
from bqemulator.jobs import ddl_result, executor
from bqemulator.scripting import interpreter
from bqemulator.sql.rewriter import information_schema
from bqemulator.storage.engine import DuckDBEngine
from recording import Recorder, collect_seldom, end_with_parent
from sqlglot.dialects.dialect import Dialect
from sqlglot.expressions import core

PLAIN = {int, str, bool, type(None)}
STATUS = {"notFound": 404, "duplicate": 409, "accessDenied": 403}


def quoted(name: str) -> str:
    """A name as DuckDB takes it."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(target: str, context: Any) -> dict[str, tuple[str, str]]:
    """Name and type of a table's columns, by lower-case name."""
    rows = context.engine.execute(f"DESCRIBE {target}").fetchall()
    return {row[0].lower(): (row[0], row[1].upper()) for row in rows}


def json_value(key: str, kind: str) -> str:
    """SQL for one field of a JSON line as the type of its column."""
    path = "'$.\"" + key.replace("'", "''") + "\"'"
    if kind == "JSON":
        return f"CASE WHEN json_type(json, {path}) = 'NULL' THEN NULL ELSE json_extract(json, {path}) END"
    text = f"json_extract_string(json, {path})"
    return f"from_base64({text})" if kind == "BLOB" else f"CAST({text} AS {kind})"


def load_json(path: str, target: str, context: Any) -> None:
    """A load job of newline-delimited JSON."""
    file = Path(path)
    if (raw := file.read_bytes())[:2] == b"\x1f\x8b":
        file.write_bytes(gzip.decompress(raw))
    columns = columns_of(target, context)
    lines = file.read_text(encoding="utf-8").split("\n")
    keys = list(dict.fromkeys(key for line in lines if line.strip() for key in json.loads(line)))
    if unknown := [key for key in keys if key.lower() not in columns]:
        raise InvalidQueryError(f"No such field: {unknown[0]}.")
    if keys:
        names = ", ".join(quoted(columns[key.lower()][0]) for key in keys)
        values = ", ".join(json_value(key, columns[key.lower()][1]) for key in keys)
        source = "read_json_objects(?, format='newline_delimited', maximum_object_size=67108864)"
        context.engine.execute(f"INSERT INTO {target} ({names}) SELECT {values} FROM {source}", [path])


def load_parquet(path: str, target: str, context: Any) -> None:
    """A load job of parquet."""
    columns = columns_of(target, context)
    found = [row[0] for row in context.engine.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()]
    if unknown := [name for name in found if name.lower() not in columns]:
        raise InvalidQueryError(f"Provided Schema does not match Table. Cannot add fields (field: {unknown[0]})")
    if any(columns[name.lower()][1] == "JSON" for name in found):
        raise InvalidQueryError("Unsupported field type: JSON")
    names = ", ".join(quoted(columns[name.lower()][0]) for name in found)
    values = ", ".join(quoted(name) for name in found)
    context.engine.execute(f"INSERT INTO {target} ({names}) SELECT {values} FROM read_parquet(?)", [path])


def sync_table(sql: str, project: str, context: Any) -> None:
    """After a statement: keep the emulator's catalog in step with a table that was created or altered."""
    ddl_sync.sync_created_table(sql, project, context)
    if not sql.lstrip()[:12].upper().startswith("ALTER TABLE"):
        return
    table = sqlglot.parse_one(sql, read="bigquery").this
    place = ddl_sync._split_target(table, project)
    if (meta := context.catalog.get_table(*place)) is not None:
        schema = ddl_sync._introspect_schema(*place, context)
        context.catalog.update_table(meta.model_copy(update={"schema_": schema}))


def one_by_one(sql: str) -> list[str]:
    """The statements that DuckDB takes for one: it alters one thing of a table at a time."""
    if not sql.lstrip()[:12].upper().startswith("ALTER TABLE"):
        return [sql]
    alter = sqlglot.parse_one(sql, read="duckdb")
    statements = []
    for action in alter.args["actions"]:
        single = alter.copy()
        single.set("actions", [action.copy()])
        statements.append(single.sql(dialect="duckdb"))
    return statements


def add_multiple_alters() -> None:
    """Let ALTER TABLE have several actions, as BigQuery's has."""
    fetch = DuckDBEngine.fetch_arrow

    def fetched(self: Any, sql: str, parameters: list[Any] | None = None) -> Any:
        for statement in one_by_one(sql):
            table = fetch(self, statement, parameters)
        return table

    DuckDBEngine.fetch_arrow = fetched


def remember_parsed() -> None:
    """Parse a statement once: each of the emulator's rewriting steps parses it for itself."""
    parse = Dialect.parse

    @lru_cache(maxsize=64)
    def parsed(kind: type[Dialect], sql: str) -> list[Any]:
        return parse(kind(), sql)

    def copied(self: Dialect, sql: str, **options: Any) -> list[Any]:
        if options:
            return parse(self, sql, **options)
        if type(self) is Dialect:  # a pattern of sqlglot's own, which it copies before it fills it in
            return parsed(Dialect, sql)
        return [tree and tree.copy() for tree in parsed(type(self), sql)]

    Dialect.parse = copied
    core.deepcopy = duplicate


def duplicate(what: Any) -> Any:
    """A deep copy; of where an expression stands in its statement, numbers alone, without a walk."""
    is_flat = type(what) is dict and all(type(value) in PLAIN for value in what.values())
    return what.copy() if is_flat else copy.deepcopy(what)


def columns_in_tables(engine: Any) -> None:
    """Have columns in a table of DuckDB's, which a statement names: as VALUES they are 50 kB, parsed three times."""
    as_values = information_schema._columns_as_values

    def as_table(tables: Any, project: str, dataset: str) -> str:
        name = f"columns_of_{project}__{dataset}"
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {as_values(tables, project, dataset)}")
        return f"`{name}`"

    information_schema._columns_as_values = as_table


def has_not_null(column: Any) -> bool:
    """Whether a column's definition says NOT NULL; the emulator's own asks in a way that compiled sqlglot refuses."""
    kinds = [constraint.args.get("kind") for constraint in column.args.get("constraints") or ()]
    return any(isinstance(kind, sqlglot.exp.NotNullColumnConstraint) for kind in kinds)


class QueryErrors:
    """ASGI middleware: the failure of a query is a failed request."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].endswith("/queries"):
            await self._app(scope, receive, send)
            return
        status, body = 0, b""

        async def collect(message: Any) -> None:
            nonlocal status, body
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")

        await self._app(scope, receive, collect)
        status, body = truthful(status, body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def truthful(status: int, body: bytes) -> tuple[int, bytes]:
    """The answer to a query with the status that BigQuery would give it."""
    errors = json.loads(body).get("errors") if status == 200 else None
    if not errors:
        return status, body
    error = dict(errors[0])
    if error["reason"] == "accessDenied" and "does not exist" in error["message"]:
        # who may list the project's datasets is told that there is none
        error.update(reason="notFound", message=f"Not found: Dataset was not found in location EU. {error['message']}")
    code = STATUS.get(error["reason"], 400)
    answer = {"error": {"code": code, "message": error["message"], "errors": [error], "status": "FAILED"}}
    return code, json.dumps(answer).encode()


def sql_of(path: str, body: Any) -> str | None:
    """The statement in a request: of ``jobs.query``, or of a query job."""
    if not isinstance(body, dict):
        return None
    if path.endswith("/queries"):
        return body.get("query")
    return ((body.get("configuration") or {}).get("query") or {}).get("query")


def failed(status: int, body: Any) -> bool:
    """Whether the request or the job it started failed."""
    return status >= 400 or bool(isinstance(body, dict) and (body.get("status") or {}).get("errorResult"))


if __name__ == "__main__":
    end_with_parent()
    collect_seldom()
    port, grpc_port, statements = sys.argv[1:]
    DuckDBEngine._load_spatial = DuckDBEngine._load_format_extensions = lambda self: None
    add_multiple_alters()
    remember_parsed()
    ddl_result._has_not_null_constraint = has_not_null
    executor._LOAD_FORMAT_HANDLERS["NEWLINE_DELIMITED_JSON"] = load_json
    executor._LOAD_FORMAT_HANDLERS["PARQUET"] = load_parquet
    executor.sync_created_table = interpreter.sync_created_table = sync_table
    create_app = server.create_app

    def create(context: Any) -> Recorder:
        columns_in_tables(context.engine)
        return Recorder(QueryErrors(create_app(context)), statements, sql_of, failed)

    server.create_app = create
    sys.argv = ["bqemulator", "start", "--rest-port", port, "--grpc-port", grpc_port, "--project", "proj"]
    sys.argv += ["--log-level", "warning"]
    main()
