"""Lists that take several requests: asked for side by side, and put together."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gong_source.api.walk import told_no_errors
from gong_source.errors import GongBadRequestError, GongNotFoundError, GongProtocolError, GongRequestError
from gong_source.streams.context import ReadContext
from gong_source.streams.stream import Ask, Snapshot, Stream
from gong_source.tables.arrow import JsonDict
from gong_source.tables.values import dumps

logger = logging.getLogger("gong_source")


def records_asked_for(stream: Stream, context: ReadContext, asks: Sequence[Ask]) -> list[Any]:
    """The records of all answers, in the order of the requests, each once, and what is no object among them.

    Args:
        stream: One that is a whole list.
        context: Where to ask.
        asks: The requests.

    Raises:
        GongRequestError: One could not be answered, or all that may be refused were.
    """
    way = stream.reads
    assert isinstance(way, Snapshot), "only a list has all its records"
    told: dict[str, GongRequestError | None] = {}

    def answer(ask: Ask) -> list[Any]:
        if ask.lacks:
            advice = "So nothing was asked, and what is there stays for a week; look in Gong what the user lacks."
            told[ask.key] = GongProtocolError(ask.lacks, endpoint=stream.endpoint.name, window=ask.told, advice=advice)
            return []
        try:
            records = _answer(stream, way, context, ask)
        except (GongBadRequestError, GongNotFoundError) as error:
            if not way.some_refused:
                raise
            if len(ask.singly) > 1:
                return [record for one in ask.singly for record in answer(one)]
            told.update({each.key: error for each in ask.singly or [ask]})
            return []
        told.update({each.key: None for each in ask.singly or [ask]})
        return records

    with ThreadPoolExecutor(context.width()) as threads:
        futures = [threads.submit(answer, ask) for ask in asks]
        try:
            found = _once(future.result() for future in futures)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    refused = [error for error in told.values() if error]
    if refused and len(refused) == len(told):
        raise refused[0]
    if refused:
        logger.info("Gong has no %s for %d that it was asked about", stream.name, len(refused))
    if way.some_refused:
        context.answers[stream.name] = told
    return found


def _once(answers: Iterable[list[Any]]) -> list[Any]:
    """Each record once, however many answers tell of it: a flow of the company comes with those of every owner.

    What is alike in one answer are several, as of odd records nothing else may tell them apart.
    """
    found: dict[tuple[str, int], Any] = {}
    for answer in answers:
        alike: Counter[str] = Counter()
        for record in answer:
            told = dumps(record)
            alike[told] += 1
            found.setdefault((told, alike[told]), record)
    return list(found.values())


def _answer(stream: Stream, way: Snapshot, context: ReadContext, ask: Ask) -> list[Any]:
    endpoint, client = stream.endpoint, context.client
    if way.object_key:
        answer = client.request(endpoint, params=ask.params, body=ask.body, window=ask.told)
        item = told_no_errors(endpoint, answer, ask.told).get(way.object_key)
        if not isinstance(item, dict):
            raise GongProtocolError(
                f'the answer has no object under "{way.object_key}"',
                endpoint=endpoint.name,
                window=ask.told,
                request_id=answer.get("requestId"),
            )
        items = [item]
    else:
        pages = client.pages(endpoint, params=ask.params, body=ask.body, window=ask.told, keep_others=True)
        items = [_with(item, page.beside, way.of_answer) for page in pages for item in page.items]
    records = way.records or (lambda item: [item])
    return [
        record for item in items for record in (records({**item, **ask.beside}) if isinstance(item, dict) else [item])
    ]


def _with(item: Any, answer: JsonDict, names: Sequence[str]) -> Any:
    """An item with what the answer tells of it, as far as it does not tell that itself."""
    return {**{name: answer[name] for name in names if name in answer}, **item} if isinstance(item, dict) else item
