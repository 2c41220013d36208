"""The charts of the report, in Vega-Lite: what stands on which axis, and nothing of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gong_source.views.report.facts import Facts, Row

Json = dict[str, Any]

DAY = "timeFormat(toDate(datum.value + 'T12:00:00'), '%d %b')"
"""Label of a day that is a place on an axis and not a point in time: so that bars have a width."""


HEIGHT = 260
STEP = 24
"""Pixels of a chart, and of each name that one lists."""


@dataclass(frozen=True)
class Figure:
    """One chart with what is said about it.

    Attributes:
        name: Its id on the page.
        title: Heading.
        note: What to know to read it.
        rows: Its numbers.
        chart: Mark and axes, or layers of them.
    """

    name: str
    title: str
    note: str
    rows: list[Row]
    chart: Json

    @property
    def spec(self) -> Json:
        """The chart in Vega-Lite, as wide as its place, with room for each name."""
        names = self.chart["encoding"].get("y", {})
        steps = {row[names["field"]] for row in self.rows} if names.get("type") == "nominal" else set()
        return {
            "width": "container",
            "height": STEP * len(steps) or HEIGHT,
            "autosize": {"type": "fit-x", "contains": "padding"},
            "data": {"values": self.rows},
            **self.chart,
        }


def figures(facts: Facts) -> list[Figure]:
    """All charts, in the order of the page.

    Args:
        facts: What was read.
    """
    return [
        Figure(
            "weeks", "Calls per week, by team", "A team is everybody with the same manager today.", facts.weeks, WEEKS
        ),
        Figure(
            "reps",
            "Talk ratio by rep",
            "Mean of Gong's talk ratio over external calls, for the reps with most of them.",
            facts.reps,
            REPS,
        ),
        Figure(
            "trackers",
            "Trackers over time",
            "Share of a week's calls in which a tracker was found, for the trackers found most.",
            facts.trackers,
            TRACKERS,
        ),
        Figure(
            "coverage",
            "Transcripts",
            "Calls per week by whether the transcript is here; Gong does not say why one is missing.",
            facts.coverage,
            COVERAGE,
        ),
        Figure(
            "lags",
            "From call to warehouse",
            "Hours from the start of a call to when it was last written here: mean of a day, dashed its least. An edit "
            "writes a call again, and a backfill shows as a slope.",
            facts.lags,
            LAGS,
        ),
        Figure("accounts", "Top accounts", "Hours of calls with an account.", facts.accounts, ACCOUNTS),
        Figure(
            "scores",
            "Scorecards",
            "Mean answer to the overall question, by who was reviewed. Scales differ from scorecard to scorecard.",
            facts.scores,
            SCORES,
        ),
    ]


def _days(field: str) -> Json:
    axis = {"title": None, "labelExpr": DAY, "labelOverlap": True, "labelAngle": 0, "grid": False}
    return {"field": field, "type": "ordinal", "axis": axis}


def _number(field: str, title: str, form: str = "", **more: Any) -> Json:
    axis = {"tickCount": 5, **({"format": form} if form else {})}
    return {"field": field, "type": "quantitative", "title": title, "axis": axis, **more}


def _names(field: str) -> Json:
    return {"field": field, "type": "nominal", "title": None, "sort": "-x"}


def _kinds(field: str, **more: Any) -> Json:
    return {"field": field, "type": "nominal", "title": None, **more}


def _told(**formats: str) -> list[Json]:
    """What a pointer shows: a field with its format; text where there is none."""
    return [
        {"field": field, "type": "quantitative", "format": form} if form else {"field": field, "type": "nominal"}
        for field, form in formats.items()
    ]


def _bars(names: str, length: Json, told: list[Json]) -> Json:
    """A bar for each name, the longest first."""
    return {
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {"y": _names(names), "x": length, "tooltip": told},
    }


COLUMN: Json = {"type": "bar", "width": {"band": 0.85}}
LINE: Json = {"type": "line", "point": True}

WEEKS: Json = {
    "mark": COLUMN,
    "encoding": {
        "x": _days("week"),
        "y": _number("calls", "calls"),
        "color": _kinds("team"),
        "tooltip": _told(week="", team="", calls=",d", hours=",.1f"),
    },
}
REPS = _bars(
    "rep",
    _number("talk_ratio", "talk ratio", "%", scale={"domain": [0, 1]}),
    _told(rep="", talk_ratio=".1%", calls=",d"),
)
TRACKERS: Json = {
    "mark": LINE,
    "encoding": {
        "x": _days("week"),
        "y": _number("share", "share of calls", "%"),
        "color": _kinds("tracker"),
        "tooltip": _told(week="", tracker="", share=".0%", calls=",d", mentions=",d"),
    },
}
COVERAGE: Json = {
    "mark": COLUMN,
    "encoding": {
        "x": _days("week"),
        "y": _number("calls", "calls"),
        "color": _kinds("state", sort=["with transcript"]),
        "order": {"field": "state", "type": "nominal", "sort": "descending"},
        "tooltip": _told(week="", state="", calls=",d"),
    },
}
LAGS: Json = {
    "encoding": {"x": _days("day"), "tooltip": _told(day="", mean=",.1f", least=",.1f")},
    "layer": [
        {"mark": LINE, "encoding": {"y": _number("mean", "hours", "~s")}},
        {"mark": {"type": "line", "strokeDash": [4, 3]}, "encoding": {"y": _number("least", "hours", "~s")}},
    ],
}
ACCOUNTS = _bars("account", _number("hours", "hours"), _told(account="", hours=",.1f", calls=",d"))
SCORES: Json = {
    "mark": {"type": "circle", "size": 110, "opacity": 1},
    "encoding": {
        "y": _names("rep"),
        "x": _number("score", "mean score"),
        "color": _kinds("scorecard"),
        "tooltip": _told(rep="", scorecard="", score=".2f", reviews=",d"),
    },
}
