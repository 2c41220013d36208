"""Gong's objects become rows: fields nobody declared and values of a wrong type are kept beside the columns."""

from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC
from gong_source.tables import CALL_LISTS, CALLS, LIBRARY_FOLDER_CALLS, LOAD_ID, REMOVED, TABLES, Column, Table
from gong_source.tables.arrow import Shaped, concat, removals, schema_of, shape
from gong_source.tables.model import load_id, removed, text

THINGS = Table(
    "things",
    "a thing",
    (
        text("id", "metaData.id", required=True),
        Column("size", "bigint", "metaData.size"),
        Column("made", "timestamp", "metaData.made"),
        text("note", "content.note"),
        text("owner__name", "content.owner.name"),
        Column("position", "bigint"),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    ignored=("media", "content.parts"),
)
ALL_TABLES = list(TABLES)


def column(shaped: Shaped, name: str) -> list[Any]:
    values: list[Any] = shaped.data[name].to_pylist()
    return values


def one(thing: dict[str, Any]) -> Shaped:
    return shape(THINGS, [thing], {})


def test_values_are_found_by_their_paths():
    things = [
        {"metaData": {"id": "a", "size": 3, "made": "2024-02-29T01:00:00+01:00"}, "content": {"note": "x"}},
        {"metaData": {"id": "b"}, "content": {"note": None, "owner": {"name": "Ada"}}},
    ]
    shaped = shape(THINGS, things, {})
    assert column(shaped, "id") == ["a", "b"]
    assert column(shaped, "size") == [3, None]
    assert column(shaped, "made") == [datetime(2024, 2, 29, tzinfo=UTC), None]
    assert column(shaped, "note") == ["x", None]
    assert column(shaped, "owner__name") == [None, "Ada"]
    assert shaped.extras == {}


@pytest.mark.parametrize("thing", [{}, {"metaData": None, "content": None}, {"metaData": {}, "content": {"owner": {}}}])
def test_absent_and_null_objects_are_nulls(thing: dict[str, Any]):
    shaped = one(thing)
    assert all(shaped.data[name].to_pylist() == [None] for name in shaped.data.column_names)
    assert shaped.extras == {}


def test_computed_columns_are_taken_over_and_the_others_are_null():
    shaped = shape(THINGS, [{}, {}], {"position": [4, None]})
    assert column(shaped, "position") == [4, None]
    assert column(shaped, REMOVED) == column(shaped, LOAD_ID) == [None, None]


def test_unknown_fields_of_each_level_become_columns_named_by_their_place():
    thing = {
        "colour": "red",
        "metaData": {"id": "a", "weight": 1.5},
        "content": {"mood": ["calm"], "owner": {"name": "Ada", "age": 36}},
    }
    assert shape(THINGS, [{"metaData": {"id": "b"}}, thing], {}).extras == {
        "colour": [None, "red"],
        "metaData__weight": [None, 1.5],
        "content__mood": [None, ["calm"]],
        "content__owner__age": [None, 36],
    }


def test_an_unknown_object_is_kept_whole():
    assert one({"review": {"by": {"id": 2**64 - 1}}}).extras == {"review": [{"by": {"id": 2**64 - 1}}]}


def test_equal_names_at_the_top_and_in_the_root_group_are_both_kept():
    extras = one({"colour": "red", "metaData": {"id": "a", "colour": "blue"}}).extras
    assert sorted(str(value) for values in extras.values() for value in values) == ["blue", "red"]


def test_an_unknown_field_does_not_touch_a_computed_column_of_its_name():
    shaped = shape(THINGS, [{"position": "first"}], {"position": [7]})
    assert column(shaped, "position") == [7]
    assert shaped.extras == {"position": ["first"]}


def test_nulls_make_no_columns():
    assert one({"colour": None, "metaData": {"weight": None}, "content": {"owner": {"age": None}}}).extras == {}


def test_what_other_tables_take_is_not_kept_twice():
    assert one({"media": {"audio": "url"}, "content": {"parts": [1]}}).extras == {}


@pytest.mark.parametrize("value", ["plain", 5, True, ["a"], 2**64 - 1], ids=repr)
@pytest.mark.parametrize(
    ("thing", "name"),
    [
        (lambda value: {"metaData": value}, "metaData__v_text"),
        (lambda value: {"content": value}, "content__v_text"),
        (lambda value: {"content": {"owner": value}}, "content__owner__v_text"),
    ],
    ids=["root", "group", "inner group"],
)
def test_a_value_where_an_object_belongs_is_kept_as_text(thing: Any, name: str, value: Any):
    shaped = shape(THINGS, [{}, thing(value)], {})
    expected = {"plain": "plain", 5: "5", True: "true", 2**64 - 1: "18446744073709551615"}
    assert shaped.extras == {name: [None, '["a"]' if isinstance(value, list) else expected[value]]}


def test_a_value_of_the_wrong_type_is_null_in_its_column_and_text_beside_it():
    things = [{"metaData": {"id": 2**64 - 1, "size": 3}}, {"metaData": {"id": "b", "size": {"w": 1}, "made": "soon"}}]
    shaped = shape(THINGS, things, {})
    assert column(shaped, "id") == ["18446744073709551615", "b"]
    assert column(shaped, "size") == [3, None]
    assert shaped.extras == {"size__v_text": [None, '{"w":1}'], "made__v_text": [None, "soon"]}


@pytest.mark.parametrize("table", ALL_TABLES, ids=lambda table: table.name)
def test_rows_have_the_declared_columns_and_types_of_their_table(table: Table):
    can_remove = table.disposition == "merge" and REMOVED in schema_of(table).names
    for shaped in (shape(table, [], {}), shape(table, [{}], {}), *([removals(table, ["1"])] if can_remove else [])):
        assert shaped.data.schema.names == [declared.name for declared in table.columns]
        assert shaped.data.schema.types == schema_of(table).types
    required = {declared.name for declared in table.columns if declared.required}
    assert {field.name for field in schema_of(table) if not field.nullable} == required


def test_types_of_arrow():
    types = dict(zip(schema_of(CALLS).names, schema_of(CALLS).types, strict=True))
    assert types["id"] == types["custom_data"] == pa.string()
    assert types["started"] == pa.timestamp("us", tz="UTC")
    assert types["duration"] == pa.int64()
    assert types["is_private"] == pa.bool_()


@pytest.mark.parametrize(
    ("table", "key"),
    [(CALLS, "id"), (CALL_LISTS[0], "call_id"), (LIBRARY_FOLDER_CALLS, "folder_id")],
    ids=lambda value: getattr(value, "name", value),
)
def test_removals_carry_the_key_the_mark_and_nothing_optional(table: Table, key: str):
    shaped = removals(table, ["1", "2"])
    assert column(shaped, key) == ["1", "2"]
    assert column(shaped, REMOVED) == [True, True]
    for declared in table.columns:
        if declared.required:
            assert shaped.data[declared.name].null_count == 0
        elif declared.name not in (key, REMOVED):
            assert column(shaped, declared.name) == [None, None]
    assert shaped.extras == {}


def test_concat_keeps_extras_beside_their_rows():
    parts = [
        one({"metaData": {"id": "a"}, "colour": "red"}),
        removals(THINGS, ["b"]),
        shape(THINGS, [{"metaData": {"id": "c"}}, {"metaData": {"id": "d"}, "colour": "blue", "mood": 1}], {}),
    ]
    joined = concat(parts)
    assert joined.table is THINGS
    assert column(joined, "id") == ["a", "b", "c", "d"]
    assert joined.extras == {"colour": ["red", None, None, "blue"], "mood": [None, None, None, 1]}


names = st.sampled_from(["id", "size", "made", "note", "name", "new", "newer"])
leaves = st.none() | st.integers(-(2**63), 2**64 - 1) | st.text("ab", max_size=2) | st.booleans()
groups = st.dictionaries(names, leaves, max_size=3)
objects = st.fixed_dictionaries(
    {},
    optional={
        "metaData": groups | leaves,
        "content": st.fixed_dictionaries({}, optional={"note": leaves, "owner": groups | leaves, "new": leaves}),
        "surprise": leaves,
    },
)


@given(st.lists(st.lists(objects, max_size=3), min_size=1, max_size=4))
def test_pages_joined_equal_one_page(pages: list[list[dict[str, Any]]]):
    joined = concat([shape(THINGS, page, {}) for page in pages])
    at_once = shape(THINGS, [thing for page in pages for thing in page], {})
    assert joined.data.equals(at_once.data)
    assert joined.extras == at_once.extras


@given(st.lists(objects, max_size=3))
def test_every_leaf_is_somewhere_in_its_row(things: list[dict[str, Any]]):
    def found(value: Any) -> list[Any]:
        return [leaf for inner in value.values() for leaf in found(inner)] if isinstance(value, dict) else [value]

    shaped = shape(THINGS, things, {})
    for row, thing in enumerate(things):
        kept = [*shaped.data.slice(row, 1).to_pylist()[0].values(), *(values[row] for values in shaped.extras.values())]
        there = {str(value).lower() for value in kept}
        assert {str(leaf).lower() for leaf in found(thing) if leaf is not None} <= there
        assert all(len(values) == len(things) for values in shaped.extras.values())
