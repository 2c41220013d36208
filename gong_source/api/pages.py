"""Any read: one request, a page walk, all records of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gong_source.api.answers import Decode, decode_object
from gong_source.api.endpoints import Endpoint
from gong_source.api.exchange import Exchange, Order, path_of
from gong_source.api.walk import JsonDict, Page, PageWalk


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
        decode: Decode = decode_object,
    ) -> JsonDict:
        """Send one read, again where that may help, and return Gong's JSON.

        Args:
            endpoint: What to ask.
            path: Values for the ``{}`` places of the path; percent-encoded here.
            params: Query parameters.
            body: JSON body.
            window: What is asked for, in words, for error messages.
            decode: Makes an object of the bytes of a success.

        Returns:
            The answer; for an empty 404 of a filtered list, an object with an empty list.

        Raises:
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: Everything else that kept the answer from coming, by kind.
        """
        return self._fulfil(Order(endpoint, path_of(endpoint, path), params, body, window, decode=decode))

    def pages(
        self,
        endpoint: Endpoint,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        window: str = "",
        decode: Decode = decode_object,
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
            decode: Makes an object of the bytes of a page.

        Returns:
            Pages, also empty ones; each is asked for when it is taken, and raises:

            - GongProtocolError: A cursor repeats, a page number does not grow, or the list is missing.
            - GongCursorExpired: Twice in one walk.
            - GongRequestError: A page could not be read.
            - GongQuotaExceeded: See :meth:`request`.
        """

        def ask(query: Mapping[str, Any], sent: Mapping[str, Any] | None) -> JsonDict:
            return self.request(endpoint, params=query, body=sent, window=window, decode=decode)

        return PageWalk(endpoint, params or {}, body, window, ask)

    def records(self, endpoint: Endpoint, *, params: Mapping[str, Any] | None = None) -> list[JsonDict]:
        """All records of a list, read to its end before anything is returned.

        Args:
            endpoint: A list endpoint.
            params: Query parameters.
        """
        return [record for page in self.pages(endpoint, params=params) for record in page.records]
