"""One person leaves the warehouse, after Gong's own erasure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dlt.pipeline.pipeline import Pipeline

from gong_source.api import GongClient
from gong_source.api.endpoints import FIND_EMAIL, FIND_PHONE
from gong_source.errors import GongArgumentError, GongConfigError
from gong_source.runs.engine import prepare
from gong_source.runs.lock import exclusive
from gong_source.warehouse.place import has_tables, place_of
from gong_source.warehouse.store import Store
from gong_source.warehouse.stored import delete_calls

PARTY_FIELDS = ("email_address", "name", "title", "phone_number", "context")
USER_FIELDS = (
    "email_address",
    "email_aliases",
    "trusted_email_address",
    "first_name",
    "last_name",
    "title",
    "phone_number",
    "extension",
    "personal_meeting_urls",
    "meeting_consent_page_url",
)


@dataclass
class PurgeResult:
    """What was removed or blanked, or would be.

    Attributes:
        deleted: Rows deleted, by table.
        blanked: Rows whose personal fields were set to NULL, by table.
        dry_run: Whether nothing was changed.
    """

    deleted: dict[str, int] = field(default_factory=dict)
    blanked: dict[str, int] = field(default_factory=dict)
    dry_run: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {"deleted": self.deleted, "blanked": self.blanked, "dry_run": self.dry_run}


@exclusive
def purge_person(
    pipeline: Pipeline,
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    client: GongClient | None = None,
    dry_run: bool = False,
) -> PurgeResult:
    """Remove one person from the destination.

    The calls that Gong's references list for the person are deleted from every table, as Gong's erasure deletes them;
    elsewhere the person's rows in ``calls__parties`` and ``users`` are blanked, comments are blanked, and log entries
    are deleted. Backups, files in a staging bucket and what others copied from the tables are out of reach.

    Args:
        pipeline: Destination and dataset.
        emails: The person's addresses; compared without regard to case.
        phones: The person's numbers, as Gong has them.
        client: Asked for the references; without it only the destination's own rows tell which calls are the person's.
        dry_run: Count only.

    Returns:
        Rows by table.

    Raises:
        GongArgumentError: Neither an address nor a number was given.
        GongConfigError: Nothing was ever loaded into the dataset.
        GongError: Gong or the destination can't be asked.
    """
    addresses, numbers = _cleaned(emails, str.lower), _cleaned(phones, str)
    if not addresses and not numbers:
        raise GongArgumentError("purge_person needs at least one e-mail address or phone number.")
    if not has_tables(pipeline):
        where = ", ".join(f"{word} {value}" for word, value in place_of(pipeline).items())
        raise GongConfigError(f"There is no such dataset, so nothing was purged: {where}.")
    referenced = _referenced_calls(client, addresses, numbers) if client else []
    prepare(pipeline)
    result = PurgeResult(dry_run=dry_run)
    with Store(pipeline) as store:
        result.deleted = delete_calls(store, referenced, dry_run=dry_run)
        person, there = _Person(store, addresses, numbers), store.tables()
        for table, condition, fields in person.blanks():
            if table not in there:
                continue
            if dry_run and table.startswith("calls__"):  # the rows of calls that go as a whole are counted there
                condition += "".join(f" AND NOT {those}" for those in store.among("call_id", referenced))
            _blank(store, result, table, condition, fields)
        for table, condition in person.deletions():
            if table in there:
                _delete(store, result, table, condition)
    return result


class _Person:
    """Conditions for the rows of one person; made before anything is blanked, as they look for what is blanked."""

    def __init__(self, store: Store, addresses: list[str], numbers: list[str]) -> None:
        self._store = store
        self._addresses = addresses
        self._numbers = numbers
        owned = self._any(("LOWER(email_address)", addresses))
        self._user_ids = [row[0] for row in store.rows(f"SELECT id FROM {{users}} WHERE {owned}")] if owned else []

    def blanks(self) -> Iterable[tuple[str, str, Sequence[str]]]:
        """Table, condition and fields of the rows to blank; comments before the users they are found by."""
        if comments := self._any(("commenter_user_id", self._user_ids)):
            yield "calls__comments", comments, ("comment",)
        if parties := self._any(("LOWER(email_address)", self._addresses), ("phone_number", self._numbers)):
            yield "calls__parties", parties, PARTY_FIELDS
        if users := self._any(("LOWER(email_address)", self._addresses), ("phone_number", self._numbers)):
            yield "users", users, USER_FIELDS

    def deletions(self) -> Iterable[tuple[str, str]]:
        """Table and condition of the rows to delete."""
        logs = self._any(
            ("LOWER(user_email_address)", self._addresses),
            ("LOWER(impersonator_email_address)", self._addresses),
            ("user_id", self._user_ids),
        )
        if logs:
            yield "logs", logs

    def _any(self, *columns: tuple[str, list[str]]) -> str:
        conditions = [part for column, values in columns for part in self._store.among(column, values)]
        return f"({' OR '.join(conditions)})" if conditions else ""


def _blank(store: Store, result: PurgeResult, table: str, condition: str, fields: Sequence[str]) -> None:
    still_there = f"({' OR '.join(f'{name} IS NOT NULL' for name in fields)})"
    if rows := store.count(table, f"{condition} AND {still_there}"):
        result.blanked[table] = rows
        if not result.dry_run:
            nothing = ", ".join(f"{name} = NULL" for name in fields)
            store.execute(f"UPDATE {{{table}}} SET {nothing} WHERE {condition}")


def _delete(store: Store, result: PurgeResult, table: str, condition: str) -> None:
    if rows := store.count(table, condition):
        result.deleted[table] = rows
        if not result.dry_run:
            store.execute(f"DELETE FROM {{{table}}} WHERE {condition}")


def _referenced_calls(client: GongClient, addresses: list[str], numbers: list[str]) -> list[str]:
    """Ids of the calls that Gong lists for the person."""
    answers = [client.request(FIND_EMAIL, params={"emailAddress": address}) for address in addresses]
    answers += [client.request(FIND_PHONE, params={"phoneNumber": number}) for number in numbers]
    return sorted({str(call["id"]) for answer in answers for call in answer.get("calls") or () if call.get("id")})


def _cleaned(values: Sequence[str], normal: Callable[[str], str]) -> list[str]:
    return [normal(value.strip()) for value in values if value.strip()]
