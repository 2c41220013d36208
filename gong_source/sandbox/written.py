"""What was written to the sandbox: kept apart from the history, so that writes never change what a sync reads."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from gong_source.sandbox.messages import ApiError, Json


@dataclass
class Written:
    """Everything that actions left behind.

    Attributes:
        calls: Bodies of created calls, by call id.
        media: Uploaded media by call id: size, digest, file name and type.
        access: Users who were given access, by call id.
        meetings: Bodies of meetings, by meeting id.
        events: Events in the order of their arrival, each with its kind.
        erased: What was to be erased: kind and value.
        tasks: Tasks that were changed, by id.
        assigned: Flow instances by id.
        bulk: Bulk assignments by id.
        crm: The registered CRM, or None.
        schemas: CRM fields by kind of object.
        uploads: CRM requests by ``clientRequestId``.
        profiles: Permission profiles that were made or changed, by id.
        profile_workspaces: The workspace of each profile that was made.
        settings: Integration settings.
        crm_objects: Uploaded CRM objects by kind and id.
        credits: How many answers about CRM objects can still be paid for.
    """

    calls: dict[str, Json] = field(default_factory=dict)
    media: dict[str, Json] = field(default_factory=dict)
    access: dict[str, list[str]] = field(default_factory=dict)
    meetings: dict[str, Json] = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    erased: list[tuple[str, str]] = field(default_factory=list)
    tasks: dict[str, Json] = field(default_factory=dict)
    assigned: dict[str, Json] = field(default_factory=dict)
    bulk: dict[str, Json] = field(default_factory=dict)
    crm: Json | None = None
    schemas: dict[str, list[Json]] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    profiles: dict[str, Json] = field(default_factory=dict)
    profile_workspaces: dict[str, str] = field(default_factory=dict)
    settings: list[Json] = field(default_factory=list)
    crm_objects: dict[str, dict[str, Json]] = field(default_factory=dict)
    credits: int = 1000
    _used: set[tuple[str, str]] = field(default_factory=set)
    _made: int = 0

    def new_id(self) -> str:
        """A new id of 19 digits."""
        self._made += 1
        return str(int(hashlib.sha256(f"desk/{self._made}".encode()).hexdigest()[:15], 16) % 10**18 + 10**18)

    def use(self, kind: str, key: Any, text: str) -> None:
        """Take an id that can be used once.

        Raises:
            ApiError: 409 when it was used before.
        """
        if key is None:
            return
        if (kind, str(key)) in self._used:
            raise ApiError(409, text)
        self._used.add((kind, str(key)))
