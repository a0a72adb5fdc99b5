-- Schema 12: of a run, how it ended, where the host tells that. Of before nothing is known.

-- A bit for each minute, as `minutes` has them: a run that began then ended well; a run that began then failed. Both:
-- it was started again in the same minute.
ALTER TABLE task_runs ADD COLUMN succeeded INTEGER NOT NULL DEFAULT 0;
ALTER TABLE task_runs ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;

DROP VIEW v_task_runs;
-- One row a run: the minute in which it began, and how it ended (NULL: nobody told).
CREATE VIEW v_task_runs AS
WITH RECURSIVE minute(number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM minute WHERE number < 59)
SELECT t.kind AS task_kind, t.name AS task,
    strftime('%Y-%m-%dT%H:%MZ', hour * 3600 + number * 60, 'unixepoch') AS started,
    CASE WHEN (succeeded >> number) & 1 THEN 'succeeded' WHEN (failed >> number) & 1 THEN 'failed' END AS outcome
FROM task_runs JOIN v_tasks AS t ON t.id = task_id JOIN minute ON (minutes >> number) & 1;
