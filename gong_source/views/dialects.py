"""What each warehouse needs of a view beside sqlglot's translation: idioms that it gets wrong, and comments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from gong_source.tables import DataType

TYPES: dict[DataType, str] = {
    "text": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "json": "JSON",
}
"""DuckDB's names of dlt's types."""

Rule = Callable[[Any], Any]


@dataclass(frozen=True)
class Dialect:
    """One warehouse's SQL.

    Attributes:
        name: As sqlglot and dlt call it.
        rule: Turns one node of a tree into the warehouse's; most stay as they are. None: what is written for DuckDB
            stays as it is.
        create: The statements that make a view: of its full name, its query, its comment, and those of its columns.
        comments: Query for names and comments of the views of a dataset; the dataset's full and bare name go in.
        columns: Query for tables and columns of a dataset, likewise.
    """

    name: str
    rule: Rule | None
    create: Callable[[str, str, str, Mapping[str, str]], list[str]]
    comments: str
    columns: str

    def write(self, query: str) -> str:
        """A query in this dialect.

        Args:
            query: In DuckDB's dialect, without comments.

        Raises:
            sqlglot.errors.UnsupportedError: The dialect has no words for it.
        """
        if self.rule is None:
            return query
        there = sqlglot.parse_one(query, read="duckdb").transform(self.rule, copy=False)
        return str(there.sql(self.name, pretty=True, unsupported_level=ErrorLevel.RAISE))

    def name_of(self, table: str) -> str:
        """The full name of a table or view in this dialect.

        Args:
            table: In DuckDB's dialect, each part in quotes.
        """
        return table if self.rule is None else exp.to_table(table, dialect="duckdb").sql(self.name)


def literal(text: str) -> str:
    """Text as a literal of standard SQL.

    Args:
        text: Without backslashes.
    """
    return "'" + text.replace("'", "''") + "'"


def _is_json_list(node: exp.Expr) -> bool:
    """Whether this is ``unnest(json_extract(x, '$[*]'))``, an element of a JSON list in each row."""
    inner = node.expressions[0] if isinstance(node, exp.Unnest) else None
    return isinstance(inner, exp.JSONExtract) and bool(inner.expression.find(exp.JSONPathWildcard))


def _utc(node: exp.Expr) -> Any:
    """The instant in ``CAST(x AT TIME ZONE 'UTC' AS DATE)``; None for everything else."""
    if isinstance(node, exp.Cast) and node.is_type("date") and isinstance(node.this, exp.AtTimeZone):
        return node.this.this
    return None


def _is_week(node: exp.Expr) -> bool:
    return isinstance(node, (exp.DateTrunc, exp.TimestampTrunc)) and node.text("unit").upper() == "WEEK"


def _bigquery(node: exp.Expr) -> exp.Expr:
    if _is_json_list(node):
        node.set("expressions", [exp.func("JSON_QUERY_ARRAY", node.expressions[0].this)])
    elif instant := _utc(node):
        return exp.Anonymous(this="DATE", expressions=[instant, exp.Literal.string("UTC")])
    elif _is_week(node):  # BigQuery's WEEK begins on Sunday
        day = node.this.transform(_bigquery).sql("bigquery")
        back = f"MOD(EXTRACT(DAYOFWEEK FROM {day}) + 5, 7)"
        return sqlglot.parse_one(f"DATE_SUB({day}, INTERVAL {back} DAY)", read="bigquery")
    elif isinstance(node, exp.DateDiff) and node.text("unit").upper() == "MICROSECOND":
        return exp.Anonymous(
            this="TIMESTAMP_DIFF", expressions=[node.this, node.expression, exp.var(node.text("unit"))]
        )
    elif isinstance(node, exp.JSONExtractScalar):
        path = exp.Literal.string("$." + node.expression.find(exp.JSONPathKey).this)
        return exp.Anonymous(this="JSON_VALUE", expressions=[node.this, path])
    elif _is_containment(node):
        values, wanted = node.expressions
        return exp.In(
            this=exp.Literal.string(wanted.name.strip('"')),
            unnest=exp.Unnest(expressions=[exp.func("JSON_VALUE_ARRAY", values)]),
        )
    return node


def _snowflake(node: exp.Expr) -> exp.Expr:
    if _is_json_list(node):
        node.set("expressions", [node.expressions[0].this])
    elif _is_week(node):  # Snowflake's WEEK begins as the account is set
        back = exp.Sub(this=exp.Literal.number(1), expression=exp.func("DAYOFWEEKISO", node.this.copy()))
        return exp.Anonymous(this="DATEADD", expressions=[exp.var("DAY"), back, node.this])
    elif isinstance(node, exp.TryCast):
        node.set("requires_string", True)  # without it sqlglot writes a cast that fails
    elif isinstance(node, exp.JSONExtractScalar):
        path = exp.Literal.string(node.expression.find(exp.JSONPathKey).this)
        return exp.cast(exp.Anonymous(this="GET_PATH", expressions=[node.this, path]), "varchar")
    elif _is_containment(node):
        values, wanted = node.expressions
        return exp.Anonymous(this="CONTAINS", expressions=[exp.Anonymous(this="TO_JSON", expressions=[values]), wanted])
    return node


def _is_containment(node: exp.Expr) -> bool:
    """Whether this is ``json_contains(list, '"text"')``."""
    return isinstance(node, exp.Anonymous) and node.name.lower() == "json_contains"


def _create_duckdb(name: str, query: str, comment: str, columns: Mapping[str, str]) -> list[str]:
    return [
        f"CREATE OR REPLACE VIEW {name} AS {query}",
        f"COMMENT ON VIEW {name} IS {literal(comment)}",
        *(f"COMMENT ON COLUMN {name}.{column} IS {literal(doc)}" for column, doc in columns.items()),
    ]


def _create_ducklake(name: str, query: str, comment: str, columns: Mapping[str, str]) -> list[str]:
    return _create_duckdb(name, query, comment, {})  # only columns of tables can have comments


def _create_bigquery(name: str, query: str, comment: str, columns: Mapping[str, str]) -> list[str]:
    def quoted(text: str) -> str:
        return "'" + text.replace("'", "\\'") + "'"

    options = ", ".join(f"`{column}` OPTIONS (description = {quoted(doc)})" for column, doc in columns.items())
    return [f"CREATE OR REPLACE VIEW {name} ({options}) OPTIONS (description = {quoted(comment)}) AS {query}"]


def _create_snowflake(name: str, query: str, comment: str, columns: Mapping[str, str]) -> list[str]:
    described = ", ".join(f"{column} COMMENT {literal(doc)}" for column, doc in columns.items())
    return [f"CREATE OR REPLACE VIEW {name} ({described}) COMMENT = {literal(comment)} AS {query}"]


DIALECTS = {
    "duckdb": Dialect(
        "duckdb",
        None,
        _create_duckdb,
        "SELECT view_name, comment FROM duckdb_views() "
        "WHERE database_name = current_database() AND schema_name = {name}",
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = {name}",
    ),
    "bigquery": Dialect(
        "bigquery",
        _bigquery,
        _create_bigquery,
        "SELECT v.table_name, o.option_value FROM {dataset}.INFORMATION_SCHEMA.VIEWS AS v "
        "LEFT JOIN {dataset}.INFORMATION_SCHEMA.TABLE_OPTIONS AS o "
        "ON o.table_name = v.table_name AND o.option_name = 'description'",
        "SELECT table_name, column_name FROM {dataset}.INFORMATION_SCHEMA.COLUMNS",
    ),
    "snowflake": Dialect(
        "snowflake",
        _snowflake,
        _create_snowflake,
        "SELECT table_name, comment FROM INFORMATION_SCHEMA.VIEWS WHERE table_schema = {name}",
        "SELECT table_name, column_name FROM INFORMATION_SCHEMA.COLUMNS WHERE table_schema = {name}",
    ),
}
DIALECTS["ducklake"] = replace(DIALECTS["duckdb"], create=_create_ducklake)
"""The warehouses that views are written for, by dlt's name of the destination or of its SQL."""
