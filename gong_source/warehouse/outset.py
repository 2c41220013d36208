"""What a dataset tells as a run begins: asked once, in two statements, for all that need any of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.tables.rejected import REJECTED
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.loads import begun, completed_loads, is_shared, loaded_since, newest_state
from gong_source.warehouse.losses import TABLE as LOSSES
from gong_source.warehouse.losses import emptied, losses
from gong_source.warehouse.made import has_schema, made_columns, make_tables_again
from gong_source.warehouse.masks import TABLE as MASKS
from gong_source.warehouse.masks import MaskNote, mask_notes
from gong_source.warehouse.notes import NOTES, check_notes
from gong_source.warehouse.overlaps import crossed_loads
from gong_source.warehouse.queries import private_calls, workspaces_stored
from gong_source.warehouse.questions import TABLE as QUESTIONS
from gong_source.warehouse.questions import QuestionNote, question_notes
from gong_source.warehouse.rejected import RejectedRow, rejected_rows
from gong_source.warehouse.run_log import TABLE as RUNS
from gong_source.warehouse.run_log import removed_since
from gong_source.warehouse.store import DLT_TABLES, Store
from gong_source.warehouse.suppression import TABLE as SUPPRESSED
from gong_source.warehouse.suppression import Suppression
from gong_source.warehouse.unfit import OWN, incomplete, unfit

logger = logging.getLogger("gong_source")

_HIDDEN = (
    "SELECT c.relname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    "WHERE n.nspname = {dataset} AND c.relname IN ({names}) AND NOT has_table_privilege(c.oid, 'SELECT')"
)


@dataclass(frozen=True)
class Outset:
    """What was there.

    Attributes:
        columns: Of each table that is there, with their types as dlt names them.
        completed: The load packages, of those that were asked about, that are there as a whole.
        crossed: Packages that the pipeline loaded on two machines at the same time, so that one may have lost its rows.
        made: The tables that the pipeline made, here or in another dataset.
        lacking: Those of them that are not there or lack a column, and those that rows were loaded into and have none.
        losses: The load package that made each table anew that was lost, or emptied it.
        masks: How rows were masked, and what was emptied.
        questions: What other pipelines loaded rows for.
        rejected: The records that are set aside.
        suppression: Who was purged.
        state: Version and hash of the newest state of the pipeline; None where none is there.
        workspaces: Ids of those whose rows are there.
        private: Private calls that are there, where they are to go.
        is_shared: Whether other pipelines have loaded into the dataset.
        is_another: Whether the dataset has a state of the pipeline and none of the packages that were asked about.
        changed_since: Whether rows were loaded or removed since the package that waits was begun, be it by itself.
    """

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    completed: Collection[str] = frozenset()
    crossed: Collection[str] = frozenset()
    made: Set[str] = frozenset()
    lacking: Collection[str] = frozenset()
    losses: Mapping[str, str] = field(default_factory=dict)
    masks: Collection[MaskNote] = ()
    questions: Collection[QuestionNote] = ()
    rejected: Collection[RejectedRow] = ()
    suppression: Suppression = field(default_factory=Suppression)
    state: tuple[int, str] | None = None
    workspaces: Collection[str] = frozenset()
    private: Collection[str] = frozenset()
    is_shared: bool = False
    is_another: bool = False
    changed_since: bool = False

    @property
    def is_damaged(self) -> bool:
        """Whether something is gone of what the pipeline made, while something is left.

        A package that was begun before that would be loaded into tables that are not there, or make them anew with its
        own rows alone.
        """
        return bool(self.lacking) and any(name in self.columns for name in self.made)

    def has_newest(self, pipeline: Pipeline) -> bool:
        """Whether dlt would go on with the local state: to find that out, it reads all states that there ever were.

        Args:
            pipeline: Whose state was asked about.
        """
        local = pipeline.state
        if self.state is None or not set(local["schema_names"] or ()) <= set(pipeline.schema_names):
            return False
        version, told = self.state
        return version < local["_state_version"] or told == local["_version_hash"]


def _without_keyless(store: Store, columns: Mapping[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """Drop tables that somebody took a key from: rows can't be told apart, and no destination adds such a column."""
    required = made_columns(store, required=True)
    keyless = {name for name, there in columns.items() if not required.get(name, set()) <= there.keys()}
    if keyless and not has_schema(store):  # an older release may have made them, and dlt is to say what it can't do
        keyless = set()
    for name in sorted(keyless):
        logger.warning("The table %s has lost a column that its rows are told apart by; it is made anew", name)
        store.execute(f"DROP TABLE {{{name}}}")
    return {name: there for name, there in columns.items() if name not in keyless}


def _refuse_hidden(store: Store, absent: Sequence[str]) -> None:
    """See to it that tables that are not told of are not there: PostgreSQL tells a role of those alone that it may use.

    Raises:
        GongDestinationError: One is there.
    """
    if absent and store.pipeline and type_of(store.pipeline.destination) == "postgres":
        with store.connection() as client:
            dataset = client.sql_client.dataset_name
        for (name,) in store.rows(_HIDDEN, dataset=dataset, names=absent):
            raise GongDestinationError(
                f"The role may not read the table {name}, which another role made, so nobody can tell what it holds. "
                "Give the role the rights SELECT, INSERT, UPDATE and DELETE on it, or use the one that made it."
            )


def outset_of(
    store: Store,
    tables: Iterable[str],
    load_ids: Collection[str],
    filled: Collection[str],
    pending: str = "",
    keeps_private: bool = True,
) -> Outset:
    """Ask; tables and columns that the pipeline made and that are gone are made again with the next load.

    Args:
        store: The dataset.
        tables: Names of the tables that are loaded.
        load_ids: Packages to ask about.
        filled: Tables that rows were loaded into.
        pending: The oldest package that waits to be loaded; empty where none does.
        keeps_private: Whether private calls may be there; which ones are is asked where not.

    Raises:
        GongDestinationError: A table of dlt lacks a column, or has one of another type than dlt gave it; one of notes
            lacks a column; or the role may not read one that is there.
    """
    made = made_columns(store)
    names = (*tables, *made, REJECTED.name, *NOTES, RUNS)
    columns = store.columns(names)
    _refuse_hidden(store, sorted({*names, *DLT_TABLES} - columns.keys()))
    if reason := unfit(store, OWN, columns):
        raise GongDestinationError(reason)
    columns = _without_keyless(store, columns)
    if reason := incomplete(columns):
        raise GongDestinationError(reason)
    check_notes(columns)
    # one that was renamed to capitals is told of by its streams: dlt would not make it again
    there = {table: {name.lower() for name in names} for table, names in columns.items()}
    lacking = {table for table, names in made.items() if not names <= there.get(table, set())}
    if lacking:
        make_tables_again(store)
    # all that is asked for before the first answer is taken goes in one statement
    found = completed_loads(store, load_ids if "_dlt_loads" in columns else ())
    crossed = crossed_loads(store, load_ids if "_dlt_pipeline_state" in columns else ())
    empty = emptied(store, columns.keys() & filled)
    lost = losses(store) if LOSSES in columns else dict
    masks = mask_notes(store) if MASKS in columns else list
    rejected = rejected_rows(store) if REJECTED.name in columns else list
    suppression = Suppression.load(store) if SUPPRESSED in columns else Suppression
    name = store.pipeline.pipeline_name if store.pipeline else ""
    questions = question_notes(store, name) if QUESTIONS in columns else list
    state = newest_state(store, name) if name and "_dlt_pipeline_state" in columns else None
    shared = is_shared(store, name) if state else bool
    loaded = loaded_since(store, pending) if pending and "_dlt_loads" in columns else bool
    removed = removed_since(store, begun(pending)) if pending and RUNS in columns else bool
    workspaces = workspaces_stored(store) if {"workspaces", "_dlt_loads"} <= columns.keys() else set
    private = set if keeps_private else private_calls(store, columns)
    newest, completed = state() if state else None, found()
    return Outset(
        columns,
        completed,
        crossed(),
        made.keys(),
        lacking | empty(),
        lost(),
        masks(),
        questions(),
        rejected(),
        suppression(),
        newest,
        workspaces(),
        private(),
        shared(),
        newest is not None and bool(load_ids) and not completed,
        loaded() or removed(),
    )
