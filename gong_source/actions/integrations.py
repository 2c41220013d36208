"""Settings of integrations that show pages inside Gong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypedDict

from gong_source.actions.model import Id, Least, action, body_of
from gong_source.api import GongClient, JsonDict
from gong_source.api import endpoints as at


class IntegrationTypeSettings(TypedDict):
    """An origin that Gong may show in a frame."""

    integration_type: Literal["EMAIL_COMPOSER", "ACCOUNT_PAGES", "DIALER"]
    allowed_origin: Id


@action(at.INTEGRATION_SETTINGS)
def update_integration_settings(
    client: GongClient, *, integration_type_settings: Annotated[Sequence[IntegrationTypeSettings], Least(1)]
) -> JsonDict:
    """Allow origins whose pages an integration shows inside Gong.

    POST /v2/integration-settings, scope api:integration-settings:write. Sent once; a repeat of yours leads to the same
    settings, or to a refusal with 409.

    Args:
        client: A client.
        integration_type_settings: Kinds of integration, each with an origin.

    Returns:
        ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may be set. Calling it again is harmless.
        GongRequestError: Gong refused.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.INTEGRATION_SETTINGS,
        body=body_of(update_integration_settings, locals()),
        check="Send the same settings again; they are the same then.",
    )
