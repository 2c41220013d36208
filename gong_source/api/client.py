"""GongClient: what users hold in their hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from gong_source.api.auth import TokenStore
from gong_source.api.endpoints import Endpoint, known
from gong_source.api.exchange import Order, path_of
from gong_source.api.reads import Reads
from gong_source.api.transport import FilePart, Multipart
from gong_source.api.walk import JsonDict
from gong_source.config import load_settings
from gong_source.errors import GongArgumentError

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class GongClient(Reads):
    """Talks to one Gong tenant.

    Use it as a context manager, or call :meth:`close` when done.

    Attributes:
        settings: The resolved settings.
        requests: Requests sent so far, by endpoint, retries included.
        latency: Recent seconds per request, smoothed.
        quota: Pacing and daily budget of the host, shared by all clients of this process.
    """

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
            WriteOutcomeUnknown: It may have been done, and was not sent again.
            GongDuplicateError: Gong knows the ``dedupe_key`` already.
            GongQuotaExceeded: The day's budget is used up, or Gong asks to wait longer than the cap.
            GongRequestError: It was not done, by kind.
        """
        content = Multipart(list(files)) if files else body
        where = path_of(endpoint, path)
        return self._fulfil(Order(endpoint, where, params, content, window, True, dedupe_key, check))

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

        A repeat is safe for what only reads: GET, and the POSTs that are known to read. Everything else is a write,
        sent once.

        Args:
            method: GET, POST, PUT, PATCH or DELETE.
            path: Path below the base URL, such as ``/v2/users``; it can't leave the configured host.
            params: Query parameters.
            json: JSON body.
            files: Files to stream as a multipart form, by the name of the form's field; in place of a body.
            reads: Whether it changes nothing, where that is not known from method and path.

        Returns:
            Gong's JSON; an empty object where Gong answers 204.

        Raises:
            GongArgumentError: Method or path is not allowed, or a file is missing.
            WriteOutcomeUnknown: A write may have been done, and was not sent again.
            GongRequestError: Any other failure, by kind.
            GongQuotaExceeded: The quota is used up.
        """
        verb = method.upper()
        if verb not in METHODS:
            raise GongArgumentError(f"method must be one of {', '.join(METHODS)}.")
        if json is not None and files:
            raise GongArgumentError("A request takes json or files, not both.")
        where = checked_path(path)
        found = known(verb, where)
        if reads is None:
            reads = found.reads if found else verb == "GET"
        endpoint = Endpoint(verb, found.path if found else where, scope=found.scope if found else "")
        body = Multipart([_part(name, Path(file)) for name, file in files.items()]) if files else json
        return self._fulfil(Order(endpoint, where, params, body, writes=not reads))


def checked_path(path: str) -> str:
    """A path that stays on the host it is put behind.

    Args:
        path: As given.

    Raises:
        GongArgumentError: It is no path, or could lead elsewhere.
    """
    plain = path
    for _ in range(3):
        plain = unquote(plain)
    parts = plain.replace("\\", "/").split("/")
    wrong = (
        not path.startswith("/")
        or "//" in path
        or any(part in (".", "..") for part in parts)
        or any(mark in path for mark in "\\?#")
        or not plain.isprintable()
        or " " in path
    )
    if wrong:
        raise GongArgumentError(
            "path must be a path on Gong's API such as /v2/users: no scheme or host, no // or .., no query."
        )
    return path


def _part(name: str, file: Path) -> FilePart:
    try:
        size = file.stat().st_size
    except OSError as error:
        raise GongArgumentError(f"{file} can't be read: {error.strerror}.") from error
    if not file.is_file():
        raise GongArgumentError(f"{file} is not a file.")
    if not name.isidentifier():
        raise GongArgumentError(f"{name!r} is no name of a form field.")
    return FilePart(name, file, size, f"{name}{file.suffix if file.suffix[1:].isalnum() else ''}")
