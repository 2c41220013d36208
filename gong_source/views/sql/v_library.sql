-- One row is a call or a snippet of a call in a public folder of the library.
-- Key: folder_id, position
WITH RECURSIVE paths AS (
    SELECT f.id, CAST(coalesce(f.name, '') AS VARCHAR) AS path
    FROM library_folders AS f
    LEFT JOIN library_folders AS p ON p.id = f.parent_folder_id
    WHERE p.id IS NULL
    UNION ALL
    SELECT f.id, p.path || ' / ' || coalesce(f.name, '') AS path
    FROM library_folders AS f
    JOIN paths AS p ON p.id = f.parent_folder_id
)
SELECT
    i.folder_id AS folder_id, -- Id of the folder.
    i.position AS position, -- Position in the folder, from 0.
    f.name AS folder, -- Name of the folder.
    coalesce(p.path, f.name) AS path, -- Names of the folder and of those it is in, from the outermost.
    w.name AS workspace, -- Workspace of the folder.
    i.call_id AS call_id, -- Joins v_calls.call_id; a call from before the synced range is not there.
    i.title AS title, -- Title in the library.
    i.note AS note, -- Note of who added it.
    u.name AS added_by, -- Who added it.
    i.created AS added, -- When it was added.
    i.url AS url, -- Its page in Gong.
    i.snippet__from_sec / 60.0 AS from_minute, -- Start of a snippet; NULL for a whole call.
    i.snippet__to_sec / 60.0 AS to_minute, -- End of a snippet; NULL for a whole call.
    c.started AS call_started, -- When the call was recorded.
    h.name AS host_name -- Host of the call.
FROM library_folder_calls AS i
LEFT JOIN library_folders AS f ON f.id = i.folder_id
LEFT JOIN paths AS p ON p.id = i.folder_id
LEFT JOIN workspaces AS w ON w.id = f.workspace_id
LEFT JOIN v_users AS u ON u.user_id = i.added_by
LEFT JOIN calls AS c ON c.id = i.call_id
LEFT JOIN v_users AS h ON h.user_id = c.primary_user_id
WHERE c.deleted_at IS NULL
