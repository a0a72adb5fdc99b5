-- Schema 1. Times are milliseconds since 1970-01-01T00:00:00Z, hours are hours since then. Enumerations
-- are stored as the numbers of model's enumerators; the views spell them out. Text is TEXT with whatever
-- bytes it came with, NUL and invalid UTF-8 included. docs/schema.md tells more.

CREATE TABLE observations (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL,      -- 0 kernel, 1 zeek, 2 jsonl
    started INTEGER NOT NULL,
    last_alive INTEGER NOT NULL,
    ended INTEGER,                -- NULL: running, or killed after last_alive
    host TEXT NOT NULL,
    netns INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    nflog_group INTEGER NOT NULL,
    accounting INTEGER NOT NULL
) STRICT;

CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    observation_id INTEGER NOT NULL REFERENCES observations,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    reason INTEGER NOT NULL,      -- 0 not running, 1 NFLOG, 2 conntrack events, 3 table full, 4 malformed
    lost INTEGER                  -- events; NULL: not known
) STRICT;
CREATE INDEX gaps_by_observation ON gaps (observation_id, reason, started);

CREATE TABLE counters (
    observation_id INTEGER NOT NULL REFERENCES observations,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (observation_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    sha256 TEXT PRIMARY KEY,      -- of the file's content, hexadecimal
    name TEXT NOT NULL,
    imported INTEGER NOT NULL,
    observation_id INTEGER NOT NULL REFERENCES observations
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    uid INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE groups (
    gid INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

CREATE TABLE processes (
    id INTEGER PRIMARY KEY,       -- 0 is the process that is not known
    exe TEXT NOT NULL,
    comm TEXT NOT NULL,
    cmdline TEXT NOT NULL,
    cgroup TEXT NOT NULL,
    unit TEXT NOT NULL,
    uid INTEGER NOT NULL,         -- -1: not known. Not NULL, because NULLs are never equal to a UNIQUE
    UNIQUE (exe, comm, cmdline, cgroup, unit, uid)
) STRICT;
INSERT INTO processes VALUES (0, '', '', '', '', '', -1);

CREATE TABLE tasks (
    id INTEGER PRIMARY KEY,       -- 0 is the task that is not known
    kind INTEGER NOT NULL,        -- 0 unknown, 1 service, 2 timer, 3 cron, 4 session, 5 container, 6 kernel
    name TEXT NOT NULL,
    UNIQUE (name, kind)
) STRICT;
INSERT INTO tasks VALUES (0, 0, '');

CREATE TABLE interfaces (
    id INTEGER PRIMARY KEY,       -- 0 is the interface that is not known
    name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO interfaces VALUES (0, '');

-- One row a distinct key, however often it is seen.
CREATE TABLE flows (
    id INTEGER PRIMARY KEY,
    process_id INTEGER NOT NULL REFERENCES processes,
    task_id INTEGER NOT NULL REFERENCES tasks,
    attribution INTEGER NOT NULL, -- 0 unknown, 1 inferred, 2 exact
    owner_kind INTEGER NOT NULL,  -- 0 unknown, 1 kernel, 2 user
    uid INTEGER NOT NULL,         -- 0 unless owner_kind is 2
    gid INTEGER NOT NULL,
    interface_id INTEGER NOT NULL REFERENCES interfaces,
    overflow INTEGER NOT NULL,    -- 1: many destinations folded into one row
    protocol INTEGER NOT NULL,    -- IANA's number
    address BLOB NOT NULL CHECK (length(address) IN (4, 16)), -- network order
    detail INTEGER NOT NULL,      -- port; ICMP type * 256 + code; else 0
    UNIQUE (address, detail, protocol, process_id, task_id, uid, gid, owner_kind, attribution, interface_id,
            overflow)
) STRICT;

-- One row a key and an hour in which flows of it began. The hour comes first, so that what is written now
-- lies together at the end, and a range of time is one stretch of the table.
CREATE TABLE flow_hours (
    flow_id INTEGER NOT NULL REFERENCES flows,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    already_open INTEGER NOT NULL,
    packets_out INTEGER NOT NULL,
    bytes_out INTEGER NOT NULL,
    packets_in INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    first_seen INTEGER,           -- milliseconds after the hour began; half the size of a whole time
    last_seen INTEGER,
    PRIMARY KEY (hour, flow_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE name_bindings (
    address BLOB NOT NULL CHECK (length(address) IN (4, 16)),
    name_id INTEGER NOT NULL REFERENCES names,
    process_id INTEGER NOT NULL REFERENCES processes, -- 0: holds for the whole host
    source INTEGER NOT NULL,      -- 0 configuration, 1 HTTP host, 2 TLS SNI, 3 DNS host, 4 DNS process
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (address, name_id, process_id, source)
) STRICT, WITHOUT ROWID;

-- Views for people with the sqlite3 shell. Text with anything but printable ASCII in it is shown as
-- x'HEX', so that no process and no answer from the network can write to a terminal. IPv4 is a dotted
-- quad, IPv6 is eight groups, not shortened; SQLite has nothing like inet_ntop(3).

CREATE VIEW v_processes AS SELECT id,
    CASE WHEN length(CAST(exe AS BLOB)) = length(exe) AND exe NOT GLOB '*[^ -~]*'
         THEN exe ELSE 'x''' || hex(exe) || '''' END AS exe,
    CASE WHEN length(CAST(comm AS BLOB)) = length(comm) AND comm NOT GLOB '*[^ -~]*'
         THEN comm ELSE 'x''' || hex(comm) || '''' END AS comm,
    CASE WHEN length(CAST(cmdline AS BLOB)) = length(cmdline) AND cmdline NOT GLOB '*[^ -~]*'
         THEN cmdline ELSE 'x''' || hex(cmdline) || '''' END AS cmdline,
    CASE WHEN length(CAST(cgroup AS BLOB)) = length(cgroup) AND cgroup NOT GLOB '*[^ -~]*'
         THEN cgroup ELSE 'x''' || hex(cgroup) || '''' END AS cgroup,
    CASE WHEN length(CAST(unit AS BLOB)) = length(unit) AND unit NOT GLOB '*[^ -~]*'
         THEN unit ELSE 'x''' || hex(unit) || '''' END AS unit,
    CASE WHEN uid >= 0 THEN uid END AS uid
FROM processes;

CREATE VIEW v_tasks AS SELECT id,
    CASE kind WHEN 0 THEN 'unknown' WHEN 1 THEN 'service' WHEN 2 THEN 'timer' WHEN 3 THEN 'cron'
        WHEN 4 THEN 'session' WHEN 5 THEN 'container' WHEN 6 THEN 'kernel' ELSE 'unknown' END AS kind,
    CASE WHEN length(CAST(name AS BLOB)) = length(name) AND name NOT GLOB '*[^ -~]*'
         THEN name ELSE 'x''' || hex(name) || '''' END AS name
FROM tasks;

CREATE VIEW v_observations AS SELECT id,
    CASE source WHEN 0 THEN 'kernel' WHEN 1 THEN 'zeek' WHEN 2 THEN 'jsonl' ELSE 'unknown' END AS source,
    strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
    strftime('%Y-%m-%dT%H:%M:%fZ', last_alive / 1000.0, 'unixepoch') AS last_alive,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000.0, 'unixepoch') AS ended,
    CASE WHEN length(CAST(host AS BLOB)) = length(host) AND host NOT GLOB '*[^ -~]*'
         THEN host ELSE 'x''' || hex(host) || '''' END AS host,
    netns, pid, nflog_group, accounting
FROM observations;

CREATE VIEW v_gaps AS SELECT observation_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000.0, 'unixepoch') AS ended,
    CASE reason WHEN 0 THEN 'not running' WHEN 1 THEN 'NFLOG overrun'
        WHEN 2 THEN 'conntrack events overrun' WHEN 3 THEN 'flow table full'
        WHEN 4 THEN 'malformed input' ELSE 'unknown' END AS reason,
    lost
FROM gaps;

CREATE VIEW v_names AS SELECT
    CASE length(address)
        WHEN 4 THEN printf('%d.%d.%d.%d',
             instr('0123456789ABCDEF', substr(h, 1, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 2, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 3, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 4, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 5, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 6, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 7, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 8, 1)) - 17)
        ELSE lower(substr(h, 1, 4) || ':' || substr(h, 5, 4) || ':' || substr(h, 9, 4) || ':' || substr(h, 13, 4) || ':' ||
                   substr(h, 17, 4) || ':' || substr(h, 21, 4) || ':' || substr(h, 25, 4) || ':' || substr(h, 29, 4)) END AS address,
    CASE WHEN length(CAST(name AS BLOB)) = length(name) AND name NOT GLOB '*[^ -~]*'
         THEN name ELSE 'x''' || hex(name) || '''' END AS name,
    process_id,
    CASE source WHEN 0 THEN 'configuration' WHEN 1 THEN 'http host' WHEN 2 THEN 'tls sni'
        WHEN 3 THEN 'dns of the host' WHEN 4 THEN 'dns of the process' ELSE 'unknown' END AS source,
    strftime('%Y-%m-%dT%H:%M:%fZ', first_seen / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', last_seen / 1000.0, 'unixepoch') AS last_seen,
    count
FROM (SELECT name_bindings.*, names.name, hex(address) AS h
      FROM name_bindings JOIN names ON names.id = name_id);

CREATE VIEW v_flows AS SELECT
    f.id AS flow_id, f.process_id, p.exe, p.comm, p.unit, t.kind AS task_kind, t.name AS task,
    CASE attribution WHEN 0 THEN 'unknown' WHEN 1 THEN 'inferred' WHEN 2 THEN 'exact' ELSE 'unknown' END AS attribution,
    CASE owner_kind WHEN 0 THEN 'unknown' WHEN 1 THEN 'kernel' WHEN 2 THEN 'user' ELSE 'unknown' END AS owner,
    CASE owner_kind WHEN 2 THEN f.uid END AS uid,
    CASE owner_kind WHEN 2 THEN f.gid END AS gid,
    (SELECT CASE WHEN length(CAST(u.name AS BLOB)) = length(u.name) AND u.name NOT GLOB '*[^ -~]*'
          THEN u.name ELSE 'x''' || hex(u.name) || '''' END
     FROM users AS u WHERE u.uid = f.uid AND owner_kind = 2) AS user,
    CASE protocol WHEN 1 THEN 'icmp' WHEN 2 THEN 'igmp' WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp'
        WHEN 33 THEN 'dccp' WHEN 47 THEN 'gre' WHEN 50 THEN 'esp' WHEN 51 THEN 'ah'
        WHEN 58 THEN 'icmpv6' WHEN 132 THEN 'sctp' WHEN 136 THEN 'udplite'
        ELSE CAST(protocol AS TEXT) END AS protocol,
    CASE length(address)
        WHEN 4 THEN printf('%d.%d.%d.%d',
             instr('0123456789ABCDEF', substr(h, 1, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 2, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 3, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 4, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 5, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 6, 1)) - 17,
             instr('0123456789ABCDEF', substr(h, 7, 1)) * 16 + instr('0123456789ABCDEF', substr(h, 8, 1)) - 17)
        ELSE lower(substr(h, 1, 4) || ':' || substr(h, 5, 4) || ':' || substr(h, 9, 4) || ':' || substr(h, 13, 4) || ':' ||
                   substr(h, 17, 4) || ':' || substr(h, 21, 4) || ':' || substr(h, 25, 4) || ':' || substr(h, 29, 4)) END AS address,
    CASE WHEN protocol IN (6, 17, 33, 132, 136) THEN detail END AS port,
    CASE WHEN protocol IN (1, 58) THEN detail / 256 END AS icmp_type,
    CASE WHEN protocol IN (1, 58) THEN detail % 256 END AS icmp_code,
    (SELECT group_concat(name, ' ')
     FROM (SELECT DISTINCT CASE WHEN length(CAST(n.name AS BLOB)) = length(n.name) AND n.name NOT GLOB '*[^ -~]*'
           THEN n.name ELSE 'x''' || hex(n.name) || '''' END AS name
           FROM name_bindings AS b JOIN names AS n ON n.id = b.name_id
           WHERE b.address = f.address ORDER BY 1)) AS names,
    (SELECT CASE WHEN length(CAST(i.name AS BLOB)) = length(i.name) AND i.name NOT GLOB '*[^ -~]*'
          THEN i.name ELSE 'x''' || hex(i.name) || '''' END
     FROM interfaces AS i WHERE i.id = f.interface_id) AS interface,
    overflow, count, answered, refused, unanswered, already_open, packets_out, bytes_out, packets_in,
    bytes_in,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.first_seen / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.last_seen / 1000.0, 'unixepoch') AS last_seen
FROM (SELECT flows.*, hex(address) AS h FROM flows) AS f
JOIN v_processes AS p ON p.id = f.process_id
JOIN v_tasks AS t ON t.id = f.task_id
JOIN (SELECT flow_id, sum(count) AS count, sum(answered) AS answered, sum(refused) AS refused,
             sum(unanswered) AS unanswered, sum(already_open) AS already_open,
             sum(packets_out) AS packets_out, sum(bytes_out) AS bytes_out, sum(packets_in) AS packets_in,
             sum(bytes_in) AS bytes_in, min(hour * 3600000 + first_seen) AS first_seen,
             max(hour * 3600000 + last_seen) AS last_seen
      FROM flow_hours GROUP BY flow_id) AS s ON s.flow_id = f.id;

CREATE VIEW v_destinations AS SELECT
    protocol, address, port, icmp_type, icmp_code, names, count(*) AS keys,
    count(DISTINCT process_id) AS processes, sum(count) AS count, sum(answered) AS answered,
    sum(refused) AS refused, sum(unanswered) AS unanswered, sum(bytes_out) AS bytes_out,
    sum(bytes_in) AS bytes_in, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM v_flows WHERE NOT overflow
GROUP BY protocol, address, port, icmp_type, icmp_code;
