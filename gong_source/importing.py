"""What importing costs, and need not."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder

OF_PYTHON = 1000
"""Objects that Python itself may have frozen from the start: 3.12 has 375, others none."""


def is_frozen() -> bool:
    """Whether another part of the process has taken what is there out of the search for garbage."""
    return gc.get_freeze_count() > OF_PYTHON


@contextmanager
def uncollected() -> Iterator[None]:
    """Import, as long as the block lasts, without looking for garbage: what is imported stays.

    Python would look through all of it again and again: a sixth of the time of importing this package.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if not is_frozen():  # what another part of the process froze is its own
            gc.freeze()
            gc.unfreeze()  # all that is there now is in the oldest generation, and nobody looked through it
        gc.enable()


def imported_later(package: str, places: Mapping[str, str]) -> Callable[[str], object]:
    """Have names of a package imported when they are asked for: not everybody who imports it needs all of them.

    Args:
        package: Its name.
        places: The modules of the package in which the names are; a module itself can be asked for, too.

    Returns:
        The ``__getattr__`` of the package, which is asked once for a name: it is the package's from then on. It raises
        AttributeError where there is no such name.
    """

    def found(name: str) -> object:
        if name not in {*places, *places.values()}:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with uncollected():
            module = import_module(f"{package}.{places.get(name, name)}")
        value = getattr(module, name) if name in places else module
        setattr(sys.modules[package], name, value)
        return value

    return found


class _Never(MetaPathFinder):
    """Tells Python that there is no module of a name."""

    def __init__(self, module: str, asker: str | None) -> None:
        self.module = module
        self.asker = asker

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Where a module is; the next finder is asked about others."""
        if fullname == self.module and self.asker in (None, _who_asks()):
            raise ModuleNotFoundError(f"{fullname} is not imported here", name=fullname)


def _who_asks() -> str:
    """The package whose code imports just now."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def never(module: str, asker: str | None = None) -> None:
    """Have libraries take a module for not installed, for good: for a process that does nothing but one run.

    Args:
        module: One that is optional for them and nothing here uses; where it is imported already, it stays.
        asker: The package that is told so; all are unless given.
    """
    told = [(finder.module, finder.asker) for finder in sys.meta_path if isinstance(finder, _Never)]
    if (module, asker) not in told:
        sys.meta_path.insert(0, _Never(module, asker))
