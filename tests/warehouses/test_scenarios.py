"""One list of scenarios, held to what the API shows on every warehouse."""

from __future__ import annotations

import pytest

from tests.warehouses.marks import WAREHOUSE
from tests.warehouses.scenarios import SCENARIOS, Scenario
from tests.warehouses.tenant import WarehouseTenant

pytestmark = WAREHOUSE


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(tenant: WarehouseTenant, scenario: Scenario) -> None:
    scenario(tenant)  # the warehouse's fixture checks the statements
