"""A notebook over what gong-source loaded: ``marimo edit docs/explore.py`` (needs ``pip install marimo duckdb``).

It reads ``gong.duckdb`` of the working directory, or what GONG_DATABASE and GONG_DATASET name, and writes nothing.
"""

import marimo

app = marimo.App(width="medium", app_title="Gong calls")


@app.cell
def connect():
    import os

    import duckdb
    import marimo as mo

    database = duckdb.connect(os.environ.get("GONG_DATABASE", "gong.duckdb"), read_only=True)
    database.execute(f"SET TimeZone = 'UTC'; SET schema '{os.environ.get('GONG_DATASET', 'gong_data')}'")

    def ask(sql, *values):
        """Rows of a query as dictionaries."""
        answer = database.execute(sql, values)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    return ask, mo


@app.cell
def overview(ask, mo):
    (totals,) = ask(
        "SELECT count(*) AS calls, sum(minutes) / 60 AS hours, avg(has_transcript::INTEGER) AS transcribed, "
        "min(day) AS first, max(day) AS last FROM v_calls"
    )
    mo.md(
        f"""
        # Gong calls

        {totals["calls"]:,} calls and {totals["hours"] or 0:,.0f} hours from {totals["first"]} to {totals["last"]};
        {totals["transcribed"] or 0:.0%} have a transcript. The views are described in
        [docs/analyst.md](analyst.md).
        """
    )
    return (totals,)


@app.cell
def weeks(ask, mo):
    by_week = ask(
        "SELECT week, count(*) AS calls, round(sum(minutes) / 60, 1) AS hours, count(DISTINCT host_id) AS hosts, "
        "count(DISTINCT account_id) AS accounts FROM v_calls GROUP BY week ORDER BY week"
    )
    mo.vstack([mo.md("## Weeks"), mo.ui.table(by_week, selection=None)])
    return (by_week,)


@app.cell
def choose_account(ask, mo):
    accounts = ask(
        "SELECT name, system, object_id, calls FROM v_accounts WHERE name IS NOT NULL ORDER BY calls DESC, name"
    )
    choice = mo.ui.dropdown(
        {f"{one['name']} ({one['calls']} calls)": one for one in accounts},
        value=f"{accounts[0]['name']} ({accounts[0]['calls']} calls)" if accounts else None,
        label="Account",
    )
    mo.vstack([mo.md("## An account"), choice])
    return (choice,)


@app.cell
def account(ask, choice, mo):
    timeline = ask(
        "SELECT CAST(started AS DATE) AS day, title, host_name, outsiders, round(minutes) AS minutes, outcome "
        "FROM v_account_timeline WHERE system = ? AND account_id = ? ORDER BY call_number",
        *((choice.value["system"], choice.value["object_id"]) if choice.value else ("", "")),
    )
    mo.ui.table(timeline, selection=None)
    return (timeline,)


@app.cell
def search_box(mo):
    wanted = mo.ui.text(value="pric", label="Customers said")
    mo.vstack([mo.md("## What customers say"), wanted])
    return (wanted,)


@app.cell
def search(ask, mo, wanted):
    sentences = ask(
        "SELECT c.day, c.account_name, t.speaker_name, t.minute, t.text FROM v_transcript AS t "
        "JOIN v_calls AS c USING (call_id) WHERE t.affiliation = 'External' AND contains(lower(t.text), lower(?)) "
        "ORDER BY c.started DESC, t.sentence_index LIMIT 200",
        wanted.value,
    )
    mo.ui.table(sentences, selection=None)
    return (sentences,)


if __name__ == "__main__":
    app.run()
