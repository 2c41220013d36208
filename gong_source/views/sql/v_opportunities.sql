-- One row is an opportunity of the CRM that is linked to a call, with the newest of the fields that came with its
-- calls: TimeOfCall is as old as the call, Now as old as the load that brought it.
-- Key: system, object_id
WITH linked AS (
    SELECT
        o.*,
        c.account_id,
        c.account_name,
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
    WHERE o.object_type = 'Opportunity'
)
SELECT
    o.object_id AS object_id, -- Id in the CRM; unique within a system only.
    o.system AS system, -- The CRM: Salesforce, HubSpot, MicrosoftDynamic or Generic; Unknown where Gong does not say.
    o.name AS name, -- Name of the opportunity.
    o.amount AS amount, -- Amount, in the CRM's currency; NULL where it is no number.
    o.calls AS calls, -- Calls linked to it.
    o.stage AS stage, -- Stage.
    o.probability AS probability, -- Probability, as the CRM counts it.
    o.close_date AS close_date, -- Close date.
    o.is_closed AS is_closed, -- Whether it is closed, won or lost.
    o.created AS created, -- Day it was made in the CRM, where Gong sends it.
    o.account_id AS account_id, -- First account of the call that the fields came with. Joins v_accounts.object_id.
    o.account_name AS account_name, -- Name of that account.
    o.minutes AS minutes, -- Minutes of the calls linked to it.
    o.first_call AS first_call, -- When the first of them was recorded.
    o.last_call AS last_call, -- When the last of them was recorded.
    o.fields AS fields -- All fields, as Gong sends them.
FROM linked AS o
WHERE o.place = 1
