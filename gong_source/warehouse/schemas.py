"""The schema of a pipeline, read from its file only where that changed.

dlt reads and builds it anew at each look at it, a dozen times for each load package; with some fifty tables that takes
a fifth of what a package costs whatever it holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from dlt.common.configuration import known_sections
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.normalizers.naming import NamingConvention
from dlt.common.schema import Schema, utils
from dlt.common.schema.exceptions import TableIdentifiersFrozen
from dlt.common.storages import LiveSchemaStorage
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError
from gong_source.tables import Table

logger = logging.getLogger("gong_source")


class KnownSchemas(LiveSchemaStorage):
    """Gives a pipeline the schemas that it has in memory, as long as their files hold what they were read from."""

    known: dict[str, tuple[bytes, str]]
    """Of each schema: what its file held when it was read, and the hash of the schema then."""

    def __getitem__(self, name: str) -> Schema:
        """The schema in memory where it was changed there, or is what the file holds; read from it otherwise.

        Args:
            name: Of the schema.

        Raises:
            SchemaNotFoundError: It is neither in memory nor in a file.
        """
        text, live = self._text(name), self.live_schemas.get(name)
        if live is not None:
            told = _hash(live)
            if told != live.stored_version_hash or (text is not None and self.known.get(name) == (text, told)):
                return live
        schema = super().__getitem__(name)
        if text is not None:
            self.known[name] = (text, _hash(schema))
        return schema

    def _text(self, name: str) -> bytes | None:
        """What the file holds; None where it does not decide, as another one may be imported."""
        file = self._file_name_in_store(name, "json")
        if self.config.import_schema_path or not self.storage.has_file(file):
            return None
        with self.storage.open_file(file, "rb") as opened:
            return bytes(opened.read())


def _hash(schema: Schema) -> str:
    """Of the content, by which dlt tells one version from another; worked out once, and not again to be sure of it."""
    return utils.generate_version_hash(schema.to_dict(bump_version=False))


def refuse_names(naming: NamingConvention, tables: Iterable[Table]) -> None:
    """Refuse a naming convention by which tables would have other names than the SQL about them.

    Args:
        naming: Of a schema.
        tables: To be loaded.

    Raises:
        GongConfigError: It changes a name.
    """
    for table in tables:
        changed = naming.normalize_tables_path(table.name) != table.name
        if changed or any(naming.normalize_path(column.name) != column.name for column in table.columns):
            raise GongConfigError(
                f"The naming convention {naming.name()} changes the names of {table.name} or of its columns: use "
                "snake_case, duck_case, direct, sql_cs_v1 or sql_ci_v1."
            )


def refuse_other_naming(pipeline: Pipeline, name: str) -> None:
    """Refuse another naming convention than tables were loaded with: dlt would once requests were spent.

    Args:
        pipeline: With its state as the destination has it.
        name: Of the schema; nothing was loaded where there is none.

    Raises:
        GongConfigError: The configuration has another one.
    """
    if name not in pipeline.schemas:
        return
    schema, place = pipeline.schemas[name], ConfigSectionContext(pipeline.pipeline_name, (known_sections.EXTRACT,))
    try:
        with inject_section(place), pipeline._maybe_destination_capabilities():  # as where dlt would find out
            if schema.will_update_normalizers():
                schema.clone(update_normalizers=True)
    except TableIdentifiersFrozen as error:
        before, now = error.from_naming.name(), error.to_naming.name()
        raise GongConfigError(
            f"The dataset {pipeline.dataset_name} was loaded with the naming convention {before}, and {now} is "
            f"configured: set schema.naming (SCHEMA__NAMING in the environment) to {before}, or load into another "
            "dataset."
        ) from error


def forget_lost_schema(pipeline: Pipeline) -> None:
    """Have a pipeline begin with a new schema where the file of its own is gone: dlt would refuse to do anything.

    dlt writes down the name before the file; a machine that dies between the two leaves that.

    Args:
        pipeline: Any.
    """
    name: Any = pipeline.default_schema_name
    if name and name not in pipeline.schemas:
        logger.warning("The schema %s is not in %s any more, and is made anew.", name, pipeline.working_dir)
        pipeline.default_schema_name = None  # as dlt has it for a new pipeline


@contextmanager
def known_schemas(pipeline: Pipeline) -> Iterator[None]:
    """Have the pipeline read a schema only where its file changed, as long as the block lasts.

    Args:
        pipeline: Whose folder no other process writes to meanwhile.
    """
    storage = pipeline._schema_storage
    if isinstance(storage, KnownSchemas):  # by a block around this one
        yield
        return
    of_dlt, storage.__class__ = storage.__class__, KnownSchemas
    storage.known = {}  # type: ignore[attr-defined]
    try:
        yield
    finally:
        storage.__class__ = of_dlt
        del storage.known  # type: ignore[attr-defined]
