-- One row is a call with an account, in order. A call that is linked to two accounts is in both timelines.
-- Key: system, account_id, call_id
WITH outsiders AS (
    SELECT
        p.call_id,
        string_agg(p.name, ', ' ORDER BY p.position NULLS FIRST) AS names
    FROM v_call_participants AS p
    WHERE p.affiliation = 'External' AND p.name IS NOT NULL
    GROUP BY p.call_id
)
SELECT
    a.object_id AS account_id, -- Joins v_accounts.object_id.
    a.system AS system, -- Joins v_accounts.system.
    a.name AS account_name, -- Name of the account.
    a.created AS account_created, -- Day it was made in the CRM, where Gong sends it.
    c.call_id AS call_id, -- Joins v_calls.call_id.
    row_number() OVER (
        PARTITION BY a.system, a.object_id ORDER BY c.started, c.call_id
    ) AS call_number, -- 1 is the first call with the account.
    c.started AS started, -- When it was recorded.
    date_diff(
        'microsecond', lag(c.started) OVER (PARTITION BY a.system, a.object_id ORDER BY c.started, c.call_id), c.started
    ) / 86400e6 AS days_since_previous, -- Days since the call before; NULL for the first.
    c.title AS title, -- Title of the call.
    c.host_name AS host_name, -- Name of the host.
    x.names AS outsiders, -- Names of the participants from outside.
    c.minutes AS minutes, -- Length in minutes.
    c.outcome AS outcome, -- Outcome of the call.
    c.has_transcript AS has_transcript, -- Whether its transcript is here.
    c.is_private AS is_private, -- Whether the call is private.
    c.brief AS brief -- Gong's summary of the call.
FROM v_accounts AS a
JOIN v_call_crm_objects AS o ON o.system = a.system AND o.object_id = a.object_id AND o.object_type = 'Account'
JOIN v_calls AS c ON c.call_id = o.call_id
LEFT JOIN outsiders AS x ON x.call_id = c.call_id
