"""One run at a time for each pipeline: two would spend the quota twice, and load each other's packages."""

from __future__ import annotations

import functools
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongConfigError, GongDestinationError, GongError, GongLockedError
from gong_source.ranges import UTC, iso
from gong_source.warehouse.locks import try_lock
from gong_source.warehouse.refused import denied
from gong_source.warehouse.schemas import forget_lost_schema

LOOK_EVERY = 0.2
"""Seconds between two looks at a lock that is waited for."""

Function = TypeVar("Function", bound=Callable[..., Any])

_held: dict[tuple[Path, int], int] = {}
"""Threads of this process that hold a lock: a run inside a block of its own need not wait for itself."""


def exclusive(run: Function) -> Function:
    """Have a function hold the lock of its argument ``pipeline``, and raise GongLockedError where another run does.

    What the destination does not let it do is told in a sentence, as GongDestinationError.

    Args:
        run: Writes to the pipeline's destination or state.
    """

    @functools.wraps(run)
    def alone(pipeline: Pipeline, *arguments: Any, **options: Any) -> Any:
        with locked(pipeline):
            forget_lost_schema(pipeline)
            try:
                return run(pipeline, *arguments, **options)
            except Exception as error:
                if not isinstance(error, GongError) and (refusal := denied(pipeline, error)):
                    raise GongDestinationError(refusal) from error
                raise

    return cast(Function, alone)


@contextmanager
def locked(pipeline: Pipeline, wait: float = 0.0, on_wait: Callable[[str], object] | None = None) -> Iterator[None]:
    """Hold the lock of a pipeline, which is that of its name and its pipelines folder, as long as the block lasts.

    The system gives it up when the process ends, however it ends. The file stays.

    Args:
        pipeline: Any.
        wait: How many seconds to wait for another run to end.
        on_wait: Called once, with who holds it, before waiting.

    Raises:
        GongLockedError: Another run holds it, in this process or another one.
        GongConfigError: The lock file can't be made.
    """
    path = Path(pipeline.pipelines_dir).absolute() / f"{pipeline.pipeline_name}.lock"
    key = path, threading.get_ident()
    if key in _held:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise GongConfigError(f"The lock file {path} can't be opened: {error.strerror}.") from error
    try:
        _take(handle, pipeline.pipeline_name, wait, on_wait)
        _held[key] = handle
        yield
    finally:
        _held.pop(key, None)
        os.close(handle)  # which gives the lock up too


def _take(handle: int, name: str, wait: float, on_wait: Callable[[str], object] | None) -> None:
    end = time.monotonic() + wait
    told = False
    while not try_lock(handle):
        holder = f"Another run of the pipeline {name} is going on{_holder(handle)}"
        if not time.monotonic() < end:  # nor where the wait is no number
            raise GongLockedError(
                f"{holder[0].upper()}{holder[1:]}; run this command later, or give it --wait SECONDS."
            )
        if not told and on_wait:
            on_wait(holder)
        told = True
        time.sleep(min(LOOK_EVERY, max(end - time.monotonic(), 0.0)))
    note = json.dumps({"pid": os.getpid(), "since": iso(datetime.now(UTC))}).encode()
    os.ftruncate(handle, 0)
    os.pwrite(handle, note, 0)


def _holder(handle: int) -> str:
    try:
        note = json.loads(os.pread(handle, 1000, 0))
        return f" (process {note['pid']}, since {note['since']})"
    except (ValueError, KeyError, TypeError):  # it has just taken the lock
        return ""
