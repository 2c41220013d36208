"""``gong-source login``: a technical administrator approves in the browser, and the tokens are stored."""

from __future__ import annotations

import hmac
import secrets
import time
import webbrowser
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import click

from gong_source.api.auth import OAuthServer, authorize_url, lock_path, locked, open_store, stores
from gong_source.api.patience import Patience
from gong_source.cli.frame import Command
from gong_source.cli.names import names_in
from gong_source.cli.numbers import PORT, Finite
from gong_source.cli.output import put
from gong_source.cli.scopes import scopes_for
from gong_source.cli.signals import at_signal
from gong_source.config import GongCredentials, load_settings
from gong_source.errors import GongAuthError, GongConfigError
from gong_source.wording import shortened

CALLBACK = "/callback"
DONE = "Gong has answered. You can close this page and go back to the terminal."
LONGEST_REASON = 100
REFUSED = "This answer does not belong to the login that is waiting. Nothing was done."


class Callback(ThreadingHTTPServer):
    """Waits on a loopback address for the browser that Gong sends back. Browsers open connections they never use."""

    daemon_threads = True

    def __init__(self, port: int, state: str) -> None:
        """Listen; the answer is taken by :meth:`wait`.

        Args:
            port: On 127.0.0.1.
            state: What the answer has to bring back.
        """
        self.state = state
        self.answer: dict[str, str] = {}
        super().__init__(("127.0.0.1", port), _Handler)

    def wait(self, seconds: float) -> dict[str, str]:
        """The query of the answer; answers with another state are refused and do not end the wait.

        Args:
            seconds: How long to wait.

        Raises:
            GongAuthError: No answer came.
        """
        end = time.monotonic() + seconds
        while not self.answer:
            self.timeout = min(0.2, end - time.monotonic())
            if self.timeout <= 0:
                raise GongAuthError(
                    f"nobody approved within {seconds:.0f} s",
                    endpoint="GET /oauth2/authorize",
                    advice="Run `gong-source login` again.",
                )
            self.handle_request()
        return self.answer


class _Handler(BaseHTTPRequestHandler):
    server: Callback
    timeout = 10.0

    def do_GET(self) -> None:
        """Take the answer if it is the one that is waited for."""
        parts = urlsplit(self.path)
        answer = dict(parse_qsl(parts.query))
        mine = parts.path == CALLBACK and _belongs(answer, self.server.state)
        content = (DONE if mine else REFUSED).encode()
        self.send_response(200 if mine else 400)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        if mine and ("code" in answer or "error" in answer):
            self.server.answer = answer

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent: the request line holds the code."""


@click.command(cls=Command)
@click.option("--for", "names", help="Resources and actions to ask for, with commas; all resources by default.")
@click.option(
    "--port", default=8765, type=PORT, show_default=True, help="Where to wait, on 127.0.0.1. 0 takes a free port."
)
@click.option("--browser/--no-browser", default=True, help="Open the page, or only print its address.")
@click.option("--redirect-uri", default="", help="Registered in place of the loopback address; paste the answer then.")
@click.option("--timeout", default=300.0, type=Finite(0), show_default=True, help="Seconds to wait for the approval.")
def login(names: str | None, port: int, browser: bool, redirect_uri: str, timeout: float) -> None:
    """Let a technical administrator approve the OAuth integration, and store its tokens.

    Needs auth_type = "oauth", client_id and client_secret under [sources.gong.credentials]. Register the redirect
    address http://127.0.0.1:8765/callback (or that of --port or --redirect-uri) with the integration in Gong.
    """
    wanted = scopes_for([] if names is None else names_in(names, "--for"))
    settings = load_settings()
    credentials = settings.credentials
    if not credentials.has_oauth_client:
        raise GongConfigError(
            'Set auth_type = "oauth", client_id and client_secret under [sources.gong.credentials] before you log in.'
        )
    store = open_store(credentials)
    with ExitStack() as reserved, at_signal(act=lambda _: reserved.close()):
        reserved.enter_context(stores.reserving(store))  # a code can be used once, and the administrator may be gone
        code, redirect_uri = _approved(credentials, redirect_uri, wanted, port, browser, timeout)
        with locked(lock_path(credentials)):  # or a renewal that is under way would save its own tokens over these
            patience = Patience(settings, _tell_of_wait, safe=False)
            tokens = OAuthServer(credentials).exchange(code, redirect_uri, patience)
            stores.save(store, tokens)
    click.echo(f"Logged in. The tokens are in {store!r}.", err=True)
    click.echo(
        f"Gong's API for this company: {tokens.api_base_url or 'not told, sources.gong.base_url counts'}", err=True
    )
    _report(wanted, tokens.scope.split())


def _tell_of_wait(seconds: float, why: str) -> None:
    click.echo(f"waiting {seconds:.0f} s: {why}", err=True)


def _approved(
    credentials: GongCredentials, redirect_uri: str, wanted: Iterable[str], port: int, browser: bool, timeout: float
) -> tuple[str, str]:
    """The code that the administrator's approval gives, and the address that it was sent to."""
    state = secrets.token_urlsafe(24)
    if redirect_uri:
        _invite(authorize_url(credentials, redirect_uri, wanted, state), browser)
        answer = _pasted(state)
    else:
        with _listen(port, state) as server:
            redirect_uri = f"http://127.0.0.1:{server.server_address[1]}{CALLBACK}"
            _invite(authorize_url(credentials, redirect_uri, wanted, state), browser)
            answer = server.wait(timeout)
    if "code" not in answer:
        raise GongAuthError(
            f"the approval was refused ({shortened(answer.get('error', 'no reason given'), LONGEST_REASON)})",
            endpoint="GET /oauth2/authorize",
            advice="A technical administrator of Gong has to approve it.",
        )
    return answer["code"], redirect_uri


def _listen(port: int, state: str) -> Callback:
    try:
        return Callback(port, state)
    except OSError as error:
        raise GongConfigError(
            f"Port {port} can't be used ({error.strerror}); choose another one with --port."
        ) from error


def _invite(url: str, browser: bool) -> None:
    click.echo("A technical administrator of Gong has to approve at:", err=True)
    put(url)
    if browser:
        webbrowser.open(url)


def _pasted(state: str) -> dict[str, str]:
    pasted = click.prompt("Paste the address that the browser was sent to", err=True)
    answer = dict(parse_qsl(urlsplit(pasted.strip()).query))
    if not _belongs(answer, state):
        raise GongAuthError(
            "the pasted address does not belong to this login",
            endpoint="GET /oauth2/authorize",
            advice="Run `gong-source login` again, and paste the whole address.",
        )
    return answer


def _belongs(answer: Mapping[str, str], state: str) -> bool:
    """Whether an answer brings back what was sent; pasted in another encoding it may hold halves of surrogate pairs."""
    return hmac.compare_digest(answer.get("state", "").encode(errors="surrogatepass"), state.encode())


def _report(wanted: Iterable[str], granted: Iterable[str]) -> None:
    missing = set(wanted) - set(granted)
    click.echo(f"Granted: {' '.join(sorted(granted)) or 'Gong does not say what'}", err=True)
    if missing and granted:
        click.echo(f"Not granted: {' '.join(sorted(missing))}", err=True)
