-- Schema 9: packets and bytes in a table of their own. They are nought unless the kernel counts them, which it does
-- not by itself, and an octet of each in every row of flow_hours was an eighth of a record.

DROP VIEW v_destinations;
DROP VIEW v_flows;

-- What was counted of a row of flow_hours; no row where all of it is nought.
CREATE TABLE flow_traffic (
    hour INTEGER NOT NULL,
    flow_id INTEGER NOT NULL,
    packets_out INTEGER NOT NULL, -- of a denied flow the denied packets, which are always counted
    bytes_out INTEGER NOT NULL,
    packets_in INTEGER NOT NULL,
    bytes_in INTEGER NOT NULL,
    PRIMARY KEY (hour, flow_id),
    FOREIGN KEY (hour, flow_id) REFERENCES flow_hours (hour, flow_id)
) STRICT, WITHOUT ROWID;
INSERT INTO flow_traffic SELECT hour, flow_id, packets_out, bytes_out, packets_in, bytes_in FROM flow_hours
WHERE packets_out <> 0 OR bytes_out <> 0 OR packets_in <> 0 OR bytes_in <> 0;

-- One row a key and an hour in which flows of it began. The hour comes first, so that what is written now
-- lies together at the end, and a range of time is one stretch of the table.
CREATE TABLE new_flow_hours (
    flow_id INTEGER NOT NULL REFERENCES flows,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    unanswered INTEGER NOT NULL,
    already_open INTEGER NOT NULL,
    first_seen INTEGER,           -- milliseconds after the hour began; half the size of a whole time
    last_seen INTEGER,
    PRIMARY KEY (hour, flow_id)
) STRICT, WITHOUT ROWID;
INSERT INTO new_flow_hours SELECT flow_id, hour, count, answered, refused, unanswered, already_open, first_seen, last_seen
FROM flow_hours ORDER BY hour, flow_id;
DROP TABLE flow_hours;
ALTER TABLE new_flow_hours RENAME TO flow_hours;

-- The views as before.

CREATE VIEW v_flows AS SELECT
    f.id AS flow_id, f.process_id, p.exe, p.script, p.comm, p.unit, c.exe AS creator, t.kind AS task_kind, t.name AS task,
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
    (SELECT CASE WHEN length(CAST(n.name AS BLOB)) = length(n.name) AND n.name NOT GLOB '*[^ -~]*'
          THEN n.name ELSE 'x''' || hex(n.name) || '''' END
     FROM names AS n WHERE n.id = f.name_id AND n.id <> 0) AS name,
    CASE WHEN f.name_id <> 0 THEN CASE name_source WHEN 0 THEN 'configuration' WHEN 1 THEN 'http host' WHEN 2 THEN 'tls sni'
        WHEN 3 THEN 'dns of the host' WHEN 4 THEN 'dns of the process' ELSE 'unknown' END END AS name_source,
    (SELECT CASE WHEN length(CAST(i.name AS BLOB)) = length(i.name) AND i.name NOT GLOB '*[^ -~]*'
          THEN i.name ELSE 'x''' || hex(i.name) || '''' END
     FROM interfaces AS i WHERE i.id = f.interface_id) AS interface,
    overflow,
    CASE verdict WHEN 0 THEN 'accepted' WHEN 1 THEN 'denied' WHEN 2 THEN 'shadowed' ELSE 'unknown' END AS verdict,
    count, answered, refused, unanswered, already_open, packets_out, bytes_out, packets_in,
    bytes_in,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.first_seen / 1000.0, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%fZ', s.last_seen / 1000.0, 'unixepoch') AS last_seen
FROM (SELECT flows.*, hex(address) AS h FROM flows) AS f
JOIN v_processes AS p ON p.id = f.process_id
JOIN v_processes AS c ON c.id = f.creator_id
JOIN v_tasks AS t ON t.id = f.task_id
JOIN (SELECT flow_id, sum(count) AS count, sum(answered) AS answered, sum(refused) AS refused,
             sum(unanswered) AS unanswered, sum(already_open) AS already_open,
             ifnull(sum(packets_out), 0) AS packets_out, ifnull(sum(bytes_out), 0) AS bytes_out,
             ifnull(sum(packets_in), 0) AS packets_in, ifnull(sum(bytes_in), 0) AS bytes_in,
             min(hour * 3600000 + first_seen) AS first_seen, max(hour * 3600000 + last_seen) AS last_seen
      FROM flow_hours LEFT JOIN flow_traffic USING (hour, flow_id) GROUP BY flow_id) AS s ON s.flow_id = f.id;

CREATE VIEW v_destinations AS SELECT
    protocol, address, port, icmp_type, icmp_code, names, count(*) AS keys,
    count(DISTINCT process_id) AS processes, sum(count) AS count, sum(answered) AS answered,
    sum(refused) AS refused, sum(unanswered) AS unanswered,
    sum(CASE verdict WHEN 'denied' THEN count ELSE 0 END) AS denied,
    sum(CASE verdict WHEN 'shadowed' THEN count ELSE 0 END) AS shadowed, sum(bytes_out) AS bytes_out,
    sum(bytes_in) AS bytes_in, min(first_seen) AS first_seen, max(last_seen) AS last_seen
FROM v_flows WHERE NOT overflow
GROUP BY protocol, address, port, icmp_type, icmp_code;
