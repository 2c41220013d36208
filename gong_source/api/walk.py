"""The pages of a list, checked, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gong_source.api.endpoints import Cursor, Endpoint
from gong_source.errors import GongCursorExpired, GongProtocolError

JsonDict = dict[str, Any]

COUNTS = ("currentPageNumber", "totalRecords", "currentPageSize")
"""What Gong tells of a page beside its cursor."""

ENDLESS = 'the answer has no object under "records", which tells whether more follow'


@dataclass(frozen=True)
class Page:
    """One page of a walk.

    Attributes:
        records: The records, as Gong sent them.
        number: Gong's page number, from 0; None where it sends none.
        total: ``records.totalRecords``, or None. A hint only: it counts calls still in analysis.
        others: What stands among the records and is no object; only of walks that keep it.
        errors: What Gong says that went wrong, beside what it listed all the same.
        beside: The answer's own fields, without the list.
    """

    records: list[JsonDict]
    number: int | None = None
    total: int | None = None
    others: list[Any] = field(default_factory=list)
    errors: str = ""
    beside: JsonDict = field(default_factory=dict, compare=False)

    @property
    def items(self) -> list[Any]:
        """All that was listed."""
        return [*self.others, *self.records] if self.others else self.records


def page_of(endpoint: Endpoint, payload: JsonDict, window: str, keep_others: bool = False) -> tuple[Page, str | None]:
    """One page and the cursor of the next, checked.

    A list that is null or absent is empty only where Gong says itself that nothing is there.

    Args:
        endpoint: What was asked.
        payload: The answer.
        window: What was asked for, in words.
        keep_others: Whether what is no object among the records is handed over beside them, and no error.

    Raises:
        GongProtocolError: There is no list of objects where it belongs, or a page does not tell whether it is the last.
    """
    envelope = payload.get("records", {})
    if endpoint.cursor is Cursor.NONE:
        envelope = envelope if isinstance(envelope, dict) else {}
    if not isinstance(envelope, dict):
        raise _broken(endpoint, payload, window, ENDLESS)
    key = endpoint.list_key_in(payload)
    listed = payload.get(key)
    number, total, size = (_whole(envelope.get(key)) for key in COUNTS)
    if listed is None and (total if size is None else size) == 0:
        listed = []
    if not isinstance(listed, list):
        raise _broken(endpoint, payload, window, f'the answer has no list of objects under "{endpoint.list_key}"')
    others = [record for record in listed if not isinstance(record, dict)]
    if others and not keep_others:
        raise _broken(endpoint, payload, window, f'the answer has no list of objects under "{endpoint.list_key}"')
    records = [record for record in listed if isinstance(record, dict)] if others else listed
    cursor = envelope.get("cursor")
    if not isinstance(cursor, str | None):
        raise _broken(endpoint, payload, window, "the answer has a cursor that is no text")
    beside = {name: value for name, value in payload.items() if name != key}
    return Page(records, number, total, others, _errors_in(payload), beside), cursor or None


def told_no_errors(endpoint: Endpoint, payload: JsonDict, window: str = "") -> JsonDict:
    """An answer beside which Gong tells of no errors, so that nothing of it is missing.

    Args:
        endpoint: What was asked.
        payload: The answer.
        window: What was asked for, in words.

    Raises:
        GongProtocolError: It tells of some.
    """
    if errors := _errors_in(payload):
        raise _broken(endpoint, payload, window, f"Gong told of errors beside its answer: {errors}")
    return payload


def _errors_in(payload: JsonDict) -> str:
    errors = payload.get("errors") or ()
    return "; ".join(map(str, errors if isinstance(errors, list | tuple) else [errors]))


def _broken(endpoint: Endpoint, payload: JsonDict, window: str, what: str) -> GongProtocolError:
    return GongProtocolError(what, endpoint=endpoint.name, window=window, request_id=payload.get("requestId"))


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


MOST_EMPTY = 100
"""Pages in a row that hold nothing, after which a list that goes on is taken for one without an end: it would use up
the day's quota."""


class PageWalk(Iterator[Page]):
    """Walks a list from cursor to cursor, and once more from its start where the first walk can't be trusted.

    An object and not a generator: it holds no page that it has handed over, so that a page lives only as long as its
    reader wants it.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        params: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        window: str,
        ask: Callable[[Mapping[str, Any], Mapping[str, Any] | None], JsonDict],
        keep_others: bool = False,
    ) -> None:
        """Ask for nothing yet.

        Args:
            endpoint: A list endpoint.
            params: Query parameters, resent unchanged with each cursor.
            body: JSON body, resent unchanged with each cursor.
            window: What is asked for, in words.
            ask: Sends one request, given query and body.
            keep_others: Whether what is no object among the records is handed over too, and no error.
        """
        self._endpoint = endpoint
        self._params = params
        self._body = body
        self._window = window
        self._ask = ask
        self._keep_others = keep_others
        self._again = False
        self._begin()

    def _begin(self) -> None:
        self._cursor: str | None = None
        self._seen: set[str] = set()
        self._last_number = -1
        self._last_beginning = ""
        self._empty = 0
        self._started = False
        self._total: int | None = None
        self._shrank = False
        self._errors = ""
        self._ended = False

    def __next__(self) -> Page:
        """The next page.

        Raises:
            GongProtocolError: What came is not what was asked for; or, once all pages are handed over, Gong told of
                errors beside one, so that something may be missing.
        """
        if self._ended:
            if self._errors:
                raise _broken(self._endpoint, {}, self._window, f"Gong told of errors beside its list: {self._errors}")
            if self._again or not self._shrank:
                raise StopIteration
            self._restart()
        try:
            return self._page()
        except GongCursorExpired:
            if self._again or not self._started:
                raise
            self._restart()
            return self._page()

    def _restart(self) -> None:
        self._again = True
        self._begin()

    def _page(self) -> Page:
        query, sent = dict(self._params), None if self._body is None else dict(self._body)
        if self._cursor is not None and self._endpoint.cursor is Cursor.BODY:
            sent = {**(sent or {}), "cursor": self._cursor}
        elif self._cursor is not None:
            query["cursor"] = self._cursor
        payload = self._ask(query, sent)
        if self._cursor is not None and "records" not in payload:  # only a list of one page may come without
            raise _broken(self._endpoint, payload, self._window, ENDLESS)
        page, cursor = page_of(self._endpoint, payload, self._window, self._keep_others)
        if cursor is not None and (cursor in self._seen or self._came_again(page)):
            raise _broken(self._endpoint, payload, self._window, "the same page came back for a new cursor")
        self._empty = 0 if page.items else self._empty + 1
        if cursor is not None and self._empty >= MOST_EMPTY:
            raise _broken(self._endpoint, payload, self._window, f"{MOST_EMPTY} pages in a row hold nothing and go on")
        self._errors = self._errors or page.errors
        self._count(page)
        self._cursor, self._ended = cursor, cursor is None
        if cursor is not None:
            self._seen.add(cursor)
        return page

    def _count(self, page: Page) -> None:
        """Note whether the list got shorter since the page before, although it may be as long again by its end.

        A page that tells no total tells nothing of it.
        """
        self._started = True
        if page.total is not None:
            self._shrank = self._shrank or (self._total is not None and page.total < self._total)
            self._total = page.total

    def _came_again(self, page: Page) -> bool:
        """Whether a new cursor led to the page of before: by its number, or where it has none by its first record."""
        last, beginning = self._last_number, self._last_beginning
        if page.number is not None:
            self._last_number = page.number
            return page.number <= last
        self._last_beginning = str(page.records[:1])
        return bool(page.records) and self._last_beginning == beginning
