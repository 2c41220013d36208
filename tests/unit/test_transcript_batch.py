"""One batch of transcripts, asked for over HTTP by call id."""

from collections.abc import Iterable, Iterator
from datetime import timezone
from typing import Any

import pytest

from gong_source.api import GongClient
from gong_source.sandbox import Sandbox
from gong_source.streams.calls.transcripts import TranscriptQueue, TranscriptsRead
from gong_source.streams.context import ReadContext
from gong_source.warehouse.queries import Wanted


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(calls=9, users=5, days=20, sentences=4, page_size=4, end="2024-03-01") as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[GongClient]:
    with GongClient.from_config(
        base_url=sandbox.url,
        credentials={"access_key": sandbox.access_key, "access_key_secret": sandbox.access_key_secret},
        requests_per_second=0,
        daily_requests=0,
        retry_patience=0,
    ) as made:
        yield made


def wanted(sandbox: Sandbox, *ids: str) -> tuple[Wanted, ...]:
    calls = sandbox.world.calls
    return tuple(Wanted(key, calls[key].started.astimezone(timezone.utc) if key in calls else None) for key in ids)


def read(
    client: GongClient,
    batch: tuple[Wanted, ...],
    known: dict[str, int] | None = None,
    context: ReadContext | None = None,
    there: Iterable[str] = (),
) -> TranscriptsRead:
    events: list[Any] = []
    queue = TranscriptQueue(lambda batch: None, dict.fromkeys(there), set(), hashes=known)
    queue.job(context or ReadContext(client.settings, client), batch)(events.append)
    (event,) = events
    assert isinstance(event, TranscriptsRead)
    assert event.asked == batch
    return event


def column(event: TranscriptsRead, table: str, name: str) -> list[Any]:
    return [value for part in event.parts if part.table.name == table for value in part.data[name].to_pylist()]


def test_what_there_is_comes_and_nothing_else(sandbox: Sandbox, client: GongClient):
    ready = sandbox.world.visible_transcripts()
    asked = [*list(ready)[:5], "404404404"]
    batch = wanted(sandbox, *asked)
    event = read(client, batch)
    assert event.came == set(asked[:5])
    assert sorted(column(event, "transcripts", "call_id")) == sorted(asked[:5])
    started = {item.call_id: item.started for item in batch}
    ids = column(event, "transcripts", "call_id")
    assert column(event, "transcripts", "started") == [started[key] for key in ids]
    texts = [(key, sentence["text"]) for key in ids for spoken in ready[key] for sentence in spoken["sentences"]]
    sentences = column(event, "transcript_sentences", "call_id"), column(event, "transcript_sentences", "text")
    assert list(zip(*sentences, strict=True)) == texts
    assert [entry["body"]["filter"] for entry in sandbox.counters.log] == [{"callIds": asked}] * 2


def test_nothing_there_is_no_error(sandbox: Sandbox, client: GongClient):
    event = read(client, wanted(sandbox, "404404404"))
    assert event.came == frozenset()
    assert event.parts == []


def test_a_transcript_without_sentences_has_not_come(sandbox: Sandbox, client: GongClient):
    keys = list(sandbox.world.visible_transcripts())[:3]
    sandbox.control.edit_transcript(keys[0], [])
    sandbox.control.edit_transcript(keys[1], [{"speakerId": "1", "topic": None, "sentences": []}])
    event = read(client, wanted(sandbox, *keys))
    assert event.came == {keys[2]}
    assert column(event, "transcripts", "call_id") == [keys[2]]


def test_pages_that_come_twice_double_nothing(sandbox: Sandbox, client: GongClient):
    keys = list(sandbox.world.visible_transcripts())[:6]
    assert len(keys) > 4
    sandbox.control.fail("expired_cursor", nth=2)
    event = read(client, wanted(sandbox, *keys))
    assert sandbox.counters.total == 4
    assert sorted(column(event, "transcripts", "call_id")) == sorted(keys)
    pairs = list(
        zip(
            column(event, "transcript_sentences", "call_id"),
            column(event, "transcript_sentences", "sentence_index"),
            strict=True,
        )
    )
    assert len(pairs) == len(set(pairs))


def test_what_is_there_as_it_is_brings_no_rows(sandbox: Sandbox, client: GongClient):
    keys = list(sandbox.world.visible_transcripts())[:3]
    batch = wanted(sandbox, *keys)
    first = read(client, batch)
    hashes = dict(
        zip(column(first, "transcripts", "call_id"), column(first, "transcripts", "_content_hash"), strict=True)
    )
    assert set(hashes) == set(keys)
    assert read(client, batch, hashes).parts == []
    sandbox.control.edit_transcript(
        keys[1], [{"speakerId": "1", "topic": None, "sentences": [{"start": 0, "end": 1, "text": "Anew."}]}]
    )
    again = read(client, batch, hashes)
    assert again.came == set(keys)
    assert column(again, "transcripts", "call_id") == [keys[1]]
    assert column(again, "transcript_sentences", "text") == ["Anew."]


@pytest.mark.parametrize(
    ("path", "raw", "reason", "told"),
    [
        ("transcript", b'"not now"', "its transcript is no list", True),
        ("transcript", b'{"error":"x"}', "its transcript is no list", True),
        ("callId", b"null", "it has no callId", False),
        ("callId", b'{"id":"5"}', "its callId is neither text nor a number", False),
        ("callId", b'"999"', "its callId was not asked for", True),
        ("", b"null", "it is no object", False),
    ],
)
def test_what_is_odd_is_told_of_by_its_call_and_may_be_what_did_not_come(
    sandbox: Sandbox, client: GongClient, path: str, raw: bytes, reason: str, told: bool
):
    keys = list(sandbox.world.visible_transcripts())[:3]
    sandbox.control.set_raw(keys[0], path, raw)
    context = ReadContext(client.settings, client)
    event = read(client, wanted(sandbox, *keys), context=context)
    assert event.odd
    assert event.came == set(keys[1:])
    (aside,) = context.rejected._pending
    assert aside.reason == reason
    assert aside.record_id == (("999" if path == "callId" else keys[0]) if told else "")
    sandbox.control.clear_raw()
    assert not read(client, wanted(sandbox, *keys)).odd


@pytest.mark.parametrize("more", [b"", b',"undocumented":1'], ids=["as columns", "as objects"])
@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b',"transcript":null', "it came without its transcript, which was there before"),
        (b"", "it came without its transcript, which was there before"),
        (b',"transcript":[{"speakerId":"1","sentences":null}]', "a monologue came without its sentences"),
        (b',"transcript":[{"sentences":[{"text":"x"}]},{"topic":"1"}]', "a monologue came without its sentences"),
    ],
)
def test_an_answer_without_its_list_takes_nothing_away_that_is_there(
    sandbox: Sandbox, client: GongClient, raw: bytes, reason: str, more: bytes
):
    keys = list(sandbox.world.visible_transcripts())[:2]
    sandbox.control.set_raw(keys[0], "", b'{"callId":"%s"%s%s}' % (keys[0].encode(), raw, more))
    context = ReadContext(client.settings, client)
    event = read(client, wanted(sandbox, *keys), context=context, there=keys)
    assert (event.odd, event.came) == (True, {keys[1]})
    (aside,) = context.rejected._pending
    assert (aside.record_id, aside.reason) == (keys[0], reason)


def test_no_list_at_all_is_no_transcript_yet_where_none_was_there(sandbox: Sandbox, client: GongClient):
    keys = list(sandbox.world.visible_transcripts())[:2]
    sandbox.control.set_raw(keys[0], "transcript", b"null")
    event = read(client, wanted(sandbox, *keys), there=keys[1:])
    assert (event.odd, event.came) == (False, {keys[1]})
