"""What Gong names as a person's calls, before anything is removed."""

from typing import Any

import pytest

from gong_source import GongClient
from gong_source.errors import GongProtocolError
from gong_source.runs import purge as purging
from tests.unit.scripted import Say, Scripted


def referenced(answer: dict[str, Any]) -> list[str]:
    """The calls of a person by address and number, where Gong answers so to both."""
    people = purging._people(["ann@customer.example"], ["+1 555 010 0200"], None)
    with Scripted(lambda _: Say({"requestId": "r1", **answer})) as server:
        settings = {"base_url": server.url, "credentials": {"access_key": "a", "access_key_secret": "b"}}
        with GongClient.from_config(**settings) as client:
            return purging._referenced_calls(client, people)


def test_calls_are_named_by_their_ids():
    assert referenced({"calls": [{"id": "2"}, {"id": 1}]}) == ["1", "2"]
    assert referenced({"calls": []}) == []


@pytest.mark.parametrize(
    "answer",
    [
        {"errors": ["Internal failure"]},
        {"calls": None},
        {"calls": "none"},
        {"calls": {"id": "1"}},
        {"calls": [{"id": "1"}, None]},
        {"calls": [{"id": "1"}, {"status": "COMPLETED"}]},
        {"calls": [{"id": {}}]},
    ],
    ids=str,
)
def test_an_answer_that_does_not_tell_them_is_not_taken_for_none(answer: dict[str, Any]):
    with pytest.raises(GongProtocolError, match="request id r1"):
        referenced(answer)
