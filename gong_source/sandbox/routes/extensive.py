"""The extensive call endpoint: the content selector decides which parts of a call are answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gong_source.sandbox import checks
from gong_source.sandbox.messages import Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.call_filter import CALLS_FILTER, matching_calls
from gong_source.sandbox.routes.calls import NO_CALLS
from gong_source.sandbox.routes.media import sign_media
from gong_source.sandbox.routes.paging import Question, page

ENDPOINT = "POST /v2/calls/extensive"
EXTENSIVE_SCOPE = "api:calls:read:extensive"
MEDIA_SCOPE = "api:calls:read:media-url"

CONTENT_FLAGS = ("structure", "topics", "trackers", "brief", "outline", "highlights", "callOutcome", "keyPoints")
# Flags that change or add nothing of their own: occurrences are inside trackers, points of interest are gone.
OTHER_CONTENT_FLAGS = ("trackerOccurrences", "pointsOfInterest")
INTERACTION_KEYS = {
    "speakers": "speakers",
    "video": "video",
    "personInteractionStats": "interactionStats",
    "questions": "questions",
}

NOW = "Now"

_FLAGS = checks.flag
SELECTOR = checks.Shape(
    {
        "context": checks.one_of(("None", "Basic", "Extended")),
        "contextTiming": checks.list_of(checks.one_of((NOW, "TimeOfCall"))),
        "exposedFields": checks.Shape(
            {
                "parties": _FLAGS,
                "content": checks.Shape(dict.fromkeys(CONTENT_FLAGS + OTHER_CONTENT_FLAGS, _FLAGS)),
                "interaction": checks.Shape(dict.fromkeys(INTERACTION_KEYS, _FLAGS)),
                "collaboration": checks.Shape({"publicComments": _FLAGS}),
                "media": _FLAGS,
            }
        ),
    }
)
BODY = checks.Shape(
    {
        "cursor": checks.text,
        "filter": checks.Shape({**CALLS_FILTER, "primaryUserIds": checks.ids}),
        "contentSelector": SELECTOR,
    },
    required=("filter",),
)


def list_calls_extensive(context: Context, request: Request) -> Json:
    """List calls with the parts that were asked for."""
    raw = checks.json_object(request)
    body = BODY(raw)
    selector = body.get("contentSelector", {})
    _check_selector(selector)
    if selector.get("exposedFields", {}).get("media"):
        context.access.authorize((MEDIA_SCOPE,))
    matches = matching_calls(context.world, body["filter"])
    now = context.clock.now()
    visible = [call for call in matches if call.is_visible(now)]
    return page(
        context,
        Question.of_body(ENDPOINT, raw),
        "calls",
        visible,
        lambda call: select_parts(call.data_at(now), selector, now, request.origin),
        nothing=NO_CALLS,
        uncounted=len(matches) - len(visible),
    )


def _check_selector(selector: Json) -> None:
    if "contextTiming" in selector and selector.get("context") != "Extended":
        raise bad_request("contentSelector.contextTiming: can be provided only when context is 'Extended'")
    content = selector.get("exposedFields", {}).get("content", {})
    if content.get("trackerOccurrences") and not content.get("trackers"):
        raise bad_request("contentSelector.exposedFields.content.trackerOccurrences: needs trackers")


def select_parts(data: Json, selector: Json, now: datetime, origin: str) -> Json:
    """Reduce a full call to the selected parts; parts that the call lacks are left out without notice.

    Args:
        data: A copy of the call, which may be changed.
        selector: The checked content selector.
        now: The present time, for signed addresses.
        origin: Scheme and host of these.
    """
    exposed = selector.get("exposedFields", {})
    cut_context = _context_cutter(selector)
    chosen = {"metaData": data["metaData"]}
    if selector.get("context", "None") != "None" and "context" in data:
        chosen["context"] = cut_context(data["context"])
    if exposed.get("parties") and "parties" in data:
        chosen["parties"] = _each(
            data["parties"], lambda party: {**party, "context": cut_context(party.get("context"))}
        )
    content = {name for name, wanted in exposed.get("content", {}).items() if wanted}
    if content and "content" in data:
        chosen["content"] = data["content"] and _select_content(data["content"], content)
    interaction = {INTERACTION_KEYS[name] for name, wanted in exposed.get("interaction", {}).items() if wanted}
    if interaction and "interaction" in data:
        chosen["interaction"] = data["interaction"] and _keep(data["interaction"], interaction)
    if exposed.get("collaboration", {}).get("publicComments") and "collaboration" in data:
        chosen["collaboration"] = data["collaboration"]
    if exposed.get("media") and "media" in data:
        chosen["media"] = data["media"] and sign_media(data["media"], now, origin)
    return chosen


def _keep(part: Json, names: set[str]) -> Json:
    return {name: member for name, member in part.items() if name in names}


def _each(items: list[Json] | None, change: Callable[[Json], Json]) -> list[Json] | None:
    """Change each item of a list; tests may have put a null in the place of the list."""
    return None if items is None else [change(item) for item in items]


def _select_content(content: Json, wanted: set[str]) -> Json:
    chosen = _keep(content, wanted)
    if "trackers" in chosen and "trackerOccurrences" not in wanted:
        chosen["trackers"] = _each(chosen["trackers"], lambda tracker: {**tracker, "occurrences": [], "phrases": []})
    return chosen


def _context_cutter(selector: Json) -> Callable[[list[Json] | None], list[Json] | None]:
    """Make the function that reduces a context, of a call or of a party, to the selected depth and timing."""
    depth = selector.get("context", "None")
    timings = selector.get("contextTiming") or [NOW]

    def in_timing(system: Json) -> Json:
        return {**system, "objects": [item for item in _objects(system) if item.get("timing", NOW) in timings]}

    def links(system: Json) -> Json:
        unique = {(item["objectType"], item["objectId"]) for item in _objects(system)}
        return {**system, "objects": [{"objectType": kind, "objectId": key} for kind, key in sorted(unique)]}

    def cut(context: list[Json] | None) -> list[Json] | None:
        return [] if depth == "None" else _each(context, in_timing if depth == "Extended" else links)

    return cut


def _objects(system: Json) -> list[Json]:
    return system.get("objects") or []


ROUTES = (Route("POST", "/v2/calls/extensive", list_calls_extensive, (EXTENSIVE_SCOPE,), "calls"),)
