"""Only what Gong signed for this URL and this body is believed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gong_source.config import load_webhook_settings
from gong_source.errors import GongConfigError
from gong_source.sandbox.webhooks import Signer
from gong_source.webhook.verify import (
    WebhookMalformed,
    WebhookRefused,
    check_secret,
    load_key,
    parse,
    verify,
    verify_body,
)
from tests.webhook.conftest import SECRET, URL, event

BODY = event()


def pem(bare: str) -> str:
    lines = "\n".join(bare[start : start + 64] for start in range(0, len(bare), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"


def base64url(value: Any) -> bytes:
    data = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def forged(algorithm: str, key: bytes | None, url: str = URL, body: bytes = BODY, **header: Any) -> str:
    """A token that anybody can make: unsigned, or signed with a key that is public."""
    claims = {"exp": int(time.time()) + 60, "webhook_url": url, "body_sha256": hashlib.sha256(body).hexdigest()}
    signed = base64url({"alg": algorithm, "typ": "JWT", **header}) + b"." + base64url(claims)
    signature = b"" if key is None else hmac.new(key, signed, hashlib.sha256).digest()
    return (signed + b"." + base64url(signature)).decode()


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer ", "BEARER  "])
@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_genuine_event_is_believed(signer: Signer, prefix: str, name: str) -> None:
    headers = {"Host": "x", name: prefix + signer.token(URL, BODY)}
    claims = verify(headers, BODY, URL, signer.public_key)
    assert claims["webhook_url"] == URL


@pytest.mark.parametrize("form", ["bare", "pem", "escaped pem", "spaced", "several"])
def test_keys_come_in_every_form_that_is_seen(signer: Signer, other_signer: Signer, form: str) -> None:
    bare = signer.public_key
    keys: Any = {
        "bare": bare,
        "pem": pem(bare),
        "escaped pem": pem(bare).replace("\n", "\\n"),
        "spaced": f"  {bare[:70]}\n{bare[70:]} ",
        "several": [other_signer.public_key, bare],
    }[form]
    assert verify({"Authorization": signer.token(URL, BODY)}, BODY, URL, keys)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": 1_600_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "can't be read"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"webhook_url": "https://hooks.example.com/other"}, "another URL"),
        ({"webhook_url": URL + "/"}, "another URL"),
        ({"webhook_url": URL.upper()}, "another URL"),
        ({"webhook_url": None}, "webhook_url"),
        ({"webhook_url": [URL]}, "another URL"),
        ({"body_sha256": hashlib.sha256(b"x").hexdigest()}, "not the one that was signed"),
        ({"body_sha256": None}, "body_sha256"),
        ({"body_sha256": ["x"]}, "not the one that was signed"),
        ({"body_sha256": "é"}, "not the one that was signed"),
    ],
    ids=str,
)
def test_wrong_claims_are_refused(signer: Signer, claims: dict[str, Any], reason: str) -> None:
    with pytest.raises(WebhookRefused, match=reason):
        verify({"Authorization": signer.token(URL, BODY, **claims)}, BODY, URL, signer.public_key)


def test_half_a_surrogate_pair_is_no_more_than_wrong() -> None:
    with pytest.raises(WebhookRefused, match="not the one that was signed"):
        verify_body({"body_sha256": "\ud800"}, BODY)
    with pytest.raises(WebhookRefused, match="is wrong"):
        check_secret("\ud800", SECRET)


def test_claims_that_gong_does_not_document_do_not_refuse(signer: Signer) -> None:
    token = signer.token(URL, BODY, iss="somebody", aud="us", sub=5, iat=4_000_000_000, jti=7)
    assert verify({"Authorization": token}, BODY, URL, signer.public_key)


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"A call", b"B call")], ids=len)
def test_a_changed_body_is_refused(signer: Signer, body: bytes) -> None:
    with pytest.raises(WebhookRefused, match="not the one that was signed"):
        verify({"Authorization": signer.token(URL, BODY)}, body, URL, signer.public_key)


def test_the_algorithm_is_pinned(signer: Signer) -> None:
    bare = signer.public_key
    public = {"bare": bare.encode(), "pem": pem(bare).encode(), "der": base64.b64decode(bare)}
    tokens = [forged(name, None) for name in ("none", "None", "NONE", "RS256", "", "HS256", "ES256", "PS256")]
    tokens += [forged(name, key) for name in ("HS256", "HS512", "RS256") for key in public.values()]
    tokens += [forged("HS256", public["pem"], kid="../../dev/null", jwk={"kty": "oct", "k": ""}, crit=["b64"])]
    for token in tokens:
        with pytest.raises(WebhookRefused):
            verify({"Authorization": token}, BODY, URL, bare)


def test_another_key_is_refused(signer: Signer, other_signer: Signer) -> None:
    with pytest.raises(WebhookRefused, match="not of a configured key"):
        verify({"Authorization": other_signer.token(URL, BODY)}, BODY, URL, [signer.public_key])
    with pytest.raises(WebhookRefused):
        verify({"Authorization": signer.token(URL, BODY)}, BODY, URL, [])


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "x", "a.b", "a.b.c", "..", "é.é.é", "Basic eDp5", "." * 9999]
)
def test_what_is_no_token_is_refused(signer: Signer, value: str) -> None:
    with pytest.raises(WebhookRefused) as caught:
        verify({"Authorization": value}, BODY, URL, signer.public_key)
    assert len(value) < 6 or value not in str(caught.value)


def test_wrong_keys_are_told_at_once() -> None:
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    encoded = [
        base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) for key in (small, curve)
    ]
    for text in ["", "not a key", pem("AAAA"), *(key.decode() for key in encoded)]:
        with pytest.raises(GongConfigError, match="public_keys"):
            load_key(text)


def test_the_secret_of_a_path() -> None:
    check_secret(SECRET, SECRET)
    for given, expected in [(SECRET + "x", SECRET), ("", SECRET), ("é", SECRET), ("", ""), ("x", "")]:
        with pytest.raises(WebhookRefused):
            check_secret(given, expected)


def test_parse_gives_a_typed_event() -> None:
    parsed = parse(event("7782342274025937895", brief="x"))
    assert (parsed.call_id, parsed.is_test, parsed.call["brief"]) == ("7782342274025937895", False, "x")
    assert parsed.body_sha256 == hashlib.sha256(event("7782342274025937895", brief="x")).hexdigest()
    assert parse(b'{"callData": {"metaData": {"id": 7782342274025937895}}}').call_id == "7782342274025937895"
    assert parse(b'{"isTest": true}').is_test


@pytest.mark.parametrize(
    ("told", "is_test"),
    [*((yes, True) for yes in (True, 1, "true", "Yes")), *((no, False) for no in (False, None, 0, "", "False", "no"))],
)
def test_a_test_is_one_however_it_says_so(told: object, is_test: bool) -> None:
    assert parse(event(is_test=told)).is_test is is_test


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"callData=1",
        b"\xff\xfe",
        b"[]",
        b"5",
        b'"x"',
        b"{}",
        b'{"callData": null}',
        b'{"callData": []}',
        b'{"callData": {}}',
        b'{"callData": {"metaData": []}}',
        b'{"callData": {"metaData": {"id": null}}}',
        b'{"callData": {"metaData": {"id": true}}}',
        b'{"callData": {"metaData": {"id": 1.5}}}',
        b'{"callData": {"metaData": {"id": "1\\u0000"}}}',
        b'{"callData": {"metaData": {"id": "1\' OR 1=1"}}}',
        b'{"callData": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
    ],
    ids=lambda body: body[:40],
)
def test_parse_refuses_what_is_no_event(body: bytes) -> None:
    with pytest.raises(WebhookMalformed):
        parse(body)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "PATH_SECRET"),
        ({"public_keys": ["x"]}, "webhook.url"),
        ({"url": URL}, "public_keys"),
        ({"path_secret": "short"}, "openssl rand"),
        ({"path_secret": "with/slash/in/it/0123456789"}, "openssl rand"),
    ],
)
def test_settings_that_trust_nobody_or_anybody_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(GongConfigError, match=message) as caught:
        load_webhook_settings(**settings)
    assert "short" not in str(caught.value)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__GONG__WEBHOOK__PUBLIC_KEYS", "AAA=, BBB=")
    monkeypatch.setenv("SOURCES__GONG__WEBHOOK__URL", URL)
    settings = load_webhook_settings()
    assert (settings.public_keys, settings.url, settings.path_secret) == (["AAA=", "BBB="], URL, None)
