"""Tables of what users' settings were, and of which records further requests were made for."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, load_id, removed, text

USER_SETTINGS_HISTORY = Table(
    "user_settings_history",
    "a change of a user's setting",
    (
        text("user_id", doc="Joins `users.id`.", required=True, personal="user"),
        Column("position", "bigint", doc="Position in Gong's list, from 0.", required=True),
        text("setting", "setting", "Such as active, emailsImported or webConferencesRecorded."),
        Column("value", "bool", "value", "What it was set to."),
        Column("time", "timestamp", "time", "When it was set."),
        removed(),
        load_id(),
    ),
    primary_key=("user_id", "position"),
    merge_key="user_id",
    key="`user_id` + `setting` + `time`",
)


def read_for(name: str, what: str, *, each_workspace: bool = False) -> Table:
    """The table of the records that a stream was read for, one request each: what need not be asked for again.

    Args:
        name: Of the stream.
        what: What it is read for, in words.
        each_workspace: Whether that is listed workspace by workspace.
    """
    listed_in = text("workspace_id", doc=f"Where {what} was listed; joins `workspaces.id`.", needed="workspace")
    return Table(
        f"{name}__read",
        f"{what} that `{name}` was read for",
        (
            text("key", doc=f"Id of {what}.", required=True),
            text("moved", doc="What told that it had moved: a time, or a hash.", needed="read"),
            Column("read_at", "timestamp", doc="When it was asked for.", needed="read"),
            *([listed_in] if each_workspace else []),
            removed(),
            load_id(),
        ),
        primary_key=("key",),
        key="`key`",
    )


USER_SETTINGS_HISTORY_READ = read_for("user_settings_history", "a user")
