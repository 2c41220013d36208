"""Which load packages were not alone, and what their rows' content hashes are worth.

dlt merges the tables of a package one by one. Where two packages are loaded at the same time, by pipelines or machines
that share a dataset, a record's row may come from one and its lists from the other: the hash in the row then tells of a
version that the lists are not of. So a hash counts only where no other package was under way meanwhile; a record whose
hash does not count is loaded once more.

Loaded once more as it was, it is of the version that had been committed before. A package that began after it read Gong
later and can't bring an older one, so it casts no doubt: a webhook that loads every minute does not have a sync load
the same calls again and again. What is newer than the hash, the next look-back finds by the hash itself.

Packages begin at the time that is their id and end with their row in ``_dlt_loads``, by the clock of who loads them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_source.ranges import UTC
from gong_source.tables.hashes import is_repeated, odd, plain
from gong_source.warehouse.dialects import type_of
from gong_source.warehouse.loads import loads_of, loads_since
from gong_source.warehouse.store import Store
from gong_source.warehouse.together import Later

ASKED_BACK = timedelta(days=7)
"""How long before the newest package of a state others are looked for that were loaded beside it: what came earlier was
looked at by an earlier run."""


@dataclass(frozen=True)
class Overlaps:
    """Load packages that were not alone.

    Attributes:
        late: Those that began while another one was under way.
        met: These, and those during which another one began.
    """

    late: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()

    @classmethod
    def among(cls, packages: Mapping[str, datetime]) -> Overlaps:
        """Find them.

        Args:
            packages: When each was committed, by its id.
        """
        late, met = set(), set()
        before, latest_end = "", 0.0
        for load_id in sorted(packages, key=float):
            if before and float(load_id) < packages[before].timestamp():
                met.add(before)
            if float(load_id) < latest_end:
                late.add(load_id)
            before, latest_end = load_id, max(latest_end, packages[load_id].timestamp())
        return cls(frozenset(late), frozenset(met | late))

    def told(self, stored: int, load_id: str) -> int:
        """A stored hash as it is compared: odd where it is doubted.

        Args:
            stored: As the destination holds it.
            load_id: The package that brought the row.
        """
        doubted = load_id in self.late or (load_id in self.met and not is_repeated(stored))
        return odd(stored) if doubted else plain(stored)


class Worth:
    """Tells what content hashes are worth, by the load packages since an instant."""

    def __init__(self, store: Store, since: datetime | None = None) -> None:
        """Nothing is asked yet.

        Args:
            store: Where the rows are.
            since: No row is of an older package: what happened before it began is no matter. None where that is only
                known from the rows, for which the packages are asked about by themselves.
        """
        self._store = store
        self._since = since
        self._packages: Later[dict[str, datetime]] = dict if since is None else loads_since(store, since)

    def of(self, rows: Sequence[tuple[str, int, str]]) -> dict[str, int]:
        """Content hashes by key, as they are compared; to be called once.

        Args:
            rows: Key, stored hash and load package; of packages that were completed.
        """
        packages = self._packages()
        if not rows:
            return {}
        oldest = datetime.fromtimestamp(min(float(load_id) for _, _, load_id in rows), UTC)
        if self._since is None or oldest < self._since:
            packages = loads_since(self._store, oldest)()
        overlaps = Overlaps.among(packages)
        return {key: overlaps.told(stored, load_id) for key, stored, load_id in rows}


def crossed_loads(store: Store, load_ids: Collection[str]) -> Later[frozenset[str]]:
    """Packages that one pipeline loaded on two machines at the same time.

    Both went through the same staging tables, which each package empties first: either may have merged the rows of the
    other, or none. A DuckDB file is open in one process at a time, from the first statement of a load to the last.

    Args:
        store: The dataset, and the pipeline.
        load_ids: Packages that are in question.
    """
    pipeline = store.pipeline
    if not load_ids or pipeline is None or type_of(pipeline.destination) == "duckdb":
        return frozenset
    newest = datetime.fromtimestamp(max(map(float, load_ids)), UTC)
    packages = loads_of(store, pipeline.pipeline_name, newest - ASKED_BACK)
    return lambda: Overlaps.among(packages()).met & frozenset(load_ids)
