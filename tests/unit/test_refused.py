"""What is said where PostgreSQL does not let its tables be changed: the names that it tells of, and no values."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gong_source.warehouse.refused import denied

PIPELINE: Any = SimpleNamespace(dataset_name="gong_data", schemas={})

NAMED = {
    'null value in column "mine" of relation "calls" violates not-null constraint': "23502",
    'duplicate key value violates unique constraint "by_title"': "23505",
    "permission denied for schema gong_data": "42501",
    "cannot execute INSERT in a read-only transaction": "25006",
}


class Refusal(Exception):
    """As psycopg2 raises it."""

    diag = SimpleNamespace(schema_name="gong_data", table_name="calls", column_name="mine", constraint_name="by_title")

    def __init__(self, message: str, code: str) -> None:
        super().__init__(f"{message}\nDETAIL:  Failing row contains (UNMISTAKABLE).\n")
        self.pgcode = code


@pytest.mark.parametrize("message", NAMED)
def test_names_are_told(message: str) -> None:
    told = denied(PIPELINE, Refusal(message, NAMED[message]))
    assert told.startswith(f"The destination does not let that be done: {message}. ")
    assert "UNMISTAKABLE" not in told


def test_values_are_not() -> None:
    """Such as what somebody's trigger says."""
    assert "UNMISTAKABLE" not in denied(PIPELINE, Refusal('title "UNMISTAKABLE" is not allowed', "23514"))


def test_nothing_is_said_of_other_errors() -> None:
    assert denied(PIPELINE, Refusal("invalid byte sequence", "22021")) == ""
    assert denied(PIPELINE, ValueError("23505")) == ""
