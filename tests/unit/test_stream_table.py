"""Streams are found by names of theirs or of their tables, however these are given."""

import pytest

from gong_source.errors import GongConfigError
from gong_source.streams.table import StreamTable


def test_a_text_is_names_with_commas_between_them():
    table = StreamTable()
    for text, names in {"all": ["all"], " calls, users ": ["calls", "users"], "": None, "calls,default": None}.items():
        assert table.named(text) == table.named(names)
        assert table.optional(text) == table.optional(names)


def test_a_name_that_is_none_is_refused_whole():
    with pytest.raises(GongConfigError, match="There is no resource call: did you mean calls"):
        StreamTable().named("call")
