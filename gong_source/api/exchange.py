"""One request until there is an answer to rely on: signed, paced, counted, and repeated where that is right."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from gong_source.api.answers import (
    Answer,
    Decode,
    decode_object,
    duplicate_error,
    error_for,
    is_refused_token,
    outcome_unknown,
    read_answer,
    redirect_error,
)
from gong_source.api.auth import GongAuth, TokenStore, make_auth
from gong_source.api.endpoints import Endpoint
from gong_source.api.limits import quota_of
from gong_source.api.retry import Attempt, Wait, decide
from gong_source.api.transport import Multipart, make_session, send
from gong_source.api.walk import JsonDict
from gong_source.config import GongSettings
from gong_source.errors import GongArgumentError, GongDuplicateError, GongError, GongQuotaExceeded


@dataclass(frozen=True)
class Order:
    """What to send, and what is known about sending it again.

    Attributes:
        endpoint: What to ask.
        path: The path below the base URL.
        params: Query parameters.
        body: JSON, or a multipart form.
        window: What is asked for, in words, for error messages.
        writes: Whether it changes something.
        dedupe_key: The id by which Gong recognises a repeated write; None where it does not.
        check: For a write whose outcome is unknown: where to look.
        decode: Makes an object of the bytes of a success.
    """

    endpoint: Endpoint
    path: str = field(repr=False)
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    body: Any = field(default=None, repr=False)
    window: str = ""
    writes: bool = False
    dedupe_key: str | None = field(default=None, repr=False)
    check: str = ""
    decode: Decode = field(default=decode_object, repr=False)

    @property
    def safe(self) -> bool:
        """Whether sending it again changes nothing."""
        return not self.writes or self.dedupe_key is not None


@dataclass
class _Course:
    """How the attempts at one order went so far.

    Attributes:
        number: Of the attempt to come, 429s not counted.
        waited: Seconds waited on 429s.
        renewed: Whether the token was renewed for it.
        lost: The last attempt after which a write may have been done.
    """

    number: int = 1
    waited: float = 0.0
    renewed: bool = False
    lost: Answer | None = None

    def note(self, answer: Answer, decision: Wait) -> None:
        """Count an attempt that is to be repeated."""
        if answer.status == 429:
            self.waited += max(decision.seconds, 1.0)
        else:
            self.number += 1


def path_of(endpoint: Endpoint, ids: Sequence[str]) -> str:
    """The path of an endpoint with ids in their places, percent-encoded.

    Args:
        endpoint: With ``{}`` in its path for each id.
        ids: The ids.

    Raises:
        GongArgumentError: An id is empty, or would lead to another path.
    """
    if any(str(value).strip(".") == "" for value in ids):
        raise GongArgumentError(f"{endpoint.name}: an id is empty or made of dots.")
    return endpoint.path.format(*(quote(str(value), safe="") for value in ids))


REFUSAL_SECONDS = 30.0
"""How long a key that Gong refused is not sent again; a change of a key takes some minutes to act (reference: 2.2)."""


class Exchange:
    """Sends requests to one Gong tenant; what the client is built on.

    Attributes:
        settings: The resolved settings.
        requests: Requests sent so far, by endpoint, retries included.
        latency: Recent seconds per request, smoothed.
        quota: Pacing and daily budget of the host, shared by all clients of this process.
    """

    def __init__(self, settings: GongSettings, token_store: TokenStore | None = None) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            settings: Resolved, as :func:`gong_source.config.load_settings` gives them.
            token_store: Where OAuth tokens are kept, in place of the configured one.

        Raises:
            GongConfigError: OAuth is configured by client, and nobody has logged in yet.
        """
        self.settings = settings
        self.requests: Counter[str] = Counter()
        self.latency = 0.0
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._known = False
        self._refused: Answer | None = None
        self._refused_until = 0.0
        self._auth = make_auth(settings.credentials, token_store)
        self._session = make_session(self._auth)
        parts = urlsplit(self.base_url)
        self.quota = quota_of(f"{parts.scheme}://{parts.netloc}")

    @property
    def base_url(self) -> str:
        """Where requests go: the address that came with OAuth tokens, or else the configured one."""
        return self._auth.base_url or self.settings.base_url

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _fulfil(self, order: Order) -> JsonDict:
        """Send until there is an answer to rely on.

        A write of which one attempt may have been done stays of unknown outcome, whatever a later attempt says, but for
        a success or for being recognised as done.
        """
        course = _Course()
        try:
            return self._persist(order, course)
        except GongDuplicateError as error:
            error.after_lost_answer = course.lost is not None
            raise
        except GongError as error:
            if course.lost is None:
                raise
            raise outcome_unknown(order.endpoint, course.lost, order.window, order.check) from error

    def _persist(self, order: Order, course: _Course) -> JsonDict:
        settings = self.settings
        while True:
            with self._first_alone():
                self._refuse_again(order)
                auth = self._auth.current()
                answer = self._attempt(order, auth)
                if answer.payload is not None:
                    return answer.payload
                if is_refused_token(answer) and not course.renewed and self._auth.renew(auth):
                    course.renewed = True
                    continue
                if answer.status == 401:
                    self._refused, self._refused_until = answer, time.monotonic() + REFUSAL_SECONDS
            if order.writes and answer.may_have_acted:
                course.lost = answer
            attempt = Attempt(course.number, answer.status, answer.retry_after, course.waited, order.safe, answer.sent)
            decision = decide(
                attempt,
                max_attempts=settings.max_attempts,
                max_wait=settings.max_retry_wait,
                jitter=random.random(),
            )
            if not isinstance(decision, Wait):
                raise self._failure(order, answer, course.number, used_up=decision.quota)
            course.note(answer, decision)
            if decision.everybody:
                self.quota.pacer.pause(decision.seconds)
            else:
                time.sleep(decision.seconds)

    @contextmanager
    def _first_alone(self) -> Iterator[None]:
        """Until Gong took the key once, one request at a time: a wrong key costs one request, however many threads."""
        if self._known:
            yield
            return
        with self._door:
            yield

    def _refuse_again(self, order: Order) -> None:
        """Fail for a key that was refused a moment ago, without a request."""
        if self._refused is not None and time.monotonic() < self._refused_until:
            raise error_for(order.endpoint, self._refused, order.window, 1)

    def _attempt(self, order: Order, auth: GongAuth) -> Answer:
        settings = self.settings
        self.quota.budget.spend(settings.daily_requests)
        self.quota.pacer.wait(settings.requests_per_second)
        with self._lock:
            self.requests[order.endpoint.name] += 1
        began = time.monotonic()
        received = send(
            self._session,
            order.endpoint.method,
            self.base_url + order.path,
            params=order.params,
            body=order.body,
            timeouts=(settings.connect_timeout, settings.read_timeout),
            auth=auth,
        )
        if not isinstance(order.body, Multipart):
            seconds = time.monotonic() - began
            with self._lock:
                self.latency = seconds if not self.latency else 0.7 * self.latency + 0.3 * seconds
        answer = read_answer(order.endpoint, received, order.decode)
        self._known = self._known or answer.status not in (None, 401)
        return answer

    def _failure(self, order: Order, answer: Answer, attempts: int, used_up: bool) -> GongError:
        if answer.is_redirect:
            return redirect_error(order.endpoint, answer, order.window)
        if used_up:
            return self._quota_error(order.endpoint, answer)
        if order.dedupe_key is not None and (known := duplicate_error(order.endpoint, answer, order.dedupe_key)):
            return known
        return error_for(order.endpoint, answer, order.window, attempts)

    def _quota_error(self, endpoint: Endpoint, answer: Answer) -> GongQuotaExceeded:
        wait = f"asks to wait {answer.retry_after:.0f} s" if answer.retry_after is not None else "keeps answering 429"
        return GongQuotaExceeded(
            f"{endpoint.name}: Gong {wait}, sources.gong.max_retry_wait allows {self.settings.max_retry_wait:.0f} s"
            f" (request id {answer.request_id})",
            answer.retry_after,
        )
