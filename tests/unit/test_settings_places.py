"""Where settings come from: pipelines' own sections, and files as people save them."""

import dataclasses
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gong_source.api import GongClient
from gong_source.config import (
    GongCredentials,
    GongSettings,
    WebhookSettings,
    load_setting,
    load_settings,
    load_webhook_settings,
)
from gong_source.config.environment import OF_GONG, refuse_quoted
from gong_source.config.model import settings_of
from gong_source.errors import GongConfigError

steady = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PREFIX = "SOURCES__GONG__"
PAIR = {"access_key": "the-key", "access_key_secret": "the-secret"}
OAUTH = {"auth_type": "oauth", "client_id": "the-client", "client_secret": "the-secret", "refresh_token": "the-token"}
OWN = "[gong_eu.sources.gong]\nlookback_days = 3\n[gong_eu.sources.gong.credentials]\naccess_key = 'eu'\n"


class TestPipelines:
    general = (
        "[sources.gong]\nlookback_days = 9\n[sources.gong.credentials]\naccess_key = 'us'\naccess_key_secret = 's'\n"
    )

    def test_a_pipeline_has_its_own_section(self, write: Callable[..., None]):
        write(secrets=self.general + OWN)
        own, other = load_settings(pipeline_name="gong_eu"), load_settings(pipeline_name="gong_us")
        assert (own.lookback_days, own.credentials.access_key) == (3, "eu")
        assert (other.lookback_days, other.credentials.access_key) == (9, "us")
        assert own.credentials.access_key_secret == "s"

    def test_one_setting_by_itself_is_found_there_too(self, write: Callable[..., None]):
        key = "{}\npii_key = '{}'\n"
        write(secrets=key.format("[sources.gong]", "u" * 32) + key.format("[gong_eu.sources.gong]", "e" * 32))
        assert load_setting("pii_key", "gong_eu") == "e" * 32
        assert load_setting("pii_key", "gong_us") == load_setting("pii_key") == "u" * 32
        assert load_setting("media_folder", "gong_eu") is None

    def test_in_the_environment_too(self, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
        write(secrets=self.general + OWN)
        monkeypatch.setenv("SOURCES__GONG__LOOKBACK_DAYS", "5")
        assert load_settings(pipeline_name="gong_eu").lookback_days == 3
        monkeypatch.setenv("GONG_EU__SOURCES__GONG__LOOKBACK_DAYS", "4")
        assert load_settings(pipeline_name="gong_eu").lookback_days == 4
        assert load_settings().lookback_days == 5

    def test_the_active_pipeline_counts_where_none_is_named(self, write: Callable[..., None]):
        write(secrets=self.general + OWN)
        assert load_settings().lookback_days == 9
        dlt.pipeline("gong_eu", destination="duckdb")
        assert load_settings().lookback_days == 3
        assert load_settings(pipeline_name="gong_us").lookback_days == 9

    def test_the_client_and_the_webhook_read_it(self, write: Callable[..., None]):
        hook = "[gong_eu.sources.gong.webhook]\npath_secret = 'eu-eu-eu-eu-eu-eu-eu'\n"
        write(secrets=self.general + OWN + hook)
        with GongClient.from_config(pipeline_name="gong_eu") as client:
            assert client.settings.credentials.access_key == "eu"
        assert load_webhook_settings(pipeline_name="gong_eu").path_secret == "eu-eu-eu-eu-eu-eu-eu"


class TestFiles:
    def test_a_byte_order_mark_does_no_harm(self, write: Callable[..., None]):
        write(
            b"\xef\xbb\xbf[sources.gong]\nlookback_days = 3",
            b"\xef\xbb\xbf[sources.gong.credentials]\naccess_key = 'a'",
        )
        Path(".dlt-home").mkdir()
        Path(".dlt-home/secrets.toml").write_text(
            "[sources.gong.credentials]\naccess_key = 'home'\naccess_key_secret = 'b'"
        )
        resolved = load_settings()
        assert (resolved.lookback_days, resolved.credentials.access_key) == (3, "a")
        assert resolved.credentials.access_key_secret == "b"
        assert dlt.config["sources.gong.lookback_days"] == 3

    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
    @pytest.mark.parametrize(
        ("broken", "told"),
        [
            (b"[sources.gong\n", "line 1 is not valid TOML"),
            (b"[a]\naccess_key = the-secret\n", "line 2 is not valid TOML"),
            (b"[a]\nx = 1\nx = 2\n", 'not valid TOML: Key "x" already exists.'),
            (b"[a]\nx = {y = 1, y = 2}\n", 'not valid TOML: Key "y" already exists.'),
            (b"[a]\nx = '\xe9'\n", "not in UTF-8"),
            (b"x = \x00", "line 1 is not valid TOML"),
        ],
        ids=repr,
    )
    def test_a_broken_file_is_named(self, write: Callable[..., None], mark: bytes, broken: bytes, told: str):
        write(secrets=mark + broken)
        with pytest.raises(GongConfigError, match=rf"secrets\.toml can't be read: .*{told}") as raised:
            load_settings()
        assert "the-secret" not in str(raised.value)

    @pytest.mark.parametrize(
        ("place", "target", "told"),
        [
            (".dlt/config.toml", "", "it is no file"),
            (".dlt/secrets.toml", "gone", "it is a link that leads nowhere"),
            (".dlt-home/config.toml", "config.toml", "Too many levels of symbolic links"),
            (".dlt", "gone", "it is a link that leads nowhere"),
        ],
    )
    def test_what_is_there_and_can_not_be_reached_is_named(self, tmp_path: Path, place: str, target: str, told: str):
        (path := tmp_path / place).parent.mkdir(exist_ok=True)
        if target:
            path.symlink_to(target)
        else:
            path.mkdir()
        with pytest.raises(GongConfigError, match=rf"{place} can't be read: {told}\.$"):
            load_settings()

    def test_others_of_the_machine_set_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
    ):
        (home := tmp_path / "dlt").mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr("dlt.common.runtime.run_context.global_dir", lambda: str(home))
        home.chmod(0o777)
        load_settings(credentials=PAIR)
        (home / "config.toml").write_text("[sources.gong]\nlookback_days = 3")
        write()
        with pytest.raises(GongConfigError, match=r"There are settings in .*/dlt, for want .*: set HOME to"):
            load_settings(credentials=PAIR)
        home.chmod(0o755)
        assert load_settings(credentials=PAIR).lookback_days == 3

    def test_an_empty_device_is_an_empty_file(self, tmp_path: Path):
        (tmp_path / ".dlt").mkdir()
        (tmp_path / ".dlt/config.toml").symlink_to("/dev/null")
        load_settings(credentials=PAIR)

    def test_a_secret_in_the_wrong_file_is_told(self, write: Callable[..., None]):
        write("[sources.gong.credentials]\naccess_key = 'the-secret'")
        with pytest.raises(
            GongConfigError, match=r"gong\.credentials is a secret: it belongs into \.dlt/secrets\.toml"
        ) as raised:
            load_settings()
        assert "the-secret" not in str(raised.value)


class TestSecrets:
    fields = sorted({*PAIR, *OAUTH} - {"auth_type"})

    @pytest.mark.parametrize("around", ["\n", "\r\n", " ", "\t", "\u00a0", "\ufeff"], ids=ascii)
    @pytest.mark.parametrize("how", ["environment", "file", "argument", "object"])
    def test_space_around_is_taken_off(
        self, write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, how: str, around: str
    ):
        for clean in (PAIR, OAUTH):
            typed = {
                name: value if name == "auth_type" else f"{around}{value}{around}" for name, value in clean.items()
            }
            given: Any = None
            if how == "environment":
                for name, value in typed.items():
                    monkeypatch.setenv(f"{PREFIX}CREDENTIALS__{name.upper()}", value)
            elif how == "file":
                write(secrets=tomlkit.dumps({"sources": {"gong": {"credentials": typed}}}))
            else:
                given = typed if how == "argument" else GongCredentials(**typed)
            resolved = load_settings(credentials=given).credentials
            assert {name: getattr(resolved, name) for name in clean} == clean

    @pytest.mark.parametrize("typed", ['"the-value"', "'the-value'", ' "the-value"\n'], ids=ascii)
    @pytest.mark.parametrize("name", [f"{PREFIX}PII_KEY", f"EU__{PREFIX}BASE_URL"])
    def test_quotes_around_a_value_are_refused(self, monkeypatch: pytest.MonkeyPatch, name: str, typed: str):
        for harmless in ("'the' 'value", '["a", "b"]', '"'):
            monkeypatch.setenv(name, harmless)
            refuse_quoted(OF_GONG)
        for other in ("SOURCES__OTHER__KEY", "DESTINATION__OTHER__CREDENTIALS"):
            monkeypatch.setenv(other, typed)
        refuse_quoted(OF_GONG)
        monkeypatch.setenv(name, typed)
        with pytest.raises(GongConfigError, match=f"{name} in the environment has quotes around its value") as raised:
            load_settings(credentials=PAIR)
        assert "the-value" not in str(raised.value)

    @pytest.mark.parametrize("inside", ["\n", "\r", "\x00", "\u2026", "\u00e9", "\ud83d", "\u200b"], ids=ascii)
    @pytest.mark.parametrize("name", fields)
    def test_what_fits_no_header_is_refused_unseen(self, name: str, inside: str):
        given = {**(PAIR if name in PAIR else OAUTH), name: f"the-{inside}-value"}
        with pytest.raises(GongConfigError, match=rf"sources\.gong\.credentials\.{name} has ") as raised:
            load_settings(credentials=given)
        assert "value" not in str(raised.value)
        assert "\n" not in str(raised.value)

    @pytest.mark.parametrize("typed", ["1e5", "1.10", "true", '["a"]', "2026-01-01"])
    @pytest.mark.parametrize(
        ("name", "load"),
        [
            *((f"credentials.{name}", load_settings) for name in fields),
            ("pii_key", lambda: load_settings(credentials=PAIR)),
            ("pii_key", lambda: load_setting("pii_key")),
            ("webhook.path_secret", load_webhook_settings),
        ],
    )
    def test_what_is_typed_without_quotes_is_refused_and_never_changed(
        self, write: Callable[..., None], name: str, load: Callable[[], Any], typed: str
    ):
        kind = "credentials.auth_type = 'oauth'\n" * (name.rpartition(".")[2] in OAUTH)
        write(secrets=f"[sources.gong]\n{kind}{name} = {typed}\n")
        with pytest.raises(GongConfigError, match=rf"^sources\.gong\.{name} must be text, it is of type \w+\.$"):
            load()


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.binary(max_size=4)
    | st.sampled_from(
        ["", "nan", "-1", "1e400", "true", "0x10", "[", "]", '["a"', "\x00", "\ud83d", "2024-02-30", "keep"]
    )
    | st.builds(lambda: 10**5000)
    | st.sampled_from([10**30, -(10**30), float("inf"), object(), dataclasses]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.times()
)
writable = plain | st.text(st.characters(codec="utf-8"), max_size=12) | st.lists(st.text("ab", max_size=2), max_size=2)


def accepted_or_refused(load: Callable[[], GongSettings | WebhookSettings]) -> None:
    """Either settings that can be used, or one sentence."""
    refusal, resolved = "Fine.", None
    try:
        resolved = load()
    except GongConfigError as error:
        refusal = str(error)
    assert len(refusal) < 700
    assert refusal.isprintable()
    assert refusal.endswith((".", "?"))
    if isinstance(resolved, GongSettings):
        json.dumps(
            [resolved.question(), resolved.lookback.days, resolved.chunk.days, resolved.transcript_patience.days]
        )


@pytest.mark.parametrize("name", [*settings_of(GongSettings), "credentials"])
@steady
@given(value=anything)
def test_any_argument_is_accepted_or_refused_in_a_sentence(name: str, value: Any):
    accepted_or_refused(lambda: load_settings(**{"credentials": PAIR, name: value}))


@pytest.mark.parametrize("name", settings_of(GongCredentials))
@steady
@given(value=anything)
def test_any_credential_is_accepted_or_refused_in_a_sentence(name: str, value: Any):
    accepted_or_refused(lambda: load_settings(credentials={**PAIR, name: value}))


@pytest.mark.parametrize("name", settings_of(WebhookSettings))
@steady
@given(value=anything)
def test_any_webhook_setting_is_accepted_or_refused_in_a_sentence(name: str, value: Any):
    accepted_or_refused(lambda: load_webhook_settings(**{name: value}))


@steady
@given(
    name=st.sampled_from(
        [*settings_of(GongSettings), *(f"credentials__{name}" for name in settings_of(GongCredentials))]
    ),
    value=st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=12)
    | st.sampled_from(["true", "nan", "1e400", "-1", "[]", "{}", "[1", "2024-02-30"]),
)
def test_any_variable_is_accepted_or_refused_in_a_sentence(name: str, value: str):
    with pytest.MonkeyPatch.context() as patch:
        for key, text in {**PAIR, name.removeprefix("credentials__"): value}.items():
            section = "" if key in settings_of(GongSettings) else "CREDENTIALS__"
            patch.setenv(f"{PREFIX}{section}{key.upper()}", text)
        accepted_or_refused(load_settings)


@steady
@given(st.dictionaries(st.sampled_from([*settings_of(GongSettings), "credentials", "x"]), writable, max_size=3))
def test_any_file_is_accepted_or_refused_in_a_sentence(write: Callable[..., None], table: dict[str, Any]):
    values = {name: value for name, value in table.items() if value is not None}
    write(secrets=tomlkit.dumps({"sources": {"gong": values}}))
    accepted_or_refused(lambda: load_settings(credentials=PAIR))
