"""The report in a real browser: every chart is drawn, at three widths, in both colour schemes, and nobody is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gong_source.errors import GongDestinationError
from gong_source.sandbox import Sandbox
from gong_source.views import create_views
from gong_source.views.report import write_report
from gong_source.views.report.charts import Figure, figures
from gong_source.views.report.facts import Facts, read_facts
from gong_source.views.report.page import render
from tests.pipeline.harness import NOW, Tenant
from tests.views.company import Truth
from tests.views.test_create import database, pipeline, sql  # noqa: F401  fixtures

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE = 300_000
"""Milliseconds that the browser may take for anything."""
CHARTS = ["weeks", "reps", "trackers", "coverage", "lags", "accounts", "scores"]
SCORES = [
    {"rep": "Ada </script><b>", "scorecard": "Discovery", "reviews": 3, "score": 4.25},
    {"rep": "Ada </script><b>", "scorecard": "Demo", "reviews": 1, "score": 2.0},
]


@pytest.fixture(scope="session")
def page(company: Tenant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's report; scorecards are made up where the company has none."""
    import vl_convert

    facts = read_facts(company.pipeline(), weeks=26)
    if not facts.scores:
        facts = Facts(**{**vars(facts), "scores": SCORES})
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(facts, figures(facts), "Calls & more", vl_convert.javascript_bundle()))
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed"
        pytest.fail(reason) if os.environ.get("GONG_REQUIRE_BROWSER") == "1" else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"], timeout=PATIENCE)
        yield chromium
        chromium.close()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (820, "dark"), (1400, "light")])
def test_every_chart_is_drawn(browser: Any, page: Path, width: int, scheme: str):
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        tab = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.goto(page.as_uri(), timeout=PATIENCE)
        tab.wait_for_function("document.querySelectorAll('.chart[data-drawn]').length == 7", timeout=PATIENCE)
        marks = tab.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.chart')].map(place => [place.id,"
            " place.querySelectorAll('.mark-rect path, .mark-line path, .mark-symbol path').length]))"
        )
        assert list(marks) == CHARTS
        assert all(count > 1 for count in marks.values()), marks
        assert tab.evaluate("document.documentElement.scrollWidth") == width, "the page is wider than the screen"
        assert tab.evaluate("[...document.querySelectorAll('svg')].every(one => one.clientWidth <= innerWidth)")
        assert asked == [page.as_uri()]
        assert said == []
        before = tab.evaluate("getComputedStyle(document.body).backgroundColor")
        tab.emulate_media(color_scheme="light" if scheme == "dark" else "dark")
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_nothing_is_fetched(page: Path):
    markup = re.sub(r"<script>.*?</script>", "", page.read_text(), flags=re.DOTALL)
    assert not re.search(r"https?:|//\w|<link|@import|url\(|<img", markup)
    assert not re.search(r"<script[^>]+src", page.read_text())
    assert "<b>" not in markup


def test_numbers_are_those_of_the_company(company: Tenant, truth: Truth):
    facts = read_facts(company.pipeline(), weeks=3)
    weeks = sorted({truth.week(call_id) for call_id in truth.calls})[-3:]
    calls = [call_id for call_id in truth.calls if truth.week(call_id) in weeks]
    assert (facts.first, facts.last) == (weeks[0], weeks[-1])
    assert facts.totals["calls"] == f"{len(calls):,}"
    assert sum(row["calls"] for row in facts.weeks) == len(calls)
    assert sum(row["calls"] for row in facts.coverage) == len(calls)
    linked = {call_id for *_, call_id, _ in truth.objects("Account")} & set(calls)
    assert 0 < max(row["calls"] for row in facts.accounts) <= len(linked)
    assert all(0 < row["talk_ratio"] <= 1 for row in facts.reps)
    assert {row["week"] for row in facts.trackers} == {(weeks[0] + timedelta(weeks=n)).isoformat() for n in range(3)}


def test_a_figure_without_rows_says_so(company: Tenant):
    facts = read_facts(company.pipeline(), weeks=1)
    empty = Figure("empty", "Nothing", "Nobody.", [], {"mark": "bar", "encoding": {}})
    page = render(facts, [empty], "t", "")
    assert "Nothing was loaded that this could show." in page
    assert 'id="empty"' not in page


def test_who_shares_a_name_has_a_mark_of_its_own(pipeline: Any, database: Path):  # noqa: F811
    """Teams, reps, accounts, who was reviewed and by which scorecard."""
    account = "('c{n}', 'Account', 'a{n}', '[{{\"name\": \"Name\", \"value\": \"Acme\"}}]')"
    rows = {
        "users (id VARCHAR, first_name VARCHAR, last_name VARCHAR, manager_id VARCHAR)": (
            "('m{n}', 'Bo', 'Ek', NULL), ('u{n}', 'Al', 'Ray', 'm{n}')"
        ),
        "calls (id VARCHAR, started TIMESTAMPTZ, duration BIGINT, scope VARCHAR, primary_user_id VARCHAR)": (
            "('c{n}', '2026-06-01', 60, 'External', 'u{n}')"
        ),
        "calls__interaction_stats (call_id VARCHAR, name VARCHAR, value DOUBLE)": "('c{n}', 'Talk Ratio', 0.{n})",
        "calls__context__objects (call_id VARCHAR, object_type VARCHAR, object_id VARCHAR, fields JSON)": account,
        "answered_scorecards (answered_scorecard_id VARCHAR, scorecard_id VARCHAR, scorecard_name VARCHAR, "
        "reviewed_user_id VARCHAR, review_time TIMESTAMPTZ)": "('{n}', 's{n}', 'Demo', 'u{n}', '2026-06-01')",
        "answered_scorecards__answers (answered_scorecard_id VARCHAR, is_overall BOOLEAN, score DOUBLE)": (
            "('{n}', TRUE, {n})"
        ),
    }
    for table, values in rows.items():
        filled = ", ".join(values.format(n=number) for number in (1, 2))
        sql(database, f"CREATE TABLE {table}", f"INSERT INTO {table.split()[0]} VALUES {filled}")
    create_views(pipeline)
    facts = read_facts(pipeline, weeks=3)
    assert [(row["team"], row["calls"]) for row in facts.weeks] == [("Bo Ek (m1)", 1), ("Bo Ek (m2)", 1)]
    assert [(row["rep"], row["talk_ratio"]) for row in facts.reps] == [("Al Ray (u1)", 0.1), ("Al Ray (u2)", 0.2)]
    assert [row["account"] for row in facts.accounts] == ["Acme (Unknown a1)", "Acme (Unknown a2)"]
    assert facts.totals["accounts"] == "2"
    scores = [(row["rep"], row["scorecard"], row["score"]) for row in facts.scores]
    assert scores == [("Al Ray (u1)", "Demo (s1)", 1), ("Al Ray (u2)", "Demo (s2)", 2)]


def test_a_week_without_a_hit_is_a_zero(pipeline: Any, database: Path):  # noqa: F811
    """Also where no tracker at all was found in it; a week without calls has no share."""
    sql(
        database,
        "CREATE TABLE calls (id VARCHAR, started TIMESTAMPTZ)",
        "INSERT INTO calls VALUES ('1', '2026-06-01'), ('2', '2026-06-08'), ('3', '2026-06-22'), ('4', '2026-06-29')",
        "CREATE TABLE calls__trackers (call_id VARCHAR, name VARCHAR, count BIGINT)",
        "INSERT INTO calls__trackers VALUES ('1', 'Price', 0), ('2', 'Price', 2), ('3', 'Price', 0), ('4', 'Rival', 1)",
    )
    create_views(pipeline)
    every: dict[str, float] = {"06-01": 0, "06-08": 1, "06-22": 0, "06-29": 0}
    for weeks, expected in ((9, every), (10**20, every), (2, {})):
        found = read_facts(pipeline, weeks).trackers
        assert {row["week"][5:]: row["share"] for row in found if row["tracker"] == "Price"} == expected
    assert [(row["week"], row["share"]) for row in found] == [("2026-06-22", 0), ("2026-06-29", 1)]


def test_no_calls_is_an_error(pipeline: Any, database: Path, tmp_path: Path):  # noqa: F811
    sql(database, "CREATE TABLE users (id VARCHAR)")
    create_views(pipeline)
    with pytest.raises(GongDestinationError, match="run gong-source sync first"):
        write_report(pipeline, tmp_path / "report.html")


@pytest.mark.parametrize(
    ("resources", "advice"), [(["calls", "users"], "earlier --start-date"), (["users"], "sync --resources calls")]
)
def test_a_company_without_calls_is_not_told_to_sync_first(tmp_path: Path, resources: list[str], advice: str):
    with Sandbox(days=5, calls=0, users=2, end=NOW) as sandbox:
        sandbox.control.set_now(NOW)
        tenant = Tenant(sandbox, tmp_path, days=6)
        tenant.synced(resources=resources)
        create_views(tenant.pipeline())
        with pytest.raises(GongDestinationError, match=advice) as told:
            write_report(tenant.pipeline(), tmp_path / "report.html")
    assert "sync first" not in str(told.value)
