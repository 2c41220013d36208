"""Automation rules: the sandbox posts signed events to a URL, as Gong does once a call has been processed."""

from __future__ import annotations

import base64
import hashlib
import http.client
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from gong_source.sandbox.messages import Json
from gong_source.sandbox.routes.media import sign_media
from gong_source.sandbox.world import World

EVERY = 0.1
MEDIA_HOST = "https://media.gong.example"
"""Seconds between looks for calls that became visible."""

TIMEOUT = 10.0
LIFETIME = 300
"""Seconds that a token is valid."""


class Signer:
    """A rule's key pair."""

    def __init__(self) -> None:
        """Make one.

        Raises:
            ValueError: The package that signs is not installed.
        """
        try:
            from cryptography.hazmat.primitives.asymmetric import rsa
        except ImportError as error:
            raise ValueError("signed webhooks need cryptography: pip install 'gong-source[webhook]'") from error
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public_key(self) -> str:
        """As a rule shows it: base64 of the DER form, without armour."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def token(self, url: str, body: bytes, **claims: Any) -> str:
        """A token for one event.

        Args:
            url: The rule's URL.
            body: The body.
            **claims: Claims to add or replace; None takes one away.
        """
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        payload = {
            "iss": "gong",
            "exp": int(time.time()) + LIFETIME,
            "webhook_url": url,
            "body_sha256": hashlib.sha256(body).hexdigest(),
            **claims,
        }
        payload = {name: value for name, value in payload.items() if value is not None}
        signed = b".".join(_base64url(orjson.dumps(part)) for part in ({"alg": "RS256", "typ": "JWT"}, payload))
        return b".".join((signed, _base64url(self._key.sign(signed, PKCS1v15(), SHA256())))).decode()


@dataclass
class Rule:
    """One automation rule.

    Attributes:
        url: Where it posts to.
        signer: Signs its events; ``None`` for a rule whose URL carries a secret.
        bearer: Whether the token comes with the word ``Bearer``.
        leave_out: Groups of ``callData`` that it does not send.
        fired: Calls that it has fired for, or that were visible before it was made.
    """

    url: str
    signer: Signer | None
    bearer: bool
    leave_out: frozenset[str]
    fired: set[str] = field(default_factory=set)

    def send(self, body: bytes) -> int:
        """Post one event, once; return the status, or 0 when there was no answer."""
        headers = {"Content-Type": "application/json"}
        if self.signer is not None:
            headers["Authorization"] = ("Bearer " if self.bearer else "") + self.signer.token(self.url, body)
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            connection.request("POST", parts.path or "/", body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


class Webhooks:
    """All rules, and the thread that fires them."""

    def __init__(self, world: World) -> None:
        """Start without a rule."""
        self._world = world
        self._rules: list[Rule] = []
        self._guard = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.sent: list[Json] = []

    def add(self, url: str, signed: bool, bearer: bool, leave_out: Iterable[str], in_background: bool) -> Rule:
        """Make a rule, which fires for calls that become visible from now on."""
        rule = Rule(url, Signer() if signed else None, bearer, frozenset(leave_out), set(self._world.visible_calls()))
        with self._guard:
            self._rules.append(rule)
            if in_background and self._thread is None:
                self._stopping.clear()
                self._thread = threading.Thread(target=self._watch, name="sandbox-webhooks", daemon=True)
                self._thread.start()
        return rule

    def fire_due(self) -> list[Json]:
        """Fire for every call that became visible since the last time; what is lost is not sent again."""
        done: list[Json] = []
        with self._guard:
            visible = self._world.visible_calls()
            for rule in self._rules:
                for call_id in [key for key in visible if key not in rule.fired]:
                    rule.fired.add(call_id)
                    done.append(self._fire(rule, call_id, is_test=False))
        return done

    def fire(self, call_ids: Iterable[str], is_test: bool = False) -> list[Json]:
        """Fire all rules for certain calls, however often they did."""
        with self._guard:
            return [self._fire(rule, call_id, is_test) for rule in self._rules for call_id in call_ids]

    def stop(self) -> None:
        """Forget all rules and end the thread."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.join(TIMEOUT)
        with self._guard:
            self._rules.clear()

    def _fire(self, rule: Rule, call_id: str, is_test: bool) -> Json:
        with self._world.lock:
            now = self._world.clock.now()
            data = self._world.calls[call_id].data_at(now)
        if data.get("media"):
            data["media"] = sign_media(data["media"], now, MEDIA_HOST)
        call = {key: part for key, part in data.items() if key not in rule.leave_out}
        status = rule.send(orjson.dumps({"callData": call, "isTest": is_test}))
        self.sent.append({"url": rule.url, "callId": call_id, "isTest": is_test, "status": status})
        return self.sent[-1]

    def _watch(self) -> None:
        while not self._stopping.wait(EVERY):
            self.fire_due()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
