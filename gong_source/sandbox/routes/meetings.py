"""Meetings."""

from __future__ import annotations

from gong_source.sandbox.checks import Shape, json_object, list_of, text
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import stamp

INVITEE = Shape({"email": text, "displayName": text, "firstName": text, "lastName": text})
MEETING = Shape(
    {
        "startTime": stamp,
        "endTime": stamp,
        "title": text,
        "invitees": list_of(INVITEE),
        "externalId": text,
        "provider": text,
        "organizerEmail": text,
    },
    ("startTime", "endTime", "invitees", "organizerEmail"),
)
DELETION = Shape({"organizerEmail": text})
STATUS = Shape({"emails": list_of(text)})
MOST_EMAILS = 100


def create_meeting(context: Context, request: Request) -> Json:
    """Create a meeting; each request makes another one."""
    body = MEETING(json_object(request))
    _check_organizer(context, body["organizerEmail"])
    meeting_id = context.world.written.new_id()
    context.world.written.meetings[meeting_id] = body
    return {
        "meetingId": meeting_id,
        "meetingUrl": f"https://meet.gong.invalid/{meeting_id}",
        "additionalInvitees": [{"email": "assistant@gong.invalid", "displayName": "Assistant"}],
    }


def update_meeting(context: Context, request: Request) -> Json:
    """Replace a meeting."""
    body = MEETING(json_object(request))
    _check_organizer(context, body["organizerEmail"])
    context.world.written.meetings[_known(context)] = body
    return {"meetingId": context.parameters["meetingId"]}


def delete_meeting(context: Context, request: Request) -> Json:
    """Delete a meeting."""
    DELETION(json_object(request))
    del context.world.written.meetings[_known(context)]
    return {}


def integration_status(context: Context, request: Request) -> Json:
    """Tell which users can have meetings."""
    emails = STATUS(json_object(request)).get("emails", [])
    if len(emails) > MOST_EMAILS:
        raise bad_request(f"emails: must not have more than {MOST_EMAILS} elements")
    known = {user["emailAddress"] for user in context.world.users.values()}
    return {"users": [{"email": email, "exists": email in known, "valid": email in known} for email in emails]}


def _known(context: Context) -> str:
    meeting_id = context.parameters["meetingId"]
    if meeting_id not in context.world.written.meetings:
        raise ApiError(404, "No meeting found corresponding to the provided meeting ID")
    return meeting_id


def _check_organizer(context: Context, email: str) -> None:
    if all(user["emailAddress"] != email for user in context.world.users.values()):
        raise ApiError(404, "No Gong user found corresponding to the provided organizer email")


ROUTES = (
    Route("POST", "/v2/meetings", create_meeting, ("api:meetings:user:create",)),
    Route("PUT", "/v2/meetings/{meetingId}", update_meeting, ("api:meetings:user:update",)),
    Route("DELETE", "/v2/meetings/{meetingId}", delete_meeting, ("api:meetings:user:delete",)),
    Route("POST", "/v2/meetings/integration/status", integration_status, ("api:meetings:integration:status",), "users"),
)
