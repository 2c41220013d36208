"""What is to be sent, and what is known about sending it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from gong_source.api.decode import Decode, decode_object
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongArgumentError


@dataclass(frozen=True)
class Order:
    """What to send, and what is known about sending it again.

    Attributes:
        endpoint: What to ask.
        path: The path below the base URL.
        params: Query parameters.
        body: JSON, or a multipart form.
        window: What is asked for, in words, for error messages.
        writes: Whether it changes something.
        costs: Whether it costs paid credits, or may: what is not known to be free is not asked twice.
        dedupe_key: The id by which Gong recognises a repeated write; None where it does not.
        check: For a write whose outcome is unknown: where to look.
        decode: Makes an object of the bytes of a success.
    """

    endpoint: Endpoint
    path: str = field(repr=False)
    params: Mapping[str, Any] | None = field(default=None, repr=False)
    body: Any = field(default=None, repr=False)
    window: str = ""
    writes: bool = False
    dedupe_key: str | None = field(default=None, repr=False)
    check: str = ""
    costs: bool = False
    decode: Decode = field(default=decode_object, repr=False)

    @property
    def fields(self) -> dict[str, Any]:
        """What is sent by name, in the query and the body."""
        return {**(self.params or {}), **(self.body if isinstance(self.body, Mapping) else {})}

    @property
    def safe(self) -> bool:
        """Whether sending it again changes nothing."""
        return not self.costs and (not self.writes or self.dedupe_key is not None)


def path_of(endpoint: Endpoint, ids: Sequence[str]) -> str:
    """The path of an endpoint with ids in their places, percent-encoded.

    Args:
        endpoint: With ``{}`` in its path for each id.
        ids: The ids.

    Raises:
        GongArgumentError: An id is empty, or would lead to another path.
    """
    if any(str(value).strip(".") == "" for value in ids):
        raise GongArgumentError(f"{endpoint.name}: an id is empty or made of dots.")
    return endpoint.path.format(*(quote(str(value), safe="") for value in ids))
