"""``gong-source check``: do the credentials work, where, and for what."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import click
import orjson

from gong_source.api import GongClient
from gong_source.api import endpoints as at
from gong_source.cli.frame import Command
from gong_source.cli.names import names_in
from gong_source.cli.output import put
from gong_source.cli.probes import Probes, Row, listing_calls
from gong_source.config import GongSettings, checked_base_url, load_settings
from gong_source.errors import (
    EXIT_FAILED,
    GongAuthError,
    GongBadRequestError,
    GongConfigError,
    GongForbiddenError,
    GongNotFoundError,
    GongRedirectError,
    GongRequestError,
)
from gong_source.streams.columns import column_notices
from gong_source.streams.table import StreamTable

GENERAL_HOST = "https://api.gong.io"

ALL_REFUSED = {
    False: "Everything is refused: the key has no scopes, or this address is none of its trusted IPs.",
    True: (
        "Everything is refused, and some endpoints don't take the key at all: it is wrong, expired or revoked, or the "
        "base URL is not the company's."
    ),
}
"""By whether an endpoint refused the key itself."""


@dataclass(frozen=True)
class Host:
    """What a host answered.

    Attributes:
        url: Its base URL.
        verdict: ``works``, ``refuses the key``, ``redirects`` or ``no answer``.
        detail: More, for people.
        target: Where it redirects.
    """

    url: str
    verdict: str
    detail: str = ""
    target: str = ""

    @property
    def works(self) -> bool:
        """Whether the credentials are good there."""
        return self.verdict == "works"


@click.command(cls=Command)
@click.option("--for", "names", help="Only these resources, with commas.")
@click.option(
    "--host", "hosts", multiple=True, metavar="URL", help="A base URL to try too. Can be given several times."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON in place of tables.")
@click.pass_context
def check(ctx: click.Context, names: str | None, hosts: tuple[str, ...], as_json: bool) -> None:
    """Try the credentials: which host takes them, which resources they may read, and what to grant.

    Sends one small request for each of `gong-source streams`. Exits with 1 where the credentials do not work, or one of
    them is not allowed or answered with something that a sync can't take.
    """
    wanted = [] if names is None else _known(names_in(names, "--for"))
    settings = load_settings()
    found = _try_hosts(settings, hosts)
    working = next((host for host in found if host.works), None)
    rows: list[Row] = []
    broken = False
    warnings = [f"{name}: {notice}" for name, notice in column_notices(settings, StreamTable()).items()]
    if working is None:
        warnings.append(_why_none(found))
    else:
        if working.url != found[0].url:
            warnings.append(
                f"The key is right and the base URL is not: set sources.gong.base_url to {working.url} "
                f"({found[0].url} {found[0].verdict})."
            )
        with GongClient(_at(settings, working.url)) as client:
            probes = Probes(client, settings)
            rows, broken = probes.try_all(wanted), probes.broken
            warnings += _about_calls(probes, rows)
        if rows and not any(row.allowed for row in rows):
            warnings.append(ALL_REFUSED[probes.key_is_refused])
    refused = any(row.allowed is False for row in rows)
    failed = working is None or working.url != found[0].url or refused or broken
    (_print_json if as_json else _print_tables)(found, rows, warnings)
    ctx.exit(EXIT_FAILED if failed else 0)


def _known(wanted: list[str]) -> list[str]:
    known = [stream.name for stream in StreamTable().read]
    if unknown := [name for name in wanted if name not in known]:
        raise GongConfigError(f"There is no {', '.join(unknown)} to check; there are {', '.join(known)}.")
    return wanted


def _try_hosts(settings: GongSettings, more: Iterable[str]) -> list[Host]:
    """The configured host first; others only where that one does not work, or where they were asked for."""
    asked = [checked_base_url(url, "--host") for url in more]
    with GongClient(settings) as client:
        found = [_try_host(client)]
    if found[0].url != settings.base_url:  # it came with OAuth tokens, which are good for that host alone
        return found
    queue = [url for url in asked if url != found[0].url]
    if not found[0].works:
        queue += [url for url in (found[0].target, _general(found[0].url)) if url]
    for url in dict.fromkeys(queue):
        if url not in [host.url for host in found]:
            with GongClient(_at(settings, url)) as client:
                found.append(_try_host(client))
    return found


def _try_host(client: GongClient) -> Host:
    try:
        if not _lists_workspaces(client):
            return Host(client.base_url, "works", "it knows the key, which may not list workspaces")
    except GongAuthError as error:
        return Host(client.base_url, "refuses the key", str(error))
    except GongRedirectError as error:
        target = _trusted(error.target)
        return Host(client.base_url, "redirects", f"to {error.target or 'nowhere'}", target)
    except GongRequestError as error:
        return Host(client.base_url, "no answer" if error.status is None else f"answers {error.status}", str(error))
    return Host(client.base_url, "works")


def _lists_workspaces(client: GongClient) -> bool:
    """Whether the key may list workspaces; where it may not, another endpoint tells whether it is known at all.

    For workspaces, Gong's specification has 403 in place of 401.
    """
    try:
        client.request(at.WORKSPACES)
    except GongForbiddenError:
        with suppress(GongForbiddenError, GongBadRequestError, GongNotFoundError):
            client.request(at.SCORECARDS)
        return False
    return True


def _trusted(url: str) -> str:
    """The base URL of a redirect if the key may be sent there: Gong's own hosts, and this machine; else nothing."""
    try:
        base = checked_base_url(url)
    except GongConfigError:
        return ""
    host = urlsplit(base).hostname or ""
    return base if host.endswith(".gong.io") or base.startswith("http://") else ""


def _general(url: str) -> str:
    return GENERAL_HOST if (urlsplit(url).hostname or "").endswith(".gong.io") and url != GENERAL_HOST else ""


def _at(settings: GongSettings, url: str) -> GongSettings:
    changed = copy.copy(settings)
    changed.base_url = url
    return changed


def _why_none(found: Sequence[Host]) -> str:
    if any(host.verdict == "refuses the key" for host in found):
        return (
            "No host takes the key. Either it is wrong, expired or revoked, or the company has a base URL of its own: "
            "see Gong's API settings page, and try it with --host URL."
        )
    if any(host.verdict == "redirects" for host in found):
        return "The host redirects. Set sources.gong.base_url to what Gong's API settings page shows."
    return "No Gong API answers there. Check the network and sources.gong.base_url."


def _about_calls(probes: Probes, rows: Sequence[Row]) -> list[str]:
    listing = {stream.name for stream in listing_calls(StreamTable())}
    about = [row for row in rows if row.resource in listing]
    if not about or any(row.rows for row in about) or not any(row.allowed for row in about):
        return []
    seen = probes.sees_a_call()
    if seen is None:
        return []
    if seen:
        return ["There are no calls in the last 30 days, but older ones."]
    return [
        "The key sees no calls at all. A key sees what its creator may see: if the company has calls, let somebody who "
        "can see them create the key."
    ]


def _print_json(found: Sequence[Host], rows: Sequence[Row], warnings: Sequence[str]) -> None:
    content = {
        "hosts": [asdict(host) | {"works": host.works} for host in found],
        "resources": [asdict(row) for row in rows],
        "warnings": list(warnings),
    }
    put(orjson.dumps(content, option=orjson.OPT_INDENT_2))


def _print_tables(found: Sequence[Host], rows: Sequence[Row], warnings: Sequence[str]) -> None:
    for host in found:
        put(f"{host.url} {host.verdict}{f': {host.detail}' if host.detail else ''}")
    if rows:
        put("")
        words = {True: "yes", False: "NO", None: "?"}
        cells = [("resource", "scope", "allowed", "rows", "what to do")]
        cells += [
            (row.resource, row.scope, words[row.allowed], "" if row.rows is None else str(row.rows), row.advice)
            for row in rows
        ]
        widths = [max(len(line[column]) for line in cells) for column in range(4)]
        for line in cells:
            padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
            put("  ".join([*padded, line[4]]).rstrip())
    for warning in warnings:
        click.echo(f"\n{warning}", err=True)
