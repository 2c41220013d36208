"""Calls as documents for search and language models: Markdown or JSON for each, or one Parquet file of all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson
from dlt.pipeline.pipeline import Pipeline

from gong_source.config import make_folder, replacing
from gong_source.ranges import Range, parse_instant
from gong_source.warehouse.store import Store

Form = Literal["markdown", "json", "parquet"]

COLUMNS = (
    "call_id", "title", "url", "started", "minutes", "is_private", "workspace", "host_name", "account_name",
    "opportunity_name", "outcome", "brief",
)  # fmt: skip
PARTICIPANT = ("call_id", "name", "title", "affiliation")
AT_ONCE = 200
"""Calls whose texts are in memory together."""


@dataclass(frozen=True)
class Document:
    """A call with everything that was said.

    Attributes:
        call_id: Gong's id.
        title: Title of the call.
        url: Its page in Gong.
        started: When it was recorded, UTC, in ISO 8601.
        minutes: Length.
        is_private: Whether the call is private.
        workspace: Name of the workspace.
        host_name: Name of the host.
        account_name: First account linked to it.
        opportunity_name: First opportunity linked to it.
        outcome: Outcome of the call.
        brief: Gong's summary.
        participants: Who took part: name, job title, side.
        text: A line for each monologue, with time and speaker.
    """

    call_id: str
    title: str | None
    url: str | None
    started: str
    minutes: float | None
    is_private: bool
    workspace: str | None
    host_name: str | None
    account_name: str | None
    opportunity_name: str | None
    outcome: str | None
    brief: str | None
    participants: list[dict[str, str | None]]
    text: str

    @property
    def markdown(self) -> str:
        """The document for people and models to read."""
        facts = {
            "Call": self.call_id,
            "Started": self.started,
            "Minutes": None if self.minutes is None else f"{self.minutes:.0f}",
            "Host": self.host_name,
            "Account": self.account_name,
            "Opportunity": self.opportunity_name,
            "Outcome": self.outcome,
            "Private": "yes" if self.is_private else None,
            "Link": self.url,
        }
        parts = [
            f"# {_line(self.title or '') or 'Untitled call'}",
            _listed(f"{name}: {text}" for name, text in facts.items() if text),
        ]
        if self.participants:
            parts += ["## Participants", _listed(map(_introduced, self.participants))]
        if self.brief:
            parts += ["## Summary", self.brief]
        return "\n\n".join([*parts, "## Transcript", self.text.replace("\n", "\n\n")]) + "\n"


def _listed(lines: Any) -> str:
    return "\n".join(f"- {_line(line)}" for line in lines)


def _line(text: str) -> str:
    """A text on one line: what follows a line break would be no part of the heading, or the list."""
    return " ".join(text.split())


def _introduced(person: dict[str, str | None]) -> str:
    told = ", ".join(text for text in (person["title"], person["affiliation"]) if text)
    return f"{person['name'] or 'Unknown'} ({told})"


def export_transcripts(
    pipeline: Pipeline, window: Range, folder: Path, form: Form = "markdown", private: bool = False
) -> int:
    """Write a document for each call with a transcript.

    Args:
        pipeline: With a destination and a dataset that has the views.
        window: Of the calls' start.
        folder: Where to; it is made if it is not there. Files of calls are named by day and id, and written anew.
        form: A Markdown or JSON file for each call, or ``calls.parquet`` for all of them.
        private: Whether private calls are written too.

    Returns:
        How many calls were written.

    Raises:
        GongConfigError: The folder, or a file in it, can't be made.
        GongError: The disk is full.
    """
    make_folder(folder)
    found = documents(pipeline, window, private)
    if form == "parquet":
        return _write_parquet(found, folder / "calls.parquet")
    count = 0
    for count, document in enumerate(found, start=1):  # noqa: B007  the last count is the answer
        name = f"{document.started[:10]}-{_file_name(document.call_id)}"
        with replacing(folder / f"{name}.{'json' if form == 'json' else 'md'}") as file:
            if form == "json":
                file.write(orjson.dumps(asdict(document), option=orjson.OPT_INDENT_2))
            else:
                file.write(document.markdown.encode())
    return count


def _file_name(call_id: str) -> str:
    """An id as a name that no other id has, also where large and small letters are one."""
    return re.sub(r"[^0-9a-z_-]", lambda odd: "".join(f"%{byte:02x}" for byte in odd[0].encode()), call_id)


def documents(pipeline: Pipeline, window: Range, private: bool = False) -> Iterator[Document]:
    """Calls with a transcript, oldest first.

    Args:
        pipeline: With a destination and a dataset that has the views.
        window: Of the calls' start.
        private: Whether private calls are among them.
    """
    with Store(pipeline, reads=True) as store:
        chosen = f"{store.between('started', window)} AND has_transcript{'' if private else ' AND NOT is_private'}"
        calls = store.rows(f"SELECT call_id FROM {{v_calls}} WHERE {chosen} ORDER BY started, call_id")
        for start in range(0, len(calls), AT_ONCE):
            ids = [call_id for (call_id,) in calls[start : start + AT_ONCE]]
            part = store.rows(  # one that was made private, or deleted, meanwhile is not among them
                f"SELECT {', '.join(COLUMNS)} FROM {{v_calls}} WHERE {chosen} AND call_id IN ({{ids}}) "
                "ORDER BY started, call_id",
                ids=ids,
            )
            texts = dict(store.rows("SELECT call_id, text FROM {v_transcript_text} WHERE call_id IN ({ids})", ids=ids))
            people: dict[str, list[dict[str, str | None]]] = {}
            for call_id, *person in store.rows(
                f"SELECT {', '.join(PARTICIPANT)} FROM {{v_call_participants}} WHERE call_id IN ({{ids}}) "
                "ORDER BY call_id, position",
                ids=ids,
            ):
                people.setdefault(call_id, []).append(dict(zip(PARTICIPANT[1:], person, strict=True)))
            store.rest()  # a run need not wait for all of them
            for row in part:
                known = {**dict(zip(COLUMNS, row, strict=True)), "started": _utc(row[COLUMNS.index("started")])}
                minutes = None if known["minutes"] is None else float(known["minutes"])
                yield Document(
                    **{**known, "minutes": minutes},
                    participants=people.get(row[0], []),
                    text=texts.get(row[0]) or "",
                )


def _utc(value: datetime | str) -> str:
    return parse_instant(value).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write_parquet(found: Iterator[Document], path: Path) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    person = pa.struct([(name, pa.string()) for name in PARTICIPANT[1:]])
    kinds = {"minutes": pa.float64(), "is_private": pa.bool_(), "participants": pa.list_(person)}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in Document.__dataclass_fields__])
    count = 0
    with replacing(path) as file, parquet.ParquetWriter(file, schema) as writer:
        for document in found:
            writer.write_table(pa.Table.from_pylist([asdict(document)], schema=schema))
            count += 1
    return count
