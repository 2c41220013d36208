"""What tests of settings share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext


@pytest.fixture
def write() -> Callable[..., None]:
    """Writes dlt's files and has them read again."""

    def write_all(config: str | bytes = "", secrets: str | bytes = "") -> None:
        Path(".dlt").mkdir(exist_ok=True)
        for name, content in (("config", config), ("secrets", secrets)):
            Path(f".dlt/{name}.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
        container = Container()
        if PluggableRunContext in container:
            del container[PluggableRunContext]

    return write_all
