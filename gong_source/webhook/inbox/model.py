"""What goes into the inbox and comes out of it."""

from __future__ import annotations

from dataclasses import dataclass

from gong_source.errors import GongError


class InboxError(GongError):
    """The inbox can't be opened, read or written; what was not stored was not acknowledged."""


@dataclass(frozen=True)
class Received:
    """An event on its way into the inbox.

    Attributes:
        body_sha256: Identifies the delivery.
        call_id: The call.
        received_at: When its request began, in microseconds since 1970.
        body: As received.
    """

    body_sha256: str
    call_id: str
    received_at: int
    body: bytes


@dataclass(frozen=True)
class Pending:
    """The latest pending event of a call.

    Attributes:
        seq: Its number.
        call_id: The call.
        received_at: When its request began, in microseconds since 1970.
        body: As received.
        load_id: Load package that carried it already, if it is not known how that ended; else empty.
        outdone: Whether a later event of the call was loaded before.
    """

    seq: int
    call_id: str
    received_at: int
    body: bytes
    load_id: str
    outdone: bool
