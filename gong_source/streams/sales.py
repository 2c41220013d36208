"""The streams of Gong Engage, and of CRMs that were registered by Gong's API."""

from __future__ import annotations

from gong_source.api import endpoints as at
from gong_source.streams.asks import (
    each_field,
    each_step,
    for_each_owner,
    for_each_user,
    schemas_of_crms,
    steps_of_flows,
)
from gong_source.streams.stream import Snapshot, Stream
from gong_source.tables import definitions, engage

ENGAGE = "Gong Engage"

FLOWS = Stream(
    "flows",
    at.FLOWS,
    (engage.FLOWS,),
    Snapshot(asks=for_each_owner("flowOwnerEmail"), some_refused=True),
    default=False,
    daily=True,
    needs=(at.USERS,),
    licence=ENGAGE,
    cost="1 for each active user a day",
)
FLOW_FOLDERS = Stream(
    "flow_folders",
    at.FLOW_FOLDERS,
    (engage.FLOW_FOLDERS,),
    Snapshot(asks=for_each_owner("flowFolderOwnerEmail"), some_refused=True),
    default=False,
    daily=True,
    needs=(at.USERS,),
    licence=ENGAGE,
    cost="1 for each active user a day",
)
FLOW_STEPS = Stream(
    "flow_steps",
    at.FLOW_STEPS,
    (engage.FLOW_STEPS,),
    Snapshot(key="key", asks=steps_of_flows, some_refused=True, records=each_step),
    default=False,
    daily=True,
    needs=(at.USERS, at.FLOWS),
    licence=ENGAGE,
    cost="those of flows, and 1 for each 20 flows a day",
)
TASKS = Stream(
    "tasks",
    at.TASKS,
    (engage.TASKS,),
    Snapshot(
        asks=for_each_user(types=["FLOW", "MANUAL"], taskAction=["CALL"], status=["OPEN", "DONE", "DISMISSED"]),
        some_refused=True,
        owner="user_id",
        of_answer=("crmType",),
    ),
    default=False,
    daily=True,
    needs=(at.USERS,),
    licence=ENGAGE,
    cost="1 for each active user a day",
)
CRM_INTEGRATIONS = Stream(
    "crm_integrations",
    at.CRM_INTEGRATIONS,
    (definitions.CRM_INTEGRATIONS,),
    Snapshot(key="integrationId"),
    default=False,
    daily=True,
    cost="1 a day",
)
CRM_SCHEMA_FIELDS = Stream(
    "crm_schema_fields",
    at.CRM_SCHEMA,
    (definitions.CRM_SCHEMA_FIELDS,),
    Snapshot(asks=schemas_of_crms, object_key="objectTypeToSelectedFields", records=each_field),
    default=False,
    daily=True,
    needs=(at.CRM_INTEGRATIONS,),
    cost="4 for each registered CRM a day",
)

STREAMS = (CRM_INTEGRATIONS, CRM_SCHEMA_FIELDS, FLOWS, FLOW_FOLDERS, FLOW_STEPS, TASKS)
