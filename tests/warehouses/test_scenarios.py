"""One list of scenarios, held to what the API shows on every warehouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gong_source.warehouse.store import Store
from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.scenarios import SCENARIOS, Scenario
from tests.warehouses.tenant import WarehouseTenant
from tests.warehouses.warehouses import Warehouse

pytestmark = WAREHOUSE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(tenant: WarehouseTenant, scenario: Scenario) -> None:
    scenario(tenant)  # the warehouse's fixture checks the statements


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario_on_postgres(
    postgres_warehouse: Warehouse, tenant_maker: Callable[..., WarehouseTenant], scenario: Scenario
) -> None:
    tenant = tenant_maker(postgres_warehouse)
    scenario(tenant)
    assert Store(tenant.pipeline()).rows("SELECT what_nobody_made FROM {calls}") == []
