"""The ``records`` envelope: one page of a list as the world is at this moment, and the cursor to the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from gong_source.sandbox.cursors import question_of
from gong_source.sandbox.messages import ApiError, Json
from gong_source.sandbox.routes.base import Context

Item = TypeVar("Item")


@dataclass(frozen=True)
class Question:
    """What a paged request asks.

    Attributes:
        endpoint: Verb and path.
        inputs: All inputs but the cursor.
        cursor: The cursor that was sent, if any.
    """

    endpoint: str
    inputs: Any
    cursor: str | None

    @classmethod
    def of_query(cls, endpoint: str, query: dict[str, str]) -> Question:
        """Read the question of a GET request: the cursor is in the query."""
        rest = {name: value for name, value in query.items() if name != "cursor"}
        return cls(endpoint, rest, query.get("cursor") or None)

    @classmethod
    def of_body(cls, endpoint: str, body: Json) -> Question:
        """Read the question of a POST request: the cursor is in the body, and only there."""
        rest = {name: value for name, value in body.items() if name != "cursor"}
        return cls(endpoint, rest, body.get("cursor") or None)


def page(
    context: Context,
    question: Question,
    list_key: str,
    items: Sequence[Item],
    render: Callable[[Item], Any],
    *,
    nothing: str | None,
    uncounted: int = 0,
) -> Json:
    """Answer one page.

    Args:
        context: What the handler works with.
        question: What was asked.
        list_key: The name of the list in the answer.
        items: All that match at this moment, in order.
        render: Makes the answer's form of one item.
        nothing: The text of the 404 when nothing matches; ``None`` where that is an empty list.
        uncounted: Matches that ``totalRecords`` counts although no page delivers them.

    Raises:
        ApiError: 404 when nothing matches, or what is wrong with the cursor.
    """
    key = question_of(question.endpoint, question.inputs)
    now = context.clock.now()
    position = context.cursors.read(question.cursor, key, now) if question.cursor else context.cursors.start(now)
    if not items and nothing is not None:
        raise ApiError(404, nothing)
    position = replace(position, offset=max(0, position.offset + context.shift))
    chosen = items[position.offset : position.offset + context.page_size]
    records: Json = {
        "totalRecords": len(items) + uncounted,
        "currentPageSize": len(chosen),
        "currentPageNumber": position.page,
    }
    if position.offset + len(chosen) < len(items):
        records["cursor"] = context.cursors.issue(position.next(context.page_size), key)
    return {"records": records, list_key: [render(item) for item in chosen]}
