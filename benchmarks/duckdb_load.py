"""What DuckDB needs by itself: saved answers into the same tables, with ``read_json`` and ``unnest`` alone.

``python -m benchmarks.duckdb_load DIRECTORY DATABASE calls|transcripts|all`` is the process that is measured; the
directory holds the answers' bytes as the server sent them. Types and places come from the connector's own table
definitions, so both make the same columns. Nothing is merged, checked or remembered here.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.process import DATASET
from gong_source.streams.calls.selector import content_selector
from gong_source.tables import CALL_LISTS, CALLS, CONTEXT, CONTEXT_OBJECTS, Table

TYPES = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "json": "JSON",
}
READ = "read_json('{path}', format='newline_delimited', maximum_object_size=67108864, columns={{{columns}}})"
SENTENCES = """
    CREATE TABLE transcript_sentences AS
    WITH pages AS (SELECT unnest(callTranscripts) AS t FROM {source}),
    spoken AS (
        SELECT t.callId AS call_id, started, flatten(list_transform(t.transcript, (m, i) -> list_transform(
            m.sentences, s -> struct_pack(monologue_index := i - 1, speaker_id := m.speakerId, topic := m.topic,
                                          start_ms := s.start, end_ms := s."end", "text" := s."text")))) AS sentences
        FROM pages LEFT JOIN call_starts ON id = t.callId
    )
    SELECT call_id, started, generate_subscripts(sentences, 1) - 1 AS sentence_index,
           unnest(sentences, recursive := true)
    FROM spoken"""
SUMMARY = """
    CREATE TABLE transcripts AS
    SELECT call_id, any_value(started) AS started, count(DISTINCT monologue_index) AS monologue_count,
           count(*) AS sentence_count, count(DISTINCT speaker_id) AS speaker_count,
           sum(end_ms - start_ms) / 1000 AS spoken_seconds
    FROM transcript_sentences GROUP BY call_id"""


def save_answers(url: str, directory: Path, start: datetime, end: datetime, settings: Any) -> int:
    """Keep every page of calls and transcripts as it came.

    Args:
        url: Of the server.
        directory: Where to put the files.
        start: Of the range.
        end: Of the range.
        settings: What chooses the parts of a call.

    Returns:
        Bytes in all files.
    """
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    saved = 0
    for kind, path, body in (
        ("calls", "/v2/calls/extensive", {"filter": limits, "contentSelector": content_selector(settings)}),
        ("starts", "/v2/calls/extensive", {"filter": limits}),
        ("transcripts", "/v2/calls/transcript", {"filter": limits}),
    ):
        cursor, number = None, 0
        while number == 0 or cursor:
            request = urllib.request.Request(
                url + path, json.dumps({**body, **({"cursor": cursor} if cursor else {})}).encode(), method="POST"
            )
            with urllib.request.urlopen(request) as response:
                content = response.read()
            cursor = json.loads(content)["records"].get("cursor")
            (directory / f"{kind}-{number:05d}.json").write_bytes(content + b"\n")
            number, saved = number + 1, saved + len(content) * (kind != "starts")
    return saved


def load(directory: str, database: str, part: str) -> None:
    """Load saved answers.

    Args:
        directory: Of :func:`save_answers`.
        database: A new DuckDB file.
        part: ``calls``, ``transcripts`` or ``all``.
    """
    with duckdb.connect(database) as connection:
        connection.execute(f"SET TimeZone='UTC'; CREATE SCHEMA {DATASET}; USE {DATASET}")
        starts = "calls"
        if part in ("calls", "all"):
            _load_calls(connection, directory)
        else:
            starts = "starts"
        if part in ("transcripts", "all"):
            _load_transcripts(connection, directory, starts)


def _load_calls(connection: duckdb.DuckDBPyConnection, directory: str) -> None:
    tree: dict[str, Any] = {}
    for column in CALLS.columns:
        _place(tree, column.path, TYPES[column.type])
    for table in CALL_LISTS:
        leaf = _struct(table)
        if table is CONTEXT:
            leaf = leaf[:-1] + f", objects {_struct(CONTEXT_OBJECTS)}[])"
        _place(tree, table.path, leaf + "[]")
    columns = f"calls: '{_type(tree)}[]'"
    source = READ.format(path=f"{directory}/calls-*.json", columns=columns)
    connection.execute(f"CREATE TEMP TABLE call_pages AS SELECT unnest(calls) AS c FROM {source}")
    own = ", ".join(f'c.{column.path} AS "{column.name}"' for column in CALLS.columns if column.path)
    connection.execute(f"CREATE TABLE calls AS SELECT {own} FROM call_pages")
    for table in CALL_LISTS:
        items = f"SELECT c.metaData.id AS call_id, unnest(c.{table.path}) AS item, " + (
            f"generate_subscripts(c.{table.path}, 1) - 1 AS position FROM call_pages"
        )
        connection.execute(f"CREATE TABLE {table.name} AS SELECT call_id, {_own(table)}, position FROM ({items})")
    items = (
        "SELECT call_id, unnest(system.objects) AS item, generate_subscripts(system.objects, 1) - 1 AS position "
        "FROM (SELECT c.metaData.id AS call_id, unnest(c.context) AS system FROM call_pages)"
    )
    connection.execute(
        f"CREATE TABLE {CONTEXT_OBJECTS.name} AS SELECT call_id, {_own(CONTEXT_OBJECTS)}, position FROM ({items})"
    )
    connection.execute("CREATE TEMP VIEW call_starts AS SELECT id, started FROM calls")


def _load_transcripts(connection: duckdb.DuckDBPyConnection, directory: str, starts: str) -> None:
    if starts == "starts":
        columns = "calls: 'STRUCT(metaData STRUCT(id VARCHAR, started TIMESTAMPTZ))[]'"
        source = READ.format(path=f"{directory}/starts-*.json", columns=columns)
        connection.execute(
            "CREATE TEMP TABLE call_starts AS "
            f"SELECT c.metaData.id AS id, c.metaData.started AS started FROM (SELECT unnest(calls) AS c FROM {source})"
        )
    columns = (
        "callTranscripts: 'STRUCT(callId VARCHAR, transcript STRUCT(speakerId VARCHAR, topic VARCHAR, "
        'sentences STRUCT(start BIGINT, "end" BIGINT, "text" VARCHAR)[])[])[]\''
    )
    source = READ.format(path=f"{directory}/transcripts-*.json", columns=columns)
    connection.execute(SENTENCES.format(source=source))
    connection.execute(SUMMARY)


def _own(table: Table) -> str:
    return ", ".join(f'item."{column.path}" AS "{column.name}"' for column in table.columns if column.path)


def _struct(table: Table) -> str:
    fields = ", ".join(f'"{column.path}" {TYPES[column.type]}' for column in table.columns if column.path)
    return f"STRUCT({fields})"


def _place(tree: dict[str, Any], path: str, kind: str) -> None:
    if path:
        *parents, leaf = path.split(".")
        for parent in parents:
            tree = tree.setdefault(parent, {})
        tree[leaf] = kind


def _type(tree: dict[str, Any]) -> str:
    return (
        "STRUCT("
        + ", ".join(f'"{key}" {_type(kind) if isinstance(kind, dict) else kind}' for key, kind in tree.items())
        + ")"
    )


if __name__ == "__main__":
    load(*sys.argv[1:])
