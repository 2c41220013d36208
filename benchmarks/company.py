"""A company of any size, as bytes: a few hundred of the sandbox's calls, repeated under new ids and times.

Every record is serialised once as pieces between the places of its id and time, so that a page is one join.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import orjson

from gong_source.sandbox import Sandbox

ID, TIME = "@@id@@", "@@time@@"
TEMPLATES = 300
"""Different calls; about 90,000 different rows of sentences at 300 each."""

ZONES = (timezone.utc, timezone(timedelta(hours=-7)), timezone(timedelta(hours=2)))


class Template:
    """One record with gaps for the call's id and time."""

    def __init__(self, record: Any) -> None:
        """Cut a record at its marks.

        Args:
            record: JSON that holds the marks.
        """
        self._pieces = [piece.split(TIME.encode()) for piece in orjson.dumps(record).split(ID.encode())]

    def fill(self, call_id: bytes, time: bytes) -> bytes:
        """The record of one call.

        Args:
            call_id: Its id.
            time: When it started, in ISO 8601.
        """
        return call_id.join([time.join(pieces) for pieces in self._pieces])


@dataclass
class Company:
    """Calls with transcripts, users, workspaces, a library and logs.

    Attributes:
        size: Number of calls.
        days: How far back they go, evenly spread.
        end: When the newest ended.
        sentences: Usual number of sentences of a call.
        seed: Of the ids.
    """

    size: int
    days: float
    end: datetime
    sentences: int = 300
    seed: int = 11
    ids: list[bytes] = field(init=False, repr=False)
    times: list[datetime] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the templates, ids and times."""
        sandbox = Sandbox(
            calls=min(TEMPLATES, self.size) + 60, days=30, end=self.end, sentences=self.sentences, seed=self.seed
        )
        world = sandbox.world
        records = [call for call in world.calls.values() if call.transcript_available_at is not None][:TEMPLATES]
        self._full, self._basic, self._spoken = [], [], []
        for record in records:
            call = orjson.loads(orjson.dumps(record.data).replace(record.id.encode(), ID.encode()))
            meta = call["metaData"]
            meta["started"] = TIME
            meta["scheduled"] = TIME if meta["scheduled"] else None
            self._full.append(Template(call))
            self._basic.append(Template({"metaData": meta}))
            self._spoken.append(Template({"callId": ID, "transcript": record.transcript}))
        dice = random.Random(self.seed)
        ids: dict[int, None] = {}
        while len(ids) < self.size:
            ids[dice.randrange(10**17, 9 * 10**18)] = None
        self.ids = [str(number).encode() for number in ids]
        step = timedelta(days=self.days) / self.size
        self.times = [self.end - step * (self.size - number) for number in range(self.size)]
        self._by_id = {call_id: number for number, call_id in enumerate(self.ids)}
        self.users = list(world.users.values())
        self.workspaces = list(world.workspaces.values())
        self.folders = [(world.folder_workspaces[key], folder) for key, folder in world.folders.items()]
        self.folder_calls = world.folder_calls
        self.logs = world.logs

    def between(self, start: datetime, end: datetime) -> range:
        """Numbers of the calls of [start, end).

        Args:
            start: Inclusive.
            end: Exclusive.
        """
        return range(bisect_left(self.times, start), bisect_left(self.times, end))

    def numbers(self, ids: list[str]) -> list[int]:
        """Numbers of calls by id; unknown ones are left out.

        Args:
            ids: As Gong's filters take them.
        """
        found = (self._by_id.get(call_id.encode()) for call_id in ids)
        return [number for number in found if number is not None]

    def calls(self, numbers: list[int], *, parts: bool) -> bytes:
        """A JSON list of calls.

        Args:
            numbers: Which.
            parts: Whether with everything a content selector can ask for.
        """
        return self._list(self._full if parts else self._basic, numbers)

    def transcripts(self, numbers: list[int]) -> bytes:
        """A JSON list of transcripts.

        Args:
            numbers: Of the calls.
        """
        return self._list(self._spoken, numbers)

    def _list(self, templates: list[Template], numbers: list[int]) -> bytes:
        rows = [templates[n % len(templates)].fill(self.ids[n], self._time(n)) for n in numbers]
        return b"[" + b",".join(rows) + b"]"

    def _time(self, number: int) -> bytes:
        zone = ZONES[number % len(ZONES)]
        return self.times[number].astimezone(zone).isoformat(timespec="milliseconds").encode()
