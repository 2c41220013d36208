-- One row is a day with calls: how many have a transcript, and how late they came here. The lag is from the start of a call
-- to when it was last written: a call that changed in Gong was written again, so look at recent days, or at the least lag.
-- Key: day
SELECT
    c.day AS day, -- Day the calls were recorded, UTC.
    count(*) AS calls, -- Calls.
    CAST(sum(CASE WHEN c.has_transcript THEN 1 ELSE 0 END) AS BIGINT) AS with_transcript, -- Those with a transcript.
    sum(CASE WHEN c.has_transcript THEN 1.0 ELSE 0.0 END) / count(*) AS share_with_transcript, -- Their part, 0 to 1.
    CAST(sum(CASE WHEN c.no_transcript_reason = 'may still come' THEN 1 ELSE 0 END) AS BIGINT) AS may_still_come, -- Calls whose transcript may still come.
    CAST(sum(CASE WHEN c.is_private THEN 1 ELSE 0 END) AS BIGINT) AS private_calls, -- Private calls.
    min(date_diff('microsecond', c.started, c.loaded_at)) / 3600e6 AS least_lag_hours, -- Least lag of the day's calls, in hours.
    avg(date_diff('microsecond', c.started, c.loaded_at)) / 3600e6 AS mean_lag_hours, -- Mean lag, in hours.
    max(date_diff('microsecond', c.started, c.loaded_at)) / 3600e6 AS greatest_lag_hours -- Greatest lag, in hours.
FROM v_calls AS c
WHERE c.day IS NOT NULL
GROUP BY c.day
