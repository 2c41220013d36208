"""JSON out of the bytes of an answer: exact and fast where it is clean, lenient where one odd value would cost a page.

What a lenient reader makes of an odd page:

- bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD;
- ``NaN``, ``Infinity`` and ``-Infinity`` become floats of that kind;
- numbers that no 64-bit integer and no float can hold become their text;
- a key that comes twice is kept under another name (``title__2``), unless both values are equal;
- where there are too many levels for Python or orjson, those beyond :data:`DEEPEST` become JSON text;
- raw control characters in texts and unknown escapes stay as they are.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Callable
from typing import Any

import orjson

logger = logging.getLogger("gong_source.api")

Decode = Callable[[bytes], dict[str, Any] | None]
"""Makes a JSON object of the bytes of an answer; None where they are none."""

DEEPEST = 100
"""Levels of objects and lists. Gong documents fewer than ten; arrow, orjson and the stack end at a few hundred."""

LEAST, MOST = -(2**63), 2**63 - 1

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")

_DIGITS_ALIKE = bytes.maketrans(b"0123456789[,", b"0000000000::")
_BLANKS = b" \t\r\n"
_LONG_NUMBER = b":" + b"0" * 19


def decode_object(body: bytes) -> dict[str, Any] | None:
    """A JSON object from its bytes, or None where even a lenient reader finds none.

    Args:
        body: Any bytes.
    """
    content = _exact(body)
    if content is None:
        content = _lenient(body)
    return content if isinstance(content, dict) else None


def _exact(body: bytes) -> Any:
    """What orjson reads; None where it reads nothing, or may have changed something without a word."""
    try:
        content = orjson.loads(body)
        again = orjson.dumps(content)  # fails where the next in line, who writes it, would
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    # orjson makes floats of integers beyond 64 bits; ids of 19 digits and more come as text, so numbers are rare
    if body.translate(_DIGITS_ALIKE, _BLANKS + b"-").find(_LONG_NUMBER) >= 0:
        return None
    # of a key that comes twice it keeps the last, so fewer keys would be written again
    if len(again) != len(body) and (_keys(again) != _keys(body) or b"\\u0022" in body):
        return None
    return content


def _keys(body: bytes) -> int:
    return body.translate(None, _BLANKS).count(b'":')


def _lenient(body: bytes) -> Any:
    text = body.decode(json.detect_encoding(body), "replace")
    if not text.lstrip().startswith("{"):
        return None
    content = _parsed(text)
    if content is None:
        content = _parsed(_ESCAPE.sub(_known_escape, text))
    if content is not None:
        logger.info("an answer of %d bytes was read leniently", len(body))
    return content


def _parsed(text: str) -> Any:
    try:
        content = _loaded(text)
        orjson.dumps(content)
    except (RecursionError, orjson.JSONEncodeError):
        text = _shallow(text)
    except ValueError:
        return None
    else:
        return content
    try:
        return _loaded(text)
    except (ValueError, RecursionError):
        return None


def _loaded(text: str) -> Any:
    return json.loads(
        text, strict=False, object_pairs_hook=_object, parse_int=_whole, parse_float=_real, parse_constant=float
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        name, value = _clean(key), _clean(value)
        number = 1
        while name in found and not _same(found[name], value):
            number += 1
            name = f"{_clean(key)}__{number}"
        found[name] = value
    return found


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _clean(value: Any) -> Any:
    """Without halves of surrogate pairs. Objects went through :func:`_object` before."""
    if isinstance(value, str):
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _whole(text: str) -> int | str:
    if len(text) > 20:  # far beyond, and longer than Python would convert
        return text
    number = int(text)
    return number if LEAST <= number <= MOST else text


def _real(text: str) -> float | str:
    number = float(text)
    return text if math.isinf(number) else number


def _known_escape(found: re.Match[str]) -> str:
    """An escape of JSON's as it is, anything else as the characters that stand there."""
    known = found[1][0] in '"\\/bfnrt' or len(found[1]) == 5
    return found[0] if known else "\\" + found[0]


def _shallow(text: str) -> str:
    """JSON whose levels beyond the deepest are texts."""
    pieces: list[str] = []
    depth = taken = begin = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth == DEEPEST + 1:
                begin = token.start()
        elif mark in "]}":
            if depth == DEEPEST + 1:
                pieces += [text[taken:begin], json.dumps(text[begin : token.end()])]
                taken = token.end()
            depth -= 1
    return "".join(pieces) + text[taken:]
