"""Flows of Gong Engage: which there are, and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from gong_source.actions.model import Distinct, GongId, Id, Least, Most, action, body_of, checked
from gong_source.actions.records import AssignOverrides, Prospect
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.errors import GongArgumentError

CHECK = "Look with find_assigned_flows which prospects are in the flow before you send it again."


@action(at.FLOWS)
def list_flows(
    client: GongClient,
    *,
    flow_owner_email: Id,
    workspace_id: GongId | None = None,
    folder_id: GongId | None = None,
    most_recently_assigned: bool = False,
) -> list[JsonDict]:
    """The company's flows and those of one owner, each once.

    GET /v2/flows, scope api:flows:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        flow_owner_email: Address of the Gong user who owns flows.
        workspace_id: Only this workspace.
        folder_id: Only this folder.
        most_recently_assigned: Only the flows, 20 at most, that prospects were assigned to last.

    Returns:
        Flows of ``id``, ``name``, ``visibility`` and so on.

    Raises:
        GongForbiddenError: The scope or the Engage licence is missing.
        GongRequestError: Gong did not answer, or refused.
    """
    params = body_of(list_flows, locals(), "most_recently_assigned")
    if checked(list_flows, "most_recently_assigned", most_recently_assigned):
        params["mostRecentlyAssigned"] = "true"  # Gong's text: the flag acts "if supplied"
    found = {flow.get("id"): flow for flow in client.records(at.FLOWS, params=params)}
    return list(found.values())


@action(at.FLOW_STEPS)
def list_flow_steps(client: GongClient, *, flow_ids: Annotated[Sequence[GongId], Least(1), Most(20)]) -> JsonDict:
    """The steps of flows.

    POST /v2/flows/steps, scope api:flows:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        flow_ids: Gong's ids of the flows, 20 at most.

    Returns:
        ``flows``, each with ``steps``; ``stepOrder`` counts from 1.

    Raises:
        GongArgumentError: There are too many ids or none; nothing was sent.
        GongNotFoundError: One of them does not exist.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.FLOW_STEPS, body=body_of(list_flow_steps, locals()))


@action(at.FLOW_PROSPECTS)
def find_assigned_flows(
    client: GongClient,
    *,
    crm_prospects_ids: Annotated[Sequence[Id], Distinct()] | None = None,
    flow_instance_ids: Annotated[Sequence[GongId], Distinct()] | None = None,
) -> JsonDict:
    """The flows that prospects are in: open ones by prospect, all by flow instance.

    POST /v2/flows/prospects, scope api:flows:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        crm_prospects_ids: The CRM's ids of contacts or leads.
        flow_instance_ids: Gong's ids of flow instances, in place of prospects.

    Returns:
        ``prospectsAssigned``.

    Raises:
        GongArgumentError: Neither or both are given; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    if bool(crm_prospects_ids) == bool(flow_instance_ids):
        raise GongArgumentError("Give crm_prospects_ids or flow_instance_ids, one of them.")
    return client.request(at.FLOW_PROSPECTS, body=body_of(find_assigned_flows, locals()))


@action(at.ASSIGN_FLOW)
def assign_flow(
    client: GongClient,
    *,
    crm_prospects_ids: Annotated[Sequence[Id], Least(1), Most(100), Distinct()],
    flow_id: GongId,
    flow_instance_owner_email: Id,
    overrides: AssignOverrides | None = None,
    flow_instance_description: str | None = None,
) -> JsonDict:
    """Put prospects into a flow.

    POST /v2/flows/prospects/assign, scope api:flows:write. A repeat is not safe: prospects may get the same mails
    again.

    Args:
        client: A client.
        crm_prospects_ids: The CRM's ids of contacts or leads, 100 at most.
        flow_id: Gong's id of the flow.
        flow_instance_owner_email: Address of the Gong user who gets the to-dos.
        overrides: Other words for steps, values for variables, or leave to ignore the cool-off.
        flow_instance_description: A description of this instance.

    Returns:
        ``prospectsAssigned`` and ``prospectsNotAssigned``; see the second one, it is no error.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: Prospects may have been put into it. Look with find_assigned_flows.
        GongNotFoundError: There is no such flow.
        GongRequestError: Gong refused for another reason.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(at.ASSIGN_FLOW, body=body_of(assign_flow, locals()), window=f"flow {flow_id}", check=CHECK)


@action(at.BULK_ASSIGN)
def assign_flow_in_bulk(
    client: GongClient,
    *,
    flow_id: GongId,
    flow_instance_owner_email: Id,
    prospects: Annotated[Sequence[Prospect], Least(1), Most(50)],
) -> JsonDict:
    """Put prospects into a flow, also ones that the CRM does not have yet. Gong works on it afterwards.

    POST /v2/flows/prospects/bulk-assignments, scope api:flows:write. A repeat is not safe: prospects may be made
    twice in the CRM.

    Args:
        client: A client.
        flow_id: Gong's id of the flow.
        flow_instance_owner_email: Address of the Gong user who gets the to-dos.
        prospects: Contacts or leads, 50 at most; each with crm_id, or first_name and last_name.

    Returns:
        ``id``, to ask for with bulk_assignment_status, and ``status``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: Gong may be working on it. Look with find_assigned_flows.
        GongNotFoundError: There is no such flow.
        GongRequestError: Gong refused for another reason.
        GongQuotaExceeded: The quota is used up.
    """
    body = body_of(assign_flow_in_bulk, locals())
    if any(not (one.get("crmId") or (one.get("firstName") and one.get("lastName"))) for one in body["prospects"]):
        raise GongArgumentError("Each of prospects needs crm_id, or first_name and last_name.")
    return client.write(at.BULK_ASSIGN, body=body, window=f"flow {flow_id}", check=CHECK)


@action(at.BULK_ASSIGNMENT)
def bulk_assignment_status(client: GongClient, assignment_id: GongId) -> JsonDict:
    """How far Gong is with assign_flow_in_bulk.

    GET /v2/flows/prospects/bulk-assignments/{id}, scope api:flows:read. Only reads: a repeat is safe.

    Args:
        client: A client.
        assignment_id: The ``id`` that assign_flow_in_bulk returned.

    Returns:
        ``status`` (PENDING, IN_PROGRESS, COMPLETED or FAILED), counts and ``results``.

    Raises:
        GongNotFoundError: There is no such assignment.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.BULK_ASSIGNMENT, path=[checked(bulk_assignment_status, "assignment_id", assignment_id)])


@action(at.UNASSIGN_INSTANCES)
def unassign_flow_instances(
    client: GongClient,
    *,
    flow_instance_ids: Annotated[Sequence[GongId], Least(1), Most(200), Distinct()],
    unassigned_by_user_email: str | None = None,
) -> JsonDict:
    """Take prospects out of flow instances.

    POST /v2/flows/prospects/unassign-flows-by-instance-id, scope api:flows:write. Sent once; if you repeat it, nothing
    more happens.

    Args:
        client: A client.
        flow_instance_ids: Gong's ids of flow instances, 200 at most, from find_assigned_flows.
        unassigned_by_user_email: Address of the Gong user who wants it.

    Returns:
        ``unassignedFlowInstanceIds``: those that were left; the others are still in their flow.

    Raises:
        GongArgumentError: There are too many ids or none; nothing was sent.
        WriteOutcomeUnknown: They may have been taken out. Calling it again is harmless.
        GongRequestError: Gong refused.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.UNASSIGN_INSTANCES,
        body=body_of(unassign_flow_instances, locals()),
        check="Look with find_assigned_flows; taking out who is out already changes nothing.",
    )


@action(at.UNASSIGN_PROSPECT)
def unassign_prospect(
    client: GongClient,
    *,
    crm_prospect_id: Id,
    flow_id: GongId | None = None,
    unassigned_by_user_email: str | None = None,
) -> JsonDict:
    """Take a prospect out of one flow, or of all.

    POST /v2/flows/prospects/unassign-flows-by-crm-id, scope api:flows:write. Sent once; if you repeat it, nothing more
    happens.

    Args:
        client: A client.
        crm_prospect_id: The CRM's id of the contact or lead.
        flow_id: Gong's id of the flow; all flows by default.
        unassigned_by_user_email: Address of the Gong user who wants it.

    Returns:
        ``unassignedFlowInstanceIds``.

    Raises:
        GongArgumentError: The prospect is missing, or an id is empty; nothing was sent.
        WriteOutcomeUnknown: The prospect may have been taken out. Calling it again is harmless.
        GongRequestError: Gong refused.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.UNASSIGN_PROSPECT,
        body=body_of(unassign_prospect, locals()),
        check="Look with find_assigned_flows; taking out who is out already changes nothing.",
    )
