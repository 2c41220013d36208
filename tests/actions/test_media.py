"""Media: what Gong takes is told before anything is sent, and a large file is never held in memory."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gong_source.actions import calls, crm
from gong_source.api.multipart import FilePart, Multipart
from gong_source.errors import GongArgumentError

HEADS = {
    "audio/wav": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "audio/mpeg": b"ID3\x04\x00",
    "audio/mpeg ": b"\xff\xfb\x90\x00",
    "video/mp4": b"\x00\x00\x00\x18ftypisom",
    "audio/mp4": b"\x00\x00\x00\x18ftypM4A ",
    "video/x-matroska": b"\x1a\x45\xdf\xa3\x01",
    "audio/flac": b"fLaC\x00\x00",
    "audio/ogg": b"OggS\x00",
}


def file_of(folder: Path, head: bytes, size: int = 100) -> Path:
    path = folder / 'odd "name".bin'
    with path.open("wb") as file:
        file.write(head)
        file.truncate(max(size, len(head)))
    return path


@pytest.mark.parametrize("kind", HEADS)
def test_the_type_is_told_by_the_first_bytes(kind, client, known, tmp_path):
    from tests.actions.examples import CREATED

    calls.add_call_media(client, known[CREATED], file_of(tmp_path, HEADS[kind]))
    assert known["desk"].media[known[CREATED]]["contentType"] == kind.strip()


@pytest.mark.parametrize("head", [b"%PDF-1.7", b"\x00" * 100, b"PK\x03\x04", b'{"a": 1}', b"RIFF\x00\x00\x00\x00AVI "])
def test_other_files_are_not_sent(head, sandbox, client, tmp_path):
    with pytest.raises(GongArgumentError, match="does not begin like"):
        calls.add_call_media(client, "1", file_of(tmp_path, head))
    assert sandbox.counters.total == 0


def test_the_type_can_be_given(client, known, tmp_path):
    from tests.actions.examples import CREATED

    calls.add_call_media(client, known[CREATED], file_of(tmp_path, b"raw"), media_type="audio/basic")
    assert known["desk"].media[known[CREATED]]["contentType"] == "audio/basic"


def test_size_is_checked_first(sandbox, client, tmp_path):
    with pytest.raises(GongArgumentError, match=r"has 1.50 GB; Gong takes 1.5 GB at most"):
        calls.add_call_media(client, "1", file_of(tmp_path, HEADS["audio/wav"], 1_500_000_001))
    empty = tmp_path / "empty.wav"
    empty.touch()
    with pytest.raises(GongArgumentError, match="empty"):
        calls.add_call_media(client, "1", empty)
    with pytest.raises(GongArgumentError, match="can't be read"):
        calls.add_call_media(client, "1", tmp_path / "none.wav")
    assert sandbox.counters.total == 0


def test_what_is_no_file_is_not_opened(sandbox, client, tmp_path):
    """A pipe would have the reader wait for somebody who writes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    crm_arguments = {"integration_id": "1", "object_type": "ACCOUNT", "client_request_id": "r"}
    for path in (pipe, tmp_path, Path("/dev/null")):
        for send in (
            lambda path: calls.add_call_media(client, "1", path),
            lambda path: crm.upload_crm_entities(client, path, **crm_arguments),
            lambda path: client.raw_request("POST", "/v2/crm/entities", files={"dataFile": path}),
        ):
            with pytest.raises(GongArgumentError, match="is not a file"):
                send(path)
    assert sandbox.counters.total == 0


@pytest.mark.parametrize("odd", ["a\0b", "\ud800", None, 5, b"bytes"], ids=ascii)
def test_what_can_be_no_name_of_a_file_is_told(sandbox, client, odd):
    crm_arguments = {"integration_id": "1", "object_type": "ACCOUNT", "client_request_id": "r"}
    for send in (
        lambda: calls.add_call_media(client, "1", odd),
        lambda: crm.upload_crm_entities(client, odd, **crm_arguments),
        lambda: client.raw_request("POST", "/v2/crm/entities", files={"dataFile": odd}),
    ):
        with pytest.raises(GongArgumentError, match="file must be the path of a file"):
            send()
    assert sandbox.counters.total == 0


def test_the_length_is_known_before(tmp_path):
    parts = [FilePart("a", file_of(tmp_path, b"x" * 700_000), 700_000, "a.bin")]
    form = Multipart(parts)
    assert len(form) == sum(map(len, form)) == sum(map(len, form))


class Swallower(threading.Thread):
    """A server that reads one upload piece by piece, and remembers its size and digest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.head = b""
        self.digest = hashlib.sha256()
        self.size = 0

    def run(self) -> None:
        connection, _ = self.listener.accept()
        with connection, self.listener:
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(1)
            self.head = received
            length = int(received.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            while self.size < length:
                piece = connection.recv(1 << 20)
                self.size += len(piece)
                self.digest.update(piece)
            body = b'{"requestId": "r", "callId": "1", "url": "u"}'
            connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


UPLOAD = """
import json, resource, sys
from gong_source.actions import calls, crm
from gong_source.api import GongClient
from gong_source.config import load_settings
key = {"access_key": "a", "access_key_secret": "b"}
with GongClient(load_settings(base_url=sys.argv[1], credentials=key, requests_per_second=0)) as client:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = calls.add_call_media(client, "1", sys.argv[2])
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"answer": answer, "kilobytes": after - before}))
"""


@pytest.mark.slow
def test_a_file_of_the_largest_size_is_streamed(tmp_path):
    size = 1_500_000_000
    path = file_of(tmp_path, HEADS["audio/wav"], size)
    server = Swallower()
    server.start()
    root = str(Path(calls.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", UPLOAD, server.url, str(path)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    server.join(300)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["answer"]["callId"] == "1"
    assert result["kilobytes"] < 20_000
    assert size < server.size < size + 1000
    assert b"Transfer-Encoding" not in server.head
