"""Downloads behind signed addresses: whole or not there, gone on with where they broke off, and told to nobody."""

from __future__ import annotations

import hashlib
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gong_source.api.download import Downloads
from gong_source.config import GongSettings, load_settings
from gong_source.errors import (
    GongBadRequestError,
    GongConnectionError,
    GongForbiddenError,
    GongNotFoundError,
    GongProtocolError,
    GongRequestError,
    GongServerError,
)
from gong_source.sandbox import Sandbox
from gong_source.sandbox.routes.media import ENDPOINT, recording, sign_media

NAME = "7-audio"
SECRETS = ("X-Amz", "Signature", "Security-Token", "?")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(empty=True) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.01)
    running.control.clear_faults()
    running.control.reset_counters()
    return running


def address(sandbox: Sandbox, age: float = 0) -> str:
    then = datetime.fromtimestamp(time.time() - age, timezone.utc)
    return str(sign_media({"audioUrl": "https://media/1/7/audio.mp3"}, then, sandbox.url)["audioUrl"])


def settings(sandbox: Sandbox, **more: Any) -> GongSettings:
    key = {"access_key": "key", "access_key_secret": "secret"}
    return load_settings(base_url=sandbox.url, credentials=key, **{"retry_patience": 60, "read_timeout": 300, **more})


def content(url: str) -> bytes:
    return recording(urlsplit(url).path)


def loaded(sandbox: Sandbox, folder: Path, **more: Any) -> bytes:
    """Load it; what is told of it is right."""
    url = address(sandbox)
    found = Downloads(settings(sandbox, **more), folder).load(url, NAME, "audio of call 7")
    held = found.part.read_bytes()
    assert (found.size, found.sha256) == (len(held), hashlib.sha256(held).hexdigest())
    assert found.content_type == "audio/mpeg"
    assert held == content(url)
    return held


def asked(sandbox: Sandbox) -> list[int]:
    """Statuses of the requests."""
    return [each["status"] for each in sandbox.counters.log]


def test_a_file_is_whole_and_its_address_is_told_to_nobody(
    sandbox: Sandbox, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither do credentials go there, whatever the user keeps in ~/.netrc: the host refuses them."""
    caplog.set_level(logging.DEBUG)
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password mine\n")
    (tmp_path / ".netrc").chmod(0o600)
    loaded(sandbox, tmp_path / "parts")
    text = "\n".join(record.getMessage() for record in caplog.records)
    assert "audio of call 7" in text
    assert "/media/1/7/audio.mp3" in text, "of urllib3"
    assert not any(secret in text for secret in SECRETS)
    assert asked(sandbox) == [200]


@pytest.mark.parametrize("fault", ["cut", "drop", "reset", "503", "429", "stall"])
def test_what_broke_off_is_gone_on_with(sandbox: Sandbox, tmp_path: Path, fault: str) -> None:
    options = {"seconds": 300} if fault == "stall" else {"retry_after": 0} if fault.isdigit() else {"at": 7000}
    times = 1 if fault == "stall" else 2
    sandbox.control.fail(fault, ENDPOINT, times=times, **options)
    loaded(sandbox, tmp_path, **({"read_timeout": 2} if fault == "stall" else {}))
    statuses = asked(sandbox)
    assert len(statuses) == times + 1
    assert statuses[-1] == (206 if fault == "cut" else 200)


def test_a_part_that_somebody_deletes_is_begun_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.control.fail("slow_body", ENDPOINT, seconds=2)
    with ThreadPoolExecutor() as pool:
        loading = pool.submit(loaded, sandbox, tmp_path)
        while not (parts := list(tmp_path.glob("*.part"))) and not loading.done():
            time.sleep(0.01)
        parts[0].unlink()
        loading.result()
    assert asked(sandbox) == [200, 200]


def test_a_part_of_another_version_is_begun_anew(sandbox: Sandbox, tmp_path: Path) -> None:
    for content_range in (None, "bytes 0-9/10", "nonsense"):
        part = tmp_path / f"{NAME}.{'0' * 32 if content_range is None else version(sandbox)}.part"
        part.write_bytes(content(address(sandbox))[:500])
        if content_range:
            sandbox.control.fail("headers", ENDPOINT, values={"Content-Range": content_range})
        loaded(sandbox, tmp_path)
        (left,) = tmp_path.iterdir()
        left.unlink()


def version(sandbox: Sandbox) -> str:
    return hashlib.md5(content(address(sandbox))).hexdigest()


def test_a_part_that_is_whole_or_longer_is_seen(sandbox: Sandbox, tmp_path: Path) -> None:
    part = tmp_path / f"{NAME}.{version(sandbox)}.part"
    part.write_bytes(content(address(sandbox)))
    loaded(sandbox, tmp_path)
    assert asked(sandbox) == [416]
    part.write_bytes(content(address(sandbox)) + b"more")
    loaded(sandbox, tmp_path)


@pytest.mark.parametrize(
    ("fault", "options", "error", "said"),
    [
        ("403", {}, GongForbiddenError, "HTTP 403"),
        ("404", {}, GongNotFoundError, "no such recording. It is asked"),
        ("410", {}, GongNotFoundError, "no such recording"),
        ("500", {}, GongServerError, "HTTP 500"),
        ("400", {}, GongBadRequestError, "HTTP 400"),
        ("html", {}, GongProtocolError, "no recording .text/html"),
        ("gzip", {}, GongProtocolError, "compressed"),
        ("empty", {}, GongProtocolError, "no recording|0 bytes"),
        ("redirect", {"location": "https://[?X-Amz-Signature=1"}, GongConnectionError, "cut .ValueError"),
        ("redirect", {"location": "ftp://else.where/?X-Amz-Signature=1"}, GongConnectionError, "can't be sent"),
    ],
)
def test_what_can_not_be_had_is_an_error_without_the_address(
    sandbox: Sandbox, tmp_path: Path, fault: str, options: dict[str, Any], error: type[GongRequestError], said: str
) -> None:
    sandbox.control.fail(fault, ENDPOINT, times=None, **options)
    with pytest.raises(error, match=said) as raised:
        Downloads(settings(sandbox, retry_patience=0), tmp_path).load(address(sandbox), NAME, "audio of call 7")
    assert "audio of call 7" in str(raised.value)
    chain = [raised.value, raised.value.__cause__, raised.value.__context__]
    assert not any(secret in str(each) for each in chain for secret in SECRETS)


def test_a_length_that_is_no_number_is_none(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.control.fail("headers", ENDPOINT, values={"Content-Length": "\u00b2"})
    loaded(sandbox, tmp_path)


def test_an_address_that_is_too_old_or_made_up_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    for url in (address(sandbox, age=30_000), address(sandbox).replace("Signature=", "Signature=0")):
        with pytest.raises(GongForbiddenError):
            Downloads(settings(sandbox), tmp_path).load(url, NAME, "audio")
    assert asked(sandbox) == [403, 403], "not asked twice"


def test_a_killed_download_goes_on(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.control.fail("slow_body", ENDPOINT, seconds=10)
    script = (
        "import sys; from pathlib import Path; from gong_source.api.download import Downloads\n"
        "from gong_source.config import load_settings\n"
        "key = {'access_key': 'key', 'access_key_secret': 'secret'}\n"
        "settings = load_settings(base_url=sys.argv[1], credentials=key)\n"
        "Downloads(settings, Path(sys.argv[3])).load(sys.argv[2], sys.argv[4], 'audio')"
    )
    process = subprocess.Popen([sys.executable, "-c", script, sandbox.url, address(sandbox), str(tmp_path), NAME])
    parts = tmp_path.glob("*.part")
    end = time.monotonic() + 120
    while not any(part.stat().st_size for part in tmp_path.glob("*.part")) and time.monotonic() < end:
        time.sleep(0.05)
    process.kill()
    process.wait()
    (part,) = parts
    assert 0 < part.stat().st_size < len(content(address(sandbox)))
    loaded(sandbox, tmp_path)
    assert asked(sandbox)[-1] == 206
