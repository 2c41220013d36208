"""Makes the views in a dataset, and leaves them alone where they are as they would be made."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from dlt.destinations.exceptions import DatabaseException
from dlt.destinations.sql_client import SqlClientBase
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError, GongDestinationError
from gong_source.views.catalog import SOURCES, texts, view_names, views
from gong_source.views.dialects import DIALECTS, Dialect
from gong_source.views.statements import view_statements
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.literals import text_literal
from gong_source.warehouse.place import has_tables
from gong_source.warehouse.store import Store
from gong_source.wording import in_a_line

logger = logging.getLogger("gong_source")

MAKER = 2
"""Goes up when the same files would be made in another way."""

MARK = "Made by gong-source; version "
"""Before the version, at the end of a view's comment: by it a view of the user's own is told from ours."""


@dataclass(frozen=True)
class Dataset:
    """What is there of what views are made from, and of the views.

    Attributes:
        name: Name of the schema.
        dialect: The SQL that is spoken there.
        columns: Columns by table, both in lower case.
        comments: Comments by view, in lower case.
    """

    name: str
    dialect: str
    columns: Mapping[str, frozenset[str]]
    comments: Mapping[str, str]

    @property
    def version(self) -> str:
        """Changes with everything that the views depend on: their text, and the columns that are there."""
        known = {name: sorted(self.columns.get(name, frozenset()) & own.keys()) for name, own in SOURCES.items()}
        content = json.dumps([MAKER, texts(), known], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:12]


def look(pipeline: Pipeline) -> Dataset:
    """Ask a destination what is there.

    Args:
        pipeline: With a destination and a dataset name.

    Raises:
        GongDestinationError: It can't be asked, or is none of those that views are written for.
    """
    with _refusals("The dataset can't be read"), Store(pipeline, reads=True).connection() as client:
        return _look(client.sql_client, _dialect(pipeline, client.sql_client))


def create_views(pipeline: Pipeline) -> list[str]:
    """Make the views over the tables of a pipeline's dataset.

    A table or column that is not there yet counts as empty; once it is there, the views are made anew. Nothing but two
    small queries is sent where all is as it should be.

    Args:
        pipeline: With a destination and a dataset name.

    Returns:
        Names of all views; empty where nothing was loaded yet.

    Raises:
        GongDestinationError: The destination refused, is none of those that views are written for, or has a view of
            one of the names that is not ours.
    """
    with _refusals("The views could not be made"), Store(pipeline).connection() as client:
        return _create(client.sql_client, _dialect(pipeline, client.sql_client))


def require_views(pipeline: Pipeline, alone: AbstractContextManager[None]) -> list[str]:
    """The same before the views are read, for which something must have been loaded.

    A file in which they are as they should be is only read, also beside a run.

    Args:
        pipeline: With a destination and a dataset name.
        alone: What to hold where they are to be made, such as the pipeline's lock.

    Returns:
        Names of all views.

    Raises:
        GongConfigError: Nothing was loaded yet.
        GongDestinationError: As above.
        GongLockedError: They are to be made, and another run holds the lock.
    """
    if not has_tables(pipeline):
        raise GongConfigError(f"There is nothing in {pipeline.dataset_name} yet: run gong-source sync first.")
    if _are_made(look(pipeline)):
        return view_names()
    with alone:
        return create_views(pipeline)


def keep_views(pipeline: Pipeline) -> list[str]:
    """The same after a load, which is not to fail for it: what goes wrong is a warning.

    Args:
        pipeline: With a destination and a dataset name.

    Returns:
        Names of all views; empty where they could not be made.
    """
    try:
        return create_views(pipeline)
    except GongDestinationError as error:
        logger.warning("%s The tables are not affected; `gong-source views` tries again.", error)
    except Exception as error:  # whatever a client library raises: the rows are loaded
        logger.warning("The views could not be made: %s", f"{type(error).__name__}: {in_a_line(error)}")
    return []


@contextmanager
def _refusals(what: str) -> Iterator[None]:
    """What the destination refuses, as an error of ours."""
    try:
        yield
    except DatabaseException as error:
        raise GongDestinationError(f"{what}: {in_a_line(error)}") from error


def _dialect(pipeline: Pipeline, client: SqlClientBase[Any]) -> Dialect:
    dialect = DIALECTS.get(type_of(pipeline.destination)) or DIALECTS.get(client.capabilities.sqlglot_dialect or "")
    if dialect is None:
        raise GongDestinationError(f"Views are written for {', '.join(DIALECTS)}; this destination is none of them.")
    return dialect


def _create(client: SqlClientBase[Any], dialect: Dialect) -> list[str]:
    dataset = _look(client, dialect)
    if not dataset.columns:
        return []
    if _are_made(dataset):
        return view_names()
    foreign = [name for name in view_names() if name in dataset.columns and MARK not in dataset.comments.get(name, "")]
    if foreign and len(foreign) < len(view_names()):  # all of them: comments that can't be read back, as in emulators
        raise GongDestinationError(
            f"{client.dataset_name} has a {foreign[0]} that gong-source did not make; rename it, or drop it."
        )
    path = partial(client.make_qualified_table_name_path, quote=False)
    note = MARK + dataset.version
    statements = [each for view in views() for each in view_statements(view, dialect, path, dataset.columns, note)]
    if dialect.name == "duckdb":
        with client.begin_transaction():  # elsewhere a view comes with its comment, here after it
            client.execute_many(statements)
    else:
        client.execute_many(statements)
    return view_names()


def _are_made(dataset: Dataset) -> bool:
    return all(MARK + dataset.version in dataset.comments.get(name, "") for name in view_names())


def _look(client: SqlClientBase[Any], dialect: Dialect) -> Dataset:
    full, bare = client.fully_qualified_dataset_name(), client.fully_qualified_dataset_name(quote=False)
    name = bare.rpartition(".")[2]
    names = {"dataset": full, "name": text_literal(client.capabilities, name)}
    columns: dict[str, set[str]] = {}
    for table, column in client.execute_sql(dialect.columns.format(**names)) or ():
        columns.setdefault(table.lower(), set()).add(column.lower())
    comments = client.execute_sql(dialect.comments.format(**names)) or ()
    return Dataset(
        name,
        dialect.name,
        {table: frozenset(own) for table, own in columns.items()},
        {view.lower(): comment or "" for view, comment in comments},
    )
