"""What a source reads is what is drawn from it, and reading ends with whoever draws."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from gong_source import gong_source
from gong_source.sandbox import Sandbox
from tests.pipeline.harness import NOW, Tenant

CALLS = "POST /v2/calls/extensive"

DAYS = 20
"""As many windows: a long list, read in requests of 0.1 s."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A company whose calls take their time."""
    with Sandbox(days=DAYS, calls=230, users=12, sentences=4, end=NOW) as running:
        running.control.set_now(NOW)
        running.control.set_latency(0.1, CALLS)
        yield running


@pytest.fixture
def company(sandbox: Sandbox, tmp_path: Path) -> Tenant:
    """The company, with a warehouse that is empty."""
    sandbox.control.reset_counters()
    return Tenant(sandbox, tmp_path, days=DAYS + 1)


def source_of(company: Tenant, chunk_days: int = 1) -> DltSource:
    """Users in one request, and calls in many."""
    return gong_source(end_date=NOW, **company.settings(chunk_days=chunk_days)).with_resources("users", "calls")


def test_limited_streams_are_read_no_further(company: Tenant) -> None:
    """Also where another one ends before its limit; where no page is wanted, nothing is asked."""
    requests = company.sandbox.counters.requests
    assert len(list(source_of(company).add_limit(1))) > 1
    assert requests[CALLS] < DAYS / 2
    company.sandbox.control.reset_counters()
    assert not list(source_of(company).add_limit(0))
    assert not company.sandbox.counters.requests


def test_a_source_may_be_drawn_from_in_parts(company: Tenant) -> None:
    """Stream by stream, or two side by side; without a pipeline, and in one load of one."""
    source = source_of(company, chunk_days=90)
    for name in ("users", "calls", "users"):
        assert len(list(source.resources[name])) > 0, name
    for users, calls in zip(source.resources["users"], source.resources["calls"], strict=False):
        assert (len(users), len(calls)) == (12, 230)
    company.pipeline().run([source.with_resources("users"), source.with_resources("calls")])
    assert company.sql("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM calls)") == [(12, 230)]


def readers() -> set[threading.Thread]:
    """Threads that read."""
    return {thread for thread in threading.enumerate() if thread.name.startswith("gong-")}


def to_the_end(company: Tenant) -> None:
    assert list(source_of(company, chunk_days=90))


def broken_off(company: Tenant) -> None:
    for _ in source_of(company).add_limit(3):
        break


def failing(company: Tenant) -> None:
    company.sandbox.control.fail("403", "GET /v2/users")
    with pytest.raises(PipelineStepFailed):
        company.pipeline().run(source_of(company))


def interrupted(company: Tenant) -> None:
    """By Ctrl-C, while the first answers are waited for; in the midst of an import Python may drop it."""
    to_the_end(company)
    company.sandbox.control.reset_counters()

    def interrupt() -> None:
        while not company.sandbox.counters.requests[CALLS]:
            time.sleep(0.01)
        _thread.interrupt_main()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        list(source_of(company))


@pytest.mark.parametrize("end", [to_the_end, broken_off, failing, interrupted])
def test_reading_ends_with_whoever_draws(company: Tenant, end: Callable[[Tenant], None]) -> None:
    """However that comes about; no thread is left, and nothing more is asked for."""
    before = readers()
    end(company)
    for thread in readers() - before:
        thread.join(10)
        assert not thread.is_alive(), thread
    assert company.sandbox.counters.requests[CALLS] < DAYS / 2
