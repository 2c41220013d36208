"""Days as the company counts them: in its own time zone, where a day may have 23 or 25 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from gong_source.sandbox.clock import UTC, moved

DEFAULT_ZONE = "America/Los_Angeles"
"""In the zone of the examples in Gong's specification, by the name that every time zone database knows."""


@dataclass(frozen=True)
class Zone:
    """The company's time zone.

    Attributes:
        name: Its name in the time zone database.
    """

    name: str = DEFAULT_ZONE

    @cached_property
    def _info(self) -> ZoneInfo:
        return ZoneInfo(self.name)

    def day(self, moment: datetime) -> date:
        """Return the day on which a moment is."""
        return moment.astimezone(self._info).date()

    def start(self, day: date) -> datetime:
        """Return when a day starts, in UTC."""
        midnight = self._midnight(day)
        return moved(midnight.replace(tzinfo=UTC), -(midnight.utcoffset() or timedelta(0)))

    def stamp(self, day: date) -> str:
        """Write when a day starts, with the zone's offset on that day."""
        return self._midnight(day).isoformat()

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._info)


def days_between(first: date, last: date) -> list[date]:
    """Return the days in [first, last)."""
    return [first + timedelta(days=number) for number in range((last - first).days)]
