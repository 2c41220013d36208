"""Where parts of recordings are kept."""

import os
import tempfile
from pathlib import Path

import pytest

from gong_source.api.download import Downloads
from gong_source.errors import GongDestinationError, GongFolderError
from gong_source.warehouse.files import Folder
from gong_source.warehouse.own_parts import OwnParts


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


def test_a_folder_without_anything_of_a_run_is_away(folder: Folder, tmp_path: Path) -> None:
    """As the place is where a volume is not mounted: that no file is found there says nothing of the file."""
    path = folder.path_of("1-audio.mp3")
    for _ in ("no folder", "an empty one"):
        with pytest.raises(GongFolderError, match=r"is not here.*make an empty folder .*\.parts"):
            Folder.delete(path)
        Path(folder.url).mkdir(exist_ok=True)
    for name in ("1-audio.mp3", "2-audio.mp3"):
        Path(folder.path_of(name)).touch()
    Folder.delete(path)
    Folder.delete(path)
    Path(folder.path_of("2-audio.mp3")).unlink()
    OwnParts(folder.parts)
    Folder.delete(path)


@pytest.mark.parametrize("url", ["", "memory://bucket/moved"])
def test_files_have_the_paths_they_are_found_by(tmp_path: Path, url: str) -> None:
    folder = Folder(url or str(tmp_path))
    (part := tmp_path / "part").write_bytes(b"whole")
    path = folder.put(part, "1-audio.mp3")
    assert path == folder.path_of("1-audio.mp3") == folder.path_of("") + "1-audio.mp3"
    assert folder.sizes() == {"1-audio.mp3": 5}
    assert Folder.missing([path, folder.path_of("2-audio.mp3")]) == {folder.path_of("2-audio.mp3")}


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """One whose parts are in a temporary folder that anybody can write to."""
    (shared := tmp_path / "tmp").mkdir()
    shared.chmod(0o1777)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    return Folder("memory://bucket/recordings")


def test_parts_for_a_bucket_are_the_users_alone(bucket: Folder, tmp_path: Path) -> None:
    os.umask(before := os.umask(0))
    os.umask(0)
    try:
        own = OwnParts(bucket.parts)
    finally:
        os.umask(before)
    assert [folder.stat().st_mode & 0o777 for folder in (own.path, *own.path.parents[:2])] == [0o700] * 3
    own.path.parents[1].chmod(0o755)
    assert bucket.parts.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("made", ["folder", "link", "file"])
def test_what_somebody_else_made_is_no_place_for_parts(
    bucket: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    place = bucket.parts.parent
    place.rmdir()
    if made == "folder":
        (place / "0").mkdir(parents=True)
        other = os.getuid() + 1
        monkeypatch.setattr(os, "getuid", lambda: other)
        place.rename(place.with_name(f"gong-media-{os.getuid()}"))
    elif made == "link":
        place.symlink_to(tmp_path)
    else:
        place.touch()
    for use in (lambda: OwnParts(bucket.parts), bucket.calls, lambda: bucket.forget_parts(0)):
        with pytest.raises(GongDestinationError, match="is not a folder of the user who runs this"):
            use()


def test_no_link_is_followed(folder: Folder, tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").mkdir()
    (others := elsewhere / "1-audio.a.part").write_bytes(b"of somebody else")
    folder.parts.mkdir(parents=True)
    (folder.parts / "0").symlink_to(elsewhere)
    own = OwnParts(folder.parts)
    assert own.path.name == "1"
    (own.path / "1-audio.b.part").symlink_to(others)
    downloads = object.__new__(Downloads)
    downloads._folder = own.path
    assert downloads._part("1-audio") == (None, "")
    (own.path / "1-audio.b.part").symlink_to(others)
    downloads._new_part("1-audio", '"b"').write_bytes(b"mine")
    folder.delete_all_of({"1"})
    folder.forget_parts(older_than=-60)
    assert others.read_bytes() == b"of somebody else"
    assert [path.name for path in own.path.iterdir()] == ["lock"]
