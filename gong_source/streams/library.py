"""The library: its folders, and what is in them, re-read only where something moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dlt

from gong_source.api.endpoints import BATCH, CALLS_EXTENSIVE, FOLDER_CONTENT, LIBRARY_FOLDERS, WORKSPACES
from gong_source.errors import GongProtocolError
from gong_source.ranges import iso, parse_instant
from gong_source.streams.calls.parts import is_private
from gong_source.streams.context import ReadContext
from gong_source.streams.feed import Batch
from gong_source.streams.state import SourceState
from gong_source.tables import LIBRARY_FOLDER_CALLS
from gong_source.tables import LIBRARY_FOLDERS as LIBRARY_FOLDERS_TABLE
from gong_source.tables.arrow import JsonDict, Shaped, as_text, concat, removals, shape
from gong_source.warehouse.store import Store
from gong_source.warehouse.stored import folders_of_calls

FULL_READ = timedelta(days=7)
"""A folder's ``updated`` may not tell every change in it, so all are read again this often."""

THREADS = 8
"""Folders read side by side: one at a time would leave most of the rate unused."""


@dataclass(frozen=True)
class Library:
    """What was read of the library.

    Attributes:
        folders: Every folder with the workspace it was listed in.
        contents: By folder that is new or moved: what is in it, with its position.
        whole: Whether all folders were read, moved or not.
    """

    folders: list[tuple[str | None, JsonDict]]
    contents: dict[str, list[tuple[int, JsonDict]]]
    whole: bool

    @property
    def updated(self) -> dict[str, Any]:
        """When each folder moved last."""
        return {folder["id"]: folder.get("updated") for _, folder in self.folders}


def read_library(context: ReadContext, state: SourceState, with_contents: bool) -> Library:
    """Folders of every workspace, and the content of those that moved since they were read.

    Args:
        context: Shared by the run.
        state: Knows when each folder moved and was read.
        with_contents: Whether the contents are wanted.
    """
    folders, whole = _list_folders(context), _full_read_due(context, state)
    if not with_contents:
        return Library(folders, {}, whole)
    known: dict[str, Any] = state.library.get("folders", {})
    moved = [f["id"] for _, f in folders if whole or known.get(f["id"], "") != f.get("updated")]
    return Library(folders, _contents(context, moved), whole)


def library_batches(context: ReadContext, selected: set[str]) -> Iterator[Batch]:
    """Folders of every workspace, and the content of those that moved.

    Everything is fetched before anything is handed over: ``library_folders`` is replaced as a whole.

    Args:
        context: Shared by the run.
        selected: Names of the selected resources.

    Yields:
        One batch.
    """
    state, with_contents = context.state(), "library_folder_calls" in selected
    library = context.background.result("library", lambda: read_library(context, state, with_contents))
    parts = [_folder_rows(library.folders)]
    if with_contents:
        parts += _content_rows(context, state, library)
    context.note_requests(state)
    yield Batch(parts)


def _list_folders(context: ReadContext) -> list[tuple[str | None, JsonDict]]:
    """Every folder with the workspace it was listed in; a company with several refuses to list them together."""
    client = context.client
    workspaces: list[str | None] = list(context.settings.workspace_ids or ())
    if not workspaces:
        workspaces = [as_text(item["id"]) for item in client.records(WORKSPACES) if item.get("id")] or [None]
    folders = []
    for workspace in workspaces:
        params = {"workspaceId": workspace} if workspace else {}
        for folder in client.records(LIBRARY_FOLDERS, params=params):
            if not folder.get("id"):
                raise GongProtocolError("a folder came without an id", endpoint=LIBRARY_FOLDERS.name)
            folders.append((workspace, {**folder, "id": as_text(folder["id"])}))
    return folders


def _folder_rows(folders: list[tuple[str | None, JsonDict]]) -> Shaped:
    return shape(
        LIBRARY_FOLDERS_TABLE,
        [folder for _, folder in folders],
        {"workspace_id": [workspace for workspace, _ in folders]},
    )


def _content_rows(context: ReadContext, state: SourceState, library: Library) -> list[Shaped]:
    """Rows of the folders that are new or moved, and removals of those that are gone or empty."""
    updated = library.updated
    turned = [key for key in _folders_with_private_calls(context) if key in updated and key not in library.contents]
    parts, emptied = [], [key for key in state.library.get("folders", {}) if key not in updated]
    for key, items in {**library.contents, **_contents(context, turned)}.items():
        if items:
            computed: dict[str, list[Any]] = {
                "folder_id": [key] * len(items),
                "position": [position for position, _ in items],
            }
            parts.append(shape(LIBRARY_FOLDER_CALLS, [item for _, item in items], computed))
        else:
            emptied.append(key)
    state.library["folders"] = updated
    if library.whole:
        state.library["full_read_at"] = iso(context.now)
    if emptied:
        parts.append(removals(LIBRARY_FOLDER_CALLS, emptied))
    return [concat(parts)] if parts else []


def _contents(context: ReadContext, folders: list[str]) -> dict[str, list[tuple[int, JsonDict]]]:
    with ThreadPoolExecutor(THREADS) as threads:
        return dict(zip(folders, threads.map(lambda key: _content(context, key), folders), strict=True))


def _full_read_due(context: ReadContext, state: SourceState) -> bool:
    last = state.library.get("full_read_at")
    return last is None or context.now - parse_instant(last) >= FULL_READ


def _folders_with_private_calls(context: ReadContext) -> set[str]:
    """Folders whose stored rows name a call that this run found to be private."""
    if not context.private_calls:
        return set()
    return folders_of_calls(Store(dlt.current.pipeline()), context.private_calls)


def _content(context: ReadContext, folder: str) -> list[tuple[int, JsonDict]]:
    """What is in a folder, with its position; without private calls where these are kept out."""
    answer = context.client.request(FOLDER_CONTENT, params={"folderId": folder}, window=f"folder {folder}")
    calls = answer.get("calls") or []
    if not isinstance(calls, list) or not all(isinstance(item, dict) for item in calls):
        raise GongProtocolError(
            'the answer has no list of objects under "calls"',
            endpoint=FOLDER_CONTENT.name,
            window=f"folder {folder}",
            request_id=answer.get("requestId"),
        )
    items = list(enumerate(calls))
    if context.settings.include_private_calls:
        return items
    hidden = _private_among(context, {as_text(item["id"]) for item in calls if item.get("id")})
    return [(position, item) for position, item in items if as_text(item.get("id")) not in hidden]


def _private_among(context: ReadContext, call_ids: Iterable[str]) -> set[str]:
    """Which of these calls are private; asked by id, as the library does not tell."""
    ids = sorted(call_ids)
    private: set[str] = set()
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        body = {"filter": {"callIds": batch}}
        for page in context.client.pages(CALLS_EXTENSIVE, body=body, window=f"{len(batch)} call ids"):
            basics = [call.get("metaData") or {} for call in page.records]
            private.update(as_text(basic["id"]) for basic in basics if is_private(basic))
    return private
