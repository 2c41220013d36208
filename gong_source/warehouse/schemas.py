"""The schema of a pipeline, read from its file only where that changed.

dlt reads and builds it anew at each look at it, a dozen times for each load package, and hashes it four times; with
some fifty tables that takes a fifth of what a package costs whatever it holds.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlt.common.schema import Schema
from dlt.common.schema.utils import generate_version_hash
from dlt.common.storages import LiveSchemaStorage
from dlt.pipeline.pipeline import Pipeline

logger = logging.getLogger("gong_source")


class KnownSchemas:
    """Gives a pipeline the schemas that it has in memory, as long as their files hold what they were read from."""

    def __init__(self, storage: LiveSchemaStorage) -> None:
        self._storage = storage
        self._read = storage.load_schema
        self._ask = storage.is_live_schema_committed
        self._known: dict[str, tuple[bytes, str]] = {}

    def load_schema(self, name: str) -> Schema:
        """The schema in memory where it is what the file holds; read from it otherwise.

        Args:
            name: Of the schema.

        Raises:
            SchemaNotFoundError: There is no file.
        """
        text, live = self._text(name), self._storage.live_schemas.get(name)
        if live is not None and text is not None and self._known.get(name) == (text, _hash(live)):
            return live
        schema = self._read(name)
        if text is not None:
            self._known[name] = (text, _hash(schema))
        return schema

    def is_live_schema_committed(self, name: str) -> bool:
        """Whether the schema in memory is as it was saved; dlt asks before each look at it.

        Args:
            name: Of the schema.

        Raises:
            SchemaNotFoundError: There is none in memory.
        """
        live = self._storage.live_schemas.get(name)
        return self._ask(name) if live is None else _hash(live) == live.stored_version_hash

    def _text(self, name: str) -> bytes | None:
        """What the file holds; None where it does not decide, as another one may be imported."""
        file = self._storage._file_name_in_store(name, "json")
        if self._storage.config.import_schema_path or not self._storage.storage.has_file(file):
            return None
        with self._storage.storage.open_file(file, "rb") as opened:
            return bytes(opened.read())


def _hash(schema: Schema) -> str:
    """Of the content, by which dlt tells one version from another; worked out once, and not again to be sure of it."""
    return generate_version_hash(schema.to_dict(bump_version=False))


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
    if "load_schema" in vars(storage):  # by a block around this one
        yield
        return
    known = KnownSchemas(storage)
    storage.load_schema = known.load_schema  # type: ignore[method-assign]
    storage.is_live_schema_committed = known.is_live_schema_committed  # type: ignore[method-assign]
    try:
        yield
    finally:
        del storage.load_schema, storage.is_live_schema_committed  # the class's own are left
