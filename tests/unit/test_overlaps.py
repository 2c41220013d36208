"""Load packages that were not alone, and what that makes of their rows' content hashes."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from gong_source.ranges import UTC
from gong_source.tables.hashes import hash_to_store
from gong_source.warehouse.overlaps import Overlaps

spans = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=8, unique_by=lambda span: span[0])


def ended(second: float) -> datetime:
    return datetime.fromtimestamp(second, UTC)


@given(spans)
def test_packages_are_alone_exactly_where_no_other_was_under_way(found: list[tuple[int, int]]) -> None:
    packages = {f"{begin}.5": ended(begin + length) for begin, length in found}
    overlaps = Overlaps.among(packages)
    for begin, length in found:
        others = [(b + 0.5, b + n) for b, n in found if b != begin]
        late = any(b < begin + 0.5 < e for b, e in others)
        met = late or any(begin + 0.5 < b < begin + length for b, _ in others)
        assert (f"{begin}.5" in overlaps.late, f"{begin}.5" in overlaps.met) == (late, met)


def test_a_hash_that_is_doubted_is_stored_anew_and_then_believed() -> None:
    """Packages 1 and 2 meet; 4 loads the same again while 5 comes and goes, as webhooks load every minute."""
    overlaps = Overlaps.among({"1": ended(3), "2": ended(2.5), "4": ended(6), "5": ended(5.5), "7": ended(8)})
    value = 10
    assert overlaps.told(value, "7") == value
    assert hash_to_store(value, value) is None
    for load_id in ("1", "2", "4", "5"):
        doubted = overlaps.told(value, load_id)
        assert doubted != value
        stored = hash_to_store(value, doubted)
        assert stored is not None
        assert overlaps.told(stored, "4") == value, "loaded again before the other one began"
        assert overlaps.told(stored, "5") != value, "loaded again while another one was under way"
        assert hash_to_store(value + 2, doubted) == value + 2
    assert hash_to_store(value, None) == value
