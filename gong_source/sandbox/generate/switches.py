"""How the settings of each user came to be what they are."""

from __future__ import annotations

from datetime import datetime
from random import Random

from gong_source.sandbox.clock import StampStyle, parse_stamp
from gong_source.sandbox.generate.company import Company
from gong_source.sandbox.generate.dice import chance, dice, pick
from gong_source.sandbox.messages import Json

# Gong's name for a setting in its history, by its name in a user; most have the same.
_OTHER_NAMES = {"telephonyCallsImported": "callsImported"}
# Settings that only the history tells of.
_HISTORY_ONLY = {"interviewsRecorded": True, "preventInterviewRecording": False}
_STYLES = (StampStyle(-420), StampStyle(None), StampStyle(None, 3))


def switches(user: Json) -> dict[str, bool]:
    """Return the present settings of a user under the names that the history uses."""
    settings = user.get("settings") or {}
    now = {_OTHER_NAMES.get(name, name): value for name, value in settings.items() if isinstance(value, bool)}
    return {"active": bool(user.get("active")), **now}


def entry(setting: str, value: bool, when: datetime, style: StampStyle = _STYLES[1]) -> Json:
    """Write one change of a setting."""
    return {"setting": setting, "value": value, "time": style.write(when)}


def make_settings_history(company: Company) -> dict[str, list[Json]]:
    """Make the history of every user's settings, which ends with what they are now."""
    return {
        key: _history(dice(company.seed, "settings history", number), company, user)
        for number, (key, user) in enumerate(company.users.items())
    }


def _history(random: Random, company: Company, user: Json) -> list[Json]:
    created = parse_stamp(user["created"])
    changes: list[tuple[datetime, str, bool]] = []
    for setting, value in {**switches(user), **(_HISTORY_ONLY if chance(random, 0.4) else {})}.items():
        times = _times(random, created, company.end, _changes(random, setting, value))
        values = [value if place % 2 == 0 else not value for place in range(len(times))]
        changes += [(when, setting, each) for when, each in zip(times, reversed(values), strict=True)]
    return [entry(setting, value, when, pick(random, _STYLES)) for when, setting, value in sorted(changes)]


def _changes(random: Random, setting: str, value: bool) -> int:
    if setting == "active":
        return 0 if value else 1
    return random.choices((0, 1, 2, 3), (70, 15, 12, 3))[0]


def _times(random: Random, created: datetime, end: datetime, count: int) -> list[datetime]:
    later = sorted(created + (end - created) * random.random() for _ in range(count))
    return [created, *later]
