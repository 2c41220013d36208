"""A file behind a signed address: loaded into a part file, from where an earlier attempt broke off.

The address is a secret for as long as it is valid, and another host's: it stands in no log and no error, and no
credentials are sent to it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import time
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from gong_source.api.connections import SENDING
from gong_source.api.faults import BROKEN, explain
from gong_source.api.patience import OnWait, Patience, tell_nobody
from gong_source.api.retry import is_transient, wait_asked
from gong_source.api.transport import make_session
from gong_source.config import GongSettings
from gong_source.errors import (
    GongBadRequestError,
    GongConnectionError,
    GongForbiddenError,
    GongNotFoundError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)

logger = logging.getLogger("gong_source.api")

ENDPOINT = "GET media"
"""What errors and logs show in place of the address."""

PIECE = 1 << 20
"""Bytes that are read and written at once, at the most."""

RECORDINGS = re.compile(r"(audio|video)/|(application|binary)/octet-stream\b", re.IGNORECASE)
"""Content types of recordings; a page or an error document is none."""

PART = ".part"

ODD_TRIES = 3
"""Answers that are whole and hold no recording, after which none is there: a page about the host's state passes."""


@dataclass(frozen=True)
class Downloaded:
    """A whole file.

    Attributes:
        part: Where it is.
        size: Bytes.
        sha256: Of its bytes, in hexadecimal digits.
        content_type: As the host tells it.
    """

    part: Path
    size: int
    sha256: str
    content_type: str


@dataclass(frozen=True)
class _Broken:
    """An attempt that brought no whole file.

    Attributes:
        problem: What happened.
        status: HTTP status of a refusal; None where the answer was no whole one.
        retry_after: Seconds that the host asked to wait.
        sent: Whether there was a connection.
        size: Bytes that the part holds.
        is_gone: Whether the host knows that there is nothing to have.
        is_odd: Whether something else came in place of the recording.
    """

    problem: str
    status: int | None = None
    retry_after: float | None = None
    sent: bool = True
    size: int = 0
    is_gone: bool = False
    is_odd: bool = False


EMPTY = _Broken("the recording is empty", is_gone=True)


class _NoCredentials(AuthBase):
    """Keeps requests from putting what ~/.netrc holds on a request."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Downloads:
    """Loads files behind signed addresses. For several threads, each with a name of its own."""

    def __init__(self, settings: GongSettings, folder: Path, on_wait: OnWait = tell_nobody) -> None:
        """Prepare a session; nothing is sent yet.

        Args:
            settings: Time-outs and patience.
            folder: Where the parts are kept, and nobody else writes to; made when it is needed.
            on_wait: Is told of each wait before a further attempt.
        """
        self._on_wait = on_wait
        self._settings = settings
        self._folder = folder
        self._session = make_session(_NoCredentials(), redirects=5)
        if settings.base_url.startswith("https:"):  # else it is a loopback address
            del self._session.adapters["http://"]

    def load(self, url: str, name: str, what: str) -> Downloaded:
        """Load until the file is whole, in as many attempts as bring more of it, and some that don't.

        Args:
            url: The signed address.
            name: Of the part, the same for the same file whatever its address.
            what: The file in words, for logs and errors.

        Raises:
            GongForbiddenError: The address is refused: it is not valid any more.
            GongNotFoundError: There is no such file any more, or it is empty.
            GongProtocolError: Something else is there in its place.
            GongRequestError: The file can't be had, by kind.
            OSError: The part can't be written.
        """
        patience, most, odd = Patience(self._settings, self._on_wait), 0, 0
        while True:
            began = time.monotonic()
            try:
                found = self._attempt(url, name)
            except FileNotFoundError:  # of a call that had to leave: whoever took it away knows no part that is open
                found = _Broken("what was there of it was deleted")
            seconds = time.monotonic() - began
            if isinstance(found, Downloaded):
                logger.info("%s [%s]: %d bytes in %.2f s", ENDPOINT, what, found.size, seconds)
                return found
            logger.info("%s [%s]: %s in %.2f s", ENDPOINT, what, found.problem, seconds)
            if found.size > most:  # what comes anew from its start each time would come for ever
                patience.begin_anew()
                most = found.size
            odd += found.is_odd
            why, is_settled = f"{ENDPOINT}: {found.problem}", found.is_gone or odd == ODD_TRIES
            if is_settled or not patience.wait(why, found.status, found.retry_after, found.sent):
                raise _error(found, what)

    def _attempt(self, url: str, name: str) -> Downloaded | _Broken:
        part, etag = self._part(name)
        have = part.stat().st_size if part else 0
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        if part and have:
            headers |= {"Range": f"bytes={have}-", "If-Range": f'"{etag}"'}
        timeouts = (self._settings.connect_timeout, self._settings.read_timeout)
        try:
            response = self._session.get(url, headers=headers, timeout=timeouts, stream=True)
        except BROKEN as error:
            sent = SENDING.begun
            return _Broken(explain(error, timeouts, sent).problem, sent=sent)
        with response:
            answered = _Answered(response, have, etag)
            if answered.is_whole:
                return _whole(part, answered) if part and have else EMPTY
            if answered.problem:
                if part and response.status_code in (206, 416):
                    part.unlink()  # what is there is no beginning of what is offered now
                wait = wait_asked(response.headers)
                refused, is_gone = answered.refused, answered.refused in (404, 410)
                return _Broken(answered.problem, refused, wait, is_gone=is_gone, is_odd=refused is None)
            if response.status_code == 200:
                part = self._new_part(name, response.headers.get("ETag", ""))
            assert part is not None, "a range was asked for because there is one"
            problem = _append(response, part, timeouts)
        size = part.stat().st_size
        if not problem and answered.total in (None, size) and size:
            return _whole(part, answered)
        if not problem and answered.total == 0:
            part.unlink()
            return EMPTY
        problem = problem or f"{size} bytes came in place of {answered.total}"
        if answered.total is not None and size > answered.total:
            part.unlink()
        return _Broken(problem, size=size)

    def _part(self, name: str) -> tuple[Path | None, str]:
        """The part of a file that can be gone on with, and the version of the file that it is of."""
        for part in self._folder.glob(f"{name}.*{PART}"):
            etag = part.name[len(name) + 1 : -len(PART)]
            if etag and not part.is_symlink():
                return part, etag
            part.unlink(missing_ok=True)
        return None, ""

    def _new_part(self, name: str, etag: str) -> Path:
        """An empty part; the version of the file is in its name, where it has one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in self._folder.glob(f"{name}.*{PART}"):
            old.unlink(missing_ok=True)
        told = re.fullmatch(r'"([\w-]{1,80})"', etag, re.ASCII)
        part = self._folder / f"{name}.{told[1] if told else ''}{PART}"
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # follows no link
        return part


class _Answered:
    """What the head of an answer says.

    Attributes:
        total: Bytes of the whole file; None where the host does not tell.
        problem: Why nothing of it can be used; empty where it can.
        refused: HTTP status of a refusal, else None.
        is_whole: Whether all bytes are there already.
    """

    def __init__(self, response: requests.Response, have: int, etag: str) -> None:
        status, headers = response.status_code, response.headers
        same = headers.get("ETag", f'"{etag}"') == f'"{etag}"'  # a host may know ranges and not the condition on them
        self.content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        self.refused: int | None = None
        self.total: int | None = None
        self.problem = ""
        told = re.fullmatch(r"bytes (?:([0-9]{1,18})-[0-9]+|\*)/([0-9]{1,18})", headers.get("Content-Range", ""))
        self.is_whole = status == 416 and told is not None and int(told[2]) == have and same
        if self.is_whole:  # what is told then is the type of the refusal
            self.content_type = guess_type(urlsplit(response.url).path)[0] or ""
            return
        if status == 206 and have and told and told[1] and int(told[1]) == have and same:
            self.total = int(told[2])
        elif status == 200:  # without a length or chunks, the end of the connection is taken for the file's
            length = re.fullmatch(r"[0-9]{1,18}", headers.get("Content-Length", ""))
            self.total = int(length[0]) if length else None
        elif status in (206, 416):
            self.problem = "the host offers another part than was asked for"
        elif status < 400:
            self.problem = f"what comes is no recording (HTTP {status})"
        else:
            self.refused, self.problem = status, f"HTTP {status}"
        if not self.problem and not RECORDINGS.match(self.content_type):
            self.problem = f"what comes is no recording ({self.content_type or 'without a content type'})"
        if not self.problem and headers.get("Content-Encoding", "identity") != "identity":
            self.problem = "the recording comes compressed, so that its size can't be checked"


def _append(response: requests.Response, part: Path, timeouts: tuple[float, float]) -> str:
    """Write what comes at the end of a part; why it broke off, if it did."""
    with part.open("ab") as file:
        while True:
            try:
                # what has arrived, however little: a kill costs no more than what is under way
                piece = response.raw.read1(PIECE, decode_content=False)
            except (requests.RequestException, HTTPError) as error:
                return explain(error, timeouts, sent=True).problem
            if not piece:
                os.fsync(file.fileno())  # else the name may outlive the bytes in a power cut
                return ""
            file.write(piece)


def _whole(part: Path, answered: _Answered) -> Downloaded:
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return Downloaded(part, part.stat().st_size, digest.hexdigest(), answered.content_type)


def _error(found: _Broken, what: str) -> GongRequestError:
    status = found.status
    kind: type[GongRequestError] = GongConnectionError
    advice = "The recording is loaded by the next run."
    if status in (401, 403):
        kind, advice = GongForbiddenError, "Its address is not valid any more; the next run asks for a new one."
    elif found.is_gone or found.is_odd:
        kind = GongNotFoundError if found.is_gone else GongProtocolError
        advice = "It is asked for again whenever the range of its call is read again."
    elif status is not None:
        kind = GongServerError if status == 429 or is_transient(status) else GongBadRequestError
    refused = "Gong's host has no such recording" if found.is_gone else "the recording's host refuses"
    message = refused if status is not None else found.problem
    return kind(message, endpoint=ENDPOINT, window=what, status=status, advice=advice)
