"""What an HTTP answer means in Gong's terms: a payload, an empty list, or which error."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

from gong_source.api.endpoints import CURSOR_EXPIRED_TEXT, DUPLICATE_TEXT, Endpoint
from gong_source.api.retry import parse_retry_after
from gong_source.api.transport import Received
from gong_source.errors import (
    GongAuthError,
    GongBadRequestError,
    GongConnectionError,
    GongCursorExpired,
    GongDuplicateError,
    GongForbiddenError,
    GongNotFoundError,
    GongRedirectError,
    GongRequestError,
    GongServerError,
    WriteOutcomeUnknown,
)

NO_PERMISSION = re.compile(r"permission to use", re.IGNORECASE)
DUPLICATE = re.compile(DUPLICATE_TEXT, re.IGNORECASE)
LONGEST_MESSAGE = 400


@dataclass(frozen=True)
class Answer:
    """An exchange, understood.

    Attributes:
        status: HTTP status, or None where no complete JSON answer arrived.
        payload: The JSON object of a success; None for everything else.
        message: Gong's own words, or what broke off.
        request_id: Gong's request id, or None.
        retry_after: Seconds to wait, from a 429.
        location: Where a redirect points.
        sent: Whether the request may have reached Gong at all.
    """

    status: int | None
    payload: dict[str, Any] | None = None
    message: str = ""
    request_id: str | None = None
    retry_after: float | None = None
    location: str = ""
    sent: bool = True

    @property
    def may_have_acted(self) -> bool:
        """Whether a write may have been done although there is no success: a lost answer or a server error."""
        return self.sent and (self.status is None or self.status >= 500)

    @property
    def is_redirect(self) -> bool:
        """Whether the host sent us elsewhere."""
        return self.status is not None and 300 <= self.status < 400


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


def read_answer(endpoint: Endpoint, received: Received, decode: Decode = decode_object) -> Answer:
    """Understand what came back.

    A 2xx whose body is not a JSON object counts as no answer, like a cut one, so that it is asked for again; only a 204
    has none to give.

    Args:
        endpoint: What was asked.
        received: What came.
        decode: Makes an object of the body of a success.
    """
    if received.status is None:
        return Answer(None, message=received.problem, sent=received.sent)
    if received.status == 204:
        return Answer(204, {})
    succeeded = 200 <= received.status < 300
    content = (decode if succeeded else decode_object)(received.body)
    request_id = content.get("requestId") if content else None
    if succeeded:
        if content is None:
            return Answer(None, message=f"the answer is not a JSON object ({len(received.body)} bytes)")
        return Answer(received.status, content, request_id=request_id)
    message = _message(content)
    if received.status == 404 and endpoint.empty_404 and re.search(endpoint.empty_404, message, re.IGNORECASE):
        return Answer(404, {endpoint.list_key: [], "requestId": request_id}, message, request_id)
    return Answer(
        received.status,
        None,
        message,
        request_id,
        parse_retry_after(received.headers.get("Retry-After")),
        received.headers.get("Location", ""),
    )


def error_for(endpoint: Endpoint, answer: Answer, window: str, attempts: int) -> GongRequestError:
    """The error for an answer that is no success and is not asked for again.

    Args:
        endpoint: What was asked.
        answer: What came.
        window: What was asked for, in words.
        attempts: How often it was sent.
    """
    kind, advice = _kind(endpoint, answer)
    tries = f" (after {attempts} attempts)" if attempts > 1 else ""
    return kind(
        f"{answer.message}{tries}",
        endpoint=endpoint.name,
        window=window,
        status=answer.status,
        request_id=answer.request_id,
        advice=advice,
    )


def is_refused_token(answer: Answer) -> bool:
    """Whether Gong refused the credentials as such, so that nothing was acted upon and another token may do.

    Args:
        answer: What came.
    """
    return answer.status == 401 and not NO_PERMISSION.search(answer.message)


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


def duplicate_error(endpoint: Endpoint, answer: Answer, key: str) -> GongDuplicateError | None:
    """The error for a write that Gong recognised by its id, or None if the answer says something else.

    Args:
        endpoint: What was asked.
        answer: What came.
        key: The id that Gong recognises.
    """
    conflict = answer.status == 409 and endpoint.repeat_is_409
    if not conflict and not (answer.status in (400, 409) and DUPLICATE.search(answer.message)):
        return None
    error = GongDuplicateError(
        answer.message, endpoint=endpoint.name, status=answer.status, request_id=answer.request_id
    )
    ids = set(re.findall(r"(?<!\d)\d{12,20}(?!\d)", answer.message.replace(key, "")))
    error.existing_id = ids.pop() if len(ids) == 1 else None
    return error


def redirect_error(endpoint: Endpoint, answer: Answer, window: str) -> GongRedirectError:
    """The error for a redirect; it names the host to configure.

    Args:
        endpoint: What was asked.
        answer: A 3xx.
        window: What was asked for, in words.
    """
    target = urlsplit(answer.location)
    origin = f"{target.scheme}://{target.netloc}" if target.netloc else "the tenant's own API base URL"
    error = GongRedirectError(
        "Gong redirects to another address, and credentials are not sent on",
        endpoint=endpoint.name,
        window=window,
        status=answer.status,
        request_id=answer.request_id,
        advice=f"If {origin} is your tenant's API base URL (Gong's API settings page shows it), set "
        "sources.gong.base_url to it.",
    )
    error.target = origin if target.netloc else ""
    return error


def _kind(endpoint: Endpoint, answer: Answer) -> tuple[type[GongRequestError], str | None]:
    """Error class and, where the class's own is not enough, the advice."""
    status = answer.status
    if status is None:
        return GongConnectionError, None
    # the status of a missing scope is not known for sure: 401 was seen too, so the text decides
    if status == 403 or NO_PERMISSION.search(answer.message):
        scope = f"the scope {endpoint.scope}" if endpoint.scope else "the scope that the message or Gong's help names"
        or_else = (
            ", or leave the resource out (--resources, or .with_resources(...))"
            if endpoint.reads and endpoint.list_key
            else ""
        )
        return GongForbiddenError, (
            f"The key needs {scope} and must be used from a trusted IP address; grant it in Gong{or_else}."
        )
    if status == 401:
        return GongAuthError, None
    if CURSOR_EXPIRED_TEXT in answer.message.lower():
        return GongCursorExpired, None
    if status == 404:
        return GongNotFoundError, None
    if status >= 500:
        return GongServerError, None
    return GongBadRequestError, None


def _message(content: dict[str, Any] | None) -> str:
    errors = content.get("errors") if content else None
    text = "; ".join(map(str, errors)) if isinstance(errors, list) else str(errors or "")
    return text[:LONGEST_MESSAGE] or "no message from Gong"
