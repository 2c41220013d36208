"""Everything that can be read of Gong is a stream, a method of the client or an action, or is left out for a reason."""

import importlib
import pkgutil
import re
from typing import Any

from gong_source import actions
from gong_source.api import endpoints
from gong_source.api.endpoints import GET_CALL, GET_USER, Endpoint
from gong_source.streams.table import StreamTable

LEFT_OUT = {
    "GET /v2/entities/ask-entity": "each answer costs paid credits",
    "GET /v2/entities/get-brief": "each answer costs paid credits",
    "POST /v2/stats/activity/aggregate": "the same counters as aggregate-by-period, without the days",
    "POST /v2/users/extensive": "the same users as GET /v2/users",
    "GET /v2/crm/entities": "what was uploaded, by ids that are known already: Gong means it for development",
}
CLIENT = {GET_CALL.name, GET_USER.name}
"""Methods of the client for one record; its lists are streams."""


def acted() -> set[str]:
    """The endpoints of all actions."""
    modules = [
        importlib.import_module(f"{actions.__name__}.{each.name}") for each in pkgutil.iter_modules(actions.__path__)
    ]
    found = [getattr(value, "action", None) for module in modules for value in vars(module).values()]
    return {each.endpoint.name for each in found if each}


def test_every_read_operation_can_be_had(document: dict[str, Any]):
    specified = {
        f"{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}"
        for path, methods in document["paths"].items()
        for method in methods
    }
    known = [one for one in vars(endpoints).values() if isinstance(one, Endpoint)]
    reads = {one.name for one in known if one.reads} & specified
    assert {name for name in specified if name.startswith("GET")} <= reads
    streamed = {stream.endpoint.name for stream in StreamTable().read}
    assert reads - streamed - acted() - CLIENT == set(LEFT_OUT)
    assert not {one.name for one in known if one.paid} & streamed, "a sync spends no credits"
