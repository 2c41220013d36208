"""The content selector of POST calls/extensive: what to ask for, from the parts that are wanted."""

from __future__ import annotations

from typing import Any

from gong_source.config import GongSettings

FLAGS: dict[str, tuple[str, ...]] = {
    "structure": ("content", "structure"),
    "topics": ("content", "topics"),
    "trackers": ("content", "trackers"),
    "brief": ("content", "brief"),
    "outline": ("content", "outline"),
    "highlights": ("content", "highlights"),
    "call_outcome": ("content", "callOutcome"),
    "key_points": ("content", "keyPoints"),
    "speakers": ("interaction", "speakers"),
    "interaction_stats": ("interaction", "personInteractionStats"),
    "video": ("interaction", "video"),
    "questions": ("interaction", "questions"),
    "comments": ("collaboration", "publicComments"),
}
"""Where each part's flag stands (Gong's specification); the answer calls personInteractionStats interactionStats."""


def content_selector(settings: GongSettings) -> dict[str, Any]:
    """Ask for the configured parts, never for media: its URLs differ in every answer and last for hours.

    Args:
        settings: ``call_parts`` and ``context_timing`` count.
    """
    parts = settings.call_parts or ()
    exposed: dict[str, Any] = {"parties": "parties" in parts}
    for part in parts:
        if part in FLAGS:
            group, flag = FLAGS[part]
            exposed.setdefault(group, {})[flag] = True
    if "trackers" in parts:
        exposed["content"]["trackerOccurrences"] = True
    selector: dict[str, Any] = {"exposedFields": exposed, "context": "None"}
    if "context" in parts:
        selector.update(context="Extended", contextTiming=list(settings.context_timing or ("Now",)))
    return selector
