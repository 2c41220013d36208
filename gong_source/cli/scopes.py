"""Which scopes resources and actions need."""

from __future__ import annotations

from collections.abc import Iterable

from gong_source.actions import calls, crm, engagement, flows, integrations, meetings, permissions, privacy, tasks
from gong_source.api.endpoints import Endpoint
from gong_source.cli.build import actions_of
from gong_source.errors import GongConfigError
from gong_source.streams.table import StreamTable

MODULES = (calls, meetings, engagement, privacy, tasks, flows, crm, permissions, integrations)


def needs() -> dict[str, tuple[Endpoint, ...]]:
    """The endpoints that each resource, each action and each group of actions uses.

    A group has the name of its module, but for ``calls``, which is a resource: its actions go by their own names.
    """
    found: dict[str, tuple[Endpoint, ...]] = {}
    for module in MODULES:
        each = {function.__name__: (function.action.endpoint,) for function in actions_of(module)}  # type: ignore[attr-defined]
        found[module.__name__.rpartition(".")[2]] = tuple(endpoint for (endpoint,) in each.values())
        found |= each
    return found | {stream.name: stream.endpoints for stream in StreamTable().read}


def scopes_for(names: Iterable[str]) -> list[str]:
    """The scopes that resources and actions need, sorted.

    Args:
        names: Of resources, actions or groups of actions; all resources where there are none.

    Raises:
        GongConfigError: A name is unknown.
    """
    known = needs()
    chosen = [name.replace("-", "_") for name in names] or [stream.name for stream in StreamTable().read]
    if unknown := [name for name in chosen if name not in known]:
        raise GongConfigError(f"There is no {', '.join(unknown)} to log in for; there are {', '.join(sorted(known))}.")
    return sorted({endpoint.scope for name in chosen for endpoint in known[name] if endpoint.scope})
