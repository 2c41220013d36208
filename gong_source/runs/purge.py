"""One person leaves the warehouse, after Gong's own erasure, and stays away."""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any

from dlt.pipeline.pipeline import Pipeline

from gong_source.api import GongClient
from gong_source.api.decode import decode_object
from gong_source.api.endpoints import FIND_EMAIL, FIND_PHONE, Endpoint
from gong_source.api.walk import JsonDict, page_of, told_no_errors
from gong_source.errors import (
    EXIT_FAILED,
    GongArgumentError,
    GongBadRequestError,
    GongConfigError,
    GongError,
    GongProtocolError,
)
from gong_source.ranges import UTC
from gong_source.report import RunReport
from gong_source.runs.lock import exclusive
from gong_source.runs.log import note_run
from gong_source.runs.prepare import prepare
from gong_source.streams.company import check_key
from gong_source.streams.context import ReadContext
from gong_source.tables.asking import dialled, is_address, is_number
from gong_source.tables.identity import Kind, alone, mentions_id
from gong_source.tables.model import CONTENT_HASH
from gong_source.tables.others import USERS
from gong_source.tables.rejected import REJECTED
from gong_source.tables.values import dumps
from gong_source.warehouse.leftovers import empty_staging, remove_all_files
from gong_source.warehouse.notes import NOTES, check_notes
from gong_source.warehouse.people import PeopleRows
from gong_source.warehouse.place import has_tables, place_of
from gong_source.warehouse.queries import doubt_all
from gong_source.warehouse.removal import Removal
from gong_source.warehouse.rewrite import rewrite_file
from gong_source.warehouse.store import Store
from gong_source.warehouse.suppression import Suppression
from gong_source.warehouse.wanted import People
from gong_source.webhook.inbox import Inbox, inbox_file

logger = logging.getLogger("gong_source")


@dataclass
class PurgeResult:
    """What was removed or blanked, or would be.

    Attributes:
        deleted: Rows deleted, by table.
        blanked: Rows of which columns were set to NULL, or which tag the person without a name now, by table.
        inbox: Events in the webhook's inbox of which only the call's id was left, or nothing.
        left: Files and columns that still hold what was to be removed, and why: the purge is to be repeated.
        dry_run: Whether nothing was changed.
    """

    deleted: dict[str, int] = field(default_factory=dict)
    blanked: dict[str, int] = field(default_factory=dict)
    inbox: int = 0
    left: dict[str, str] = field(default_factory=dict)
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        """0 done, 1 not done everywhere."""
        return EXIT_FAILED if self.left else 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)

    def endings(self) -> Iterator[str]:
        """A sentence for each file or column that still holds what was to be removed."""
        for place, reason in self.left.items():
            yield (
                f"The purge is done but for {place}, which still holds bytes of what was to be removed: "
                f"{reason.rstrip('.')}. Once that is mended, run the same purge again."
            )


@exclusive
def purge_person(
    pipeline: Pipeline,
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    client: GongClient | None = None,
    calls: Collection[str] = (),
    inbox: str | os.PathLike[str] | None = None,
    pii_key: str | None = None,
    media_folder: str | None = None,
    dry_run: bool = False,
) -> PurgeResult:
    """Remove one person from the destination, and remember to keep them away.

    The calls that Gong's references list for the person are deleted from every table, as Gong's erasure deletes them;
    elsewhere the personal columns of the person's rows are blanked, and so is what mentions them in JSON, names and
    undeclared columns of others; log entries are deleted. First of all it is written down, in ``_gong_suppressed``,
    what is to go: a purge that is cut off goes on when it is repeated, and later loads leave the person out. A DuckDB
    file is written anew at the end, whatever was found, as DuckDB keeps the bytes of what any run has removed. Backups,
    files in a staging bucket and what others copied from the tables are out of reach, and so is what others said or
    wrote about the person.

    Args:
        pipeline: Destination and dataset.
        emails: The person's addresses; case and spaces don't count.
        phones: The person's numbers; only digits count.
        client: Asked for the references; without it only the destination's own rows tell what is the person's.
        calls: Ids of further calls to delete, such as references that were saved before Gong's erasure.
        inbox: A webhook's inbox, to forget events in.
        pii_key: Key by which the person may have been hashed when they were loaded.
        media_folder: Where recordings are downloaded to, to delete what no row names, which a run left that was killed.
        dry_run: Count only.

    Returns:
        Rows by table, and files and columns that still hold what was to be removed.

    Raises:
        GongArgumentError: Neither an address nor a number was given, or what is none, or a call that is no id.
        GongConfigError: There is no such dataset, or no such inbox, or the client's key is another company's.
        InboxError: Another process loads the inbox; nothing was done.
        GongError: Gong or the destination can't be asked, or the table of who was purged lacks a column.
    """
    began, people = datetime.now(UTC), _people(emails, phones, pii_key)
    if isinstance(calls, str) or not all(isinstance(each, str) and _is_id(each) for each in calls):
        raise GongArgumentError("calls must be a list of the ids of calls, each a text.")
    with ExitStack() as held:
        box = held.enter_context(closing(_existing(inbox))) if inbox is not None else None
        if box:
            held.enter_context(box.draining())
        if not has_tables(pipeline):
            where = ", ".join(f"{word} {value}" for word, value in place_of(pipeline).items())
            raise GongConfigError(f"There is no such dataset, so nothing was purged: {where}.")
        result = PurgeResult(dry_run=dry_run)
        held.push(partial(_note, pipeline, began, client, result))
        if client:
            check_key(ReadContext(client.settings, client), Store(pipeline))
        referenced = {*calls, *(_referenced_calls(client, people) if client else ())}
        prepare(pipeline)
        store = held.enter_context(Store(pipeline))
        check_notes(store.columns(NOTES))
        suppression = Suppression.load(store)()
        if not dry_run:  # before it is looked for: what other runs have loaded by then they look through themselves
            suppression = suppression.record(store, people.remembered, (), referenced)
        rows = PeopleRows(store, people)
        users = rows.users() | suppression.users
        if not pii_key and rows.are_hashed:
            logger.warning(
                "Rows were loaded with pii = hash; without the pii_key nobody is found in them: purge again with it."
            )
        if not dry_run:
            suppression = suppression.record(store, (), users, ())
        gone = sorted(suppression.calls | referenced)
        removal = Removal(store, rows, gone, dry_run, media_folder, result.deleted, result.blanked)
        removal.remove(people, users)
        result.left |= removal.left
        if not dry_run:
            _have_users_told(store)
            empty_staging(store, [REJECTED.name])
            remove_all_files(pipeline)
        if box:
            result.inbox = box.forget(partial(_mentions, people, users), set(gone), dry_run)
            if not dry_run and (reason := box.wipe()):
                result.left[str(box.path)] = reason
        if not dry_run:  # whatever was found: what another run removed before is in the file still
            store.rest()
            result.left |= rewrite_file(pipeline)
    for ending in result.endings():
        logger.error("%s", ending)
    return result


def _have_users_told(store: Store) -> None:
    """Have the next sync look through all users: where addresses are masked, Gong's list alone tells whose an id is."""
    if CONTENT_HASH in store.columns().get(USERS.name, ()):
        doubt_all(store, USERS)


def _note(
    pipeline: Pipeline,
    began: datetime,
    client: GongClient | None,
    result: PurgeResult,
    _: type[BaseException] | None,
    error: BaseException | None,
    __: TracebackType | None,
) -> None:
    """Write the run down, whether it came to its end or not."""
    if not result.dry_run:
        rows = Counter(result.deleted) + Counter(result.blanked)
        report = RunReport(rows=rows, requests=dict(client.requests) if client else {})
        error = error or (GongError("\n".join(result.endings())) if result.left else None)
        note_run(pipeline, Store(pipeline), "purge", began, report, error=error)


def _people(emails: Sequence[str], phones: Sequence[str], pii_key: str | None) -> People:
    values: list[tuple[Kind, str]] = [("email", value.strip()) for value in emails]
    values += [("phone", value.strip()) for value in phones]
    if not values:
        raise GongArgumentError("A purge needs at least one e-mail address or phone number of the person.")
    if not all(is_address(value) for kind, value in values if kind == "email"):
        raise GongArgumentError("One of the e-mail addresses is none: give it whole, such as name@company.com.")
    if not all(is_number(value) for kind, value in values if kind == "phone"):
        raise GongArgumentError("One of the phone numbers is none: give it whole, with + and the country's code.")
    return People(tuple(values), pii_key or "")


def _existing(inbox: str | os.PathLike[str]) -> Inbox:
    if not inbox_file(inbox).is_file():
        raise GongConfigError(f"There is no inbox {inbox_file(inbox)}.")
    return Inbox(inbox)


def _referenced_calls(client: GongClient, people: People) -> list[str]:
    """Ids of the calls that Gong lists for the person."""
    ids: set[str] = set()
    for kind, value in people.values:
        if kind == "email":
            endpoint, params = FIND_EMAIL, {"emailAddress": alone(value)}
        elif number := dialled(value):
            endpoint, params = FIND_PHONE, {"phoneNumber": number}
        else:
            raise GongArgumentError(
                "Gong can't be asked about one of the phone numbers, as nothing tells that it has the country's code: "
                "write + before it where it does; else purge it by itself with --offline."
            )
        try:
            answer = client.request(endpoint, params=params)
        except GongBadRequestError as error:
            raise GongArgumentError(
                "Gong does not tell which calls are the person's; --offline goes by the tables alone, as it must for "
                f"a user of your own company. {error}"
            ) from error
        ids.update(ids_of_calls(answer, endpoint))
    return sorted(ids)


def ids_of_calls(answer: JsonDict, endpoint: Endpoint = FIND_EMAIL) -> list[str]:
    """The ids in an answer; of one that names them otherwise than documented, or not all, none is left out in silence.

    Args:
        answer: References of a person, also some that were saved.
        endpoint: Which answered.

    Raises:
        GongProtocolError: It does not tell which calls are the person's.
    """
    calls, _ = page_of(endpoint, told_no_errors(endpoint, answer), "")
    ids = [call.get("id") for call in calls.records]
    if not all(_is_id(each) for each in ids):
        raise GongProtocolError(
            "a call came without its id", endpoint=endpoint.name, request_id=answer.get("requestId")
        )
    return [str(each) for each in ids]


def _is_id(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else type(value) is int and value > 0


def _mentions(people: People, users: Collection[str], body: bytes) -> bool:
    """Whether an event names a person by address, number or the id of a user; JSON's escapes don't hide them."""
    content = decode_object(body)
    text = body.decode(errors="replace") if content is None else dumps(content)
    return people.are_in(text) or mentions_id(text, users)
