"""The generic CRM: registration, schema, uploads."""

from __future__ import annotations

from typing import Any

import orjson

from gong_source.sandbox import checks
from gong_source.sandbox.checks import Shape, flag, json_error, json_object, list_of, one_of, text
from gong_source.sandbox.messages import ApiError, Json, Request, bad_request
from gong_source.sandbox.multipart import read_file
from gong_source.sandbox.routes.base import Context, Route
from gong_source.sandbox.routes.bodies import some, stamp

SCHEMA_OBJECTS = ("ACCOUNT", "CONTACT", "DEAL", "LEAD")
UPLOAD_OBJECTS = (*SCHEMA_OBJECTS, "BUSINESS_USER", "STAGE")
TYPES = (
    "DATE", "DATETIME", "NUMBER", "PERCENT", "CURRENCY", "ID", "URL", "STRING", "BOOLEAN", "PHONENUMBER",
    "EMAILADDRESS", "PICKLIST", "REFERENCE", "STRINGARRAY",
)  # fmt: skip
REGISTRATION = Shape({"ownerEmail": text, "name": text}, ("ownerEmail", "name"))
FIELD = Shape(
    {
        "uniqueName": text,
        "label": text,
        "type": one_of(TYPES),
        "lastModified": stamp,
        "isDeleted": flag,
        "referenceTo": one_of((*SCHEMA_OBJECTS, "USER")),
        "orderedValueList": list_of(text),
    },
    ("uniqueName", "label", "type"),
)
MOST_OBJECTS = 100
USED = "Client request id has already been used"


def list_integrations(context: Context, _request: Request) -> Json:
    """List the one integration, if it is there."""
    crm = context.world.written.crm
    return {"integrations": [crm] if crm else []}


def register(context: Context, request: Request) -> Json:
    """Register the one integration."""
    body = REGISTRATION(json_object(request))
    if context.world.written.crm:
        raise ApiError(409, "An active integration already exists")
    number = int(context.world.written.new_id())
    context.world.written.crm = {"integrationId": number, **body}
    return {"integrationId": number}


def delete(context: Context, request: Request) -> Json:
    """Delete the integration."""
    request_id = _request_id(context, request, "DELETE")
    context.world.written.crm = None
    return {"clientRequestId": request_id}


def show_schema(context: Context, request: Request) -> Json:
    """Show the fields of a kind of object."""
    kind = _kind(context, request, SCHEMA_OBJECTS)
    return {"objectTypeToSelectedFields": {kind: context.world.written.schemas.get(kind, [])}}


def upload_schema(context: Context, request: Request) -> Json:
    """Set the fields of a kind of object; all earlier ones must be there."""
    kind = _kind(context, request, SCHEMA_OBJECTS)
    try:
        fields = some(FIELD)(orjson.loads(request.body), "fields")
    except orjson.JSONDecodeError as error:
        raise json_error("the body is not JSON") from error
    before = {field["uniqueName"] for field in context.world.written.schemas.get(kind, [])}
    if before - {field["uniqueName"] for field in fields}:
        raise bad_request("all fields of the schema must be included")
    context.world.written.schemas[kind] = [field for field in fields if not field.get("isDeleted")]
    return {}


def upload(context: Context, request: Request) -> Json:
    """Take a file of objects, which is worked on at once."""
    kind = _kind(context, request, UPLOAD_OBJECTS)
    lines = read_file(request, "dataFile").content.split(b"\n")
    objects = [(place, _read(line)) for place, line in enumerate(lines, 1) if line.strip()]
    errors = [{"line": place, "description": "not an object with an objectId"} for place, one in objects if one is None]
    request_id = _request_id(context, request, kind)
    context.world.written.uploads[request_id] |= {
        "status": "DONE",
        "errors": errors[:20],
        "totalErrorCount": len(errors),
        "totalSuccessCount": len(objects) - len(errors),
    }
    kept = context.world.written.crm_objects.setdefault(kind, {})
    for _, one in objects:
        if one is not None:
            kept.pop(str(one["objectId"]), None)
            if not one.get("isDeleted"):
                kept[str(one["objectId"])] = one
    return {"clientRequestId": request_id}


def show_objects(context: Context, request: Request) -> Json:
    """Show up to 100 uploaded objects, whose ids come in the body of the GET request; null for those unknown."""
    kind = _kind(context, request, SCHEMA_OBJECTS)
    try:
        wanted = list_of(text)(orjson.loads(request.body), "objectsCrmIds")
    except orjson.JSONDecodeError as error:
        raise json_error("the body is not JSON") from error
    kept = context.world.written.crm_objects.get(kind, {})
    return {"crmObjectsMap": {key: kept.get(key) for key in wanted[:MOST_OBJECTS]}}


def status(context: Context, request: Request) -> Json:
    """Tell what came of a request."""
    _integration(context, request)
    found = context.world.written.uploads.get(checks.required(request.query, "clientRequestId"))
    if found is None:
        raise bad_request("clientRequestId: unknown")
    return {key: value for key, value in found.items() if key != "kind"}


def _integration(context: Context, request: Request) -> None:
    wanted = checks.required(request.query, "integrationId")
    crm = context.world.written.crm
    deleted = any(found["kind"] == "DELETE" for found in context.world.written.uploads.values())
    if not deleted and (crm is None or str(crm["integrationId"]) != wanted):
        raise bad_request("integrationId: no such integration")


def _kind(context: Context, request: Request, kinds: tuple[str, ...]) -> str:
    _integration(context, request)
    kind = checks.required(request.query, "objectType")
    if kind not in kinds:
        raise bad_request(f"objectType: unknown value '{kind}'")
    return kind


def _request_id(context: Context, request: Request, kind: str) -> str:
    request_id = checks.required(request.query, "clientRequestId")
    context.world.written.use("crm", request_id, USED)
    _integration(context, request)
    context.world.written.uploads[request_id] = {"kind": kind, "status": "DONE"}
    return request_id


def _read(line: bytes) -> Json | None:
    try:
        found: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and found.get("objectId") else None


ROUTES = (
    Route("GET", "/v2/crm/integrations", list_integrations, ("api:crm:integrations:read",), "integrations"),
    Route("PUT", "/v2/crm/integrations", register, ("api:crm:integration:register",)),
    Route("DELETE", "/v2/crm/integrations", delete, ("api:crm:integration:delete",), status=201),
    Route("GET", "/v2/crm/entity-schema", show_schema, ("api:crm:schema",), "objectTypeToSelectedFields"),
    Route("POST", "/v2/crm/entity-schema", upload_schema, ("api:crm:schema",), status=201),
    Route("GET", "/v2/crm/entities", show_objects, ("api:crm:get-objects",)),
    Route("POST", "/v2/crm/entities", upload, ("api:crm:upload",), status=201),
    Route("GET", "/v2/crm/request-status", status, ("api:crm:upload",)),
)
