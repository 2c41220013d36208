"""Connections that note when a request goes out on them: the same exceptions come before that and after it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import PoolManager

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection as _Connection
else:
    _Connection = object


class Sending(threading.local):
    """How far the latest request of this thread has come.

    Attributes:
        begun: Whether any of it may have left. What is sent to a proxy to get a connection is none of it.
    """

    begun = False


SENDING = Sending()


class NotingAdapter(HTTPAdapter):
    """Sends over connections that set :attr:`Sending.begun`, whether a proxy is on the way or none."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """As requests does it."""
        super().init_poolmanager(*args, **options)
        self.poolmanager = _noting(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> PoolManager:
        """As requests does it.

        Args:
            proxy: Its address.
            **options: Passed on.
        """
        return _noting(super().proxy_manager_for(proxy, **options))


class DirectAdapter(NotingAdapter):
    """Goes by no proxy, whatever the environment names: plain http is for loopback addresses, a proxy's are its own."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """As requests does it.

        Args:
            request: What is to be sent.
            **options: Passed on.
        """
        return super().send(request, **{**options, "proxies": None})


class NotingSession(requests.Session):
    """Begins anew with each request, also with one that follows a redirect."""

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests does it.

        Args:
            request: What is to be sent.
        """
        SENDING.begun = False
        return super().prepare_request(request)

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """As requests does it.

        Args:
            request: What is to be sent.
            **options: Passed on.
        """
        SENDING.begun = False
        return super().send(request, **options)


class _Noting(_Connection):
    """Mixed into the connections of urllib3."""

    def endheaders(self, *args: Any, **options: Any) -> None:
        if self.sock is None:  # else it would be made within the next call, and could fail there
            self.connect()
        SENDING.begun = True
        super().endheaders(*args, **options)


def _noting(manager: PoolManager) -> PoolManager:
    """Have a manager make such connections, of the classes that it has: those through SOCKS are others."""
    pools: dict[str, Any] = manager.pool_classes_by_scheme
    if not any(issubclass(pool.ConnectionCls, _Noting) for pool in pools.values()):
        manager.pool_classes_by_scheme = {scheme: _noting_pool(pool) for scheme, pool in pools.items()}
    return manager


def _noting_pool(pool: Any) -> Any:
    connection = type(pool.ConnectionCls.__name__, (_Noting, pool.ConnectionCls), {})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})
