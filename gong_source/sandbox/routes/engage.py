"""Gong Engage: tasks and flows."""

from __future__ import annotations

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, flag, ids, json_object, list_of, one_of, text
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import some, stamp, whole
from gong_source.sandbox.routes.paging import Question, page

STATUSES = ("OPEN", "DONE", "DISMISSED")
TASK_FILTER = Shape(
    {
        "userId": text,
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
ASSIGNED = Shape({"crmProspectsIds": list_of(text), "flowInstanceIds": list_of(text)})
STEPS = Shape({"flowIds": some(text, 20)})
BY_INSTANCE = Shape({"flowInstanceIds": some(text, 200), "unassignedByUserEmail": text}, ("flowInstanceIds",))
BY_PROSPECT = Shape({"crmProspectId": text, "flowId": text, "unassignedByUserEmail": text}, ("crmProspectId",))

FLOWS = (
    {
        "id": "7000000000000000001",
        "name": "Welcome",
        "folderId": "7100000000000000001",
        "folderName": "Company",
        "visibility": "Company",
        "creationDate": "2025-03-01T09:00:00Z",
        "exclusive": False,
    },
    {
        "id": "7000000000000000002",
        "name": "Second look",
        "folderId": "7100000000000000001",
        "folderName": "Company",
        "visibility": "Personal",
        "creationDate": "2025-04-01T09:00:00Z",
        "exclusive": True,
    },
)


def list_tasks(context: Context, request: Request) -> Json:
    """List the tasks of a user; there is one of each until it is changed."""
    wanted = TASK_QUESTION(json_object(request))["filter"]
    tasks = [task for task in _tasks(context).values() if task["status"] in wanted["status"]]
    return {"tasks": tasks, "crmType": "SALESFORCE"}


def update_task(context: Context, request: Request) -> Json:
    """Change a task."""
    body = TASK_UPDATE(json_object(request))
    task = _tasks(context).get(context.parameters["taskId"])
    if task is None:
        raise ApiError(404, "TaskId not found")
    task.update({key: body[key] for key in ("status", "dueDate") if key in body})
    return {"tasks": [task], "crmType": "SALESFORCE"}


def _tasks(context: Context) -> dict[str, Json]:
    tasks = context.world.desk.tasks
    if not tasks:
        for number in (5001, 5002):
            tasks[str(number)] = {
                "id": number,
                "status": "OPEN",
                "type": "MANUAL",
                "actions": ["CALL"],
                "title": "Call",
            }
    return tasks


def list_flows(context: Context, request: Request) -> Json:
    """List the flows of an owner and of the company."""
    checks.required(request.query, "flowOwnerEmail")
    return page(
        context, Question.of_query("GET /v2/flows", request.query), "flows", list(FLOWS), dict, nothing="No flows found"
    )


def list_steps(context: Context, request: Request) -> Json:
    """List the steps of flows."""
    wanted = STEPS(json_object(request)).get("flowIds", [])
    step = {"id": "1", "stepOrder": 1, "action": "CALL", "subject": "", "body": "", "isReply": False}
    shown = ("id", "name", "folderId", "visibility", "creationDate", "exclusive")
    return {
        "flows": [{**{key: _flow(flow)[key] for key in shown}, "description": "", "steps": [step]} for flow in wanted]
    }


def list_assigned(context: Context, request: Request) -> Json:
    """List the flows that prospects are in."""
    body = ASSIGNED(json_object(request))
    prospects, instances = body.get("crmProspectsIds", ()), body.get("flowInstanceIds", ())
    found = context.world.desk.assigned.items()
    return {"prospectsAssigned": [one for key, one in found if key in instances or one["crmProspectId"] in prospects]}


def assign(context: Context, request: Request) -> Json:
    """Put prospects into a flow; each request does it again."""
    body = ASSIGNMENT(json_object(request))
    flow = _flow(body["flowId"])
    made = []
    for prospect in body["crmProspectsIds"]:
        instance = context.world.desk.new_id()
        one = {
            "flowId": flow["id"],
            "flowName": flow["name"],
            "crmProspectId": prospect,
            "flowInstanceId": instance,
            "flowInstanceOwnerEmail": body["flowInstanceOwnerEmail"],
            "flowInstanceStatus": "Running",
            "exclusive": flow["exclusive"],
        }
        context.world.desk.assigned[instance] = one
        made.append(one)
    return {"prospectsAssigned": made, "prospectsNotAssigned": []}


def assign_in_bulk(context: Context, request: Request) -> Json:
    """Take a bulk assignment, which is done at once."""
    body = BULK(json_object(request))
    _flow(body["flowId"])
    assignment = context.world.desk.new_id()
    count = len(body["prospects"])
    results = [{"prospect": prospect, "status": "ASSIGNED"} for prospect in body["prospects"]]
    done = {"id": assignment, "totalCount": count, "processedCount": count, "successCount": count, "failedCount": 0}
    context.world.desk.bulk[assignment] = {**done, "status": "COMPLETED", "results": results}
    return {"id": assignment, "status": "PENDING", "totalCount": count}


def bulk_status(context: Context, _request: Request) -> Json:
    """Tell what came of a bulk assignment."""
    found = context.world.desk.bulk.get(context.parameters["id"])
    if found is None:
        raise ApiError(404, "Bulk assignment not found")
    return found


def unassign_instances(context: Context, request: Request) -> Json:
    """Take prospects out of flow instances."""
    wanted = BY_INSTANCE(json_object(request))["flowInstanceIds"]
    gone = [key for key in wanted if context.world.desk.assigned.pop(key, None)]
    return {"unassignedFlowInstanceIds": gone}


def unassign_prospect(context: Context, request: Request) -> Json:
    """Take a prospect out of one flow or all."""
    body = BY_PROSPECT(json_object(request))
    assigned = context.world.desk.assigned
    gone = [
        key
        for key, one in assigned.items()
        if one["crmProspectId"] == body["crmProspectId"] and body.get("flowId") in (None, one["flowId"])
    ]
    for key in gone:
        del assigned[key]
    return {"unassignedFlowInstanceIds": gone}


def _flow(flow_id: str) -> Json:
    for flow in FLOWS:
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
    Route("POST", "/v2/flows/steps", list_steps, READ, "flows"),
    Route("POST", "/v2/flows/prospects", list_assigned, READ, "prospectsAssigned"),
    Route("POST", "/v2/flows/prospects/assign", assign, WRITE),
    Route("POST", "/v2/flows/prospects/bulk-assignments", assign_in_bulk, WRITE, status=202),
    Route("GET", "/v2/flows/prospects/bulk-assignments/{id}", bulk_status, READ),
    Route("POST", "/v2/flows/prospects/unassign-flows-by-instance-id", unassign_instances, WRITE),
    Route("POST", "/v2/flows/prospects/unassign-flows-by-crm-id", unassign_prospect, WRITE),
)
