"""Controls for users, logs, the library and workspaces."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gong_source.sandbox.clock import StampStyle
from gong_source.sandbox.control.base import ControlBase
from gong_source.sandbox.generate.dice import big_id, dice
from gong_source.sandbox.generate.switches import entry, switches
from gong_source.sandbox.messages import Json
from gong_source.sandbox.records import set_at_path
from gong_source.sandbox.world import LOG_TYPES


class CompanyControl(ControlBase):
    """Edits users, adds log entries, rearranges the library, and says which workspaces the key may see."""

    def hide_workspace(self, id: str) -> None:
        """Take a workspace, with its calls, from what the key may see: its owner has no access to it."""
        self._move(id, self._world.workspaces, self._world.unseen_workspaces, hidden=True)

    def show_workspace(self, id: str) -> None:
        """Let the key see a workspace again that was hidden, and its calls."""
        self._move(id, self._world.unseen_workspaces, self._world.workspaces, hidden=False)

    def edit_user(self, id: str, field: str, value: Any) -> None:
        """Set a field of a user; a dotted path reaches into ``settings``, whose history grows."""
        with self._world.lock:
            if id not in self._world.users:
                raise ValueError(f"unknown user {id}")
            user = self._world.users[id]
            before = switches(user)
            set_at_path(user, field, value)
            self._world.settings_history.setdefault(id, []).extend(
                entry(setting, now, self._app.clock.now())
                for setting, now in switches(user).items()
                if before.get(setting) != now
            )

    def edit_answered_scorecard(self, id: str, path: str, value: Any, editor: str | None = None) -> None:
        """Set a value in an answered scorecard at a dotted path such as ``answers.0.score``.

        Args:
            id: The id of the answered scorecard.
            path: Where.
            value: What to set.
            editor: The user who is told as the editor; its time of review stays.
        """
        with self._world.lock:
            card = self._answered(id)
            set_at_path(card, path, value)
            if editor is not None:
                card["editorUserId"] = editor

    def delete_answered_scorecard(self, id: str) -> None:
        """Delete an answered scorecard; no trace stays."""
        with self._world.lock:
            card = self._answered(id)
            self._world.calls[card["callId"]].reviews.answered.remove(card)

    def set_credits(self, credits: int) -> None:
        """Set how many answers about CRM objects can still be paid for; after that they are refused with 402."""
        self._world.written.credits = credits

    def _move(self, workspace: str, out_of: dict[str, Json], into: dict[str, Json], *, hidden: bool) -> None:
        with self._world.lock:
            if workspace not in out_of:
                raise ValueError(f"unknown workspace {workspace}, or it is so already")
            into[workspace] = out_of.pop(workspace)
            for call in self._world.calls.values():
                if call.workspace_id == workspace:
                    call.hidden = hidden

    def _answered(self, key: str) -> Json:
        for call in self._world.calls.values():
            for card in call.reviews.answered:
                if card["answeredScorecardId"] == key:
                    return card
        raise ValueError(f"unknown answered scorecard {key}")

    def add_log_entries(self, log_type: str, entries: Iterable[Json]) -> None:
        """Add log entries in Gong's shape; ``eventTime`` is needed, the rest may be left out."""
        if log_type not in LOG_TYPES:
            raise ValueError(f"unknown log type {log_type!r}")
        with self._world.lock:
            self._world.add_log_entries(log_type, entries)

    def add_folder(
        self, name: str = "New folder", workspace_id: str | None = None, parent_id: str | None = None, **fields: Any
    ) -> str:
        """Add an empty library folder and return its id.

        Args:
            name: Its name.
            workspace_id: Its workspace; the first one by default.
            parent_id: The folder it is in.
            **fields: Further fields in Gong's shape.
        """
        with self._world.lock:
            world = self._world
            workspace = workspace_id or next(iter(world.workspaces))
            if workspace not in world.workspaces:
                raise ValueError(f"unknown workspace {workspace}")
            folder = self._new_folder(name, parent_id) | fields
            world.folders[folder["id"]] = folder
            world.folder_workspaces[folder["id"]] = workspace
            world.folder_calls[folder["id"]] = []
            key: str = folder["id"]
            return key

    def edit_folder(self, id: str, **fields: Any) -> None:
        """Change fields of a folder; the time of its last update moves unless it is given."""
        with self._world.lock:
            self._folder(id).update({"updated": self._stamp(), **fields})

    def delete_folder(self, id: str) -> None:
        """Delete a folder and what is in it; its sub-folders stay and lose their parent."""
        with self._world.lock:
            self._folder(id)
            del self._world.folders[id], self._world.folder_workspaces[id], self._world.folder_calls[id]
            for folder in self._world.folders.values():
                if folder["parentFolderId"] == id:
                    folder["parentFolderId"] = None

    def set_folder_calls(self, id: str, calls: Iterable[Json]) -> None:
        """Replace what is in a folder, in Gong's shape."""
        with self._world.lock:
            self._folder(id)
            self._world.folder_calls[id] = list(calls)

    def _folder(self, key: str) -> Json:
        if key not in self._world.folders:
            raise ValueError(f"unknown folder {key}")
        return self._world.folders[key]

    def _new_folder(self, name: str, parent: str | None) -> Json:
        random = dice(self._history.company.seed, f"folder {name}", len(self._world.folders))
        return {
            "id": big_id(random),
            "name": name,
            "parentFolderId": parent,
            "createdBy": next(iter(self._world.users)),
            "updated": self._stamp(),
        }

    def _stamp(self) -> str:
        return StampStyle(None, 3).write(self._app.clock.now())
