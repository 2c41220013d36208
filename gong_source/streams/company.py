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

import dlt
from dlt.common.configuration.container import Container
from dlt.common.pipeline import StateInjectableContext

from gong_source.errors import (
    GongConfigError,
    GongForbiddenError,
    GongRequestError,
    GongTooManyRejected,
)
from gong_source.streams.all import WORKSPACES
from gong_source.streams.context import ReadContext
from gong_source.streams.current import loading_pipeline
from gong_source.streams.snapshot import workspaces_of
from gong_source.streams.source_state import SourceState
from gong_source.tables.arrow import JsonDict, as_text
from gong_source.warehouse.queries import workspaces_of_calls, workspaces_stored
from gong_source.warehouse.states import pipeline_states
from gong_source.warehouse.store import Store


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
    known, held = source_state.company.company, source_state.workspaces
    is_ours = source_state.is_known_there or source_state.is_first
    found = _by_key(context, [known], held) if known and is_ours else None
    if found is None:
        companies = [] if source_state.is_first else _companies(source_state.store)
        companies = companies or _waiting() or ([known] if known else [])
        store = None if source_state.is_first else source_state.store
        found = _company(context, companies, held, store, listed_now or (lambda: workspaces_of(context)))
    if found:
        source_state.company.company = found


def check_key(context: ReadContext, store: Store) -> None:
    """Refuse what asks Gong for something to hold against a dataset, where the key is another company's.

    For whatever loads nothing, or not yet: before anything is made of the answers. Nothing is asked where a pipeline
    that loads the dataset used the same key at the same host, or where nothing was loaded yet.

    Args:
        context: Settings and client.
        store: The dataset.

    Raises:
        GongConfigError: As :func:`check_company` does.
        GongRequestError: Gong can't be asked.
    """
    companies, held = _companies(store), workspaces_stored(store)()
    if companies or held:
        _company(context, companies, held, store, lambda: workspaces_of(context))


def workspaces_known(store: Store) -> set[str]:
    """Ids of the company's workspaces, as far as a dataset or a pipeline of it tells; none where nothing does.

    Args:
        store: The dataset.
    """
    remembered = {str(each) for company in _companies(store) for each in company.get("workspaces") or ()}
    return remembered | workspaces_stored(store)()


def _companies(store: Store) -> list[JsonDict]:
    """Those whose data the pipelines of the dataset have loaded."""
    return [state.source["company"] for state in pipeline_states(store) if state.source.get("company")]


def _waiting() -> list[JsonDict]:
    """Those of other sources, such as clones, whose rows wait to be loaded into the same dataset."""
    pipeline = loading_pipeline()
    if pipeline is None:
        return []
    saved = pipeline.state.get("sources", {})
    waits = pipeline.list_extracted_load_packages() or pipeline.list_normalized_load_packages()
    own, found = dlt.current.source_schema().name, []
    for name, source in Container()[StateInjectableContext].state.get("sources", {}).items():
        company = source.get("company")
        is_new = waits or company != saved.get(name, {}).get("company")
        if name != own and is_new and isinstance(company, dict) and "workspaces" in company:
            found.append(company)
    return found


def _company(
    context: ReadContext,
    companies: Collection[JsonDict],
    held: Collection[str],
    store: Store | None,
    listed_now: Callable[[], list[JsonDict]],
) -> JsonDict | None:
    """The key's company, to be remembered; None where Gong does not tell now, and nothing can be mixed up.

    Args:
        context: Settings and client.
        companies: What is remembered of those whose data is there.
        held: Ids of the workspaces whose rows are there.
        store: The dataset, None where nothing is there.
        listed_now: Gives the workspaces as Gong lists them.
    """
    if found := _by_key(context, companies, held):
        return found
    host = urlsplit(context.client.base_url).netloc
    try:
        listed = listed_now()
    except GongForbiddenError:
        listed = []
    except (GongRequestError, GongTooManyRejected) as error:
        if companies or held or error.ends_run:
            raise  # whose the new key is can't be told now
        return None  # nothing is mixed up by a first run; the next one asks again
    workspaces = sorted(as_text(item["id"]) for item in listed)
    chosen = context.settings.workspace_ids or []
    if unknown := sorted(set(chosen) - set(workspaces)) if workspaces else []:
        raise GongConfigError(
            f"Gong has no workspace {', '.join(unknown)}, which sources.gong.workspace_ids names; the key sees: "
            f"{', '.join(workspaces)}."
        )
    remembered = [company.get("workspaces") or () for company in companies]
    if store and workspaces and not held and not (remembered and all(remembered)):
        held = workspaces_of_calls(store)
    if held and workspaces:
        companies = [{"host": host, "workspaces": sorted(held)}]
    for company in companies:
        if refusal := _refusal(company, host, workspaces):
            raise GongConfigError(refusal)
    known = {*held, *(workspace for each in remembered for workspace in each)}
    return {"key": _key(context), "host": host, "workspaces": workspaces or sorted(known)}


def _by_key(context: ReadContext, companies: Collection[JsonDict], held: Collection[str]) -> JsonDict | None:
    """The one that the same key was used for, with what is known of its workspaces by now."""
    key = _key(context)
    for company in companies:
        if company.get("key") == key and not _differ(held, company.get("workspaces")):
            return {**company, "workspaces": company.get("workspaces") or sorted(held)}
    return None


def _refusal(company: JsonDict, host: str, workspaces: Collection[str]) -> str:
    """Why a key that sees these workspaces, if any, may not be that company's; empty where it is."""
    known, first = company.get("workspaces"), company.get("host")
    if known and workspaces:
        if not _differ(known, workspaces):
            return ""
        return (
            f"This pipeline holds the data of another company than the one whose key is used at {host}: none of its "
            "workspaces is the same. Use another pipeline name and dataset for it, or the first company's key."
        )
    if first == host:
        return ""
    scope = WORKSPACES.endpoint.scope
    way = (
        f"nothing that is there names a workspace: run gong-source sync --resources workspaces at {first} first"
        if workspaces
        else f"Gong lists no workspaces for it: give it the scope {scope}"
    )
    return (
        f"This pipeline holds data that was loaded from {first}, and whether the key that is used at {host} is the "
        f"same company's can't be told, as {way}, or use another pipeline name and dataset."
    )


def _differ(some: Collection[str] | None, others: Collection[str] | None) -> bool:
    """Whether two companies have these workspaces; not where those of either are not known."""
    return bool(some and others) and set(some or ()).isdisjoint(others or ())


def _key(context: ReadContext) -> str:
    """Tells one key from another; the key can't be found from it."""
    credentials, chosen = context.settings.credentials, context.settings.workspace_ids or []
    who = credentials.access_key if credentials.auth_type == "access_key" else credentials.client_id
    told = f"{context.client.base_url} {credentials.auth_type} {' '.join([who or '', *sorted(chosen)])}"
    return hashlib.blake2b(told.encode(), digest_size=8, person=b"gong_source").hexdigest()
