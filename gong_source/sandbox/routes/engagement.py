"""Engagement events and digital interactions."""

from __future__ import annotations

from collections.abc import Callable

from gong_source.sandbox.checks import Check, Shape, json_object, list_of, one_of, text
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import ACTOR, CONTEXT, CUSTOM_FIELDS, PROPERTIES, SHARER, stamp, whole

REPORTED = "Event was already reported in the past"
COMMON: dict[str, Check] = {
    **dict.fromkeys(
        (
            "reportingSystem",
            "eventId",
            "contentId",
            "contentUrl",
            "contentTitle",
            "shareId",
            "sharingMessageSubject",
            "sharingMessageBody",
            "workspaceId",
            "actionName",
            "moreInfoUrl",
            "trackingId",
            "mobileAppId",
            "userAgent",
        ),
        text,
    ),
    "eventTimestamp": stamp,
    "sharer": SHARER,
    "crmContext": CONTEXT,
    "contentProperties": PROPERTIES,
    "eventProperties": PROPERTIES,
    "nonCompanyParticipants": list_of(ACTOR),
    "agentPlatform": one_of(("Windows", "Linux", "MacOS", "iOS", "Android")),
}
NEEDED = ("reportingSystem", "eventTimestamp")
CONTENT_NEEDED = (*NEEDED, "contentId", "contentUrl", "contentTitle")
SHARED = Shape({**COMMON, "shareInfoUrl": text, "recipients": list_of(ACTOR)}, CONTENT_NEEDED)
VIEWED = Shape({**COMMON, "viewActionTitle": text, "viewInfoUrl": text, "viewer": ACTOR}, CONTENT_NEEDED)
ACTION = Shape({**COMMON, "eventInfoUrl": text, "actor": ACTOR}, NEEDED)
REFERENCES = list_of(
    Shape(
        {"objectType": one_of(("ACCOUNT", "OPPORTUNITY")), "objectId": text, "systemName": text},
        ("objectType", "objectId"),
    )
)
PERSON = Shape(
    {
        "name": text,
        "email": text,
        "phoneNumber": text,
        "personId": text,
        "personBusinessContext": Shape(
            {"objectType": one_of(("CONTACT", "LEAD")), "objectId": text, "systemName": text},
            ("objectType", "objectId"),
        ),
        "location": Shape({"country": text, "state": text, "region": text, "city": text}),
        "company": Shape({"companyId": text, "name": text, "domain": text, "companyBusinessContexts": REFERENCES}),
        "personCustomFields": CUSTOM_FIELDS,
    }
)
CONTENT = Shape(
    {
        "contentId": text,
        "contentTitle": text,
        "contentLabel": list_of(text),
        "contentUrl": text,
        "contentAdditionalInfoUrl": text,
        "numericContentDetails": Shape(
            {
                "value": whole,
                "rangeFrom": whole,
                "rangeTo": whole,
                "numericType": one_of(("PERCENTAGE", "NPS", "RATING", "OTHER")),
            },
            ("rangeFrom", "rangeTo"),
        ),
        "stepContentDetails": Shape({"value": text, "availableSteps": list_of(text)}, ("value", "availableSteps")),
        "searchObjectDetails": Shape(
            {
                "name": text,
                "objectType": one_of(("VENDOR", "PRODUCT", "CATEGORY")),
                "domain": text,
                "objectId": text,
                "url": text,
            },
            ("name", "objectType", "domain"),
        ),
        "contentCustomFields": CUSTOM_FIELDS,
    },
    ("contentTitle",),
)
INTERACTION = Shape(
    {
        "eventId": text,
        "timestamp": stamp,
        "eventType": text,
        "sourceSystemName": text,
        "sessionId": text,
        "device": one_of(("MOBILE", "PC")),
        "content": CONTENT,
        "person": PERSON,
        "customFields": CUSTOM_FIELDS,
        "trackingId": text,
    },
    ("eventId", "timestamp", "eventType", "content"),
)


def _taker(kind: str, shape: Shape, person: str) -> Callable[[Context, Request], Json]:
    def take(context: Context, request: Request) -> Json:
        body = shape(json_object(request))
        if body.get("trackingId") and body.get(person):
            raise bad_request(f"trackingId: must be null if {person} is sent")
        context.world.written.use(kind, body.get("eventId"), REPORTED)
        context.world.written.events.append({"kind": kind, **body})
        return {}

    take.__doc__ = f"Take an event of the kind {kind}; an id is taken once."
    return take


SCOPES = ("api:engagement-data:write",)
ROUTES = (
    Route("PUT", "/v2/customer-engagement/action", _taker("action", ACTION, "actor"), SCOPES),
    Route("PUT", "/v2/customer-engagement/content/shared", _taker("shared", SHARED, "recipients"), SCOPES),
    Route("PUT", "/v2/customer-engagement/content/viewed", _taker("viewed", VIEWED, "viewer"), SCOPES),
    Route(
        "POST",
        "/v2/digital-interaction",
        _taker("interaction", INTERACTION, "person"),
        ("api:digital-interactions:write",),
    ),
)
