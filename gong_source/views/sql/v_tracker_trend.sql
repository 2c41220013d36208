-- One row is a week of a tracker that was found in it. Gong lists each tracker for each call, mostly with count 0: such
-- rows are left out here.
-- Key: tracker_name, week
WITH weeks AS (
    SELECT c.week, count(*) AS calls
    FROM v_calls AS c
    WHERE c.week IS NOT NULL
    GROUP BY c.week
),
hits AS (
    SELECT
        c.week,
        coalesce(t.name, t.id, 'Unnamed tracker') AS tracker_name,
        count(DISTINCT t.call_id) AS calls,
        CAST(sum(t.count) AS BIGINT) AS mentions
    FROM calls__trackers AS t
    JOIN v_calls AS c ON c.call_id = t.call_id
    WHERE t.count > 0 AND c.week IS NOT NULL
    GROUP BY c.week, coalesce(t.name, t.id, 'Unnamed tracker')
)
SELECT
    h.week AS week, -- Monday of the week, UTC.
    h.tracker_name AS tracker_name, -- Name of the tracker; two of one name count as one.
    h.calls AS calls, -- Calls in which it was found.
    h.mentions AS mentions, -- How often it was found in them.
    w.calls AS calls_of_week, -- All calls of the week.
    h.calls * 1.0 / w.calls AS share_of_calls -- Part of the week's calls in which it was found, 0 to 1.
FROM hits AS h
JOIN weeks AS w ON w.week = h.week
