"""Tables of Gong Engage: flows with their folders and steps, and tasks."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, content_hash, load_id, removed, text

_FLOW = (
    text("id", "id", required=True),
    text("name", "name", personal="json"),
    text("folder_id", "folderId", "The folder that it is in; joins `flow_folders.id`."),
    text("folder_name", "folderName", personal="json"),
    text("visibility", "visibility", "Company, Personal or Shared."),
    Column("creation_date", "timestamp", "creationDate"),
    Column("exclusive", "bool", "exclusive", "Whether a prospect in it can be in no other."),
    content_hash(),
    removed(),
    load_id(),
)
FLOWS = Table("flows", "a flow of the company or of a user", _FLOW, primary_key=("id",), key="`id`")
FLOW_FOLDERS = Table("flow_folders", "a folder of flows", _FLOW, primary_key=("id",), key="`id`")
FLOW_STEPS = Table(
    "flow_steps",
    "a step of a flow",
    (
        text("key", "key", doc="`flow_id` and `id`, in one text.", required=True),
        text("flow_id", "flowId", "Joins `flows.id`.", required=True),
        text("id", "id"),
        Column("step_order", "bigint", "stepOrder", "Position in the flow, as Gong counts."),
        text("action", "action", "Such as SEND_EMAIL, CALL or LINKEDIN_CONNECT."),
        text("subject", "subject"),
        text("body", "body"),
        Column("is_reply", "bool", "isReply"),
        text("flow_description", "flowDescription", "Of the flow; Gong tells it with the steps alone."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("key",),
    key="`flow_id` + `id`",
)
_DEAL = ("status", "stage", "amount", "probability")
TASKS = Table(
    "tasks",
    "a task of a user",
    (
        text("id", "id", required=True),
        text(
            "user_id",
            "userId",
            "Joins `users.id`. Gong is asked about active users alone: tasks of others stay as they were.",
            personal="user",
        ),
        Column("created", "timestamp", "created"),
        Column("updated", "timestamp", "updated"),
        text("status", "status", "OPEN, DONE or DISMISSED."),
        text("type", "type", "FLOW or MANUAL."),
        Column("actions", "json", "actions", "List of what is to be done, such as CALL."),
        Column("due_date", "timestamp", "dueDate"),
        text("title", "title", personal="text"),
        text("priority__id", "priority.id"),
        text("priority__name", "priority.name"),
        Column("priority__weight", "bigint", "priority.weight", "More is more urgent."),
        text("flow__id", "flow.id", "Joins `flows.id`."),
        text("flow__name", "flow.name", personal="json"),
        text("flow__step__id", "flow.step.id", "Joins `flow_steps.id` of the same flow."),
        text("flow__step__name", "flow.step.name", personal="json"),
        Column("flow__step__step_number", "bigint", "flow.step.stepNumber"),
        text("crm_type", "crmType", "The CRM whose ids these are, such as SALESFORCE."),
        text("account__crm_id", "account.crmId"),
        text("account__name", "account.name", personal="json"),
        text("account__crm_url", "account.crmUrl"),
        text("opportunity__crm_id", "opportunity.crmId"),
        text("opportunity__name", "opportunity.name", personal="json"),
        text("opportunity__crm_url", "opportunity.crmUrl"),
        *(text(f"opportunity__{name}", f"opportunity.{name}") for name in _DEAL),
        text("opportunity__close_date", "opportunity.closeDate"),
        Column("contact", "json", "contact", "Whom it is about: `{crmId, type, data}`.", personal="json"),
        Column("additional_contacts", "json", "additionalContacts", "List of the same.", personal="json"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`id`",
)
