"""Gong Engage: tasks and flows."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, distinct, flag, ids, json_object, list_of, nonempty, one_of, text
from gong_source.sandbox.generate.engage import COMPANY
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import some, stamp, whole
from gong_source.sandbox.routes.paging import Question, page

CRM_TYPE = "SALESFORCE"
STATUSES = ("OPEN", "DONE", "DISMISSED")
TASK_FILTER = Shape(
    {
        "userId": nonempty,
        "workspaceId": text,
        "types": some(one_of(("FLOW", "MANUAL"))),
        "taskAction": some(one_of(("CALL",))),
        "status": some(one_of(STATUSES)),
    },
    ("userId", "types", "taskAction", "status"),
)
TASK_QUESTION = Shape({"filter": TASK_FILTER}, ("filter",))
TASK_UPDATE = Shape({"userId": text, "status": one_of(STATUSES), "dueDate": stamp, "priority": text}, ("userId",))
OVERRIDES = Shape(
    {
        "steps": list_of(Shape({"number": whole, "subject": text, "body": text}, ("number",))),
        "flowInstanceVariables": list_of(Shape({"name": text, "value": text}, ("name", "value"))),
        "coolOffOverride": flag,
    }
)
ASSIGNMENT = Shape(
    {
        "crmProspectsIds": ids,
        "flowId": text,
        "flowInstanceOwnerEmail": text,
        "overrides": OVERRIDES,
        "flowInstanceDescription": text,
    },
    ("crmProspectsIds", "flowId", "flowInstanceOwnerEmail"),
)
PROSPECT = Shape(
    dict.fromkeys(
        (
            "firstName",
            "lastName",
            "email",
            "jobTitle",
            "linkedInUrl",
            "crmId",
            "accountCrmId",
            "companyName",
        ),
        text,
    )
)
BULK = Shape(
    {"flowInstanceOwnerEmail": text, "flowId": text, "prospects": some(PROSPECT, 50)},
    ("flowInstanceOwnerEmail", "flowId", "prospects"),
)
ASSIGNED = Shape({"crmProspectsIds": distinct(list_of(text)), "flowInstanceIds": distinct(list_of(text))})
STEPS = Shape({"flowIds": some(text, 20)})
BY_INSTANCE = Shape({"flowInstanceIds": distinct(some(text, 200)), "unassignedByUserEmail": text}, ("flowInstanceIds",))
BY_PROSPECT = Shape({"crmProspectId": text, "flowId": text, "unassignedByUserEmail": text}, ("crmProspectId",))

MOST_ASSIGNED = 20
"""How many flows `mostRecentlyAssigned` gives at most (specification)."""

FLOW_KEYS = ("id", "name", "folderId", "folderName", "visibility", "creationDate", "exclusive")
STEPS_KEYS = ("id", "name", "folderId", "visibility", "creationDate", "exclusive", "description", "steps")


def list_tasks(context: Context, request: Request) -> Json:
    """List the tasks of a user."""
    wanted = TASK_QUESTION(json_object(request))["filter"]
    _check_seat(context, "id", wanted["userId"])
    workspace = wanted.get("workspaceId")
    return {
        "tasks": [
            task
            for key, task in _tasks(context).items()
            if str(task["userId"]) == wanted["userId"]
            and task["status"] in wanted["status"]
            and task["type"] in wanted["types"]
            and workspace in (None, context.world.task_workspaces[key])
        ],
        "crmType": CRM_TYPE,
    }


def update_task(context: Context, request: Request) -> Json:
    """Change a task."""
    body = TASK_UPDATE(json_object(request))
    key = context.parameters["taskId"]
    task = _tasks(context).get(key)
    if task is None:
        raise ApiError(404, "TaskId not found")
    changed: Json = {**task, **{name: body[name] for name in ("status", "dueDate") if name in body}}
    context.world.written.tasks[key] = changed
    return {"tasks": [changed], "crmType": CRM_TYPE}


def _tasks(context: Context) -> dict[str, Json]:
    return context.world.tasks | context.world.written.tasks


def list_flows(context: Context, request: Request) -> Json:
    """List the flows of the company, and those of an owner or shared with them; all, or those assigned last."""
    owner = checks.required(request.query, "flowOwnerEmail")
    folder = request.query.get("folderId")
    found = _of_owner(context, request, context.world.flows, owner)
    if checks.query_flag(request.query, "mostRecentlyAssigned"):
        found = _assigned_last(context, found)
    return _page_of_flows(context, request, [flow for flow in found if folder in (None, flow["folderId"])])


def list_folders(context: Context, request: Request) -> Json:
    """List the folders of the company, and those of an owner or shared with them; one and those in it, if named."""
    owner = checks.required(request.query, "flowFolderOwnerEmail")
    parent = request.query.get("parentId")
    found = _of_owner(context, request, context.world.flow_folders, owner)
    return _page_of_flows(
        context, request, [each for each in found if parent is None or parent in (each["id"], each["folderId"])]
    )


def _of_owner(context: Context, request: Request, items: list[Json], owner: str) -> list[Json]:
    _check_seat(context, "emailAddress", owner)
    workspace = request.query.get("workspaceId")
    return [
        item
        for item in items
        if (item["visibility"] == COMPANY or owner in item["owners"]) and workspace in (None, item["workspaceId"])
    ]


def _assigned_last(context: Context, flows: list[Json]) -> list[Json]:
    """Those of some flows that prospects were put into, the last first."""
    order = list(dict.fromkeys(one["flowId"] for one in reversed(context.world.written.assigned.values())))
    assigned = [flow for flow in flows if flow["id"] in order]
    return sorted(assigned, key=lambda flow: order.index(flow["id"]))[:MOST_ASSIGNED]


def _check_seat(context: Context, field: str, user: str) -> None:
    """Refuse who has no seat."""
    if user in {context.world.users[key][field] for key in context.world.seatless}:
        raise ApiError(404, "User not found")


def _page_of_flows(context: Context, request: Request, found: list[Json]) -> Json:
    question = Question.of_query(f"GET {request.path}", request.query)
    return page(context, question, "flows", found, lambda flow: {key: flow[key] for key in FLOW_KEYS}, nothing=None)


def list_steps(context: Context, request: Request) -> Json:
    """List the steps of flows."""
    wanted = [_flow(context, flow) for flow in STEPS(json_object(request)).get("flowIds", [])]
    return {"flows": [{key: flow[key] for key in STEPS_KEYS} for flow in wanted]}


def list_assigned(context: Context, request: Request) -> Json:
    """List the flows that prospects are in."""
    body = ASSIGNED(json_object(request))
    prospects, instances = body.get("crmProspectsIds", ()), body.get("flowInstanceIds", ())
    found = context.world.written.assigned.items()
    return {"prospectsAssigned": [one for key, one in found if key in instances or one["crmProspectId"] in prospects]}


def assign(context: Context, request: Request) -> Json:
    """Put prospects into a flow; each request does it again."""
    body = ASSIGNMENT(json_object(request))
    flow = _flow(context, body["flowId"])
    made = []
    for prospect in body["crmProspectsIds"]:
        instance = context.world.written.new_id()
        one = {
            "flowId": flow["id"],
            "flowName": flow["name"],
            "crmProspectId": prospect,
            "flowInstanceId": instance,
            "flowInstanceOwnerEmail": body["flowInstanceOwnerEmail"],
            "flowInstanceStatus": "Running",
            "exclusive": flow["exclusive"],
        }
        context.world.written.assigned[instance] = one
        made.append(one)
    return {"prospectsAssigned": made, "prospectsNotAssigned": []}


def assign_in_bulk(context: Context, request: Request) -> Json:
    """Take a bulk assignment, which is done at once."""
    body = BULK(json_object(request))
    _flow(context, body["flowId"])
    assignment = context.world.written.new_id()
    count = len(body["prospects"])
    results = [{"prospect": prospect, "status": "ASSIGNED"} for prospect in body["prospects"]]
    done = {"id": assignment, "totalCount": count, "processedCount": count, "successCount": count, "failedCount": 0}
    context.world.written.bulk[assignment] = {**done, "status": "COMPLETED", "results": results}
    return {"id": assignment, "status": "PENDING", "totalCount": count}


def bulk_status(context: Context, _request: Request) -> Json:
    """Tell what came of a bulk assignment."""
    found = context.world.written.bulk.get(context.parameters["id"])
    if found is None:
        raise ApiError(404, "Bulk assignment not found")
    return found


def unassign_instances(context: Context, request: Request) -> Json:
    """Take prospects out of flow instances."""
    wanted = BY_INSTANCE(json_object(request))["flowInstanceIds"]
    gone = [key for key in wanted if context.world.written.assigned.pop(key, None)]
    return {"unassignedFlowInstanceIds": gone}


def unassign_prospect(context: Context, request: Request) -> Json:
    """Take a prospect out of one flow or all."""
    body = BY_PROSPECT(json_object(request))
    assigned = context.world.written.assigned
    gone = [
        key
        for key, one in assigned.items()
        if one["crmProspectId"] == body["crmProspectId"] and body.get("flowId") in (None, one["flowId"])
    ]
    for key in gone:
        del assigned[key]
    return {"unassignedFlowInstanceIds": gone}


def _flow(context: Context, flow_id: str) -> Json:
    for flow in context.world.flows:
        if flow["id"] == flow_id:
            return flow
    if not flow_id:
        raise bad_request("flowId: must not be empty")
    raise ApiError(404, "Flow not found")


READ, WRITE = ("api:flows:read",), ("api:flows:write",)
ROUTES = (
    Route("POST", "/v2/tasks", list_tasks, ("api:tasks:read",), "tasks"),
    Route("PATCH", "/v2/tasks/{taskId}", update_task, ("api:tasks:write",)),
    Route("GET", "/v2/flows", list_flows, READ, "flows"),
    Route("GET", "/v2/flows/folders", list_folders, READ, "flows"),
    Route("POST", "/v2/flows/steps", list_steps, READ, "flows"),
    Route("POST", "/v2/flows/prospects", list_assigned, READ, "prospectsAssigned"),
    Route("POST", "/v2/flows/prospects/assign", assign, WRITE),
    Route("POST", "/v2/flows/prospects/assign/cool-off-override", assign, WRITE),
    Route("POST", "/v2/flows/prospects/bulk-assignments", assign_in_bulk, WRITE, status=202),
    Route("GET", "/v2/flows/prospects/bulk-assignments/{id}", bulk_status, READ),
    Route("POST", "/v2/flows/prospects/unassign-flows-by-instance-id", unassign_instances, WRITE),
    Route("POST", "/v2/flows/prospects/unassign-flows-by-crm-id", unassign_prospect, WRITE),
)
