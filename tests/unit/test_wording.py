"""What is let through of others' messages: what happened and where, nothing of anybody's rows."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from gong_source.wording import in_a_line, without_values

NAMES = {"calls", "title", "gong_data", "text"}

REFUSED = {
    "CAST('UNMISTAKABLE' AS INT)": "to INT32",
    "CAST('UNMISTAKABLE ''title'' \"x\" words' AS INT)": "to INT32",
    "CAST('a\n\nLINE 1: UNMISTAKABLE' AS DATE)": "invalid date field format",
    "CAST(1234567.5::DOUBLE AS TINYINT)": "out of range for the destination type INT8",
    "strptime('UNMISTAKABLE', '%Y')": "Could not parse string",
    "json_extract('{UNMISTAKABLE', '$.a')": "Malformed JSON",
}


@pytest.mark.parametrize("expression", REFUSED)
def test_values_that_duckdb_quotes_are_cut(expression: str) -> None:
    with pytest.raises(duckdb.Error) as refused:
        duckdb.connect().execute(f"SELECT {expression}")
    told = in_a_line(refused.value, NAMES)
    assert REFUSED[expression] in told
    assert "<value>" in told
    assert not re.search("UNMISTAKABLE|1234567", told)


OTHERS = {
    'invalid input syntax\nDETAIL:  Token "UNMISTAKABLE" is invalid.\nCONTEXT:  UNMISTAKABLE': "invalid input syntax",
    'duplicate key value violates "calls"\nDETAIL:  Key (title)=(UNMISTAKABLE) already exists.': 'violates "calls"',
    'Numeric value \'UNMISTAKABLE\' is not recognized\n  Row 1, column "CALLS"["TITLE":3]': "Numeric value <value>",
    "Could not parse 'UNMISTAKABLE' as INT64 for field title (position 2)": "as INT64 for field title",
    "Cannot coerce type in table `calls` column `title` and value: UNMISTAKABLE, odd": "table `calls` column `title`",
    'Input: "UNMISTAKABLE, which nobody closed': "Input: <value>",
}


@pytest.mark.parametrize("message", OTHERS)
def test_values_that_others_quote_are_cut(message: str) -> None:
    told = without_values(message, NAMES)
    assert OTHERS[message] in told
    assert "UNMISTAKABLE" not in told


def test_names_are_kept(tmp_path: Path) -> None:
    for message in (
        'Column "title" of "gong_data"."calls" can\'t be cast, see "gong_data.calls"',
        f'IO Error: Cannot open file "{tmp_path}": Permission denied',
    ):
        assert without_values(message, NAMES) == message
    assert in_a_line(TypeError("'int' object is not iterable")) == "'int' object is not iterable"
    assert in_a_line(FileNotFoundError(2, "No such file", "/a/b")) == "[Errno 2] No such file: '/a/b'"


def test_an_error_of_another_library_is_told_on_one_line() -> None:
    assert in_a_line(OSError("No space left\n\n  for ada@acme.com")) == "No space left for <e-mail>"
    assert in_a_line(StopIteration()) == "StopIteration"
    assert in_a_line(KeyError("calls\nand more")) == "calls and more"
