"""Recordings: each is downloaded once, is there as long as its row, and goes with its call."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from gong_source.api import GongClient
from gong_source.config import GongSettings
from gong_source.errors import GongConfigError, GongConnectionError, GongDestinationError, GongFolderError
from gong_source.runs import PurgeResult, purge_person, run_reconcile, run_sync, run_verify
from gong_source.sandbox.routes.media import ENDPOINT, recording
from gong_source.streams.all import CALL_MEDIA
from tests.pipeline.conftest import make_tenant  # noqa: F401  a fixture
from tests.pipeline.harness import Tenant

MEDIA = {"resources": ["calls", "call_media"], "media_kinds": ["audio", "video"]}
EXTENSIVE = "POST /v2/calls/extensive"
PARALLEL = GongSettings.media_parallel


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> Tenant:  # noqa: F811
    """A company with 40 calls in 20 days."""
    monkeypatch.setattr("gong_source.api.retry.FIRST_WAIT", 0.01)
    return make_tenant(calls=40, users=6, days=20, sentences=1)


def truth(tenant: Tenant, kinds: tuple[str, ...] = ("audio", "video")) -> dict[tuple[str, str], bytes]:
    """What is recorded of the calls that Gong shows, by call and kind."""
    found = {}
    for call in tenant.sandbox.world.visible_calls().values():
        for kind in kinds:
            if url := call.data_at(tenant.now)["media"][f"{kind}Url"]:
                found[call.id, kind] = recording(f"/media{urlsplit(url).path}")
    return found


def check(tenant: Tenant, folder: Path, expected: dict[tuple[str, str], bytes]) -> None:
    """Rows and files tell of each other, and of what is recorded; nothing half is left."""
    rows = {(row["call_id"], row["kind"]): row for row in tenant.rows("call_media")}
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        held = Path(row["path"]).read_bytes()
        assert held == expected[key]
        assert Path(row["path"]).parent == folder
        assert Path(row["path"]).name == f"{key[0]}-{key[1]}.{'mp3' if key[1] == 'audio' else 'mp4'}"
        assert (row["size_bytes"], row["sha256"]) == (len(held), hashlib.sha256(held).hexdigest())
        assert row["content_type"] == ("audio/mpeg" if key[1] == "audio" else "video/mp4")
    there = {each for each in folder.rglob("*") if each.is_file()}
    assert there - set(folder.glob(".parts/0/lock")) == {Path(row["path"]) for row in rows.values()}


def test_every_recording_is_there_once_and_goes_with_its_call(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    folder = tenant.folder / "media"
    settings: dict[str, Any] = {**MEDIA, "media_folder": str(folder), "media_parallel": 3}
    tenant.sandbox.control.fail("cut", ENDPOINT, nth=3, at=5000)
    tenant.sandbox.control.fail("403", ENDPOINT, nth=8)
    expected = truth(tenant)
    report = tenant.synced(**settings)
    check(tenant, folder, expected)
    assert report.rows["call_media"] == len(expected)
    assert tenant.requests(ENDPOINT) == len(expected) + 2
    assert sum(report.requests.values()) == sum(tenant.counted.values()) - tenant.requests(ENDPOINT), "of Gong alone"
    assert tenant.requests(EXTENSIVE) == 4, "calls, which are recorded, addresses, and one that was refused"
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "Signature" not in told + str(tenant.pipeline().state) + str(tenant.rows("call_media"))

    # a second run downloads nothing but what has vanished
    lost, other = list(expected)[:2]
    (folder / f"{lost[0]}-{lost[1]}.mp3").unlink()
    assert tenant.synced(**settings).rows.get("call_media") == 1
    assert tenant.requests(ENDPOINT) == 1
    check(tenant, folder, expected)

    # who is purged, what is private, and what is deleted leaves with its files
    with GongClient.from_config(**tenant.settings()) as client:
        purge_person(tenant.pipeline(), emails=["no@body.example"], calls=[other[0]], client=client)
    left = {key: value for key, value in expected.items() if key[0] != other[0]}
    check(tenant, folder, left)
    private = next(call_id for call_id, _ in left)
    tenant.sandbox.control.edit_call(private, "metaData.isPrivate", True)
    tenant.synced(resources=["calls"], include_private_calls=False)
    assert len(tenant.rows("call_media")) < len(left), "those that were private before"
    tenant.synced(**settings)
    check(tenant, folder, left)
    tenant.synced(**settings, include_private_calls=False)
    shown = tenant.sandbox.world.visible_calls()
    left = {k: v for k, v in left.items() if not shown[k[0]].data_at(tenant.now)["metaData"]["isPrivate"]}
    check(tenant, folder, left)
    gone = list(dict.fromkeys(call_id for call_id, _ in left))[:2]
    for call_id, keep in zip(gone, (True, False), strict=True):
        tenant.sandbox.control.delete_calls([call_id])
        more = {key: value for key, value in settings.items() if key != "resources"}
        span = {"start_date": tenant.start, "end_date": tenant.now}
        base = {key: value for key, value in tenant.settings().items() if key != "start_date"}
        run_reconcile(
            tenant.pipeline(), clock=lambda: tenant.now, **base, **span, **more, keep_media=keep,
            include_private_calls=False, max_delete_share=1,
        )  # fmt: skip
        left = {k: v for k, v in left.items() if keep or k[0] != call_id}
        check(tenant, folder, left)


def test_columns_that_were_left_out_come_back_with_the_setting_taken_back(tenant: Tenant) -> None:
    """Into another folder than the one before: no file is left that no row names."""
    old, new = tenant.folder / "old", tenant.folder / "new"
    settings: dict[str, Any] = {"resources": ["call_media"], "start_date": tenant.now - timedelta(days=5)}
    tenant.synced(**settings, media_folder=str(old))
    expected = {(row["call_id"], row["kind"]): Path(row["path"]).read_bytes() for row in tenant.rows("call_media")}
    assert expected
    less = {**settings, "media_folder": str(old), "exclude_columns": ["call_media.sha256", "content_type"]}
    for _ in range(2):
        tenant.synced(**less)
        assert not tenant.requests(ENDPOINT), "nothing is wanted of them"
    assert tenant.sql("SELECT count(sha256), count(content_type) FROM call_media") == [(0, 0)]
    for downloads in (len(expected), 0):
        tenant.synced(**settings, media_folder=str(new))
        assert tenant.requests(ENDPOINT) == downloads
        check(tenant, new, expected)
    assert not [each for each in old.iterdir() if each.is_file()]


def test_what_a_killed_run_left_goes_with_its_call(tenant: Tenant) -> None:
    """Whole files that no row names, and parts."""
    folder = tenant.folder / "media"
    settings: dict[str, Any] = {"media_folder": str(folder)}
    tenant.synced(resources=["calls"])
    calls = sorted(tenant.sandbox.world.visible_calls())[:4]
    (folder / ".parts" / "0").mkdir(parents=True)

    def left() -> set[str]:
        return {path.name.partition("-")[0] for path in folder.rglob("*-*")}

    for call_id in calls:
        (folder / f"{call_id}-audio.mp3").touch()
        (folder / ".parts" / "0" / f"{call_id}-video.x.part").touch()
    purge_person(tenant.pipeline(), emails=["no@body.example"], calls=calls[:1], **settings)
    assert left() == set(calls[1:])
    tenant.sandbox.control.delete_calls(calls[1:2])
    span = {"start_date": tenant.start, "end_date": tenant.now, "clock": lambda: tenant.now, "max_delete_share": 1}
    base = {key: value for key, value in tenant.settings().items() if key != "start_date"}
    run_reconcile(tenant.pipeline(), **base, **span, **settings, keep_media=True)
    assert left() == set(calls[1:])
    tenant.sandbox.control.delete_calls(calls[2:3])
    run_reconcile(tenant.pipeline(), **base, **span, **settings)
    assert left() == {calls[1], calls[3]}
    tenant.sandbox.control.edit_call(calls[3], "metaData.isPrivate", True)
    tenant.synced(resources=["call_media"], **settings, include_private_calls=False)
    assert calls[3] not in left()
    (folder / f"{calls[0]}-audio.mp3").touch()  # by a run that began before the purge
    (folder / ".parts" / "0" / f"{calls[0]}-video.x.part").touch()
    tenant.synced(resources=["call_media"], **settings)
    assert calls[0] not in left()


def test_a_purge_while_recordings_come_leaves_none_of_them(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Of another pipeline, after the first load package of many."""
    caplog.set_level(logging.INFO)
    folder = tenant.folder / "media"
    tenant.synced(resources=["calls"])
    tenant.sandbox.control.set_latency(0.05, ENDPOINT)
    monkeypatch.setattr("gong_source.streams.load_package.PACKAGE_SECONDS", 0)
    pipeline = tenant.pipeline("gong_media")
    normalize, packages = pipeline.normalize, count()
    purged = sorted(tenant.sandbox.world.visible_calls())

    def overtaken() -> object:
        if not next(packages):
            purge_person(tenant.pipeline(), emails=["no@body.example"], calls=purged, media_folder=str(folder))
        return normalize()

    pipeline.normalize = overtaken  # type: ignore[method-assign,assignment]
    report = run_sync(
        pipeline, clock=lambda: tenant.now, **tenant.settings(resources=["call_media"], media_folder=str(folder))
    )
    assert report.exit_code == 0, report.as_text()
    assert tenant.rows("call_media") == []
    assert not list(folder.rglob("*-*"))
    assert tenant.requests(ENDPOINT) < len(truth(tenant, ("audio",))), "the rest is not asked for"


def test_calls_that_are_deleted_while_recordings_come_leave_none_behind(tenant: Tenant) -> None:
    """Of another pipeline, which had listed them; what was kept on purpose stays, and what is merely not loaded."""
    folder = tenant.folder / "media"
    settings: dict[str, Any] = {"media_folder": str(folder)}
    base = {key: value for key, value in tenant.settings(**settings).items() if key != "start_date"}
    base |= {"start_date": tenant.start, "end_date": tenant.now, "clock": lambda: tenant.now, "max_delete_share": 1}
    expected = truth(tenant, ("audio",))
    kept, gone, other, not_loaded, *_ = [call_id for call_id, _ in expected]
    tenant.synced(resources=["calls"])
    tenant.synced(resources=["call_media"], **settings)
    tenant.sandbox.control.delete_calls([kept])
    run_reconcile(tenant.pipeline(), **base, on_delete="purge", keep_media=True)
    with tenant.connection() as connection:
        connection.execute(f"DELETE FROM calls WHERE id = '{not_loaded}'")
    pipeline = tenant.pipeline("gong_media")
    normalize = pipeline.normalize

    def overtaken() -> object:
        pipeline.normalize = normalize  # type: ignore[method-assign]
        tenant.sandbox.control.delete_calls([gone, other])
        run_reconcile(tenant.pipeline(), **base, on_delete="purge")
        return normalize()

    pipeline.normalize = overtaken  # type: ignore[method-assign,assignment]
    more = tenant.settings(resources=["call_media"], lookback_days=40, **settings)
    assert run_sync(pipeline, clock=lambda: tenant.now, **more).exit_code == 0
    problems = run_verify(tenant.pipeline(), sample_days=1, **tenant.settings(clock=lambda: tenant.now)).problems
    assert [set(problem.rows) for problem in problems if problem.table == "call_media"] == [{gone, other}]
    expected = {key: value for key, value in expected.items() if key[0] not in (gone, other)}
    run_reconcile(tenant.pipeline(), **base)
    check(tenant, folder, expected)
    (folder / f"{gone}-audio.mp3").write_bytes(b"of a run that was killed")
    tenant.synced(resources=["call_media"], **settings)
    check(tenant, folder, expected)


def test_a_folder_that_moved_is_followed_and_without_one_no_recording_is_taken_for_gone(
    make_tenant: Callable[..., Tenant],  # noqa: F811
) -> None:
    tenant = make_tenant(calls=8, users=4, days=4, sentences=1)
    old, new, away = (tenant.folder / name for name in ("old", "new", "away"))
    settings: dict[str, Any] = {"resources": ["calls", "call_media"], "media_folder": str(new)}
    span = {"start_date": tenant.start, "end_date": tenant.now, "clock": lambda: tenant.now, "max_delete_share": 1}
    base = {key: value for key, value in tenant.settings().items() if key != "start_date"}
    expected = truth(tenant, ("audio",))
    purged, deleted = [call_id for call_id, _ in expected][:2]

    def there(call_id: str) -> tuple[int, ...]:
        names = {"calls": "id", "call_media": "call_id"}
        return tuple(sum(row[name] == call_id for row in tenant.rows(table)) for table, name in names.items())

    def purge() -> PurgeResult:
        return purge_person(tenant.pipeline(), emails=["no@body.example"], calls=[purged], media_folder=str(new))

    tenant.synced(**{**settings, "media_folder": str(old)})
    old.rename(new)
    tenant.synced(**settings)
    assert tenant.requests(ENDPOINT) == 0
    check(tenant, new, expected)

    new.rename(away)
    report = tenant.sync(**settings)
    assert {name: type(error) for name, error in report.failures.items()} == {"call_media": GongFolderError}
    assert not new.exists()
    new.mkdir()  # where the volume is to be mounted
    left = purge()
    assert (left.exit_code, len(left.left), there(purged)) == (1, 1, (0, 1))
    tenant.sandbox.control.delete_calls([deleted])
    with pytest.raises(GongFolderError, match="is not here, or nothing is in it"):
        run_reconcile(tenant.pipeline(), **base, **span)
    assert there(deleted) == (1, 1)

    new.rmdir()
    away.rename(new)
    assert purge().exit_code == 0
    run_reconcile(tenant.pipeline(), **base, **span, on_delete="purge")
    assert there(purged) == there(deleted) == (0, 0)
    check(tenant, new, {key: value for key, value in expected.items() if key[0] not in (purged, deleted)})


def test_what_can_not_be_had_comes_later_and_costs_no_other_stream(tenant: Tenant) -> None:
    folder = tenant.folder / "media"
    settings: dict[str, Any] = {"resources": ["workspaces", "call_media"], "media_folder": str(folder)}
    tenant.sandbox.control.fail("400", ENDPOINT, nth=5, times=2)
    report = tenant.sync(**settings)
    error = report.failures["call_media"]
    assert isinstance(error, GongConnectionError)
    assert "2 recordings could not be downloaded" in str(error)
    assert ".." not in str(error)
    assert report.rows["workspaces"]
    assert report.rows["call_media"] == len(truth(tenant, ("audio",))) - 2
    tenant.synced(**settings)
    check(tenant, folder, truth(tenant, ("audio",)))
    assert tenant.requests(ENDPOINT) == 2
    tenant.synced(**settings, media_kinds=["video", "audio"])
    check(tenant, folder, truth(tenant))

    tenant.sandbox.control.fail("503", ENDPOINT, times=None)
    for each in folder.glob("*.mp3"):
        each.unlink()
    report = tenant.sync(**settings, retry_patience=0)
    assert "10 recordings" in str(report.failures["call_media"])
    assert 10 <= tenant.requests(ENDPOINT) <= 10 + PARALLEL - 1, "a host that fails is left alone"


def test_what_is_gone_for_good_keeps_back_nothing_and_is_set_aside(tenant: Tenant) -> None:
    folder = tenant.folder / "media"
    settings: dict[str, Any] = {"resources": ["call_media"], "media_folder": str(folder)}
    tenant.sandbox.control.fail("404", ENDPOINT, times=25)
    expected = truth(tenant, ("audio",))
    report = tenant.synced(**settings)
    assert report.rejected == {"call_media": 25}
    assert report.rows["call_media"] == len(expected) - 25
    assert tenant.requests(ENDPOINT) == len(expected), "each once"
    rows = tenant.sql("SELECT record_id, reason FROM _gong_rejected WHERE stream = 'call_media'")
    there = {row["call_id"] for row in tenant.rows("call_media")}
    assert {record_id for record_id, _ in rows} == {call_id for call_id, _ in expected} - there
    assert all("no such recording" in reason for _, reason in rows)
    tenant.sync(**settings, lookback_days=1)
    assert tenant.requests(ENDPOINT) < 10, "those of the look-back alone"
    tenant.synced(**settings, lookback_days=40)
    check(tenant, folder, expected)
    assert tenant.sql("SELECT * FROM _gong_rejected") == []


def test_what_comes_as_something_else_keeps_back_nothing_unless_all_does(tenant: Tenant) -> None:
    """A recording that comes after it tells that it is not the host."""
    settings: dict[str, Any] = {"resources": ["call_media"], "media_folder": str(tenant.folder / "media")}
    tenant.sandbox.control.fail("html", ENDPOINT, times=None)
    report = tenant.sync(**settings)
    assert "10 recordings" in str(report.failures["call_media"])
    assert 10 <= report.rejected["call_media"] == tenant.requests(ENDPOINT) / 3, "those that were asked for alone"
    tenant.sandbox.control.clear_faults()
    tenant.sandbox.control.fail("html", ENDPOINT, times=3)
    expected = truth(tenant, ("audio",))
    report = tenant.synced(**settings, media_parallel=1, lookback_days=0)
    assert report.rejected == {"call_media": 1}
    assert report.rows["call_media"] == len(expected) - 1
    assert tenant.requests(ENDPOINT) == len(expected) + 2
    assert tenant.synced(**settings, lookback_days=40).rows["call_media"] == 1
    check(tenant, tenant.folder / "media", expected)
    assert tenant.sql("SELECT * FROM _gong_rejected") == []


def test_a_folder_is_needed_and_must_be_one(tenant: Tenant) -> None:
    report = tenant.sync(resources=["call_media"])
    assert isinstance(report.failures["call_media"], GongConfigError)
    assert "sources.gong.media_folder" in str(report.failures["call_media"])
    (tenant.folder / "file").touch()
    report = tenant.sync(resources=["call_media"], media_folder=str(tenant.folder / "file"))
    assert isinstance(report.failures["call_media"], GongDestinationError)
    report = tenant.synced(resources=["all"], streams=[CALL_MEDIA])
    assert "sources.gong.media_folder" in report.as_text()


def test_what_is_odd_among_calls_costs_no_other_its_recording_and_is_taken_back(tenant: Tenant) -> None:
    folder, control = tenant.folder / "media", tenant.sandbox.control
    settings = {"resources": ["call_media"], "media_kinds": ["audio"], "media_folder": str(folder)}
    expected = truth(tenant, ("audio",))
    odd = [call_id for call_id, _ in expected][:6]
    for call_id, path, raw in zip(
        odd,
        ("metaData", "metaData.id", "", "media", "media", "media.audioUrl"),
        (b'"text"', b"null", b"null", b'"text"', b"[1]", b"7"),
        strict=True,
    ):
        control.set_raw(call_id, path, raw)
    report = tenant.synced(**settings)
    check(tenant, folder, {key: value for key, value in expected.items() if key[0] not in odd})
    rows = tenant.sql("SELECT record_id, reason, raw FROM _gong_rejected WHERE stream = 'call_media'")
    assert report.rejected == {"call_media": len(rows)} == {"call_media": 6}
    assert {row[0] for row in rows if "media" in row[1]} == set(odd[3:5])
    assert "Signature" not in str(rows)
    control.clear_raw()
    assert tenant.synced(**settings, lookback_days=40).rejected == {}
    check(tenant, folder, expected)
    assert tenant.sql("SELECT * FROM _gong_rejected") == []
