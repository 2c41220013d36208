"""Tables of what a company has set up for its calls: trackers, outcomes of dialer calls, briefs, targets."""

from __future__ import annotations

from gong_source.tables.model import Column, Table, content_hash, list_table, load_id, removed, text

TRACKERS = Table(
    "trackers",
    "a keyword tracker",
    (
        text("tracker_id", "trackerId", "Gong's id of the tracker; joins `calls__trackers.id`.", required=True),
        text("tracker_name", "trackerName"),
        text("workspace_id", "workspaceId", "Joins `workspaces.id`."),
        text("affiliation", "affiliation", "Whose words count: Anyone, Company or NonCompany."),
        Column("part_of_question", "bool", "partOfQuestion", "Whether they count only within a question."),
        text("said_at", "saidAt", "In which part of a call they count, such as Anytime or First."),
        Column("said_at_interval", "double", "saidAtInterval", "Length of that part, in `said_at_unit`."),
        text("said_at_unit", "saidAtUnit", "Minutes, or a percentage of the call."),
        Column("said_in_topics", "json", "saidInTopics", "List of the topics in which they count."),
        text("filter_query", "filterQuery", "Which calls are searched: a JSON document, as text."),
        Column("created", "timestamp", "created"),
        text("creator_user_id", "creatorUserId", "Joins `users.id`; NULL where it is built in.", personal="user"),
        Column("updated", "timestamp", "updated"),
        text("updater_user_id", "updaterUserId", "Joins `users.id`; NULL where it is built in."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("tracker_id",),
    ignored=("languageKeywords",),
    key="`tracker_id`",
)
TRACKER_KEYWORDS = list_table(
    "trackers__language_keywords",
    "the keywords of a tracker in one language",
    text("tracker_id", doc="Joins `trackers.tracker_id`.", required=True),
    "languageKeywords",
    text("language", "language", "Code of three letters, such as eng."),
    Column("keywords", "json", "keywords", "List of words and phrases."),
    Column("include_related_forms", "bool", "includeRelatedForms", "Whether other forms of a word count as well."),
)
CALL_OUTCOMES = Table(
    "call_outcomes",
    "an outcome that can be chosen after a dialer call",
    (
        text("call_outcome", "callOutcome", "Its name; Gong gives no id.", required=True),
        Column("display_order", "bigint", "displayOrder", "Its place when one is chosen."),
        text("connect_status", "connectStatus", "CONNECTED or NOT_CONNECTED."),
        text("sentiment", "sentiment", "POSITIVE, NEGATIVE or NEUTRAL."),
        text("todo_action", "todoAction", "What becomes of the call's to-do: COMPLETE or COMPLETE_AND_REMOVE."),
        text("automation", "automation", "What it sets off, such as MARK_AS_OPT_OUT."),
        text("category", "category", "ANSWERED or NOT_ANSWERED."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("call_outcome",),
    key="`call_outcome`",
)
BRIEFS = Table(
    "briefs",
    "a definition of an AI brief",
    (
        text("brief_id", "briefId", "Gong's id of the brief.", required=True),
        text("brief_name", "briefName"),
        text("workspace_id", "workspaceId", "Joins `workspaces.id`."),
        text("description", "description"),
        text("status", "status", "Published or Not published."),
        text("creator", "creator", "Name of who made it.", personal="name"),
        text("creator_user_id", "creatorUserId", "Who made it; joins `users.id`.", personal="user"),
        Column("created", "timestamp", "created"),
        Column("updated", "timestamp", "updated"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("brief_id",),
    key="`brief_id`",
)
TARGETS = Table(
    "targets",
    "a definition of a target",
    (
        text("id", "id", "Gong's id, or workspace and position where it sends none.", required=True),
        text("workspace_id", doc="Workspace it was listed in; joins `workspaces.id`.", needed="workspace"),
        text("name", "name"),
        text("type", "type", "What is counted."),
        text("currency", "currency"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    ignored=("workspaceId",),
    key="`id`",
)
CRM_INTEGRATIONS = Table(
    "crm_integrations",
    "a CRM that was registered by Gong's API; the connections to Salesforce, HubSpot and others are not listed",
    (
        text("integration_id", "integrationId", "Gong's id of the integration.", required=True),
        text("name", "name"),
        text("owner_email", "ownerEmail", "Who answers for it.", personal="email"),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("integration_id",),
    key="`integration_id`",
)
CRM_SCHEMA_FIELDS = Table(
    "crm_schema_fields",
    "a field of a kind of object of such a CRM",
    (
        text("id", "id", doc="All columns of the key, in one text.", required=True),
        text("integration_id", "integrationId", "Joins `crm_integrations.integration_id`.", required=True),
        text("object_type", "objectType", "ACCOUNT, CONTACT, DEAL or LEAD.", required=True),
        text("unique_name", "uniqueName", required=True),
        text("label", "label"),
        text("type", "type", "Such as STRING, NUMBER or PICKLIST."),
        Column("last_modified", "timestamp", "lastModified"),
        Column("is_deleted", "bool", "isDeleted"),
        text("reference_to", "referenceTo", "The kind of object that it refers to."),
        Column("ordered_value_list", "json", "orderedValueList", "List of the values of a picklist."),
        content_hash(),
        removed(),
        load_id(),
    ),
    primary_key=("id",),
    key="`integration_id` + `object_type` + `unique_name`",
)
