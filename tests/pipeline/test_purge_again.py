"""Who is purged before their id is known, and who is let in again."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gong_source.errors import GongDestinationError
from gong_source.runs import purge_person, run_reset
from tests.pipeline.harness import NOW, Tenant

ADDRESS = "zoe.quill@corp.example"
ZOE = "999888777"
OWN = "SELECT comment FROM calls__comments WHERE comment LIKE 'words of Zoe%' ORDER BY 1"


@pytest.fixture
def tenant(make_tenant: Callable[..., Tenant]) -> Tenant:
    """A small company."""
    return make_tenant(calls=20, users=4, sentences=2, days=20)


def comment(tenant: Tenant, call_id: str, number: int) -> None:
    """Have Zoe comment on a call."""
    said = {"id": str(number), "commenterUserId": ZOE, "comment": f"words of Zoe {number}", "posted": NOW.isoformat()}
    tenant.sandbox.control.edit_call(call_id, "collaboration", {"publicComments": [said]})


def join(tenant: Tenant) -> None:
    """Have Zoe be listed among the users."""
    users = tenant.sandbox.world.users
    other: dict[str, Any] = copy.deepcopy(next(iter(users.values())))
    users[ZOE] = {**other, "id": ZOE, "emailAddress": ADDRESS, "firstName": "Zoe", "lastName": "Quill"}
    users[ZOE]["emailAliases"] = []


@pytest.mark.parametrize("kept", [{}, {"pii": "drop"}], ids=["keep", "drop"])
def test_a_user_whose_id_is_learnt_after_the_purge_leaves_what_was_there_and_stays_away(
    tenant: Tenant, kept: dict[str, str]
) -> None:
    old, new, newest = sorted(tenant.sandbox.world.calls, key=lambda key: tenant.sandbox.world.calls[key].started)[-3:]
    comment(tenant, old, 1)
    tenant.synced(resources=["calls"], **kept)
    assert tenant.sql(OWN) == [("words of Zoe 1",)]
    purge_person(tenant.pipeline(), emails=[ADDRESS])
    join(tenant)
    comment(tenant, new, 2)
    tenant.at(NOW + timedelta(hours=1))
    tenant.synced(resources=["users", "calls"], **kept)  # the call may come before the user
    assert not tenant.sql(OWN)
    assert tenant.sql("SELECT kind FROM _gong_suppressed ORDER BY 1") == [("email",), ("user",)]
    comment(tenant, newest, 3)
    tenant.at(NOW + timedelta(hours=2))
    tenant.synced(resources=["calls"], **kept)
    assert not tenant.sql(OWN)


def test_a_user_whose_address_no_row_tells_leaves_with_the_next_sync(tenant: Tenant) -> None:
    """Of users of the company Gong lists no references, so that nothing but its list of users tells the id."""
    user, known = next(iter(tenant.sandbox.world.users.items()))
    tenant.synced(pii="drop")
    theirs = (
        f"SELECT 1 FROM logs WHERE user_id = '{user}' UNION ALL SELECT 1 FROM users WHERE id = '{user}' AND title > ''"
    )
    assert tenant.sql(theirs)
    purge_person(tenant.pipeline(), emails=[known["emailAddress"]])
    for hour in (1, 2):
        tenant.at(NOW + timedelta(hours=hour))
        report = tenant.synced(pii="drop")
        assert not tenant.sql(theirs)
    assert not report.rows["users"], "they are looked through once"


def test_who_is_let_in_again_comes_back_with_all_that_gong_has(tenant: Tenant) -> None:
    tenant.synced()
    address = tenant.sql("SELECT MIN(email_address) FROM users")[0][0]
    purge_person(tenant.pipeline(), emails=[address])
    tenant.synced()
    assert not tenant.sql(f"SELECT 1 FROM users WHERE email_address = '{address}'")
    with tenant.connection() as warehouse:
        warehouse.execute("DELETE FROM _gong_suppressed")
    run_reset(tenant.pipeline(), ["all"])
    tenant.synced()
    tenant.check(skip=("users_history",))


@pytest.mark.parametrize("name", ["salt", "since"])
def test_a_table_of_who_was_purged_that_lacks_a_column_stops_what_would_go_by_it(tenant: Tenant, name: str) -> None:
    tenant.synced(resources=["users"])
    first, second = (mail for (mail,) in tenant.sql("SELECT email_address FROM users ORDER BY 1 LIMIT 2"))
    purge_person(tenant.pipeline(), emails=[first])
    with tenant.connection() as warehouse:
        warehouse.execute(f"ALTER TABLE _gong_suppressed DROP COLUMN {name}")
    told = f"_gong_suppressed, .* lacks the column {name}.* Put the table back"
    with pytest.raises(GongDestinationError, match=told):
        purge_person(tenant.pipeline(), emails=[second])
    with pytest.raises(GongDestinationError, match=told):
        tenant.sync(resources=["users"])
    assert tenant.sql(f"SELECT email_address FROM users WHERE email_address = '{first}'") == []
