"""JSON values become arrow columns, and none is lost on the way."""

import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC, parse_instant
from gong_source.tables import DataType
from gong_source.tables.values import ARROW_TYPES, as_text, convert, dumps

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
integers = st.integers(-(2**63), 2**64 - 1) | st.integers(-(2**70), 2**70)
floats = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = (st.booleans(), integers, floats, integers | floats, texts)
scalars = st.one_of(SCALARS)
json_values = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2200, 1, 1), timezones=zones)


@st.composite
def stamps(draw: st.DrawFn) -> str:
    """A time stamp with 0 to 9 fractional digits, in any offset or with a Z."""
    moment = draw(moments).replace(microsecond=0)
    fraction = draw(st.text("0123456789", max_size=9))
    text = moment.replace(tzinfo=None).isoformat() + (f".{fraction}" if fraction else "")
    return text + ("Z" if draw(st.booleans()) else moment.isoformat()[-6:])


TYPICAL: dict[DataType, st.SearchStrategy[Any]] = {
    "text": texts,
    "timestamp": stamps(),
    "bigint": st.integers(-(2**63), 2**63 - 1),
    "double": floats | st.integers(-(2**53), 2**53),
    "bool": st.booleans(),
    "json": json_values,
}


def columns(kind: DataType) -> st.SearchStrategy[list[Any]]:
    """Columns as they should be, columns of one other type, and columns in which anything may be."""
    fitting = st.none() | TYPICAL[kind]
    kinds = [fitting, *(st.none() | other for other in SCALARS), fitting | json_values]
    return st.one_of(st.lists(values, max_size=6) for values in kinds)


def same(value: Any, stored: Any, kind: DataType) -> bool:
    """Whether a stored value still says what Gong said."""
    if kind == "text":
        return bool(stored == as_text(value))
    if kind == "json":
        return bool(json.loads(stored) == value)
    if kind == "timestamp":
        return isinstance(value, str) and bool(stored == parse_instant(value))
    if kind == "bool":
        return stored is value
    if isinstance(value, bool):
        return False
    return math.isfinite(stored) and bool(stored == (float(value) if isinstance(value, str) else value))


@pytest.mark.parametrize("kind", list(TYPICAL))
@given(st.data())
def test_every_value_is_in_the_column_or_beside_it(kind: DataType, data: st.DataObject):
    values = data.draw(columns(kind))
    array, rejected = convert(values, kind)
    assert array.type == ARROW_TYPES[kind]
    stored = array.to_pylist()
    assert len(stored) == len(values)
    for row, value in enumerate(values):
        if value is None:
            assert stored[row] is None
            assert row not in rejected
        elif row in rejected:
            assert stored[row] is None
            assert rejected[row] is value
        else:
            assert same(value, stored[row], kind), f"{value!r} became {stored[row]!r}"


@pytest.mark.parametrize("kind", list(TYPICAL))
@given(st.data())
def test_fitting_values_are_never_rejected(kind: DataType, data: st.DataObject):
    values = data.draw(st.lists(st.none() | TYPICAL[kind], max_size=6))
    array, rejected = convert(values, kind)
    assert rejected == {}
    assert array.null_count == values.count(None)


@pytest.mark.parametrize("kind", list(TYPICAL))
def test_no_rows_and_only_nulls_have_the_type_too(kind: DataType):
    assert convert([], kind)[0].equals(pa.array([], ARROW_TYPES[kind]))
    assert convert([None, None], kind)[0].equals(pa.nulls(2, ARROW_TYPES[kind]))


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("text", 2**64 - 1, "18446744073709551615"),
        ("text", 2**53 + 1, "9007199254740993"),
        ("text", True, "true"),
        ("text", 1.5, "1.5"),
        ("text", {"b": 1, "a": None}, '{"b":1,"a":null}'),
        ("text", math.nan, "NaN"),
        ("text", -math.inf, "-Infinity"),
        ("text", 10**30, "1" + "0" * 30),
        ("text", "half \ud83d of it", "half \ufffd of it"),
        (
            "json",
            {"half": "\ud83d\x00", "big": [2**70, math.nan]},
            '{"half":"\ufffd\\u0000","big":[1180591620717411303424,null]}',
        ),
        ("bigint", 2**53 + 1, 2**53 + 1),
        ("bigint", 2**63 - 1, 2**63 - 1),
        ("bigint", -(2**63), -(2**63)),
        ("bigint", 3.0, 3),
        ("bigint", "12", 12),
        ("double", 3, 3.0),
        ("double", "1.5", 1.5),
        ("double", "-12", -12.0),
        ("double", "9007199254740992", 2.0**53),
        ("json", [1, {"a": [None]}], '[1,{"a":[null]}]'),
        ("json", "plain", '"plain"'),
        ("json", 2**64 - 1, "18446744073709551615"),
        ("json", 0, "0"),
        ("json", False, "false"),
    ],
)
def test_accepts(kind: DataType, value: Any, stored: Any):
    array, rejected = convert([None, value], kind)
    assert array.to_pylist() == [None, stored]
    assert rejected == {}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", 2**63),
        ("bigint", 2**64 - 1),
        ("bigint", 1.5),
        ("bigint", 1e300),
        ("bigint", True),
        ("bigint", "a few"),
        ("bigint", [1]),
        ("bigint", "1_000"),
        ("bigint", "007"),
        ("bigint", "\u0661\u0662"),
        ("bigint", math.inf),
        ("double", True),
        ("double", "long"),
        ("double", "NaN"),
        ("double", "-Infinity"),
        ("double", "1e400"),
        ("double", math.nan),
        ("double", -math.inf),
        ("double", 2**53 + 1),
        ("double", "9007199254740993"),
        ("double", "-1" + "0" * 30 + "1"),
        ("double", "1" + "0" * 5000),
        ("double", {"seconds": 1}),
        ("bool", 1),
        ("bool", 0),
        ("bool", "true"),
        ("bool", []),
        ("timestamp", 1709164800),
        ("timestamp", "soon"),
        ("timestamp", ""),
        ("timestamp", "2024-02-30T00:00:00Z"),
        ("timestamp", "0000-06-15T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+14:00"),
        ("timestamp", "9999-12-31T23:59:59-14:00"),
        ("timestamp", {"date": "2024-02-29"}),
    ],
)
@pytest.mark.parametrize("beside", [[], [None]], ids=["alone", "with a null"])
def test_rejects(kind: DataType, value: Any, beside: list[Any]):
    array, rejected = convert([*beside, value], kind)
    assert array.to_pylist() == [None] * (len(beside) + 1)
    assert rejected == {len(beside): value}
    assert type(rejected[len(beside)]) is type(value)


@pytest.mark.parametrize(
    ("kind", "good", "wrong"),
    [
        ("bigint", [1, 2**53 + 1, None, -(2**63), 2**63 - 1], "many"),
        ("double", [1.5, 2, None, 1e300], [1]),
        ("bool", [True, False, None], "yes"),
        ("text", ["a", "", None], 2**64 - 1),
        ("timestamp", [None], 7),
    ],
)
def test_one_wrong_value_does_not_cost_the_others_of_its_page(kind: DataType, good: list[Any], wrong: Any):
    array, rejected = convert([*good, wrong], kind)
    kept = convert(good, kind)[0].to_pylist()
    assert kept == good
    if kind == "text":  # where nothing is wrong
        assert (array.to_pylist(), rejected) == ([*kept, str(wrong)], {})
    else:
        assert (array.to_pylist(), rejected) == ([*kept, None], {len(good): wrong})


@given(st.lists(stamps(), min_size=1, max_size=8), st.booleans())
def test_stamps_are_read_as_everywhere_else(values: list[str], with_garbage: bool):
    """Arrow's own parser takes a clean page, ours takes the others: both have to say the same."""
    page = [*values, "garbage"] if with_garbage else values
    array, rejected = convert(page, "timestamp")
    assert array.to_pylist()[: len(values)] == [parse_instant(value) for value in values]
    assert rejected == ({len(values): "garbage"} if with_garbage else {})


def test_mixed_offsets_and_fractions_are_one_column():
    values = [
        "2024-02-29T12:00:00Z",
        "2024-02-29T12:00:00.5+05:30",
        "2024-02-28T23:30:00.123456789-08:00",
        "2024-02-29",
        "2024-02-29T12:00:00",
    ]
    array, rejected = convert(values, "timestamp")
    assert rejected == {}
    assert array.to_pylist() == [
        datetime(2024, 2, 29, 12, tzinfo=UTC),
        datetime(2024, 2, 29, 6, 30, 0, 500_000, tzinfo=UTC),
        datetime(2024, 2, 29, 7, 30, 0, 123_456, tzinfo=UTC),
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(2024, 2, 29, 12, tzinfo=UTC),
    ]


@given(json_values)
def test_json_round_trip(value: Any):
    assert json.loads(dumps(value)) == value


@given(scalars | st.dictionaries(texts, json_values, max_size=2))
def test_text_stays_itself_and_all_else_is_json(value: Any):
    assert as_text(value) == (value if isinstance(value, str) else dumps(value))
