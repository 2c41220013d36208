"""One quota for all processes of a machine, on files that may be spoilt, gone or forbidden."""

import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api import GongClient
from gong_source.api.endpoints import WORKSPACES
from gong_source.api.limits import SPACING, DailyBudget, Pacer, Quota, quota_of
from gong_source.api.notebook import Note, Notebook, SharedNotebook, latest, open_notebook
from gong_source.errors import GongQuotaExceeded
from gong_source.sandbox import Sandbox

BEGINNING = """
import os, signal, sys, time
from pathlib import Path
from gong_source.api import notebook as module
from gong_source.api.limits import DailyBudget, Pacer
from gong_source.api.notebook import SharedNotebook
from gong_source.errors import GongQuotaExceeded
module.PATIENCE = 60  # however long another process takes that holds the lock
notebook = SharedNotebook(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gong-quota" / "note.json"


def run_all(path: Path, script: str, processes: int) -> list[str]:
    """What each of some processes prints that are let go together."""
    command = [sys.executable, "-c", BEGINNING + script, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    for one in running:
        assert one.stdout.readline() == "ready\n"
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    return [one.communicate(timeout=300)[0] for one in running]


def test_processes_share_the_budget_to_the_last_request(path: Path):
    script = """
budget, done = DailyBudget(lambda: "2024-02-29", notebook), 0
for _ in range(80):
    try:
        budget.spend(100)
        done += 1
    except GongQuotaExceeded:
        pass
print(done)
"""
    assert sum(map(int, run_all(path, script, 2))) == 100
    assert DailyBudget(lambda: "2024-02-29", SharedNotebook(path)).used() == ("2024-02-29", 100)


def test_processes_share_the_pace(path: Path):
    script = """
def clock():
    global seen
    seen = time.time()
    return seen
pacer = Pacer(clock=clock, notebook=notebook)
for _ in range(12):
    pacer.wait(20)
    print(repr(seen))
"""
    starts = sorted(float(line) for printed in run_all(path, script, 2) for line in printed.split())
    assert len(starts) == 24
    assert min(later - start for start, later in itertools.pairwise(starts)) >= SPACING / 20 - 1e-6


def test_requests_of_a_killed_process_count(path: Path, monkeypatch: pytest.MonkeyPatch):
    script = """
budget = DailyBudget(lambda: "2024-02-29", notebook)
for _ in range(7):
    budget.spend(0)
with notebook.hold():
    os.kill(os.getpid(), signal.SIGKILL)
"""
    run_all(path, script, 1)
    monkeypatch.setattr("gong_source.api.notebook.PATIENCE", 300)
    began = time.monotonic()
    assert DailyBudget(lambda: "2024-02-29", SharedNotebook(path)).used() == ("2024-02-29", 7)
    assert time.monotonic() - began < 100, "its lock is gone with it"


def test_a_process_that_sleeps_on_the_lock_holds_up_nobody_for_long(path: Path):
    mine, other = SharedNotebook(path), SharedNotebook(path)
    budget = DailyBudget(lambda: "2024-02-29", other)
    with mine.hold():
        budget.spend(0)
    assert budget.used()[1] == 1


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 300, b"{", b"[]", b'{"day": 1}', b'{"day": "x", "used": "y"}', b"\xff" * 10]
)
def test_a_spoilt_file_is_written_anew_and_nothing_is_forgotten(path: Path, content: bytes):
    budget = DailyBudget(lambda: "2024-02-29", SharedNotebook(path))
    budget.spend(0)
    path.write_bytes(content)
    budget.spend(0)
    assert budget.used() == ("2024-02-29", 2)
    assert json.loads(path.read_bytes().rstrip(b"\x00\xff"))["used"] == 2


def test_a_file_that_vanishes_costs_nothing_that_was_counted_here(path: Path):
    budget = DailyBudget(lambda: "2024-02-29", SharedNotebook(path))
    budget.spend(0)
    path.unlink()
    budget.spend(0)
    path.unlink()
    path.parent.rmdir()
    budget.spend(0)
    assert budget.used() == ("2024-02-29", 3)


@pytest.mark.parametrize("next_start", [float("inf"), float("nan")])
def test_a_start_that_never_comes_is_not_waited_for(path: Path, next_start: float):
    notebook = SharedNotebook(path)
    path.write_text(json.dumps({"day": "2024-02-29", "used": 1, "next_start": next_start, "at": 0.0}))
    Pacer(notebook=notebook, sleep=lambda seconds: pytest.fail(f"slept {seconds}")).wait(3)


def test_a_clock_that_was_set_back_holds_up_nobody():
    now = [1_000_000.0]
    pacer = Pacer(clock=lambda: now[0], sleep=lambda seconds: pytest.fail(f"slept {seconds}"))
    pacer.pause(300)
    now[0] -= 3600
    pacer.wait(3)


def test_a_pause_of_another_process_is_told_and_not_sat_out_for_ever(path: Path):
    now = time.time()
    Pacer(clock=lambda: now, notebook=SharedNotebook(path)).pause(3600)
    told: list[float] = []
    slept: list[float] = []
    pacer = Pacer(clock=lambda: now + sum(slept), sleep=slept.append, notebook=SharedNotebook(path))
    with pytest.raises(GongQuotaExceeded, match=r"told another process to wait, 3600 s are left.*allows 300 s"):
        pacer.wait(3, 300, told.append)
    assert told == []
    pacer.wait(3, 4000, told.append)
    assert told == slept == [pytest.approx(3600)]


def test_it_is_cheap(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "fsync", lambda _: pytest.fail("waits for the disk"))
    quota = Quota(SharedNotebook(path))
    began = time.process_time()
    for _ in range(200):
        quota.budget.spend(10_000)
        quota.pacer.wait(0)
    assert (time.process_time() - began) / 200 < 0.001, "a tenth of it on most machines"


def test_threads_and_notebooks_do_not_mix_up_counts(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gong_source.api.notebook.PATIENCE", 60)
    books = [SharedNotebook(path) for _ in range(2)]
    gate = threading.Barrier(6, timeout=300)

    def work(number: int) -> None:
        budget = DailyBudget(lambda: "2024-02-29", books[number % 2])
        gate.wait()
        for _ in range(20):
            budget.spend(0)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert DailyBudget(lambda: "2024-02-29", books[0]).used()[1] == 120


@pytest.mark.usefixtures("one_day")
def test_what_a_killed_client_asked_for_is_counted_by_the_next():
    """With nothing but the key and the directory in common."""
    with Sandbox(empty=True) as sandbox:
        options = {
            "base_url": sandbox.url,
            "credentials": {"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret},
            "requests_per_second": 0,
            "daily_requests": 5,
        }
        script = f"""
import os, signal
from gong_source.api import GongClient
from gong_source.api.endpoints import WORKSPACES
client = GongClient.from_config(**{options!r})
for _ in range(3):
    client.request(WORKSPACES)
os.kill(os.getpid(), signal.SIGKILL)
"""
        subprocess.run([sys.executable, "-c", script], timeout=300, check=False)
        assert sandbox.counters.total == 3
        with GongClient.from_config(**options) as client:
            for _ in range(2):
                client.records(WORKSPACES)
            with pytest.raises(GongQuotaExceeded, match="5 requests made"):
                client.records(WORKSPACES)
        assert sandbox.counters.total == 5


class TestWhereItIs:
    def test_in_dlts_directory_by_host_and_key_without_showing_either(self, tmp_path: Path):
        one = open_notebook("https://api.gong.io", "the-key", tmp_path)
        assert isinstance(one, SharedNotebook)
        assert one.path.parent == tmp_path / "gong-quota"
        assert open_notebook("https://api.gong.io", "the-key", tmp_path).path == one.path
        assert open_notebook("https://api.gong.io", "other-key", tmp_path).path != one.path
        assert open_notebook("https://us-1.api.gong.io", "the-key", tmp_path).path != one.path
        assert not any(word in str(one.path) for word in ("the-key", "gong.io"))
        assert one.path.stat().st_mode & 0o077 == 0

    def test_else_in_that_for_temporary_files_else_in_this_process(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        file = tmp_path / "file"
        file.write_text("")
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        found = open_notebook("https://api.gong.io", "k", file)
        assert isinstance(found, SharedNotebook)
        assert found.path.parent.name == f"gong-quota-{os.getuid()}"
        monkeypatch.setattr(tempfile, "tempdir", str(file))
        assert type(open_notebook("https://api.gong.io", "k", file)) is Notebook

    def test_not_where_others_could_write_it(self, tmp_path: Path):
        (tmp_path / "open").mkdir(mode=0o777)
        (tmp_path / "open").chmod(0o777)
        with pytest.raises(PermissionError):
            SharedNotebook(tmp_path / "open" / "note.json")

    def test_clients_of_one_key_share_it_and_others_do_not(self, tmp_path: Path):
        one = quota_of("https://one.quota.test", "a")
        assert quota_of("https://one.quota.test", "a") is one
        assert quota_of("https://one.quota.test", "b") is not one


notes = st.builds(
    Note, st.sampled_from(["2024-02-28", "2024-02-29"]), st.integers(0, 9), st.floats(0, 9), st.floats(0, 9)
)


@given(notes, notes | st.none())
def test_what_was_counted_on_the_latest_day_is_never_forgotten(own: Note, other: Note | None):
    both = [note for note in (own, other) if note]
    day = max(note.day for note in both)
    together = latest(own, other)
    assert (together.day, together.used) == (day, max(note.used for note in both if note.day == day))
