"""The settings that decide which rows a stream brings: what was read for a smaller question is not for a larger."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

Question = dict[str, Any]
"""Settings by name, plain values only."""

GROWS = ("call_parts", "media_kinds")
"""Lists of what is asked for: more of it is more."""

SHRINKS = ("exclude_columns",)
"""Lists of what is left out: less of it is more."""

SOME = "some"
"""In place of whether private calls were asked for: they were, but no longer are all of them there."""


def key_of(question: Mapping[str, Any]) -> str:
    """A short name for a question, the same in every process.

    Args:
        question: Plain values.
    """
    return hashlib.blake2b(orjson.dumps(question, option=orjson.OPT_SORT_KEYS), digest_size=4).hexdigest()


def covers(read: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    """Whether what was read for one question holds all that another asks for.

    Args:
        read: The question that was read for.
        asked: The question at hand.
    """
    return all(_is_in(name, asked.get(name), read.get(name), read) for name in {*read, *asked})


def _is_in(name: str, asked: Any, read: Any, question: Mapping[str, Any]) -> bool:
    if asked == read:
        return True
    if name in GROWS:
        return set(asked or ()) <= set(read or ())
    if name in SHRINKS:
        return set(asked or ()) >= set(read or ())
    if name in ("include_private_calls", "include_avatars"):
        return read is True or not asked
    return False


def asks_more(question: Mapping[str, Any], held: Mapping[str, Any], comparable: bool = False) -> bool:
    """Whether a question asks for something that rows do not hold.

    Args:
        question: Plain values.
        held: The settings that the rows were loaded with, as far as they are told.
        comparable: Whether it must ask for all that they hold, too.
    """
    left = {**question, **{name: value for name, value in held.items() if name in question}}
    return not covers(left, question) and (not comparable or covers(question, left))


def narrowed(question: Mapping[str, Any]) -> Question:
    """The question that is left when its private calls are gone.

    Args:
        question: Plain values.
    """
    return {**question, "include_private_calls": False} if "include_private_calls" in question else dict(question)


def some_private(question: Mapping[str, Any]) -> Question:
    """The question that is left when some of its private calls are gone, and others may still be there.

    Args:
        question: Plain values.
    """
    return {**question, "include_private_calls": SOME} if question.get("include_private_calls") else dict(question)
