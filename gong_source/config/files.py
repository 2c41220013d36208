"""dlt's toml files: read also with a byte order mark, refused in a sentence where they are no toml or out of reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import tomlkit
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import CustomLoaderDocProvider, EnvironProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.providers.toml import CONFIG_TOML, SECRETS_TOML, TomlProviderReadException
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.run_context import RunContext
from dlt.common.utils import update_dict_nested
from tomlkit.exceptions import KeyAlreadyPresent, ParseError, TOMLKitError

from gong_source.config.environment import OF_GONG, refuse_quoted
from gong_source.config.home import OTHERS, is_others
from gong_source.errors import GongConfigError


def read_files() -> None:
    """Have dlt read its configuration files now, if it has not done so.

    To be called before anything else of dlt that reads its configuration, such as ``dlt.pipeline``.

    Raises:
        GongConfigError: The working directory was removed; a file can't be read, is no toml or no file, or is where
            others of the machine may write; or a variable of the environment has quotes around its value.
    """
    refuse_quoted(OF_GONG)
    try:
        os.getcwd()
    except FileNotFoundError:
        raise GongConfigError("The working directory is not there any more: change to one that is.") from None
    try:
        Container()[PluggableRunContext]
    except TomlProviderReadException:
        # dlt does not know the mark that editors on Windows begin a file with; where that is all, it reads these
        Container()[PluggableRunContext] = PluggableRunContext(_MarkedFiles(None))
    _refuse_unreachable(_places(Container()[PluggableRunContext]))


def _places(context: PluggableRunContext) -> list[Path]:
    """Where settings may be; a folder that others filled is no such place."""
    own, home = Path(context.context.settings_dir), Path(context.context.global_dir)
    if not is_others(home):
        return [own, home]
    if any(Path(path).parent == home for each in context.providers.providers for path in each.present_locations):
        raise GongConfigError(f"There are settings in {home}, {OTHERS}: set HOME to a folder of your own.")
    return [own]


def _refuse_unreachable(folders: list[Path]) -> None:
    for folder in folders:
        for path in (folder, folder / SECRETS_TOML, folder / CONFIG_TOML):
            if reason := _unreachable(path, is_folder=path == folder):
                raise GongConfigError(f"{path} can't be read: {reason}.")


def _unreachable(path: Path, is_folder: bool) -> str:
    """Why something is there that dlt takes for nothing: what it says of private calls, say, would not be heeded."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "it is a link that leads nowhere" if path.is_symlink() else ""
    except OSError as error:
        return error.strerror or type(error).__name__
    if is_folder:
        return "" if stat.S_ISDIR(mode) else "it is no folder"
    return "" if stat.S_ISREG(mode) or stat.S_ISCHR(mode) else "it is no file"  # /dev/null is an empty one


class _MarkedFiles(RunContext):
    """dlt's own places of configuration, whose files may begin with a byte order mark."""

    def initial_providers(self) -> list[ConfigProvider]:
        """The environment, then both files, as dlt has them."""
        return [EnvironProvider(), self._provider(SECRETS_TOML, True), self._provider(CONFIG_TOML, False)]

    def _provider(self, name: str, supports_secrets: bool) -> ConfigProvider:
        paths = [Path(folder) / name for folder in (self.settings_dir, self.global_dir)]
        there = [path for path in paths if os.path.isfile(path)]  # pathlib raises where a folder can't be looked into
        load: Callable[[], dict[str, Any]] = partial(_merged, there)
        return CustomLoaderDocProvider(name, load, supports_secrets, [str(path) for path in there])


def _merged(paths: list[Path]) -> dict[str, Any]:
    """What the files hold, the first one's values above the others'."""
    merged: dict[str, Any] = {}
    for path in reversed(paths):
        merged = update_dict_nested(merged, _toml(path))
    return merged


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig")).unwrap()
    except UnicodeDecodeError:
        reason = "it is not in UTF-8: save it as UTF-8"
    except KeyAlreadyPresent as error:  # of which no line is known
        reason = f"it is not valid TOML: {str(error).rstrip('.')}"
    except TOMLKitError as error:  # its text may quote a secret; the place does not
        where = f"line {error.line}" if isinstance(error, ParseError) else "it"
        reason = f"{where} is not valid TOML"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    raise GongConfigError(f"{path} can't be read: {reason}.")
