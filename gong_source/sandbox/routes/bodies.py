"""Shapes that the bodies of several writing endpoints share."""

from __future__ import annotations

from typing import Any

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, json_error, list_of, one_of, text
from gong_source.sandbox.messages import bad_request

SYSTEMS = ("Salesforce", "HubSpot", "MicrosoftDynamic", "Generic")


def number(value: Any, name: str) -> float:
    """Check for a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise json_error(f"{name}: not a number")
    return value


def between(low: int, high: int) -> checks.Check:
    """Make a check for a whole number in [low, high]."""

    def check(value: Any, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise json_error(f"{name}: not a whole number")
        if not low <= value <= high:
            raise json_error(f"{name}: not between {low} and {high}")
        return value

    return check


whole = between(-(2**31), 2**31 - 1)
"""A check for a whole number of 32 bits."""

instant = between(0, 2**63 - 1)
"""A check for a time from the start of a call."""


def anything(value: Any, name: str) -> Any:
    """Check for nothing."""
    return value


def stamp(value: Any, name: str) -> str:
    """Check for a time stamp, and keep it as it was sent."""
    checks.stamp(value, name)
    return str(value)


def short(most: int) -> checks.Check:
    """Make a check for a text of so many characters at most."""

    def check(value: Any, name: str) -> str:
        if len(text(value, name)) > most:
            raise bad_request(f"{name}: size must be between 0 and {most}")
        return str(value)

    return check


def some(item: checks.Check, most: int | None = None) -> checks.Check:
    """Make a check for a list of at least one such item."""

    def check(value: Any, name: str) -> list[Any]:
        found: list[Any] = list_of(item)(value, name)
        if not found or (most is not None and len(found) > most):
            raise bad_request(f"{name}: must have between 1 and {most or 'many'} elements")
        return found

    return check


FIELD = Shape({"name": text, "value": anything})
OBJECT = Shape(
    {
        "objectType": one_of(("Opportunity", "Account", "Lead", "Contact", "User")),
        "objectId": text,
        "fields": list_of(FIELD),
    },
    ("objectType", "objectId"),
)
CONTEXT = list_of(Shape({"system": one_of(SYSTEMS), "objects": list_of(OBJECT)}, ("system",)))
ACTOR = Shape({"email": text, "name": text, "title": text, "context": CONTEXT})
SHARER = Shape({"id": text, "email": text, "name": text})
PROPERTIES = list_of(
    Shape(
        {"name": text, "value": text, "dataType": one_of(("number", "string", "url", "date"))},
        ("name", "value", "dataType"),
    )
)
CUSTOM_FIELDS = list_of(
    Shape(
        {
            "name": text,
            "value": text,
            "dataType": one_of(("STRING", "NUMBER", "DATE", "URL", "BOOLEAN", "DURATION")),
        },
        ("name", "value"),
    )
)
