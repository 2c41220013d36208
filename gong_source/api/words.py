"""What a refusal says, wherever the words stand: Gong's own shape, and those of the gateways before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gong_source.api.transport import Received

NO_WORDS = "no message from Gong"
ELSEWHERE = ("error", "error_description", "message", "errorMessage", "title", "detail")
"""Where words stand in an object that has no ``errors``."""

LONGEST_PAGE = 1 << 16
"""Bytes of a plain text that are looked at."""


def message_of(content: Mapping[str, Any] | None, received: Received | None = None) -> str:
    """The words of a refusal: for the user where it has some, else for the developer.

    Args:
        content: Its JSON object; None where there is none.
        received: What came, which may be a plain text.
    """
    if not content:
        return (_plain(received) if received else "") or NO_WORDS
    errors = content.get("errors")
    words = _words([content.get("userFacingError"), *(errors if isinstance(errors, list) else [errors])])
    return words or ("" if errors else _words([content.get(key) for key in ELSEWHERE])) or NO_WORDS


def _words(told: Any) -> str:
    """What a value says; of an object all that it holds, with the names of what is no words by its name already."""
    if isinstance(told, dict):
        if facing := _words(told.get("userFacingError")):
            return facing
        parts = ((key, _words(value)) for key, value in told.items())
        return ", ".join(words if key in ELSEWHERE else f"{key}: {words}" for key, words in parts if words)
    if isinstance(told, list):
        return "; ".join(dict.fromkeys(words for each in told if (words := _words(each))))
    return str(told) if told else ""


def _plain(received: Received) -> str:
    if not received.headers.get("Content-Type", "").lower().startswith("text/plain"):
        return ""
    return " ".join(received.body[:LONGEST_PAGE].decode(errors="replace").split())
