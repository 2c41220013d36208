-- One row is an account of the CRM that is linked to a call, with the newest of the fields that came with its
-- calls: TimeOfCall is as old as the call, Now as old as the load that brought it.
-- Key: system, object_id
WITH linked AS (
    SELECT
        o.*,
        count(*) OVER (PARTITION BY o.system, o.object_id) AS calls,
        sum(c.minutes) OVER (PARTITION BY o.system, o.object_id) AS minutes,
        min(c.started) OVER (PARTITION BY o.system, o.object_id) AS first_call,
        max(c.started) OVER (PARTITION BY o.system, o.object_id) AS last_call,
        row_number() OVER (
            PARTITION BY o.system, o.object_id
            ORDER BY
                CASE WHEN o.timing = 'TimeOfCall' THEN c.started ELSE coalesce(c.loaded_at, c.started) END DESC,
                c.started DESC,
                c.call_id
        ) AS place
    FROM v_call_crm_objects AS o
    JOIN v_calls AS c ON c.call_id = o.call_id
    WHERE o.object_type = 'Account'
)
SELECT
    a.object_id AS object_id, -- Id in the CRM; unique within a system only.
    a.system AS system, -- The CRM: Salesforce, HubSpot, MicrosoftDynamic or Generic; Unknown where Gong does not say.
    a.name AS name, -- Name of the account.
    a.website AS website, -- Website.
    a.industry AS industry, -- Industry.
    a.employees AS employees, -- Number of employees.
    a.created AS created, -- Day it was made in the CRM, where Gong sends it.
    a.calls AS calls, -- Calls linked to it.
    a.minutes AS minutes, -- Minutes of these calls.
    a.first_call AS first_call, -- When the first of them was recorded.
    a.last_call AS last_call, -- When the last of them was recorded.
    a.fields AS fields -- All fields, as Gong sends them.
FROM linked AS a
WHERE a.place = 1
