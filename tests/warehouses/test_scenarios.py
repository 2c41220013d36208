"""One list of scenarios, held to what the API shows on every warehouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gong_source.warehouse.store import Store
from tests.warehouses import upkeep
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.scenarios import SCENARIOS, Scenario
from tests.warehouses.tenant import WarehouseTenant

pytestmark = WAREHOUSE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(tenant: WarehouseTenant, scenario: Scenario) -> None:
    scenario(tenant)  # the warehouse's fixture checks the statements


@pytest.mark.parametrize("scenario", [upkeep.purge_of_a_person], ids=lambda scenario: scenario.__name__)
@pytest.mark.parametrize("name", ["postgres"])
def test_another_destination(
    request: pytest.FixtureRequest, tenant_maker: Callable[..., WarehouseTenant], name: str, scenario: Scenario
) -> None:
    """The story in which the most is asked and told: a sync, and statements of every kind."""
    tenant = tenant_maker(request.getfixturevalue(f"{name}_warehouse"))
    scenario(tenant)
    assert Store(tenant.pipeline()).rows("SELECT what_nobody_made FROM {calls}") == []
