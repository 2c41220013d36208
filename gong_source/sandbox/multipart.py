"""Reading multipart forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gong_source.sandbox.messages import Request, bad_request


@dataclass(frozen=True)
class Part:
    """One field of a form.

    Attributes:
        filename: The name of the file.
        content_type: Its media type.
        content: What is in it.
    """

    filename: str
    content_type: str
    content: bytes


def read_file(request: Request, name: str) -> Part:
    """The file in a form's field.

    Raises:
        ApiError: 400 when the form is malformed or lacks it.
    """
    kind = re.fullmatch(r"multipart/form-data; *boundary=\"?([^\";]+)\"?", request.headers.get("content-type", ""))
    if not kind:
        raise bad_request("Content-Type must be multipart/form-data")
    boundary = b"--" + kind[1].encode()
    if not request.body.endswith(boundary + b"--\r\n"):
        raise bad_request("the form is cut off")
    start = request.body.find(boundary + b"\r\n")
    head, _, rest = request.body[start + len(boundary) + 2 :].partition(b"\r\n\r\n")
    content = rest[: rest.rindex(b"\r\n" + boundary)]
    headers = head.decode()
    if f'name="{name}"' not in headers:
        raise bad_request(f"Required part '{name}' is not present")
    filename = re.search(r'filename="([^"]*)"', headers)
    media_type = re.search(r"Content-Type: (\S+)", headers)
    return Part(filename[1] if filename else "", media_type[1] if media_type else "", content)
