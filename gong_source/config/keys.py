"""Keys of the configuration that nothing reads: a typing error that would silently leave a default in force."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import CustomLoaderDocProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from gong_source.errors import GongConfigError
from gong_source.wording import shown

INSTEAD = {
    "max_table_nesting": "lists are tables as docs/tables.md has them and what is deeper is JSON: leave it out, and "
    "take JSON apart in SQL or by add_map.",
    "root_key": "nested tables have their parent's key in a column of its own, such as call_id: leave it out, and join "
    "by that.",
    "schema_contract": "it is an argument, of pipeline.run or of gong_source.with_args in Python: give it there.",
}
"""Arguments of a source that look like settings: dlt reads none of them from the configuration."""


@dataclass(frozen=True)
class Known:
    """What a section of the configuration may hold.

    Attributes:
        keys: Names of its settings.
        sections: Names of sections in it, which are checked by themselves.
        others: Whether dlt has further sections in it, such as those of resources: then only a section that looks like
            a mistaken name is refused.
    """

    keys: Collection[str]
    sections: Collection[str] = ()
    others: bool = False


@dataclass(frozen=True)
class _Found:
    """A key as it was found.

    Attributes:
        name: Its own name.
        path: With the names that follow where it is a section in the environment.
        is_section: Whether it is a section.
        where: It, as people find it.
        meant: As dlt reads it, where it is typed so that dlt does not; None otherwise.
    """

    name: str
    path: str
    is_section: bool
    where: str
    meant: str | None = None


def refuse_unknown(section: tuple[str, ...], known: Known, pipeline_name: str | None) -> None:
    """Refuse what nothing reads in a section, and in the same section of a pipeline.

    Args:
        section: Such as ``("sources", "gong")``.
        known: What it may hold.
        pipeline_name: Of the pipeline whose own section counts too, or None.

    Raises:
        GongConfigError: Naming the key, and the known one that is nearest to it.
    """
    sections = [section, (pipeline_name, *section)] if pipeline_name else [section]
    for found in (each for place in sections for each in (*_in_environment(place, known.keys), *_in_files(place))):
        if found.name in INSTEAD:
            raise unknown_setting(found.where, found.name, known.keys)
        if found.is_section:
            near = nearest(found.name, known.sections, 0.7) or nearest(found.path.replace("__", "_"), known.keys, 0.9)
            if found.name not in known.sections and (near or found.meant or not known.others):
                raise _unknown("section", found.where, near or found.meant)
        elif found.name in known.sections:
            raise GongConfigError(f"{found.where} is a section, not a setting: set what is in it.")
        elif found.name not in known.keys:
            raise unknown_setting(found.where, found.name, known.keys)
        elif found.meant:
            raise _unknown("setting", found.where, found.meant)


def unknown_setting(where: str, name: str, known: Collection[str]) -> GongConfigError:
    """The error for a setting that does not exist.

    Args:
        where: The setting as people find it.
        name: Its name.
        known: Names that exist.
    """
    if name in INSTEAD:
        return GongConfigError(f"{where} is no setting: {INSTEAD[name]}")
    return _unknown("setting", where, nearest(name, known))


def _unknown(what: str, where: str, near: str | None) -> GongConfigError:
    return GongConfigError(f"Unknown {what} {shown(where)[1:-1]}" + (f": did you mean {near}?" if near else "."))


def nearest(name: str, known: Collection[str], likeness: float = 0.6) -> str | None:
    """The known name that is most like another one, or None if none is.

    Args:
        name: As typed.
        known: Names that exist.
        likeness: From 0 for anything to 1 for the same.
    """
    return next(iter(difflib.get_close_matches(name.lower(), known, 1, likeness)), None)


def _in_environment(section: tuple[str, ...], keys: Collection[str]) -> Iterator[_Found]:
    start = "__".join(section).lower().split("__")
    joined = {"_".join((*section, key)).upper(): key for key in keys}
    for variable in sorted(os.environ):
        parts, where = variable.lower().split("__"), f"{variable} in the environment"
        if len(parts) > len(start) and all(map(_reads_as, parts, start)):
            name, *inner = rest = parts[len(start) :]
            meant = "__".join((*start, *rest)).upper()  # dlt looks for this alone
            yield _Found(name, "__".join(rest), bool(inner), where, None if variable == meant else meant)
        elif len(parts) > len(start) and parts[-1] in keys:  # of another source, such as gong_emea
            continue
        elif key := joined.get(variable.upper().replace("__", "_")):
            yield _Found(key, key, False, where, "__".join((*section, key)).upper())


def _in_files(section: tuple[str, ...]) -> Iterator[_Found]:
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, CustomLoaderDocProvider):  # files; a vault would be asked over the network
            for path, table in _alike(provider._config_doc, section):
                where = ".".join(path)
                if path != section:  # dlt looks for the very names
                    raise _unknown("section", f"[{where}] in {provider.name}", f"[{'.'.join(section)}]")
                if not isinstance(table, dict | None):
                    raise GongConfigError(f"{where} in {provider.name} is a section, not a setting.")
                for name, value in (table or {}).items():
                    yield _Found(name, name, isinstance(value, dict), f"{name} in [{where}] of {provider.name}")


def _alike(table: Any, section: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What stands where a section would, as people may type its names, and the names that it has."""
    if not section:
        yield (), table
    elif isinstance(table, dict):
        for name, inner in table.items():
            if _reads_as(name, section[0]):
                yield from (((name, *path), found) for path, found in _alike(inner, section[1:]))


def _reads_as(name: str, part: str) -> bool:
    """Whether a name of a section is meant: other names than the first may be another pipeline's or source's."""
    return name.lower() == part.lower() or bool(part == "sources" and nearest(name, [part], 0.9))
