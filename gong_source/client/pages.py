"""Any read: one request, a page walk, all records of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gong_source.client.exchange import Exchange, Order, path_of
from gong_source.client.walk import JsonDict, Page, page_of
from gong_source.endpoints import Cursor, Endpoint
from gong_source.errors import GongCursorExpired, GongProtocolError


class Walks(Exchange):
    """Reads endpoints and walks their pages."""

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
            path: Values for the ``{}`` places of the path; percent-encoded here.
            params: Query parameters.
            body: JSON body.
            window: What is asked for, in words, for error messages.

        Returns:
            The answer; for an empty 404 of a filtered list, an object with an empty list.

        Raises:
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: Everything else that kept the answer from coming, by kind.
        """
        return self._fulfil(Order(endpoint, path_of(endpoint, path), params, body, window))

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
            page, cursor = page_of(endpoint, payload, window)
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
