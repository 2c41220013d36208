"""A Gong API on localhost with deterministic made-up data, for tests, demos and development.

It is as strict as the real one where that is known, and takes the stricter reading where it is not.
"""

from __future__ import annotations

from gong_source.sandbox.records import CallRecord
from gong_source.sandbox.sandbox import Sandbox, serve
from gong_source.sandbox.world import World

__all__ = ["CallRecord", "Sandbox", "World", "serve"]
