"""Settings: defaults, where values come from, and which are refused."""

import json
import math
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from gong_source.config import CALL_PARTS, load_settings
from gong_source.errors import GongConfigError
from gong_source.ranges import UTC

PREFIX = "SOURCES__GONG__"
PAIR = {"access_key": "the-key", "access_key_secret": "the-secret"}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch):
    """Sets variables of the source, names in lower case."""

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(PREFIX + name.upper(), value)

    return set_all


@pytest.fixture
def with_key(env):
    env(**{f"credentials__{name}": value for name, value in PAIR.items()})


class TestValues:
    def test_defaults(self, with_key):
        settings = load_settings()
        assert settings.base_url == "https://api.gong.io"
        assert (settings.lookback, settings.chunk) == (timedelta(days=7), timedelta(days=30))
        assert settings.transcript_patience == timedelta(days=14)
        assert (settings.requests_per_second, settings.daily_requests) == (3.0, 10_000)
        assert (settings.max_retry_wait, settings.retry_patience) == (300.0, 300.0)
        assert (settings.connect_timeout, settings.read_timeout) == (10.0, 120.0)
        assert settings.start_date is None
        assert settings.workspace_ids == []
        assert settings.call_parts == list(CALL_PARTS)
        assert settings.context_timing == ["Now"]
        assert settings.include_private_calls is True
        assert settings.include_avatars is False

    def test_come_from_the_environment(self, env, with_key):
        env(lookback_days="2.5", daily_requests="12", include_private_calls="false", start_date="2024-02-29")
        settings = load_settings()
        assert settings.lookback == timedelta(days=2, hours=12)
        assert settings.daily_requests == 12
        assert settings.include_private_calls is False
        assert settings.start_date == datetime(2024, 2, 29, tzinfo=UTC)

    def test_come_from_toml_below_the_environment(self, env, with_key):
        Path(".dlt").mkdir()
        Path(".dlt/config.toml").write_text(
            '[sources.gong]\nlookback_days = 3\nchunk_days = 5\nstart_date = 2024-02-29\nworkspace_ids = ["1", "2"]\n'
        )
        Container()[PluggableRunContext].reload()
        env(chunk_days="6")
        settings = load_settings()
        assert (settings.lookback_days, settings.chunk_days) == (3.0, 6.0)
        assert settings.start_date == datetime(2024, 2, 29, tzinfo=UTC)
        assert settings.workspace_ids == ["1", "2"]

    def test_arguments_come_before_the_environment_and_none_is_no_argument(self, env, with_key):
        env(lookback_days="9", workspace_ids="1", chunk_days="8")
        settings = load_settings(lookback_days=0, workspace_ids=["2"], chunk_days=None)
        assert settings.lookback_days == 0
        assert settings.workspace_ids == ["2"]
        assert settings.chunk_days == 8.0

    def test_an_unknown_argument_is_named(self, with_key):
        with pytest.raises(GongConfigError, match="lokback_days"):
            load_settings(lokback_days=3)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1", ["1"]),
            ("1,2", ["1", "2"]),
            (" 1 , 2 ,", ["1", "2"]),
            ("9007199254740993", ["9007199254740993"]),
            ("123456789012345678901,007", ["123456789012345678901", "007"]),
            ("", []),
            (",", []),
        ],
    )
    def test_lists_in_the_environment_have_commas(self, env, with_key, text: str, expected: list[str]):
        env(workspace_ids=text)
        assert load_settings().workspace_ids == expected

    def test_a_list_that_is_not_closed(self, env, with_key):
        env(workspace_ids='["1", "2"')
        with pytest.raises(GongConfigError, match="workspace_ids is a list that is not closed"):
            load_settings()

    @pytest.mark.parametrize("value", [["1", 2], ("1", "2"), "1,2"], ids=repr)
    def test_lists_as_arguments(self, value: Any):
        assert load_settings(workspace_ids=value, credentials=PAIR).workspace_ids == ["1", "2"]

    def test_one_id_as_a_number(self):
        assert load_settings(workspace_ids=2**53 + 1, credentials=PAIR).workspace_ids == ["9007199254740993"]

    def test_choices_keep_the_order_of_the_documentation(self, env, with_key):
        env(call_parts="topics,parties,topics", context_timing="TimeOfCall,Now")
        settings = load_settings()
        assert settings.call_parts == ["parties", "topics"]
        assert settings.context_timing == ["Now", "TimeOfCall"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("call_parts", "media"), ("call_parts", "Topics"), ("context_timing", "Later")],
    )
    def test_an_unknown_choice_names_itself_and_the_known_ones(self, env, with_key, name: str, value: str):
        env(**{name: value})
        with pytest.raises(GongConfigError, match=rf"sources\.gong\.{name} has no {value}; it takes: \w+, \w+"):
            load_settings()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("lookback_days", "a week"),
            ("lookback_days", "-1"),
            ("lookback_days", "nan"),
            ("lookback_days", "inf"),
            ("chunk_days", "0"),
            ("transcript_retry_days", "-0.5"),
            ("requests_per_second", "-3"),
            ("daily_requests", "many"),
            ("daily_requests", "-1"),
            ("max_retry_wait", "-1"),
            ("retry_patience", "-1"),
            ("connect_timeout", "0"),
            ("read_timeout", "0"),
            ("include_private_calls", "perhaps"),
            ("start_date", "soon"),
            ("start_date", "2024-13-01"),
            ("start_date", "2024"),
            ("pii", "perhaps"),
            ("credentials__auth_type", "basic"),
        ],
    )
    def test_values_that_make_no_sense_are_refused_by_name(self, env, with_key, name: str, value: str):
        env(**{name: value})
        named = rf"^sources\.gong\.{name.replace('__', '.')} (must be|is) [^,:]+[,:] .*'?{value}"
        with pytest.raises(GongConfigError, match=named) as raised:
            load_settings()
        assert "`" not in str(raised.value)

    @pytest.mark.parametrize(
        ("name", "least"),
        [
            ("lookback_days", 0),
            ("chunk_days", 0.01),
            ("transcript_retry_days", 0),
            ("requests_per_second", 0),
            ("daily_requests", 0),
            ("max_retry_wait", 0),
            ("retry_patience", 0),
            ("connect_timeout", 0.01),
            ("read_timeout", 0.01),
        ],
    )
    def test_the_least_value_is_accepted_and_none_below(self, name: str, least: float):
        assert getattr(load_settings(credentials=PAIR, **{name: least}), name) == least
        with pytest.raises(GongConfigError, match=f"{name} must be at least {least}"):
            load_settings(credentials=PAIR, **{name: least - 1})

    @pytest.mark.parametrize(
        ("name", "value"),
        [("lookback_days", "a week"), ("retry_patience", []), ("start_date", "soon"), ("start_date", 5)],
    )
    def test_arguments_that_make_no_sense_are_refused_by_name(self, name: str, value: Any):
        with pytest.raises(GongConfigError, match=name):
            load_settings(credentials=PAIR, **{name: value})

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
            (date(2024, 2, 29), datetime(2024, 2, 29, tzinfo=UTC)),
            ("2024-02-29T05:00:00+05:00", datetime(2024, 2, 29, tzinfo=UTC)),
            (datetime(2024, 2, 29, 1), datetime(2024, 2, 29, 1, tzinfo=UTC)),
            ("", None),
        ],
    )
    def test_start_dates(self, value: Any, expected: datetime | None):
        assert load_settings(start_date=value, credentials=PAIR).start_date == expected


@pytest.mark.parametrize("url", ["s3://bucket/folder", "s3://bucket", "gs://bucket/a", "az://box/a b"])
def test_recordings_go_to_a_bucket(url: str):
    assert load_settings(media_folder=f"{url}/", credentials=PAIR).media_folder == url


def test_recordings_go_to_a_folder_wherever_a_command_runs(tmp_path: Path):
    assert load_settings(media_folder="calls/", credentials=PAIR).media_folder == str(tmp_path / "calls")
    assert load_settings(media_folder=" ", credentials=PAIR).media_folder is None


@pytest.mark.parametrize(
    "url",
    ["memory://x", "https://acme.com", "file:///x", "S3://bucket", "s3://", "s3:///a", "s3://key:pass-word@bucket"]
    + ["gs://bucket?token=pass-word", "://x"],
)
def test_no_recordings_go_where_no_bucket_is(url: str):
    with pytest.raises(GongConfigError, match=r"^sources\.gong\.media_folder is a path, or .* s3://bucket/") as raised:
        load_settings(media_folder=url, credentials=PAIR)
    assert "pass-word" not in str(raised.value)


def test_lists_may_be_json_in_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCES__GONG__WORKSPACE_IDS", '["1234567890123456789", "2"]')
    settings = load_settings(credentials={"access_key": "a", "access_key_secret": "b"})
    assert settings.workspace_ids == ["1234567890123456789", "2"]


class TestQuestion:
    def test_is_equal_for_equal_questions(self):
        one = load_settings(credentials=PAIR, workspace_ids="2,1", exclude_columns=["b", "a.b"], lookback_days=1)
        other = load_settings(credentials=PAIR, workspace_ids=["1", "2", "1"], exclude_columns="a.b,b")
        assert one.question() == other.question() == json.loads(json.dumps(one.question()))

    @pytest.mark.parametrize(
        "more",
        [
            {"call_parts": "topics"},
            {"context_timing": "TimeOfCall"},
            {"include_private_calls": False},
            {"workspace_ids": "1"},
            {"include_avatars": True},
            {"pii": "drop"},
            {"pii": "hash", "pii_key": "k" * 32},
            {"transcripts": "drop"},
            {"exclude_columns": "title"},
        ],
        ids=str,
    )
    def test_differs_where_other_rows_or_columns_come(self, more: dict[str, Any]):
        assert load_settings(credentials=PAIR, **more).question() != load_settings(credentials=PAIR).question()

    def test_tells_keys_apart_and_holds_none(self):
        questions = [load_settings(credentials=PAIR, pii="hash", pii_key=c * 32).question() for c in "ab"]
        assert questions[0] != questions[1]
        assert "aaaa" not in str(questions[0])
        assert load_settings(credentials=PAIR, pii_key="a" * 32).question()["pii_key"] is None

    @pytest.mark.parametrize("key", [None, "", "k" * 31, " " * 40])
    def test_a_hash_needs_a_long_key(self, key: str | None):
        with pytest.raises(GongConfigError, match="at least 32 characters"):
            load_settings(credentials=PAIR, pii="hash", pii_key=key)


def test_a_share_of_the_quota():
    whole = load_settings(credentials=PAIR)
    assert (whole.pace, whole.daily_budget) == (3.0, 10000)
    quarter = load_settings(credentials=PAIR, quota_share=0.25)
    assert (quarter.pace, quarter.daily_budget) == (0.75, 2500)
    none = load_settings(credentials=PAIR, quota_share=0.25, requests_per_second=0, daily_requests=0)
    assert (none.pace, none.daily_budget) == (0, 0)


class TestEverywhere:
    """A value means the same in the environment, in a file and as an argument."""

    @staticmethod
    def meanings(name: str, value: Any, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
        """What a value means in each place that it can stand in; a sentence where it is refused."""

        def found(**more: Any) -> Any:
            try:
                return getattr(load_settings(credentials=PAIR, **more), name)
            except GongConfigError as error:
                return str(error)

        meant = [found(**{name: value})]
        Path(".dlt").mkdir()
        Path(".dlt/config.toml").write_text(tomlkit.dumps({"sources": {"gong": {name: value}}}))
        Container()[PluggableRunContext].reload()
        meant.append(found())
        if isinstance(value, str):
            monkeypatch.setenv(PREFIX + name.upper(), value)
            Path(".dlt/config.toml").unlink()
            Container()[PluggableRunContext].reload()
            meant.append(found())
        return meant

    @pytest.mark.parametrize(
        ("name", "value", "meant"),
        [
            ("include_private_calls", False, False),
            ("include_private_calls", "false", False),
            ("include_private_calls", " No ", False),
            ("include_private_calls", 0, False),
            ("include_avatars", "TRUE", True),
            ("include_avatars", "1", True),
            ("keep_media", 1, True),
            ("lookback_days", " 2.5 ", 2.5),
            ("daily_requests", "12", 12),
            ("daily_requests", 1e4, 10_000),
            ("pii", " drop ", "drop"),
        ],
    )
    def test_is_taken(self, monkeypatch: pytest.MonkeyPatch, name: str, value: Any, meant: Any):
        found = self.meanings(name, value, monkeypatch)
        assert found == [meant] * len(found)
        assert {type(each) for each in found} == {type(meant)}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *(("include_private_calls", value) for value in (math.nan, -1, 1.5, 2, 1.0, "", "perhaps", [], [True])),
            *(("lookback_days", value) for value in ("0x10", True, "", [1])),
            *(("media_parallel", value) for value in ("0x10", True, 1.5, "1.5")),
            ("pii", True),
            ("media_folder", 1.5),
        ],
    )
    def test_is_refused(self, monkeypatch: pytest.MonkeyPatch, name: str, value: Any):
        first, *others = self.meanings(name, value, monkeypatch)
        assert str(first).startswith(f"sources.gong.{name} ")
        assert others == [first] * len(others)
