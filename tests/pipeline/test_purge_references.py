"""What Gong names as a person's calls, before anything is removed."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gong_source import GongClient
from gong_source.cli.commands import main
from gong_source.errors import GongArgumentError, GongProtocolError
from gong_source.runs import purge as purging
from tests.pipeline.harness import Tenant
from tests.unit.scripted import Say, Scripted


def asked(server: Scripted, phone: str = "+1 555 010 0200") -> list[str]:
    """The calls of a person by address and number, as a server names them."""
    people = purging._people(["ann@customer.example"], [phone], None)
    settings = {"base_url": server.url, "credentials": {"access_key": "a", "access_key_secret": "b"}}
    with GongClient.from_config(**settings) as client:
        return purging._referenced_calls(client, people)


def referenced(answer: dict[str, Any]) -> list[str]:
    """The same, where Gong answers so to both."""
    with Scripted(lambda _: Say({"requestId": "r1", **answer})) as server:
        return asked(server)


@pytest.mark.parametrize(
    "phone",
    [
        *("+44 (0)20 7946 0958", "+442079460958 ext. 12", "0044 20 7946 0958", "(+44) 20-7946-0958"),
        *("tel:+44-20-7946-0958;ext=5", "\uff0b44 20 7946 0958"),
    ],
)
def test_gong_is_asked_about_the_number_that_is_dialled(phone: str):
    with Scripted(lambda _: Say({"requestId": "r1", "calls": []})) as server:
        asked(server, phone)
    assert server.asked[-1].query["phoneNumber"] == "+442079460958"


def test_gong_is_not_asked_about_a_number_without_its_country():
    with (
        Scripted(lambda _: Say({"requestId": "r1", "calls": []})) as server,
        pytest.raises(GongArgumentError, match="write \\+ before it"),
    ):
        asked(server, "020 7946 0958")


def test_calls_are_named_by_their_ids():
    assert referenced({"calls": [{"id": "2"}, {"id": 1}]}) == ["1", "2"]
    assert referenced({"calls": []}) == []


UNTOLD = pytest.mark.parametrize(
    "answer",
    [
        {"errors": ["Internal failure"]},
        {"calls": None},
        {"calls": "none"},
        {"calls": {"id": "1"}},
        {"calls": [{"id": "1"}, None]},
        {"calls": [{"id": "1"}, {"status": "COMPLETED"}]},
        {"calls": [{"id": {}}]},
        {"calls": [{"id": {"a": 1}}]},
        {"calls": [{"id": "1"}, {"id": None}]},
        {"calls": [{"id": ""}]},
        {"calls": [{"id": " "}]},
        {"calls": [{"id": True}]},
        {"calls": [{"id": 1e20}]},
        {"calls": [], "errors": ["Internal failure"]},
        {"calls": [{"id": "1"}], "errors": ["One shard did not answer"]},
    ],
    ids=str,
)


@UNTOLD
def test_an_answer_that_does_not_tell_them_is_not_taken_for_none(answer: dict[str, Any]):
    with pytest.raises(GongProtocolError, match="request id r1"):
        referenced(answer)


def refusal(saved: str) -> str:
    """What the command says that is given a file in place of Gong's answer."""
    Path("saved.json").write_text(saved)
    words = ["purge", "--email", "ann@customer.example", "--references", "saved.json", "--offline", "--yes"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    return result.stderr


@UNTOLD
def test_nor_is_it_when_it_was_saved(answer: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert "saved.json does not tell which calls are the person's" in refusal(json.dumps(answer))


def test_a_saved_answer_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for odd in ("", "[]", '[{"id": "1"}]', '{"calls": [', '{"calls": [{"id": 99999999999999999999}]}'):
        assert "saved.json does not tell" in refusal(odd)
    assert "saved.json does not tell" in refusal('{"calls": [{"id": "1"}], "calls": []}')
    for whole in ('\ufeff{"calls": [{"id": "1"}, {"id": 2}]}', '{"calls": []}'):
        assert "There is no such dataset" in refusal(whole)


@pytest.mark.parametrize("calls", ["123", [None], [""], [1]], ids=str)
def test_what_is_no_id_is_refused(tenant: Tenant, calls: Any):
    with pytest.raises(GongArgumentError, match="ids of calls"):
        purging.purge_person(tenant.pipeline(), emails=["ann@customer.example"], calls=calls)
