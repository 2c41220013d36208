"""What commands let through of dlt's own log."""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings

import pytest

from gong_source.cli.logs import FORMATS, Format, set_up_logging


def dlts_log(format: Format, debug: bool) -> tuple[logging.Handler, io.StringIO]:
    """dlt's log as commands have it, into a text."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("dlt says: %(message)s"))
    logging.getLogger("dlt").handlers = [handler]  # put back after each test, as is what else is set here
    for _ in range(2):
        set_up_logging("info", format, debug)
    return handler, stream


@pytest.mark.parametrize("format", FORMATS)
def test_what_a_database_quotes_is_for_who_debugs(format: Format) -> None:
    for debug in (False, True):
        handler, stream = dlts_log(format, debug)
        for words in ("Job for calls failed", "Job for calls failed in load 1 with message Traceback UNMISTAKABLE"):
            try:
                raise ValueError("Input: UNMISTAKABLE\n\nLINE 1")
            except ValueError:
                handler.handle(logging.LogRecord("dlt", logging.ERROR, "", 1, words, (), sys.exc_info()))
        told = stream.getvalue()
        assert told.count("Job for calls failed") == 2
        assert told.count("UNMISTAKABLE") == (5 if debug else 0), (
            told
        )  # the line of this file that raises is in a traceback too
        assert debug or len(told.splitlines()) == 2


@pytest.mark.parametrize("format", FORMATS)
def test_dlts_own_lines_come_without_addresses(format: Format) -> None:
    handler, stream = dlts_log(format, debug=True)
    try:
        raise ValueError("Duplicate key some.body@example.com")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
        record = logging.LogRecord("dlt", logging.ERROR, "", 1, "%s of %s", ("Job", "a@b.example"), trace)
    handler.handle(record)
    told = stream.getvalue()
    assert "Job of <e-mail>" in told
    assert "Duplicate key <e-mail>" in told
    assert told.count("dlt says") == (format == "text")
    assert "example.com" not in told


def test_what_python_warns_of_is_json_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        set_up_logging("info", "json", debug=False)
        warnings.simplefilter("always")
        warnings.warn("no a@b.example here", UserWarning, stacklevel=1)
    told = json.loads(capsys.readouterr().err)
    assert told["level"] == "warning"
    assert "UserWarning: no <e-mail> here" in told["message"]
