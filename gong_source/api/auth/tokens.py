"""OAuth tokens, where they are kept, and the lock that lets one process at a time buy and save them."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Protocol, runtime_checkable

import dlt

from gong_source.config import GongCredentials, regular_file
from gong_source.errors import GongConfigError

DAY = 86400.0
"""Seconds that Gong's access tokens are valid."""

EARLY = 300.0
"""Seconds before its end that an access token counts as expired, or a tenth of its life where that is less."""

ROOM = 2**14
"""Bytes that are held free on the disk for tokens to come; they take less."""


@dataclass(frozen=True)
class Tokens:
    """What Gong's OAuth server gave out last.

    Attributes:
        access_token: Goes on every request.
        refresh_token: Buys the next pair, once.
        expires_at: When the access token ends, as Unix time.
        lifetime: How long it was valid at first, in seconds.
        scope: What it may do, with spaces.
        api_base_url: The tenant's own API, to be used with these tokens.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float = 0.0
    lifetime: float = DAY
    scope: str = ""
    api_base_url: str = ""

    def __post_init__(self) -> None:
        """Refuse what is of another type: it may come out of any file.

        Raises:
            TypeError: A field is.
        """
        for name in ("expires_at", "lifetime"):
            if not isinstance(getattr(self, name), (int, float)):
                raise TypeError(f"{name} is no number")
        for name in ("access_token", "refresh_token", "scope", "api_base_url"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} is no text")

    def is_fresh(self) -> bool:
        """Whether the access token is good for some time yet."""
        return bool(self.access_token) and time.time() < self.expires_at - min(EARLY, self.lifetime / 10)

    def is_valid(self) -> bool:
        """Whether the access token has not ended."""
        return bool(self.access_token) and time.time() < self.expires_at


@runtime_checkable
class TokenStore(Protocol):
    """Where tokens are kept. Any class with these two methods will do, such as one for a secret manager.

    One that can tell beforehand that it won't be able to save has a third, ``reserving()``: a context manager that
    raises then. What buys new tokens can be used once, and is used inside of it.
    """

    def load(self) -> Tokens | None:
        """The tokens saved last, or None when there are none."""

    def save(self, tokens: Tokens) -> None:
        """Keep tokens, durably: when this returns, the tokens that they replace are of no use any more.

        Args:
            tokens: To keep in place of all before.
        """


class FileTokenStore:
    """Keeps tokens in a JSON file that its owner alone can read."""

    def __init__(self, path: Path | str) -> None:
        """Name the file; nothing is read yet.

        Args:
            path: The file; its directory is made when needed.
        """
        self.path = Path(path).expanduser()
        self._room: Path | None = None

    def __repr__(self) -> str:
        """The path only."""
        return f"FileTokenStore({str(self.path)!r})"

    def load(self) -> Tokens | None:
        """The tokens saved last, or None when there is no file.

        Raises:
            GongConfigError: The file can't be read or is no token file, or others can read it.
        """
        path = regular_file(self.path)
        try:
            mode, content = path.stat().st_mode, path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GongConfigError(f"The token file {self.path} can't be read: {error.strerror}.") from error
        if os.name == "posix" and mode & 0o077:
            raise GongConfigError(f"Others can read the token file {self.path}; run `chmod 600 {self.path}`.")
        try:
            saved = json.loads(content)
            return Tokens(**{entry.name: saved[entry.name] for entry in fields(Tokens) if entry.name in saved})
        except (ValueError, TypeError, KeyError):
            raise GongConfigError(
                f"The file {self.path} holds no tokens; remove it and run `gong-source login`."
            ) from None

    @contextmanager
    def reserving(self) -> Iterator[None]:
        """Hold room on the disk, as long as the block lasts, for the tokens that it saves.

        Raises:
            GongConfigError: The file could not be written.
        """
        with self._telling():
            self._room = self._written(b" " * ROOM)
        try:
            yield
        finally:
            if self._room:
                with suppress(OSError):
                    self._room.unlink(missing_ok=True)
            self._room = None

    def save(self, tokens: Tokens) -> None:
        """Replace the file in one step, after the new one is safely on the disk.

        Args:
            tokens: To keep.

        Raises:
            GongConfigError: The file can't be written, or something else is there.
        """
        with self._telling():
            path, new = regular_file(self.path), self._written(json.dumps(asdict(tokens)).encode())
            try:
                os.replace(new, path)
            except OSError:
                new.unlink(missing_ok=True)
                raise
            self._room = None
            _sync_directory(path.parent)

    def _written(self, content: bytes) -> Path:
        """A file beside the one of the tokens, on the disk as a whole: that which holds room for it, or a new one."""
        path = regular_file(self.path)
        make_private_directory(path.parent)
        new = self._room or path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        handle = os.open(new, os.O_WRONLY | (0 if self._room else os.O_CREAT | os.O_EXCL), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            new.unlink(missing_ok=True)
            raise
        return new

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise GongConfigError(f"The token file {self.path} can't be written: {error.strerror}.") from error


def reserving(store: TokenStore) -> AbstractContextManager[None]:
    """Know, where the store can tell, that it will be able to save, before anything is used that can be used once.

    Args:
        store: To save in.
    """
    make: Callable[[], AbstractContextManager[None]] = getattr(store, "reserving", nullcontext)
    return make()


def token_path(credentials: GongCredentials) -> Path:
    """Where the tokens of an OAuth client are kept: ``token_path``, or a file of its own in dlt's data directory.

    Args:
        credentials: With a client id.
    """
    if credentials.token_path:
        return Path(credentials.token_path).expanduser()
    name = hashlib.sha256(str(credentials.client_id).encode()).hexdigest()[:12]
    return Path(dlt.current.run_context().data_dir) / f"gong-tokens-{name}.json"


def lock_path(credentials: GongCredentials) -> Path:
    """The file to lock while tokens of an OAuth client are bought and saved, whatever store they go to.

    Args:
        credentials: With a client id.
    """
    path = token_path(credentials)
    return path.with_name(f"{path.name}.lock")


def open_store(credentials: GongCredentials) -> TokenStore:
    """The configured token store: the user's own class, or the file.

    Args:
        credentials: With a client id.

    Raises:
        GongConfigError: ``token_store`` names no class with ``load`` and ``save``.
    """
    if not credentials.token_store:
        return FileTokenStore(token_path(credentials))
    module, _, name = credentials.token_store.partition(":")
    try:
        store = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise GongConfigError(
            f"sources.gong.credentials.token_store is {credentials.token_store!r}; it takes package.module:Class, "
            f"a class that needs no arguments ({error})."
        ) from error
    if not isinstance(store, TokenStore):
        raise GongConfigError(f"{credentials.token_store} lacks load() or save(tokens).")
    return store


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time in. Where the system has no ``flock``, only threads are kept apart, by the caller.

    Args:
        path: A file made for the lock alone; it stays.

    Raises:
        GongConfigError: It can't be made.
    """
    try:
        make_private_directory(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise GongConfigError(f"The lock file {path} can't be opened: {error.strerror}.") from error
    try:
        try:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        except ImportError:  # no such thing on Windows
            pass
        yield
    finally:
        os.close(handle)  # which gives the lock up too


def make_private_directory(path: Path) -> None:
    """Make a directory for its owner alone, unless it is there.

    Args:
        path: The directory.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync_directory(path: Path) -> None:
    if not hasattr(os, "O_DIRECTORY"):  # Windows can't open directories
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
