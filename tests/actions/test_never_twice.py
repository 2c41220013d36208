"""A write reaches Gong once, or is told apart: what the sandbox received is counted."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from gong_source.actions import calls, engagement, meetings
from gong_source.api.endpoints import CREATE_MEETING
from gong_source.api.retry import CONNECTS
from gong_source.errors import (
    GongArgumentError,
    GongBadRequestError,
    GongConnectionError,
    GongDuplicateError,
    GongError,
    GongQuotaExceeded,
    GongRedirectError,
    WriteOutcomeUnknown,
)
from gong_source.sandbox import Sandbox
from tests.actions.examples import CREATED, EXAMPLES, MEETING_BODY, WAV, by_name, call, fill

AMBIGUOUS = ["drop", "reset", "stall", "cut", "cut_json", "html", "empty", "500", "502", "503", "504"]
DEDUPED = {
    "create_call",
    "record_action",
    "record_content_shared",
    "record_content_viewed",
    "record_digital_interaction",
    "upload_crm_entities",
    "delete_crm",
}
WRITES = [example for example in EXAMPLES if "WriteOutcomeUnknown" in (example.function.__doc__ or "")]
ONCE = [example for example in WRITES if example.name not in DEDUPED]
AGAIN = [example for example in WRITES if example.name in DEDUPED]


def fail(sandbox, kind, client, **options):
    if kind == "stall":
        options["seconds"], client.settings.read_timeout = 300, 2
    sandbox.control.fail(kind, **options)


@pytest.mark.parametrize("kind", ["drop", "500"])
@pytest.mark.parametrize("example", ONCE, ids=lambda example: example.name)
def test_no_write_is_sent_twice(example, kind, sandbox, client, known):
    fail(sandbox, kind, client, times=None)
    with pytest.raises(WriteOutcomeUnknown) as raised:
        call(example, client, known)
    assert sandbox.counters.total == 1
    assert raised.value.endpoint == example.function.action.endpoint.name
    assert "unknown whether Gong did it" in str(raised.value)
    assert raised.value.advice not in str(raised.value), "each says itself where to look"
    assert raised.value.exit_code == 1


@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_after_anything_ambiguous_the_outcome_is_unknown(kind, sandbox, client, known):
    fail(sandbox, kind, client)
    with pytest.raises(WriteOutcomeUnknown) as raised:
        call(by_name("create_meeting"), client, known)
    assert sandbox.counters.total == 1
    assert "organizer's calendar" in str(raised.value)
    if kind == "500":
        assert raised.value.request_id


def raw_erasure(client):
    client.raw_request("POST", "/v2/data-privacy/erase-data-for-phone-number", params={"phoneNumber": "+1555010"})


@pytest.mark.parametrize("example", [*WRITES, None], ids=lambda example: example.name if example else "raw")
def test_a_success_that_has_errors_is_none(example, sandbox, client, known):
    words = '"errors":["Nothing was done for secret@customer.example"],"requestId"'
    sandbox.control.fail("replace", old='"requestId"', new=words, times=None)
    with pytest.raises(WriteOutcomeUnknown, match=r"HTTP 20\d: Nothing was done for .*whether Gong did it") as told:
        call(example, client, known) if example else raw_erasure(client)
    assert sandbox.counters.total == 1
    assert told.value.request_id
    assert "customer.example" not in str(told.value)


@pytest.mark.parametrize(
    "example", [each for each in WRITES if each.function.action.endpoint.tells], ids=lambda each: each.name
)
def test_a_success_that_does_not_tell_what_came_of_it_is_a_lost_answer(example, sandbox, client, known):
    named = example.function.action.endpoint.tells[0][:9]
    sandbox.control.fail("replace", old=f'"{named}', new=f'"other_{named}')
    if example in AGAIN:
        assert call(example, client, known)["recognised"] is True
        return
    with pytest.raises(WriteOutcomeUnknown, match=f"the answer has no {named}"):
        call(example, client, known)
    assert sandbox.counters.total == 1


@pytest.mark.parametrize("name", ["upload_crm_entities", "delete_crm"])
def test_a_crm_request_is_asked_about_by_the_id_that_it_was_sent_with(name, sandbox, client, known):
    sent = by_name(name).arguments["client_request_id"]
    sandbox.control.fail("replace", old=f'"clientRequestId":"{sent}"', new='"clientRequestId":null')
    assert call(by_name(name), client, known)["clientRequestId"] == sent


def test_what_was_made_in_spite_of_errors_is_named(sandbox, client, known):
    sandbox.control.fail("replace", old='"requestId"', new='"errors":["no room"],"requestId"')
    with pytest.raises(WriteOutcomeUnknown) as raised:
        call(by_name("create_meeting"), client, known)
    assert f"no room (and yet meetingId {list(known['desk'].meetings)[-1]})" in str(raised.value)


CASES = [(example, kind) for example in AGAIN for kind in AMBIGUOUS if kind in ("drop", "500", "cut")]
CASES += [(by_name("create_call"), kind) for kind in AMBIGUOUS if kind not in ("drop", "500", "cut")]


@pytest.mark.parametrize(("example", "kind"), CASES, ids=lambda value: getattr(value, "name", value))
def test_what_gong_recognises_is_sent_again(example, kind, sandbox, client, known):
    fail(sandbox, kind, client)
    answer = call(example, client, known)
    assert answer["requestId"]
    # after a lost answer the first attempt was done, and Gong says so
    assert answer.get("recognised", False) is (kind in ("stall", "cut", "cut_json"))
    assert sandbox.counters.total == 2


@pytest.mark.parametrize("name", ["upload_crm_entities", "delete_crm"])
def test_a_crm_request_is_taken_once(name, sandbox, client, known):
    sandbox.control.fail("cut")
    answer = call(by_name(name), client, known)
    assert answer["recognised"] is True
    assert known["desk"].uploads[answer["clientRequestId"]]["status"] == "DONE"
    with pytest.raises(GongDuplicateError, match="Nothing was written now"):
        call(by_name(name), client, known)


def test_a_call_whose_answer_was_lost_is_there_once(sandbox, client, known):
    before = len(known["desk"].calls)
    sandbox.control.fail("cut")
    answer = call(by_name("create_call"), client, known)
    assert len(known["desk"].calls) == before + 1
    assert answer["callId"] in known["desk"].calls
    assert answer["recognised"] is True


def test_a_call_that_is_there_is_a_duplicate(sandbox, client, known):
    made = call(by_name("create_call"), client, known)["callId"]
    with pytest.raises(GongDuplicateError) as raised:
        call(by_name("create_call"), client, known)
    assert raised.value.existing_id == made
    assert not raised.value.after_lost_answer


def test_a_recording_that_was_used_before_makes_no_call_done(sandbox, client, known):
    sandbox.control.fail("500")
    sandbox.control.fail("400", nth=2, text=f"downloadMediaUrl: already used in call ID {known[CREATED]}")
    with pytest.raises(WriteOutcomeUnknown):
        call(by_name("create_call"), client, known, download_media_url="https://customer.example/a.mp3")


def test_an_event_is_taken_once(sandbox, client, known):
    example = by_name("record_digital_interaction")
    sandbox.control.fail("cut")
    assert call(example, client, known)["recognised"] is True
    assert len(known["desk"].events) == 1
    with pytest.raises(GongDuplicateError, match="already reported"):
        call(example, client, known)


def test_an_event_without_an_id_is_sent_once(sandbox, client, known):
    sandbox.control.fail("cut")
    with pytest.raises(WriteOutcomeUnknown, match="event_id"):
        call(by_name("record_action"), client, known, event_id=None)
    assert sandbox.counters.total == 1


def test_recognised_writes_end_too(sandbox, client, known):
    sandbox.control.fail("502", times=None)
    with pytest.raises(WriteOutcomeUnknown, match="same client_unique_id"):
        call(by_name("create_call"), client, known)
    assert sandbox.counters.total > 2


@pytest.mark.parametrize("later", ["400", "401", "403", "429"])
def test_a_later_refusal_does_not_make_a_lost_answer_known(later, sandbox, connect, known):
    client = connect(sandbox, max_retry_wait=0)
    sandbox.control.fail("cut")
    sandbox.control.fail(later, nth=2)
    with pytest.raises(WriteOutcomeUnknown) as raised:
        call(by_name("create_call"), client, known)
    assert isinstance(raised.value.__cause__, GongError)
    assert sandbox.counters.total == 2


@pytest.mark.parametrize("example", WRITES, ids=lambda example: example.name)
def test_is_sent_again_after_a_429(example, sandbox, client, known):
    sandbox.control.fail("429", retry_after=0, times=2)
    call(example, client, known)
    assert sandbox.counters.total == 3
    assert sandbox.counters.rejected == 2


def test_too_long_a_wait_is_the_quota(sandbox, client, known):
    sandbox.control.fail("429", retry_after=3600)
    with pytest.raises(GongQuotaExceeded) as raised:
        call(by_name("create_meeting"), client, known)
    assert raised.value.exit_code == 75
    assert sandbox.counters.total == 1


@pytest.mark.usefixtures("one_day")
def test_writes_share_the_budget_with_reads(sandbox, connect, known):
    client = connect(sandbox)
    client.quota.budget.__init__()
    client.settings.daily_requests = 2
    list(client.list_workspaces())
    call(by_name("create_meeting"), client, known)
    with pytest.raises(GongQuotaExceeded):
        call(by_name("create_meeting"), client, known)
    assert sandbox.counters.total == 2


def test_writes_share_the_pace_with_reads(sandbox, connect, known):
    client = connect(sandbox, requests_per_second=10)
    began = time.monotonic()
    for _ in range(3):
        list(client.list_workspaces())
        call(by_name("create_meeting"), client, known)
    assert time.monotonic() - began > 0.5


def test_a_refusal_is_known_and_final(sandbox, client, known):
    sandbox.control.fail("400", text="The user ann@customer.example with +1 555 010 0200 is odd")
    with pytest.raises(GongBadRequestError) as raised:
        call(by_name("create_meeting"), client, known)
    assert "customer.example" not in str(raised.value)
    assert "555 010" not in str(raised.value)
    assert sandbox.counters.total == 1


def test_redirects_are_not_followed(sandbox, client, known):
    sandbox.control.fail("redirect", location="https://elsewhere.gong.invalid/v2/meetings")
    with pytest.raises(GongRedirectError, match=r"elsewhere\.gong\.invalid"):
        call(by_name("create_meeting"), client, known)
    assert sandbox.counters.total == 1


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    """A socket at whose port nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held


def address_of(taken: socket.socket) -> Any:
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    return SimpleNamespace(url=url, access_key="a", access_key_secret="b")


def test_is_sent_again_where_no_connection_came_about(connect, taken):
    """Somebody listens from the second wait on."""
    address, waits = address_of(taken), list[float]()
    late = Sandbox(calls=5, users=3, sentences=3, port=taken.getsockname()[1])
    address.access_key, address.access_key_secret = late.access_key, late.access_key_secret
    client = connect(address, retry_patience=60)

    def on_wait(seconds: float, why: str) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            taken.close()
            late.start()

    client.exchange.on_wait = on_wait
    organizer = next(iter(late.world.users.values()))["emailAddress"]
    try:
        meetings.create_meeting(client, **{**MEETING_BODY, "organizer_email": organizer})
        assert late.counters.total == 1
        assert client.requests[CREATE_MEETING.name] == 3
    finally:
        late.stop()


def test_nothing_listens(connect, sandbox, known, taken):
    client = connect(address_of(taken), retry_patience=60)
    with pytest.raises(GongConnectionError):
        call(by_name("create_meeting"), client, known)
    assert client.requests[CREATE_MEETING.name] == CONNECTS


def test_a_connection_that_a_caller_was_refused_elsewhere_tells_nothing(sandbox, client, known, taken):
    sandbox.control.fail("cut", times=None)
    try:
        requests.get(address_of(taken).url, timeout=300)
    except requests.ConnectionError:
        with pytest.raises(WriteOutcomeUnknown):
            call(by_name("create_meeting"), client, known)
    assert sandbox.counters.total == 1


def test_an_unknown_name_was_never_reached(connect):
    address = type("Address", (), {"url": "https://nowhere.gong.invalid", "access_key": "a", "access_key_secret": "b"})
    client = connect(address, retry_patience=0)
    with pytest.raises(GongConnectionError):
        meetings.delete_meeting(client, "1", organizer_email="a@b.example")


@pytest.mark.parametrize("kind", ["drop", "reset", "500", "cut"])
def test_half_a_file_is_never_sent_again(kind, sandbox, client, known):
    sandbox.control.fail(kind)
    with pytest.raises(WriteOutcomeUnknown, match="has its media"):
        calls.add_call_media(client, known[CREATED], known[WAV])
    assert sandbox.counters.total == 1


def change(path: Path, how: str) -> None:
    if how == "vanishes":
        path.unlink()
    else:
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size + (10 if how == "grows" else -10))


@pytest.mark.parametrize("how", ["grows", "shrinks", "vanishes"])
@pytest.mark.parametrize("name", ["add_call_media", "upload_crm_entities"])
def test_a_file_that_changes_on_its_way_is_told_and_not_sent_again(
    how, name, sandbox, client, known, monkeypatch, tmp_path
):
    real = client.exchange.fulfil

    def fulfil(order):  # after the look at the file, and before it is opened to be sent
        change(copy, how)
        return real(order)

    example, before = by_name(name), dict(known["desk"].uploads)
    copy = tmp_path / "copy"
    copy.write_bytes(Path(fill(example.arguments, known)["file"]).read_bytes())
    monkeypatch.setattr(client.exchange, "fulfil", fulfil)
    with pytest.raises(GongArgumentError, match=r"copy (became|could not be read any more).* nothing was done"):
        call(example, client, known, file=copy)
    assert client.requests.total() == 1
    assert not known["desk"].media
    assert known["desk"].uploads == before


def test_an_answer_before_the_end_of_an_upload_counts(connect, tmp_path):
    """A server that refuses while the file is still on its way: the refusal is what came of it."""
    listener = socket.create_server(("127.0.0.1", 0))
    big = tmp_path / "big.wav"
    with big.open("wb") as file:
        file.write(b"RIFF\x00\x00\x00\x00WAVEfmt ")
        file.truncate(50_000_000)

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1000)
            body = b'{"requestId": "r-1", "errors": ["not now"]}'
            connection.sendall(b"HTTP/1.1 400 Bad\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 20):
                pass

    server = threading.Thread(target=refuse, daemon=True)
    server.start()
    port = listener.getsockname()[1]
    address = type("Address", (), {"url": f"http://127.0.0.1:{port}", "access_key": "a", "access_key_secret": "b"})
    other = connect(address)
    with pytest.raises(GongBadRequestError, match="not now"):
        calls.add_call_media(other, "1", big)
    other.close()
    server.join(300)
    listener.close()


def test_several_threads_write_each_once(sandbox, client, known):
    arguments = fill(by_name("record_digital_interaction").arguments, known)
    threads = [
        threading.Thread(
            target=engagement.record_digital_interaction, args=(client,), kwargs={**arguments, "event_id": f"t-{n}"}
        )
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event["eventId"] for event in known["desk"].events) == sorted(f"t-{n}" for n in range(12))
