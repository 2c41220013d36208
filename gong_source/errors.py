"""Everything that can go wrong, as one tree.

::

    GongError
    ├── GongConfigError          a setting or credential is missing or wrong (exit code 2)
    ├── GongArgumentError        an argument is missing or wrong; nothing was done (exit code 2)
    ├── GongQuotaExceeded        the quota is used up: run the same command later (exit code 75)
    │   └── GongPlannedStop          the bound that the run itself was given is reached
    ├── GongLockedError          another run of the same pipeline is going on (exit code 73)
    ├── GongDestinationError     the destination can't hold exact tables or can't be read
    │   └── GongFolderError          nor can the folder of recordings, which costs no other stream its rows
    ├── GongLoadError            the destination refused what a load package brings, or would change it
    ├── GongTooManyDeletions     a reconcile would remove more than it may without being told
    ├── GongTooManyRejected      more records of a stream can't be loaded than may be set aside
    └── GongRequestError         one request failed; carries endpoint, window, status, request id
        ├── GongAuthError        401: the credentials or the base URL are wrong
        │   └── GongKeyRefusedError  two endpoints in a row refused the key: every request would be
        ├── GongForbiddenError   403: a scope, licence or trusted IP is missing
        ├── GongNotFoundError    404 that does not mean "nothing matched"
        ├── GongBadRequestError  every other 4xx
        │   ├── GongCursorExpired    the page cursor outlived its hour
        │   └── GongDuplicateError   what was to be written is there already; carries its id where Gong tells it
        ├── GongRedirectError    an endpoint answered with a redirect to another address
        │   └── GongMovedError       two endpoints in a row redirect: every request would be redirected
        ├── GongServerError      5xx, 408 or 425 for longer than retry_patience
        ├── GongConnectionError  no complete answer, time and again
        │   └── GongUnreachableError  two endpoints in a row got no connection: the host can't be reached
        ├── WriteOutcomeUnknown  a write may or may not have been done; it was not sent again
        └── GongProtocolError    an answer that breaks Gong's own rules (cursor repeats, list missing)
"""

from __future__ import annotations

from gong_source.wording import redacted

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_LOCKED = 73  # EX_CANTCREAT of sysexits.h: another run holds the lock
EXIT_QUOTA = 75  # EX_TEMPFAIL of sysexits.h: the same command later goes on where this one stopped


class GongError(Exception):
    """Base class of every error that this package raises on purpose.

    Attributes:
        exit_code: Of a command that it ends.
        ends_run: Whether every other stream would run into it as well.
    """

    exit_code = EXIT_FAILED
    ends_run = False

    def __init__(self, message: str) -> None:
        """Leave out secrets and addresses, whoever wrote them: Gong, a database, or the user as an argument.

        Args:
            message: What happened and what can be done.
        """
        super().__init__(redacted(message))

    def __reduce__(self) -> tuple[object, ...]:  # pickled as it is: made anew, it would compose its message once more
        return Exception.__new__, (type(self), *self.args), vars(self)


class GongConfigError(GongError, ValueError):
    """A setting or credential is missing, half given or not allowed."""

    exit_code = EXIT_USAGE
    ends_run = True


class GongArgumentError(GongError, ValueError):
    """An argument of an action or a read is missing, unknown or not what Gong accepts. Nothing was done."""

    exit_code = EXIT_USAGE


class GongQuotaExceeded(GongError):
    """The request quota is used up, or Gong asks for a longer wait than the configured cap.

    Attributes:
        retry_after: Seconds until Gong accepts requests again, where it said so.
    """

    exit_code = EXIT_QUOTA
    ends_run = True

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Keep the wait beside the message.

        Args:
            reason: What used the quota up.
            retry_after: Seconds Gong asked to wait, if it did.
        """
        self.retry_after = retry_after
        super().__init__(f"Gong quota used up: {reason}. Nothing is lost; resume with the same command.")


class GongPlannedStop(GongQuotaExceeded):
    """The run was told to make no more requests than it has made. What is begun is finished, by each stream."""

    ends_run = False

    def __init__(self, made: int, allowed: int) -> None:
        """Say how many.

        Args:
            made: Requests sent by this run.
            allowed: Requests after which it was to begin nothing more.
        """
        GongError.__init__(
            self, f"{made:,} requests made, {allowed:,} were allowed to this run; the same command goes on from here."
        )
        self.retry_after = None


class GongLockedError(GongError):
    """Another run of the same pipeline is going on; nothing was sent or changed."""

    exit_code = EXIT_LOCKED


class GongDestinationError(GongError):
    """The destination can't be read, or would silently append where rows must be merged."""

    ends_run = True


class GongFolderError(GongDestinationError):
    """The folder or bucket of recordings is not here, or can't be read or written."""

    ends_run = False


class GongLoadError(GongError):
    """The destination refused what a load package brings, or would change it by a column's type.

    Its own words, if there are any, are the cause of this: they quote rows.
    """


class GongTooManyDeletions(GongError):
    """A reconcile found more calls or transcripts gone than its guard allows; none of them was taken away."""


class GongTooManyRejected(GongError):
    """More records of a stream can't be loaded than ``max_rejected_share`` allows; the rest of it is not read."""


class GongRequestError(GongError):
    """One request to Gong failed for good.

    Attributes:
        endpoint: Method and path, such as ``POST /v2/calls/extensive``.
        window: The date range or ids the request was for, in words.
        status: HTTP status, or None when there was no answer.
        request_id: Gong's own id of the request, to quote to its support.
        message: Gong's words, or what was wrong with the answer.
    """

    advice = "Run the same command again; if it fails again, give Gong's support the request id."

    def __init__(
        self,
        message: str,
        *,
        endpoint: str,
        window: str = "",
        status: int | None = None,
        request_id: str | None = None,
        advice: str | None = None,
    ) -> None:
        """Compose one sentence for what happened, where, and what to do.

        Args:
            message: Gong's message, or what was wrong with the answer.
            endpoint: Method and path.
            window: The date range or ids asked for; empty where there is none.
            status: HTTP status, or None.
            request_id: Gong's request id, or None.
            advice: What the user can do; the class's own advice when None.
        """
        self.endpoint = endpoint
        self.window = window
        self.status = status
        self.request_id = request_id
        self.message = redacted(message)
        where = f"{endpoint} [{window}]" if window else endpoint
        outcome = f"HTTP {status}: {message}" if status is not None else message
        identity = f" (request id {request_id})" if request_id else ""
        super().__init__(f"{where}: {outcome}{identity}. {advice or self.advice}")


class GongAuthError(GongRequestError):
    """401: bad key, revoked token or the wrong base URL."""

    advice = (
        "Check the access key and its secret (or the token), and that sources.gong.base_url is the tenant's own API "
        "base URL as Gong's API settings page shows it: the general host refuses the keys of some tenants."
    )


class GongKeyRefusedError(GongAuthError):
    """Two endpoints in a row refused the key, and none took it since: every other request would be refused too."""

    ends_run = True


class GongForbiddenError(GongRequestError):
    """403: a missing scope or licence, or an address outside of the key's trusted IPs."""


class GongNotFoundError(GongRequestError):
    """404 with a text other than "nothing matched"."""

    advice = "Check sources.gong.base_url, and that the id asked for still exists in Gong."


class GongBadRequestError(GongRequestError):
    """A 4xx that tells of a request Gong does not accept."""

    advice = "The request was not accepted as sent; check the dates, ids and workspace ids in the configuration."


class GongCursorExpired(GongBadRequestError):
    """The page cursor is older than Gong keeps it (about an hour after the first page)."""

    advice = "Use a smaller sources.gong.chunk_days, so that a window is read within the hour."


class GongDuplicateError(GongBadRequestError):
    """Gong has this already: the id that names it was used before.

    Attributes:
        existing_id: Gong's id of the call that is there, where its message names one; else None.
        after_lost_answer: Whether it may be there because an earlier attempt of this same request came through.
    """

    advice = "Nothing was written now. Use another id if this is something new."
    existing_id: str | None = None
    after_lost_answer: bool = False


class GongRedirectError(GongRequestError):
    """An endpoint redirects elsewhere; credentials are never sent on to another host.

    Attributes:
        target: Scheme and host that it points to; empty where it names none.
    """

    target: str = ""


class GongMovedError(GongRedirectError):
    """Two endpoints in a row redirect, and none answered since: the base URL is not the tenant's."""

    ends_run = True


class GongServerError(GongRequestError):
    """A 5xx, 408 or 425 that outlasted ``retry_patience``."""

    advice = "Run the same command again later; if it fails again, give Gong's support the request id."


class GongConnectionError(GongRequestError):
    """No complete answer from this endpoint, time and again: refused, dropped, cut, not JSON or timed out."""

    advice = "Check the network and sources.gong.base_url, then run the same command again."


class GongUnreachableError(GongConnectionError):
    """Two endpoints in a row got no connection, and nothing was answered since: the host can't be reached at all."""

    ends_run = True


class WriteOutcomeUnknown(GongRequestError):
    """A write may have reached Gong, and no answer says whether it was done, or one that has errors besides.

    It was not sent again.
    """

    advice = "Look in Gong whether it was done before you send it again."


class GongProtocolError(GongRequestError):
    """The answer breaks the rules of the API, and going on could lose or double rows."""
