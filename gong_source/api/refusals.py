"""Which error an answer is that is no success, and what the user can do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from gong_source.api.answers import Answer
from gong_source.api.endpoints import DUPLICATE_TEXT, Endpoint
from gong_source.api.retry import is_transient
from gong_source.errors import (
    GongAuthError,
    GongBadRequestError,
    GongConnectionError,
    GongCursorExpired,
    GongDuplicateError,
    GongForbiddenError,
    GongNotFoundError,
    GongProtocolError,
    GongRedirectError,
    GongRequestError,
    GongServerError,
    WriteOutcomeUnknown,
)

DUPLICATE = re.compile(DUPLICATE_TEXT, re.IGNORECASE)
CALL_NAMED = re.compile(
    r"\bcall(?:(?:[ _-]?id\b|\s+with\s+(?:the\s+)?id\b)[\s:=#'\"(]*(?=\d{5})|[\s:=#'\"(]*(?=\d{17}))(\d{5,20})(?!\d)",
    re.IGNORECASE,
)
"""Where a message names a call by its id: "call ID 7782...", "callId=7782...", "call 7782...". What it does not call an
id is one only where it is as long as most of Gong's: telephone numbers, dates and times are shorter."""
MEDIA = re.compile(r"media|recording|file", re.IGNORECASE)
"""Of what a message is that names neither the id nor any field, but says that a recording was used before."""

LOST_BEFORE = (
    "The answer to an earlier attempt was lost: this may be what came of it. Look in Gong before you send it anew."
)
HOST = re.compile(r"[\w.-]+(?::\d+)?|\[[0-9a-fA-F:.]+\](?::\d+)?", re.ASCII)


def error_for(
    endpoint: Endpoint, answer: Answer, window: str, attempts: int, kind: type[GongRequestError] | None = None
) -> GongRequestError:
    """The error for an answer that is no success and is not asked for again.

    Args:
        endpoint: What was asked.
        answer: What came.
        window: What was asked for, in words.
        attempts: How often it was sent.
        kind: Of the error, where more than this one answer decides it.
    """
    kind = kind or _kind(answer)
    if issubclass(kind, GongRedirectError):
        return redirect_error(endpoint, answer, window, kind)
    notes = [f"after {attempts} attempts"] if attempts > 1 else []
    if answer.retry_after and answer.status is not None and is_transient(answer.status):
        notes.append(f"it asks to wait {answer.retry_after:.0f} s")
    return kind(
        answer.message + (f" ({'; '.join(notes)})" if notes else ""),
        endpoint=endpoint.name,
        window=window,
        status=answer.status,
        request_id=answer.request_id,
        advice=answer.advice or _advice(kind, endpoint),
    )


def outcome_unknown(endpoint: Endpoint, answer: Answer, window: str, check: str) -> WriteOutcomeUnknown:
    """The error for a write that may have been done.

    Args:
        endpoint: What was asked.
        answer: What came of it.
        window: What it was for, in words.
        check: Where to look; a sentence.
    """
    return WriteOutcomeUnknown(
        f"{answer.message}; it is unknown whether Gong did it",
        endpoint=endpoint.name,
        window=window,
        status=answer.status,
        request_id=answer.request_id,
        advice=check or None,
    )


def duplicate_error(
    endpoint: Endpoint, answer: Answer, key: str, sent: Mapping[str, Any], lost: bool
) -> GongDuplicateError | None:
    """The error for a write that Gong recognised by its id, or None if the answer says something else.

    Args:
        endpoint: What was asked.
        answer: What came.
        key: The id that Gong recognises.
        sent: The fields of the request, the id's among them.
        lost: Whether the answer to an earlier attempt was lost.
    """
    conflict = answer.status == 409 and endpoint.repeat_is_409
    told = answer.status in (400, 409) and DUPLICATE.search(answer.message)
    if not conflict and not (told and _is_of_the_key(answer.message, key, sent)):
        return None
    error = GongDuplicateError(
        answer.message,
        endpoint=endpoint.name,
        status=answer.status,
        request_id=answer.request_id,
        advice=LOST_BEFORE if lost else None,
    )
    error.after_lost_answer = lost
    makes_calls = "callId" in endpoint.tells  # a refusal of anything else may name a call that it is about
    ids = set(CALL_NAMED.findall(_without(key, answer.message))) if makes_calls else set()
    error.existing_id = ids.pop() if len(ids) == 1 else None
    return error


def _is_of_the_key(message: str, key: str, sent: Mapping[str, Any]) -> bool:
    """Whether a refusal of what is there already is for the id: other fields may have to be used once too."""
    own = [name for name, value in sent.items() if value == key]
    rest = _without(key, message)
    if any(_names(rest, name) for name in own):
        return True
    if any(_names(rest, name) for name in sent):
        return False
    return rest != message or not MEDIA.search(message)


def _without(key: str, message: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(key)}(?!\w)", "", message)


def _names(message: str, field: str) -> bool:
    """Whether a message names a field, however it spells it: clientUniqueId, client_unique_id, client unique id."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", field).split()
    return bool(re.search(rf"\b{'[_ -]?'.join(map(re.escape, words))}\b", message, re.IGNORECASE))


def redirect_error(
    endpoint: Endpoint, answer: Answer, window: str, kind: type[GongRedirectError] = GongRedirectError
) -> GongRedirectError:
    """The error for a redirect; it names the host to configure.

    Args:
        endpoint: What was asked.
        answer: A 3xx.
        window: What was asked for, in words.
        kind: Of the error, where more than this one answer decides it.
    """
    target = _origin(answer.location)
    error = kind(
        "Gong redirects to another address, and credentials are not sent on",
        endpoint=endpoint.name,
        window=window,
        status=answer.status,
        request_id=answer.request_id,
        advice=f"If {target} is your tenant's API base URL (Gong's API settings page shows it), set "
        "sources.gong.base_url to it."
        if target
        else "Set sources.gong.base_url to the tenant's own API base URL, as Gong's API settings page shows it.",
    )
    error.target = target
    return error


def _origin(location: str) -> str:
    """Scheme and host of an address; empty where it names none."""
    try:
        target = urlsplit(location)
    except ValueError:
        return ""
    host = target.netloc.rpartition("@")[2]
    return f"{target.scheme or 'https'}://{host}" if HOST.fullmatch(host) else ""


def _kind(answer: Answer) -> type[GongRequestError]:
    status = answer.status
    if status is None:
        return GongConnectionError
    if answer.is_redirect:
        return GongRedirectError
    if answer.expires_cursor:
        return GongCursorExpired
    if answer.lacks_scope:
        return GongForbiddenError
    if status == 401:
        return GongAuthError
    if status < 400:
        return GongProtocolError
    if status == 404:
        return GongNotFoundError
    return GongServerError if is_transient(status) else GongBadRequestError


def _advice(kind: type[GongRequestError], endpoint: Endpoint) -> str | None:
    """What to do; None where the class's own advice is as good."""
    if kind is GongForbiddenError:
        scope = f"the scope {endpoint.scope}" if endpoint.scope else "the scope that the message or Gong's help names"
        loaded = endpoint.reads and endpoint.list_key
        or_else = ", or, in a sync, leave the resource out (--resources, or .with_resources(...))" if loaded else ""
        return (
            f"The key needs {scope} and must be used from a trusted IP address; grant it in Gong{or_else}. "
            "Some endpoints answer so to a wrong key too: gong-source check tells."
        )
    if kind is GongBadRequestError and not endpoint.reads:
        return "Nothing was done. Put right what Gong names, then send it again."
    return None
