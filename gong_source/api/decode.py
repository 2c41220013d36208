"""JSON out of the bytes of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

Decode = Callable[[bytes], dict[str, Any] | None]
"""Makes a JSON object of the bytes of an answer; None where they are none."""


def decode_object(body: bytes) -> dict[str, Any] | None:
    """A JSON object from its bytes, or None where they are no JSON object.

    Args:
        body: Any bytes.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None
