"""A disk without room: said in a sentence, with the usual report, and the same command goes on."""

from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable

import pytest

from gong_source.errors import GongDestinationError
from tests.pipeline.harness import Tenant
from tests.pipeline.process import check, live, python, run

COMMAND = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from gong_source.cli.commands import main
main(sys.argv[2:])
"""
"""No file may grow larger than that: the system then refuses to write as it does where a disk is full."""


def test_a_database_that_may_not_grow(make_tenant: Callable[..., Tenant]) -> None:
    tenant = live(make_tenant, calls=200, users=5, days=60, sentences=40)
    done = python(tenant, "-c", COMMAND, str(2**20), "sync", "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    for message in told["failures"].values():
        assert re.search("The disk is full.*warehouse.duckdb.*once there is room, the same command", message)
    assert told["failures"].keys() >= {"calls", "transcripts", "users"}
    assert told["packages"] == 0
    assert told["rows"] == {}
    assert told["requests"]["POST /v2/calls/extensive"] >= 1
    assert told["where"]["file"] == str(tenant.database)
    assert "FatalException" not in done.stdout + done.stderr
    again = run(tenant, "sync", "--json")
    assert again.returncode == 0, again.stderr
    check(tenant, json.loads(again.stdout))


def test_every_command_says_it_in_one_way(make_tenant: Callable[..., Tenant]) -> None:
    tenant = live(make_tenant, calls=4, users=2, days=5, sentences=1)
    assert run(tenant, "sync").returncode == 0
    (address,) = tenant.sql("SELECT max(email_address) FROM users")[0]
    for words in (
        ("purge", "--email", address, "--offline", "--yes"),
        ("reset", "users", "--yes"),
        ("sync", "--pipeline-name", "new"),
    ):
        done = python(tenant, "-c", COMMAND, "0", *words)
        assert done.returncode == 1, done.stderr
        assert re.search("Error: The disk is full.*What was committed stays; once there is room", done.stderr)
    assert run(tenant, "sync").returncode == 0


def test_a_folder_that_may_not_grow(make_tenant: Callable[..., Tenant], monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(calls=4, users=2, days=5, sentences=1)
    pipeline = tenant.pipeline()

    def refuse(_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tenant.home))

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "extract", refuse)
        report = tenant.sync(pipeline=pipeline, resources=["calls"])
    error = report.failures["calls"]
    assert isinstance(error, GongDestinationError)
    assert pipeline.working_dir in str(error)
    tenant.synced(pipeline=pipeline, resources=["calls"])
