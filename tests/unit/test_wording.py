"""What is let through of others' messages: what happened and where, nothing of anybody's rows."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from gong_source.wording import chain_of, in_a_line, redacted, shortened, without_values

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


@pytest.mark.parametrize("longest", range(5, 60))
@pytest.mark.parametrize(
    "private",
    [
        *("olivia.novak@brightwater.example", "+1 831-555-0113", "olivia%40b.example"),
        *("at mysql://loader:olivia831@db/lake", "under password=olivia831"),
    ],
)
def test_what_is_cut_before_it_is_redacted_keeps_no_half_of_an_address(private: str, longest: int) -> None:
    text = f"Nobody is {private}, neither here nor there nor anywhere else"
    told = redacted(shortened(text, longest))
    assert not re.search("liv|831|555", told)
    assert len(shortened(text, longest)) <= longest + len("...")
    assert shortened(text, len(text)) == text


@pytest.mark.parametrize(
    ("cut", "text"),
    [(redacted, "x" * 30_000), (redacted, f"https://{':' * 30_000}"), (without_values, "\n" * 30_000)]
    + [(without_values, " 'a" * 10_000)],
    ids=["address", "password", "statement", "quoted"],
)
def test_a_long_text_takes_no_longer_for_each_of_its_characters(cut: Callable[[str], str], text: str) -> None:
    began = time.process_time()
    cut(text)
    assert time.process_time() - began < 1.5


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


def fails() -> None:
    """As dlt and urllib3 do it: one error is handled by raising the next."""
    try:
        raise ValueError("innermost")
    except ValueError:
        raise TypeError("in the middle")  # noqa: B904


def chain_within(handled: BaseException | None) -> list[BaseException]:
    """The chain of an error that is raised while a caller handles another."""

    def caught() -> list[BaseException]:
        try:
            fails()
        except TypeError as error:
            outer = RuntimeError("outermost")
            outer.__cause__ = error
            return chain_of(outer)
        raise AssertionError

    if handled is None:
        return caught()
    try:
        raise handled
    except BaseException:
        return caught()


@pytest.mark.parametrize("handled", [None, OSError(errno.ENOSPC, "full"), KeyboardInterrupt(), TypeError("an own one")])
def test_a_chain_ends_where_the_callers_handling_begins(handled: BaseException | None) -> None:
    assert [str(error) for error in chain_within(handled)] == ["outermost", "in the middle", "innermost"]


def test_a_chain_ends_there_too_in_the_handling_of_a_context_manager() -> None:
    told = []

    @contextmanager
    def handling() -> Iterator[None]:
        try:
            yield
        except OSError:
            told.extend(chain_within(None))

    with handling():
        raise OSError(errno.ENOSPC, "full")
    assert [str(error) for error in told] == ["outermost", "in the middle", "innermost"]


def test_a_chain_names_what_is_handled_no_more() -> None:
    with pytest.raises(TypeError) as raised:
        fails()
    assert list(map(str, chain_of(raised.value))) == ["in the middle", "innermost"]


@pytest.mark.parametrize(
    "said",
    [
        "postgres://loader:UNMISTAKABLE@localhost:9/lake",
        "can't attach 'postgres:postgresql://loader:UNMISTAKABLE%2F7@db/lake'",
        "mysql://loader:UNMISTAKABLE:@UNMISTAKABLE@db.example.com/lake failed",
        "connection to host=db user=loader password=UNMISTAKABLE dbname=lake failed",
        "dsn password='UNMISTAKABLE UNMISTAKABLE' host=db",
        "md:lake?motherduck_token=UNMISTAKABLE&x=1",
        "Driver=ODBC;UID=loader;PWD={UNMISTAKABLE;UNMISTAKABLE};Server=db",
    ],
)
def test_passwords_that_clients_repeat_are_cut(said: str) -> None:
    told = redacted(said)
    assert "UNMISTAKABLE" not in told
    assert "<secret>" in told
    assert not {"db", "localhost"} & set(re.findall(r"\w+", said)) - set(re.findall(r"\w+", told))


def test_addresses_without_a_password_stay() -> None:
    said = "https://api.gong.io/v2/calls?cursor=a:b and http://127.0.0.1:80/x to no-one: see https://x.example/a"
    assert redacted(said) == said
