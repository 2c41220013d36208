"""What dlt's functions take from the configuration is the same, looked up once or each time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from decimal import Decimal
from types import ModuleType
from typing import Annotated, Any, ClassVar, Final, Literal, NewType, Optional, Union

import dlt
import pytest
from dlt.common.configuration import configspec, inject, with_config
from dlt.common.configuration.container import Container
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration, CredentialsConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.destination import DestinationCapabilitiesContext
from dlt.common.exceptions import DictValidationException
from dlt.common.normalizers.json import helpers as normalizer
from dlt.common.schema import utils
from dlt.common.schema.typing import TColumnSchema, TSimpleRegex
from dlt.common.typing import TSecretStrValue
from dlt.common.validation import validate_dict

from gong_source.warehouse.lookups import COPY, HASH, OF_TYPES, KnownHashes, known_lookups, known_types


@configspec
class Spec(BaseConfiguration):
    most: int = 20
    name: str | None = None
    table: str | None = None


@with_config(spec=Spec, sections=("some",))
def function(table: object = None, most: int = 20, name: str | None = "own") -> tuple[object, int, str | None]:
    return table, most, name


CALLS = (
    lambda: function(),
    lambda: function("calls"),
    lambda: function({"a": "table"}),
    lambda: function("calls", 3),
    lambda: function("calls", 4),
    lambda: function(most=dlt.config.value),
    lambda: function(name=None),
    lambda: function(name="given"),
    lambda: function(name=dlt.config.value, most=5),
)


@pytest.mark.parametrize("configured", [{}, {"SOME__MOST": "7", "SOME__NAME": "told", "ELSE__SOME__MOST": "8"}])
def test_every_call_finds_what_it_would_find_by_itself(
    configured: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in configured.items():
        monkeypatch.setenv(name, value)

    def found() -> list[object]:
        with inject_section(ConfigSectionContext(pipeline_name="else")):
            there = [call() for call in CALLS]
        return there + [call() for call in CALLS]

    alone = found()
    with known_lookups():
        assert found() == alone
        assert found() == alone  # the second time all of it is known


def test_it_is_looked_up_anew_in_the_next_block(monkeypatch: pytest.MonkeyPatch) -> None:
    with known_lookups(), known_lookups():
        monkeypatch.setenv("SOME__MOST", "7")
        assert function()[1] == 7
        monkeypatch.setenv("SOME__MOST", "8")
        assert function()[1] == 7
    assert function()[1] == 8
    with known_lookups():
        assert function()[1] == 8


def test_parts_of_a_schema_are_checked_alike_within_a_block() -> None:
    def refused(hint: dict[str, object]) -> str:
        try:
            validate_dict(TColumnSchema, {"name": "id", **hint}, "calls")  # type: ignore[type-var]
        except DictValidationException as error:
            return str(error)
        return ""

    hints: list[dict[str, object]] = [{"data_type": "text"}, {"data_type": 1}, {"unknown": 1}, {"nullable": "yes"}]
    alone = [refused(hint) for hint in hints]
    assert [bool(each) for each in alone] == [False, True, True, True]
    with known_lookups():
        assert [refused(hint) for hint in hints * 2] == alone * 2
    assert [refused(hint) for hint in hints] == alone


def test_a_table_is_copied_as_a_whole_within_a_block() -> None:
    table: dict[str, Any] = {
        "name": "calls",
        "columns": {"id": {"name": "id", "nullable": False}},
        "references": [{"columns": ["id"]}],
        "x-own": {"set": {1, 2}, "text": TSimpleRegex("re:^a")},  # what no table of ours holds
    }
    with known_lookups():
        copied = getattr(utils, COPY)(table)
    assert copied == table
    copied["columns"]["id"]["nullable"] = True
    copied["references"][0]["columns"].append("other")
    copied["x-own"]["set"].add(3)
    assert table["columns"] == {"id": {"name": "id", "nullable": False}}
    assert table["references"] == [{"columns": ["id"]}]
    assert table["x-own"]["set"] == {1, 2}


HINTS = [
    *(str, int | None, Literal["a", "b"], Literal["a"] | None, TSecretStrValue, TSecretStrValue | None, ClassVar[int]),
    *(Final, CredentialsConfiguration, str | CredentialsConfiguration, list[str], dict[str, int], Callable[[], None]),
    *(Optional[str], Union[str, Spec], NewType("Own", str), Spec, TColumnSchema),  # noqa: UP007, UP045  # as dlt has them
    *(DestinationCapabilitiesContext, Annotated[str, [1]]),
]


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in OF_TYPES.items() for name in names])
def test_the_same_is_told_of_a_type_each_time(module: ModuleType, name: str) -> None:
    def told(function: Callable[[object], object]) -> list[object]:
        found: list[object] = []
        for hint in HINTS:
            try:
                found.append(function(hint))
            except TypeError as error:
                found.append(str(error))
        return found

    with known_types():
        known = getattr(module, name)
        assert [told(known), told(known)] == [told(known.alone)] * 2


@pytest.mark.parametrize("within", [False, True])
def test_what_a_destination_can_do_decides_how_tables_are_merged(within: bool) -> None:
    tables: Any = {"calls": {"name": "calls", "write_disposition": "merge", "columns": {}}}
    can = DestinationCapabilitiesContext.generic_capabilities()
    can.supported_merge_strategies = ["upsert"]
    with known_lookups() if within else nullcontext():
        asked = normalizer.resolve_merge_strategy
        assert asked(tables, tables["calls"]) is None  # where nothing is known of the destination
        assert asked(tables, tables["calls"], can) == "upsert"
        with Container().injectable_context(can):
            assert asked(tables, tables["calls"]) == "upsert"
            assert asked(tables, tables["calls"], None) is None


def test_blocks_of_several_threads_leave_dlt_as_it_was() -> None:
    """Whichever begins first and ends last."""
    before, barrier, kept = inject.resolve_configuration, threading.Barrier(4), []

    def block() -> None:
        barrier.wait()
        with known_lookups():
            kept.append(inject.resolve_configuration)
            barrier.wait()

    threads = [threading.Thread(target=block) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(kept)) == 1
    assert before not in kept
    assert inject.resolve_configuration is before


def _schema() -> Any:
    schema = dlt.Schema("gong")
    for name in ("calls", "users"):
        columns: Any = {"id": {"name": "id", "data_type": "text"}, "at": {"name": "at", "data_type": "timestamp"}}
        schema.update_table(utils.new_table(name, columns=list(columns.values())))
    return schema


CHANGES: tuple[Callable[[Any], object], ...] = (
    lambda stored: stored["tables"]["calls"]["columns"]["id"].update(data_type="bigint"),
    lambda stored: stored["tables"]["calls"]["columns"].update(id=stored["tables"]["calls"]["columns"].pop("id")),
    lambda stored: stored["tables"]["calls"]["columns"].update(new={"name": "new"}),
    lambda stored: stored["tables"].update(calls=stored["tables"].pop("calls")),  # in another order: the same
    lambda stored: stored["tables"].pop("users"),
    lambda stored: stored.update(name="other"),
)


def test_a_schema_has_the_hash_that_dlt_gives_it_whatever_changes_in_place() -> None:
    hashes, stored = KnownHashes(utils.generate_version_hash), _schema().to_dict()
    told = [hashes(stored)]
    for change in CHANGES:
        change(stored)
        assert hashes(stored) == hashes(stored) == utils.generate_version_hash(stored)
        told.append(hashes(stored))
    assert len(set(told)) == len(CHANGES)
    stored.update(version=9, version_hash="x", previous_hashes=["y"], imported_version_hash="z")
    assert hashes(stored) == told[-1]


def test_within_the_block_a_schema_is_hashed_once() -> None:
    asked = []
    of_dlt = utils.generate_version_hash
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, HASH, lambda stored: asked.append(stored["name"]) or of_dlt(stored))
        with known_lookups():
            schema = _schema()
            assert len({schema.version_hash for _ in range(5)}) == 1
            assert len(asked) == 1
            schema.update_table(utils.new_table("more"))
            assert schema.is_modified
            assert len(asked) == 2
    assert getattr(utils, HASH) is of_dlt


def test_what_only_dlt_can_write_down_is_left_to_it() -> None:
    stored = _schema().to_dict()
    stored["settings"]["odd"] = {"value": Decimal("1.5")}
    assert KnownHashes(utils.generate_version_hash)(stored) == utils.generate_version_hash(stored)
