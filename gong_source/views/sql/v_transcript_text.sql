-- One row is the whole text of a call: a line for each monologue, as "[minute:second] Name: what was said". For search and for
-- language models.
-- Key: call_id
WITH monologues AS (
    SELECT
        t.call_id,
        t.monologue_index,
        min(t.sentence_index) AS first_sentence,
        min(t.start_ms) AS start_ms,
        max(t.end_ms) AS end_ms,
        max(t.speaker_name) AS speaker_name,
        count(*) AS sentences,
        string_agg(t.text, ' ' ORDER BY t.sentence_index NULLS FIRST) AS text
    FROM v_transcript AS t
    GROUP BY t.call_id, t.monologue_index
),
timed AS (
    SELECT
        m.call_id,
        m.first_sentence,
        m.sentences,
        m.end_ms,
        m.speaker_name,
        m.text,
        CAST(floor(coalesce(m.start_ms, 0) / 60000.0) AS BIGINT) AS minute,
        CAST(floor(coalesce(m.start_ms, 0) / 1000.0) AS BIGINT) % 60 AS second
    FROM monologues AS m
),
lines AS (
    SELECT
        t.call_id,
        t.first_sentence,
        t.sentences,
        t.end_ms,
        '[' || CAST(t.minute AS VARCHAR) || ':' || lpad(CAST(t.second AS VARCHAR), 2, '0') || '] ' AS moment,
        -- a line break in a name would be a line of somebody else
        replace(replace(t.speaker_name || ': ' || coalesce(t.text, ''), chr(13), ' '), chr(10), ' ') AS said
    FROM timed AS t
),
texts AS (
    SELECT
        l.call_id,
        CAST(sum(l.sentences) AS BIGINT) AS sentences,
        count(*) AS monologues,
        max(l.end_ms) AS end_ms,
        string_agg(l.moment || l.said, '
' ORDER BY l.first_sentence NULLS FIRST) AS text
    FROM lines AS l
    GROUP BY l.call_id
)
SELECT
    x.call_id AS call_id, -- Joins v_calls.call_id.
    c.title AS title, -- Title of the call.
    c.started AS started, -- When it was recorded.
    c.host_name AS host_name, -- Name of the host.
    c.account_name AS account_name, -- First account linked to the call.
    c.is_private AS is_private, -- Whether the call is private; NULL where the call is not here, which would tell.
    x.sentences AS sentences, -- Sentences in it.
    x.monologues AS monologues, -- Lines in it.
    x.end_ms / 60000.0 AS spoken_until_minute, -- Minute in which the last sentence ends.
    x.text AS text -- The text.
FROM texts AS x
LEFT JOIN v_calls AS c ON c.call_id = x.call_id
