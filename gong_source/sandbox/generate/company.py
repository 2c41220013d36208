"""The company as a whole: what all its calls have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gong_source.sandbox.generate.accounts import Account, make_accounts
from gong_source.sandbox.generate.dice import big_id, dice
from gong_source.sandbox.generate.people import DEVELOPMENT, SALES, SUCCESS, make_avatars, make_users
from gong_source.sandbox.lines.words import WORKSPACES
from gong_source.sandbox.messages import Json

CALLS_PER_ACCOUNT = 7


@dataclass(frozen=True)
class Company:
    """Everything that calls, logs and the library refer to.

    Attributes:
        seed: The seed.
        start: When its history starts.
        end: When it ends.
        sentences: Usual number of sentences of a call.
        users: Users by id.
        departments: The department of each user.
        avatars: Avatars by id.
        workspaces: Workspaces by id.
        accounts: Its customers.
        company_id: Gong's id for it.
    """

    seed: int
    start: datetime
    end: datetime
    sentences: int
    users: dict[str, Json]
    departments: dict[str, str]
    avatars: dict[str, Json]
    workspaces: dict[str, Json]
    accounts: list[Account]
    company_id: str

    def members(self, department: str) -> list[str]:
        """Return the ids of a department's users, or of all when it has none."""
        found = [user for user, own in self.departments.items() if own == department]
        return found or list(self.users)

    def workspace(self, number: int) -> str:
        """Return the id of a workspace, counted round."""
        keys = list(self.workspaces)
        return keys[number % len(keys)]


def make_company(
    *, seed: int, users: int, workspaces: int, calls: int, start: datetime, end: datetime, sentences: int
) -> Company:
    """Make the company.

    Args:
        seed: The seed.
        users: How many users.
        workspaces: How many workspaces.
        calls: How many calls it will have, which decides on the number of customers.
        start: When its history starts.
        end: When it ends.
        sentences: Usual number of sentences of a call.
    """
    people, departments = make_users(seed, users, start)
    random = dice(seed, "company")

    def members(wanted: Callable[[Json], bool], department: str) -> list[str]:
        found = [key for key, user in people.items() if departments[key] == department and wanted(user)]
        return found or list(people)

    return Company(
        seed=seed,
        start=start,
        end=end,
        sentences=sentences,
        users=people,
        departments=departments,
        avatars=make_avatars(seed, start - timedelta(days=30)),
        workspaces=_make_workspaces(seed, workspaces),
        accounts=make_accounts(
            seed,
            max(4, calls // CALLS_PER_ACCOUNT),
            members(lambda user: "Executive" in user["title"], SALES),
            members(lambda user: "Executive" not in user["title"], SALES),
            end,
        ),
        company_id=big_id(random),
    )


def _make_workspaces(seed: int, count: int) -> dict[str, Json]:
    random = dice(seed, "workspaces")
    made: dict[str, Json] = {}
    for number in range(count):
        name, description = WORKSPACES[number % len(WORKSPACES)]
        lap = number // len(WORKSPACES)
        key = big_id(random)
        made[key] = {"id": key, "name": f"{name} {lap + 1}" if lap else name, "description": description}
    return made


__all__ = ["DEVELOPMENT", "SALES", "SUCCESS", "Company", "make_company"]
