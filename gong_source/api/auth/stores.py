"""Where OAuth tokens are kept, and the lock that lets one process at a time buy and save them."""

from __future__ import annotations

import hashlib
import importlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Protocol, runtime_checkable

import dlt

from gong_source.api.auth.token_file import FileTokenStore, make_private_directory
from gong_source.api.auth.tokens import Tokens
from gong_source.config import GongCredentials, claim_folder
from gong_source.errors import GongConfigError
from gong_source.wording import in_a_line


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


def load(store: TokenStore) -> Tokens | None:
    """The tokens that a store holds.

    Args:
        store: Of any class.

    Raises:
        GongConfigError: It fails, or returns something else.
    """
    with _in_a_sentence("can't be read"):
        tokens: object = store.load()
    if tokens is None or isinstance(tokens, Tokens):
        return tokens
    raise GongConfigError(f"The token store's load() returns no Tokens, but something of type {type(tokens).__name__}.")


def save(store: TokenStore, tokens: Tokens) -> None:
    """Keep tokens in a store.

    Args:
        store: Of any class.
        tokens: To keep.

    Raises:
        GongConfigError: It fails.
    """
    with _in_a_sentence("can't save tokens", (tokens.access_token, tokens.refresh_token)):
        store.save(tokens)


@contextmanager
def reserving(store: TokenStore) -> Iterator[None]:
    """Know, where the store can tell, that it will be able to save, before anything is used that can be used once.

    Args:
        store: To save in.

    Raises:
        GongConfigError: It will not be.
    """
    make: Callable[[], AbstractContextManager[None]] = getattr(store, "reserving", nullcontext)
    with ExitStack() as reserved:
        with _in_a_sentence("can't save tokens"):
            reserved.enter_context(make())
        yield


@contextmanager
def _in_a_sentence(what: str, secrets: Iterable[str] = ()) -> Iterator[None]:
    """Tell of errors as of those of the settings: a store of the user's own raises what it likes."""
    try:
        yield
    except GongConfigError:
        raise
    except Exception as error:
        reason = in_a_line(error, None)
        for secret in filter(None, secrets):
            reason = reason.replace(secret, "<secret>")
        raise GongConfigError(f"The token store {what}: {reason.rstrip('.')}.") from None


def token_path(credentials: GongCredentials) -> Path:
    """Where the tokens of an OAuth client are kept: ``token_path``, or a file of its own in dlt's data directory.

    Args:
        credentials: With a client id.

    Raises:
        GongConfigError: dlt's data directory is another user's.
    """
    if credentials.token_path:
        return Path(credentials.token_path).expanduser()
    name = hashlib.sha256(str(credentials.client_id).encode()).hexdigest()[:12]
    folder = Path(dlt.current.run_context().data_dir)
    claim_folder(folder)
    return folder / f"gong-tokens-{name}.json"


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
    except Exception as error:  # it is anybody's code
        raise GongConfigError(
            f"sources.gong.credentials.token_store is {credentials.token_store!r}; it takes package.module:Class, "
            f"a class that needs no arguments ({in_a_line(error, None)})."
        ) from None
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
