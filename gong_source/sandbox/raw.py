"""Values that no JSON library would write, put into single records of answers: odd bytes, huge numbers, anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from gong_source.sandbox.messages import Json

IDS = (
    "id",
    "callId",
    "userId",
    "answeredScorecardId",
    "scorecardId",
    "trackerId",
    "briefId",
    "callOutcome",
    "eventTime",
    "setting",
)
"""What names a record, the first of these that it has; a call in the lists with parts is named in its metadata."""


@dataclass(frozen=True)
class RawValue:
    """One value.

    Attributes:
        key: What names the record.
        path: The steps to the value: names, and places in lists; the record itself without any.
        raw: The bytes to write there.
    """

    key: str
    path: tuple[str, ...]
    raw: bytes


@dataclass
class RawValues:
    """All values in force."""

    values: list[RawValue] = field(default_factory=list)

    def set(self, key: str, path: str | Sequence[str], raw: bytes) -> None:
        """Write bytes in place of a value from now on, in every answer that has the record."""
        steps = tuple(path.split(".") if path else ()) if isinstance(path, str) else tuple(path)
        self.values.append(RawValue(key, steps, raw))

    def write(self, payload: Json) -> bytes:
        """Write an answer."""
        if not self.values:
            return orjson.dumps(payload)
        copy = orjson.loads(orjson.dumps(payload))
        records = [(holder, step, _name(holder[step])) for holder, step in _records(copy)]
        for place, value in enumerate(self.values):
            for holder, step, name in records:
                if name == value.key:
                    _put(holder, (step, *value.path), _mark(place))
        body: bytes = orjson.dumps(copy)
        for place, value in enumerate(self.values):
            body = body.replace(b'"' + _mark(place).encode() + b'"', value.raw)
        return body


def _records(payload: Json) -> Iterator[tuple[Any, Any]]:
    """Yield where each record of an answer is: in a list at its top, or an object there."""
    for name, member in payload.items():
        if isinstance(member, list):
            yield from ((member, place) for place in range(len(member)))
        elif isinstance(member, dict) and name != "records":
            yield payload, name


def _name(record: Any) -> str | None:
    if not isinstance(record, dict):
        return None
    holder = record["metaData"] if isinstance(record.get("metaData"), dict) else record
    return next((str(holder[name]) for name in IDS if holder.get(name) is not None), None)


def _put(target: Any, steps: tuple[Any, ...], value: str) -> None:
    """Set a value; objects that are missing on the way are made, and where the way ends nothing is set."""
    *parents, last = steps
    for step in parents:
        target = _below(target, step)
    if isinstance(target, dict):
        target[last] = value
    elif isinstance(target, list) and int(last) < len(target):
        target[int(last)] = value


def _below(target: Any, step: Any) -> Any:
    if isinstance(target, dict):
        return target.setdefault(step, {})
    if isinstance(target, list) and int(step) < len(target):
        return target[int(step)]
    return None


def _mark(place: int) -> str:
    return f"raw value {place} of the sandbox"
