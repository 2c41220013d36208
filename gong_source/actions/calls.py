"""Calls: create them, add their media, and say who may hear them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from gong_source.actions.media import media_part
from gong_source.actions.model import GongId, GongIds, Id, Least, Most, Time, action, body_of, checked
from gong_source.actions.records import CallAccess, CrmContext, FlowContext, Party, SpeakersTimeline
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.errors import GongArgumentError, GongDuplicateError

Direction = Literal["Inbound", "Outbound", "Conference", "Unknown"]


@action(at.CREATE_CALL)
def create_call(
    client: GongClient,
    *,
    client_unique_id: Annotated[Id, Most(2048)],
    actual_start: Time,
    parties: Annotated[Sequence[Party], Least(1)],
    direction: Direction,
    primary_user: GongId,
    title: str | None = None,
    purpose: Annotated[str, Most(255)] | None = None,
    scheduled_start: Time | None = None,
    scheduled_end: Time | None = None,
    duration: float | None = None,
    disposition: Annotated[str, Most(255)] | None = None,
    context: Sequence[CrmContext] | None = None,
    custom_data: str | None = None,
    speakers_timeline: SpeakersTimeline | None = None,
    meeting_url: str | None = None,
    call_provider_code: str | None = None,
    download_media_url: str | None = None,
    workspace_id: GongId | None = None,
    language_code: str | None = None,
    flow_context: FlowContext | None = None,
) -> JsonDict:
    """Create a call. Its media follows by add_call_media, or Gong fetches it from download_media_url.

    POST /v2/calls, scope api:calls:create. A repeat is safe: Gong recognises client_unique_id, so a lost answer is
    asked for again. Gong shows the call once its media is processed; audio of less than about a minute is dropped.

    Args:
        client: A client.
        client_unique_id: Your id of the recording; a call with the same one is never created again.
        actual_start: When the call began.
        parties: Who took part; one of them is the host, with the user_id that primary_user names.
        direction: Who called whom.
        primary_user: Gong's user id of the host, who must be recorded in Gong.
        title: Title of the call.
        purpose: What it was for.
        scheduled_start: When it should have begun.
        scheduled_end: When it should have ended.
        duration: Length in seconds; Gong measures it anew.
        disposition: What came of it.
        context: Objects of the CRM that it belongs to.
        custom_data: Any text to keep with it.
        speakers_timeline: Who spoke when, in milliseconds; not together with media_channel_id of a party.
        meeting_url: Where participants joined.
        call_provider_code: Gong's code of the telephony or conferencing system.
        download_media_url: Where Gong can fetch the media: at most 1.5 GB, never used before.
        workspace_id: Where to put it; Gong decides by default.
        language_code: Language to transcribe, such as en-US; Gong detects it by default.
        flow_context: The task of a flow that it belongs to.

    Returns:
        ``callId`` and ``requestId``. Where an answer was lost and Gong, asked again, names the call that it has, that
        call's id with ``"recognised": true``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: There is a call with this client_unique_id; its id is in ``existing_id``.
        WriteOutcomeUnknown: No answer came, time and again. Call it again with the same arguments.
        GongRequestError: Gong refused; nothing was created.
        GongQuotaExceeded: The quota is used up.
    """
    body = body_of(create_call, locals())
    if not any(party.get("userId") == body["primaryUser"] for party in body["parties"]):
        raise GongArgumentError("parties must have one with the user_id that primary_user names.")
    if speakers_timeline is not None and any("mediaChannelId" in party for party in body["parties"]):
        raise GongArgumentError("speakers_timeline and media_channel_id of a party exclude each other.")
    try:
        return client.write(
            at.CREATE_CALL,
            body=body,
            dedupe_key=client_unique_id,
            check="Call create_call again with the same client_unique_id: Gong creates no second call for it.",
        )
    except GongDuplicateError as error:
        if error.after_lost_answer and error.existing_id:
            return {"requestId": error.request_id, "callId": error.existing_id, "recognised": True}
        raise


@action(at.ADD_MEDIA)
def add_call_media(client: GongClient, call_id: GongId, file: Path | str, *, media_type: str | None = None) -> JsonDict:
    """Upload the recording of a call that create_call made, streamed from disk.

    PUT /v2/calls/{id}/media, scope api:calls:create. A repeat is not safe, so the file is sent once; Gong refuses the
    same media a second time. Accepted is not processed: Gong drops too short or duplicate media later without an error.

    Args:
        client: A client.
        call_id: Gong's id of the call.
        file: WAV, MP3, MP4, MKV, WebM, FLAC or Ogg, of 1.5 GB at most.
        media_type: Media type such as audio/mpeg; told by the first bytes of the file by default.

    Returns:
        ``callId``, ``requestId`` and the ``url`` of the call in Gong.

    Raises:
        GongArgumentError: The file is missing, empty, too large or no media, so that nothing was sent; or it changed
            while it was sent, so that it did not come whole.
        WriteOutcomeUnknown: The connection broke off, or Gong failed. See in Gong whether the call has its media.
        GongRequestError: Gong refused it, for instance because the call has media already.
        GongQuotaExceeded: The quota is used up.
    """
    path = [checked(add_call_media, "call_id", call_id)]
    if media_type is not None:
        checked(add_call_media, "media_type", media_type)
    part = media_part(file, media_type)
    return client.write(
        at.ADD_MEDIA,
        path=path,
        files=[part],
        window=f"call {call_id}",
        check="See in Gong whether the call has its media; Gong refuses the same media twice.",
    )


@action(at.CALL_ACCESS)
def list_call_access(client: GongClient, *, call_ids: GongIds) -> JsonDict:
    """Who was given access to calls through the API; other ways to access are not listed.

    POST /v2/calls/users-access, scope api:call-user-access:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        call_ids: Gong's ids of the calls.

    Returns:
        ``callAccessList`` of ``callId`` and ``users``.

    Raises:
        GongArgumentError: There are no ids; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.CALL_ACCESS, body={"filter": body_of(list_call_access, locals())})


@action(at.GRANT_ACCESS)
def grant_call_access(client: GongClient, *, call_access_list: Annotated[Sequence[CallAccess], Least(1)]) -> JsonDict:
    """Give users access to calls. Those who have it already keep it.

    PUT /v2/calls/users-access, scope api:call-user-access:write. Sent once; if you repeat it, nothing more happens.

    Args:
        client: A client.
        call_access_list: Calls, each with the ids of users.

    Returns:
        ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may have been done. It does no harm to call it again.
        GongRequestError: Gong refused.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.GRANT_ACCESS,
        body=body_of(grant_call_access, locals()),
        check="Look with list_call_access; granting access that is there already changes nothing.",
    )


@action(at.REVOKE_ACCESS)
def revoke_call_access(client: GongClient, *, call_access_list: Annotated[Sequence[CallAccess], Least(1)]) -> JsonDict:
    """Take access back that was given through the API. Access that users have otherwise stays.

    DELETE /v2/calls/users-access, scope api:call-user-access:write. Sent once; if you repeat it, nothing more happens.

    Args:
        client: A client.
        call_access_list: Calls, each with the ids of users.

    Returns:
        ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may have been done. It does no harm to call it again.
        GongRequestError: Gong refused.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.REVOKE_ACCESS,
        body=body_of(revoke_call_access, locals()),
        check="Look with list_call_access; revoking access that is gone already changes nothing.",
    )
