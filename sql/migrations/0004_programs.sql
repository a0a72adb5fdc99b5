-- Schema 4: what the host says of the files that its processes ran. Of processes of before nothing is known.

CREATE TABLE program_files (
    path TEXT PRIMARY KEY NOT NULL,      -- as processes.exe or processes.script has it
    owner INTEGER,                       -- uid; NULL: there was no such file any more
    writable_by_others INTEGER NOT NULL, -- 1: others than its owner and root may change or replace it
    in_home INTEGER NOT NULL,            -- 1: below somebody's home
    package TEXT NOT NULL                -- of dpkg; '': none ships it
) STRICT, WITHOUT ROWID;

CREATE VIEW v_program_files AS SELECT
    CASE WHEN length(CAST(path AS BLOB)) = length(path) AND path NOT GLOB '*[^ -~]*'
         THEN path ELSE 'x''' || hex(path) || '''' END AS path,
    owner,
    (SELECT CASE WHEN length(CAST(u.name AS BLOB)) = length(u.name) AND u.name NOT GLOB '*[^ -~]*'
          THEN u.name ELSE 'x''' || hex(u.name) || '''' END
     FROM users AS u WHERE u.uid = owner) AS user,
    writable_by_others, in_home,
    CASE WHEN length(CAST(package AS BLOB)) = length(package) AND package NOT GLOB '*[^ -~]*'
         THEN package ELSE 'x''' || hex(package) || '''' END AS package
FROM program_files;
