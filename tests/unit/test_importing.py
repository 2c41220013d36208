"""Nobody waits for the import of what they do not use."""

from __future__ import annotations

import gc
import subprocess
import sys
from importlib.util import find_spec

import pytest

import gong_source
import gong_source.runs

TYPED = """
import sys
sys.argv = ["gong-source", *{typed!r}.split()]
from gong_source.cli import main
try:
    main()
finally:
    print("imported:", *(name for name in {names!r} if name in sys.modules))
"""


def imported(code: str) -> set[str]:
    """What code that prints it in its last line has imported, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert "imported:" in done.stdout, done.stderr
    return set(done.stdout.rpartition("imported:")[2].split())


@pytest.mark.parametrize(
    ("typed", "heavy"),
    [
        ("sync --help", {"dlt", "pyarrow"}),
        ("sandbox --help", set()),
        ("--help", {"dlt", "pyarrow"}),  # which lists them all
    ],
)
def test_a_command_imports_what_it_uses(typed: str, heavy: set[str]) -> None:
    assert imported(TYPED.format(typed=typed, names=["dlt", "pyarrow", "numpy", "pandas"])) == heavy


def test_the_package_is_imported_as_it_is_used() -> None:
    code = "import sys, gong_source; print('imported:', *({'dlt', 'pyarrow', 'requests'} & {*sys.modules}))"
    assert imported(code) == set()


@pytest.mark.skipif(find_spec("numpy") is None, reason="numpy is not installed")
def test_arrow_converts_arrays_where_no_command_runs() -> None:
    code = "import sys, gong_source; gong_source.gong_source; print('imported:', *({'numpy'} & {*sys.modules}))"
    assert imported(code) == {"numpy"}


def test_there_is_no_other_name() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        gong_source.nonsense  # noqa: B018
    assert gong_source.GongClient is gong_source.api.GongClient
    assert {*gong_source.__all__} <= {*dir(gong_source)}


def test_a_name_that_was_found_is_the_package_s_and_garbage_goes_on_to_be_looked_for() -> None:
    assert gong_source.GongSettings is vars(gong_source)["GongSettings"]
    assert "run_sync" in dir(gong_source.runs)
    before = gc.get_stats()[0]["collections"]
    for _ in range(100):
        from gong_source import GongSettings  # noqa: F401

        cycles: list[list[object]] = [[] for _ in range(gc.get_threshold()[0])]
        for each in cycles:
            each.append(each)
    assert gc.get_stats()[0]["collections"] >= before + 50
