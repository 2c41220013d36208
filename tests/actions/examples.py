"""One full call of every action: arguments, and what Gong's specification calls its body and its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gong_source.actions import calls, crm, engagement, flows, integrations, meetings, permissions, privacy, tasks

USER = "<the first user>"
MAIL = "<the first user's address>"
CALL = "<the first call>"
CREATED = "<a created call>"
MEETING = "<a meeting>"
WORKSPACE = "<the first workspace>"
CRM = "<the CRM>"
PROFILE = "<a profile>"
BULK = "<a bulk assignment>"
WAV = "<a file of media>"
LDJSON = "<a file of objects>"

START, END = "2026-02-01T10:00:00+01:00", "2026-02-01T11:00:00+01:00"
CONTEXT = [
    {
        "system": "Salesforce",
        "objects": [{"object_type": "Account", "object_id": "001", "fields": [{"name": "Name", "value": "A"}]}],
    }
]
PROPERTIES = [{"name": "pages", "value": "7", "data_type": "number"}]
ACTOR = {"email": "ann@customer.example", "name": "Ann", "title": "CFO", "context": CONTEXT}
SHARER = {"id": USER, "email": MAIL, "name": "Somebody"}
FIELDS = [{"name": "plan", "value": "90", "data_type": "DURATION"}]


@dataclass
class Example:
    """A full call of an action.

    Attributes:
        function: The action.
        arguments: Everything but the client, positional ones by name.
        schema: The body's schema in Gong's specification; empty where there is no JSON object.
        answer: The schema of the answer; empty where the specification is wrong or has none.
        inside: The key of the body that holds the arguments, such as ``filter``.
    """

    function: Callable[..., Any]
    arguments: dict[str, Any] = field(default_factory=dict)
    schema: str = ""
    answer: str = ""

    @property
    def name(self) -> str:
        """Name of the action."""
        return self.function.__name__


EVENT = {
    "reporting_system": "portal",
    "event_timestamp": START,
    "event_id": "e-1",
    "content_id": "c-1",
    "content_url": "https://content.example/1",
    "content_title": "Offer",
    "share_id": "s-1",
    "sharing_message_subject": "Our offer",
    "sharing_message_body": "<p>Here</p>",
    "sharer": SHARER,
    "crm_context": CONTEXT,
    "content_properties": PROPERTIES,
    "event_properties": PROPERTIES,
    "workspace_id": WORKSPACE,
    "action_name": "Signed",
    "non_company_participants": [ACTOR],
    "more_info_url": "https://content.example/more",
    "mobile_app_id": "app.example",
    "agent_platform": "iOS",
    "user_agent": "Browser/1",
}

MEETING_BODY = {
    "start_time": START,
    "end_time": END,
    "invitees": [
        {"email": "ann@customer.example", "display_name": "Ann A", "first_name": "Ann", "last_name": "A"},
    ],
    "organizer_email": MAIL,
    "title": "Kick-off",
    "external_id": "x-1",
    "provider": "zoom",
}
PROFILE_BODY = {
    "name": "Reps",
    "description": "All reps",
    "calls_access": {"permission_level": "report-to-them", "team_lead_ids": [USER]},
    "library_folder_access": {
        "permission_level": "specific-folders",
        "library_folder_ids": ["1"],
        "manage_streams": True,
    },
    "forecast_permissions": {"forecast_access": {"permission_level": "own"}},
    "export_calls_and_coaching_data_to_csv": False,
    "engage_snooze_flow_to_dos_for_others": True,
    "ai_builder": False,
}

EXAMPLES = [
    Example(
        calls.create_call,
        {
            "client_unique_id": "pbx-1",
            "actual_start": START,
            "parties": [
                {
                    "user_id": USER,
                    "email_address": MAIL,
                    "name": "Somebody",
                    "party_id": "p-1",
                    "phone_number": "+15550100",
                    "context": CONTEXT,
                },
                {"party_id": "p-2", "email_address": "ann@customer.example"},
            ],
            "direction": "Outbound",
            "primary_user": USER,
            "title": "First call",
            "purpose": "Demo",
            "scheduled_start": START,
            "scheduled_end": END,
            "duration": 61.5,
            "disposition": "reached",
            "context": CONTEXT,
            "custom_data": "anything",
            "speakers_timeline": {
                "precise": False,
                "speech_segments": [{"from_time": 0, "to_time": 1500, "party_ids": ["p-1", "p-2"]}],
            },
            "meeting_url": "https://meet.example/1",
            "call_provider_code": "zoom",
            "download_media_url": "https://media.example/1.wav",
            "workspace_id": WORKSPACE,
            "language_code": "en-US",
            "flow_context": {"task_id": "5001"},
        },
        "NewCallAddingRequest",
        "NewCallAddingResponse",
    ),
    Example(calls.add_call_media, {"call_id": CREATED, "file": WAV}, "", "NewCallRecordingResponse"),
    Example(
        calls.grant_call_access,
        {"call_access_list": [{"call_id": CALL, "user_ids": [USER]}]},
        "CallsUsersAccessAddDto",
        "BaseResponse",
    ),
    Example(
        calls.list_call_access,
        {"call_ids": [CALL]},
        "FilterRequestCallsAccessGetDto",
        "CallsAccessDetailsResponse",
    ),
    Example(
        calls.revoke_call_access,
        {"call_access_list": [{"call_id": CALL, "user_ids": [USER]}]},
        "CallsUsersAccessDeleteDto",
        "BaseResponse",
    ),
    Example(meetings.create_meeting, MEETING_BODY, "NewMeetingRequest", "NewMeetingResponse"),
    Example(
        meetings.update_meeting,
        {"meeting_id": MEETING, **MEETING_BODY},
        "UpdateMeetingRequest",
        "UpdateMeetingResponse",
    ),
    Example(meetings.delete_meeting, {"meeting_id": MEETING, "organizer_email": MAIL}, "DeleteMeetingRequest"),
    Example(
        meetings.meeting_integration_status, {"emails": [MAIL]}, "IntegrationStatusRequest", "IntegrationStatusResponse"
    ),
    Example(
        engagement.record_action,
        {**EVENT, "event_info_url": "https://content.example/info", "actor": ACTOR},
        "CustomActionEvent",
        "BaseResponse",
    ),
    Example(
        engagement.record_content_shared,
        {**EVENT, "share_info_url": "https://content.example/info", "recipients": [ACTOR]},
        "ContentSharedEvent",
        "BaseResponse",
    ),
    Example(
        engagement.record_content_viewed,
        {**EVENT, "view_action_title": "Read", "view_info_url": "https://content.example/info", "viewer": ACTOR},
        "ContentViewedEvent",
        "BaseResponse",
    ),
    Example(
        engagement.record_digital_interaction,
        {
            "event_id": "d-1",
            "timestamp": START,
            "event_type": "link clicked",
            "source_system_name": "portal",
            "session_id": "s-1",
            "device": "PC",
            "content": {
                "content_id": "c-1",
                "content_title": "Offer",
                "content_label": ["price"],
                "content_url": "https://content.example/1",
                "content_additional_info_url": "https://content.example/info",
                "numeric_content_details": {
                    "value": 7,
                    "range_from": 0,
                    "range_to": 10,
                    "numeric_type": "NPS",
                },
                "step_content_details": {"value": "two", "available_steps": ["one", "two"]},
                "search_object_details": {
                    "name": "Vendor",
                    "object_type": "VENDOR",
                    "domain": "vendor.example",
                    "object_id": "1",
                    "url": "https://vendor.example",
                },
                "content_custom_fields": FIELDS,
            },
            "person": {
                "name": "Ann",
                "email": "ann@customer.example",
                "phone_number": "+15550100",
                "person_id": "1",
                "person_business_context": {"object_type": "LEAD", "object_id": "1", "system_name": "Salesforce"},
                "location": {"country": "CH", "state": "ZH", "region": "Europe", "city": "Zurich"},
                "company": {
                    "company_id": "1",
                    "name": "Customer",
                    "domain": "customer.example",
                    "company_business_contexts": [{"object_type": "ACCOUNT", "object_id": "1"}],
                },
                "person_custom_fields": FIELDS,
            },
            "custom_fields": FIELDS,
        },
        "DigitalInteractionRequest",
        "EventAcceptedResponse",
    ),
    Example(privacy.find_email_references, {"email_address": "ann+1@customer.example"}, "", "EmailAddressReferences"),
    Example(privacy.find_phone_references, {"phone_number": "+1 555 010 0200"}, "", "PhoneNumberReferences"),
    Example(privacy.erase_email_address, {"email_address": "ann+1@customer.example"}, "", "BaseResponse"),
    Example(privacy.erase_phone_number, {"phone_number": "+1 555 010 0200"}, "", "BaseResponse"),
    Example(
        tasks.list_tasks, {"user_id": USER, "workspace_id": WORKSPACE}, "ListReminderRequest", "UserRemindersResponse"
    ),
    Example(
        tasks.update_task,
        {"task_id": "5001", "user_id": USER, "status": "DONE", "due_date": START, "priority": "high"},
        "UpdateReminderRequest",
        "UserRemindersResponse",
    ),
    Example(flows.list_flows, {"flow_owner_email": MAIL}),
    Example(flows.list_flow_steps, {"flow_ids": ["7000000000000000001"]}, "FlowStepsRequest", "FlowStepsResponse"),
    Example(
        flows.assign_flow,
        {
            "crm_prospects_ids": ["003a", "003b"],
            "flow_id": "7000000000000000001",
            "flow_instance_owner_email": MAIL,
            "overrides": {
                "steps": [{"number": 1, "subject": "Hello", "body": "Again"}],
                "flow_instance_variables": [{"name": "product", "value": "Gadget"}],
                "cool_off_override": True,
            },
            "flow_instance_description": "spring",
        },
        "AssignFlowRequestV2",
        "AssignFlowResponse",
    ),
    Example(
        flows.find_assigned_flows,
        {"crm_prospects_ids": ["003a"]},
        "ProspectsAssignedFlowsRequestV2",
        "ProspectsFlowsResponse",
    ),
    Example(
        flows.assign_flow_in_bulk,
        {
            "flow_id": "7000000000000000001",
            "flow_instance_owner_email": MAIL,
            "prospects": [
                {
                    "first_name": "Ann",
                    "last_name": "A",
                    "email": "ann@customer.example",
                    "job_title": "CFO",
                    "linked_in_url": "https://linkedin.example/ann",
                    "account_crm_id": "001",
                    "company_name": "Customer",
                },
                {"crm_id": "003c"},
            ],
        },
        "FlowProspectsBulkAssignmentRequest",
        "FlowProspectsBulkAssignmentResponse",
    ),
    Example(flows.bulk_assignment_status, {"assignment_id": BULK}, "", "FlowProspectsBulkAssignmentResponse"),
    Example(
        flows.unassign_flow_instances,
        {"flow_instance_ids": ["1"], "unassigned_by_user_email": MAIL},
        "UnassignFlowsRequest",
        "UnassignFlowsResponse",
    ),
    Example(
        flows.unassign_prospect,
        {"crm_prospect_id": "003a", "flow_id": "7000000000000000001", "unassigned_by_user_email": MAIL},
        "UnassignProspectFlowsRequest",
        "UnassignFlowsResponse",
    ),
    Example(
        crm.register_crm,
        {"owner_email": MAIL, "name": "Our CRM"},
        "GenericCrmRegistrationRequest",
        "RegisterGenericCrmResponse",
    ),
    Example(crm.list_crm_integrations, {}, "", "ListGenericCrmIntegrationsResponse"),
    Example(
        crm.upload_crm_schema,
        {
            "integration_id": CRM,
            "object_type": "ACCOUNT",
            "fields": [
                {"unique_name": "id", "label": "ID", "type": "ID", "last_modified": "2026-01-01T00:00:00.250Z"},
                {"unique_name": "parent", "label": "Parent", "type": "REFERENCE", "reference_to": "ACCOUNT"},
                {"unique_name": "size", "label": "Size", "type": "PICKLIST", "ordered_value_list": ["S", "L"]},
            ],
        },
        "[GenericSchemaFieldRequest]",
        "SchemaUpdateResponse",
    ),
    Example(crm.get_crm_schema, {"integration_id": CRM, "object_type": "ACCOUNT"}, "", "ListSelectedFieldsResponse"),
    Example(
        crm.upload_crm_entities,
        {"file": LDJSON, "integration_id": CRM, "object_type": "ACCOUNT", "client_request_id": "up-1"},
        "",
        "AsyncProcessingResponse",
    ),
    Example(crm.crm_request_status, {"integration_id": CRM, "client_request_id": "up-1"}, "", "RequestStatusResponse"),
    Example(crm.delete_crm, {"integration_id": CRM, "client_request_id": "del-1"}, "", "AsyncProcessingResponse"),
    Example(
        permissions.create_permission_profile,
        {"workspace_id": WORKSPACE, "profile": PROFILE_BODY},
        "PermissionProfileDTO",
        "PermissionProfileResponse",
    ),
    Example(permissions.list_permission_profiles, {"workspace_id": WORKSPACE}, "", "PermissionProfilesResponse"),
    Example(permissions.get_permission_profile, {"profile_id": PROFILE}, "", "PermissionProfileResponse"),
    Example(
        permissions.update_permission_profile,
        {"profile_id": PROFILE, "profile": PROFILE_BODY},
        "PermissionProfileDTO",
        "PermissionProfileResponse",
    ),
    Example(
        integrations.update_integration_settings,
        {"integration_type_settings": [{"integration_type": "DIALER", "allowed_origin": "https://dial.example"}]},
        "IntegrationSettingsRequest",
    ),
]


def fill(value: Any, known: dict[str, Any]) -> Any:
    """Arguments with what the placeholders stand for."""
    if isinstance(value, dict):
        return {name: fill(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [fill(member, known) for member in value]
    return known.get(value, value) if isinstance(value, str) else value


def prepare(sandbox: Any, client: Any, folder: Path) -> dict[str, Any]:
    """Make what the placeholders stand for."""
    world, written = sandbox.world, sandbox.written
    user = next(iter(world.users.values()))
    wav, ldjson = folder / "media.wav", folder / "objects.ldjson"
    wav.write_bytes(b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(range(256)) * 40)
    ldjson.write_text('{"objectId": "1", "modifiedDate": "2026-01-01T00:00:00Z"}\n{"objectId": "2"}\n')
    known = {
        USER: user["id"],
        MAIL: user["emailAddress"],
        CALL: next(iter(world.calls)),
        WORKSPACE: next(iter(world.workspaces)),
        WAV: str(wav),
        LDJSON: str(ldjson),
    }
    written.__init__()
    new = lambda **changes: fill({**by_name("create_call").arguments, **changes}, known)  # noqa: E731
    known[CREATED] = calls.create_call(client, **new(client_unique_id="prepared", title=None, download_media_url=None))[
        "callId"
    ]
    known[MEETING] = meetings.create_meeting(client, **fill(MEETING_BODY, known))["meetingId"]
    known[CRM] = crm.register_crm(client, owner_email="a@b.example", name="x")["integrationId"]
    crm.upload_crm_entities(client, ldjson, integration_id=known[CRM], object_type="LEAD", client_request_id="prepared")
    written.uploads["up-1"] = written.uploads["prepared"]
    profile = permissions.create_permission_profile(client, workspace_id=known[WORKSPACE], profile={"name": "x"})
    known[PROFILE] = profile["profile"]["id"]
    bulk = flows.assign_flow_in_bulk(
        client,
        flow_id="7000000000000000001",
        flow_instance_owner_email="a@b.example",
        prospects=[{"crm_id": "1"}],
    )
    known[BULK] = bulk["id"]
    return known


def by_name(name: str) -> Example:
    """The example of an action."""
    return next(example for example in EXAMPLES if example.name == name)


def call(example: Example, client: Any, known: dict[str, Any], **changes: Any) -> Any:
    """Call an action with its example's arguments."""
    if example.name == "register_crm":
        client_desk = known.get("desk")
        if client_desk is not None:
            client_desk.crm = None
    return example.function(client, **{**fill(example.arguments, known), **changes})
