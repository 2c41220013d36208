-- One row is a user of Gong, with the manager by name.
-- Key: user_id
SELECT
    u.id AS user_id, -- Gong's id of the user.
    nullif(trim(coalesce(u.first_name, '') || ' ' || coalesce(u.last_name, '')), '') AS name, -- First and last name.
    u.email_address AS email, -- Main e-mail address.
    u.title AS title, -- Job title.
    u.active AS active, -- False once deactivated.
    u.created AS created, -- When the user was made in Gong.
    u.manager_id AS manager_id, -- Joins v_users.user_id.
    nullif(trim(coalesce(m.first_name, '') || ' ' || coalesce(m.last_name, '')), '') AS manager_name -- Name of the manager.
FROM users AS u
LEFT JOIN users AS m ON m.id = u.manager_id
