"""Nonsense that is posted to the receiver, and nonsense in what Gong posts: refused or loaded, never a crash."""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gong_source.sandbox.webhooks import Signer
from gong_source.webhook.inbox import Inbox, Received
from tests.fuzzed import fuzzed
from tests.webhook.conftest import SECRET, Receiver, event, request
from tests.webhook.test_drain import Hooks, hooks

__all__ = ["hooks"]

ODD: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        2**63,
        -(2**70),
        1e300,
        "",
        " ",
        "\0",
        "a\0b",
        "\U0001f600",
        "x" * 3000,
        "0001-01-01T00:00:00+14:00",
    ),
    *([], [None], [[1]], ["x", 1], {}, {"": 1}, {"id": []}, {"a": {"b": {"c": []}}}),
]
RAW = [
    *(b"", b"{", b"[]", b"null", b"\xff\xfe", b"\0" * 50, b"\x1f\x8b\x08garbage", b"[" * 100_000, b'{"a":' * 50_000),
    *(b'{"callData": {"metaData": {"id": "1\\u0000"}}}', b'{"callData": {"metaData": {"id": NaN}}}'),
    *(b'{"isTest": true, "callData": []}', b"\xef\xbb\xbf{}"),
    b'{"callData": {"metaData": {"id": true}}}',
]


def part(content: Any) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(content if isinstance(content, bytes) else json.dumps(content).encode()).decode()


HEADERS: list[Any] = [
    *({"alg": "RS256", name: odd} for name in ("alg", "typ", "kid", "crit", "b64", "zip", "jwk") for odd in ODD),
    *(b"[" * 20_000, b'{"a":' * 9_000, b"\xff", b"null", b"[]", {}),
]
tokens = st.one_of(
    st.text(max_size=30).filter(lambda text: text.isprintable()),
    st.builds(
        lambda head, claims: f"{part(head)}.{part(claims)}.{part(b'x')}".replace("=", ""),
        st.sampled_from(HEADERS),
        st.sampled_from([{}, [], None, b"[" * 9_000, {"exp": "x"}]),
    ),
)


def held(receiver: Receiver, status: int, sent: object) -> None:
    """Refused, and the receiver lives on without a traceback."""
    assert 400 <= status < 500, f"{status}: {sent!r}"
    assert receiver.process
    assert receiver.process.poll() is None, sent
    assert "Traceback" not in "".join(receiver.log), sent


@fuzzed(150)
@given(token=tokens)
def test_tokens_that_nobody_signed(receiver: Receiver, token: str) -> None:
    authorization = token.encode("utf-8", "replace").decode("latin-1")
    raw = request(b"", "/gong", {}).replace(
        b"\r\n\r\n", b"\r\nAuthorization: " + authorization.encode("latin-1") + b"\r\n\r\n"
    )
    held(receiver, receiver.send(raw).status, token)


def test_signed_claims_of_wrong_types(receiver: Receiver, signer: Signer) -> None:
    body = event()
    for claim in ("exp", "nbf", "iat", "iss", "aud", "sub", "jti", "webhook_url", "body_sha256"):
        for odd in ODD:
            if (isinstance(odd, int) and abs(odd) > 2**63) or claim in ("iat", "iss", "aud", "sub", "jti"):
                continue
            status = receiver.post(body, headers=receiver.headers(body, **{claim: odd})).status
            assert status in (200, 401), (claim, odd, status)
            held(receiver, 401, (claim, odd))


def test_bodies_that_are_no_events(receiver: Receiver) -> None:
    for body in RAW:
        held(receiver, receiver.post(body).status, body[:60])
        held(receiver, receiver.post(body, f"/gong/{SECRET}", {}).status, body[:60])
    assert receiver.stored() == []
    assert receiver.post(event()).status == 200


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where anything stands in a JSON value."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(item, (*path, key))


def test_events_with_wrong_types_in_every_field_are_loaded_or_set_aside(hooks: Hooks, receiver: Receiver) -> None:
    """Each field of a call takes its turn, with a value of another type; one odd call costs no other."""
    dice, world = random.Random(1), hooks.tenant.sandbox.world
    whole = next(iter(world.visible_calls().values())).data_at(hooks.tenant.now)
    sent = 0
    for path in places(whole):
        if any(isinstance(key, int) and key for key in path):
            continue
        call = copy.deepcopy(whole)
        call["metaData"]["id"] = f"odd-{sent}"
        *holders, leaf = path
        holder: Any = call
        for key in holders:
            holder = holder[key]
        holder[leaf] = dice.choice(ODD)
        body = (
            orjson.dumps({"callData": call, "isTest": False})
            if not has_huge(call)
            else json.dumps({"callData": call, "isTest": False}).encode()
        )
        status = receiver.post(body).status
        assert status in (200, 400), path
        if status == 200:
            hooks.receive(body)
            sent += 1
    assert sent > 90
    report = hooks.drain(resources=["calls"], max_rejected_share=1.0)
    assert report.exit_code == 0, report.as_text()
    assert hooks.pending() == 0
    set_aside = sum(report.rejected.values())
    ((loaded,),) = hooks.tenant.sql("SELECT count(*) FROM calls WHERE id LIKE 'odd-%'")
    assert loaded + set_aside >= sent - 3, "what changes the id itself is another call"


def test_an_inbox_of_nothing_readable_is_emptied(hooks: Hooks) -> None:
    with closing(Inbox(hooks.path)) as inbox:
        inbox.put([Received("1", "odd", 1, b'{"callData": 5}'), Received("2", "odder", 2, b"{}")])
    report = hooks.drain(resources=["calls"])
    assert report.exit_code == 0, report.as_text()
    assert (report.found, report.rejected) == ({"unreadable": 2}, {"calls": 2})
    assert hooks.pending() == 0


def has_huge(value: Any) -> bool:
    """Whether an integer is beyond 64 bits, which orjson does not write."""
    if isinstance(value, dict):
        return any(map(has_huge, value.values()))
    if isinstance(value, list):
        return any(map(has_huge, value))
    return isinstance(value, int) and abs(value) >= 2**63
