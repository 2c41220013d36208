"""Whatever a record holds is found again in the destination, under the same column at every run of every pipeline."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import dlt
import duckdb
import pytest
from dlt.extract import DltResource
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gong_source.streams.hinted_items import HintedItems
from gong_source.streams.resource import StreamResource
from gong_source.streams.stream import Stream
from gong_source.streams.table import StreamTable
from gong_source.tables import CALL_LISTS, CALLS, LOAD_ID, USERS, Table
from gong_source.tables.arrow import JsonDict, as_text, shape
from gong_source.warehouse.dialects import TableHints
from gong_source.warehouse.extras import storable
from gong_source.warehouse.literals import text_literal
from gong_source.warehouse.store import Store

Page = list[JsonDict]
LONG = "long" * 60


def load(home: Path, pages: Sequence[Page], table: Table = USERS, name: str = "gong", backwards: bool = False) -> None:
    """Load pages of one table as a run does."""
    stream = StreamTable()[StreamTable().of_table(table.name)]
    context: Any = SimpleNamespace(rows=Counter(), removed=Counter(), stored_columns={})
    keys = [c.name for c in table.columns if c.required and not c.path and c.name != LOAD_ID]

    @dlt.source(name="gong")
    def gong() -> DltResource:
        def batches(stream: Stream) -> Iterator[Any]:
            load_id = dlt.current.load_package_state()["load_id"]
            context.stored_columns = Store(dlt.current.pipeline()).columns()
            hinted = HintedItems(resource, context, load_id, TableHints("duckdb"))
            yield from hinted.empty_tables(hinted.missing_tables())
            for number, page in sorted(enumerate(pages), key=itemgetter(0), reverse=backwards):
                given = {key: [_key(table, key, number, row) for row in range(len(page))] for key in keys}
                yield hinted.marked(shape(table, page, given))

        resource = StreamResource.of(stream, batches)
        resource.selected = True
        return resource

    destination = dlt.destinations.duckdb(str(home / "some.duckdb"))
    pipeline = dlt.pipeline(name, destination=destination, dataset_name="data", pipelines_dir=str(home / name))
    pipeline.run(gong()).raise_on_failed_jobs()


def _key(table: Table, column: str, page: int, row: int) -> Any:
    """A value of a key that the source computes."""
    kind = next(each.type for each in table.columns if each.name == column)
    return page * 1000 + row if kind == "bigint" else f"{page}-{row}"


def stored(home: Path, table: Table = USERS) -> list[dict[str, Any]]:
    """All rows, with the columns that are not NULL."""
    with duckdb.connect(str(home / "some.duckdb")) as connection:
        found = connection.execute(f"SELECT * FROM data.{table.name} ORDER BY 1")
        names = [column[0] for column in found.description or ()]
        return [
            {name: value for name, value in zip(names, row, strict=True) if value is not None}
            for row in found.fetchall()
        ]


def extra(row: dict[str, Any]) -> dict[str, Any]:
    """What of a row nobody declared."""
    return {name: value for name, value in row.items() if name not in {column.name for column in USERS.columns}}


def user(number: int, **fields: Any) -> JsonDict:
    """A record of the table."""
    return {"id": f"{number:03}", **fields}


ODD_VALUES: list[tuple[Any, dict[str, Any]]] = [
    (2**63, {"odd__v_text": "9223372036854775808"}),
    (-(2**63), {"odd": -(2**63)}),
    (10**25, {"odd__v_text": "1" + "0" * 25}),
    (12.5, {"odd__v_text": "12.5"}),
    ("big", {"odd__v_text": "big"}),
    (True, {"odd__v_text": "true"}),
    (math.nan, {"odd__v_text": "NaN"}),
    ("Infinity", {"odd__v_text": "Infinity"}),
    ({"a": [None, 2**64]}, {"odd__v_text": '{"a":[null,18446744073709551616]}'}),
    ("nul \x00 and \u2028", {"odd__v_text": "nul \x00 and \u2028"}),
]


def test_a_value_that_its_column_can_not_hold_is_text_beside_it(tmp_path):
    pages = [[user(number, odd=value)] for number, (value, _) in enumerate(ODD_VALUES)]
    load(tmp_path, [*pages, [user(100)], [user(101, odd=7, other=1)]])
    assert [extra(row) for row in stored(tmp_path)] == [*(kept for _, kept in ODD_VALUES), {}, {"odd": 7, "other": 1}]


BY_HAND = {
    "INTEGER": (7, 2**40, "big"),
    "SMALLINT": (7, True),
    "FLOAT": (12.9, "big"),
    "UTINYINT": (-5, 300),
    "HUGEINT": ("big",),
    "DECIMAL(18, 3)": (12.9123, "big"),
    "UUID": ("big",),
    "ENUM ('a', 'b')": ("big",),
    "BIGINT[]": ([1, "a"],),
    "STRUCT(a BIGINT)": ({"a": "big"},),
    "BLOB": ("\\x",),
    "DATE": ("2026-06-15", "big"),
    "TIME": ("big",),
    "TIMESTAMP_S": ("2026-06-15T00:00:00.5Z",),
    "INTERVAL": ("big",),
    "BOOLEAN": ("true", 1),
}
"""Types of columns that somebody adds, and values that they can't hold, or not exactly."""


def test_a_column_of_any_type_that_somebody_added_stops_no_load(tmp_path):
    load(tmp_path, [[user(0)]])
    fields = {
        f"f{column}v{n}": value for column, values in enumerate(BY_HAND.values()) for n, value in enumerate(values)
    }
    types = [kind for kind, values in BY_HAND.items() for _ in values]
    with duckdb.connect(str(tmp_path / "some.duckdb")) as connection:
        for name, kind in zip(fields, types, strict=True):
            connection.execute(f"ALTER TABLE data.{USERS.name} ADD COLUMN {name} {kind}")
    load(tmp_path, [[user(1, **fields)]], name="other")
    assert extra(stored(tmp_path)[1]) == {f"{name}__v_text": as_text(value) for name, value in fields.items()}


ODD_NAMES = [
    *(
        "",
        "  ",
        "__",
        "...",
        "\x00",
        "名前",
        "_dlt_load_id",
        "_dlt_id",
        "_removed",
        "_content_hash",
        "_partition",
        "d",
        "s",
    ),
    *("newField", "new_field", "NewField", "new field", " newField", "emailaddress", "email_address", "ID", "1st"),
    *(LONG, LONG + "r", "select", "metaData", "odd__v_text", "half \ud83d"),
]


def test_fields_of_any_name_keep_their_own_column_over_pages_and_runs(tmp_path):
    def pages(begin: int) -> list[Page]:
        # each name alone, all together, and in the other order
        alone = [[user(begin + number, **{name: f"of {number}"})] for number, name in enumerate(ODD_NAMES)]
        return [*alone, [user(begin + 90, **{name: f"of {number}" for number, name in enumerate(ODD_NAMES)})]]

    load(tmp_path, pages(0))
    load(tmp_path, pages(100), backwards=True)
    load(tmp_path, pages(200), name="another")
    rows = stored(tmp_path)
    runs = [{row["id"]: extra(row) for row in rows if int(row["id"]) // 100 == run} for run in range(3)]
    for run, found in enumerate(runs):
        alone = [found[f"{run * 100 + number:03}"] for number in range(len(ODD_NAMES))]
        together = found[f"{run * 100 + 90}" if run else "090"]
        assert sorted(together.values()) == sorted(f"of {number}" for number in range(len(ODD_NAMES)))
        for number, row in enumerate(alone):
            ((column, value),) = row.items()
            assert value == f"of {number}"
            assert together[column] == value, f"{ODD_NAMES[number]!r} has another column where others are beside it"
    assert [list(row) for row in runs[0].values()] == [list(row) for row in runs[1].values()]
    assert {"new_field", "unnamed", "x_dlt_load_id", "x_removed", "d_x"} <= set(runs[0]["090"])


def test_the_destinations_types_decide_for_every_pipeline(tmp_path):
    load(tmp_path, [[user(1, odd=12, note="text", flag=True, thing={"a": 1})]])
    values: list[JsonDict] = [
        {"odd": 12.9, "note": 5, "flag": "yes", "thing": 3},
        {"odd": "big", "note": {"a": 1}, "flag": 1, "thing": "text"},
        {"odd": True, "note": 1.5, "flag": False, "thing": [1]},
        {"odd": 13.0},
    ]
    load(tmp_path, [[user(number, **row)] for number, row in enumerate(values, 2)], name="another")
    load(tmp_path, [[user(6, odd="third")]])
    assert [extra(row) for row in stored(tmp_path)[1:]] == [
        {"odd__v_text": "12.9", "note": "5", "flag__v_text": "yes", "thing": "3"},
        {"odd__v_text": "big", "note": '{"a":1}', "flag__v_text": "1", "thing": '"text"'},
        {"odd__v_text": "true", "note": "1.5", "flag": False, "thing": "[1]"},
        {"odd": 13},
        {"odd__v_text": "third"},
    ]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
names = st.sampled_from(["newField", "new_field", "", "_dlt_id", "odd", "odd__v_text", "firstName", "title"]) | texts
scalars = st.booleans() | st.integers(-(2**66), 2**66) | st.floats() | texts | st.sampled_from(["NaN", "7", "1e999"])
values = st.recursive(
    st.none() | scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=4,
)
records = st.dictionaries(names, values, max_size=4)
groups = st.dictionaries(names, values, max_size=2) | values
calls = st.builds(
    lambda fields, **parts: {**fields, **parts},
    records,
    metaData=groups,
    context=values,
    content=groups,
    interaction=groups,
)
anything = st.lists(st.lists(records | calls, max_size=5), min_size=1, max_size=4)


@pytest.mark.slow
@settings(
    max_examples=5,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # each try takes seconds
)
@given(table=st.sampled_from([USERS, CALLS, *CALL_LISTS]), pages=anything)
def test_any_record_loads_without_loss_into_any_table_from_any_pipeline(table: Table, pages: list[Page]):
    keyed = [
        [_with_key(table, record, number, row) for row, record in enumerate(page)] for number, page in enumerate(pages)
    ]
    wanted = Counter(_leaf(leaf) for page in keyed for record in page for leaf in _wanted(table, record))
    with TemporaryDirectory() as folder:
        for backwards in (False, True):
            load(Path(folder), keyed, table, f"gong_{backwards}", backwards)
            rows = stored(Path(folder), table)
            assert len(rows) == sum(map(len, pages))
            found = Counter(_leaf(leaf) for row in rows for value in row.values() for leaf in _leaves(_parsed(value)))
            assert not wanted - found


def _with_key(table: Table, record: JsonDict, page: int, row: int) -> JsonDict:
    """The record with the keys that Gong gives."""
    keyed = dict(record)
    for column in table.columns:
        if column.required and column.path:
            holder = keyed
            *path, leaf = column.path.split(".")
            for key in path:
                holder[key] = dict(holder[key]) if isinstance(holder.get(key), dict) else {}
                holder = holder[key]
            holder[leaf] = f"{page}-{row}"
    return keyed


def _wanted(table: Table, record: JsonDict) -> Iterator[Any]:
    """The values of a record; those that other tables take are not of this one."""
    elsewhere = {path.partition(".")[0] for path in table.ignored}
    for key, value in record.items():
        if key not in elsewhere:
            yield from _leaves(value)


def _leaves(value: Any) -> Iterator[Any]:
    """The values inside a value, with the names of unknown objects' fields left aside."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        if value is not None and not (isinstance(value, float) and not math.isfinite(value)):
            yield value
    else:
        for each in inner:
            yield from _leaves(each)


def _parsed(value: Any) -> Any:
    """JSON that stands in a column as text."""
    if isinstance(value, str) and value[:1] in '{["':
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _leaf(value: Any) -> str:
    """A value by which it is found, whether as itself or as its text."""
    if isinstance(value, str):
        try:
            value = json.loads(value, parse_constant=lambda name: name)
        except ValueError:
            return storable(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return as_text(value)


@pytest.mark.parametrize("text", ["a\0b", "\0", "'\0\0\\", "it's"])
def test_a_literal_keeps_a_nul(text: str):
    literal = text_literal(dlt.destinations.duckdb(":memory:").capabilities(), text)
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {literal}").fetchall() == [(text,)]
