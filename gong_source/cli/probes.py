"""The cheapest request for each stream, and what its answer tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gong_source.api import GongClient, JsonDict
from gong_source.api.endpoints import WORKSPACES, Endpoint
from gong_source.api.walk import page_of
from gong_source.config import GongSettings
from gong_source.errors import GongAuthError, GongForbiddenError, GongProtocolError, GongRequestError
from gong_source.ranges import UTC, Range
from gong_source.streams.calls.listing import calls_request
from gong_source.streams.each_of import each_request
from gong_source.streams.faults import is_key, keyed
from gong_source.streams.media.fetch import ADDRESSES
from gong_source.streams.pieces import pieces_of
from gong_source.streams.reader import Window
from gong_source.streams.state import EVERYTHING
from gong_source.streams.stream import Calls, EachOf, Recordings, Snapshot, Stream, Windows
from gong_source.streams.table import StreamTable
from gong_source.tables.arrow import as_text

RECENT = timedelta(days=30)
A_WHILE_AGO = timedelta(days=4)
"""Where a window of a day ends: Gong refuses statistics of days that are not over."""
NO_CALL = "1"
"""No id of a call: whether the key may ask is told all the same."""
EVER = datetime(2013, 1, 1, tzinfo=UTC)
"""Before Gong had its first call."""


@dataclass(frozen=True)
class Row:
    """What was found out about a stream.

    Attributes:
        resource: Its name.
        scope: What it needs.
        allowed: Whether the key may read it; None where that could not be found out.
        rows: Rows that Gong counts or sent; None without an answer.
        advice: What to do; empty where nothing is.
    """

    resource: str
    scope: str
    allowed: bool | None
    rows: int | None = None
    advice: str = ""


class Probes:
    """Tries streams; an answer that several need is asked for once."""

    def __init__(self, client: GongClient, settings: GongSettings, streams: StreamTable | None = None) -> None:
        """Nothing is asked yet.

        Args:
            client: A client whose credentials are known to work.
            settings: Those of a sync.
            streams: What can be tried; all that there are where None.
        """
        self._client = client
        self._settings = settings
        self._streams = streams or StreamTable()
        self._now = datetime.now(UTC)
        self._answers: dict[str, JsonDict | GongRequestError] = {}
        self.broken = False
        """Whether an answer came that a sync would not take."""
        self.key_is_refused = False
        """Whether an endpoint does not take the key at all; others, to which Gong's specification gives no 401, then
        answer 403 as if a scope were missing."""

    def try_all(self, names: Sequence[str] = ()) -> list[Row]:
        """Try streams.

        Args:
            names: Of streams, in the order in which to try them; all where there are none.
        """
        wanted = dict.fromkeys(names or [stream.name for stream in self._streams.read])
        return [self._try(self._streams[name]) for name in wanted]

    def sees_a_call(self) -> bool | None:
        """Whether the key sees any call, of whatever time; None where it may not ask."""
        for stream in listing_calls(self._streams):
            request = calls_request(stream, Window(EVERYTHING, Range(EVER, self._now)))
            try:
                answer = self._client.request(stream.endpoint, **request)
                return bool(_records(answer, stream.endpoint))
            except GongRequestError:
                continue
        return None

    def _try(self, stream: Stream) -> Row:
        scope = stream.endpoint.scope or ", ".join(stream.scopes)
        try:
            answer = self._answer(stream)
        except GongForbiddenError:
            named = stream.endpoint.scope
            advice = f"Grant {named} to the key (or log in again for it)." if named else "Gong names no scope for it."
            return Row(stream.name, scope, False, None, advice)
        except GongAuthError:
            self.key_is_refused = True
            return Row(stream.name, scope, False, None, "Gong refuses the key here; check it and its base URL.")
        except GongRequestError as error:
            self.broken = self.broken or isinstance(error, GongProtocolError)
            return Row(stream.name, scope, None, None, str(error))
        if answer is None:
            advice = "Nothing is there to ask about, so it could not be tried."
            return Row(stream.name, scope, None, None, advice)
        return Row(stream.name, scope, True, count_of(answer, _records(answer, stream.endpoint)))

    def _answer(self, stream: Stream) -> JsonDict | None:
        """Ask for a stream; None where there is nothing to ask about.

        Raises:
            GongRequestError: It is refused, or can't be asked.
        """
        request = REQUESTS[type(stream.reads)](self, stream)
        return None if request is None else self._ask(stream.endpoint, stream.name, request)

    def _ask(self, endpoint: Endpoint, name: str, request: JsonDict) -> JsonDict:
        if name not in self._answers:
            try:
                found = self._client.request(endpoint, **request)
                _records(found, endpoint)
                self._answers[name] = found
            except GongRequestError as error:
                self._answers[name] = error
        answer = self._answers[name]
        if isinstance(answer, GongRequestError):
            raise answer
        return answer

    def _list(self, stream: Stream) -> JsonDict | None:
        way = stream.reads
        assert isinstance(way, Snapshot), "chosen by its type"
        if way.asks:
            ask = next(iter(way.asks(self._records_of)), None)
            return {"params": ask.params, "body": ask.body} if ask else None
        params = way.params(self._settings)
        if way.each_workspace and (workspace := self._workspace()):
            params["workspaceId"] = workspace
        return {"params": params}

    def _workspace(self) -> str:
        """A workspace; empty where none is told, as a company with one alone needs none."""
        if self._settings.workspace_ids:
            return str(self._settings.workspace_ids[0])
        try:
            listed = _records(self._ask(WORKSPACES, "workspaces", {}), WORKSPACES)
        except GongForbiddenError:
            return ""
        return next((as_text(each["id"]) for each in listed if is_key(each.get("id"))), "")

    def _window(self, stream: Stream) -> JsonDict | None:
        way = stream.reads
        assert isinstance(way, Windows), "chosen by its type"
        end = self._now - A_WHILE_AGO
        selection = way.selections[0] if way.selections else EVERYTHING
        if way.by_calls:
            return {"body": {"filter": {"callIds": [self._seen_call() or NO_CALL]}}}
        window = Window(selection, Range(end - timedelta(days=1), end))
        piece = next(pieces_of(stream, window, self._now, self._records_of), None)
        return piece.tries[0] if piece else None

    def _records_of(self, name: str) -> list[JsonDict]:
        """The first records of a list that another stream is asked with, as far as a sync loads them."""
        stream = self._streams[name]
        assert isinstance(stream.reads, Snapshot), "only a list has all its records"
        answer, fault = self._answer(stream), keyed(stream.reads.key, stream.tables[0])
        return [record for record in _records(answer, stream.endpoint) if not fault(record)] if answer else []

    def _calls(self, stream: Stream) -> JsonDict | None:
        """Calls of the last month; what hangs on calls is asked for one that was seen there."""
        way = stream.reads
        assert isinstance(way, Calls), "chosen by its type"
        request = calls_request(stream, Window(EVERYTHING, Range(self._now - RECENT, self._now)))
        if way.loads != "calls" and (seen := self._seen_call()):
            request["body"]["filter"]["callIds"] = [seen]
        return request

    def _media(self, stream: Stream) -> JsonDict | None:
        """Calls of the last month, with the addresses of their recordings."""
        return calls_request(stream, Window(EVERYTHING, Range(self._now - RECENT, self._now)), ADDRESSES)

    def _seen_call(self) -> str:
        for stream in listing_calls(self._streams):
            answer = self._answers.get(stream.name)
            for call in _records(answer, stream.endpoint) if isinstance(answer, dict) else ():
                basic = call.get("metaData", call)
                if isinstance(basic, dict) and is_key(basic.get("id")):
                    return as_text(basic["id"])
        return ""

    def _each(self, stream: Stream) -> JsonDict | None:
        """What is told of the first record of the parent's list."""
        way = stream.reads
        assert isinstance(way, EachOf), "chosen by its type"
        parent = self._streams[way.parent]
        name = parent.reads.key if isinstance(parent.reads, Snapshot) else "id"
        key = next((as_text(each[name]) for each in self._records_of(way.parent)), "")
        return each_request(stream, key) if key else None


REQUESTS: dict[type, Callable[[Probes, Stream], JsonDict | None]] = {
    Snapshot: Probes._list,
    Windows: Probes._window,
    Calls: Probes._calls,
    EachOf: Probes._each,
    Recordings: Probes._media,
}
"""How a stream of each way is asked for; None where there is nothing to ask about."""


def listing_calls(streams: StreamTable) -> list[Stream]:
    """The streams that list calls.

    Args:
        streams: All that there are.
    """
    return [stream for stream in streams if isinstance(stream.reads, Calls) and stream.reads.loads == "calls"]


def count_of(answer: JsonDict, records: list[Any]) -> int:
    """How many rows there are: as Gong counts them, or on the page.

    Args:
        answer: Gong's.
        records: On the page.
    """
    envelope = answer.get("records")
    total = envelope.get("totalRecords") if isinstance(envelope, dict) else None
    return total if isinstance(total, int) else len(records)


def _records(answer: JsonDict, endpoint: Endpoint) -> list[JsonDict]:
    """The records of an answer, without what is no object among them; none where it has no list by its nature.

    Raises:
        GongProtocolError: There is no list where one belongs.
    """
    return page_of(endpoint, answer, "", keep_others=True)[0].records if endpoint.list_key else []
