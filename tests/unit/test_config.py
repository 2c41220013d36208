"""Credentials and the base URL: what is missing is named, what is unsafe refused, and no secret is ever shown."""

from pathlib import Path

import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from hypothesis import given
from hypothesis import strategies as st

from gong_source.api.auth import make_auth
from gong_source.config import GongCredentials, GongSettings, checked_base_url, load_settings
from gong_source.errors import GongConfigError

PREFIX = "SOURCES__GONG__"
KEY, SECRET, TOKEN = "the-key-7f3a", "the-secret-9c1d", "the-token-5e2b"
PAIR = {"access_key": KEY, "access_key_secret": SECRET}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch):
    """Sets variables of the source, names in lower case."""

    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(PREFIX + name.upper(), value)

    return set_all


@pytest.fixture
def with_key(env):
    env(credentials__access_key=KEY, credentials__access_key_secret=SECRET)


def header(settings: GongSettings) -> str:
    """What a request would carry."""

    class Request:
        headers: dict[str, str] = {}  # noqa: RUF012

    return make_auth(settings)(Request()).headers["Authorization"]  # type: ignore[arg-type]


class TestCredentials:
    @pytest.mark.parametrize(
        ("given", "missing"),
        [
            ({}, ["access_key", "access_key_secret"]),
            ({"access_key": KEY}, ["access_key_secret"]),
            ({"access_key_secret": SECRET}, ["access_key"]),
            ({"access_key": KEY, "access_key_secret": ""}, ["access_key_secret"]),
            ({"access_token": TOKEN}, ["access_key", "access_key_secret"]),
            ({"auth_type": "oauth"}, ["access_token"]),
            ({"auth_type": "oauth", **PAIR}, ["access_token"]),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("how", ["environment", "argument", "object"])
    def test_what_is_missing_is_named(self, env, how: str, given: dict[str, str], missing: list[str]):
        if how == "environment":
            env(**{f"credentials__{name}": value for name, value in given.items()})
            overrides = {}
        elif how == "argument":
            overrides = {"credentials": given}
        else:
            overrides = {"credentials": GongCredentials()}
            overrides["credentials"].update(given)
        with pytest.raises(GongConfigError) as raised:
            load_settings(**overrides)
        words = str(raised.value).replace(",", " ").replace(".", " ").split()
        fields = {"access_key", "access_key_secret", "access_token"}
        assert {word for word in words if word in fields} == set(missing)
        variables = {word for word in words if word.startswith(PREFIX)}
        assert variables == {f"{PREFIX}CREDENTIALS__{name.upper()}" for name in missing}
        assert "secrets.toml" in str(raised.value)
        assert not any(secret in str(raised.value) for secret in (KEY, SECRET, TOKEN))

    def test_an_unknown_kind_is_refused(self, env, with_key):
        env(credentials__auth_type="basic")
        with pytest.raises(GongConfigError, match="auth_type"):
            load_settings()
        with pytest.raises(GongConfigError, match="access_key or oauth"):
            load_settings(credentials={"auth_type": "basic", **PAIR})

    def test_the_chosen_kind_counts_whatever_else_is_left_over(self, env, with_key):
        env(credentials__access_token=TOKEN)
        assert header(load_settings()) == "Basic dGhlLWtleS03ZjNhOnRoZS1zZWNyZXQtOWMxZA=="
        env(credentials__auth_type="oauth")
        assert header(load_settings()) == f"Bearer {TOKEN}"
        env(credentials__access_key="\u2026")
        assert header(load_settings()) == f"Bearer {TOKEN}"

    def test_an_argument_is_not_completed_from_the_environment(self, with_key):
        with pytest.raises(GongConfigError, match="access_key_secret"):
            load_settings(credentials={"access_key": "another"})
        resolved = load_settings(credentials={"access_key": "another", "access_key_secret": "one"})
        assert resolved.credentials.access_key == "another"

    def test_come_from_toml(self, env):
        toml = f'[sources.gong.credentials]\naccess_key = "{KEY}"\naccess_key_secret = "{SECRET}"\n'
        Path(".dlt").mkdir()
        Path(".dlt/secrets.toml").write_text(toml)
        Container()[PluggableRunContext].reload()
        assert load_settings().credentials.access_key_secret == SECRET
        env(credentials__access_key_secret="from the environment")
        assert load_settings().credentials.access_key_secret == "from the environment"

    @pytest.mark.parametrize("given", [PAIR, {"auth_type": "oauth", "access_token": TOKEN}], ids=["key", "oauth"])
    def test_are_never_shown(self, given: dict[str, str]):
        resolved = load_settings(credentials=given)
        auth = make_auth(resolved)
        for shown in (resolved.credentials, resolved, auth):
            assert not any(secret in f"{shown!r} {shown}" for secret in (KEY, SECRET, TOKEN))
        assert "dGhl" not in repr(auth)


class TestBaseUrl:
    @pytest.mark.parametrize(
        ("url", "checked"),
        [
            ("https://api.gong.io", "https://api.gong.io"),
            ("https://us-12345.api.gong.io/", "https://us-12345.api.gong.io"),
            ("https://us-12345.api.gong.io/v2", "https://us-12345.api.gong.io"),
            ("https://us-12345.api.gong.io/v2/", "https://us-12345.api.gong.io"),
            ("  https://api.gong.io\n", "https://api.gong.io"),
            ("https://proxy.acme.com:8443/gong/v2", "https://proxy.acme.com:8443/gong"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://127.1.2.3", "http://127.1.2.3"),
            ("http://localhost:1/", "http://localhost:1"),
            ("http://[::1]:9", "http://[::1]:9"),
        ],
    )
    def test_accepts(self, url: str, checked: str):
        assert checked_base_url(url) == checked
        assert load_settings(base_url=url, credentials=PAIR).base_url == checked

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.gong.io",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://localhost.acme.com",
            "http://127.0.0.1.acme.com",
            "ftp://api.gong.io",
            "file:///etc/passwd",
            "api.gong.io",
            "//api.gong.io",
            "https://",
            "",
            "https://api.gong.io?tenant=1",
            "https://ada:pass-word@api.gong.io",
            "https://ada@api.gong.io",
            "https://:pass-word@api.gong.io",
            "https://[::1",
            "https://api.gong.io:port",
        ],
    )
    def test_refuses(self, url: str):
        with pytest.raises(GongConfigError, match=r"sources\.gong\.base_url") as raised:
            checked_base_url(url)
        assert "pass-word" not in str(raised.value)
        assert "ada" not in str(raised.value)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://api.gong.io/v2", "it is http://api.gong.io."),
            ("api.gong.io", "it is empty or without a scheme."),
            ("https://ada:pass-word@api.gong.io", "it is https://api.gong.io with a user or a password"),
            ("https://api.gong.io/v2?tenant=1", "it is https://api.gong.io with a query or a fragment"),
            ("https://api.gong.io#v2", "it is https://api.gong.io with a query or a fragment"),
            ("https://api.gong.io:0", "it is https://api.gong.io with the port 0"),
            ("https://api.gong.io\\v2", "with characters that no address has"),
            ("https://api.gong.io/v 2", "with characters that no address has"),
        ],
    )
    def test_shows_what_it_read(self, url: str, shown: str):
        with pytest.raises(GongConfigError, match=shown):
            checked_base_url(url)

    @given(st.text(max_size=20) | st.from_regex(r"(https?|ftp)://[a-z:@\[\]/.0-9?#]{0,15}", fullmatch=True))
    def test_lets_nothing_through_in_the_clear(self, url: str):
        try:
            checked = checked_base_url(url)
        except ValueError:  # whatever it is called, it is refused
            return
        assert checked.startswith(("https://", "http://localhost", "http://127.", "http://[::1]", "HTTPS://"))
        assert "?" not in checked
