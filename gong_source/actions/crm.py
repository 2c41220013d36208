"""A CRM of your own in Gong: register it, describe its fields, upload its objects. Not for native integrations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from gong_source.actions.media import file_of
from gong_source.actions.model import Id, Least, NumberId, Time, action, body_of, checked
from gong_source.actions.once import write_once
from gong_source.api import FilePart, GongClient, JsonDict
from gong_source.api import endpoints as at
from gong_source.api.endpoints import Endpoint
from gong_source.errors import GongArgumentError

MOST_UPLOAD_BYTES = 200_000_000

SchemaObject = Literal["ACCOUNT", "CONTACT", "DEAL", "LEAD"]
UploadObject = Literal["ACCOUNT", "CONTACT", "DEAL", "LEAD", "BUSINESS_USER", "STAGE"]
FieldType = Literal[
    "DATE",
    "DATETIME",
    "NUMBER",
    "PERCENT",
    "CURRENCY",
    "ID",
    "URL",
    "STRING",
    "BOOLEAN",
    "PHONENUMBER",
    "EMAILADDRESS",
    "PICKLIST",
    "REFERENCE",
    "STRINGARRAY",
]


class _SchemaField(TypedDict):
    unique_name: Id
    label: Id
    type: FieldType


class SchemaField(_SchemaField, total=False):
    """A field; ``unique_name``, ``label`` and ``type`` are required. A deleted field loses its values."""

    last_modified: Time
    is_deleted: bool
    reference_to: Literal["ACCOUNT", "CONTACT", "DEAL", "LEAD", "USER"]
    ordered_value_list: Sequence[str]


@action(at.CRM_INTEGRATIONS)
def list_crm_integrations(client: GongClient) -> JsonDict:
    """The CRM integration that was registered through the API, if there is one.

    GET /v2/crm/integrations, scope api:crm:integrations:read. Only reads: a repeat is safe.

    Args:
        client: A client.

    Returns:
        ``integrations`` of ``integrationId``, ``name`` and ``ownerEmail``; empty where the CRM is a native one.

    Raises:
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.CRM_INTEGRATIONS)


@action(at.REGISTER_CRM)
def register_crm(client: GongClient, *, owner_email: Id, name: Id) -> JsonDict:
    """Register a CRM. A company can have one, native ones included.

    PUT /v2/crm/integrations, scope api:crm:integration:register. Sent once; a repeat of yours is refused by Gong.

    Args:
        client: A client.
        owner_email: Address of the Gong user who owns it.
        name: Its name.

    Returns:
        ``integrationId``, which the other functions need.

    Raises:
        GongArgumentError: An argument is missing; nothing was sent.
        WriteOutcomeUnknown: It may be registered. Look with list_crm_integrations.
        GongRequestError: Gong refused; 409 where there is a CRM already.
        GongQuotaExceeded: The quota is used up.
    """
    return client.write(
        at.REGISTER_CRM,
        body=body_of(register_crm, locals()),
        check="Look with list_crm_integrations whether it is there.",
    )


@action(at.DELETE_CRM, confirm="integration_id")
def delete_crm(client: GongClient, integration_id: NumberId, *, client_request_id: Id) -> JsonDict:
    """Delete a registered CRM with all its objects. This can't be undone.

    DELETE /v2/crm/integrations, scope api:crm:integration:delete. A repeat is safe: Gong recognises client_request_id,
    so a lost answer is asked for again. Gong takes up to a day; crm_request_status tells.

    Args:
        client: A client.
        integration_id: From register_crm or list_crm_integrations.
        client_request_id: Your id of this request: letters, digits, dashes and underscores.

    Returns:
        ``clientRequestId`` and ``requestId``. Where an answer was lost and Gong, asked again, knows the
        client_request_id, also ``"recognised": true``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        GongDuplicateError: The client_request_id was used before.
        WriteOutcomeUnknown: No answer came, time and again. Look with crm_request_status.
        GongRequestError: Gong refused; nothing was deleted.
        GongQuotaExceeded: The quota is used up.
    """
    return _requested(client, at.DELETE_CRM, client_request_id, params=body_of(delete_crm, locals()))


@action(at.CRM_SCHEMA)
def get_crm_schema(client: GongClient, *, integration_id: NumberId, object_type: SchemaObject) -> JsonDict:
    """The fields of a kind of object.

    GET /v2/crm/entity-schema, scope api:crm:schema. Only reads: a repeat is safe.

    Args:
        client: A client.
        integration_id: From register_crm or list_crm_integrations.
        object_type: Which kind.

    Returns:
        ``objectTypeToSelectedFields``.

    Raises:
        GongArgumentError: An argument is not allowed; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.CRM_SCHEMA, params=body_of(get_crm_schema, locals()))


@action(at.UPLOAD_SCHEMA)
def upload_crm_schema(
    client: GongClient,
    *,
    integration_id: NumberId,
    object_type: SchemaObject,
    fields: Annotated[Sequence[SchemaField], Least(1)],
) -> JsonDict:
    """Set the fields of a kind of object. All fields have to be there, also those sent before.

    POST /v2/crm/entity-schema, scope api:crm:schema. Sent once; a repeat of yours leads to the same schema.

    Args:
        client: A client.
        integration_id: From register_crm or list_crm_integrations.
        object_type: Which kind.
        fields: All its fields. A field with is_deleted, or of another type than before, loses its values.

    Returns:
        ``requestId``.

    Raises:
        GongArgumentError: An argument is missing or not allowed; nothing was sent.
        WriteOutcomeUnknown: It may be set. Calling it again with the same fields is harmless.
        GongRequestError: Gong refused, for instance because a field of before is missing.
        GongQuotaExceeded: The quota is used up.
    """
    sent = checked(upload_crm_schema, "fields", fields)
    for field in sent:
        if field["type"] == "PICKLIST" and not field.get("orderedValueList"):
            raise GongArgumentError(f"The field {field['uniqueName']} is a PICKLIST and needs ordered_value_list.")
        if field["type"] == "REFERENCE" and not field.get("referenceTo"):
            raise GongArgumentError(f"The field {field['uniqueName']} is a REFERENCE and needs reference_to.")
    return client.write(
        at.UPLOAD_SCHEMA,
        params=body_of(upload_crm_schema, locals(), "fields"),
        body=[_without_milliseconds(field) for field in sent],
        check="Look with get_crm_schema; sending the same fields again changes nothing.",
    )


@action(at.UPLOAD_ENTITIES)
def upload_crm_entities(
    client: GongClient, file: Path | str, *, integration_id: NumberId, object_type: UploadObject, client_request_id: Id
) -> JsonDict:
    """Upload objects of one kind from a file with one JSON object a line, streamed from disk. Gong works on it later.

    POST /v2/crm/entities, scope api:crm:upload. A repeat is safe: Gong recognises client_request_id, so after a lost
    answer the whole file is sent again.

    Args:
        client: A client.
        file: LDJSON (JSON Lines), 200 MB at most; several changes of one object belong into several files.
        integration_id: From register_crm or list_crm_integrations.
        object_type: Which kind.
        client_request_id: Your id of this upload: letters, digits, dashes and underscores.

    Returns:
        ``clientRequestId`` and ``requestId``; crm_request_status tells what came of it. Where an answer was lost and
        Gong, asked again, knows the client_request_id, also ``"recognised": true``.

    Raises:
        GongArgumentError: The file is missing, empty or too large, or an argument is not allowed, so that nothing was
            sent; or the file changed while it was sent, so that it did not come whole.
        GongDuplicateError: The client_request_id was used before.
        WriteOutcomeUnknown: No answer came, time and again. Look with crm_request_status.
        GongRequestError: Gong refused; nothing was changed.
        GongQuotaExceeded: The quota is used up.
    """
    path, size = file_of(file, MOST_UPLOAD_BYTES, "200 MB")
    files = [FilePart("dataFile", path, size, "entities.ldjson")]
    query = body_of(upload_crm_entities, locals(), "file")
    return _requested(client, at.UPLOAD_ENTITIES, client_request_id, params=query, files=files)


@action(at.CRM_STATUS)
def crm_request_status(client: GongClient, *, integration_id: NumberId, client_request_id: Id) -> JsonDict:
    """What came of an upload or a deletion.

    GET /v2/crm/request-status, scope api:crm:upload. Only reads: a repeat is safe.

    Args:
        client: A client.
        integration_id: From register_crm or list_crm_integrations.
        client_request_id: As given to upload_crm_entities or delete_crm.

    Returns:
        ``status`` (PENDING, IN_PROGRESS, DONE or FAILED), counts, and the first ``errors`` by line.

    Raises:
        GongArgumentError: An argument is not allowed; nothing was sent.
        GongRequestError: Gong did not answer, or refused.
    """
    return client.request(at.CRM_STATUS, params=body_of(crm_request_status, locals()))


def _requested(client: GongClient, endpoint: Endpoint, client_request_id: str, **sent: Any) -> JsonDict:
    """Ask for what Gong works on later, and takes once."""
    key, check = _request_id(client_request_id), "Look with crm_request_status under the same client_request_id."
    return {**write_once(client, endpoint, dedupe_key=key, check=check, **sent), "clientRequestId": key}


def _request_id(value: str) -> str:
    checked(crm_request_status, "client_request_id", value)
    if not value.replace("-", "").replace("_", "").isalnum() or not value.isascii():
        raise GongArgumentError("client_request_id may have letters, digits, dashes and underscores only.")
    return value


def _without_milliseconds(field: JsonDict) -> JsonDict:
    """Gong takes the schema's times to the second only."""
    if (stamp := field.get("lastModified")) is None:
        return field
    head, dot, tail = stamp.partition(".")
    return {**field, "lastModified": head + tail.lstrip("0123456789") if dot else stamp}
