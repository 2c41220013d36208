"""Folders and buckets for files that rows of tables name: recordings."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from fsspec.core import url_to_fs

from gong_source.errors import GongConfigError, GongFolderError
from gong_source.ranges import parse_instant
from gong_source.warehouse.own_parts import private_folder
from gong_source.wording import in_a_line

Result = TypeVar("Result")

PARTS = ".parts"
"""Folder, inside the folder, of what is not whole yet."""

_NAMED = re.compile(r"([^.]+)-[a-z]+(?:\.|$)")


def name_of(call_id: str, kind: str) -> str:
    """Name of a recording and of its parts, without what follows its first dot.

    Args:
        call_id: Gong's id of the call.
        kind: Of the recording, in small letters.
    """
    return f"{quote(call_id, safe='')}-{kind}"


class Folder:
    """One folder or bucket."""

    def __init__(self, url: str) -> None:
        """Nothing is asked yet.

        Args:
            url: A local path, or a URL that fsspec knows. A bucket's credentials are those of the environment.

        Raises:
            GongConfigError: What is needed for such a URL is not installed.
        """
        self.url = url.rstrip("/")
        try:
            self._files, self._root = url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise GongConfigError(f"sources.gong.media_folder can't be used: {error}") from error
        self._is_local = "file" in _protocols(self._files)

    @property
    def parts(self) -> Path:
        """Where folders of parts are kept: inside, or for a bucket in a temporary folder that is the user's alone.

        Raises:
            GongFolderError: Another user made that folder.
        """
        if self._is_local:
            return Path(self._root) / PARTS
        return private_folder() / hashlib.sha256(self.url.encode()).hexdigest()[:16]

    @property
    def is_away(self) -> bool:
        """Whether a local folder is not here, or holds nothing that runs leave in one: its volume is not mounted.

        Raises:
            GongFolderError: It can't be listed.
        """
        return self._is_local and not (self.parts.is_dir() or any(map(_call_of, self._names())))

    def away(self, what: str) -> GongFolderError:
        """An error that says so.

        Args:
            what: What that hinders, in words.
        """
        return GongFolderError(
            f"The folder {self.url} is not here, or nothing is in it, so {what}: run this where it is, with its volume "
            f"mounted. If its recordings are gone for good, make an empty folder {self.parts}."
        )

    def path_of(self, name: str) -> str:
        """Path or URL of a file, by which it is found from anywhere.

        Args:
            name: Its name.
        """
        return f"{self._root}/{name}" if self._is_local else str(self._files.unstrip_protocol(f"{self._root}/{name}"))

    def forget_parts(self, older_than: float) -> None:
        """Delete parts that nobody has gone on with.

        Args:
            older_than: Seconds since anything was written to them.
        """
        for part in self._kept("*.part"):
            if time.time() - part.stat().st_mtime > older_than:
                part.unlink(missing_ok=True)

    def _kept(self, pattern: str) -> list[Path]:
        """Parts that are there, by their names; what a link leads to is none."""
        return [part for part in self.parts.glob(f"*/{pattern}") if not (part.is_symlink() or part.parent.is_symlink())]

    def put(self, part: Path, name: str) -> str:
        """Bring a whole file to its name, in one step; the part is gone then.

        Args:
            part: The whole file.
            name: Its name.

        Returns:
            Its path or URL.

        Raises:
            GongFolderError: It can't be written.
        """
        if self._is_local:
            _tried(lambda: os.replace(part, self.path_of(name)), "write", self.url)
            return self.path_of(name)
        target = f"{self._root}/{name}"
        _tried(lambda: self._files.put_file(str(part), target), "write", self.url)
        held, sent = _tried(lambda: self._files.size(target), "read", self.url), part.stat().st_size
        if held != sent:
            raise GongFolderError(f"{self.url} holds {held} bytes of {name} in place of {sent}.")
        part.unlink()
        return self.path_of(name)

    @staticmethod
    def missing(paths: Iterable[str]) -> set[str]:
        """Those of some files that are not there; each folder is listed once.

        Args:
            paths: As :meth:`put` returned them.

        Raises:
            GongFolderError: A folder can't be listed.
        """
        by_folder: dict[str, set[str]] = {}
        for path in paths:
            folder, _, name = path.rpartition("/")
            by_folder.setdefault(folder, set()).add(name)
        return {f"{folder}/{name}" for folder, names in by_folder.items() for name in names - Folder(folder)._names()}

    def sizes(self) -> dict[str, int]:
        """Bytes of the files that are there, by name.

        Raises:
            GongFolderError: The folder can't be listed.
        """
        return {_name_in(told["name"]): int(told["size"] or 0) for told in self._listed(detail=True)}

    def _names(self) -> set[str]:
        return set(map(_name_in, self._listed(detail=False)))

    def _listed(self, detail: bool) -> list[Any]:
        self._files.invalidate_cache()
        try:
            return list(self._files.ls(self._root, detail=detail))
        except FileNotFoundError:
            return []
        except Exception as error:
            raise _failed("list", self.url, error) from error

    def calls(self) -> set[str]:
        """Ids of the calls of which there are recordings or parts of them, whether or not a row names them.

        Raises:
            GongFolderError: The folder can't be listed.
        """
        names = [*self._names(), *(part.name for part in self._kept("*.part"))]
        return {call for name in names if (call := _call_of(name))}

    def came_after(self, calls: Mapping[str, datetime]) -> set[str]:
        """Those of some calls of which a recording was written after a time, whether or not a row names it.

        Args:
            calls: Gong's ids, each with the time.

        Raises:
            GongFolderError: The folder can't be listed.
        """
        names = [(name, _call_of(name)) for name in self._names()] if calls else []
        return {call for name, call in names if call in calls and self._written(name) > calls[call]}

    def _written(self, name: str) -> datetime:
        return parse_instant(_tried(lambda: self._files.modified(f"{self._root}/{name}"), "read", self.url))

    def delete_all_of(self, call_ids: Collection[str]) -> None:
        """Delete all recordings of some calls and all parts of them, whether or not a row names them.

        Args:
            call_ids: Gong's ids.

        Raises:
            GongFolderError: The folder can't be listed, or something in it can't be deleted.
        """
        for part in self._kept("*.part"):
            if _call_of(part.name) in call_ids:
                part.unlink(missing_ok=True)
        for name in self._names():
            if _call_of(name) in call_ids:
                self._remove(name)

    @staticmethod
    def delete(path: str) -> None:
        """Delete a file, and what may be there of a part of it; one that is gone is no error.

        Args:
            path: As :meth:`put` returned it.

        Raises:
            GongFolderError: It can't be deleted, or it is in a folder that is not on this machine.
        """
        where, _, name = path.rpartition("/")
        folder = Folder(where)
        for part in folder._kept(f"{name.rpartition('.')[0] or name}.*"):
            part.unlink(missing_ok=True)
        if not folder._remove(name) and folder.is_away:
            raise folder.away(f"{name} in it can't be deleted")

    def _remove(self, name: str) -> bool:
        """Whether there was such a file."""
        try:
            self._files.rm_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return False
        except Exception as error:
            raise _failed("delete from", self.url, error) from error
        return True


def _call_of(name: str) -> str:
    """The call of a recording or of a part; empty where the name is none that a recording gets."""
    named = _NAMED.match(name)
    return unquote(named[1]) if named else ""


def _name_in(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _tried(do: Callable[[], Result], verb: str, url: str) -> Result:
    try:
        return do()
    except Exception as error:  # each kind of bucket has errors of its own
        raise _failed(verb, url, error) from error


def _failed(verb: str, url: str, error: BaseException) -> GongFolderError:
    return GongFolderError(f"Can't {verb} {url}: {in_a_line(error)}")
