"""Finding and erasing what refers to a person."""

from __future__ import annotations

from collections.abc import Callable

from gong_source.sandbox import checks
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route

READ, DELETE = ("api:data-privacy:read",), ("api:data-privacy:delete",)


def find_email(context: Context, request: Request) -> Json:
    """Find the calls that an outsider took part in."""
    wanted = checks.required(request.query, "emailAddress")
    if any(user["emailAddress"] == wanted for user in context.world.users.values()):
        raise bad_request("emailAddress: belongs to an internal user")
    return {**_found(context, "emailAddress", wanted), "customerEngagement": []}


def find_phone(context: Context, request: Request) -> Json:
    """Find the calls that somebody with a phone number took part in."""
    wanted = _phone(request)
    return {
        **_found(context, "phoneNumber", wanted, _digits),
        "suppliedPhoneNumber": wanted,
        "matchingPhoneNumbers": [wanted],
        "emailAddresses": [],
    }


def erase_email(context: Context, request: Request) -> Json:
    """Note that an address is to be erased."""
    context.world.written.erased.append(("email", checks.required(request.query, "emailAddress")))
    return {}


def erase_phone(context: Context, request: Request) -> Json:
    """Note that a number is to be erased."""
    context.world.written.erased.append(("phone", _phone(request)))
    return {}


def _phone(request: Request) -> str:
    number = checks.required(request.query, "phoneNumber")
    if not number.startswith("+"):
        raise bad_request("phoneNumber: must start with +")
    return number


def _digits(number: str) -> str:
    return "".join(filter(str.isdecimal, number))


def _found(context: Context, field: str, wanted: str, form: Callable[[str], str] = str) -> Json:
    """What has a participant whose field has the same form as what is wanted."""
    calls = [
        {"id": call.id, "status": "COMPLETED", "externalSystems": []}
        for call in context.world.calls.values()
        if any(
            form(party.get(field) or "") == form(wanted)
            for party in call.data_at(context.clock.now()).get("parties") or ()
        )
    ]
    return {"emails": [], "calls": calls, "meetings": [], "customerData": []}


ROUTES = (
    Route("GET", "/v2/data-privacy/data-for-email-address", find_email, READ),
    Route("GET", "/v2/data-privacy/data-for-phone-number", find_phone, READ),
    Route("POST", "/v2/data-privacy/erase-data-for-email-address", erase_email, DELETE),
    Route("POST", "/v2/data-privacy/erase-data-for-phone-number", erase_phone, DELETE),
)
