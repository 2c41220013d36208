"""The cheapest request for each resource, and what its answer tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from gong_source.api import GongClient, JsonDict, gong_time
from gong_source.api import endpoints as at
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongAuthError, GongForbiddenError, GongRequestError

RECENT = timedelta(days=30)
EVER = "2013-01-01"
"""Before Gong had its first call."""


@dataclass(frozen=True)
class Row:
    """What was found out about a resource.

    Attributes:
        resource: Its name.
        scope: What it needs.
        allowed: Whether the key may read it; None where that could not be found out.
        rows: Rows that Gong counts or sent; None without an answer.
        advice: What to do; empty where nothing is.
    """

    resource: str
    scope: str
    allowed: bool | None
    rows: int | None = None
    advice: str = ""


@dataclass
class Findings:
    """What earlier probes saw and later ones need."""

    call_ids: list[str] = field(default_factory=list)
    workspace_ids: list[str] = field(default_factory=list)
    folder_ids: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Probe:
    """How to try a resource.

    Attributes:
        resource: Its name.
        endpoint: What to ask.
        ask: Query and body, or None where an earlier probe saw nothing to ask about.
        keep: Where ids of the answer go, and under which key they are.
    """

    resource: str
    endpoint: Endpoint
    ask: Callable[[Findings], tuple[JsonDict, JsonDict | None] | None] = lambda _: ({}, None)
    keep: tuple[str, str] | None = None


def period(since: datetime | str) -> JsonDict:
    """A period up to now, as Gong's filters take it.

    Args:
        since: Its start.
    """
    return {"fromDateTime": gong_time(since, "since"), "toDateTime": gong_time(_now(), "now")}


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _recent() -> JsonDict:
    return period(_now() - RECENT)


PROBES = (
    Probe("workspaces", at.WORKSPACES, keep=("workspace_ids", "id")),
    Probe("users", at.USERS),
    Probe("calls_basic", at.LIST_CALLS, lambda _: (_recent(), None), ("call_ids", "id")),
    Probe("calls", at.CALLS_EXTENSIVE, lambda seen: ({}, {"filter": {**_recent(), **_ids(seen)}})),
    Probe("transcripts", at.TRANSCRIPTS, lambda seen: ({}, {"filter": {**_recent(), **_ids(seen)}})),
    Probe("logs", at.LOGS, lambda _: ({"logType": "AccessLog", **period(_now() - timedelta(days=1))}, None)),
    Probe(
        "library_folders",
        at.LIBRARY_FOLDERS,
        lambda seen: (_first("workspaceId", seen.workspace_ids), None),
        ("folder_ids", "id"),
    ),
    Probe(
        "library_folder_calls",
        at.FOLDER_CONTENT,
        lambda seen: (_first("folderId", seen.folder_ids), None) if seen.folder_ids else None,
    ),
    Probe("scorecards", at.SCORECARDS),
    Probe("trackers", at.TRACKERS),
    Probe("call_outcomes", at.CALL_OUTCOMES),
)


def _ids(seen: Findings) -> JsonDict:
    return {"callIds": seen.call_ids[:1]} if seen.call_ids else {}


def _first(name: str, ids: list[str]) -> JsonDict:
    return {name: ids[0]} if ids else {}


def try_all(client: GongClient, names: Iterable[str] = ()) -> list[Row]:
    """Try resources, each with one request.

    Args:
        client: A client whose credentials are known to work.
        names: Of resources; all by default. Those that others need for their ids come with them.
    """
    seen, rows, wanted = Findings(), [], set(names)
    for probe in PROBES:
        if not wanted or probe.resource in wanted or _is_needed(probe, wanted):
            rows.append(try_one(client, probe, seen))
    return rows


def _is_needed(probe: Probe, wanted: set[str]) -> bool:
    library = {"library_folders", "library_folder_calls"}
    return (probe.resource == "workspaces" and bool(wanted & library)) or (
        probe.resource == "library_folders" and "library_folder_calls" in wanted
    )


def try_one(client: GongClient, probe: Probe, seen: Findings) -> Row:
    """Try one resource.

    Args:
        client: A client.
        probe: How.
        seen: What earlier probes saw; what this one sees is added.
    """
    scope = probe.endpoint.scope
    question = probe.ask(seen)
    if question is None:
        return Row(probe.resource, scope, None, None, "No folder to look into; it needs the scope of library_folders.")
    try:
        answer = client.request(probe.endpoint, params=question[0], body=question[1])
    except GongForbiddenError:
        return Row(probe.resource, scope, False, None, f"Grant {scope} to the key (or log in again for it).")
    except GongAuthError:
        return Row(probe.resource, scope, False, None, "Gong refuses the key here; check it and its base URL.")
    except GongRequestError as error:
        return Row(probe.resource, scope, None, None, str(error))
    records = answer.get(probe.endpoint.list_key)
    records = records if isinstance(records, list) else []
    if probe.keep:
        name, key = probe.keep
        getattr(seen, name).extend(str(record[key]) for record in records if record.get(key))
    return Row(probe.resource, scope, True, count_of(answer, records))


def count_of(answer: JsonDict, records: list[Any]) -> int:
    """How many rows there are: as Gong counts them, or on the page.

    Args:
        answer: Gong's.
        records: On the page.
    """
    envelope = answer.get("records")
    total = envelope.get("totalRecords") if isinstance(envelope, dict) else None
    return total if isinstance(total, int) else len(records)


def sees_a_call(client: GongClient) -> bool | None:
    """Whether the key sees any call, of whatever time; None where it may not ask.

    Args:
        client: A client.
    """
    for endpoint, question in (
        (at.LIST_CALLS, (period(EVER), None)),
        (at.CALLS_EXTENSIVE, ({}, {"filter": period(EVER)})),
    ):
        try:
            answer = client.request(endpoint, params=question[0], body=question[1])
        except GongRequestError:
            continue
        return bool(answer.get("calls"))
    return None
