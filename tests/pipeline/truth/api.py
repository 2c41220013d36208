"""Gong's API, read the plainest way, and its objects as rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import cache
from typing import Any

import orjson
import urllib3

from gong_source.sandbox import Sandbox

Row = dict[str, Any]
Rows = dict[str, list[Row]]


TIMES = {
    *("scheduled", "started", "posted", "created", "updated", "event_time", "call_start_time", "review_time", "time"),
    *("from_date", "to_date", "creation_date", "due_date", "last_modified"),
}
LARGE = re.compile(r"[-:,\[ ]\d{19}")


def decoded(text: str) -> Any:
    """JSON; with whole numbers beyond 64 bits, which the faster of the two would round."""
    return json.loads(text) if LARGE.search(text) else orjson.loads(text)


@cache
def snake(name: str) -> str:
    """A column name, as a person would write it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def row_of(item: dict[str, Any], **more: Any) -> Row:
    """One row of an object: its fields by snake-case name, times as UTC instants."""
    row = {snake(key): value for key, value in item.items()}
    for name in TIMES & row.keys():
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name].replace("Z", "+00:00")).astimezone(timezone.utc)
    return {**row, **more}


def texts(row: Row, *names: str) -> Row:
    return {name: None if value is None else str(value) if name in names else value for name, value in row.items()}


class PlainApi:
    """Reads whole lists with one loop."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        key = f"{sandbox.access_key}:{sandbox.access_key_secret}"
        self._pool = urllib3.PoolManager(headers=urllib3.make_headers(basic_auth=key), timeout=300, retries=False)

    def __enter__(self) -> PlainApi:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.clear()

    def post(self, path: str, key: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        cursor: dict[str, str] = {}
        while True:
            items, after = self._page("POST", path, key, json={**body, **cursor})
            yield from items
            if not after:
                return
            cursor = {"cursor": after}

    def get(self, path: str, key: str, **params: str) -> Iterator[dict[str, Any]]:
        while True:
            items, after = self._page("GET", path, key, fields=params)
            yield from items
            if not after:
                return
            params = {**params, "cursor": after}

    def one(self, path: str, **params: str) -> dict[str, Any]:
        answer = self._asked("GET", path, fields=params)
        assert answer.status == 200, answer.data
        return dict(answer.json())

    def _page(self, method: str, path: str, key: str, **options: Any) -> tuple[list[dict[str, Any]], str | None]:
        """A page's items, and the cursor of the next one."""
        answer = self._asked(method, path, **options)
        if answer.status == 404 and b"found" in answer.data:
            return [], None
        assert answer.status == 200, answer.data
        page = decoded(answer.data.decode())
        return page[key], page.get("records", {}).get("cursor")

    def _asked(self, method: str, path: str, **options: Any) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, self._sandbox.url + path, **options)
