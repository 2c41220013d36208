"""Calls, their parts and transcripts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.pipeline.truth.api import PlainApi, Row, Rows, row_of

CONTENT = (
    "structure topics trackers trackerOccurrences brief outline highlights callOutcome keyPoints".split()  # noqa: SIM905
)
SELECTOR = {
    "context": "Extended",
    "exposedFields": {
        "parties": True,
        "content": dict.fromkeys(CONTENT, True),
        "interaction": dict.fromkeys(("speakers", "video", "personInteractionStats", "questions"), True),
        "collaboration": {"publicComments": True},
    },
}
LISTS = {
    "parties": ("parties",),
    "context": ("context",),
    "structure": ("content", "structure"),
    "topics": ("content", "topics"),
    "trackers": ("content", "trackers"),
    "outline": ("content", "outline"),
    "highlights": ("content", "highlights"),
    "key_points": ("content", "keyPoints"),
    "speakers": ("interaction", "speakers"),
    "interaction_stats": ("interaction", "interactionStats"),
    "video": ("interaction", "video"),
    "comments": ("collaboration", "publicComments"),
}


def read_calls(api: PlainApi, start: datetime, end: datetime) -> Rows:
    limits = {"fromDateTime": start.isoformat(), "toDateTime": end.isoformat()}
    calls = list(api.post("/v2/calls/extensive", "calls", {"filter": limits, "contentSelector": SELECTOR}))
    rows = call_rows(calls)
    transcripts = list(api.post("/v2/calls/transcript", "callTranscripts", {"filter": limits}))
    return rows | transcript_rows(transcripts, {row["id"]: row["started"] for row in rows["calls"]})


def call_rows(calls: list[dict[str, Any]]) -> Rows:
    rows: Rows = {"calls": [], "calls__context__objects": [], **{f"calls__{name}": [] for name in LISTS}}
    for call in calls:
        call_id = call["metaData"]["id"]
        content, interaction = call.get("content") or {}, call.get("interaction") or {}
        outcome = content.get("callOutcome") or {}
        questions = interaction.get("questions") or {}
        rows["calls"].append(
            row_of(
                call["metaData"],
                brief=content.get("brief"),
                **{f"call_outcome__{key}": outcome.get(key) for key in ("id", "category", "name")},
                questions__company_count=questions.get("companyCount"),
                questions__non_company_count=questions.get("nonCompanyCount"),
            )
        )
        for name, path in LISTS.items():
            holder: Any = call
            for key in path:
                holder = (holder or {}).get(key)
            for index, item in enumerate(holder or []):
                fields = {key: value for key, value in item.items() if (name, key) != ("context", "objects")}
                rows[f"calls__{name}"].append(row_of(fields, call_id=call_id, _dlt_list_idx=index))
                if name == "context":
                    rows["calls__context__objects"] += [
                        row_of(each, call_id=call_id, _dlt_list_idx=place)
                        for place, each in enumerate(item.get("objects") or [])
                    ]
    return rows


def transcript_rows(items: list[dict[str, Any]], started: dict[str, datetime]) -> Rows:
    transcripts, sentences = [], []
    for item in items:
        call_id, speakers, spoken, count = item["callId"], set(), 0, 0
        for number, monologue in enumerate(item["transcript"]):
            speakers.add(monologue["speakerId"])
            for sentence in monologue["sentences"]:
                sentences.append(
                    {
                        "call_id": call_id,
                        "started": started[call_id],
                        "monologue_index": number,
                        "sentence_index": count,
                        "speaker_id": monologue["speakerId"],
                        "topic": monologue["topic"],
                        "start_ms": sentence["start"],
                        "end_ms": sentence["end"],
                        "text": sentence["text"],
                    }
                )
                count += 1
                spoken += sentence["end"] - sentence["start"]
        transcripts.append(
            {
                "call_id": call_id,
                "started": started[call_id],
                "monologue_count": len(item["transcript"]),
                "sentence_count": count,
                "speaker_count": len(speakers - {None}),
                "spoken_seconds": spoken / 1000,
            }
        )
    return {"transcripts": transcripts, "transcript_sentences": sentences}


def access_rows(api: PlainApi, calls: list[Row]) -> list[Row]:
    """Who was given access to the calls."""
    asked = {"filter": {"callIds": [row["id"] for row in calls]}}
    by_id = {row["id"]: row for row in calls}
    return [
        {
            "id": f"{told['callId']} {user['userId']}",
            "call_id": told["callId"],
            "user_id": user["userId"],
            "started": by_id[told["callId"]]["started"],
            "workspace_id": by_id[told["callId"]]["workspace_id"],
        }
        for told in (api.post("/v2/calls/users-access", "callAccessList", asked) if calls else ())
        for user in told["users"]
    ]
