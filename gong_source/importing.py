"""What importing costs, and need not."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


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
        if not gc.get_freeze_count():  # what another part of the process froze is its own
            gc.freeze()
            gc.unfreeze()  # all that is there now is in the oldest generation, and nobody looked through it
        gc.enable()


class _Never(MetaPathFinder):
    """Tells Python that there is no module of a name."""

    def __init__(self, module: str) -> None:
        self.module = module

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Where a module is; the next finder is asked about others."""
        if fullname == self.module:
            raise ModuleNotFoundError(f"{fullname} is not imported here", name=fullname)


def never(module: str) -> None:
    """Have libraries take a module for not installed, for good: for a process that does nothing but one run.

    Args:
        module: One that is optional for them and nothing here uses; where it is imported already, it stays.
    """
    if not any(isinstance(finder, _Never) and finder.module == module for finder in sys.meta_path):
        sys.meta_path.insert(0, _Never(module))
