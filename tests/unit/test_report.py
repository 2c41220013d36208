"""What a run tells: exit code, JSON and text."""

import json

import pytest

from gong_source.errors import (
    GongConfigError,
    GongDestinationError,
    GongForbiddenError,
    GongPlannedStop,
    GongQuotaExceeded,
    GongServerError,
)
from gong_source.report import RunReport, many

SERVER = GongServerError("down", endpoint="GET /v2/calls", status=503)
FORBIDDEN = GongForbiddenError("no scope", endpoint="GET /v2/logs", status=403, advice="Grant it.")
QUOTA = GongQuotaExceeded("10000 requests made", 3600.0)
CONFIG = GongConfigError("start_date is wrong")


@pytest.mark.parametrize(
    ("failures", "code"),
    [
        ([], 0),
        ([SERVER], 1),
        ([FORBIDDEN, SERVER], 1),
        ([CONFIG], 2),
        ([SERVER, CONFIG], 2),
        ([QUOTA], 75),
        ([SERVER, QUOTA], 75),
        ([GongPlannedStop(7, 5)], 75),
        ([QUOTA, CONFIG], 75),
        ([ValueError("a bug")], 1),
        ([KeyboardInterrupt()], 1),
    ],
    ids=str,
)
def test_exit_code(failures: list[BaseException], code: int):
    report = RunReport(failures={f"resource {n}": error for n, error in enumerate(failures)})
    assert report.exit_code == code
    assert report.as_dict()["exit_code"] == code


def test_json_has_everything_as_plain_values():
    ranges = {"calls": {"*": [["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"]]}}
    report = RunReport(
        rows={"calls": 3},
        removed={"calls__topics": 1},
        requests={"GET /v2/users": 2},
        seconds=1.23456,
        packages=2,
        ranges=ranges,
        failures={"logs": FORBIDDEN},
    )
    assert json.loads(json.dumps(report.as_dict())) == {
        "rows": {"calls": 3},
        "removed": {"calls__topics": 1},
        "requests": {"GET /v2/users": 2},
        "seconds": 1.23,
        "packages": 2,
        "ranges": ranges,
        "failures": {"logs": "GET /v2/logs: HTTP 403: no scope. Grant it."},
        "exit_code": 1,
    }


def test_text_lists_tables_and_requests_in_order_with_their_sums():
    report = RunReport(
        rows={"users": 30, "calls": 1_234_567},
        requests={"POST /v2/calls/extensive": 20, "GET /v2/users": 1},
        seconds=61.25,
        packages=4,
    )
    assert report.as_text().splitlines() == [
        "table        rows",
        "-----  ----------",
        "calls   1,234,567",
        "users          30",
        "",
        "endpoint                    requests",
        "------------------------  ----------",
        "GET /v2/users                      1",
        "POST /v2/calls/extensive          20",
        "",
        "21 requests, 4 packages, 61.2 s",
    ]


def test_text_tells_one_failure_of_several_resources_once():
    report = RunReport(failures={"calls": SERVER, "logs": FORBIDDEN, "transcripts": SERVER})
    assert report.as_text().splitlines()[-2:] == [
        f"FAILED calls, transcripts: {SERVER}",
        f"FAILED logs: {FORBIDDEN}",
    ]


QUOTED = 'Duplicate key "email_address: some.body@example.com"\nviolates unique constraint'


@pytest.mark.parametrize("error", [RuntimeError(QUOTED), GongDestinationError(QUOTED)], ids=repr)
def test_what_a_database_quotes_of_a_row_it_refuses_is_told_without_its_addresses(error: Exception):
    report = RunReport(failures={"users": error}, notices={"logs": error})
    for told in (report.as_text(), json.dumps(report.as_dict())):
        assert "some.body" not in told
        assert ("Duplicate key <value>" if isinstance(error, RuntimeError) else "violates unique constraint") in told
    if isinstance(error, RuntimeError):
        assert "\n" not in report.as_dict()["failures"]["users"]


def test_what_was_found_and_what_is_left_are_told_where_there_is_any():
    report = RunReport(found={"missing_calls": 2, "deleted": 1}, left={"chunks": 7, "days": 0.5, "requests": None})
    report.where = {"destination": "duckdb", "file": "/data/gong.duckdb", "dataset": "gong_data", "pipeline": "gong"}
    assert report.as_text().splitlines()[-3:] == [
        "found: missing calls 2, deleted 1",
        "left: chunks 7, days less than 1",
        "where: destination duckdb, file /data/gong.duckdb, dataset gong_data, pipeline gong",
    ]
    told = report.as_dict()
    assert told["found"] == {"missing_calls": 2, "deleted": 1}
    assert told["left"] == {"chunks": 7, "days": 0.5, "requests": None}
    assert told["where"] == report.where
    assert not {"found", "left", "where", "stopped"} & RunReport().as_dict().keys()


def test_a_stop_is_no_failure():
    report = RunReport(failures={"calls": GongPlannedStop(7, 5), "logs": GongPlannedStop(7, 5)})
    assert "FAILED" not in report.as_text()
    assert (
        report.as_text().splitlines()[-1].startswith("STOPPED as planned calls, logs: 7 requests made, 5 were allowed")
    )
    told = report.as_dict()
    assert told["failures"] == {}
    assert set(told["stopped"]) == {"calls", "logs"}
    assert report.exit_code == 75
    report = RunReport(failures={"calls": QUOTA})
    assert report.as_text().splitlines()[-1] == f"STOPPED calls: {QUOTA}"
    assert report.as_dict()["failures"] == {"calls": str(QUOTA)}


def test_text_of_a_run_that_did_nothing():
    assert "0 requests, 0 packages, 0.0 s" in RunReport().as_text()


def test_one_thing_is_no_plural() -> None:
    assert [many(number, "row") for number in (0, 1, 2984)] == ["0 rows", "1 row", "2,984 rows"]
