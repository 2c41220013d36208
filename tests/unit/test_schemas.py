"""A schema in memory stands for its file only as long as the file holds what it was read from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.schema import Schema
from dlt.common.storages import LiveSchemaStorage
from dlt.pipeline.pipeline import Pipeline

from gong_source.warehouse.schemas import KnownSchemas, known_schemas


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    made = dlt.pipeline("kept", destination="duckdb", pipelines_dir=str(tmp_path))
    made._schema_storage.save_schema(with_column("first"))
    with known_schemas(made):
        yield made


def with_column(name: str) -> Schema:
    """A schema of one table with one column."""
    schema = Schema("some")
    schema.update_table({"name": "things", "columns": {name: {"name": name, "data_type": "text"}}})
    return schema


def file_of(pipeline: Pipeline) -> Path:
    return Path(pipeline._schema_storage.storage.make_full_path("some.schema.json"))


def test_after_the_block_dlt_reads_as_ever(tmp_path: Path) -> None:
    made = dlt.pipeline("kept", destination="duckdb", pipelines_dir=str(tmp_path))
    storage, before = made._schema_storage, vars(made._schema_storage).copy()
    with known_schemas(made):
        storage.save_schema(with_column("first"))
        assert columns(made) == {"first"}
    assert type(storage) is LiveSchemaStorage
    assert vars(storage).keys() == before.keys()


def columns(pipeline: Pipeline) -> set[str]:
    return set(pipeline.schemas["some"].get_table_columns("things"))


def test_a_file_that_did_not_change_is_not_read_again(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    from_dict = Schema.from_dict

    def counted(cls: type[Schema], stored: Any, **options: Any) -> Schema:
        built.append(stored["name"])
        return from_dict(stored, **options)

    monkeypatch.setattr(Schema, "from_dict", classmethod(counted))
    known = pipeline.schemas["some"]
    assert all(pipeline.schemas["some"] is known for _ in range(5))
    assert len(built) <= 1


def test_each_look_hashes_once(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    known, hashed = pipeline.schemas["some"], []
    digest = hashlib.sha3_256

    def counted(content: bytes) -> Any:
        hashed.append(content)
        return digest(content)

    monkeypatch.setattr(hashlib, "sha3_256", counted)
    assert all(pipeline.schemas["some"] is known for _ in range(5))
    assert len(hashed) == 5


def test_what_another_process_wrote_is_read(pipeline: Pipeline) -> None:
    assert columns(pipeline) == {"first"}
    other = with_column("second")
    other._bump_version()
    file_of(pipeline).write_text(json.dumps(other.to_dict()), encoding="utf-8")
    assert columns(pipeline) == {"second"}


def test_a_change_in_memory_is_kept_as_it_is_without(pipeline: Pipeline) -> None:
    """Until it is saved it counts more than the file; once saved, it is what the file holds."""
    pipeline.schemas["some"].update_table(
        {"name": "things", "columns": {"more": {"name": "more", "data_type": "text"}}}
    )
    assert columns(pipeline) == {"first", "more"}
    pipeline._schema_storage.commit_live_schema("some")
    assert columns(pipeline) == {"first", "more"}
    assert "more" in file_of(pipeline).read_text(encoding="utf-8")


def test_a_file_that_was_damaged_is_an_error(pipeline: Pipeline) -> None:
    assert columns(pipeline) == {"first"}
    file_of(pipeline).write_text(file_of(pipeline).read_text(encoding="utf-8")[:100], encoding="utf-8")
    with pytest.raises(ValueError, match=r"end|EOF|unexpected"):
        columns(pipeline)


def test_a_block_inside_another_leaves_it_as_it_was(pipeline: Pipeline) -> None:
    with known_schemas(pipeline):
        assert columns(pipeline) == {"first"}
    assert isinstance(pipeline._schema_storage, KnownSchemas)
