-- One row is a sentence, with who said it. No sentence is left out: where Gong names nobody for a speaker, and where it
-- gives no speaker at all, speaker_name is Unknown speaker.
-- Key: call_id, sentence_index
WITH speakers AS (
    -- several participants may share a speaker id, such as people in one room: the first with a name stands for them
    SELECT
        p.call_id,
        p.speaker_id,
        p.name,
        p.email,
        p.affiliation,
        p.user_id,
        row_number() OVER (
            PARTITION BY p.call_id, p.speaker_id ORDER BY CASE WHEN p.name IS NULL THEN 1 ELSE 0 END, p.position
        ) AS place,
        count(*) OVER (PARTITION BY p.call_id, p.speaker_id) AS sharing
    FROM v_call_participants AS p
    WHERE p.speaker_id IS NOT NULL
)
SELECT
    t.call_id AS call_id, -- Joins v_calls.call_id.
    t.sentence_index AS sentence_index, -- Position of the sentence in the transcript, from 0.
    coalesce(s.name, s.email, 'Unknown speaker') AS speaker_name, -- Name, else e-mail address, else Unknown speaker.
    s.email AS speaker_email, -- E-mail address of the speaker, where known.
    coalesce(s.affiliation, 'Unknown') AS affiliation, -- Side of the speaker: Internal, External or Unknown.
    t.topic AS topic, -- Topic of the monologue; NULL where Gong names none.
    t.start_ms AS start_ms, -- Milliseconds from the start of the call.
    t.text AS text, -- The sentence.
    t.end_ms AS end_ms, -- Milliseconds from the start of the call.
    CAST(floor(t.start_ms / 60000.0) AS BIGINT) AS minute, -- Minute of the call, from 0.
    t.monologue_index AS monologue_index, -- Position of the monologue in the transcript, from 0.
    t.speaker_id AS speaker_id, -- Gong's id of the speaker in this call; it differs from call to call.
    s.user_id AS user_id, -- The speaker, where a user. Joins v_users.user_id.
    coalesce(s.sharing, 0) AS speaker_candidates -- Participants with this speaker id: 0 unknown, 2 or more can't be told apart.
FROM transcript_sentences AS t
LEFT JOIN calls AS c ON c.id = t.call_id
LEFT JOIN speakers AS s ON s.call_id = t.call_id AND s.speaker_id = t.speaker_id AND s.place = 1
WHERE c.deleted_at IS NULL
