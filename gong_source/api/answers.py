"""What an HTTP answer means in Gong's terms: a payload, an empty list, or a refusal and its words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gong_source.api.decode import Decode, decode_object
from gong_source.api.endpoints import CURSOR_EXPIRED_TEXT, Endpoint
from gong_source.api.retry import is_transient, wait_asked
from gong_source.api.transport import Received
from gong_source.api.words import message_of
from gong_source.wording import SHOWN, shortened

NO_PERMISSION = re.compile(r"permission to use", re.IGNORECASE)
LONGEST_MESSAGE = 400
REDIRECTS = (301, 302, 303, 307, 308)

UNTOLD = (303, 499)
"""To a write: what came of it is to be seen elsewhere, or a proxy went before the server answered."""

ENVELOPE = {"requestId", "errors", "records"}


@dataclass(frozen=True)
class Answer:
    """An exchange, understood.

    Attributes:
        status: HTTP status, or None where no complete JSON answer arrived.
        payload: The JSON object of a success; None for everything else.
        message: Gong's own words, or what broke off.
        request_id: Gong's request id, or None.
        retry_after: Seconds to wait, where the server asked for it.
        location: Where a redirect points.
        advice: What to do, where Gong or the network says it; else empty.
        sent: Whether the request may have reached Gong at all.
    """

    status: int | None
    payload: dict[str, Any] | None = None
    message: str = ""
    request_id: str | None = None
    retry_after: float | None = None
    location: str = ""
    advice: str = ""
    sent: bool = True

    @property
    def may_have_acted(self) -> bool:
        """Whether a write may have been done although there is no success: a lost or odd answer, or a server error."""
        odd = self.status is None or self.status in UNTOLD or (self.status < 400 and not self.is_redirect)
        return self.sent and (odd or is_transient(self.status or 0))

    @property
    def refuses_key(self) -> bool:
        """Whether Gong refused the credentials as such, so that nothing was acted upon and another token may do."""
        return self.status == 401 and not self.lacks_scope and not self.expires_cursor

    @property
    def lacks_scope(self) -> bool:
        """Whether Gong takes the key, but not for this: 401 was seen beside 403, so the text decides too."""
        says_so = self.status is not None and bool(NO_PERMISSION.search(self.message))
        return says_so or (self.status == 403 and not self.expires_cursor)

    @property
    def expires_cursor(self) -> bool:
        """Whether the cursor is too old: the text alone tells, whatever status comes with it, 401 or 403 too."""
        return self.status is not None and CURSOR_EXPIRED_TEXT in self.message.lower()

    @property
    def is_redirect(self) -> bool:
        """Whether the host sent us elsewhere."""
        return self.status in REDIRECTS


def read_answer(
    endpoint: Endpoint, received: Received, decode: Decode = decode_object, discreet: Callable[[str], str] = str
) -> Answer:
    """Understand what came back.

    A 2xx whose body is not a JSON object counts as no answer, like a cut one, so that it is asked for again; only a 204
    has none to give. So does one that does not tell what came of a write. One that has errors in place of what was
    asked for is a refusal, whatever its status, and an empty list is no more than none; beside a list they stay in the
    answer, in words. A write that has errors is none that was done.

    Args:
        endpoint: What was asked.
        received: What came.
        decode: Makes an object of the body of a success.
        discreet: Takes secrets out of the words of a refusal.
    """
    if received.status is None:
        return Answer(None, message=received.problem, advice=received.advice, sent=received.sent)
    succeeded = 200 <= received.status < 300
    content = {} if received.status == 204 else (decode if succeeded else decode_object)(received.body)
    request_id = _request_id(content, discreet)
    if succeeded and not (content and content.get("errors")):
        if lacking := _lacking(endpoint, content, len(received.body)):
            return Answer(None, message=f"the answer {lacking}", request_id=request_id)
        return Answer(received.status, content, request_id=request_id)
    message = shortened(discreet(message_of(content, received) + _beside(endpoint, content)), LONGEST_MESSAGE)
    if succeeded and endpoint.reads and content and not _holds_nothing(content):
        told = {**content, "errors": [message]} if endpoint.list_key_in(content) in content else content
        return Answer(received.status, told, request_id=request_id)
    if (succeeded or received.status == 404) and _tells_of_nothing(endpoint, message):
        nothing: dict[str, Any] = {endpoint.list_key: [], "records": {"totalRecords": 0}, "requestId": request_id}
        return Answer(received.status, nothing, message, request_id)
    return Answer(
        received.status,
        None,
        message,
        request_id,
        wait_asked(received.headers),
        received.headers.get("Location", ""),
        shortened(discreet(_remedy(content)), LONGEST_MESSAGE),
    )


def _lacking(endpoint: Endpoint, content: dict[str, Any] | None, size: int) -> str:
    """What keeps the content of a 2xx from being an answer; empty for nothing."""
    if content is None:
        return f"is not a JSON object ({size} bytes)"
    told = not endpoint.tells or any(_tells(key, content.get(key)) for key in endpoint.tells)
    return "" if told else f"has no {' or '.join(endpoint.tells)}"


def _tells(key: str, value: Any) -> bool:
    """Whether a value can be what a write made: an id, an object, or a list, which may be empty."""
    if key.lower().endswith("id"):
        return bool(value.strip()) if isinstance(value, str) else type(value) is int and value > 0
    return isinstance(value, list) or (isinstance(value, dict) and bool(value))


def _beside(endpoint: Endpoint, content: dict[str, Any] | None) -> str:
    """The id of what a write made although it has errors, so that it can be looked at."""
    ids = {key: (content or {}).get(key) for key in endpoint.tells}
    named = [f"{key} {value}" for key, value in ids.items() if value and isinstance(value, (str, int))]
    return f" (and yet {', '.join(named)})" if named else ""


def _holds_nothing(content: dict[str, Any]) -> bool:
    return all(value is None or value == [] for name, value in content.items() if name not in ENVELOPE)


def _tells_of_nothing(endpoint: Endpoint, message: str) -> bool:
    return bool(endpoint.empty_404 and re.search(endpoint.empty_404, message, re.IGNORECASE))


def _remedy(content: dict[str, Any] | None) -> str:
    """Where Gong sends the user to put things right."""
    places = (
        [content, *(content.get("errors") or [])] if content and isinstance(content.get("errors"), list) else [content]
    )
    urls = [
        place[key] for place in places if isinstance(place, dict) for key in ("fixUrl", "helpUrl") if place.get(key)
    ]
    return f"Gong's page about it: {urls[0]}." if urls and str(urls[0]).startswith("https://") else ""


def _request_id(content: dict[str, Any] | None, discreet: Callable[[str], str]) -> str | None:
    told = (content or {}).get("requestId")
    return None if told is None else shortened(discreet(str(told)), SHOWN) or None
