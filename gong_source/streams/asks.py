"""The requests that a list takes where it is not asked for once: for each user, in batches of ids, for each CRM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gong_source.api.endpoints import FLOW_BATCH
from gong_source.streams.stream import Ask, Lists
from gong_source.tables.arrow import JsonDict, as_text

_NO_KEY = (None, "")

CRM_OBJECTS = ("ACCOUNT", "CONTACT", "DEAL", "LEAD")
"""Kinds of CRM objects that have a schema (Gong's specification)."""


def for_each_owner(param: str) -> Callable[[Lists], Sequence[Ask]]:
    """One request for each active user, by the address; who has none can't be asked about, and may have one again.

    Args:
        param: Query parameter that takes it.
    """

    def asks(lists: Lists) -> Sequence[Ask]:
        users = {as_text(user["id"]): user.get("emailAddress") for user in _active(lists)}
        nameless = {user for user, address in users.items() if not (isinstance(address, str) and "@" in address)}
        named = {address: user for user, address in users.items() if user not in nameless}  # each address once
        return [
            *(Ask(params={param: address}, key=user) for address, user in named.items()),
            *(Ask(told=f"user {user}", key=user, lacks="the user has no e-mail address") for user in sorted(nameless)),
        ]

    return asks


def for_each_user(**asked: Any) -> Callable[[Lists], Sequence[Ask]]:
    """One request for each active user, by the id.

    Args:
        **asked: What else the filter asks for.
    """

    def asks(lists: Lists) -> Sequence[Ask]:
        ids = [as_text(user["id"]) for user in _active(lists)]
        return [Ask(body={"filter": {"userId": key, **asked}}, key=key) for key in ids]

    return asks


def _active(lists: Lists) -> Iterator[JsonDict]:
    return (user for user in lists("users") if user.get("id") and user.get("active") is not False)


def steps_of_flows(lists: Lists) -> Sequence[Ask]:
    """The steps of all flows, as many flows a request as Gong takes.

    Args:
        lists: Tells the flows.
    """
    flows = list(dict.fromkeys(as_text(flow["id"]) for flow in lists("flows") if flow.get("id")))
    batches = [flows[start : start + FLOW_BATCH] for start in range(0, len(flows), FLOW_BATCH)]
    return [
        Ask(
            body={"flowIds": batch},
            told=f"{len(batch)} flows",
            singly=[Ask(body={"flowIds": [flow]}, told=f"flow {flow}", key=flow) for flow in batch],
        )
        for batch in batches
    ]


def each_step(flow: JsonDict) -> Iterator[Any]:
    """The steps of a flow, each with a key of its own; what is none comes as it is.

    Args:
        flow: An item of POST flows/steps.
    """
    flow_id = flow.get("id")
    for step in _items(flow.get("steps")):
        if not isinstance(step, dict):
            yield step
            continue
        named = flow_id not in _NO_KEY and step.get("id") not in _NO_KEY
        own = {"flowId": flow_id, "flowDescription": flow.get("description")}
        yield {**step, **own, "key": f"{as_text(flow_id)} {as_text(step['id'])}" if named else None}


def schemas_of_crms(lists: Lists) -> Sequence[Ask]:
    """The fields of each kind of object of each registered CRM.

    Args:
        lists: Tells the CRMs.
    """
    return [
        Ask(params={"integrationId": as_text(crm["integrationId"]), "objectType": kind}, beside={"of": crm})
        for crm in lists("crm_integrations")
        if crm.get("integrationId")
        for kind in CRM_OBJECTS
    ]


def each_field(schema: JsonDict) -> Iterator[Any]:
    """The fields in a schema, each with a key of its own; what is none comes as it is.

    Args:
        schema: Fields by kind of object, and the CRM under ``of``.
    """
    crm = as_text(schema["of"]["integrationId"])
    for kind, fields in schema.items():
        for field in _items(fields) if kind != "of" else ():
            if not isinstance(field, dict):
                yield field
                continue
            name = field.get("uniqueName") or field.get("name")  # the specification has both
            own = {"integrationId": crm, "objectType": kind, "uniqueName": name}
            yield {**field, **own, "id": f"{crm} {kind} {as_text(name)}" if name else None}


def _items(listed: Any) -> list[Any]:
    """What a list holds; what stands in its place is told of like an odd item of it, and not taken for nothing."""
    if listed is None or isinstance(listed, list):
        return listed or []
    return [as_text(listed)]
