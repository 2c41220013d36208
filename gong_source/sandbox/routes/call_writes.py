"""Creating calls, uploading their media, and access to calls."""

from __future__ import annotations

import hashlib

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, flag, json_object, list_of, one_of, text
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.multipart import read_file
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import CONTEXT, between, instant, number, short, some, stamp

CREATE_SCOPE = "api:calls:create"
MOST_MEDIA_BYTES = 1_500_000_000
PARTY = Shape(
    {
        "phoneNumber": text,
        "emailAddress": text,
        "name": text,
        "partyId": text,
        "mediaChannelId": between(0, 1),
        "context": CONTEXT,
        "userId": text,
    }
)
SEGMENT = Shape({"fromTime": instant, "toTime": instant, "partyIds": list_of(text)}, ("fromTime", "toTime", "partyIds"))
CALL = Shape(
    {
        "clientUniqueId": short(2048),
        "title": text,
        "purpose": short(255),
        "scheduledStart": stamp,
        "scheduledEnd": stamp,
        "actualStart": stamp,
        "duration": number,
        "parties": some(PARTY),
        "direction": one_of(("Inbound", "Outbound", "Conference", "Unknown")),
        "disposition": short(255),
        "context": CONTEXT,
        "customData": text,
        "speakersTimeline": Shape({"precise": flag, "speechSegments": list_of(SEGMENT)}),
        "meetingUrl": text,
        "callProviderCode": text,
        "downloadMediaUrl": text,
        "workspaceId": text,
        "languageCode": text,
        "flowContext": Shape({"taskId": text}),
        "primaryUser": text,
    },
    ("clientUniqueId", "actualStart", "parties", "direction", "primaryUser"),
)
ACCESS = Shape(
    {
        "callAccessList": some(
            Shape({"callId": text, "userIds": checks.ids}, ("callId", "userIds")),
        )
    }
)
QUESTION = Shape({"filter": Shape({"callIds": checks.distinct(some(text))}, ("callIds",))}, ("filter",))


def create_call(context: Context, request: Request) -> Json:
    """Create a call, which no list shows: it has no processed media."""
    body = CALL(json_object(request))
    written = context.world.written
    if body["primaryUser"] not in context.world.users:
        raise bad_request("primaryUser: no such user")
    if all(party.get("userId") != body["primaryUser"] for party in body["parties"]):
        raise bad_request("parties: a party must be provided for the primary user")
    if body.get("workspaceId") not in (None, *context.world.workspaces):
        raise bad_request("workspaceId: no such workspace")
    if "speakersTimeline" in body and any("mediaChannelId" in party for party in body["parties"]):
        raise bad_request("speakersTimeline: must not be sent where a party has a mediaChannelId")
    for call_id, known in written.calls.items():
        if known["clientUniqueId"] == body["clientUniqueId"]:
            raise bad_request(f"Call with clientUniqueId {body['clientUniqueId']} already exists, call ID {call_id}")
        if (url := body.get("downloadMediaUrl")) and url == known.get("downloadMediaUrl"):
            raise bad_request("downloadMediaUrl: must be unique")
    call_id = written.new_id()
    written.calls[call_id] = body
    return {"callId": call_id}


def add_media(context: Context, request: Request) -> Json:
    """Take the media of a created call, once, unless they are downloaded."""
    call_id = context.parameters["id"]
    written = context.world.written
    if call_id not in written.calls:
        raise bad_request(f"Call ID {call_id} was not found")
    if written.calls[call_id].get("downloadMediaUrl"):
        raise bad_request("The media of this call are downloaded from its downloadMediaUrl")
    part = read_file(request, "mediaFile")
    if len(part.content) > MOST_MEDIA_BYTES:
        raise bad_request("mediaFile: too large")
    if call_id in written.media:
        raise bad_request("Media was already uploaded for this call")
    written.media[call_id] = {
        "size": len(part.content),
        "sha256": hashlib.sha256(part.content).hexdigest(),
        "filename": part.filename,
        "contentType": part.content_type,
    }
    return {"callId": call_id, "url": f"https://app.gong.invalid/call?id={call_id}"}


def grant_access(context: Context, request: Request) -> Json:
    """Give users access to calls."""
    for entry in ACCESS(json_object(request)).get("callAccessList", []):
        users = context.world.written.access.setdefault(_known_call(context, entry["callId"]), [])
        users.extend(user for user in entry["userIds"] if user not in users)
    return {}


def revoke_access(context: Context, request: Request) -> Json:
    """Take access back."""
    for entry in ACCESS(json_object(request)).get("callAccessList", []):
        users = context.world.written.access.get(_known_call(context, entry["callId"]), [])
        users[:] = [user for user in users if user not in entry["userIds"]]
    return {}


def list_access(context: Context, request: Request) -> Json:
    """Tell who was given access."""
    wanted = QUESTION(json_object(request))["filter"]["callIds"]
    given = context.world.written.access
    return {
        "callAccessList": [
            {"callId": call, "users": [{"userId": user} for user in given[call]]} for call in wanted if given.get(call)
        ]
    }


def _known_call(context: Context, call_id: str) -> str:
    if call_id not in context.world.calls and call_id not in context.world.written.calls:
        raise ApiError(400, f"Call ID {call_id} was not found")
    return call_id


ROUTES = (
    Route("POST", "/v2/calls", create_call, (CREATE_SCOPE,)),
    Route("PUT", "/v2/calls/{id}/media", add_media, (CREATE_SCOPE,), status=201),
    Route("PUT", "/v2/calls/users-access", grant_access, ("api:call-user-access:write",)),
    Route("DELETE", "/v2/calls/users-access", revoke_access, ("api:call-user-access:write",)),
    Route("POST", "/v2/calls/users-access", list_access, ("api:call-user-access:read",), "callAccessList"),
)
