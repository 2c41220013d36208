"""What commands let through of dlt's own log."""

from __future__ import annotations

import io
import logging

import pytest

from gong_source.cli.logs import FORMATS, Format, set_up_logging


@pytest.mark.parametrize("format", FORMATS)
def test_dlts_own_lines_come_without_addresses(format: Format) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("dlt says: %(message)s"))
    logging.getLogger("dlt").handlers = [handler]  # put back after each test, as is what else is set here
    for _ in range(2):
        set_up_logging("info", format, debug=True)
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
