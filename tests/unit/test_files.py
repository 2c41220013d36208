"""Where parts of recordings are kept."""

import os
from pathlib import Path

import pytest

from gong_source.warehouse.files import Folder, OwnParts


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(str(tmp_path / "recordings"))


def test_no_two_runs_write_to_the_same_parts(folder: Folder) -> None:
    first, second = OwnParts(folder.parts), OwnParts(folder.parts)
    assert first.path != second.path
    left = first.path
    del first
    assert OwnParts(folder.parts).path == left, "what was left there is gone on with"


def test_what_nobody_goes_on_with_is_forgotten(folder: Folder) -> None:
    own, other = OwnParts(folder.parts), OwnParts(folder.parts)
    old, new = own.path / "1-audio..part", other.path / "2-audio..part"
    for part in (old, new):
        part.touch()
    os.utime(old, (0, 0))
    folder.forget_parts(older_than=60)
    assert not old.exists()
    assert new.exists()
    assert OwnParts(folder.parts).path not in (own.path, other.path), "the locks stay"


def test_all_of_a_call_goes_although_no_row_names_it(folder: Folder) -> None:
    own, inside = OwnParts(folder.parts), Path(folder.url)
    for name in ("1-audio.a-1.part", "1-video..part", "12-audio.a.part", "1-x-audio.a.part"):
        (own.path / name).touch()
    for name in ("1-audio.mp3", "1-video", "12-audio.mp3", "a%2Fb-audio.mp3", "1.txt", "mine-1-audio.mp3"):
        (inside / name).touch()
    assert folder.calls() == {"1", "12", "1-x", "a/b", "mine-1"}
    folder.delete_all_of({"1", "a/b", "7"})
    assert {each.name for each in own.path.iterdir()} == {"lock", "12-audio.a.part", "1-x-audio.a.part"}
    assert {each.name for each in inside.iterdir()} == {".parts", "12-audio.mp3", "1.txt", "mine-1-audio.mp3"}
    nowhere = Folder(f"{folder.url}/nowhere")
    nowhere.delete_all_of({"1"})
    assert nowhere.calls() == set()


def test_parts_go_with_their_file(folder: Folder) -> None:
    own = OwnParts(folder.parts)
    for name in ("1-audio..part", "12-audio..part"):
        (own.path / name).touch()
    Path(folder.url, "1-audio.mp3").touch()
    Folder.delete(f"{folder.url}/1-audio.mp3")
    assert [part.name for part in own.path.glob("*.part")] == ["12-audio..part"]
    assert not Path(folder.url, "1-audio.mp3").exists()
