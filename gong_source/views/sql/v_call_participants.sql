-- One row is a participant of a call, invited or present. Calls that were imported may have none.
-- Key: call_id, position
WITH talk AS (
    -- a speaker's time goes to one participant, also where several share an id: to the user it names
    SELECT
        s.call_id,
        p._dlt_list_idx AS position,
        s.talk_time,
        row_number() OVER (
            PARTITION BY s.call_id, s._dlt_id
            ORDER BY
                CASE WHEN p.id = s.id THEN 0 WHEN p.speaker_id = s.id THEN 1 ELSE 2 END,
                CASE WHEN p.user_id = s.user_id THEN 0 ELSE 1 END,
                p._dlt_list_idx
        ) AS place
    FROM calls__speakers AS s
    JOIN calls__parties AS p
        ON p.call_id = s.call_id AND (p.id = s.id OR p.speaker_id = s.id OR p.user_id = s.user_id)
),
spoken AS (
    SELECT t.call_id, t.position, sum(t.talk_time) AS seconds
    FROM talk AS t
    WHERE t.place = 1
    GROUP BY t.call_id, t.position
)
SELECT
    p.call_id AS call_id, -- Joins v_calls.call_id.
    p._dlt_list_idx AS position, -- Position in Gong's list, from 0.
    coalesce(p.name, u.name) AS name, -- Name; NULL for who is only known by a phone number or not at all.
    coalesce(p.email_address, u.email) AS email, -- E-mail address.
    coalesce(p.title, u.title) AS title, -- Job title.
    p.phone_number AS phone_number, -- Phone number.
    coalesce(p.affiliation, 'Unknown') AS affiliation, -- Internal, External or Unknown.
    p.user_id AS user_id, -- Joins v_users.user_id; NULL for outsiders.
    coalesce(p.user_id = c.primary_user_id, FALSE) AS is_host, -- Whether the participant hosted the call.
    json_contains(p.methods, '"Invitee"') AS invited, -- Whether they were invited.
    json_contains(p.methods, '"Attendee"') AS attended, -- Whether they were there.
    p.speaker_id AS speaker_id, -- Joins v_transcript.speaker_id of the same call; NULL for who did not speak.
    s.seconds / 60.0 AS talk_minutes -- Minutes they spoke; NULL where Gong tells no time for them.
FROM calls__parties AS p
JOIN calls AS c ON c.id = p.call_id AND c.deleted_at IS NULL
LEFT JOIN v_users AS u ON u.user_id = p.user_id
LEFT JOIN spoken AS s ON s.call_id = p.call_id AND s.position = p._dlt_list_idx
