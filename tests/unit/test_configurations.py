"""What dlt's functions take from the configuration is the same, looked up once or each time."""

from __future__ import annotations

from typing import Any

import dlt
import pytest
from dlt.common.configuration import configspec, with_config
from dlt.common.configuration.resolve import inject_section
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.config_section_context import ConfigSectionContext
from dlt.common.exceptions import DictValidationException
from dlt.common.schema import utils
from dlt.common.schema.typing import TColumnSchema, TSimpleRegex
from dlt.common.validation import validate_dict

from gong_source.warehouse.configurations import COPY, known_configurations


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
    with known_configurations():
        assert found() == alone
        assert found() == alone  # the second time all of it is known


def test_it_is_looked_up_anew_in_the_next_block(monkeypatch: pytest.MonkeyPatch) -> None:
    with known_configurations(), known_configurations():
        monkeypatch.setenv("SOME__MOST", "7")
        assert function()[1] == 7
        monkeypatch.setenv("SOME__MOST", "8")
        assert function()[1] == 7
    assert function()[1] == 8
    with known_configurations():
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
    with known_configurations():
        assert [refused(hint) for hint in hints * 2] == alone * 2
    assert [refused(hint) for hint in hints] == alone


def test_a_table_is_copied_as_a_whole_within_a_block() -> None:
    table: dict[str, Any] = {
        "name": "calls",
        "columns": {"id": {"name": "id", "nullable": False}},
        "references": [{"columns": ["id"]}],
        "x-own": {"set": {1, 2}, "text": TSimpleRegex("re:^a")},  # what no table of ours holds
    }
    with known_configurations():
        copied = getattr(utils, COPY)(table)
    assert copied == table
    copied["columns"]["id"]["nullable"] = True
    copied["references"][0]["columns"].append("other")
    copied["x-own"]["set"].add(3)
    assert table["columns"] == {"id": {"name": "id", "nullable": False}}
    assert table["references"] == [{"columns": ["id"]}]
    assert table["x-own"]["set"] == {1, 2}
