"""Which recordings are there already, and which of them may not stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Mapping

from gong_source.streams.context import ReadContext
from gong_source.streams.leaving import remove_calls, take_private_away
from gong_source.streams.media.fetch import Recordings
from gong_source.streams.source_state import SourceState
from gong_source.streams.strays import brought_back
from gong_source.streams.stream import Stream
from gong_source.tables import CALL_CARRIERS, CALL_DELETIONS
from gong_source.tables.excluded import is_excluded
from gong_source.tables.media import CALL_MEDIA
from gong_source.warehouse.recordings import recordings, refuse


class Stored:
    """The rows of recordings, and what is in their folder."""

    def __init__(self, stream: Stream, context: ReadContext, source_state: SourceState, recordings: Recordings) -> None:
        """Nothing is asked yet.

        Args:
            stream: The one that loads recordings.
            context: Shared by the run.
            source_state: The dataset, and what is remembered of the streams.
            recordings: Knows the folder.
        """
        self._stream = stream
        self._context = context
        self._source_state = source_state
        self._recordings = recordings
        self._kinds: dict[str, frozenset[str]] = {}
        self._on_disk: set[str] = set()

    def look(self) -> list[str]:
        """Learn what is there, once what may not stay is gone.

        Returns:
            Calls of which a file has vanished.

        Raises:
            GongFolderError: The folder is not here or can't be listed, or something in it can't be deleted.
        """
        purged = self._context.purged(self._source_state.store).calls
        if purged or not self._context.settings.include_private_calls:
            self._on_disk = self._recordings.on_disk()
        if theirs := purged & self._on_disk:  # of a run that was killed while they were purged no row is there
            self._remove(theirs)
        if CALL_DELETIONS.name in self._context.stored_columns and not self._context.settings.keep_media:
            self._take_deleted_away()
        return self._look_at_files()

    def _take_deleted_away(self) -> None:
        """What came of calls, while or after a reconcile deleted them, with a run that had listed them before."""
        store, tables = self._source_state.store, {CALL_MEDIA.name: CALL_MEDIA.call_column}
        gone = brought_back(self._context, store, tables)
        self._remove(gone, tables)

    def _remove(self, call_ids: Collection[str], tables: Mapping[str, str] = CALL_CARRIERS) -> None:
        store, folder = self._source_state.store, self._context.settings.media_folder
        refuse(remove_calls(store, self._context.streams, call_ids, tables, folder))

    def _look_at_files(self) -> list[str]:
        if not self._source_state.stands(self._stream):
            return []
        found = recordings(self._source_state.store, self._recordings.folder, self._wanted())
        kinds: dict[str, set[str]] = defaultdict(set)
        for each in found:
            if each.is_there:  # of a row that was emptied too, its call may have to leave
                kinds[each.call_id] |= {each.kind} if each.is_whole else set()
                if not each.is_whole:
                    self._recordings.replaced[each.call_id, each.kind] = each.path
        self._kinds = {call_id: frozenset(there) for call_id, there in kinds.items()}
        lost = [each.call_id for each in found if not each.is_there and each.kind in self._recordings.kinds]
        return list(dict.fromkeys(lost))

    def _wanted(self) -> list[str]:
        """Columns that every row has unless they were left out, and that are wanted now."""
        excluded = self._context.settings.exclude_columns or ()
        free = [column.name for column in CALL_MEDIA.columns if not column.indispensable]
        return [name for name in free if not is_excluded(CALL_MEDIA.name, name, excluded)]

    def kinds(self, call_id: str) -> frozenset[str]:
        """Kinds of the recordings of a call that are there, with all that their rows are to tell.

        Args:
            call_id: Of the call.
        """
        return self._kinds.get(call_id, frozenset())

    def is_purged(self, call_id: str) -> bool:
        """Whether a call left with somebody who was purged, as each load package of the run learns it anew.

        Args:
            call_id: Of the call.
        """
        return call_id in self._context.purged(self._source_state.store).calls

    def take_private_away(self, call_ids: Collection[str], loaded: Container[str]) -> None:
        """Delete what this run or an earlier one was allowed to download, or one that was killed left.

        Args:
            call_ids: Ids of private calls that are not wanted.
            loaded: Ids of the calls whose recordings this run downloads.

        Raises:
            GongFolderError: A file can't be deleted.
        """
        there = (self._kinds, self._on_disk, loaded)
        theirs = [each for each in call_ids if any(each in those for those in there)]
        folder = self._context.settings.media_folder
        take_private_away(self._source_state, self._context, theirs, media_folder=folder)
