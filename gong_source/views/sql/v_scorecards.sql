-- One row is an answer in a filled-in scorecard, with question, reviewer and the person reviewed by name. Scores of
-- different scorecards have different scales: compare within one. A reviewer is NULL where the AI of Gong filled it in.
-- Key: answered_scorecard_id, question_revision_id
SELECT
    a.answered_scorecard_id AS answered_scorecard_id, -- Id of the filled-in scorecard.
    a.scorecard_id AS scorecard_id, -- Id of the scorecard as it is defined.
    a.scorecard_name AS scorecard_name, -- Name of the scorecard.
    a.call_id AS call_id, -- Joins v_calls.call_id; a call from before the synced range is not there.
    c.title AS call_title, -- Title of the call.
    a.call_start_time AS call_started, -- When the call was recorded.
    a.reviewed_user_id AS reviewed_user_id, -- Who was reviewed. Joins v_users.user_id.
    u.name AS reviewed_user, -- Name of who was reviewed.
    a.reviewer_user_id AS reviewer_id, -- Who reviewed. Joins v_users.user_id.
    r.name AS reviewer, -- Name of who reviewed.
    a.review_method AS review_method, -- AUTOMATIC by Gong's AI, or MANUAL.
    a.review_time AS reviewed_at, -- When it was filled in.
    w.question_id AS question_id, -- Id of the question.
    w.question_revision_id AS question_revision_id, -- Id of the wording that was answered.
    coalesce(q.question_text, n.question_text) AS question, -- The question; today's wording where the answered one is gone.
    coalesce(q.question_type, n.question_type) AS question_type, -- Such as RANGE, YES_NO, MULTI_SELECT or OPEN.
    coalesce(w.is_overall, FALSE) AS is_overall, -- Whether it is the overall question of the scorecard.
    w.score AS score, -- The score, where the question has one.
    w.answer_text AS answer, -- The answer in words.
    coalesce(w.not_applicable, FALSE) AS not_applicable, -- Whether it does not apply to the call.
    w.selected_options AS selected_options -- Ids of the options chosen, as Gong sends them.
FROM answered_scorecards__answers AS w
JOIN answered_scorecards AS a ON a.answered_scorecard_id = w.answered_scorecard_id
LEFT JOIN scorecards__questions AS q
    ON q.scorecard_id = a.scorecard_id AND q.question_revision_id = w.question_revision_id
LEFT JOIN (
    SELECT
        q.scorecard_id,
        q.question_id,
        max(q.question_text) AS question_text,
        max(q.question_type) AS question_type
    FROM scorecards__questions AS q
    GROUP BY q.scorecard_id, q.question_id
) AS n ON n.scorecard_id = a.scorecard_id AND n.question_id = w.question_id
LEFT JOIN calls AS c ON c.id = a.call_id
LEFT JOIN v_users AS u ON u.user_id = a.reviewed_user_id
LEFT JOIN v_users AS r ON r.user_id = a.reviewer_user_id
WHERE c.deleted_at IS NULL
