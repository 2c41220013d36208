"""Permission profiles: what the users who have one may see and do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from gong_source.actions.model import Distinct, GongId, action, body_of, checked
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at


class Access(TypedDict, total=False):
    """Whose data; ``team_lead_ids`` with ``report-to-them``."""

    permission_level: Literal["all", "managers-team", "report-to-them", "own", "none"]
    team_lead_ids: Annotated[Sequence[GongId], Distinct()]


class LibraryAccess(TypedDict, total=False):
    """Which folders of the library; ``library_folder_ids`` with ``specific-folders``."""

    permission_level: Literal["none", "all", "specific-folders"]
    library_folder_ids: Annotated[Sequence[GongId], Distinct()]
    manage_public_folder: bool
    manage_streams: bool
    manage_folder_calls: bool
    share_folders_and_streams: bool


class ForecastPermissions(TypedDict, total=False):
    """Whose forecasts."""

    forecast_access: Access
    forecast_edit_submissions: Access
    forecast_edit_targets: Access


class Profile(TypedDict, total=False):
    """A permission profile. What is left out is for Gong to decide."""

    id: GongId
    name: str
    description: str
    calls_access: Access
    library_folder_access: LibraryAccess
    deals_access: Access
    forecast_permissions: ForecastPermissions
    coaching_access: Access
    insights_access: Access
    usage_access: Access
    emails_access: Access
    score_calls: bool
    override_score: bool
    download_call_media: bool
    share_calls_with_customers: bool
    manually_schedule_and_upload_calls: bool
    private_calls: bool
    delete_calls: bool
    trim_calls: bool
    listen_in_calls: bool
    delete_emails: bool
    calls_and_search: bool
    library: bool
    deals: bool
    create_edit_and_delete_deals_boards: bool
    deals_inline_editing: bool
    account: bool
    coaching: bool
    usage: bool
    team_stats: bool
    initiatives: bool
    market: bool
    activity: bool
    forecast: bool
    forecast_manage: bool
    engage_manage_company_templates: bool
    engage_manage_company_sequences: bool
    engage_create_and_manage_rulesets: bool
    engage_snooze_flow_to_dos_for_others: bool
    engage_allow_crm_fields_view_change: bool
    view_engage_analytics_activity: bool
    view_engage_analytics_performance: bool
    view_engage_analytics_flows: bool
    manage_general_business_settings: bool
    manage_scorecards: bool
    export_calls_and_coaching_data_to_csv: bool
    crm_data_inline_editing: bool
    crm_data_import: bool
    view_revenue_analytics: bool
    manage_revenue_analytics: bool
    engage_reassign_flow_to_dos_to_others: bool
    engage_assign_flow_to_dos_to_others: bool
    deals_data_export: bool
    ai_builder: bool
    orchestrate_create_and_manage_plays: bool


@action(at.PERMISSION_PROFILES)
def list_permission_profiles(client: GongClient, *, workspace_id: GongId) -> JsonDict:
    """The permission profiles of a workspace.

    GET /v2/all-permission-profiles; Gong states no scope. Only reads: a repeat is safe.

    Args:
        client: A client.
        workspace_id: Gong's id of the workspace.

    Returns:
        ``profiles``.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.PERMISSION_PROFILES, params=body_of(list_permission_profiles, locals()))


@action(at.PERMISSION_PROFILE)
def get_permission_profile(client: GongClient, profile_id: GongId) -> JsonDict:
    """One permission profile.

    GET /v2/permission-profile; Gong states no scope. Only reads: a repeat is safe.

    Args:
        client: A client.
        profile_id: Gong's id of the profile.

    Returns:
        ``profile``.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.PERMISSION_PROFILE, params=body_of(get_permission_profile, locals()))


@action(at.CREATE_PROFILE)
def create_permission_profile(client: GongClient, *, workspace_id: GongId, profile: Profile) -> JsonDict:
    """Make a permission profile.

    POST /v2/permission-profile; Gong states no scope. A repeat is not safe: Gong may make another one.

    Args:
        client: A client.
        workspace_id: Gong's id of the workspace.
        profile: What its users may do.

    Returns:
        ``profile``, as Gong made it.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may have been made. Look with list_permission_profiles.
        GongRequestError: Gong refused; nothing was made.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.CREATE_PROFILE,
        params=body_of(create_permission_profile, locals(), "profile"),
        body=checked(create_permission_profile, "profile", profile),
        check="Look with list_permission_profiles whether it is there before you send it again.",
    )


@action(at.UPDATE_PROFILE)
def update_permission_profile(client: GongClient, profile_id: GongId, *, profile: Profile) -> JsonDict:
    """Replace a permission profile. Give all of it: what is left out may be taken away.

    PUT /v2/permission-profile; Gong states no scope. Sent once; a repeat of yours leads to the same profile.

    Args:
        client: A client.
        profile_id: Gong's id of the profile.
        profile: What its users may do.

    Returns:
        ``profile``, as it is now.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may have been changed. Calling it again with the same arguments is harmless.
        GongRequestError: Gong refused; nothing was changed.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.UPDATE_PROFILE,
        params=body_of(update_permission_profile, locals(), "profile"),
        body=checked(update_permission_profile, "profile", profile),
        check="Look with get_permission_profile; sending the same again changes nothing.",
    )
