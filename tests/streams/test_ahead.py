"""What is asked for while nobody takes what comes: the loader may be busy with a package."""

from __future__ import annotations

import math
import time

from gong_source.sandbox import Sandbox
from gong_source.source import make_context
from gong_source.streams.calls.readers import call_readers
from gong_source.streams.extraction import Extraction
from gong_source.streams.source_state import SourceState
from gong_source.warehouse.store import Store

ENOUGH = 60.0
"""Seconds after which what should have been asked for never will."""


def test_transcripts_are_asked_for_while_a_package_is_loaded() -> None:
    """All of them, the last batch too, in as few requests as if each page had been taken at once."""
    with Sandbox(calls=230, users=3, days=60, sentences=3) as sandbox:
        key = {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret}
        free = {"requests_per_second": 0, "daily_requests": 0}
        context = make_context(sandbox.start_of_history, None, base_url=sandbox.url, credentials=key, **free)
        state = SourceState(context, {}, Store(None))
        extraction = Extraction(context, state, call_readers(context, state, {"calls", "transcripts"}))
        extraction.begin()
        try:
            until, expected = time.monotonic() + ENOUGH, math.ceil(230 / 100)
            while sandbox.counters.requests["POST /v2/calls/transcript"] < expected:
                assert time.monotonic() < until, dict(sandbox.counters.requests)
                time.sleep(0.05)
            while extraction.take("") is not None:
                pass
        finally:
            extraction.close()
            context.client.close()
        assert sandbox.counters.requests["POST /v2/calls/transcript"] == expected
