-- Schema 11: since when a job that is known by its file and line has its command.

ALTER TABLE schedules ADD COLUMN since INTEGER; -- ms since the epoch; NULL: since the host was looked at first

DROP VIEW v_schedules;
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
    strftime('%Y-%m-%dT%H:%M:%fZ', next_run / 1000.0, 'unixepoch') AS next_run,
    strftime('%Y-%m-%dT%H:%M:%fZ', since / 1000.0, 'unixepoch') AS since
FROM schedules AS s JOIN v_tasks AS t ON t.id = s.task_id;
