-- Schema 7: what a record that lives for years needs.

-- The newest hour that flow_hours has of a key. A key older than all that is kept goes, and is found by this:
-- flow_hours has no index by flow.
ALTER TABLE flows ADD COLUMN last_hour INTEGER NOT NULL DEFAULT 0;
UPDATE flows SET last_hour = newest.hour
FROM (SELECT flow_id, max(hour) AS hour FROM flow_hours GROUP BY flow_id) AS newest
WHERE newest.flow_id = flows.id;

-- One row: by what time it is reckoned what is too old. docs/schema.md tells why the clock alone does not do.
CREATE TABLE retention (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    reckoned INTEGER NOT NULL
) STRICT;

-- A damaged record in whose place this one was begun.
CREATE TABLE set_aside (
    id INTEGER PRIMARY KEY,
    observation_id INTEGER NOT NULL REFERENCES observations,
    noticed INTEGER NOT NULL,
    file TEXT NOT NULL            -- where it is now
) STRICT;

CREATE VIEW v_set_aside AS SELECT
    strftime('%Y-%m-%dT%H:%M:%fZ', noticed / 1000.0, 'unixepoch') AS noticed,
    CASE WHEN length(CAST(file AS BLOB)) = length(file) AND file NOT GLOB '*[^ -~]*'
         THEN file ELSE 'x''' || hex(file) || '''' END AS file
FROM set_aside;
