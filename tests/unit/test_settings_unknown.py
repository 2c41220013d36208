"""Settings that nothing reads: unknown keys, and known ones where or as dlt does not read them."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from gong_source.config import load_setting, load_settings, load_webhook_settings
from gong_source.errors import GongConfigError

PREFIX = "SOURCES__GONG__"
PAIR = {"access_key": "the-key", "access_key_secret": "the-secret"}


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("LOOKBAK_DAYS", "lookback_days"),
        ("LOOKBAK_days", "lookback_days"),
        ("ACCESS_KEY", "SOURCES__GONG__CREDENTIALS__ACCESS_KEY"),
        ("ACESS_KEY", "credentials.access_key"),
        ("CREDENTIALS__ACESS_KEY", "access_key"),
        ("CREDENTIAL__ACCESS_KEY", "credentials"),
        ("CREDENTIALS", None),
        ("CREDENTIALS__ACCESS__KEY", None),
        ("LOOKBACK__DAYS", "lookback_days"),
        ("START__DATE", "start_date"),
        ("QQQQ", None),
    ],
)
@pytest.mark.parametrize("pipeline", ["", "GONG_EU__"])
def test_in_the_environment(monkeypatch: pytest.MonkeyPatch, pipeline: str, variable: str, meant: str | None):
    monkeypatch.setenv(f"{pipeline}{PREFIX}{variable}", "3")
    with pytest.raises(GongConfigError, match=rf"{pipeline}{PREFIX}{variable} in the environment") as raised:
        load_settings(credentials=PAIR, pipeline_name="gong_eu")
    assert raised.value.exit_code == 2
    if meant:
        assert re.search(rf"did you mean ({pipeline})?{meant}\?$", str(raised.value))


@pytest.mark.parametrize(
    "variable",
    [
        "SOURCES__GONG__pii",
        "SOURCES__GONG__Pii",
        "sources__gong__pii",
        "SOURCES__GONG__calls__started__initial_value",
        "gong_eu__SOURCES__GONG__PII",
        "gong_eu__sources__gong__pii",
    ],
)
def test_in_letters_that_dlt_does_not_read(monkeypatch: pytest.MonkeyPatch, variable: str):
    monkeypatch.setenv(variable, "drop")
    told = rf"{variable} in the environment: did you mean {variable.upper()}\?"
    with pytest.raises(GongConfigError, match=told):
        load_settings(credentials=PAIR, pipeline_name="gong_eu")
    with pytest.raises(GongConfigError, match=told):
        load_setting("pii_key", "gong_eu")


def test_those_of_another_source_are_its_own(monkeypatch: pytest.MonkeyPatch):
    """Also of one whose name, put together with its setting, reads like a setting of this one."""
    monkeypatch.setenv("SOURCES__GONG_TRANSCRIPT__LOOKBACK_DAYS", "3")
    monkeypatch.setenv("GONG_EU__SOURCES__GONG_TRANSCRIPT__LOOKBACK_DAYS", "3")
    assert load_settings(credentials=PAIR, pipeline_name="gong_eu").lookback_days != 3


@pytest.mark.parametrize(
    "variable",
    [
        "SOURCES__GONG_PII",
        "SOURCES_GONG__PII",
        "sources_gong_pii",
        "SOURCE__GONG__PII",
        "GONG_EU__SOURCES__GONG_PII",
    ],
)
def test_in_other_sections_than_are_read(monkeypatch: pytest.MonkeyPatch, variable: str):
    monkeypatch.setenv(variable, "drop")
    with pytest.raises(GongConfigError, match=rf"{variable} in .* did you mean (GONG_EU__)?SOURCES__GONG__PII\?"):
        load_settings(credentials=PAIR, pipeline_name="gong_eu")


def test_in_small_letters_of_the_sections_in_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOURCES__GONG__CREDENTIALS__access_key", "the-secret")
    with pytest.raises(GongConfigError, match=r"did you mean SOURCES__GONG__CREDENTIALS__ACCESS_KEY\?"):
        load_settings(credentials=PAIR)
    monkeypatch.delenv("SOURCES__GONG__CREDENTIALS__access_key")
    monkeypatch.setenv("sources__gong__webhook__path_secrt", "the-secret")
    with pytest.raises(GongConfigError, match=r"did you mean path_secret\?"):
        load_webhook_settings(path_secret="x" * 16)


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        (
            "[sources.gong]\nlookbak_days = 3",
            "lookbak_days in [sources.gong] of config.toml: did you mean lookback",
        ),
        ("[gong_eu.sources.gong]\nlookbak_days = 3", "lookbak_days in [gong_eu.sources.gong] of config.toml"),
        (
            "[sources.gong.credentials]\nauthtype = 3",
            "authtype in [sources.gong.credentials] of config.toml: did you",
        ),
        (
            "[sources.gong.credentails]\nauth_type = 3",
            "credentails in [sources.gong] of config.toml: did you mean cred",
        ),
        ("[sources.gong]\ncredentials = 'key:secret'", "credentials in [sources.gong] of config.toml is a section"),
        ("[sources]\ngong = 3", "sources.gong in config.toml is a section"),
        ("[Sources.gong]\npii = 'drop'", "[Sources.gong] in config.toml: did you mean [sources.gong]?"),
        (
            "[sources.GONG.credentials]\naccess_key = ''",
            "[sources.GONG] in config.toml: did you mean [sources.gong]?",
        ),
        (
            "[sources.gong.Credentials]\nx = 1",
            "Credentials in [sources.gong] of config.toml: did you",
        ),
        ("[source.gong]\npii = 'drop'", "[source.gong] in config.toml: did you mean [sources.gong]?"),
        ("[GONG_EU.sources.gong]\npii = 'drop'", "[GONG_EU.sources.gong] in config.toml: did you mean [gong_eu.s"),
        ("[sources.gong]\nPII = 'drop'", "PII in [sources.gong] of config.toml: did you mean pii?"),
        ("sources = 'x'", "sources in config.toml is a section, not a setting."),
        ("[sources.gong.daily]\nrequests = 60", "daily in [sources.gong] of config.toml: did you mean daily_requests?"),
        (
            "[sources.gong]\nworkspace_ids = {a = 1}",
            "workspace_ids in [sources.gong] of config.toml is a setting, not a",
        ),
        ("[sources.gong.webhook]\nurl = {a = 1}", "url in [sources.gong.webhook] of config.toml is a setting, not a"),
    ],
)
def test_in_files(write: Callable[..., None], toml: str, named: str):
    write(toml)
    with pytest.raises(GongConfigError) as raised:
        load_settings(credentials=PAIR, pipeline_name="gong_eu")
    assert named in str(raised.value)


LOAD = [
    lambda: load_settings(credentials=PAIR, pipeline_name="gong_eu"),
    lambda: load_setting("pii_key", "gong_eu"),
    lambda: load_webhook_settings(path_secret="x" * 16, pipeline_name="gong_eu"),
]


@pytest.mark.parametrize("load", LOAD)
def test_of_the_webhook(write: Callable[..., None], load: Callable[[], Any]):
    write("[sources.gong.webhook]\npublick_keys = 3")
    with pytest.raises(GongConfigError, match="did you mean public_keys"):
        load()


@pytest.mark.parametrize("load", LOAD)
@pytest.mark.parametrize(
    ("section", "name", "belongs"),
    [
        ("", "url", ".webhook"),
        ("webhook", "pii", ""),
        ("webhook", "base_url", ""),
        ("webhook", "access_key", ".credentials"),
        ("credentials", "lookback_days", ""),
        ("credentials", "path_secret", ".webhook"),
        ("calls", "lookback_days", ""),
        ("limits.of_a_day", "daily_requests", ""),
        ("hooks", "public_keys", ".webhook"),
    ],
)
@pytest.mark.parametrize("pipeline", ["", "gong_eu."])
def test_in_another_section_than_its_own(
    write: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    load: Callable[[], Any],
    pipeline: str,
    section: str,
    name: str,
    belongs: str,
):
    section = f".{section}" * bool(section)
    write(f"[{pipeline}sources.gong{section}]\n{name} = 3")
    with pytest.raises(GongConfigError) as raised:
        load()
    place = f"{pipeline}sources.gong{belongs}"
    told = f"{name} in [{pipeline}sources.gong{section}] of config.toml is read by nothing: it belongs into [{place}]."
    assert str(raised.value) == told
    write()
    variable, meant = (
        each.replace(".", "__").upper() for each in (f"{pipeline}sources.gong{section}.{name}", f"{place}.{name}")
    )
    monkeypatch.setenv(variable, "3")
    with pytest.raises(GongConfigError) as raised:
        load()
    assert str(raised.value) == f"Unknown setting {variable} in the environment: did you mean {meant}?"


@pytest.mark.parametrize("given", [{"lokback_days": 3}, {"credentials": {**PAIR, "acess_key": "x"}}], ids=str)
def test_as_arguments(given: dict[str, Any]):
    with pytest.raises(GongConfigError, match=r"did you mean (lookback_days|access_key)\?"):
        load_settings(**{"credentials": PAIR, **given})


@pytest.mark.parametrize(
    ("name", "value", "instead"),
    [
        ("max_table_nesting", "2", "what is deeper is JSON"),
        ("root_key", "true", "join by that"),
        ("schema_contract", "'freeze'", "argument, of pipeline.run"),
        ("schema_contract.columns", "'freeze'", "argument, of pipeline.run"),
    ],
)
def test_arguments_that_dlt_reads_from_no_configuration(
    write: Callable[..., None], monkeypatch: pytest.MonkeyPatch, name: str, value: str, instead: str
):
    for section in ("sources.gong", "gong_eu.sources.gong"):
        write(f"[{section}]\n{name} = {value}")
        with pytest.raises(GongConfigError, match=rf"in \[{section}\] of config.toml is no setting: .*{instead}"):
            load_settings(credentials=PAIR, pipeline_name="gong_eu")
    write()
    with pytest.raises(GongConfigError, match=f"is no setting: .*{instead}"):
        load_settings(credentials=PAIR, **{name.partition(".")[0]: value})
    variable = f"{PREFIX}{name.replace('.', '__').upper()}"
    monkeypatch.setenv(variable, value.strip("'"))
    with pytest.raises(GongConfigError, match=f"{variable} in the environment is no setting: .*{instead}"):
        load_settings(credentials=PAIR)


def test_what_dlt_reads_there_is_let_be(write: Callable[..., None], monkeypatch: pytest.MonkeyPatch):
    write(
        "[sources.gong.calls.started]\n"
        "initial_value = 2024-01-01\n[sources.gong.schema]\nnaming = 'direct'\n[sources.gong.webhook]\nurl = 'u'\n"
        "[sources.gong.credentials]\n"
        "[other.sources.gong]\nlookbak_days = 1\n[sources.other]\nx = 1\n[sources.gong_emea]\npii = 'drop'\n"
    )
    monkeypatch.setenv("SOURCES__GONG__DATA_WRITER__BUFFER_MAX_ITEMS", "100")
    monkeypatch.setenv("OTHER__SOURCES__GONG__LOOKBAK_DAYS", "100")
    monkeypatch.setenv("SOURCES__GONG_EMEA__PII", "drop")
    assert load_settings(credentials=PAIR, pipeline_name="gong_eu").lookback_days == 7
