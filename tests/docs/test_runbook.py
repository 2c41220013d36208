"""The runbook's commands do what it says, against a made-up company; a second DuckDB file is the warehouse."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import gong_source
from gong_source.cli.commands import main
from gong_source.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runbook")]

PAGE = (Path(gong_source.__file__).parents[1] / "docs" / "runbook.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))


class Written:
    """A folder with a company's synced dataset, in which the blocks of the page are run."""

    def __init__(self, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self._patch = patch
        self.values: dict[str, str] = {}
        self.said: list[str] = []

    def follow(self, section: str) -> list[str]:
        """Run all shell blocks of a section; what each command printed."""
        self.said = []
        for block in re.findall(r"^```sh\n(.*?)^```", SECTIONS[section], re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                self.said.append(self.run(line))
        return self.said

    def run(self, line: str) -> str:
        """Run one line; what it printed."""
        if line.startswith("export "):
            name, _, value = shlex.split(line)[1].partition("=")
            self._patch.setenv(name, self.values.get(name, value))
            return ""
        line, _, target = line.partition(" > ") if " > references" in line else (line, "", "")
        program, *words = shlex.split(os.path.expandvars(line))
        if program != "gong-source":
            done = subprocess.run(
                [sys.executable if program == "python" else program, *words],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            return done.stdout
        result = CliRunner().invoke(main, [self.values.get(word, word) for word in words])
        assert result.exit_code == 0, f"{line}\n{result.output}"
        if target:
            Path(target).write_text(result.stdout)
        return click.unstyle(result.output)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Path]]:
    """One company and one folder for all sections; its history ends now, as commands have the real clock."""
    with Sandbox(days=60, calls=60, users=6, sentences=4, end=datetime.now(timezone.utc)) as sandbox:
        yield sandbox, tmp_path_factory.mktemp("runbook")


@pytest.fixture
def written(company: tuple[Sandbox, Path], monkeypatch: pytest.MonkeyPatch) -> Written:
    """The folder, with a dataset that was synced before the first of the tests."""
    sandbox, folder = company
    now = sandbox.end  # for all sections one day, also around midnight
    monkeypatch.chdir(folder)
    for name, value in {
        "BASE_URL": sandbox.url,
        "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        "REQUESTS_PER_SECOND": "0",
        "START_DATE": f"{now - timedelta(days=60):%Y-%m-%d}",
    }.items():
        monkeypatch.setenv(f"SOURCES__GONG__{name}", value)
    monkeypatch.setenv("DLT_DATA_DIR", str(folder / "dlt"))
    monkeypatch.setenv("DESTINATION__BIGQUERY__DESTINATION_TYPE", "duckdb")
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", str(folder / "warehouse.duckdb"))
    written = Written(sandbox, monkeypatch)
    written.values = {
        "SOURCES__GONG__CREDENTIALS__ACCESS_KEY": sandbox.access_key,
        "SOURCES__GONG__CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        "2026-01-01": f"{now - timedelta(days=60):%Y-%m-%d}",
        "2026-03-01": f"{now - timedelta(days=30):%Y-%m-%d}",
        "2026-11-01": f"{now - timedelta(days=30):%Y-%m-%d}",
    }
    if not (folder / "gong.duckdb").exists():
        written.run("gong-source sync")
    return written


def test_keys_are_rotated(written: Written) -> None:
    assert '"exit_code": 0' in written.follow("A key is rotated")[-1]


def test_the_base_url_changes(written: Written) -> None:
    written.values["SOURCES__GONG__BASE_URL"] = written.sandbox.url.replace("127.0.0.1", "localhost")
    assert '"exit_code": 0' in written.follow("The base URL changes")[-1]


def test_a_call_that_slipped_past_the_look_back_is_traced_and_found(written: Written) -> None:
    day = written.sandbox.end - timedelta(days=20)
    (call_id,) = written.sandbox.control.add_calls(1, day)
    written.values |= {
        "CALL": call_id,
        "2026-05-03": f"{day:%Y-%m-%d}",
        "2026-05-04": f"{day + timedelta(days=1):%Y-%m-%d}",
    }
    _, shown, here, *_, reconciled, sound = written.follow("A call is missing")
    assert f'"{call_id}"' in shown
    assert call_id not in here
    assert "missing 1" in reconciled
    assert sound.startswith("Sound.")


def test_the_quota_is_used_up(written: Written) -> None:
    status, runs, plan, *_ = written.follow("The quota is used up")
    assert "requests today (UTC): gong " in status
    assert "sync" in runs
    assert "chunks to read" in plan


def test_a_table_is_loaded_anew(written: Written) -> None:
    dropped, loaded, sound = written.follow("A table is to be loaded anew")
    assert "Dropped: scorecards" in dropped
    assert re.search(r"scorecards +\d", loaded)
    assert "Sound." in sound


def test_a_person_is_erased(written: Written) -> None:
    people = (
        party for call in written.sandbox.world.visible_calls().values() for party in call.data.get("parties") or ()
    )
    written.values["PERSON"] = next(
        party["emailAddress"] for party in people if party.get("affiliation") == "External" and party["emailAddress"]
    )
    *_, purged, sound = written.follow("A person is to be erased")
    assert '"dry_run": false' in purged
    assert "Sound." in sound


def test_a_release_is_upgraded(written: Written) -> None:
    assert "v_calls" in written.follow("A release is upgraded")[-1]


def test_a_backup_is_restored(written: Written) -> None:
    *_, synced = written.follow("A backup is restored")
    assert "holds less" in synced or '"exit_code": 0' in synced


def test_duckdb_is_left_for_a_warehouse(written: Written) -> None:
    *_, sound = written.follow("DuckDB is left for a warehouse")
    assert "Sound." in sound
    assert "warehouse.duckdb" in sound
    (code,) = re.findall(r"^```python\n(.*?)^```", SECTIONS["DuckDB is left for a warehouse"], re.DOTALL | re.MULTILINE)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
