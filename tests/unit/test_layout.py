"""The shape of the package: imports go one way, every part is documented and small, public names are pinned."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import gong_source

ROOT = Path(gong_source.__file__).parents[1]
MODULES = sorted([*(ROOT / "gong_source").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")])
MAX_LINES = 300

ORDER = [
    "importing",
    "version",
    "wording",
    "errors",
    "ranges",
    "config",
    "report",
    "api",
    "tables",
    "warehouse",
    "views",
    "streams",
    "source",
    "runs",
    "cli",
]
"""The files and rooms of gong_source: each may import those before it."""

BESIDE = {
    "actions": {"wording", "errors", "ranges", "config", "report", "api", "tables"},
    "webhook": {"wording", "errors", "ranges", "config", "report", "api", "tables"},
    "sandbox": set(),
}
"""Rooms beside that order, and all that each may import."""

SERVES_PEOPLE = {"runs", "cli"}
"""Rooms that may use what stands beside the order."""

SANDBOX_USERS = {"gong_source.cli.demo", "gong_source.cli.sandbox"}

PUBLIC = [
    "GongArgumentError",
    "GongAuthError",
    "GongBadRequestError",
    "GongClient",
    "GongConfigError",
    "GongConnectionError",
    "GongCredentials",
    "GongCursorExpired",
    "GongDestinationError",
    "GongDuplicateError",
    "GongError",
    "GongFolderError",
    "GongForbiddenError",
    "GongKeyRefusedError",
    "GongLoadError",
    "GongLockedError",
    "GongMovedError",
    "GongNotFoundError",
    "GongPlannedStop",
    "GongProtocolError",
    "GongQuotaExceeded",
    "GongRedirectError",
    "GongRequestError",
    "GongServerError",
    "GongSettings",
    "GongTooManyDeletions",
    "GongTooManyRejected",
    "GongUnreachableError",
    "WriteOutcomeUnknown",
    "gong_source",
]


def named(path: Path) -> str:
    """Dotted name of a module."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part(module: str) -> str:
    """The part of gong_source that a module belongs to: ``gong_source.tables.calls`` is of ``tables``."""
    return module.partition(".")[2].partition(".")[0]


def imported(path: Path) -> Iterator[str]:
    """Dotted names of this project's modules that a file imports, at any depth and for type checking too."""
    names = {named(module) for module in MODULES}
    package = named(path).split(".") if path.name == "__init__.py" else named(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            found = [full if (full := f"{base}.{alias.name}") in names else base for alias in node.names]
        else:
            continue
        yield from (name for name in found if name.split(".")[0] in {"gong_source", "pipelines"})


def objection(module: str, target: str) -> str | None:
    """Why a module may not import another one, or None if it may."""
    source, wanted = part(module), part(target)
    if target.startswith("gong_source.sandbox"):
        mine = module.startswith("gong_source.sandbox") or module in SANDBOX_USERS
        return None if mine else f"the sandbox is for {', '.join(sorted(SANDBOX_USERS))} and tests only"
    if module.startswith("pipelines"):
        return None if wanted == "cli" else "a script only names its command"
    if target.startswith("pipelines"):
        return "pipelines come last"
    if source in ("", wanted):
        return None
    if not wanted:
        return "inside the package, import from the module that defines the name"
    allowed = importable(source)
    return None if wanted in allowed else f"{source} may import {', '.join(sorted(allowed)) or 'nothing'} only"


def importable(source: str) -> set[str]:
    """The parts that a part may import."""
    if source in BESIDE:
        return BESIDE[source]
    above = set(ORDER[: ORDER.index(source)]) if source in ORDER else set()
    return above | set(BESIDE) if source in SERVES_PEOPLE else above


@pytest.fixture(params=MODULES, ids=named)
def module(request: pytest.FixtureRequest) -> Path:
    return request.param


def test_every_part_has_a_place():
    parts = {part(named(path)) for path in MODULES if named(path).startswith("gong_source.")}
    unknown = parts - set(ORDER) - set(BESIDE)
    assert not unknown, f"give {sorted(unknown)} a place in ORDER or BESIDE of {Path(__file__).name}"


def test_imports_go_one_way(module: Path):
    name = named(module)
    wrong = {f"{name} imports {target}: {why}" for target in imported(module) if (why := objection(name, target))}
    assert not wrong


def test_everything_public_is_documented(module: Path):
    def undocumented(node: ast.AST, name: str) -> Iterator[str]:
        if not ast.get_docstring(node):
            yield name
        for child in ast.iter_child_nodes(node):
            overload = "overload" in [getattr(mark, "id", "") for mark in getattr(child, "decorator_list", [])]
            if (
                isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
                and not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
                and not child.name.startswith("_")
                and not overload
            ):
                yield from undocumented(child, f"{name}.{child.name}")

    without = list(undocumented(ast.parse(module.read_text()), named(module)))
    assert not without


def test_modules_stay_small(module: Path):
    lines = len(module.read_text().splitlines())
    assert lines <= MAX_LINES, f"{named(module)} has {lines} lines; split it"


def prints(path: Path) -> Iterator[ast.Call]:
    """What a file calls to print, on standard output or elsewhere."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "click.secho"):
            yield node


def test_commands_print_by_put_alone():
    """It tells what was done where there is no room for the output."""
    modules = [path for path in MODULES if part(named(path)) == "cli" and path.stem != "output"]
    calls = [(path.name, call) for path in modules for call in prints(path)]
    assert calls
    assert not [
        (name, call.lineno) for name, call in calls if not {"err", "file"} & {each.arg for each in call.keywords}
    ]


def test_public_names_are_pinned():
    assert gong_source.__all__ == PUBLIC
    assert all(hasattr(gong_source, name) for name in PUBLIC)


def test_types_are_shipped():
    assert (ROOT / "gong_source" / "py.typed").is_file()
