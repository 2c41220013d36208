"""Writes the source into a folder that ``dlt init --location`` takes: a repository of git, as dlt clones it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import tomlkit

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGE = ROOT / "gong_source"
LEFT_OUT = ("cli", "sandbox", "views", "__pycache__", "py.typed")
"""What is for the command line alone."""

AUTHOR = ["-c", "user.name=gong_source", "-c", "user.email=gong_source@localhost", "-c", "commit.gpgsign=false"]


def write(target: Path) -> None:
    """Write ``sources/gong``, ``sources/gong_pipeline.py`` and a commit that holds them.

    Args:
        target: A folder; what is in it is replaced.
    """
    shutil.rmtree(target, ignore_errors=True)
    source = target / "sources" / "gong"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for path in source.rglob("*.py"):
        path.write_text(relative(path.read_text(), len(path.relative_to(source).parts)))
    shutil.copy(HERE / "README.md", source)
    shutil.copy(HERE / "gong_pipeline.py", source.parent)
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text())["project"]
    (source / "requirements.txt").write_text("".join(f"{each}\n" for each in project["dependencies"]))  # type: ignore[index,union-attr]
    for command in (["init", "-q"], ["add", "-A"], [*AUTHOR, "commit", "-q", "-m", "Gong"]):
        subprocess.run(["git", *command], cwd=target, check=True)


def relative(code: str, depth: int) -> str:
    """The code of a module with imports that hold under any name of the package.

    Args:
        code: With imports from ``gong_source``.
        depth: 1 for a module of the package itself, 2 in a package of it.
    """
    return re.sub(
        r"^( *from )gong_source(?:\.([\w.]+))?( import )",
        lambda found: f"{found[1]}{'.' * depth}{found[2] or ''}{found[3]}",
        code,
        flags=re.MULTILINE,
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
