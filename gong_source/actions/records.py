"""Objects inside the bodies, as Gong names their fields but in snake_case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypedDict

from gong_source.actions.model import GongId, GongIds, Id, Ids, Least

System = Literal["Salesforce", "HubSpot", "MicrosoftDynamic", "Generic"]


class CrmField(TypedDict, total=False):
    """A field of a CRM object."""

    name: str
    value: Any


class _ObjectReference(TypedDict):
    object_type: Literal["Opportunity", "Account", "Lead", "Contact", "User"]
    object_id: Id


class CrmObject(_ObjectReference, total=False):
    """An object of a CRM; ``object_type`` and ``object_id`` are required."""

    fields: Sequence[CrmField]


class _System(TypedDict):
    system: System


class CrmContext(_System, total=False):
    """Objects of one external system; ``system`` is required."""

    objects: Sequence[CrmObject]


class Party(TypedDict, total=False):
    """A participant of a call. The host has ``user_id``; the others what is known of them."""

    phone_number: str
    email_address: str
    name: str
    party_id: str
    media_channel_id: Literal[0, 1]
    context: Sequence[CrmContext]
    user_id: GongId


class SpeechSegment(TypedDict):
    """Who spoke when, in milliseconds from the start; ``party_ids`` are those of the parties."""

    from_time: Annotated[int, Least(0)]
    to_time: Annotated[int, Least(0)]
    party_ids: Ids


class SpeakersTimeline(TypedDict, total=False):
    """Who spoke when; ``precise`` where segments are right to 100 ms."""

    precise: bool
    speech_segments: Sequence[SpeechSegment]


class FlowContext(TypedDict, total=False):
    """The task of a flow that a call belongs to."""

    task_id: GongId


class CallAccess(TypedDict):
    """A call, and users who get or lose access to it."""

    call_id: GongId
    user_ids: GongIds


class Invitee(TypedDict, total=False):
    """Somebody invited to a meeting."""

    email: str
    display_name: str
    first_name: str
    last_name: str


class Actor(TypedDict, total=False):
    """Somebody who did something with content."""

    email: str
    name: str
    title: str
    context: Sequence[CrmContext]


class Sharer(TypedDict, total=False):
    """The user who shared content; ``id`` is Gong's."""

    id: GongId
    email: str
    name: str


class EventProperty(TypedDict):
    """A further fact about content or an event."""

    name: Id
    value: str
    data_type: Literal["number", "string", "url", "date"]


class _CustomField(TypedDict):
    name: Id
    value: str


class CustomField(_CustomField, total=False):
    """A further fact; ``name`` and ``value`` are required. A duration is in seconds."""

    data_type: Literal["STRING", "NUMBER", "DATE", "URL", "BOOLEAN", "DURATION"]


class _NumericRange(TypedDict):
    range_from: int
    range_to: int


class NumericContentDetails(_NumericRange, total=False):
    """A number that content stands for; ``range_from`` and ``range_to`` are required."""

    value: int
    numeric_type: Literal["PERCENTAGE", "NPS", "RATING", "OTHER"]


class StepContentDetails(TypedDict):
    """A step of a process."""

    value: str
    available_steps: Sequence[str]


class _SearchObject(TypedDict):
    name: Id
    object_type: Literal["VENDOR", "PRODUCT", "CATEGORY"]
    domain: Id


class SearchObjectDetails(_SearchObject, total=False):
    """What was searched for; ``name``, ``object_type`` and ``domain`` are required."""

    object_id: str
    url: str


class _ContentTitle(TypedDict):
    content_title: Id


class Content(_ContentTitle, total=False):
    """What somebody looked at or worked with; ``content_title`` is required."""

    content_id: str
    content_label: Sequence[str]
    content_url: str
    content_additional_info_url: str
    numeric_content_details: NumericContentDetails
    step_content_details: StepContentDetails
    search_object_details: SearchObjectDetails
    content_custom_fields: Sequence[CustomField]


class _PersonReference(TypedDict):
    object_type: Literal["CONTACT", "LEAD"]
    object_id: Id


class PersonBusinessContext(_PersonReference, total=False):
    """A person in the CRM; ``object_type`` and ``object_id`` are required."""

    system_name: str


class _CompanyReference(TypedDict):
    object_type: Literal["ACCOUNT", "OPPORTUNITY"]
    object_id: Id


class CompanyBusinessContext(_CompanyReference, total=False):
    """A company in the CRM; ``object_type`` and ``object_id`` are required."""

    system_name: str


class Location(TypedDict, total=False):
    """Where somebody is."""

    country: str
    state: str
    region: str
    city: str


class Company(TypedDict, total=False):
    """Somebody's company."""

    company_id: str
    name: str
    domain: str
    company_business_contexts: Sequence[CompanyBusinessContext]


class Person(TypedDict, total=False):
    """Who did something."""

    name: str
    email: str
    phone_number: str
    person_id: str
    person_business_context: PersonBusinessContext
    location: Location
    company: Company
    person_custom_fields: Sequence[CustomField]


class _StepNumber(TypedDict):
    number: Annotated[int, Least(1)]


class StepOverride(_StepNumber, total=False):
    """Other words for a step of a flow; ``number`` counts from 1 and is required."""

    subject: str
    body: str


class FlowVariable(TypedDict):
    """A value for a variable of a flow."""

    name: Id
    value: str


class AssignOverrides(TypedDict, total=False):
    """What is different for these prospects."""

    steps: Sequence[StepOverride]
    flow_instance_variables: Sequence[FlowVariable]
    cool_off_override: bool


class Prospect(TypedDict, total=False):
    """A prospect: ``crm_id``, or ``first_name`` and ``last_name``."""

    first_name: str
    last_name: str
    email: str
    job_title: str
    linked_in_url: str
    crm_id: str
    account_crm_id: str
    company_name: str
