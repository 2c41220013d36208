"""Whose data a pipeline holds: another company's under the same pipeline name is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

from gong_source.errors import (
    GongConfigError,
    GongForbiddenError,
    GongRequestError,
    GongTooManyRejected,
)
from gong_source.streams.context import ReadContext
from gong_source.streams.snapshot import workspaces_of
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import JsonDict, as_text
from gong_source.warehouse.queries import workspaces_stored


@contextmanager
def company_checked(context: ReadContext, source_state: SourceState) -> Iterator[None]:
    """Read only what is the company's whose data is there, as :func:`check_company` tells.

    Where nothing is there yet, nothing can be mixed up: its answer is waited for at the end of the block, and what the
    block asks of Gong need not wait for it.

    Args:
        context: Settings and client.
        source_state: Keeps the company.

    Raises:
        GongConfigError: As :func:`check_company` does.
        GongRequestError: As :func:`check_company` does.
    """
    if source_state.company.company or not source_state.is_new:
        check_company(context, source_state)
        yield
        return
    thread = ThreadPoolExecutor(1, "gong-company")
    try:
        asked = thread.submit(workspaces_of, context)
        yield
        check_company(context, source_state, asked.result)
    finally:
        thread.shutdown(wait=False)


def check_company(
    context: ReadContext, source_state: SourceState, listed_now: Callable[[], list[JsonDict]] | None = None
) -> None:
    """Refuse to go on where the key is another company's, or a workspace is none of its own; remembers the company.

    Nothing is asked where key, host and chosen workspaces are those of the last run. Else the ids of its workspaces
    tell a company; where the key may not list them, its host does.

    Args:
        context: Settings and client.
        source_state: Keeps the company.
        listed_now: Gives the workspaces as Gong lists them, where somebody asks for them already.

    Raises:
        GongConfigError: What the pipeline holds is another company's, or a workspace that is chosen is not there.
        GongRequestError: Gong can't be asked.
    """
    known, key = source_state.company.company, _key(context)
    if known.get("key") == key:
        return
    host = urlsplit(context.client.base_url).netloc
    try:
        listed = listed_now() if listed_now else workspaces_of(context)
    except GongForbiddenError:
        listed = []
    except (GongRequestError, GongTooManyRejected) as error:
        if known or error.ends_run:
            raise  # whose the new key is can't be told now
        return  # nothing is mixed up by a first run; the next one asks again
    workspaces = sorted(as_text(item["id"]) for item in listed)
    chosen = context.settings.workspace_ids or []
    if unknown := sorted(set(chosen) - set(workspaces)) if workspaces else []:
        raise GongConfigError(
            f"Gong has no workspace {', '.join(unknown)}, which sources.gong.workspace_ids names; the key sees: "
            f"{', '.join(workspaces)}."
        )
    held = set(known.get("workspaces") or ())
    if not held and not source_state.is_new:
        held = workspaces_stored(source_state.store)()
    same_host = not known or known["host"] == host
    if not (held & set(workspaces) if held and workspaces else same_host):
        raise GongConfigError(
            f"This pipeline holds the data of another company than the one whose key is used at {host}: none of its "
            "workspaces is the same. Use another pipeline name and dataset for it, or the first company's key."
        )
    source_state.company.company = {"key": key, "host": host, "workspaces": workspaces or sorted(held)}


def _key(context: ReadContext) -> str:
    """Tells one key from another; the key can't be found from it."""
    credentials, chosen = context.settings.credentials, context.settings.workspace_ids or []
    who = credentials.access_key if credentials.auth_type == "access_key" else credentials.client_id
    told = f"{context.client.base_url} {credentials.auth_type} {' '.join([who or '', *sorted(chosen)])}"
    return hashlib.blake2b(told.encode(), digest_size=8, person=b"gong_source").hexdigest()
