-- One row is a week of a user who hosted calls in it. Statistics are those of Gong for each call, averaged over the calls
-- of the user that have them: the pages of Gong weigh calls in ways that it does not document, so they may differ a little.
-- host_talk_share is ours, from talk times by speaker. Calls without a host are not here.
-- Key: user_id, week
SELECT
    c.host_id AS user_id, -- The host. Joins v_users.user_id.
    c.week AS week, -- Monday of the week, UTC.
    max(c.host_name) AS name, -- Name of the host.
    max(c.manager_id) AS manager_id, -- Manager of the host, as of now.
    max(c.manager_name) AS manager_name, -- Name of the host's manager.
    count(*) AS calls, -- Calls hosted.
    CAST(sum(CASE WHEN c.scope = 'External' THEN 1 ELSE 0 END) AS BIGINT) AS external_calls, -- Those with outsiders.
    sum(c.minutes) / 60.0 AS hours, -- Length of the calls together, in hours.
    avg(c.talk_ratio) AS talk_ratio, -- Mean of Gong's Talk Ratio, 0 to 1.
    avg(c.host_talk_share) AS host_talk_share, -- Mean of the host's part of all talk time, 0 to 1.
    avg(c.longest_monologue_minutes) AS longest_monologue_minutes, -- Mean of Gong's Longest Monologue, in minutes.
    avg(c.longest_customer_story_minutes) AS longest_customer_story_minutes, -- Mean of Gong's, in minutes.
    avg(c.interactivity) AS interactivity, -- Mean of Gong's Interactivity, 0 to 10.
    avg(c.patience) AS patience, -- Mean of Gong's Patience, in seconds.
    avg(c.questions_by_us) AS questions_per_call, -- Mean of the questions that our side asked in a call.
    CAST(sum(CASE WHEN c.has_transcript THEN 1 ELSE 0 END) AS BIGINT) AS with_transcript -- Calls with a transcript.
FROM v_calls AS c
WHERE c.host_id IS NOT NULL AND c.week IS NOT NULL
GROUP BY c.host_id, c.week
