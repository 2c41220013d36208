"""The report as one HTML file: numbers, charts, tables, and the JavaScript that draws them, all inside."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from dlt.pipeline.pipeline import Pipeline

from gong_source.config import replacing
from gong_source.errors import GongConfigError
from gong_source.views.report.facts import Facts, Row, read_facts

if TYPE_CHECKING:
    from gong_source.views.report.charts import Figure

PAGE = files(__name__.rpartition(".")[0]) / "page.html"


def write_report(pipeline: Pipeline, path: Path, weeks: int = 26, title: str = "Gong calls") -> None:
    """Write the report of a dataset that has the views.

    Args:
        pipeline: With a destination and a dataset name.
        path: The file to write.
        weeks: How many weeks back from the last call.
        title: Heading of the page.

    Raises:
        GongConfigError: The libraries that draw are not installed, or the file can't be made.
        GongDestinationError: There is no call.
        GongError: The disk is full.
    """
    try:
        from vl_convert import javascript_bundle

        from gong_source.views.report.charts import figures
    except ImportError as error:
        raise GongConfigError("Charts need more libraries: pip install 'gong-source[report]'") from error
    facts = read_facts(pipeline, weeks)
    page = render(facts, figures(facts), title, javascript_bundle())  # type: ignore[call-arg]  # its stub lacks the default
    with replacing(path) as file:
        file.write(page.encode())


def render(facts: Facts, figures: list[Figure], title: str, library: str) -> str:
    """The page.

    Args:
        facts: What was read.
        figures: The charts.
        title: Heading.
        library: JavaScript that defines ``vegaEmbed``.
    """
    charts = {figure.name: figure.spec for figure in figures if figure.rows}
    totals = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(text)}</dd></div>" for name, text in facts.totals.items()
    )
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        first=f"{facts.first:%d %B %Y}",
        last=f"{facts.last:%d %B %Y}",
        totals=totals,
        figures="".join(map(_section, figures)),
        library=library.replace("</script", "<\\/script"),
        charts=json.dumps(charts).replace("<", "\\u003c"),
    )


def _section(figure: Figure) -> str:
    chart = f'<div class="chart" id="{figure.name}" role="img" aria-label="{escape(figure.title)}"></div>'
    empty = '<p class="empty">Nothing was loaded that this could show.</p>'
    return (
        f"<section><h2>{escape(figure.title)}</h2><p>{escape(figure.note)}</p>"
        f"{chart + _table(figure.rows) if figure.rows else empty}</section>"
    )


def _table(rows: list[Row]) -> str:
    """The numbers of a chart, for who can't see it or wants to copy them."""

    def cell(tag: str, value: object, number: bool) -> str:
        text = f"{value:,.2f}" if isinstance(value, float) else "" if value is None else str(value)
        mark = ' class="number"' if number else ""
        return f"<{tag}{mark}>{escape(text)}</{tag}>"

    numbers = {name: any(isinstance(row[name], (int, float)) for row in rows) for name in rows[0]}
    head = "".join(cell("th", name.replace("_", " "), numbers[name]) for name in rows[0])
    body = "".join(
        "<tr>" + "".join(cell("td", value, numbers[name]) for name, value in row.items()) + "</tr>" for row in rows
    )
    return (
        '<details><summary>Numbers</summary><div class="rows"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></details>"
    )
