"""The client: one request with its retries, one page walk. Safe to use from several threads at once."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from gong_source.answers import Answer, error_for, read_answer, redirect_error
from gong_source.auth import make_auth
from gong_source.config import GongSettings, load_settings
from gong_source.endpoints import Cursor, Endpoint
from gong_source.errors import GongCursorExpired, GongProtocolError, GongQuotaExceeded
from gong_source.limits import quota_of
from gong_source.retry import Attempt, Wait, decide
from gong_source.transport import make_session, send

JsonDict = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of a walk.

    Attributes:
        records: The records, as Gong sent them.
        number: Gong's page number; from 0.
        total: ``records.totalRecords``, or None. A hint only: it counts calls still in analysis.
    """

    records: list[JsonDict]
    number: int
    total: int | None


class GongClient:
    """Talks to one Gong tenant.

    Use it as a context manager, or call :meth:`close` when done.

    Attributes:
        settings: The resolved settings.
        requests: Requests sent so far, by endpoint, retries included.
        latency: Recent seconds per request, smoothed.
    """

    def __init__(self, settings: GongSettings) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            settings: Resolved, as :func:`gong_source.config.load_settings` gives them.
        """
        self.settings = settings
        self.requests: Counter[str] = Counter()
        self.latency = 0.0
        self._lock = threading.Lock()
        self._session = make_session(make_auth(settings.credentials))
        parts = urlsplit(settings.base_url)
        self.quota = quota_of(f"{parts.scheme}://{parts.netloc}")

    @classmethod
    def from_config(cls, **overrides: Any) -> GongClient:
        """A client with the settings that a sync would use.

        Args:
            **overrides: Fields of :class:`~gong_source.config.GongSettings`.

        Raises:
            GongConfigError: A setting is missing or not allowed.
        """
        return cls(load_settings(**overrides))

    def __enter__(self) -> GongClient:
        """The client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def request(
        self,
        endpoint: Endpoint,
        *,
        path: Sequence[str] = (),
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        window: str = "",
    ) -> JsonDict:
        """Send one read, again where that may help, and return Gong's JSON.

        Args:
            endpoint: What to ask.
            path: Values for the ``{}`` places of the path.
            params: Query parameters.
            body: JSON body.
            window: What is asked for, in words, for error messages.

        Returns:
            The answer; for an empty 404 of a filtered list, an object with an empty list.

        Raises:
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: Everything else that kept the answer from coming, by kind.
        """
        settings = self.settings
        number, waited = 1, 0.0
        while True:
            answer = self._attempt(endpoint, path, params, body)
            if answer.payload is not None:
                return answer.payload
            if answer.is_redirect:
                raise redirect_error(endpoint, answer, window)
            attempt = Attempt(number, answer.status, answer.retry_after, waited)
            decision = decide(
                attempt,
                max_attempts=settings.max_attempts,
                max_wait=settings.max_retry_wait,
                jitter=random.random(),
            )
            if not isinstance(decision, Wait):
                if decision.quota:
                    raise self._quota_error(endpoint, answer)
                raise error_for(endpoint, answer, window, number)
            if answer.status == 429:
                waited += max(decision.seconds, 1.0)
            else:
                number += 1
            if decision.everybody:
                self.quota.pacer.pause(decision.seconds)
            else:
                time.sleep(decision.seconds)

    def pages(
        self,
        endpoint: Endpoint,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        window: str = "",
    ) -> Iterator[Page]:
        """Walk all pages of a list, restarting once where the walk can't be trusted.

        An expired cursor, or a list that shrank under the walk (so that a record may have slipped from a page not yet
        read to one already read), starts the walk again from page one: records come again then, and the caller
        keeps one of each by its key.

        Args:
            endpoint: A list endpoint.
            params: Query parameters, resent unchanged with each cursor.
            body: JSON body, resent unchanged with each cursor.
            window: What is asked for, in words.

        Yields:
            Pages, also empty ones.

        Raises:
            GongProtocolError: A cursor repeats, a page number does not grow, or the list is missing.
            GongCursorExpired: Twice in one walk.
            GongRequestError: A page could not be read.
            GongQuotaExceeded: See :meth:`request`.
        """
        totals: list[int] = []
        try:
            for page in self._walk(endpoint, params or {}, body, window):
                totals.append(page.total if page.total is not None else 0)
                yield page
            if len(totals) < 2 or totals[-1] >= max(totals):
                return
        except GongCursorExpired:
            if not totals:
                raise
        yield from self._walk(endpoint, params or {}, body, window)

    def records(self, endpoint: Endpoint, *, params: Mapping[str, Any] | None = None) -> list[JsonDict]:
        """All records of a list, read to its end before anything is returned.

        Args:
            endpoint: A list endpoint.
            params: Query parameters.
        """
        return [record for page in self.pages(endpoint, params=params) for record in page.records]

    def _walk(
        self, endpoint: Endpoint, params: Mapping[str, Any], body: Mapping[str, Any] | None, window: str
    ) -> Iterator[Page]:
        cursor: str | None = None
        seen: set[str] = set()
        last_number = -1
        while True:
            query, sent = dict(params), dict(body) if body is not None else None
            if cursor is not None and endpoint.cursor is Cursor.BODY:
                sent = {**(sent or {}), "cursor": cursor}
            elif cursor is not None:
                query["cursor"] = cursor
            payload = self.request(endpoint, params=query, body=sent, window=window)
            page, cursor = _page_of(endpoint, payload, window)
            if cursor is not None and (cursor in seen or page.number <= last_number):
                raise GongProtocolError(
                    "the same page came back for a new cursor",
                    endpoint=endpoint.name,
                    window=window,
                    request_id=payload.get("requestId"),
                )
            yield page
            if cursor is None:
                return
            seen.add(cursor)
            last_number = page.number

    def _attempt(
        self,
        endpoint: Endpoint,
        path: Sequence[str],
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
    ) -> Answer:
        settings = self.settings
        self.quota.budget.spend(settings.daily_requests)
        self.quota.pacer.wait(settings.requests_per_second)
        with self._lock:
            self.requests[endpoint.name] += 1
        began = time.monotonic()
        response = send(
            self._session,
            endpoint.method,
            settings.base_url + endpoint.path.format(*path),
            params=params,
            body=body,
            timeouts=(settings.connect_timeout, settings.read_timeout),
        )
        seconds = time.monotonic() - began
        with self._lock:
            self.latency = seconds if not self.latency else 0.7 * self.latency + 0.3 * seconds
        return read_answer(endpoint, response)

    def _quota_error(self, endpoint: Endpoint, answer: Answer) -> GongQuotaExceeded:
        wait = f"asks to wait {answer.retry_after:.0f} s" if answer.retry_after is not None else "keeps answering 429"
        return GongQuotaExceeded(
            f"{endpoint.name}: Gong {wait}, sources.gong.max_retry_wait allows {self.settings.max_retry_wait:.0f} s"
            f" (request id {answer.request_id})",
            answer.retry_after,
        )


def _page_of(endpoint: Endpoint, payload: JsonDict, window: str) -> tuple[Page, str | None]:
    """One page and the cursor of the next, checked.

    A list that is null or absent is empty only where Gong says itself that nothing is there.
    """
    envelope = payload.get("records")
    envelope = envelope if isinstance(envelope, dict) else {}
    records = payload.get(endpoint.list_key)
    if records is None and envelope and not envelope.get("currentPageSize"):
        records = []
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise GongProtocolError(
            f'the answer has no list of objects under "{endpoint.list_key}"',
            endpoint=endpoint.name,
            window=window,
            request_id=payload.get("requestId"),
        )
    number, total, cursor = (envelope.get(key) for key in ("currentPageNumber", "totalRecords", "cursor"))
    page = Page(records, number if isinstance(number, int) else 0, total if isinstance(total, int) else None)
    return page, cursor or None
