"""The file of the tokens, where it is not a plain one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gong_source.api.auth import FileTokenStore, Tokens
from gong_source.errors import GongConfigError

TOKENS = Tokens("the-access-token", "the-refresh-token")


def test_a_link_to_it_stays(tmp_path: Path) -> None:
    (link := tmp_path / "tokens.json").symlink_to(tmp_path / "volume" / "tokens.json")
    store = FileTokenStore(link)
    assert store.load() is None
    for _ in range(2):
        store.save(TOKENS)
        assert store.load() == TOKENS
    assert link.is_symlink()
    assert [path.name for path in (tmp_path / "volume").iterdir()] == ["tokens.json"]


def test_a_pipe_stays_one(tmp_path: Path) -> None:
    """As devices do."""
    os.mkfifo(pipe := tmp_path / "pipe", 0o600)
    store = FileTokenStore(pipe)
    with pytest.raises(GongConfigError, match="is a folder, a device or a pipe"):
        store.load()
    with pytest.raises(GongConfigError, match="is a folder, a device or a pipe"):
        store.save(TOKENS)
    assert pipe.is_fifo()
