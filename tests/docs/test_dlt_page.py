"""The Python of docs/dlt.md, as printed and in order, in a fresh folder against the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
import pytest

import gong_source
from gong_source.sandbox import Sandbox

PAGE = Path(gong_source.__file__).parents[1] / "docs" / "dlt.md"


def test_the_page_works_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 4
    names: dict[str, Any] = {}
    with Sandbox(calls=30, days=20, users=5, sentences=3, end="2026-06-01T00:00:00Z") as sandbox:
        monkeypatch.setenv("SOURCES__GONG__BASE_URL", sandbox.url)
        monkeypatch.setenv("SOURCES__GONG__CREDENTIALS__ACCESS_KEY", sandbox.access_key)
        monkeypatch.setenv("SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET", sandbox.access_key_secret)
        monkeypatch.setenv("SOURCES__GONG__REQUESTS_PER_SECOND", "0")
        monkeypatch.setenv("DLT_DATA_DIR", str(Path.cwd() / "dlt"))
        for block in blocks:
            exec(compile(block, str(PAGE), "exec"), names)
    with duckdb.connect("gong.duckdb") as connection:
        query = "SELECT count(*), count(DISTINCT email_address) FROM gong_data.users"
        assert connection.execute(query).fetchall() == [(5, 1)], "masked, also what was there before"
        query = "SELECT count(*) FROM gong_data.calls__parties WHERE email_address <> 'hidden'"
        assert connection.execute(query).fetchall() == [(0,)]
