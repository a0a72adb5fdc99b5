-- Schema 10: packets that nobody could read, or that conntrack was told not to track, have reasons of their own.

DROP VIEW v_gaps;
CREATE VIEW v_gaps AS SELECT observation_id,
    strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
    strftime('%Y-%m-%dT%H:%M:%fZ', ended / 1000.0, 'unixepoch') AS ended,
    CASE reason WHEN 0 THEN 'not running' WHEN 1 THEN 'NFLOG overrun'
        WHEN 2 THEN 'conntrack events overrun' WHEN 3 THEN 'flow table full'
        WHEN 4 THEN 'malformed input' WHEN 5 THEN 'simulated drops' WHEN 6 THEN 'conntrack table full'
        WHEN 7 THEN 'conntrack insert failed' WHEN 8 THEN 'senders not filed' WHEN 9 THEN 'packets not read'
        WHEN 10 THEN 'not tracked' ELSE 'unknown' END AS reason,
    lost
FROM gaps;
