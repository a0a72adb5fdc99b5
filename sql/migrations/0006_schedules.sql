-- Schema 6: what the host runs by the clock, and when it ran while it was observed. Of before nothing is known.

-- As it was read last; all rows are replaced together.
CREATE TABLE schedules (
    task_id INTEGER NOT NULL REFERENCES tasks, -- what its flows and runs are filed under
    kind INTEGER NOT NULL,        -- 0 timer, 1 user timer, 2 cron, 3 run-parts, 4 anacron, 5 at
    state INTEGER NOT NULL,       -- 0 enabled, 1 at boot, 2 disabled
    file TEXT NOT NULL,           -- where it is written
    command TEXT NOT NULL,        -- what it runs, secrets redacted
    expression TEXT NOT NULL,     -- when, as it is written there
    time_zone TEXT NOT NULL,      -- IANA's name of the zone in which that is to be read; '': none matters
    uid INTEGER,                  -- who it runs as; NULL: not known
    period INTEGER,               -- seconds, the longest between two runs; NULL: does not recur, or not known
    delay INTEGER NOT NULL,       -- seconds by which a run may begin later than due
    last_run INTEGER,             -- as the host tells it; NULL: it does not
    next_run INTEGER              -- NULL: none
) STRICT;

-- One row a task and an hour (UTC) in which it was started. The hour comes first, as in flow_hours.
CREATE TABLE task_runs (
    task_id INTEGER NOT NULL REFERENCES tasks,
    hour INTEGER NOT NULL,
    minutes INTEGER NOT NULL,     -- a bit for each minute in which it was started; bit 0 is the first
    PRIMARY KEY (hour, task_id)
) STRICT, WITHOUT ROWID;

CREATE VIEW v_schedules AS SELECT
    CASE s.kind WHEN 0 THEN 'timer' WHEN 1 THEN 'user timer' WHEN 2 THEN 'cron' WHEN 3 THEN 'run-parts'
        WHEN 4 THEN 'anacron' WHEN 5 THEN 'at' ELSE 'unknown' END AS kind,
    t.name AS task,
    CASE state WHEN 0 THEN 'enabled' WHEN 1 THEN 'at boot' WHEN 2 THEN 'disabled' ELSE 'unknown' END AS state,
    CASE WHEN length(CAST(file AS BLOB)) = length(file) AND file NOT GLOB '*[^ -~]*'
         THEN file ELSE 'x''' || hex(file) || '''' END AS file,
    CASE WHEN length(CAST(command AS BLOB)) = length(command) AND command NOT GLOB '*[^ -~]*'
         THEN command ELSE 'x''' || hex(command) || '''' END AS command,
    CASE WHEN length(CAST(expression AS BLOB)) = length(expression) AND expression NOT GLOB '*[^ -~]*'
         THEN expression ELSE 'x''' || hex(expression) || '''' END AS expression,
    CASE WHEN length(CAST(time_zone AS BLOB)) = length(time_zone) AND time_zone NOT GLOB '*[^ -~]*'
         THEN time_zone ELSE 'x''' || hex(time_zone) || '''' END AS time_zone,
    uid, period, delay,
    strftime('%Y-%m-%dT%H:%M:%fZ', last_run / 1000.0, 'unixepoch') AS last_run,
    strftime('%Y-%m-%dT%H:%M:%fZ', next_run / 1000.0, 'unixepoch') AS next_run
FROM schedules AS s JOIN v_tasks AS t ON t.id = s.task_id;

-- One row a run: the minute in which it began.
CREATE VIEW v_task_runs AS
WITH RECURSIVE minute(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM minute WHERE number < 59)
SELECT t.kind AS task_kind, t.name AS task,
    strftime('%Y-%m-%dT%H:%MZ', hour * 3600 + number * 60, 'unixepoch') AS started
FROM task_runs JOIN v_tasks AS t ON t.id = task_id JOIN minute ON (minutes >> number) & 1;
