"""One company, synced once for all tests here, with its views; and what Gong's API shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gong_source.sandbox import Sandbox
from gong_source.views import create_views, view_names
from tests.pipeline.harness import NOW, Tenant
from tests.views.company import Odd, Truth, make_odd, read_company


def pytest_itemcollected(item: pytest.Item) -> None:
    """One worker for all tests here, so that the company is synced once."""
    item.add_marker(pytest.mark.xdist_group("views"))


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Odd]]:
    """The company, and which of its calls are odd."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("views")
        patch.setenv("DLT_DATA_DIR", str(folder / "dlt"))
        patch.chdir(folder)
        with Sandbox(days=60, calls=230, users=12, sentences=6, end=NOW) as sandbox:
            sandbox.control.set_now(NOW)
            tenant = Tenant(sandbox, folder, days=61)
            tenant.chunk_days = 90
            odd = make_odd(tenant)
            tenant.synced()
            tenant.sql(f"UPDATE calls SET deleted_at = '2026-06-14' WHERE id = '{odd.deleted}'")
            tenant.sql(f"DELETE FROM calls WHERE id = '{odd.orphan}'")
            assert create_views(tenant.pipeline()) == view_names()
            yield tenant, odd


@pytest.fixture(scope="session")
def company(synced: tuple[Tenant, Odd]) -> Tenant:
    """A company with everything that makes joins go wrong, synced, with views."""
    return synced[0]


@pytest.fixture(scope="session")
def odd(synced: tuple[Tenant, Odd]) -> Odd:
    """Its odd calls."""
    return synced[1]


@pytest.fixture(scope="session")
def truth(synced: tuple[Tenant, Odd]) -> Truth:
    """What Gong's API shows of it."""
    return read_company(*synced)


@pytest.fixture
def rows(company: Tenant) -> Any:
    """Asks for rows by column name."""

    def ask(query: str, zone: str = "UTC") -> list[dict[str, Any]]:
        with company.connection() as connection:
            connection.execute(f"SET TimeZone = '{zone}'")
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    return ask
