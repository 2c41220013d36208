"""`.ci/run` tells by its status how the tests went, whatever its own cleaning meets."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEGINNING = (ROOT / ".ci" / "run").read_text().split("# Prints the interpreter")[0]


@pytest.mark.parametrize("background", [":", "sleep 0.1 & wait $!", "sleep 60 &", "(sleep 60; false) &"])
@pytest.mark.parametrize(("end", "status"), [(":", 0), ("exit 3", 3), ("false", 1)])
def test_its_status_is_that_of_what_it_ran(tmp_path: Path, background: str, end: str, status: int) -> None:
    ci = tmp_path / ".ci"
    ci.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (ci / "run").write_text(f"{BEGINNING}\n{background}\n{end}\n")

    ended = subprocess.run(
        ["bash", ci / "run"], env={"PATH": "/usr/bin:/bin", "TMPDIR": str(temporary)}, timeout=30, check=False
    )

    assert ended.returncode == status
    assert not list(temporary.iterdir()), "it removes what it made"
