"""Every stream. To add one that is read in a known way, declare it here, and its tables in ``gong_source/tables``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from gong_source.api import endpoints as at
from gong_source.errors import GongConfigError
from gong_source.streams.logs import access_log_kept, shape_logs
from gong_source.streams.stream import Calls, Days, EachOf, Instants, Recorded, Snapshot, Stream, Windows
from gong_source.tables import calls, history, others, scorecards
from gong_source.tables.model import Table

CALLS = Stream(
    "calls",
    at.CALLS_EXTENSIVE,
    (calls.CALLS, *calls.CALL_LISTS, calls.CONTEXT_OBJECTS),
    Calls(),
    question=("call_parts", "context_timing", "include_private_calls"),
    cost="1 for each 100 calls",
)
CALLS_BASIC = Stream(
    "calls_basic",
    at.LIST_CALLS,
    (calls.CALLS_BASIC,),
    Calls(),
    default=False,
    question=("include_private_calls",),
    cost="1 for each 100 calls",
)
TRANSCRIPTS = Stream(
    "transcripts",
    at.TRANSCRIPTS,
    (others.TRANSCRIPTS, others.TRANSCRIPT_SENTENCES),
    Calls("transcripts"),
    needs=(at.CALLS_EXTENSIVE,),
    question=("include_private_calls", "transcripts"),
    cost="1 for each 100 new or awaited transcripts",
)
USERS = Stream(
    "users",
    at.USERS,
    (others.USERS,),
    Snapshot(
        params=lambda settings: {"includeAvatars": "true"} if settings.include_avatars else {},
        keeps_gone=True,  # Gong deactivates users and never removes them
    ),
    question=("include_avatars",),
    cost="1 for each 100 users",
)
LOGS = Stream(
    "logs",
    at.LOGS,
    (others.LOGS,),
    Windows(
        Instants(),
        time="event_time",
        select="logType",
        selections=at.LOG_TYPES,
        kept=access_log_kept,
        shape=shape_logs,
    ),
    cost="1 for each of the five logs and 100 entries",
)
LIBRARY_FOLDERS = Stream(
    "library_folders",
    at.LIBRARY_FOLDERS,
    (others.LIBRARY_FOLDERS,),
    Snapshot(each_workspace=True),
    needs=(at.WORKSPACES,),
    cost="1 for each workspace",
)
LIBRARY_FOLDER_CALLS = Stream(
    "library_folder_calls",
    at.FOLDER_CONTENT,
    (others.LIBRARY_FOLDER_CALLS, others.LIBRARY_FOLDER_CALLS_READ),
    EachOf("library_folders", param="folderId", moved="updated", of_calls=True),
    needs=(at.WORKSPACES, at.LIBRARY_FOLDERS),
    question=("include_private_calls",),
    cost="1 for each new or changed folder",
)
WORKSPACES = Stream("workspaces", at.WORKSPACES, (others.WORKSPACES,), Snapshot(), cost="1")
SCORECARDS = Stream(
    "scorecards",
    at.SCORECARDS,
    (scorecards.SCORECARDS, scorecards.SCORECARD_QUESTIONS),
    Snapshot(key="scorecardId"),
    daily=True,
    cost="1 a day",
)
ANSWERED_SCORECARDS = Stream(
    "answered_scorecards",
    at.ANSWERED_SCORECARDS,
    (scorecards.ANSWERED_SCORECARDS, scorecards.SCORECARD_ANSWERS),
    Windows(
        Days("reviewFromDate", "reviewToDate", latest=1),
        time="review_time",
        key="answeredScorecardId",
        fixed={"reviewMethod": "BOTH"},
    ),
    cost="1 for each 100 answers",
)
USER_SETTINGS_HISTORY = Stream(
    "user_settings_history",
    at.SETTINGS_HISTORY,
    (history.USER_SETTINGS_HISTORY, history.USER_SETTINGS_HISTORY_READ),
    EachOf("users", again=timedelta(days=30)),
    default=False,
    needs=(at.USERS,),
    cost="1 for each new or changed user",
)

CALL_DELETIONS = Stream(
    "call_deletions",
    at.GET_CALL,
    (others.CALL_DELETIONS,),
    Recorded(),
    default=False,
    cost="1 for each call that is gone",
)

STREAMS = (
    CALLS,
    CALLS_BASIC,
    TRANSCRIPTS,
    USERS,
    LOGS,
    LIBRARY_FOLDERS,
    LIBRARY_FOLDER_CALLS,
    WORKSPACES,
    SCORECARDS,
    ANSWERED_SCORECARDS,
    USER_SETTINGS_HISTORY,
    CALL_DELETIONS,
)


class StreamTable:
    """Some streams, by name."""

    def __init__(self, streams: Iterable[Stream] = STREAMS) -> None:
        """Take the streams; all that there are where none are given.

        Args:
            streams: With names of their own.
        """
        self._by_name = {stream.name: stream for stream in streams}
        self._by_table = {table.name: stream.name for stream in self for table in stream.tables}

    def __iter__(self) -> Iterator[Stream]:
        """In the order they were declared."""
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Stream:
        """The stream of a name."""
        return self._by_name[name]

    def __contains__(self, name: str) -> bool:
        """Whether there is a stream of a name."""
        return name in self._by_name

    def of_table(self, table: str) -> str:
        """The stream that fills a table; the table itself where none does.

        Args:
            table: Name of the table.
        """
        return self._by_table.get(table, table)

    @property
    def read(self) -> tuple[Stream, ...]:
        """The streams that a sync can read."""
        return tuple(stream for stream in self if not isinstance(stream.reads, Recorded))

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables of all streams."""
        return tuple(table for stream in self for table in stream.tables)

    def named(self, wanted: Sequence[str] | None) -> set[str]:
        """Streams for names of streams or tables, ``all`` or ``default``.

        Args:
            wanted: Names as typed; None for the default.

        Raises:
            GongConfigError: A name is none of these.
        """
        read = self.read
        known = {table.name: stream.name for stream in read for table in stream.tables}
        known |= {stream.name: stream.name for stream in read}
        groups = {
            "all": {stream.name for stream in read},
            "default": {stream.name for stream in read if stream.default},
        }
        chosen: set[str] = set()
        for name in wanted or ["default"]:
            if name not in known and name not in groups:
                raise GongConfigError(
                    f"There is no resource {name}; there are: {', '.join(stream.name for stream in read)}; or all, or "
                    "default."
                )
            chosen |= groups.get(name) or {known[name]}
        return chosen
