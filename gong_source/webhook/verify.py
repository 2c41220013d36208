"""Gong's process-automation webhooks: is an event genuine, and what does it say. No I/O, no framework.

::

    claims = verify(headers, raw_body, url, public_key)   # or: check_secret(given, expected)
    event = parse(raw_body)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gong_source.api.decode import decode_object
from gong_source.errors import GongConfigError, GongError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

ALGORITHM = "RS256"
"""The only algorithm that is accepted, whatever a token's header says."""

LEEWAY = 30
"""Seconds that the clocks of Gong and of this machine may differ."""

LEAST_KEY_BITS = 2048
NO = ("", "0", "false", "no")
"""How a flag that is no boolean says that it is not set."""

CALL_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)

_OPTIONS: dict[str, Any] = {
    "require": ["exp", "webhook_url", "body_sha256"],
    "verify_exp": True,
    "verify_nbf": True,
    # Gong documents no issuer, audience or subject: whatever stands there must not refuse a genuine event
    **dict.fromkeys(("verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti"), False),
}


class WebhookRefused(GongError):
    """An event is not proven to be Gong's; the message says why and never holds the token or a secret."""


class WebhookMalformed(GongError, ValueError):
    """A body is not an event that Gong would send."""


@dataclass(frozen=True)
class WebhookEvent:
    """What one webhook says.

    Attributes:
        call_id: Gong's id of the call; empty in a test event that carries none.
        is_test: Whether somebody pressed "test" in the rule.
        call: ``callData``, in the shape of POST calls/extensive.
        body_sha256: Hex hash of the raw body.
    """

    call_id: str
    is_test: bool
    call: dict[str, Any]
    body_sha256: str


def verify(
    headers: Mapping[str, str],
    raw_body: bytes,
    url: str,
    public_key: str | RSAPublicKey | Iterable[str | RSAPublicKey],
) -> dict[str, Any]:
    """Check that Gong signed this body for this URL, not too long ago.

    Args:
        headers: Request headers, in any case; ``Authorization`` holds the token, with or without ``Bearer``.
        raw_body: The body exactly as received.
        url: The URL exactly as typed into Gong's rule.
        public_key: As the rule shows it (base64 without armour) or as PEM; several while keys change.

    Returns:
        The token's claims.

    Raises:
        WebhookRefused: The event is not to be trusted.
        GongConfigError: A key can't be read.
    """
    claims = verify_token(headers, url, public_key)
    verify_body(claims, raw_body)
    return claims


def verify_token(
    headers: Mapping[str, str], url: str, public_key: str | RSAPublicKey | Iterable[str | RSAPublicKey]
) -> dict[str, Any]:
    """Check all that can be checked before the body is there: signature, expiry, URL.

    Args:
        headers: As in :func:`verify`.
        url: As in :func:`verify`.
        public_key: As in :func:`verify`.

    Raises:
        WebhookRefused: The token is not Gong's, not for this URL, or no longer valid.
        GongConfigError: A key can't be read.
    """
    import jwt

    token = _token(headers)
    problem = "there is no key to check it with"
    for key in _loaded(public_key):
        try:
            claims: dict[str, Any] = jwt.decode(token, key, [ALGORITHM], _OPTIONS, leeway=LEEWAY)  # type: ignore[arg-type]
        except jwt.InvalidSignatureError:
            problem = "the signature is not of a configured key"
        except jwt.ExpiredSignatureError:
            raise WebhookRefused("the token has expired") from None
        except jwt.ImmatureSignatureError:
            raise WebhookRefused("the token is not valid yet: look whether this machine's clock is behind") from None
        except jwt.InvalidAlgorithmError:
            raise WebhookRefused(f"the token is not signed with {ALGORITHM}") from None
        except jwt.MissingRequiredClaimError as error:
            raise WebhookRefused(f"the token lacks the claim {error.claim}") from None
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError) as error:
            raise WebhookRefused(f"the token can't be read ({type(error).__name__})") from None
        else:
            if claims["webhook_url"] != url:
                raise WebhookRefused("the token was made for another URL than sources.gong.webhook.url")
            return claims
    raise WebhookRefused(problem)


def verify_body(claims: Mapping[str, Any], raw_body: bytes) -> None:
    """Check that a token was made for this body.

    Args:
        claims: From :func:`verify_token`.
        raw_body: The body exactly as received.

    Raises:
        WebhookRefused: It was made for another one.
    """
    signed = claims.get("body_sha256")
    digest = hashlib.sha256(raw_body).hexdigest()
    if not isinstance(signed, str) or not _are_equal(signed.lower(), digest):
        raise WebhookRefused("the body is not the one that was signed")


def check_secret(given: str, expected: str) -> None:
    """Compare the secret of a URL's path, in constant time.

    Args:
        given: From the path of the request.
        expected: The configured one.

    Raises:
        WebhookRefused: They differ, or none is configured.
    """
    if not expected or not _are_equal(given, expected):
        raise WebhookRefused("the secret in the path is wrong")


def _are_equal(given: str, expected: str) -> bool:
    """Whether two texts are, in constant time; what a sender gives may hold half of a surrogate pair."""
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def load_key(text: str) -> RSAPublicKey:
    """A public key from what Gong's rule shows, or from a PEM file's text.

    Args:
        text: Base64 of the DER form, or PEM.

    Raises:
        GongConfigError: It is neither, not an RSA key, or shorter than 2048 bits.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    try:
        if "-----BEGIN" in text:
            # environment files and toml often hold the line ends of PEM as the two characters \n
            key = load_pem_public_key(text.replace("\\n", "\n").strip().encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error) as error:
        raise GongConfigError(
            "A key in sources.gong.webhook.public_keys is neither base64 as Gong's rule shows it nor a PEM public key."
        ) from error
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_KEY_BITS:
        raise GongConfigError(
            f"A key in sources.gong.webhook.public_keys is no RSA key of at least {LEAST_KEY_BITS} bits."
        )
    return key


def parse(raw_body: bytes) -> WebhookEvent:
    """Read the body of an event.

    Args:
        raw_body: As received.

    Raises:
        WebhookMalformed: It is no JSON object, or no event.
    """
    body = decode_object(raw_body)
    if body is None:
        raise WebhookMalformed("the body is not a JSON object")
    call = body.get("callData")
    is_test = str(body.get("isTest") or "").strip().lower() not in NO  # a real call comes with the next sync too
    if call is None and is_test:
        call = {}
    if not isinstance(call, dict):
        raise WebhookMalformed('the body has no object "callData"')
    basic = call.get("metaData")
    found = basic.get("id") if isinstance(basic, dict) else None
    call_id = str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""
    if not CALL_ID.fullmatch(call_id):
        if not is_test:
            raise WebhookMalformed('"callData" has no call id in "metaData"')
        call_id = ""
    return WebhookEvent(call_id, is_test, call, hashlib.sha256(raw_body).hexdigest())


def _token(headers: Mapping[str, str]) -> str:
    value = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    scheme, _, rest = value.strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else value.strip()
    if not token:
        raise WebhookRefused("there is no token in the Authorization header")
    return token


def _loaded(keys: str | RSAPublicKey | Iterable[str | RSAPublicKey]) -> list[RSAPublicKey]:
    listed: Iterable[Any] = [keys] if isinstance(keys, str) or not isinstance(keys, Iterable) else keys
    return [load_key(key) if isinstance(key, str) else key for key in listed]
