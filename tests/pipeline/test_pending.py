"""A load package that an interrupted run left: finished where nothing happened since, else dropped and read again."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from dlt.pipeline.pipeline import Pipeline

from gong_source.errors import GongDestinationError
from gong_source.runs import purge_person, run_backfill
from gong_source.source import build_source, make_context
from gong_source.wording import chain_of
from tests.pipeline.harness import Tenant, assert_same

CALLS: dict[str, Any] = {"resources": ["calls", "transcripts"]}
TABLES = ("calls", "calls__parties", "transcripts", "transcript_sentences")
EXTENSIVE = "POST /v2/calls/extensive"


@pytest.fixture
def small(make_settled: Callable[..., Tenant]) -> Tenant:
    """A company of few calls, synced once, with a new call since."""
    tenant = make_settled(calls=40, users=4, sentences=3)
    tenant.at(tenant.now + timedelta(hours=2))
    tenant.sandbox.control.add_calls(1, started=tenant.now - timedelta(hours=1))
    return tenant


def left(tenant: Tenant, normalized: bool = True, also: tuple[str, ...] = (), **more: Any) -> Pipeline:
    """A pipeline whose process was killed before it loaded what it had read of calls, and of some other streams."""
    settings = tenant.settings(**more)
    context = make_context(settings.pop("start_date"), None, clock=lambda: tenant.now, **settings)
    pipeline = tenant.pipeline()
    pipeline.activate()
    pipeline.extract(build_source(context).with_resources(*CALLS["resources"], *also))
    if normalized:
        pipeline.normalize()
    assert pipeline.has_pending_data
    return pipeline


def half_loaded(tenant: Tenant) -> Pipeline:
    """The same, killed when the rows of some tables were there: a column can't be merged into until it is put right."""
    pipeline = left(tenant)
    tenant.sql("ALTER TABLE transcript_sentences RENAME text TO aside")
    tenant.sql("ALTER TABLE transcript_sentences ADD COLUMN text INTEGER[]")
    with pytest.raises(PipelineStepFailed) as failed:
        pipeline.load()
    assert any(isinstance(error, duckdb.Error) or "Conversion" in str(error) for error in chain_of(failed.value))
    tenant.sql("ALTER TABLE transcript_sentences DROP COLUMN text")
    tenant.sql("ALTER TABLE transcript_sentences RENAME aside TO text")
    assert pipeline.has_pending_data
    return pipeline


def assert_whole(tenant: Tenant) -> None:
    truth = tenant.truth_of_calls()
    for name in TABLES:
        assert_same(name, tenant.rows(name), truth[name])
    assert not tenant.sql("SELECT load_id FROM _dlt_loads GROUP BY load_id HAVING count(*) > 1")


def title(tenant: Tenant, call: str) -> str:
    ((found,),) = tenant.sql(f"SELECT title FROM calls WHERE id = '{call}'")
    return str(found)


def latest(tenant: Tenant) -> str:
    (((found,)),) = tenant.sql("SELECT id FROM calls WHERE NOT is_private ORDER BY started DESC LIMIT 1")
    return str(found)


def extracted(tenant: Tenant) -> Pipeline:
    """The same, killed before it was normalized."""
    return left(tenant, normalized=False)


@pytest.mark.parametrize("leave", [extracted, left, half_loaded])
def test_it_is_finished_where_nothing_happened_since(small: Tenant, leave: Callable[[Tenant], Pipeline]) -> None:
    pipeline = leave(small)
    (waiting,) = pipeline.list_normalized_load_packages() or pipeline.list_extracted_load_packages()
    small.synced(**CALLS)
    assert_whole(small)
    assert small.sql(f"SELECT status FROM _dlt_loads WHERE load_id = '{waiting}'") == [(0,)]
    assert small.requests(EXTENSIVE) <= 1, "nothing but the look-back is read"


def test_one_that_the_destination_refuses_can_be_dropped(small: Tenant) -> None:
    left(small)
    small.sql("ALTER TABLE transcript_sentences RENAME TO aside")
    small.sql("CREATE VIEW transcript_sentences AS FROM aside")
    with pytest.raises(GongDestinationError, match=r"^A package that .* refused .*abort-packages"):
        small.sync(**CALLS)


def test_one_that_does_not_fit_a_column_tells_of_the_column(small: Tenant) -> None:
    left(small)
    small.sql("ALTER TABLE transcript_sentences DROP COLUMN text")
    small.sql("ALTER TABLE transcript_sentences ADD COLUMN text INTEGER[]")
    with pytest.raises(
        GongDestinationError, match=r"^The column text of transcript_sentences has the type INTEGER\[\]"
    ):
        small.sync(**CALLS)
    small.sql("ALTER TABLE transcript_sentences DROP COLUMN text")
    small.synced(**CALLS)
    assert_whole(small)


@pytest.mark.parametrize("leave", [left, half_loaded])
@pytest.mark.parametrize("other", ["sync of another machine", "another pipeline"])
def test_it_is_read_again_where_another_loaded_since(
    small: Tenant, other: str, leave: Callable[[Tenant], Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    edited = latest(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "OLD")
    leave(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "NEW")
    if other == "another pipeline":
        options = small.settings(end_date=small.now, **CALLS)
        assert run_backfill(small.pipeline("gong_backfill"), clock=lambda: small.now, **options).exit_code == 0
    else:
        small.synced(pipeline=small.pipeline(home=small.folder / "other"), **CALLS)
    small.at(small.now + timedelta(days=20))
    with caplog.at_level(logging.WARNING, logger="gong_source"):
        small.synced(**CALLS)
    assert "What an interrupted run left is dropped" in caplog.text
    assert title(small, edited) == "NEW"
    assert_whole(small)


def test_it_is_not_loaded_twice_from_a_restored_folder(small: Tenant, tmp_path: Path) -> None:
    edited = latest(small)
    small.sandbox.control.edit_call(edited, "metaData.title", "OLD")
    left(small)
    shutil.copytree(small.home, tmp_path / "kept")
    small.synced(**CALLS)
    assert title(small, edited) == "OLD"
    small.sandbox.control.edit_call(edited, "metaData.title", "NEW")
    small.synced(**CALLS)
    shutil.rmtree(small.home)
    shutil.copytree(tmp_path / "kept", small.home)
    small.synced(**CALLS)
    assert title(small, edited) == "NEW"
    assert_whole(small)


def test_it_does_not_bring_back_who_was_purged_since(small: Tenant) -> None:
    """A purge loads nothing."""
    ((email, call),) = small.sql(
        "SELECT email_address, call_id FROM calls__parties WHERE affiliation = 'External' LIMIT 1"
    )
    there = f"SELECT count(*) FROM calls__parties WHERE email_address = '{email}'"
    small.sandbox.control.edit_call(call, "metaData.title", "OLD")
    left(small, lookback_days=90)
    purge_person(small.pipeline(home=small.folder / "other"), emails=[email])
    small.synced(**CALLS)
    assert small.sql(there) == [(0,)]


def test_it_is_not_loaded_into_another_dataset(small: Tenant, make_settled: Callable[..., Tenant]) -> None:
    """One pipelines folder, and a file in each working folder."""
    other = make_settled(calls=30, users=4, sentences=3, seed=11)
    before = other.sql("SELECT id FROM calls ORDER BY id")
    left(small)
    other.home = small.home
    other.synced(**CALLS)
    assert other.sql("SELECT id FROM calls ORDER BY id") == before


@contextmanager
def kept(folder: Path, *names: str) -> Iterator[None]:
    """Some files and folders in a folder are again as they were once the block ends."""
    with TemporaryDirectory() as aside:
        shutil.copytree(folder, Path(aside, "all"))
        yield
        for name in names:
            shutil.rmtree(folder / name, ignore_errors=True)
            copy = shutil.copytree if Path(aside, "all", name).is_dir() else shutil.copy
            copy(Path(aside, "all", name), folder / name)


def normalized_twice(tenant: Tenant, *gone: str) -> None:
    """Killed between dlt's move of the normalized package and the end of its deleting the extracted one."""
    pipeline = left(tenant, normalized=False)
    (extracted,) = Path(pipeline.working_dir, "normalize", "extracted").iterdir()
    with kept(extracted.parent, extracted.name):
        pipeline.normalize()
    for name in gone:
        shutil.rmtree(extracted / name) if (extracted / name).is_dir() else (extracted / name).unlink()


def emptied(tenant: Tenant) -> None:
    """Killed while dlt deleted an extracted package that had no rows."""
    Path(left(tenant).working_dir, "normalize", "extracted", "1.5", "started_jobs").mkdir(parents=True)


def loaded_and_not_moved(tenant: Tenant) -> None:
    """Killed between the last two steps of a load: a mark that it is done, and the move to what was loaded."""
    pipeline = left(tenant)
    (load_id,) = pipeline.list_normalized_load_packages()
    pipeline.load()
    folder = Path(pipeline.working_dir, "load")
    shutil.move(folder / "loaded" / load_id, folder / "normalized" / load_id)


def without_its_schema(tenant: Tenant) -> None:
    """Killed between the package of a stream that is new and the pipeline's own copy of its schema."""
    home = Path(tenant.pipeline().working_dir)
    with kept(home, "schemas", "state.json"):
        left(tenant, normalized=False, also=("briefs",))


def half_aborted(tenant: Tenant) -> None:
    """Killed while what can't be loaded any more was dropped."""
    pipeline = left(tenant)
    pipeline._get_load_storage().normalized_packages.set_abort_flag(*pipeline.list_normalized_load_packages())


def begun(tenant: Tenant) -> None:
    """Killed while dlt extracted one package, and while it normalized another."""
    home = Path(left(tenant).working_dir)
    for place in ("normalize/0c3d", "load/new"):
        folder = home / place / "1.5" / "new_jobs"
        folder.mkdir(parents=True)
        (folder / "calls.5.0.parquet").write_text("somebody's rows")


def half_made(tenant: Tenant, *there: str) -> None:
    """Killed while dlt made the folders of its first load."""
    load = Path(left(tenant, normalized=False).working_dir, "load")
    for path in load.iterdir():
        if path.name not in there:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


LEAVING: dict[str, Callable[[Tenant], None]] = {
    "normalized, and extracted still": normalized_twice,
    "the same, its schema deleted": lambda tenant: normalized_twice(tenant, "schema.json"),
    "the same, its rows deleted": lambda tenant: normalized_twice(tenant, "new_jobs", "load_package_state.json"),
    "an empty one, half deleted": emptied,
    "loaded, not moved": loaded_and_not_moved,
    "extracted, its schema not kept": without_its_schema,
    "half aborted": half_aborted,
    "half extracted and half normalized": begun,
    "a folder and nothing in it": half_made,
    "a folder and its version": lambda tenant: half_made(tenant, ".version"),
}


@pytest.mark.parametrize("leave", LEAVING.values(), ids=LEAVING)
def test_a_kill_between_two_steps_of_dlt_stops_no_later_run(small: Tenant, leave: Callable[[Tenant], None]) -> None:
    leave(small)
    small.synced(resources=[*CALLS["resources"], "briefs"])
    assert_whole(small)
    assert small.sql("SELECT count(*), count(DISTINCT brief_id) FROM briefs") == [
        (len(small.sandbox.world.briefs),) * 2
    ]
    assert not small.pipeline().has_pending_data
    home = Path(small.pipeline().working_dir)
    assert [path.name for path in (*home.glob("normalize/*/"), *home.glob("load/new/*"))] == ["extracted"]
