"""What people did with content: shown on Gong's timelines of deals and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gong_source.actions.events import Platform, not_both, record
from gong_source.actions.model import GongId, Id, Time, action, checked
from gong_source.actions.records import Actor, Content, CrmContext, CustomField, EventProperty, Person, Sharer
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.errors import GongArgumentError


@action(at.CUSTOM_ACTION)
def record_action(
    client: GongClient,
    *,
    reporting_system: Id,
    event_timestamp: Time,
    event_id: Id | None = None,
    content_id: str | None = None,
    content_url: str | None = None,
    content_title: str | None = None,
    action_name: str | None = None,
    event_info_url: str | None = None,
    actor: Actor | None = None,
    crm_context: Sequence[CrmContext] | None = None,
    content_properties: Sequence[EventProperty] | None = None,
    event_properties: Sequence[EventProperty] | None = None,
    user_agent: str | None = None,
    mobile_app_id: str | None = None,
    agent_platform: Platform | None = None,
    workspace_id: GongId | None = None,
    non_company_participants: Sequence[Actor] | None = None,
    more_info_url: str | None = None,
    sharer: Sharer | None = None,
    sharing_message_subject: str | None = None,
    share_id: str | None = None,
    tracking_id: str | None = None,
    sharing_message_body: str | None = None,
) -> JsonDict:
    """Record that somebody did something of your own kind with content, such as signing a contract.

    PUT /v2/customer-engagement/action, scope api:engagement-data:write. A repeat is safe with event_id: Gong answers
    that it was reported before, and a lost answer is asked for again. Without event_id it is sent once.

    Args:
        client: A client.
        reporting_system: Name of the system that reports; the same in all its events.
        event_timestamp: When it happened.
        event_id: Your id of the event.
        content_id: Your id of the content.
        content_url: Where the content is.
        content_title: Title of the content.
        action_name: What was done.
        event_info_url: A page about the event.
        actor: Who did it; not together with tracking_id.
        crm_context: Objects of the CRM that it belongs to.
        content_properties: Further facts about the content.
        event_properties: Further facts about the event.
        user_agent: The browser's User-Agent.
        mobile_app_id: The mobile app's id.
        agent_platform: Where it was done.
        workspace_id: Where to put it; Gong decides by default.
        non_company_participants: Others from outside who took part.
        more_info_url: A page with more about it.
        sharer: The user who had shared the content.
        sharing_message_subject: Subject of the message it was shared with.
        share_id: Your id of the sharing.
        tracking_id: Stands for an unknown person, in place of actor.
        sharing_message_body: Text of that message.

    Returns:
        ``requestId``; with ``"recognised": true`` where an answer was lost and Gong, asked again, knew the event.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: The event was reported before.
        WriteOutcomeUnknown: It may have been recorded. With event_id, call it again.
        GongRequestError: Gong refused; nothing was recorded.
        GongQuotaExceeded: The quota is used up.
    """
    not_both(tracking_id=tracking_id, actor=actor)
    return record(client, at.CUSTOM_ACTION, record_action, locals(), event_id)


@action(at.CONTENT_SHARED)
def record_content_shared(
    client: GongClient,
    *,
    reporting_system: Id,
    event_timestamp: Time,
    content_id: Id,
    content_url: Id,
    content_title: Id,
    event_id: Id | None = None,
    share_id: str | None = None,
    share_info_url: str | None = None,
    sharing_message_subject: str | None = None,
    sharing_message_body: str | None = None,
    sharer: Sharer | None = None,
    recipients: Sequence[Actor] | None = None,
    crm_context: Sequence[CrmContext] | None = None,
    content_properties: Sequence[EventProperty] | None = None,
    event_properties: Sequence[EventProperty] | None = None,
    workspace_id: GongId | None = None,
    action_name: str | None = None,
    non_company_participants: Sequence[Actor] | None = None,
    more_info_url: str | None = None,
    tracking_id: str | None = None,
    mobile_app_id: str | None = None,
    agent_platform: Platform | None = None,
    user_agent: str | None = None,
) -> JsonDict:
    """Record that a user shared content with people outside of the company.

    PUT /v2/customer-engagement/content/shared, scope api:engagement-data:write. A repeat is safe with event_id: Gong
    answers that it was reported before, and a lost answer is asked for again. Without event_id it is sent once.

    Args:
        client: A client.
        reporting_system: Name of the system that reports; the same in all its events.
        event_timestamp: When it happened.
        content_id: Your id of the content.
        content_url: Where the content is.
        content_title: Title of the content.
        event_id: Your id of the event.
        share_id: Your id of the sharing.
        share_info_url: A page about the sharing.
        sharing_message_subject: Subject of the message it was shared with.
        sharing_message_body: Text of that message; may be HTML.
        sharer: The user who shared.
        recipients: Who got it; each needs an email.
        crm_context: Objects of the CRM that it belongs to.
        content_properties: Further facts about the content.
        event_properties: Further facts about the event.
        workspace_id: Where to put it; Gong decides by default.
        action_name: What was done.
        non_company_participants: Others from outside who took part.
        more_info_url: A page with more about it.
        tracking_id: Stands for unknown people, in place of recipients.
        mobile_app_id: The mobile app's id.
        agent_platform: Where it was done.
        user_agent: The browser's User-Agent.

    Returns:
        ``requestId``; with ``"recognised": true`` where an answer was lost and Gong, asked again, knew the event.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: The event was reported before.
        WriteOutcomeUnknown: It may have been recorded. With event_id, call it again.
        GongRequestError: Gong refused; nothing was recorded.
        GongQuotaExceeded: The quota is used up.
    """
    not_both(tracking_id=tracking_id, recipients=recipients)
    if any(not one.get("email") for one in checked(record_content_shared, "recipients", recipients or [])):
        raise GongArgumentError("Each of recipients needs an email.")
    return record(client, at.CONTENT_SHARED, record_content_shared, locals(), event_id)


@action(at.CONTENT_VIEWED)
def record_content_viewed(
    client: GongClient,
    *,
    reporting_system: Id,
    event_timestamp: Time,
    content_id: Id,
    content_url: Id,
    content_title: Id,
    event_id: Id | None = None,
    view_action_title: str | None = None,
    share_id: str | None = None,
    view_info_url: str | None = None,
    viewer: Actor | None = None,
    crm_context: Sequence[CrmContext] | None = None,
    content_properties: Sequence[EventProperty] | None = None,
    event_properties: Sequence[EventProperty] | None = None,
    user_agent: str | None = None,
    mobile_app_id: str | None = None,
    agent_platform: Platform | None = None,
    workspace_id: GongId | None = None,
    tracking_id: str | None = None,
    non_company_participants: Sequence[Actor] | None = None,
    more_info_url: str | None = None,
    action_name: str | None = None,
    sharer: Sharer | None = None,
    sharing_message_subject: str | None = None,
    sharing_message_body: str | None = None,
) -> JsonDict:
    """Record that somebody outside of the company viewed content.

    PUT /v2/customer-engagement/content/viewed, scope api:engagement-data:write. A repeat is safe with event_id: Gong
    answers that it was reported before, and a lost answer is asked for again. Without event_id it is sent once.

    Args:
        client: A client.
        reporting_system: Name of the system that reports; the same in all its events.
        event_timestamp: When it happened.
        content_id: Your id of the content.
        content_url: Where the content is.
        content_title: Title of the content.
        event_id: Your id of the event.
        view_action_title: What viewing is called.
        share_id: Your id of the sharing.
        view_info_url: A page about the viewing.
        viewer: Who viewed it; not together with tracking_id.
        crm_context: Objects of the CRM that it belongs to.
        content_properties: Further facts about the content.
        event_properties: Further facts about the event.
        user_agent: The browser's User-Agent.
        mobile_app_id: The mobile app's id.
        agent_platform: Where it was viewed.
        workspace_id: Where to put it; Gong decides by default.
        tracking_id: Stands for an unknown person, in place of viewer.
        non_company_participants: Others from outside who took part.
        more_info_url: A page with more about it.
        action_name: What was done.
        sharer: The user who had shared the content.
        sharing_message_subject: Subject of the message it was shared with.
        sharing_message_body: Text of that message.

    Returns:
        ``requestId``; with ``"recognised": true`` where an answer was lost and Gong, asked again, knew the event.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: The event was reported before.
        WriteOutcomeUnknown: It may have been recorded. With event_id, call it again.
        GongRequestError: Gong refused; nothing was recorded.
        GongQuotaExceeded: The quota is used up.
    """
    not_both(tracking_id=tracking_id, viewer=viewer)
    return record(client, at.CONTENT_VIEWED, record_content_viewed, locals(), event_id)


@action(at.DIGITAL_INTERACTION)
def record_digital_interaction(
    client: GongClient,
    *,
    event_id: Id,
    timestamp: Time,
    event_type: Id,
    content: Content,
    source_system_name: str | None = None,
    session_id: str | None = None,
    device: Literal["MOBILE", "PC"] | None = None,
    person: Person | None = None,
    custom_fields: Sequence[CustomField] | None = None,
    tracking_id: str | None = None,
) -> JsonDict:
    """Record an interaction with content; Gong's newer form of the three events of this module.

    POST /v2/digital-interaction, scope api:digital-interactions:write. A repeat is safe: Gong recognises event_id, so a
    lost answer is asked for again.

    Args:
        client: A client.
        event_id: Your id of the event; Gong takes it once.
        timestamp: When it happened.
        event_type: What was done, such as "link clicked".
        content: With what.
        source_system_name: The system that it comes from.
        session_id: Ties events together.
        device: Where it was done.
        person: Who did it; not together with tracking_id.
        custom_fields: Further facts; durations in seconds.
        tracking_id: Stands for an unknown person, in place of person.

    Returns:
        ``requestId``; with ``"recognised": true`` where an answer was lost and Gong, asked again, knew the event.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: The event was reported before.
        WriteOutcomeUnknown: No answer came, time and again. Call it again with the same arguments.
        GongRequestError: Gong refused; nothing was recorded.
        GongQuotaExceeded: The quota is used up.
    """
    not_both(tracking_id=tracking_id, person=person)
    return record(client, at.DIGITAL_INTERACTION, record_digital_interaction, locals(), event_id)
