"""A call of the made-up company: what is true of it, when it becomes visible, and what was edited since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import orjson

from gong_source.sandbox.clock import parse_stamp
from gong_source.sandbox.messages import Json

LATEST = timedelta(days=21)
"""What is said about a generated call and done with it happens within this time of its start."""

AI_PARTS = ("brief", "outline", "highlights", "callOutcome", "keyPoints")


@dataclass(frozen=True)
class Action:
    """One thing that a user did with a call.

    Attributes:
        user: Id of the user.
        activity: Gong's word for it, one of the counters of the activity statistics.
        when: When it was done.
    """

    user: str
    activity: str
    when: datetime


@dataclass(frozen=True)
class Reviews:
    """What colleagues did with a call.

    Attributes:
        answered: Answered scorecards in Gong's shape, without the call's start.
        actions: All else that they did, besides comments.
    """

    answered: list[Json] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)


@dataclass(frozen=True)
class Facts:
    """What the statistics need to know of a call.

    Attributes:
        attendees: Users who took part, the host among them.
        comments: Who commented, and when.
        statistics: The interaction statistics by name.
        questions: Questions of the company's side.
        seconds: Its length.
    """

    attendees: tuple[str, ...]
    comments: tuple[tuple[str, datetime], ...]
    statistics: Mapping[str, float]
    questions: int
    seconds: int


class CallMaker(Protocol):
    """Makes the content of one call on demand, always the same."""

    def data(self) -> Json:
        """Make the full call in the extensive endpoint's shape."""

    def transcript(self) -> list[Json]:
        """Make the monologues of the call."""

    def reviews(self) -> Reviews:
        """Make what colleagues did with the call."""


@dataclass
class CallRecord:
    """One call.

    Content is made when it is first read. ``data`` and ``transcript`` hand out copies: change a call through
    ``edit``, never by changing a copy.

    Attributes:
        id: The call's id.
        started: The actual start.
        scheduled: The scheduled start of a recorded web conference.
        workspace_id: The workspace it belongs to.
        primary_user_id: Its host.
        available_at: When it becomes visible.
        ai_available_at: When its AI parts become visible.
        transcript_available_at: When its transcript becomes visible; ``None`` when it never gets one.
        maker: Makes its content.
        hidden: Whether a test hides it, with its transcript.
        edited: Whether a test changed it, so that ``LATEST`` does not hold for it.
        transcript_hidden: Whether a test hides its transcript.
    """

    id: str
    started: datetime
    scheduled: datetime | None
    workspace_id: str
    primary_user_id: str | None
    available_at: datetime
    ai_available_at: datetime
    transcript_available_at: datetime | None
    maker: CallMaker = field(repr=False)
    hidden: bool = False
    edited: bool = False
    transcript_hidden: bool = False
    _data: bytes | None = field(default=None, repr=False)
    _transcript: bytes | None = field(default=None, repr=False)
    _reviews: Reviews | None = field(default=None, repr=False)
    _facts: Facts | None = field(default=None, repr=False)

    @property
    def reviews(self) -> Reviews:
        """What colleagues did with the call; made when it is first read, and then changed in place."""
        if self._reviews is None:
            self._reviews = self.maker.reviews()
        return self._reviews

    @property
    def facts(self) -> Facts:
        """What the statistics need to know of the call."""
        if self._facts is None:
            self._facts = _facts(self.data)
        return self._facts

    @property
    def data(self) -> Json:
        """A copy of the full call, in the extensive endpoint's shape."""
        if self._data is None:
            self._data = orjson.dumps(self.maker.data())
        data: Json = orjson.loads(self._data)
        return data

    @property
    def transcript(self) -> list[Json] | None:
        """A copy of the monologues, or ``None`` when the call never gets a transcript."""
        if self.transcript_available_at is None:
            return None
        if self._transcript is None:
            return self.maker.transcript()
        monologues: list[Json] = orjson.loads(self._transcript)
        return monologues

    def data_at(self, now: datetime) -> Json:
        """Return a copy of the call as it is at a time: AI parts are left out until they are ready."""
        data = self.data
        content = data.get("content")
        if content and now < self.ai_available_at:
            data["content"] = {name: part for name, part in content.items() if name not in AI_PARTS}
        return data

    def is_visible(self, now: datetime) -> bool:
        """Tell whether lists show the call at a time."""
        return not self.hidden and self.available_at <= now

    def has_transcript(self, now: datetime) -> bool:
        """Tell whether the transcript can be read at a time."""
        ready = self.transcript_available_at is not None and self.transcript_available_at <= now
        return ready and not (self.hidden or self.transcript_hidden)

    def edit(self, changes: Json) -> None:
        """Merge changes into the call, deeply."""
        self._keep(deep_merge(self.data, changes))

    def edit_path(self, path: str, value: Any) -> None:
        """Set the value at a dotted path; numbers in the path count the elements of lists.

        Raises:
            KeyError: When the path leads nowhere.
            ValueError: When the id would change, or a time cannot be read.
        """
        data = self.data
        set_at_path(data, path, value)
        self._keep(data)

    def edit_transcript(self, transcript: Sequence[Json] | None, now: datetime) -> None:
        """Replace the transcript; a call that had none has one from now on, ``None`` takes it away for good."""
        if transcript is None:
            self.transcript_available_at = None
            return
        self._transcript = orjson.dumps(transcript)
        if self.transcript_available_at is None:
            self.transcript_available_at = now

    def _keep(self, data: Json) -> None:
        meta = data["metaData"]
        if meta["id"] != self.id:
            raise ValueError("the id of a call cannot change")
        self.started = parse_stamp(meta["started"])
        self.scheduled = parse_stamp(meta["scheduled"]) if meta.get("scheduled") else None
        self.workspace_id = meta["workspaceId"]
        self.primary_user_id = meta.get("primaryUserId")
        self._data = orjson.dumps(data)
        self._facts, self.edited = None, True


def deep_merge(base: Json, changes: Json) -> Json:
    """Return a copy of an object with changes merged in, deeply; lists are replaced."""
    merged = dict(base)
    for key, value in changes.items():
        old = merged.get(key)
        merged[key] = deep_merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def set_at_path(target: Any, path: str, value: Any) -> None:
    """Set the value at a dotted path.

    Raises:
        KeyError: When the path leads nowhere.
    """
    *parents, last = path.split(".")
    for step in parents:
        target = target[int(step)] if isinstance(target, list) else target[step]
    if isinstance(target, list):
        target[int(last)] = value
    elif isinstance(target, dict):
        target[last] = value
    else:
        raise KeyError(path)


def _facts(data: Json) -> Facts:
    interaction = data.get("interaction") or {}
    comments = (data.get("collaboration") or {}).get("publicComments") or ()
    return Facts(
        attendees=tuple(party["userId"] for party in data.get("parties") or () if party.get("userId")),
        comments=tuple((each["commenterUserId"], parse_stamp(each["posted"])) for each in comments),
        statistics={each["name"]: each["value"] for each in interaction.get("interactionStats") or ()},
        questions=(interaction.get("questions") or {}).get("companyCount") or 0,
        seconds=data["metaData"].get("duration") or 0,
    )
