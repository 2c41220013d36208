-- One row is a CRM object that Gong links to a call, with its usual fields as columns. A call may have several accounts
-- and opportunities: who joins calls through here counts a call once for each. Fields are those of Salesforce, HubSpot
-- or Dynamics by their own names; what is not of the type of its column is NULL, and stays in fields.
-- Key: call_id, system, object_type, object_id
WITH objects AS (
    SELECT
        o.call_id,
        coalesce(k.system, 'Unknown') AS system,
        coalesce(o.object_type, 'Unknown') AS object_type,
        o.object_id,
        o.timing,
        o.fields,
        -- an object may come as it is now and as it was at the time of the call
        row_number() OVER (
            PARTITION BY o.call_id, coalesce(k.system, 'Unknown'), coalesce(o.object_type, 'Unknown'), o.object_id
            ORDER BY CASE WHEN o.timing = 'TimeOfCall' THEN 1 ELSE 0 END, o._dlt_list_idx, o._dlt_id
        ) AS place,
        o._dlt_list_idx AS list_position,
        k._dlt_list_idx AS system_position
    FROM calls__context__objects AS o
    JOIN calls AS c ON c.id = o.call_id AND c.deleted_at IS NULL
    LEFT JOIN calls__context AS k ON k.call_id = o.call_id AND k._dlt_id = o._dlt_parent_id
    WHERE o.object_id IS NOT NULL
),
named AS (
    SELECT
        o.call_id,
        o.system,
        o.object_type,
        o.object_id,
        lower(json_extract_string(f.field, '$.name')) AS name,
        nullif(json_extract_string(f.field, '$.value'), '') AS value
    FROM objects AS o, unnest(json_extract(o.fields, '$[*]')) AS f(field)
    WHERE o.place = 1
),
wide AS (
    SELECT
        n.call_id,
        n.system,
        n.object_type,
        n.object_id,
        max(CASE WHEN n.name IN ('name', 'dealname') THEN n.value END) AS name,
        max(CASE WHEN n.name IN ('stagename', 'dealstage', 'stage') THEN n.value END) AS stage,
        max(CASE WHEN n.name IN ('amount', 'estimatedvalue') THEN trim(n.value, ' ') END) AS amount,
        max(CASE WHEN n.name IN ('probability', 'closeprobability') THEN trim(n.value, ' ') END) AS probability,
        max(CASE WHEN n.name IN ('closedate', 'estimatedclosedate') THEN left(n.value, 10) END) AS close_date,
        max(CASE WHEN n.name IN ('isclosed', 'hs_is_closed') THEN n.value END) AS is_closed,
        max(CASE WHEN n.name IN ('createddate', 'createdate', 'createdon') THEN left(n.value, 10) END) AS created,
        max(CASE WHEN n.name IN ('website', 'websiteurl') THEN n.value END) AS website,
        max(CASE WHEN n.name = 'industry' THEN n.value END) AS industry,
        max(CASE WHEN n.name = 'numberofemployees' THEN trim(n.value, ' ') END) AS employees
    FROM named AS n
    GROUP BY n.call_id, n.system, n.object_type, n.object_id
)
-- warehouses take more for a number or a day than what looks like one, each something else: NaN, infinity, 1_000
SELECT
    o.call_id AS call_id, -- Joins v_calls.call_id.
    o.system AS system, -- The CRM: Salesforce, HubSpot, MicrosoftDynamic or Generic; Unknown where Gong does not say.
    o.object_type AS object_type, -- Account or Opportunity.
    o.object_id AS object_id, -- Id in the CRM; unique within a system and type only.
    o.timing AS timing, -- Now: fields as they were when the call was loaded; TimeOfCall: when it was held.
    w.name AS name, -- Name of the account or opportunity.
    w.stage AS stage, -- Stage of an opportunity.
    CASE
        WHEN regexp_matches(w.amount, '^[+-]?([0-9]{1,99}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$')
        THEN try_cast(w.amount AS DOUBLE)
    END AS amount, -- Amount of an opportunity, in the CRM's currency.
    CASE
        WHEN regexp_matches(w.probability, '^[+-]?([0-9]{1,99}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$')
        THEN try_cast(w.probability AS DOUBLE)
    END AS probability, -- Probability of an opportunity, as the CRM counts it.
    CASE WHEN regexp_matches(w.close_date, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') THEN try_cast(w.close_date AS DATE) END AS close_date, -- Close date of an opportunity.
    try_cast(w.is_closed AS BOOLEAN) AS is_closed, -- Whether an opportunity is closed, won or lost.
    CASE WHEN regexp_matches(w.created, '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') THEN try_cast(w.created AS DATE) END AS created, -- Day the object was made in the CRM, where Gong sends it.
    w.website AS website, -- Website of an account.
    w.industry AS industry, -- Industry of an account.
    CASE
        WHEN regexp_matches(w.employees, '^[+-]?([0-9]{1,99}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?$')
        THEN try_cast(w.employees AS DOUBLE)
    END AS employees, -- Employees of an account.
    row_number() OVER (
        PARTITION BY o.call_id, o.object_type
        ORDER BY coalesce(o.system_position, 0), coalesce(o.list_position, 0), o.system, o.object_id
    ) AS position, -- 1 is the first object of its type that Gong lists for the call.
    o.fields AS fields -- All fields, as Gong sends them.
FROM objects AS o
LEFT JOIN wide AS w
    ON w.call_id = o.call_id AND w.system = o.system AND w.object_type = o.object_type AND w.object_id = o.object_id
WHERE o.place = 1
