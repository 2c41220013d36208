"""GongClient: what users hold in their hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from gong_source.api import reads
from gong_source.api.auth import TokenStore
from gong_source.api.decode import Decode, decode_object
from gong_source.api.endpoints import Endpoint
from gong_source.api.exchange import Exchange
from gong_source.api.limits import Quota
from gong_source.api.multipart import FilePart, Multipart
from gong_source.api.order import Order, path_of
from gong_source.api.raw import raw_order
from gong_source.api.walk import JsonDict, Page, PageWalk
from gong_source.config import GongSettings, load_settings


class GongClient:
    """Talks to one Gong tenant. Use it as a context manager, or call :meth:`close` when done.

    Attributes:
        settings: The resolved settings.
        exchange: Sends its requests; its ``on_wait`` is told of waits.
    """

    get_call = reads.get_call
    list_calls = reads.list_calls
    get_transcripts = reads.get_transcripts
    get_user = reads.get_user
    list_users = reads.list_users
    list_workspaces = reads.list_workspaces
    list_library_folders = reads.list_library_folders
    list_folder_calls = reads.list_folder_calls
    list_logs = reads.list_logs

    def __init__(self, settings: GongSettings, token_store: TokenStore | None = None) -> None:
        """Send nothing yet.

        Args:
            settings: Resolved, as :func:`gong_source.config.load_settings` gives them.
            token_store: Where OAuth tokens are kept, in place of the configured one.

        Raises:
            GongConfigError: OAuth is configured by client, and nobody has logged in yet.
        """
        self.settings = settings
        self.exchange = Exchange(settings, token_store)

    @classmethod
    def from_config(cls, *, token_store: TokenStore | None = None, **overrides: Any) -> GongClient:
        """A client with the settings that a sync would use.

        Args:
            token_store: Where OAuth tokens are kept, in place of the configured one.
            **overrides: Fields of :class:`~gong_source.config.GongSettings`.

        Raises:
            GongConfigError: A setting is missing or not allowed.
        """
        return cls(load_settings(**overrides), token_store)

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
        self.exchange.close()

    @property
    def base_url(self) -> str:
        """Where requests go: the address that came with OAuth tokens, or else the configured one."""
        return self.exchange.base_url

    @property
    def requests(self) -> Counter[str]:
        """Requests sent so far, by endpoint, retries included."""
        return self.exchange.requests

    @property
    def latency(self) -> float:
        """Recent seconds per request, smoothed."""
        return self.exchange.latency

    @property
    def quota(self) -> Quota:
        """Pacing and daily budget, shared by all who use the same key."""
        return self.exchange.quota

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
            GongUnreachableError: The host can't be reached.
            GongKeyRefusedError: The key is wrong.
            GongRequestError: Everything else that kept the answer from coming, by kind.
        """
        return self.exchange.fulfil(Order(endpoint, path_of(endpoint, path), params, body, window, decode=decode))

    def pages(
        self,
        endpoint: Endpoint,
        *,
        path: Sequence[str] = (),
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        window: str = "",
        decode: Decode = decode_object,
        keep_others: bool = False,
    ) -> Iterator[Page]:
        """Walk all pages of a list, restarting once where the walk can't be trusted.

        An expired cursor, or a list that shrank under the walk (so that a record may have slipped from a page not yet
        read to one already read), starts the walk again from page one: records come again then, and the caller
        keeps one of each by its key.

        Args:
            endpoint: A list endpoint.
            path: As in :meth:`request`.
            params: Query parameters, resent unchanged with each cursor.
            body: JSON body, resent unchanged with each cursor.
            window: What is asked for, in words.
            decode: Makes an object of the bytes of a page.
            keep_others: Whether what is no object among the records comes as ``others`` of its page, and is no error.

        Returns:
            Pages, also empty ones; each is asked for when it is taken, and raises:

            - GongProtocolError: A cursor repeats, a page number does not grow, or the list is missing.
            - GongCursorExpired: Twice in one walk.
            - GongRequestError: A page could not be read.
            - GongQuotaExceeded: See :meth:`request`.
        """

        def ask(query: Mapping[str, Any], sent: Mapping[str, Any] | None) -> JsonDict:
            return self.request(endpoint, path=path, params=query, body=sent, window=window, decode=decode)

        return PageWalk(endpoint, params or {}, body, window, ask, keep_others)

    def records(self, endpoint: Endpoint, *, params: Mapping[str, Any] | None = None) -> list[JsonDict]:
        """All records of a list, read to its end before anything is returned.

        Args:
            endpoint: A list endpoint.
            params: Query parameters.
        """
        return [record for page in self.pages(endpoint, params=params) for record in page.records]

    def write(
        self,
        endpoint: Endpoint,
        *,
        path: Sequence[str] = (),
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Sequence[FilePart] = (),
        window: str = "",
        dedupe_key: str | None = None,
        check: str = "",
    ) -> JsonDict:
        """Send one write, never so that it could be done twice.

        It is sent again after a 429, a refused connection or a refused OAuth token: nothing was done then. Where Gong
        recognises a repeat by an id, it is also sent again after a server error or a lost answer.

        Args:
            endpoint: What to do.
            path: Values for the ``{}`` places of the path; percent-encoded here.
            params: Query parameters.
            body: JSON body.
            files: Files to stream from disk as a multipart form, in place of a body.
            window: What it is about, in words, for error messages; nothing secret or personal.
            dedupe_key: The id in the request by which Gong recognises a repeat, or None.
            check: What to look at when the outcome is unknown; a sentence.

        Returns:
            Gong's JSON.

        Raises:
            GongArgumentError: A file changed while it was sent, so that it did not come whole.
            WriteOutcomeUnknown: It may have been done, and was not sent again.
            GongDuplicateError: Gong knows the ``dedupe_key`` already.
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: It was not done, by kind.
        """
        content = Multipart(list(files)) if files else body
        where = path_of(endpoint, path)
        return self.exchange.fulfil(Order(endpoint, where, params, content, window, True, dedupe_key, check))

    def raw_request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        files: Mapping[str, Path | str] | None = None,
        reads: bool | None = None,
    ) -> JsonDict:
        """Send any request to Gong's API with the client's credentials, pacing, quota and errors.

        It is sent again after a server error or a lost answer only where it is known to read and to be free. What costs
        paid credits, or is not known, is sent once; so is every write.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: Path below the base URL, such as ``/v2/users``; it can't leave the configured host.
            params: Query parameters.
            json: JSON body.
            files: Files to stream as a multipart form, by the name of the form's field; in place of a body.
            reads: Whether it changes nothing and is free, where that is not known from method and path.

        Returns:
            Gong's JSON; an empty object where Gong answers 204.

        Raises:
            GongArgumentError: Method or path is not allowed, or a file is missing or changed while it was sent.
            WriteOutcomeUnknown: A write may have been done, and was not sent again.
            GongRequestError: Any other failure, by kind.
            GongQuotaExceeded: The quota is used up.
        """
        return self.exchange.fulfil(raw_order(method, path, params, json, files, reads))
