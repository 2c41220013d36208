-- One row is a user below a manager, at any depth: filter by manager_id for a whole team. The manager is not in it.
-- Key: manager_id, user_id
WITH RECURSIVE chain AS (
    SELECT
        u.user_id,
        u.manager_id,
        CAST(1 AS BIGINT) AS level,
        '/' || u.user_id || '/' || u.manager_id || '/' AS path
    FROM v_users AS u
    WHERE u.manager_id IS NOT NULL AND u.manager_id <> u.user_id
    UNION ALL
    -- a chain of managers that leads back to where it began ends there
    SELECT
        c.user_id,
        m.manager_id,
        c.level + 1 AS level,
        c.path || m.manager_id || '/' AS path
    FROM chain AS c
    JOIN v_users AS m ON m.user_id = c.manager_id
    WHERE m.manager_id IS NOT NULL AND strpos(c.path, '/' || m.manager_id || '/') = 0
)
SELECT
    c.manager_id AS manager_id, -- Joins v_users.user_id.
    m.name AS manager_name, -- Name of the manager; NULL for a manager who is no user.
    c.user_id AS user_id, -- Joins v_users.user_id.
    u.name AS user_name, -- Name of the user.
    u.email AS user_email, -- E-mail address of the user.
    u.title AS user_title, -- Job title of the user.
    u.active AS user_active, -- False once deactivated.
    c.level AS level -- 1 reports directly, 2 to somebody who does, and so on.
FROM chain AS c
JOIN v_users AS u ON u.user_id = c.user_id
LEFT JOIN v_users AS m ON m.user_id = c.manager_id
