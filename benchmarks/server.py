"""A Gong API that is never the bottleneck: ``python -m benchmarks.server --calls 5000``.

One process, one thread, no framework; records are serialised beforehand (:mod:`benchmarks.company`). It answers what
a sync asks, filters and pages as Gong does, waits as long as it is told before each answer, and counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from benchmarks.company import Company

PAGE = 100
NOTHING = {
    "POST /v2/stats/activity/scorecards": "answeredScorecards",
    "POST /v2/stats/activity/aggregate-by-period": "usersAggregateActivity",
    "GET /v2/settings/scorecards": "scorecards",
    "GET /v2/settings/trackers": "keywordTrackers",
    "GET /v2/call-outcomes": "outcomes",
    "GET /v2/all-permission-profiles": "profiles",
}
"""Lists that a sync reads and this company has nothing in."""
EMPTY = "No {} found corresponding to the provided filters"


class Api:
    """Answers requests, without any socket."""

    def __init__(self, company: Company) -> None:
        """Serve a company.

        Args:
            company: What there is.
        """
        self.company = company
        self.counts: Counter[str] = Counter()
        self.sent = 0
        self.starts: list[float] = []
        self.paths: list[str] = []
        self.routes: dict[str, Callable[[dict[str, Any], dict[str, str]], tuple[int, bytes]]] = {
            "POST /v2/calls/extensive": self._calls,
            "POST /v2/calls/transcript": self._transcripts,
            "GET /v2/users": lambda body, query: self._plain("users", self.company.users, query),
            "GET /v2/workspaces": lambda body, query: self._plain("workspaces", self.company.workspaces, query),
            "GET /v2/library/folders": self._folders,
            "GET /v2/library/folder-content": self._folder,
            "GET /v2/logs": self._logs,
            **{name: partial(self._nothing, key) for name, key in NOTHING.items()},
        }

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of an answer.

        Args:
            method: HTTP method.
            target: Path and query.
            body: JSON, or nothing.
        """
        parts = urlsplit(target)
        name = f"{method} {parts.path}"
        if name == "GET /counters":
            return 200, orjson.dumps(self.counters())
        if name == "GET /timeline":
            return 200, orjson.dumps(list(zip(self.starts, self.paths, strict=True)))
        if name == "GET /reset":
            self.counts, self.sent, self.starts, self.paths = Counter(), 0, [], []
            return 200, b"{}"
        if name not in self.routes:
            return 404, orjson.dumps({"errors": [f"no such path: {name}"]})
        self.counts[name] += 1
        self.starts.append(time.monotonic())
        self.paths.append(parts.path)
        status, content = self.routes[name](orjson.loads(body) if body else {}, dict(parse_qsl(parts.query)))
        self.sent += len(content)
        return status, content

    def counters(self) -> dict[str, Any]:
        """What was counted since the last reset."""
        recent: deque[float] = deque()
        most = 0
        for start in self.starts:
            recent.append(start)
            while recent[0] <= start - 1:
                recent.popleft()
            most = max(most, len(recent))
        return {
            "requests": dict(self.counts),
            "total": sum(self.counts.values()),
            "bytes": self.sent,
            "most_in_a_second": most,
            "seconds_first_to_last": self.starts[-1] - self.starts[0] if self.starts else 0.0,
        }

    def _calls(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        parts = bool(body.get("contentSelector"))
        return self._page("calls", body, lambda numbers: self.company.calls(numbers, parts=parts))

    def _transcripts(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        return self._page("callTranscripts", body, self.company.transcripts)

    def _page(self, key: str, body: dict[str, Any], render: Callable[[list[int]], bytes]) -> tuple[int, bytes]:
        wanted = body.get("filter") or {}
        if "callIds" in wanted:
            numbers: Any = self.company.numbers(wanted["callIds"])
        else:
            numbers = self.company.between(
                _time(wanted.get("fromDateTime")), _time(wanted.get("toDateTime"), late=True)
            )
        if not numbers:
            return 404, orjson.dumps({"requestId": "bench", "errors": [EMPTY.format("calls")]})
        first = int(body.get("cursor") or 0)
        page = list(numbers[first : first + PAGE])
        records: dict[str, Any] = {
            "totalRecords": len(numbers),
            "currentPageSize": len(page),
            "currentPageNumber": first // PAGE,
        }
        if first + PAGE < len(numbers):
            records["cursor"] = str(first + PAGE)
        head = b'{"requestId":"bench","records":' + orjson.dumps(records) + b',"' + key.encode() + b'":'
        return 200, head + render(page) + b"}"

    def _plain(self, key: str, items: list[Any], query: dict[str, str]) -> tuple[int, bytes]:
        first = int(query.get("cursor") or 0)
        page = items[first : first + PAGE]
        records: dict[str, Any] = {
            "totalRecords": len(items),
            "currentPageSize": len(page),
            "currentPageNumber": first // PAGE,
        }
        if first + PAGE < len(items):
            records["cursor"] = str(first + PAGE)
        return 200, orjson.dumps({"requestId": "bench", "records": records, key: page})

    def _nothing(self, key: str, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        return 200, orjson.dumps({"requestId": "bench", "records": {"totalRecords": 0}, key: []})

    def _folders(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        folders = [folder for home, folder in self.company.folders if query.get("workspaceId") in (None, home)]
        return 200, orjson.dumps({"requestId": "bench", "folders": folders})

    def _folder(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        found = [folder for _, folder in self.company.folders if folder["id"] == query.get("folderId")]
        return 200, orjson.dumps({**found[0], "calls": self.company.folder_calls.get(query["folderId"], [])})

    def _logs(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, bytes]:
        start, end = _time(query["fromDateTime"]), _time(query.get("toDateTime"), late=True)
        entries = [e for e in self.company.logs[query["logType"]] if start <= _time(e["eventTime"]) < end]
        if not entries:
            return 404, orjson.dumps({"requestId": "bench", "errors": [EMPTY.format("log entries")]})
        return self._plain("logEntries", entries, query)


def _time(text: str | None, late: bool = False) -> datetime:
    if text is None:
        return datetime.max.replace(tzinfo=timezone.utc) if late else datetime.min.replace(tzinfo=timezone.utc)
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, api: Api, latency: float) -> None:
        """Serve an API.

        Args:
            api: Answers.
            latency: Seconds to wait before each answer.
        """
        self._api = api
        self._latency = latency
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there in full."""
        self._received += data
        while True:
            head, separator, rest = self._received.partition(b"\r\n\r\n")
            if not separator:
                return
            length = 0
            for line in head.split(b"\r\n")[1:]:
                if line[:15].lower() == b"content-length:":
                    length = int(line[15:])
            if len(rest) < length:
                return
            body, self._received = rest[:length], rest[length:]
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            status, content = self._api.answer(method, target, body)
            answer = b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (
                status,
                len(content),
            )
            if self._latency and not target.startswith(("/counters", "/reset", "/timeline")):
                asyncio.get_running_loop().call_later(self._latency, self._send, answer + content)
            else:
                self._send(answer + content)

    def _send(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)


async def serve(api: Api, latency: float) -> None:
    """Listen on a free port, say which, and serve until killed.

    Args:
        api: Answers.
        latency: Seconds each answer takes.
    """
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(api, latency), "127.0.0.1", 0, backlog=128)
    print(json.dumps({"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}), flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve a company of the given size."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--days", type=float, default=90)
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--end", default=None, help="when the newest call started; ten minutes ago by default")
    options = parser.parse_args()
    end = _time(options.end) if options.end else datetime.now(timezone.utc) - timedelta(minutes=10)
    asyncio.run(serve(Api(Company(options.calls, options.days, end, options.sentences)), options.latency))


if __name__ == "__main__":
    main()
