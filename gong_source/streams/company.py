"""Whose data a dataset holds: another company's is refused, under whatever pipeline name.

The destination decides: its workspaces, or else what the pipelines that load it remember. What this machine remembers
may be of another dataset, and counts where the destination tells nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
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
from gong_source.warehouse.states import pipeline_states


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
    if source_state.company.company or not source_state.is_new or not source_state.is_first:
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

    Nothing is asked where key, host and chosen workspaces are those of the last run, and the dataset is the same. Else
    the ids of its workspaces tell a company; where the key may not list them, its host does.

    Args:
        context: Settings and client.
        source_state: Keeps the company.
        listed_now: Gives the workspaces as Gong lists them, where somebody asks for them already.

    Raises:
        GongConfigError: What the dataset holds is another company's, or a workspace that is chosen is not there.
        GongRequestError: Gong can't be asked.
    """
    known, key, held = source_state.company.company, _key(context), source_state.workspaces
    is_ours = source_state.is_known_there or source_state.is_first
    if known.get("key") == key and is_ours and not _differ(held, known.get("workspaces")):
        return
    companies = _companies(source_state)
    host = urlsplit(context.client.base_url).netloc
    try:
        listed = listed_now() if listed_now else workspaces_of(context)
    except GongForbiddenError:
        listed = []
    except (GongRequestError, GongTooManyRejected) as error:
        if companies or held or error.ends_run:
            raise  # whose the new key is can't be told now
        return  # nothing is mixed up by a first run; the next one asks again
    workspaces = sorted(as_text(item["id"]) for item in listed)
    chosen = context.settings.workspace_ids or []
    if unknown := sorted(set(chosen) - set(workspaces)) if workspaces else []:
        raise GongConfigError(
            f"Gong has no workspace {', '.join(unknown)}, which sources.gong.workspace_ids names; the key sees: "
            f"{', '.join(workspaces)}."
        )
    if held and workspaces:
        is_same = not _differ(held, workspaces)
    else:
        is_same = all(_is_same(company, host, workspaces) for company in companies)
    if not is_same:
        raise GongConfigError(
            f"This pipeline holds the data of another company than the one whose key is used at {host}: none of its "
            "workspaces is the same. Use another pipeline name and dataset for it, or the first company's key."
        )
    source_state.company.company = {"key": key, "host": host, "workspaces": workspaces or sorted(held)}


def _companies(source_state: SourceState) -> list[JsonDict]:
    """Those whose data the pipelines of the dataset have loaded."""
    states = [] if source_state.is_first else pipeline_states(source_state.store)
    found = [state.source["company"] for state in states if state.source.get("company")]
    known = source_state.company.company
    return found or ([known] if known else [])


def _is_same(company: JsonDict, host: str, workspaces: Collection[str]) -> bool:
    known = company.get("workspaces")
    return not _differ(known, workspaces) if known and workspaces else bool(company.get("host") == host)


def _differ(some: Collection[str] | None, others: Collection[str] | None) -> bool:
    """Whether two companies have these workspaces; not where those of either are not known."""
    return bool(some and others) and set(some or ()).isdisjoint(others or ())


def _key(context: ReadContext) -> str:
    """Tells one key from another; the key can't be found from it."""
    credentials, chosen = context.settings.credentials, context.settings.workspace_ids or []
    who = credentials.access_key if credentials.auth_type == "access_key" else credentials.client_id
    told = f"{context.client.base_url} {credentials.auth_type} {' '.join([who or '', *sorted(chosen)])}"
    return hashlib.blake2b(told.encode(), digest_size=8, person=b"gong_source").hexdigest()
