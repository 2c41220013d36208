"""One request until there is an answer to rely on: signed, paced, counted, and repeated where that is right."""

from __future__ import annotations

import logging
import math
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from gong_source.api.answers import Answer, read_answer
from gong_source.api.auth import GongAuth, TokenStore, make_auth
from gong_source.api.connections import SENDING
from gong_source.api.limits import quota_of
from gong_source.api.multipart import Multipart
from gong_source.api.order import Order
from gong_source.api.patience import OnWait
from gong_source.api.refusals import duplicate_error, error_for, outcome_unknown
from gong_source.api.retry import Attempt, Wait, decide
from gong_source.api.standing import Failure, Standing
from gong_source.api.transport import make_session, send
from gong_source.api.walk import JsonDict
from gong_source.config import GongSettings
from gong_source.errors import GongDuplicateError, GongError, GongQuotaExceeded, WriteOutcomeUnknown
from gong_source.wording import redacted

logger = logging.getLogger("gong_source.api")

ALONE_SECONDS = 0.5
"""How long others wait for the very first answer, which tells whether the host is there and takes the key. A refusal
comes at once; a page takes longer than that, and would have the rate go unused."""

NOT_AGAIN = "It was not sent again, because a call may cost credits; send it again if that is all right."


@dataclass
class _Course:
    """How the attempts at one order went so far.

    Attributes:
        number: Of the attempt to come, 429s not counted.
        limited: Since when it gets nothing but 429, of the monotonic clock; infinite where it does not.
        since: When it first failed in another way.
        renewed: Whether the token was renewed for it.
        lost: The last attempt after which a write may have been done.
    """

    number: int = 1
    limited: float = math.inf
    since: float | None = None
    renewed: bool = False
    lost: Answer | None = None

    def failed(self, order: Order, answer: Answer, standing: Standing) -> Attempt:
        """Take note of a failed attempt; what the decision about the next one needs.

        Tries to connect are counted over all orders: what keeps one from the host keeps all. So is the time for which
        Gong answers nothing but 429, unless it does so to this order while it answers others.
        """
        now = time.monotonic()
        if order.writes and answer.may_have_acted:
            self.lost = answer
        if answer.status == 429:
            self.limited = min(self.limited, now)
        else:
            self.limited = math.inf
            self.since = now if self.since is None else self.since
        limited = max(0.0, now - min(self.limited, standing.limited))
        failing = 0.0 if self.since is None else now - self.since
        number = self.number if answer.sent else max(standing.rounds, 1)
        return Attempt(number, answer.status, answer.retry_after, limited, failing, order.safe, answer.sent)


class Exchange:
    """Sends requests to one Gong tenant. For several threads.

    Attributes:
        settings: The resolved settings.
        requests: Requests sent so far, by endpoint, retries included.
        latency: Recent seconds per request, smoothed.
        quota: Pacing and daily budget of the host, shared by all who use the same key.
        on_wait: Is told of each wait before a repeat, also of a file or of new tokens, and of each pause because of
            Gong's rate limit; None for nobody.
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
        self.on_wait: OnWait | None = None
        self._lock = threading.Lock()
        self._door = threading.Lock()
        self._standing = Standing()
        self._under_way: Order | None = None
        self._written: Order | None = None
        self._auth = make_auth(settings, token_store, self.tell_of_wait)
        self._session = make_session(self._auth)
        parts = urlsplit(self.base_url)
        self.quota = quota_of(f"{parts.scheme}://{parts.netloc}", self._auth.identity)

    @property
    def base_url(self) -> str:
        """Where requests go: the address that came with OAuth tokens, or else the configured one."""
        return self._auth.base_url or self.settings.base_url

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def fulfil(self, order: Order) -> JsonDict:
        """Send until there is an answer to rely on.

        A write of which one attempt may have been done stays of unknown outcome, whatever a later attempt says, but for
        a success or for being recognised as done.

        Args:
            order: What to send.

        Raises:
            WriteOutcomeUnknown: A write may have been done, and was not sent again.
            GongDuplicateError: Gong knows the ``dedupe_key`` already.
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: Everything else that kept the answer from coming, by kind.
        """
        course = _Course()
        try:
            return self._persist(order, course)
        except GongDuplicateError:
            raise
        except GongError as error:
            if course.lost is None:
                raise
            raise outcome_unknown(order.endpoint, course.lost, order.window, order.check) from error

    def cut_off(self, why: str) -> WriteOutcomeUnknown | None:
        """The error for the write that was sent last, where the process ends before anybody hears what came of it.

        Args:
            why: What ends it.

        Returns:
            None where Gong has done nothing.
        """
        order = self._under_way if self._under_way and SENDING.begun else self._written
        if order is None:
            return None
        return outcome_unknown(order.endpoint, Answer(None, message=why), order.window, order.check)

    def _persist(self, order: Order, course: _Course) -> JsonDict:
        settings = self.settings
        while True:
            with self._first_alone():
                self._standing.admit(order.endpoint)
                auth = self._auth.current()
                answer = self._attempt(order, auth)
                if answer.payload is not None:
                    return answer.payload
                if answer.refuses_key:
                    if not course.renewed and self._auth.renew(auth):
                        course.renewed = True
                        continue
                    raise self._standing.refused(Failure(order.endpoint, answer, order.window, course.number))
                decision = decide(
                    course.failed(order, answer, self._standing),
                    patience=settings.retry_patience,
                    max_wait=settings.max_retry_wait,
                    jitter=random.random(),  # noqa: S311  # spreads waits, guards nothing
                )
                if not isinstance(decision, Wait):
                    raise self._failure(order, answer, course, used_up=decision.quota)
                if not answer.sent:
                    self._standing.rest(decision.seconds)  # of everybody, before the next try
            course.number += answer.status != 429
            self._wait(order, answer, decision)

    @contextmanager
    def _first_alone(self) -> Iterator[None]:
        """One request at a time while it is not known that the host is there and takes the key."""
        alone = not self._standing.is_known and self._door.acquire(timeout=ALONE_SECONDS)
        try:
            yield
        finally:
            if alone:
                self._door.release()

    def _attempt(self, order: Order, auth: GongAuth) -> Answer:
        settings = self.settings
        self.quota.pacer.wait(settings.pace, settings.max_retry_wait, self._tell_of_pause)
        self._standing.admit(order.endpoint)  # again: who waited for its turn may have been overtaken by a refusal
        self.quota.budget.spend(settings.daily_budget)
        with self._lock:
            self.requests[order.endpoint.name] += 1
        began = time.monotonic()
        self._under_way = order if order.writes else None
        received = send(
            self._session,
            order.endpoint.method,
            self.base_url + order.path,
            params=order.params,
            body=order.body,
            timeouts=(settings.connect_timeout, settings.read_timeout),
            auth=auth,
        )
        seconds = time.monotonic() - began
        if not isinstance(order.body, Multipart):
            with self._lock:
                self.latency = seconds if not self.latency else 0.7 * self.latency + 0.3 * seconds
        answer = read_answer(order.endpoint, received, order.decode, auth.discreet)
        if order.writes and (answer.payload is not None or answer.may_have_acted):
            self._written = order
        self._under_way = None
        self._standing.heard(order.endpoint, answer, began)
        window = f" [{redacted(order.window)}]" if order.window else ""
        logger.info("%s%s: %s in %.2f s", order.endpoint.name, window, answer.status or answer.message, seconds)
        return answer

    def _wait(self, order: Order, answer: Answer, decision: Wait) -> None:
        why = (
            "Gong's rate limit" if answer.status == 429 else f"{order.endpoint.name}: {answer.status or answer.message}"
        )
        logger.info("waiting %.1f s: %s", decision.seconds, why)
        if decision.everybody:
            self._standing.pauses(decision.seconds)
            self.quota.pacer.pause(decision.seconds)  # who starts next tells of it
            return
        self.tell_of_wait(decision.seconds, why)
        if answer.sent:
            time.sleep(decision.seconds)

    def tell_of_wait(self, seconds: float, why: str) -> None:
        """Tell whoever wants to know of a wait before it begins.

        Args:
            seconds: How long.
            why: What happened, in words.
        """
        if self.on_wait is not None:
            self.on_wait(seconds, why)

    def _tell_of_pause(self, seconds: float) -> None:
        self.tell_of_wait(seconds, "Gong's rate limit")

    def _failure(self, order: Order, answer: Answer, course: _Course, used_up: bool) -> GongError:
        attempts = course.number
        if answer.is_redirect:
            return self._standing.redirected(Failure(order.endpoint, answer, order.window, attempts))
        if used_up:
            return self._quota_error(order, answer)
        if order.dedupe_key is not None:
            lost = course.lost is not None
            if known := duplicate_error(order.endpoint, answer, order.dedupe_key, order.fields, lost):
                return known
        if not answer.sent:
            return self._standing.unreached(Failure(order.endpoint, answer, order.window, attempts))
        if order.costs and answer.may_have_acted:
            answer = replace(answer, advice=NOT_AGAIN)
        return error_for(order.endpoint, answer, order.window, attempts)

    def _quota_error(self, order: Order, answer: Answer) -> GongQuotaExceeded:
        asked, most = answer.retry_after, self.settings.max_retry_wait
        wait = f"asks to wait {asked:.0f} s" if asked and asked > most else "keeps answering 429"
        identity = f" (request id {answer.request_id})" if answer.request_id else ""
        return GongQuotaExceeded(
            f"{order.endpoint.name}: Gong {wait}, sources.gong.max_retry_wait allows {most:.0f} s{identity}",
            asked or None,
        )
