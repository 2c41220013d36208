"""Keys of the configuration that nothing reads: a typing error that would silently leave a default in force."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping
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
    """What the section of a source may hold. Further sections in it are dlt's, such as those of resources.

    Attributes:
        keys: Names of its settings.
        sections: Sections in it that are the source's own, and the names of the settings in each.
    """

    keys: Collection[str]
    sections: Mapping[str, Collection[str]]

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """The sections below it in which each setting is read."""
        own = {name: (section,) for section, names in self.sections.items() for name in names}
        return own | dict.fromkeys(self.keys, ())


@dataclass(frozen=True)
class _Found:
    """A value as it was found.

    Attributes:
        section: Of the source, with that of the pipeline where it has one.
        path: The names below it, the last one the value's own.
        source: The file that it is in; None for the environment.
        variable: What it is called in the environment.
        meant: As dlt reads it, where it is typed so that dlt does not; None otherwise.
    """

    section: tuple[str, ...]
    path: tuple[str, ...]
    source: str | None = None
    variable: str = ""
    meant: str | None = None

    def where(self, depth: int = -1) -> str:
        """It, or the section at a depth of its path, as people find it."""
        if self.source is None:
            return f"{self.variable} in the environment"
        return f"{self.path[depth]} in [{'.'.join((*self.section, *self.path[:depth]))}] of {self.source}"

    def belongs(self, place: tuple[str, ...]) -> GongConfigError:
        """The error for a setting that is read in another section than it stands in."""
        section = (*self.section, *place)
        if self.source is None:
            return _unknown("setting", self.where(), "__".join((*section, self.path[-1])).upper())
        return GongConfigError(
            f"{shown(self.where())[1:-1]} is read by nothing: it belongs into [{'.'.join(section)}]."
        )


def refuse_unknown(section: tuple[str, ...], known: Known, pipeline_name: str | None) -> None:
    """Refuse what nothing reads in the section of a source, and in the same section of a pipeline.

    Args:
        section: Such as ``("sources", "gong")``.
        known: What it may hold.
        pipeline_name: Of the pipeline whose own section counts too, or None.

    Raises:
        GongConfigError: Naming the key, and the known one that is nearest to it or where it belongs.
    """
    sections = [section, (pipeline_name, *section)] if pipeline_name else [section]
    for found in (each for place in sections for each in (*_in_environment(place, known), *_in_files(place))):
        name, *inner = found.path
        if name in INSTEAD:
            raise unknown_setting(found.where(0), name, known.keys)
        if not inner:
            _refuse_key(found, known)
        elif name in known.sections:
            _refuse_inner(found, known)
        else:
            _refuse_section(found, known)
        if found.meant:
            raise _unknown("setting", found.where(), found.meant)


def _refuse_key(found: _Found, known: Known) -> None:
    """Refuse what is no setting of the section itself."""
    (name,) = found.path
    if name in known.sections:
        raise GongConfigError(f"{found.where()} is a section, not a setting: set what is in it.")
    _refuse_elsewhere(found, known)
    if name not in known.keys:
        near = nearest(name, known.places)
        raise _unknown("setting", found.where(), near and ".".join((*known.places[near], near)))


def _refuse_inner(found: _Found, known: Known) -> None:
    """Refuse what is no setting of a section that is the source's own."""
    section, name, *deeper = found.path
    if name in known.sections[section] and deeper:
        raise _no_section(found.where(1))
    _refuse_elsewhere(found, known)
    if name not in known.sections[section]:
        raise unknown_setting(found.where(), "_".join((name, *deeper)), known.sections[section])


def _refuse_section(found: _Found, known: Known) -> None:
    """Refuse a section that is a mistaken name of something, or that has a setting in it; others are dlt's."""
    section = found.path[0]
    if section in known.keys:
        raise _no_section(found.where(0))
    joined = nearest(section, known.keys, 0.9) or nearest("_".join(found.path), known.keys, 0.9)
    if near := nearest(section, known.sections, 0.7) or joined:
        raise _unknown("section", found.where(0), near)
    _refuse_elsewhere(found, known)


def _refuse_elsewhere(found: _Found, known: Known) -> None:
    """Refuse a setting that is read in another section."""
    place = known.places.get(found.path[-1].lower())
    if place is not None and place != found.path[:-1]:
        raise found.belongs(place)


def _no_section(where: str) -> GongConfigError:
    return GongConfigError(f"{shown(where)[1:-1]} is a setting, not a section: give it a value.")


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


def _in_environment(section: tuple[str, ...], known: Known) -> Iterator[_Found]:
    start = "__".join(section).lower().split("__")
    paths = {(*place, name) for name, place in known.places.items()}
    joined = {"_".join((*section, *path)).upper(): path for path in paths}
    for variable in sorted(os.environ):
        parts = variable.lower().split("__")
        if len(parts) > len(start) and all(map(_reads_as, parts, start)):
            path = tuple(parts[len(start) :])
            meant = "__".join((*start, *path)).upper()  # dlt looks for this alone
            yield _Found(section, path, variable=variable, meant=None if variable == meant else meant)
        elif len(parts) > len(start) and parts[-1] in known.places:  # of another source, such as gong_emea
            continue
        elif found := joined.get(variable.upper().replace("__", "_")):
            meant = "__".join((*section, *found)).upper()
            yield _Found(section, found, variable=variable, meant=meant)


def _in_files(section: tuple[str, ...]) -> Iterator[_Found]:
    for provider in Container()[PluggableRunContext].providers.providers:
        if isinstance(provider, CustomLoaderDocProvider):  # files; a vault would be asked over the network
            for path, table in _alike(provider._config_doc, section):
                where = ".".join(path)
                if path != section[: len(path)]:  # dlt looks for the very names
                    raise _unknown("section", f"[{where}] in {provider.name}", f"[{'.'.join(section)}]")
                if not isinstance(table, dict):
                    raise GongConfigError(f"{where} in {provider.name} is a section, not a setting.")
                for inner in _values(table):
                    yield _Found(section, inner, provider.name)


def _values(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The paths of all values in a section and in those below it."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from ((name, *path) for path in _values(value))
        else:
            yield (name,)


def _alike(table: Any, section: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What stands where a section would, as people may type its names, and the names that it has."""
    if not section or not (isinstance(table, dict) or section[0] == "sources"):
        yield (), table
    elif isinstance(table, dict):
        for name, inner in table.items():
            if _reads_as(name, section[0]):
                yield from (((name, *path), found) for path, found in _alike(inner, section[1:]))


def _reads_as(name: str, part: str) -> bool:
    """Whether a name of a section is meant: other names than the first may be another pipeline's or source's."""
    return name.lower() == part.lower() or bool(part == "sources" and nearest(name, [part], 0.9))
