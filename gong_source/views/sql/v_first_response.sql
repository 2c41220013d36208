-- One row is an account, with how long it waited for its first call. The wait needs the day the account was made, which
-- Gong sends only where the field of the CRM is mapped; it is negative for accounts that were made after their first call.
-- Key: system, account_id
SELECT
    t.account_id AS account_id, -- Joins v_accounts.object_id.
    t.system AS system, -- Joins v_accounts.system.
    t.account_name AS account_name, -- Name of the account.
    max(t.account_created) AS created, -- Day the account was made in the CRM, where Gong sends it.
    min(t.started) AS first_call, -- When the first call was recorded.
    max(CASE WHEN t.call_number = 1 THEN t.call_id END) AS first_call_id, -- Joins v_calls.call_id.
    max(CASE WHEN t.call_number = 1 THEN t.host_name END) AS first_host_name, -- Host of the first call.
    date_diff('day', max(t.account_created), CAST(min(t.started) AT TIME ZONE 'UTC' AS DATE)) AS days_to_first_call, -- Days waited.
    max(CASE WHEN t.call_number = 2 THEN t.started END) AS second_call, -- When the second call was recorded.
    max(CASE WHEN t.call_number = 2 THEN t.days_since_previous END) AS days_to_second_call, -- Days between the two.
    count(*) AS calls -- Calls with the account.
FROM v_account_timeline AS t
GROUP BY t.account_id, t.system, t.account_name
