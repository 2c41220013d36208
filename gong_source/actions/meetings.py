"""Gong meetings (beta in Gong: refused unless enabled for the company)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from gong_source.actions.model import GongId, Id, Most, Time, action, body_of, checked
from gong_source.actions.records import Invitee
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at


@action(at.CREATE_MEETING)
def create_meeting(
    client: GongClient,
    *,
    start_time: Time,
    end_time: Time,
    invitees: Sequence[Invitee],
    organizer_email: Id,
    title: str | None = None,
    external_id: str | None = None,
    provider: str | None = None,
) -> JsonDict:
    """Create a meeting that Gong records.

    POST /v2/meetings, scope api:meetings:user:create. A repeat is not safe: Gong makes another meeting.

    Args:
        client: A client.
        start_time: When it begins.
        end_time: When it ends.
        invitees: Who is invited, without the organizer.
        organizer_email: Address of the Gong user who organizes it; the user's consent page settings apply.
        title: Title of the meeting.
        external_id: Your id of it.
        provider: Conferencing system such as zoom; the organizer's default otherwise.

    Returns:
        ``meetingId``, ``meetingUrl``, ``additionalInvitees`` and ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: The meeting may have been created. Look in the organizer's calendar.
        GongForbiddenError: The scope or the beta is missing.
        GongRequestError: Gong refused for another reason, such as an unknown organizer.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.CREATE_MEETING,
        body=body_of(create_meeting, locals()),
        check="Look in the organizer's calendar whether the meeting is there before you create it again.",
    )


@action(at.UPDATE_MEETING)
def update_meeting(
    client: GongClient,
    meeting_id: GongId,
    *,
    start_time: Time,
    end_time: Time,
    invitees: Sequence[Invitee],
    organizer_email: Id,
    title: str | None = None,
    external_id: str | None = None,
    provider: str | None = None,
) -> JsonDict:
    """Replace the data of a meeting that create_meeting made.

    PUT /v2/meetings/{meetingId}, scope api:meetings:user:update. Sent once; a repeat of yours leads to the same
    meeting.

    Args:
        client: A client.
        meeting_id: Gong's id of the meeting.
        start_time: When it begins.
        end_time: When it ends.
        invitees: Who is invited, without the organizer.
        organizer_email: Address of the Gong user who organizes it.
        title: Title of the meeting.
        external_id: Your id of it.
        provider: Conferencing system such as zoom; the organizer's default otherwise.

    Returns:
        ``meetingId`` and ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may have been changed. Calling it again with the same arguments is harmless.
        GongNotFoundError: There is no such meeting.
        GongRequestError: Gong refused for another reason.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.UPDATE_MEETING,
        path=[checked(update_meeting, "meeting_id", meeting_id)],
        body=body_of(update_meeting, locals(), "meeting_id"),
        window=f"meeting {meeting_id}",
        check="Update it again with the same arguments; the meeting is the same then.",
    )


@action(at.DELETE_MEETING)
def delete_meeting(client: GongClient, meeting_id: GongId, *, organizer_email: Id) -> JsonDict:
    """Delete a meeting that create_meeting made.

    DELETE /v2/meetings/{meetingId}, scope api:meetings:user:delete. Sent once; when it is gone, a repeat of yours is
    answered by GongNotFoundError.

    Args:
        client: A client.
        meeting_id: Gong's id of the meeting.
        organizer_email: Address of the Gong user who organizes it.

    Returns:
        What Gong answers.

    Raises:
        WriteOutcomeUnknown: It may have been deleted. Calling it again tells: GongNotFoundError if it was.
        GongNotFoundError: There is no such meeting.
        GongRequestError: Gong refused for another reason.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.DELETE_MEETING,
        path=[checked(delete_meeting, "meeting_id", meeting_id)],
        body=body_of(delete_meeting, locals(), "meeting_id"),
        window=f"meeting {meeting_id}",
        check="Delete it again: Gong says that there is no such meeting if it was deleted.",
    )


@action(at.MEETING_STATUS)
def meeting_integration_status(client: GongClient, *, emails: Annotated[Sequence[Id], Most(100)]) -> JsonDict:
    """Whether users can create Gong meetings, and what is missing where they can't.

    POST /v2/meetings/integration/status, scope api:meetings:integration:status. Only reads: a repeat is safe.

    Args:
        client: A client.
        emails: Addresses of Gong users, 100 at most.

    Returns:
        ``users`` of ``email``, ``exists``, ``valid`` and what to show them.

    Raises:
        GongArgumentError: There are too many; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.MEETING_STATUS, body=body_of(meeting_integration_status, locals()))
