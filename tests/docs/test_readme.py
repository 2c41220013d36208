"""The README's shell blocks, as printed and in order, in a fresh folder and environment, against the sandbox."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import tomlkit

import gong_source
from gong_source.sandbox import Sandbox

ROOT = Path(gong_source.__file__).parents[1]
LEFT_OUT = {"make test"}
"""What this test is a part of."""

KEPT = ("PATH", "LANG", "PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT", "REQUESTS_CA")
"""How the names of variables begin that a package index may need."""


def blocks() -> list[str]:
    """The shell blocks, without what is left out."""
    found = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    return ["".join(line for line in block.splitlines(True) if line.strip() not in LEFT_OUT) for block in found]


def with_values(script: str, values: dict[str, str]) -> str:
    """The script with other values in its ``export`` lines; each of them must be there."""
    for name, value in values.items():
        script, count = re.subn(rf'^(export SOURCES__GONG__{name})=".*"$', rf'\1="{value}"', script, flags=re.MULTILINE)
        assert count == 1, name
    return script


def checkout(*kinds: str) -> list[str]:
    """Files of a checkout, those that are committed by default; none in an archive."""
    known = subprocess.run(["git", "ls-files", *kinds], cwd=ROOT, capture_output=True, text=True, check=False)
    return [] if known.returncode else known.stdout.splitlines()


def copy_checkout(target: Path) -> None:
    """What a checkout would hold, changes that are not committed included."""
    names = checkout("--cached", "--others", "--exclude-standard")
    if not names:
        shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(".venv*", "*.duckdb", "__pycache__", ".git"))
    for name in names:
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def test_the_readme_fits_on_two_screens() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 100


def test_an_archive_of_the_sources_holds_all_that_the_documentation_tells_of() -> None:
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text())
    included = [path.removeprefix("/") for path in project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]]
    held = [*included, "pyproject.toml", "README.md", "LICENSE", ".gitignore"]
    assert all((ROOT / path).exists() for path in held)
    assert not [name for name in checkout() if not any(name == path or name.startswith(f"{path}/") for path in held)]


@pytest.mark.slow
def test_the_blocks_work_as_printed(tmp_path: Path) -> None:
    folder, home = tmp_path / "fresh copy", tmp_path / "home"
    home.mkdir()
    copy_checkout(folder)
    env = {name: value for name, value in os.environ.items() if name.upper().startswith(KEPT)}
    env.setdefault("PIP_CACHE_DIR", str(Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache" / "pip"))
    env |= {"HOME": str(home), "DLT_DATA_DIR": str(home / ".dlt"), "SOURCES__GONG__REQUESTS_PER_SECOND": "0"}
    with Sandbox(calls=60, days=80, users=5, sentences=5) as sandbox:
        values = {
            "BASE_URL": sandbox.url,
            "CREDENTIALS__ACCESS_KEY": sandbox.access_key,
            "CREDENTIALS__ACCESS_KEY_SECRET": sandbox.access_key_secret,
        }
        script = with_values("\n".join(blocks()), values)
        done = subprocess.run(
            ["bash", "-euxo", "pipefail", "-c", script],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        visible = len(sandbox.world.visible_calls())
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert f"The tables are in {folder / 'gong_demo.duckdb'}" in done.stdout
    assert f"where: destination duckdb, file {folder / 'gong_demo.duckdb'}" in done.stdout
    assert f"file {folder / 'gong.duckdb'}" in done.stdout
    assert re.search(rf"│ +{visible} │", done.stdout), done.stdout[-2000:]
