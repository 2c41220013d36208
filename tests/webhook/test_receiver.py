"""The receiver over sockets: what it stores, what it refuses, and what it survives."""

from __future__ import annotations

import json
import resource
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gong_source.sandbox.webhooks import Signer
from tests.webhook.conftest import SECRET, URL, Answer, Receiver, event, read_answer, request
from tests.webhook.test_verify import forged

MEGABYTE = 2**20
MakeReceiver = Callable[..., Receiver]


def source_state(pid: int) -> int:
    """Bytes of a process that are in memory."""
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def test_thousands_of_concurrent_posts_are_all_stored_once(receiver: Receiver) -> None:
    """Each event twice, a thousand connections at a time; memory stays bounded."""
    bodies = [event(str(number), "x" * 2000) for number in range(1500)]
    assert receiver.process
    before = source_state(receiver.process.pid)
    statuses = receiver.post_all(bodies + bodies, at_once=1000)
    assert set(statuses) == {200}
    stored = receiver.stored()
    assert sorted(row[0] for row in stored) == sorted(str(number) for number in range(1500))
    assert {row[2] for row in stored} == set(bodies)
    grown = source_state(receiver.process.pid) - before
    assert grown < 200 * MEGABYTE


def test_answers_tell_what_became_of_an_event(receiver: Receiver) -> None:
    assert receiver.post(event()).json == {"status": "stored"}
    assert receiver.post(event()).json == {"status": "double"}
    assert receiver.post(event(title="Changed")).json == {"status": "stored"}
    assert receiver.post(event("2"), headers=receiver.headers(event("2"), bearer=False)).status == 200
    assert receiver.post(event("3"), f"/gong/{SECRET}", {}).status == 200
    assert [row[0] for row in receiver.stored()] == ["1001", "1001", "2", "3"]
    assert receiver.get("/healthz").json == {"status": "ok"}


def test_a_replayed_request_is_stored_once(receiver: Receiver) -> None:
    raw = request(event(), "/gong", receiver.headers(event()))
    assert [receiver.send(raw).status for _ in range(5)] == [200] * 5
    assert len(receiver.stored()) == 1


def test_tests_are_acknowledged_and_not_kept(receiver: Receiver) -> None:
    assert receiver.post(event(is_test=True)).json == {"status": "test"}
    assert receiver.post(b'{"isTest": true, "callData": {}}').json == {"status": "test"}
    assert receiver.stored() == []


def test_nothing_is_believed_unproven(receiver: Receiver, other_signer: Signer) -> None:
    body, secret = event(), SECRET[:-1] + "x"
    key = receiver.signer.public_key.encode()
    headers = [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic eDp5"},
        receiver.headers(body, exp=int(time.time()) - 120),
        receiver.headers(body, webhook_url="https://hooks.example.com/other"),
        receiver.headers(event(title="Another")),
        {"Authorization": other_signer.token(URL, body)},
        {"Authorization": forged("none", None)},
        {"Authorization": forged("HS256", key)},
        {"Authorization": forged("RS256", key)},
    ]
    answers = [receiver.post(body, headers=each) for each in headers]
    answers += [receiver.post(body, f"/gong/{wrong}", {}) for wrong in (secret, "x", SECRET + "x", "%C3%A9")]
    assert [answer.status for answer in answers] == [401] * 14
    assert receiver.post(event(title="Tampered"), headers=receiver.headers(body)).status == 401
    assert receiver.stored() == []


def test_a_secret_does_not_open_the_signed_path_nor_a_token_the_other(receiver: Receiver) -> None:
    assert receiver.post(event(), headers={"Authorization": SECRET}).status == 401
    assert receiver.post(event(), "/gong/", receiver.headers(event())).status == 404
    assert receiver.post(event(), "/gong/x", receiver.headers(event())).status == 401


def test_the_log_holds_no_secret(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver()
    token = receiver.signer.token(URL, event())
    receiver.post(event(), f"/gong/{SECRET}", {})
    receiver.post(b"not json", f"/gong/{SECRET}", {})
    receiver.post(event(), f"/gong/{SECRET}wrong", {})
    receiver.post(event(), headers={"Authorization": token})
    receiver.post(event("2"), headers={"Authorization": token})
    receiver.send(request(event(), f"/gong/{SECRET}", {}, method="GET"))
    receiver.send(f"POST /gong/{SECRET} HTTP/1.1\r\nbroken\r\n\r\n".encode())
    receiver.stop()
    log = "".join(receiver.log)
    assert "refused with 401" in log
    assert SECRET not in log
    assert token not in log
    assert token.split(".")[2] not in log


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"callData=1", b'{"callData": {}}', b"\xff"], ids=repr)
def test_what_is_no_event_is_a_bad_request(receiver: Receiver, body: bytes) -> None:
    assert receiver.post(body).status == 400
    assert receiver.stored() == []


def test_other_methods_and_paths(receiver: Receiver) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        assert receiver.send(request(b"", "/gong", {}, method=method)).status == 405
        assert receiver.send(request(b"", f"/gong/{SECRET}", {}, method=method)).status == 405
    for path in ("/", "/gong/a/b", "/docs", "/gong/../healthz/x"):
        assert receiver.post(event(), path).status == 404


def test_oversize_is_cut_off_as_it_comes(receiver: Receiver) -> None:
    """Announced, not announced, and just within the limit."""
    announced = request(b"", "/gong", receiver.headers(b""), length=11 * MEGABYTE)
    assert receiver.send(announced).status == 413
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    head = request(b"", "/gong", {**receiver.headers(b""), "Transfer-Encoding": "chunked"})
    endless = head.replace(b"Content-Length: 0\r\n", b"") + chunk * 12
    assert receiver.send(endless).status == 413
    largest = event(title="x" * (10 * MEGABYTE - len(event(title=""))))
    assert len(largest) == 10 * MEGABYTE
    assert receiver.post(largest).status == 200
    assert receiver.post(largest.replace(b"x", b"xy", 1)).status == 413
    assert len(receiver.stored()) == 1


def test_large_bodies_of_strangers_are_not_even_read(receiver: Receiver) -> None:
    """Answered before the body is sent."""
    for _ in range(3):
        assert receiver.send(request(b"", "/gong", {}, length=9 * MEGABYTE)).status == 401


def test_a_cut_body_is_not_stored(receiver: Receiver) -> None:
    body = event(title="x" * 100_000)
    raw = request(body, "/gong", receiver.headers(body))
    with socket.create_connection(("127.0.0.1", receiver.port)) as connection:
        connection.sendall(raw[:-1000])
    time.sleep(0.3)
    assert receiver.stored() == []
    assert receiver.send(raw).status == 200
    assert receiver.get("/healthz").status == 200


def test_slow_senders_are_given_up(make_receiver: MakeReceiver) -> None:
    """A head that never ends, a body that trickles, a refused body that goes on; others are served meanwhile."""
    receiver = make_receiver("--patience", "2")
    body = event(title="x" * 5000)
    raw = request(body, "/gong", receiver.headers(body))
    address = ("127.0.0.1", receiver.port)
    with (
        socket.create_connection(address, 120) as silent,
        socket.create_connection(address, 120) as heading,
        socket.create_connection(address, 120) as trickling,
        socket.create_connection(address, 120) as refused,
    ):
        heading.sendall(raw[:40])
        trickling.sendall(raw[:-4000])
        refused.sendall(request(b"", "/gong", {}, length=1000).replace(b"Connection: close\r\n", b""))
        assert read_answer(refused).status == 401
        assert receiver.post(event("2")).status == 200
        for piece in range(20):
            time.sleep(0.4)
            try:
                trickling.sendall(raw[len(raw) - 4000 + piece : len(raw) - 3999 + piece])
                refused.sendall(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break
        assert read_answer(trickling).status == 408
        assert read_answer(silent) == read_answer(heading) == Answer(0)
        assert read_answer(refused).status == 0
    assert [row[0] for row in receiver.stored()] == ["2"]


def test_too_much_at_once_is_put_off(make_receiver: MakeReceiver) -> None:
    """Fourteen senders hold nine megabytes each half sent: the fifteenth is told to come again."""
    receiver = make_receiver()
    held: list[socket.socket] = []
    try:
        for number in range(14):
            body = event(str(number), "x" * 9 * MEGABYTE)
            connection = socket.create_connection(("127.0.0.1", receiver.port), 120)
            held.append(connection)
            connection.sendall(request(body, "/gong", receiver.headers(body))[:-10])
        body = event("last", "x" * 9 * MEGABYTE)
        assert receiver.post(body).status == 503
        assert receiver.process
        assert source_state(receiver.process.pid) < 400 * MEGABYTE
        assert receiver.post(event("small")).status == 200
    finally:
        for connection in held:
            connection.close()
    deadline = time.monotonic() + 120
    while (status := receiver.post(body).status) != 200:
        assert status == 503
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_full_disk_is_told_and_recovered_from(make_receiver: MakeReceiver) -> None:
    """A limit on file sizes stands for the disk; what was acknowledged is there, the rest was refused."""
    receiver = make_receiver()
    assert receiver.process
    hard = resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE)[1]
    resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (300_000, hard))
    statuses = {str(number): receiver.post(event(str(number), "x" * 50_000)).status for number in range(20)}
    assert set(statuses.values()) == {200, 503}
    assert receiver.get("/healthz").status == 503
    acknowledged = [call_id for call_id, status in statuses.items() if status == 200]
    resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert receiver.get("/healthz").status == 200
    assert [row[0] for row in receiver.stored()] == acknowledged
    for number in range(20):
        assert receiver.post(event(str(number), "x" * 50_000)).status == 200
    assert len(receiver.stored()) == 20


def test_what_was_acknowledged_survives_kill_9(make_receiver: MakeReceiver) -> None:
    """Killed amid a storm of posts; every 200 is in the inbox, and the next receiver goes on with it."""
    receiver = make_receiver()
    bodies = [event(str(number), "x" * 3000) for number in range(400)]
    assert receiver.post_all(bodies[:200], at_once=100) == [200] * 200
    receiver.stop(signal.SIGKILL)
    assert len(receiver.stored()) == 200
    again = make_receiver()
    assert set(again.post_all(bodies, at_once=100)) == {200}
    assert len(again.stored()) == 400


def test_a_stop_ends_in_order(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver()
    assert receiver.post(event()).status == 200
    assert receiver.stop() == 0
    assert len(receiver.stored()) == 1


def test_lines_are_logged_as_asked(make_receiver: MakeReceiver) -> None:
    receiver = make_receiver("--log-format", "json", "--log-level", "warning")
    assert receiver.post(event()).status == 200
    assert receiver.post(event(), headers={}).status == 401
    receiver.stop()
    (refused,) = [json.loads(line) for line in receiver.log if not line.startswith("receiving at ")]
    assert refused.keys() == {"time", "level", "logger", "message"}
    assert (refused["level"], refused["logger"]) == ("warning", "gong_source.webhook")
    assert refused["message"].startswith("an event was refused with 401")
