"""Files that the rows of ``call_media`` name: where they are by now, and how they go before their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gong_source.errors import GongFolderError
from gong_source.warehouse.files import Folder
from gong_source.warehouse.store import COMPLETED, Store


@dataclass(frozen=True)
class Kept:
    """A recording that can't be deleted.

    Attributes:
        call_id: Gong's id of its call.
        path: Of its file.
        reason: What hinders it.
    """

    call_id: str
    path: str
    reason: str


@dataclass(frozen=True)
class Recording:
    """A row of ``call_media``.

    Attributes:
        call_id: Gong's id of its call.
        kind: Of the recording, in small letters.
        path: Of its file.
        is_there: Whether its file is.
        is_whole: Whether its row has all that is wanted.
    """

    call_id: str
    kind: str
    path: str
    is_there: bool
    is_whole: bool


def recordings(store: Store, folder: Folder, wanted: Collection[str]) -> list[Recording]:
    """Those that were loaded; the rows of what was moved into the folder tell its new path.

    Args:
        store: The dataset.
        folder: Where recordings are downloaded to.
        wanted: Columns that are there, and NULL only where a run has set them so.

    Raises:
        GongFolderError: It is not here, though rows name files in it, or a folder can't be listed.
    """
    lacks = " OR ".join(f"{column} IS NULL" for column in wanted) or "1 = 0"
    columns = f"call_id, kind, path, size_bytes, CASE WHEN {lacks} THEN 0 ELSE 1 END"
    rows = store.rows(f"SELECT {columns} FROM {{call_media}} WHERE {COMPLETED}")
    missing = Folder.missing(path for _, _, path, _, _ in rows)
    if any(_is_in(folder, path) for path in missing) and folder.is_away:
        raise folder.away("the recordings that rows of call_media name in it are not found")
    found = _follow(store, folder, {path: size for _, _, path, size, _ in rows if path in missing})
    return [
        Recording(call_id, kind, found.get(path, path), path not in missing or path in found, bool(whole))
        for call_id, kind, path, _, whole in rows
    ]


def delete_recordings(store: Store, call_ids: Collection[str], media_folder: str | None = None) -> list[Kept]:
    """Delete the files of some calls, before their rows.

    Args:
        store: The dataset.
        call_ids: Gong's ids.
        media_folder: Where recordings are downloaded to: those that no row names yet, of a run that was killed, go too,
            and what was moved there counts as gone with them.

    Returns:
        Those that can't be deleted: their rows are to stay, which alone tell where they are.

    Raises:
        GongFolderError: That folder can't be listed, or something in it can't be deleted.
    """
    query = "SELECT path, call_id, size_bytes FROM {call_media} WHERE call_id IN ({call_ids})"
    rows = store.rows(query, call_ids=call_ids) if call_ids else []
    moved: dict[str, str] = {}
    if folder := Folder(media_folder) if media_folder and call_ids else None:
        elsewhere = {path: size for path, _, size in rows if not _is_in(folder, path)}
        moved = _follow(store, folder, {path: elsewhere[path] for path in Folder.missing(elsewhere)})
    kept = []
    for path, call_id, _ in rows:
        try:
            Folder.delete(moved.get(path, path))
        except GongFolderError as error:
            kept.append(Kept(call_id, path, str(error)))
    if folder:
        folder.delete_all_of(set(call_ids))
    return kept


def refuse(kept: Sequence[Kept]) -> None:
    """Tell of what could not be deleted, once all else is.

    Args:
        kept: Recordings whose rows stay.

    Raises:
        GongFolderError: There are some.
    """
    if kept:
        more = f" ({len(kept)} recordings could not be deleted, of which this is the first.)" if len(kept) > 1 else ""
        raise GongFolderError(kept[0].reason + more)


def _is_in(folder: Folder, path: str) -> bool:
    return folder.path_of(path.rpartition("/")[2]) == path


def _follow(store: Store, folder: Folder, lost: Mapping[str, int]) -> dict[str, str]:
    """Have rows tell the new paths of files that are in a folder now, under their names and with their sizes.

    Args:
        store: The dataset.
        folder: Where recordings are downloaded to.
        lost: Sizes of files that are not where their rows say, by path.

    Returns:
        The new paths, by the old ones.
    """
    elsewhere = {path: size for path, size in lost.items() if not _is_in(folder, path)}
    there = folder.sizes() if elsewhere else {}
    moved: dict[str, list[str]] = defaultdict(list)
    for path, size in elsewhere.items():
        old, _, name = path.rpartition("/")
        if there.get(name) == size:
            moved[old].append(path)
    statement = "UPDATE {call_media} SET path = REPLACE(path, {old}, {new}) WHERE path IN ({paths})"
    for old, paths in moved.items():
        store.execute(statement, old=f"{old}/", new=folder.path_of(""), paths=paths)
    return {path: folder.path_of(path.rpartition("/")[2]) for paths in moved.values() for path in paths}
