"""The columns of tables as the destination has them, its owner's among them: how each is spelt, and what it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gong_source.warehouse.store import Store, folding

FIXED = "it is never NULL, so what it holds of them stays: let it be NULL, or drop it"
"""Why a column can't be emptied, and what to do."""

_MADE = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = {dataset} AND "
    "(is_generated = 'ALWAYS' OR is_identity = 'YES' OR column_default LIKE {numbered})"
)
"""Columns that PostgreSQL and DuckDB fill by themselves, from other columns or by counting."""


@dataclass(frozen=True)
class Held:
    """A column.

    Attributes:
        name: As the destination spells it; an owner's may have capitals, spaces and braces.
        sql: The name as a part of SQL for the :class:`Store`.
        is_fixed: Whether it is never NULL.
    """

    name: str
    sql: str
    is_fixed: bool


def held_columns(store: Store, names: Iterable[str]) -> dict[str, dict[str, Held]]:
    """Columns of the tables that are there, by their names as :meth:`Store.columns` gives them.

    Those that the destination fills by itself are left out: they can't be set, follow from the others, and no load
    brings them.

    Args:
        store: The dataset, open.
        names: Of tables.
    """
    with store.connection() as client:
        sql, folded = client.sql_client, folding(client)
        made: set[tuple[str, str]] = set()
        if sql.capabilities.sqlglot_dialect in ("postgres", "duckdb"):
            made = {(table, name) for table, name in store.rows(_MADE, dataset=sql.dataset_name, numbered="nextval(%")}
        found = [(table, columns) for table, columns in client.get_storage_tables(names) if columns]
        return {
            table: {
                folded(name): Held(
                    name,
                    sql=_part(sql.escape_column_name(name, casefold=False)),
                    is_fixed=not hints.get("nullable", True),
                )
                for name, hints in columns.items()
                if (table, name) not in made
            }
            for table, columns in found
        }


def emptying(columns: Iterable[Held]) -> tuple[str, str]:
    """What sets columns to NULL, and the condition for rows that hold something in one; empty where none can be NULL.

    Args:
        columns: Of one table.
    """
    names = [column.sql for column in columns if not column.is_fixed]
    nothing, something = (f"{name} = NULL" for name in names), (f"{name} IS NOT NULL" for name in names)
    return ", ".join(nothing), " OR ".join(something)


def _part(quoted: str) -> str:
    return quoted.replace("{", "{{").replace("}", "}}")
