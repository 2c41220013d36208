"""Calls as documents for search and language models: Markdown or JSON for each, or one Parquet file of all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

import orjson
from dlt.pipeline.pipeline import Pipeline

from gong_source.config import make_folder, replacing
from gong_source.errors import GongConfigError
from gong_source.ranges import Range, iso, moved, parse_instant
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


@dataclass(frozen=True)
class Exported:
    """What an export did.

    Attributes:
        calls: How many calls were written.
        removed: How many documents of earlier exports were removed.
    """

    calls: int
    removed: int = 0


def export_transcripts(
    pipeline: Pipeline, window: Range, folder: Path, form: Form = "markdown", private: bool = False
) -> Exported:
    """Write a document for each call with a transcript, and remove those of calls that have none any more.

    Args:
        pipeline: With a destination and a dataset that has the views.
        window: Of the calls' start.
        folder: Where to; it is made if it is not there. Files of calls are named by day and id, and written anew. What
            other exports of the same dataset left there of the range's days goes, unless such a call is still to be
            exported: it may have turned private, or left, or be of another day now.
        form: A Markdown or JSON file for each call, or ``calls.parquet`` for all of them.
        private: Whether private calls are written too.

    Raises:
        GongConfigError: The folder, or a file in it, can't be made, or one can't be removed.
        GongError: The disk is full.
    """
    make_folder(folder)
    found = documents(pipeline, window, private)
    if form == "parquet":
        return Exported(_write_parquet(found, folder / "calls.parquet"))
    suffix = ".json" if form == "json" else ".md"
    count = 0
    for count, document in enumerate(found, start=1):  # noqa: B007  the last count is the answer
        with replacing(folder / _file_name(document.call_id, document.started, suffix)) as file:
            if form == "json":
                file.write(orjson.dumps(asdict(document), option=orjson.OPT_INDENT_2))
            else:
                file.write(document.markdown.encode())
    return Exported(count, _remove_old(pipeline, window, folder, suffix, private))


def _file_name(call_id: str, started: str, suffix: str) -> str:
    """A name that no other id has, also where large and small letters are one."""
    name = re.sub(r"[^0-9a-z_-]", lambda odd: "".join(f"%{byte:02x}" for byte in odd[0].encode()), call_id)
    return f"{started[:10]}-{name}{suffix}"


def _remove_old(pipeline: Pipeline, window: Range, folder: Path, suffix: str, private: bool) -> int:
    """Remove documents that are of the range's days, or of its calls, and would not be written now; how many."""
    first, last = (iso(instant)[:10] for instant in (window.start, moved(window.end, -timedelta.resolution)))
    days = Range(parse_instant(first), moved(parse_instant(last), timedelta(days=1)))
    with Store(pipeline, reads=True) as store:
        calls = store.rows(f"SELECT call_id, started FROM {{v_calls}} WHERE {_chosen(store, days, private)}")
    names = {_file_name(call_id, _utc(started), suffix) for call_id, started in calls}
    elsewhere = {name[10:] for name in names}
    removed = 0
    for path in folder.glob(f"????-??-??-*{suffix}"):
        of_range = first <= path.name[:10] <= last or path.name[10:] in elsewhere
        if of_range and path.name not in names and _is_document(path):
            _remove(path)
            removed += 1
    return removed


def _is_document(path: Path) -> bool:
    """Whether a file is an export's, and no note of somebody who names their files alike."""
    call_id = unquote(path.stem[11:])
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            return f"\n\n- Call: {_line(call_id)}\n- Started: " in text
        document = orjson.loads(text)
        return isinstance(document, dict) and document.get("call_id") == call_id
    except (OSError, ValueError):
        return False


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise GongConfigError(
            f"{path} is of a call that is not to be exported any more, and can't be removed: {error.strerror}."
        ) from error


def documents(pipeline: Pipeline, window: Range, private: bool = False) -> Iterator[Document]:
    """Calls with a transcript, oldest first.

    Args:
        pipeline: With a destination and a dataset that has the views.
        window: Of the calls' start.
        private: Whether private calls are among them.
    """
    with Store(pipeline, reads=True) as store:
        chosen = _chosen(store, window, private)
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


def _chosen(store: Store, window: Range, private: bool) -> str:
    """A condition for the calls of a range of which there is a document."""
    return f"{store.between('started', window)} AND has_transcript{'' if private else ' AND NOT is_private'}"


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
