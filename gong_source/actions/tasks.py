"""Tasks of Gong Engage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from gong_source.actions.model import GongId, Least, Time, action, body_of, checked
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.errors import GongArgumentError

Status = Literal["OPEN", "DONE", "DISMISSED"]


@action(at.TASKS)
def list_tasks(
    client: GongClient,
    *,
    user_id: GongId,
    types: Annotated[Sequence[Literal["FLOW", "MANUAL"]], Least(1)] = ("FLOW", "MANUAL"),
    task_action: Annotated[Sequence[Literal["CALL"]], Least(1)] = ("CALL",),
    status: Annotated[Sequence[Status], Least(1)] = ("OPEN",),
    workspace_id: GongId | None = None,
) -> JsonDict:
    """The tasks of a user.

    POST /v2/tasks, scope api:tasks:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        user_id: Gong's id of the user who has them.
        types: Tasks of flows, single ones, or both.
        task_action: What is to be done.
        status: Which of them.
        workspace_id: Only this workspace.

    Returns:
        ``tasks`` and ``crmType``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongForbiddenError: The scope or the Engage licence is missing.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.TASKS, body={"filter": body_of(list_tasks, locals())})


@action(at.UPDATE_TASK)
def update_task(
    client: GongClient,
    task_id: GongId,
    *,
    user_id: GongId,
    status: Status | None = None,
    due_date: Time | None = None,
    priority: str | None = None,
) -> JsonDict:
    """Set status, due date or priority of a task.

    PATCH /v2/tasks/{taskId}, scope api:tasks:write. Sent once; a repeat of yours leads to the same task.

    Args:
        client: A client.
        task_id: Gong's id of the task.
        user_id: Gong's id of the user who has it.
        status: The new status.
        due_date: The new due date.
        priority: The new priority.

    Returns:
        ``tasks`` and ``crmType``.

    Raises:
        GongArgumentError: An argument is not allowed, or nothing is to be set; nothing was sent.
        WriteOutcomeUnknown: It may have been changed. Calling it again with the same arguments is harmless.
        GongNotFoundError: There is no such task.
        GongRequestError: Gong refused for another reason.
        GongQuotaExceeded: The quota is used up.
    """
    body = body_of(update_task, locals(), "task_id")
    if len(body) == 1:
        raise GongArgumentError("update_task needs a status, a due_date or a priority to set.")
    return client.write(
        at.UPDATE_TASK,
        path=[checked(update_task, "task_id", task_id)],
        body=body,
        window=f"task {task_id}",
        check="Look with list_tasks; setting the same again changes nothing.",
    )
