"""A page of calls becomes rows of all their tables; a list that is empty now removes what was there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.config import CALL_PARTS
from gong_source.streams.calls.parts import call_started, is_private, shape_calls
from gong_source.tables import CALL_LISTS, REMOVED, Table
from gong_source.tables.arrow import Shaped, shape
from gong_source.tables.calls import CALLS, CALLS_BASIC

LIST_NAMES = [table.name for table in CALL_LISTS]


def call_with(path: str, value: Any, call_id: str = "c1") -> dict[str, Any]:
    """A call with one value at a dotted path."""
    call: dict[str, Any] = {"metaData": {"id": call_id}}
    holder = call
    *parents, leaf = path.split(".")
    for key in parents:
        holder = holder.setdefault(key, {})
    holder[leaf] = value
    return call


def rows_of(parts: list[Shaped], name: str) -> list[dict[str, Any]]:
    """Rows of a table that are no removals, without their nulls."""
    rows = [row for part in parts if part.table.name == name for row in part.data.to_pylist()]
    return [{key: value for key, value in row.items() if value is not None} for row in rows if not row.get(REMOVED)]


def removed_from(parts: list[Shaped], name: str) -> list[str]:
    rows = [row for part in parts if part.table.name == name for row in part.data.to_pylist()]
    return [row["call_id"] for row in rows if row.get(REMOVED)]


def extras_of(parts: list[Shaped], name: str) -> dict[str, list[Any]]:
    return {key: values for part in parts if part.table.name == name for key, values in part.extras.items()}


def test_a_call_fills_its_row_and_its_lists():
    call = {
        "metaData": {"id": "c1", "started": "2024-02-29T12:00:00+01:00", "duration": 60, "isPrivate": False},
        "content": {
            "brief": "They met.",
            "callOutcome": {"id": "7", "name": "Connected"},
            "topics": [{"name": "Price", "duration": 3.5}, {"name": "Terms", "duration": 4}],
        },
        "interaction": {"questions": {"companyCount": 2, "nonCompanyCount": 5}},
        "collaboration": {"publicComments": [{"id": "k", "posted": "2024-02-29T13:00:00Z", "duringCall": True}]},
    }
    parts = shape_calls([call], ["c1"], CALL_PARTS)
    (row,) = rows_of(parts, "calls")
    assert row["id"] == row["_dlt_id"] == "c1"
    assert row["started"].isoformat() == "2024-02-29T11:00:00+00:00"
    assert row["is_private"] is False
    assert (row["brief"], row["call_outcome__name"], row["questions__non_company_count"]) == (
        "They met.",
        "Connected",
        5,
    )
    assert rows_of(parts, "calls__topics") == [
        {
            "call_id": "c1",
            "name": name,
            "duration": duration,
            "_dlt_parent_id": "c1",
            "_dlt_list_idx": index,
            "_dlt_id": f"c1:{index}",
        }
        for index, (name, duration) in enumerate([("Price", 3.5), ("Terms", 4.0)])
    ]
    (comment,) = rows_of(parts, "calls__comments")
    assert comment["during_call"] is True
    assert extras_of(parts, "calls") == {}


@pytest.mark.parametrize("table", [CALLS, CALLS_BASIC], ids=lambda table: table.name)
def test_whatever_is_not_public_is_private_in_its_column(table: Table):
    values = (True, False, None, "true", "false", "", 0, 1, 1.5, [], ["x"], {"value": False})
    for told in (values[:3], values):
        calls = [call_with("metaData.isPrivate", value) for value in told]
        stored = shape(table, calls, {}).data["is_private"].to_pylist()
        assert [value is True for value in stored] == [is_private(call["metaData"]) for call in calls]
        assert stored[:3] == [True, False, None]


@pytest.mark.parametrize("table", CALL_LISTS, ids=lambda table: table.name)
@pytest.mark.parametrize("empty", ["absent", None, []], ids=str)
def test_a_list_that_is_empty_now_removes_its_rows(table: Any, empty: Any):
    calls = [call_with(table.path, [{}, {}], "full"), call_with(table.path, empty, "emptied")]
    if empty == "absent":
        calls[1] = {"metaData": {"id": "emptied"}}
    parts = shape_calls(calls, ["full", "emptied"], CALL_PARTS)
    assert [row["_dlt_id"] for row in rows_of(parts, table.name)] == ["full:0", "full:1"]
    assert removed_from(parts, table.name) == ["emptied"]
    assert removed_from(parts, "calls__parties") == (["emptied"] if table.part == "parties" else ["full", "emptied"])


@given(st.lists(st.integers(0, 3), max_size=5), st.sampled_from(LIST_NAMES))
def test_each_call_is_in_a_list_table_or_removed_from_it(lengths: list[int], name: str):
    (table,) = [table for table in CALL_LISTS if table.name == name]
    ids = [f"c{number}" for number in range(len(lengths))]
    calls = [call_with(table.path, [{}] * length, key) for key, length in zip(ids, lengths, strict=True)]
    parts = shape_calls(calls, ids, CALL_PARTS)
    rows = rows_of(parts, name)
    assert [(row["call_id"], row["_dlt_list_idx"]) for row in rows] == [
        (key, index) for key, length in zip(ids, lengths, strict=True) for index in range(length)
    ]
    assert removed_from(parts, name) == [key for key, length in zip(ids, lengths, strict=True) if not length]
    assert len({row["_dlt_id"] for row in rows}) == len(rows)


def test_parts_that_were_not_asked_for_are_left_alone():
    parts = shape_calls([{"metaData": {"id": "c1"}, "parties": [{"id": "p"}]}], ["c1"], ["topics"])
    assert {part.table.name for part in parts} == {"calls", "calls__topics"}
    parts = shape_calls([{"metaData": {"id": "c1"}}], ["c1"], ["context"])
    assert {part.table.name for part in parts} == {"calls", "calls__context", "calls__context__objects"}


class TestContext:
    CALL = call_with(
        "context",
        [
            {
                "system": "Salesforce",
                "objects": [{"objectType": "Account", "objectId": "1", "fields": [{"name": "x"}]}],
            },
            {"system": "HubSpot", "objects": []},
            {"system": "Generic", "objects": [{"objectId": "2"}, {"objectId": "3", "timing": "Now"}]},
        ],
    )

    def test_objects_hang_on_their_system(self):
        parts = shape_calls([self.CALL], ["c1"], CALL_PARTS)
        assert [row["system"] for row in rows_of(parts, "calls__context")] == ["Salesforce", "HubSpot", "Generic"]
        objects = rows_of(parts, "calls__context__objects")
        assert [(row["_dlt_parent_id"], row["_dlt_list_idx"], row["object_id"]) for row in objects] == [
            ("c1:0", 0, "1"),
            ("c1:2", 0, "2"),
            ("c1:2", 1, "3"),
        ]
        assert [row["_dlt_id"] for row in objects] == ["c1:0:0", "c1:2:0", "c1:2:1"]
        assert objects[0]["fields"] == '[{"name":"x"}]'
        assert {row["call_id"] for row in objects} == {"c1"}
        assert removed_from(parts, "calls__context__objects") == []

    @pytest.mark.parametrize("objects", [None, []])
    def test_systems_without_objects_remove_the_objects(self, objects: Any):
        parts = shape_calls([call_with("context", [{"system": "HubSpot", "objects": objects}])], ["c1"], CALL_PARTS)
        assert len(rows_of(parts, "calls__context")) == 1
        assert removed_from(parts, "calls__context") == []
        assert removed_from(parts, "calls__context__objects") == ["c1"]

    @pytest.mark.parametrize("objects", [{"objectId": "9"}, "none today", 7, True], ids=repr)
    def test_objects_that_are_no_list_are_kept(self, objects: Any):
        parts = shape_calls([call_with("context", [{"system": "HubSpot", "objects": objects}])], ["c1"], CALL_PARTS)
        kept = [value for part in parts for values in part.extras.values() for value in values if value is not None]
        wanted = {"{'objectId': '9'}": '{"objectId":"9"}', "True": "true"}.get(str(objects), str(objects))
        assert [value if isinstance(value, str) else str(value) for value in kept] == [wanted]


class TestUnexpected:
    @pytest.mark.parametrize("table", CALL_LISTS, ids=lambda table: table.name)
    @pytest.mark.parametrize(("value", "kept"), [({"a": 1}, '{"a":1}'), ("none", "none"), (0, "0"), (False, "false")])
    def test_a_value_where_a_list_belongs_is_kept_beside_the_call(self, table: Any, value: Any, kept: str):
        calls = [{"metaData": {"id": "c0"}}, call_with(table.path, value)]
        parts = shape_calls(calls, ["c0", "c1"], CALL_PARTS)
        assert extras_of(parts, "calls") == {f"{table.path.replace('.', '__')}__v_text": [None, kept]}
        assert removed_from(parts, table.name) == ["c0", "c1"]

    @pytest.mark.parametrize("group", ["content", "interaction", "collaboration"])
    def test_a_value_where_a_group_belongs_is_kept_beside_the_call(self, group: str):
        parts = shape_calls([{"metaData": {"id": "c1"}, group: [1, 2]}], ["c1"], CALL_PARTS)
        assert extras_of(parts, "calls") == {f"{group}__v_text": ["[1,2]"]}

    def test_items_that_are_no_objects_keep_their_place_and_value(self):
        parts = shape_calls([call_with("content.topics", ["Price", {"name": "Terms"}, 3, None])], ["c1"], CALL_PARTS)
        assert extras_of(parts, "calls__topics") == {"value": ["Price", None, 3, None]}
        assert [row.get("name") for row in rows_of(parts, "calls__topics")] == [None, "Terms", None, None]
        assert [row["_dlt_list_idx"] for row in rows_of(parts, "calls__topics")] == [0, 1, 2, 3]

    def test_unknown_fields_of_items_stay_with_their_rows(self):
        topics = [{"name": "Price"}, {"name": "Terms", "mood": "calm"}]
        parts = shape_calls([call_with("content.topics", topics)], ["c1"], CALL_PARTS)
        assert extras_of(parts, "calls__topics") == {"mood": [None, "calm"]}

    def test_unknown_fields_of_the_call_are_kept_at_every_level(self):
        call = {
            "metaData": {"id": "c1", "mood": 1},
            "content": {"mood": 2, "callOutcome": {"mood": 3}},
            "interaction": {"mood": 4, "questions": {"mood": 5}},
            "collaboration": {"mood": 6},
            "weather": 7,
        }
        assert extras_of(shape_calls([call], ["c1"], CALL_PARTS), "calls") == {
            "metaData__mood": [1],
            "content__mood": [2],
            "content__callOutcome__mood": [3],
            "interaction__mood": [4],
            "interaction__questions__mood": [5],
            "collaboration__mood": [6],
            "weather": [7],
        }

    def test_media_is_never_kept(self):
        parts = shape_calls([{"metaData": {"id": "c1"}, "media": {"audioUrl": "https://signed"}}], ["c1"], CALL_PARTS)
        assert extras_of(parts, "calls") == {}


@pytest.mark.parametrize(
    "call",
    [{}, {"started": None}, {"started": "soon"}, {"started": 5}, {"started": []}],
    ids=str,
)
def test_a_call_without_a_readable_start_has_none(call: dict[str, Any]):
    assert call_started(call) is None


def test_the_start_of_a_call_is_in_utc():
    started = call_started({"started": "2024-02-29T01:00:00.25+02:00"})
    assert started is not None
    assert started.isoformat() == "2024-02-28T23:00:00.250000+00:00"
