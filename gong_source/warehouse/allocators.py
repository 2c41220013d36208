"""How a run holds its memory down.

A run decodes, shapes and loads in turns, in many threads; left alone, each allocator keeps the most that any of its
threads ever held. What each of them is told here was measured (docs/performance.md).
"""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pyarrow as pa

from gong_source.importing import is_frozen
from gong_source.warehouse.shared import Shared

OBJECTS_BETWEEN_COLLECTIONS = 200_000
"""Decoded pages are many objects and no cycles; at Python's own threshold, looking for cycles among them takes a sixth
of a run's processor time."""

M_ARENA_MAX = -8
"""glibc's name for the most arenas that malloc makes (malloc.h)."""

ARENAS = 2


def frugal() -> AbstractContextManager[None]:
    """Have Python and arrow keep little of what they free, as long as this block or another one lasts.

    The settings are the process's: the first block makes them, and the last one puts back what it found.
    """
    return _shared.entered()


@contextmanager
def _frugal() -> Iterator[None]:
    thresholds, pool = gc.get_threshold(), pa.default_memory_pool()
    frozen = is_frozen()  # by another part of the process, and then its own
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *thresholds[1:])
    if not frozen:
        gc.freeze()  # what was imported stays, and need not be looked through at each collection
    pa.set_memory_pool(_frugal_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        if not frozen:
            gc.unfreeze()
        gc.set_threshold(*thresholds)


_shared = Shared(_frugal)


def release() -> None:
    """Give back what was freed, after a piece of work: dlt leaves cycles behind, arrow keeps pages."""
    gc.collect()
    pa.default_memory_pool().release_unused()


def limit_arenas() -> None:
    """Have malloc share two arenas among all threads, for good: for a process that does nothing but one run.

    By default glibc makes up to eight for each processor, and each keeps its own free pages. Elsewhere nothing is done.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, ARENAS)


def _frugal_pool() -> pa.MemoryPool:
    """Arrow's jemalloc where it is built in: arrow's default keeps pages for each thread and doesn't give them back."""
    try:
        return pa.jemalloc_memory_pool()
    except NotImplementedError:
        return pa.system_memory_pool()
