"""``check`` says yes only where a sync would be content with the answer, and ends at no odd record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from tests.actions.test_cli import env, run  # noqa: F401  a fixture


@pytest.fixture
def small(env: Any) -> Iterator[Sandbox]:  # noqa: F811
    with Sandbox(calls=20, users=4, days=10, sentences=3) as sandbox:
        env(BASE_URL=sandbox.url)
        yield sandbox


def checked(*names: str) -> tuple[int, dict[str, Any]]:
    done = run("check", "--json", "--for", ",".join(names))
    found = json.loads(done.stdout)
    return done.exit_code, {row["resource"]: row for row in found["resources"]} | {"warnings": found["warnings"]}


@pytest.mark.parametrize("name", ["users", "calls", "coaching"])
def test_an_answer_without_its_list_is_no_yes(small: Sandbox, name: str) -> None:
    lists = {"users": "GET /v2/users", "calls": "POST /v2/calls/extensive", "coaching": "GET /v2/coaching"}
    small.control.fail("missing_list", endpoint=lists[name], times=None)
    code, found = checked(name, "workspaces")
    assert code == 1
    assert (found[name]["allowed"], found[name]["rows"]) == (None, None)
    assert "no list of objects" in found[name]["advice"]
    assert found["workspaces"]["allowed"] is True
    assert found["warnings"] == []


@pytest.mark.parametrize("raw", [b"null", b'{"a":1}', b'""'])
def test_records_without_an_id_are_passed_over(small: Sandbox, raw: bytes) -> None:
    world = small.world
    for key in (next(iter(world.workspaces)), next(iter(world.users)), next(iter(world.folders))):
        small.control.set_raw(key, "id", raw)
    for key in world.visible_calls():
        small.control.set_raw(key, "metaData", b'"text"')
    code, found = checked("library_folder_calls", "user_settings_history", "coaching", "transcripts", "call_access")
    assert code == 0, found
    assert all(found[name]["allowed"] for name in found if name != "warnings"), found


@pytest.mark.parametrize(("answers", "cause"), [("401", "wrong, expired or revoked"), ("403", "has no scopes")])
def test_a_wrong_key_is_told_from_one_without_scopes(small: Sandbox, answers: str, cause: str) -> None:
    """Gong's specification lists 403 and no 401 for workspaces and users."""
    for endpoint, fault in (("GET /v2/workspaces", "403"), ("GET /v2/users", "403"), ("GET /v2/calls", answers)):
        small.control.fail(fault, endpoint=endpoint, times=None)
    code, found = checked("users", "calls_basic")
    assert code == 1
    assert not found["users"]["allowed"]
    (warning,) = found["warnings"]
    assert cause in warning


@pytest.mark.parametrize(("answers", "verdict"), [("401", "refuses the key"), ("403", "works"), (None, "works")])
def test_a_host_knows_the_key_only_where_an_endpoint_with_a_401_takes_it(
    small: Sandbox, answers: str | None, verdict: str
) -> None:
    small.control.fail("403", endpoint="GET /v2/workspaces", times=None)
    if answers:
        small.control.fail(answers, endpoint="GET /v2/settings/scorecards", times=None)
    done = run("check", "--json", "--for", "calls_basic")
    (host,) = json.loads(done.stdout)["hosts"]
    assert host["verdict"] == verdict
    assert done.exit_code == (0 if verdict == "works" else 1)
