"""Which paths dlt and DuckDB can work with."""

from __future__ import annotations

import os

from gong_source.errors import GongConfigError

VERBATIM = "\\\\?\\"
"""How Windows may begin a path that it takes as it is."""


def check_path(path: str | os.PathLike[str]) -> None:
    """Refuse a path that is another one in UTF-8, which is how dlt and DuckDB hand paths on.

    Args:
        path: Of a file or folder, there or not.

    Raises:
        GongConfigError: It can't be used; says what can be done.
    """
    text = os.fspath(path)
    try:
        is_same = os.fsencode(text) == text.encode()
    except UnicodeEncodeError:
        is_same = False
    if not is_same:
        raise GongConfigError(
            f"The path {text} is not in UTF-8, and dlt and DuckDB take no other: rename the folder or file, or set a "
            "UTF-8 locale, such as LC_ALL=C.UTF-8, where the system has another."
        )


def check_database(path: str | os.PathLike[str]) -> None:
    """Refuse a path at which DuckDB can't keep a database: it has the log of one with a ``?`` somewhere else.

    Args:
        path: Of the file, there or not.

    Raises:
        GongConfigError: It can't be used; says what can be done.
    """
    check_path(path)
    if "?" in (text := os.fspath(path)).removeprefix(VERBATIM):
        raise GongConfigError(
            f"DuckDB can't keep a database at a path with a question mark, such as {text}: rename the folder or file, "
            "or name another file by DESTINATION__DUCKDB__CREDENTIALS."
        )
