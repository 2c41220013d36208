-- One row is a call that Gong still has, with its host, team, account and opportunity by name. Private calls are in it.
-- Key: call_id
WITH talk AS (
    -- which participant a speaker is tells v_call_participants; a call may have speakers and no participants
    SELECT
        s.call_id,
        sum(s.talk_time) AS all_seconds,
        sum(CASE WHEN s.user_id = c.primary_user_id THEN s.talk_time END) AS host_seconds
    FROM calls__speakers AS s
    JOIN calls AS c ON c.id = s.call_id
    GROUP BY s.call_id
),
stats AS (
    SELECT
        i.call_id,
        max(CASE WHEN i.name = 'Talk Ratio' THEN i.value END) AS talk_ratio,
        max(CASE WHEN i.name = 'Longest Monologue' THEN i.value END) AS longest_monologue,
        max(CASE WHEN i.name = 'Longest Customer Story' THEN i.value END) AS longest_story,
        max(CASE WHEN i.name = 'Interactivity' THEN i.value END) AS interactivity,
        max(CASE WHEN i.name = 'Patience' THEN i.value END) AS patience
    FROM calls__interaction_stats AS i
    GROUP BY i.call_id
),
people AS (
    SELECT
        p.call_id,
        count(*) AS participants,
        CAST(sum(CASE WHEN p.affiliation = 'External' THEN 1 ELSE 0 END) AS BIGINT) AS externals,
        max(CASE WHEN p.is_host THEN p.name END) AS host_name,
        max(CASE WHEN p.is_host THEN p.email END) AS host_email,
        sum(CASE WHEN p.is_host THEN coalesce(p.talk_minutes, 0) END) * 60.0 AS host_seconds
    FROM v_call_participants AS p
    GROUP BY p.call_id
),
loads AS (
    SELECT l.load_id, l.inserted_at, max(l.inserted_at) OVER () AS last_load
    FROM _dlt_loads AS l
    WHERE l.status = 0
)
SELECT
    c.id AS call_id, -- Gong's id of the call.
    c.title AS title, -- Title of the call.
    c.url AS url, -- The call's page in Gong.
    c.started AS started, -- When it was recorded.
    CAST(c.started AT TIME ZONE 'UTC' AS DATE) AS day, -- Day of started, UTC.
    CAST(date_trunc('week', CAST(c.started AT TIME ZONE 'UTC' AS DATE)) AS DATE) AS week, -- Monday of the week of started, UTC.
    c.duration / 60.0 AS minutes, -- Length in minutes.
    c.direction AS direction, -- Inbound, Outbound, Conference or Unknown.
    c.scope AS scope, -- Internal, External or Unknown.
    c.system AS system, -- System it was carried out with, such as Zoom.
    c.language AS language, -- ISO 639-2/B code; und unknown, zxx no speech.
    coalesce(c.is_private, FALSE) AS is_private, -- Whether the call is private: mind who sees what you build on it.
    c.workspace_id AS workspace_id, -- Id of the workspace.
    w.name AS workspace, -- Name of the workspace.
    c.primary_user_id AS host_id, -- User who hosted it; NULL for a call without a host. Joins v_users.user_id.
    coalesce(u.name, p.host_name) AS host_name, -- Name of the host.
    coalesce(u.email, p.host_email) AS host_email, -- E-mail address of the host.
    u.manager_id AS manager_id, -- Manager of the host, as of now. Joins v_users.user_id.
    u.manager_name AS manager_name, -- Name of the host's manager.
    a.system AS account_system, -- The CRM that account_id is of.
    a.object_id AS account_id, -- First account linked to the call; all of them are in v_call_crm_objects.
    a.name AS account_name, -- Name of that account, as it came with this call.
    o.system AS opportunity_system, -- The CRM that opportunity_id is of.
    o.object_id AS opportunity_id, -- First opportunity linked to the call; all of them are in v_call_crm_objects.
    o.name AS opportunity_name, -- Name of that opportunity, as it came with this call.
    coalesce(p.participants, 0) AS participants, -- Participants, invited or present; 0 where Gong lists none.
    coalesce(p.externals, 0) AS external_participants, -- Those of them from outside.
    s.talk_ratio AS talk_ratio, -- Gong's Talk Ratio of the call, 0 to 1. Not the same as host_talk_share.
    CASE
        WHEN coalesce(p.host_seconds, t.host_seconds) >= nullif(t.all_seconds, 0)
        THEN 1.0
        ELSE coalesce(p.host_seconds, t.host_seconds) / nullif(t.all_seconds, 0)
    END AS host_talk_share, -- Host's part of all talk time by speaker, 0 to 1; NULL where the host is neither among the participants nor the speakers.
    s.longest_monologue / 60.0 AS longest_monologue_minutes, -- Gong's Longest Monologue, in minutes.
    s.longest_story / 60.0 AS longest_customer_story_minutes, -- Gong's Longest Customer Story, in minutes.
    s.interactivity AS interactivity, -- Gong's Interactivity: how often the speaker changes, 0 to 10.
    s.patience AS patience, -- Gong's Patience: seconds the host waits before answering.
    c.questions__company_count AS questions_by_us, -- Questions asked by our side.
    c.questions__non_company_count AS questions_by_them, -- Questions asked by the other side.
    c.call_outcome__name AS outcome, -- Outcome of the call, by name.
    c.brief AS brief, -- Gong's summary of the call.
    x.call_id IS NOT NULL AS has_transcript, -- Whether its transcript is here.
    CASE
        WHEN x.call_id IS NOT NULL THEN NULL
        WHEN NOT EXISTS (SELECT 1 FROM transcripts AS y) THEN 'none loaded'
        WHEN c.language = 'zxx' THEN 'no speech'
        WHEN c.duration < 60 THEN 'shorter than a minute'
        WHEN date_diff('microsecond', c.started, (SELECT max(l.last_load) FROM loads AS l)) < 14 * 86400e6 THEN 'may still come'
        ELSE 'none from Gong'
    END AS no_transcript_reason, -- Why it has none, as far as the tables tell; may still come: for 14 days.
    x.sentence_count AS sentences, -- Sentences of the transcript.
    l.inserted_at AS loaded_at -- When the call was last written here; a later change in Gong writes it again.
FROM calls AS c
LEFT JOIN v_users AS u ON u.user_id = c.primary_user_id
LEFT JOIN workspaces AS w ON w.id = c.workspace_id
LEFT JOIN people AS p ON p.call_id = c.id
LEFT JOIN talk AS t ON t.call_id = c.id
LEFT JOIN stats AS s ON s.call_id = c.id
LEFT JOIN transcripts AS x ON x.call_id = c.id
LEFT JOIN loads AS l ON l.load_id = c._dlt_load_id
LEFT JOIN v_call_crm_objects AS a ON a.call_id = c.id AND a.object_type = 'Account' AND a.position = 1
LEFT JOIN v_call_crm_objects AS o ON o.call_id = c.id AND o.object_type = 'Opportunity' AND o.position = 1
WHERE c.deleted_at IS NULL
