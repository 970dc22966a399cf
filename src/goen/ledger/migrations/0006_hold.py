"""Holds alone are decided by the database: one call for a whole batch.

It does what `rules.decide` does to postings that only hold, and is held equal to it by a test.
Each statement of the function sees what was committed before it, as in `posting.post`.
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION ledger_hold(
  -- accounts, each once
  units text[], holders text[], lots text[], floors bigint[],
  -- postings, each request once
  requests uuid[], origins text[], instants timestamptz[], days date[],
  -- what they wish to hold, in order; places in the lists above, from 1
  nths int[], lines int[], sources int[], targets int[], qtys bigint[], reasons text[],
  strengths int[], ends timestamptz[],
  at timestamptz, who text
)
-- Only who is not simply held: 1 is known already, 2 is short by its wish at `place`. A posting 0
-- says that more is to be done, and nothing was: an account is to be opened, or a hold given up.
RETURNS TABLE (nth int, state int, place int, free bigint)
LANGUAGE plpgsql AS $$
DECLARE
  beyond CONSTANT bigint := 9223372036854775807;  -- free where there is no floor
  ids bigint[];
  known uuid[];
  books bigint[];
  states int[] := array_fill(0, ARRAY[cardinality(requests)]);
  places int[] := states;
  frees bigint[] := states;
  wishes CONSTANT int := cardinality(nths);
  someone_short boolean := false;
  i int := 1;
  p int;
  began int;
BEGIN
  ids := ARRAY(
    SELECT a.id FROM unnest(units, holders, lots, floors) WITH ORDINALITY
      AS given (unit, holder, lot, floor, n)
    LEFT JOIN ledger_account a ON a.unit = given.unit AND a.holder = given.holder
      AND a.lot = given.lot AND a.floor IS NOT DISTINCT FROM given.floor
    ORDER BY given.n
  );
  IF array_position(ids, NULL) IS NOT NULL THEN
    RETURN QUERY VALUES (0, 0, 0, 0::bigint);
    RETURN;
  END IF;
  PERFORM FROM ledger_balance b WHERE b.account_id = ANY(ids)
    ORDER BY b.account_id FOR NO KEY UPDATE;

  known := ARRAY(
    SELECT m.request FROM ledger_move m WHERE m.request = ANY(requests)
    UNION ALL SELECT m.request FROM ledger_pending m WHERE m.request = ANY(requests)
    UNION ALL SELECT m.request FROM ledger_closed m WHERE m.request = ANY(requests)
    UNION ALL SELECT m.closed_by FROM ledger_closed m WHERE m.closed_by = ANY(requests)
  );
  IF cardinality(known) > 0 THEN
    states := ARRAY(
      SELECT (given.request = ANY(known))::int FROM unnest(requests) WITH ORDINALITY
        AS given (request, n) ORDER BY given.n
    );
  END IF;

  books := ARRAY(
    SELECT coalesce(b.posted - b.pending - b.floor, beyond) FROM unnest(ids) WITH ORDINALITY
      AS given (id, n)
    LEFT JOIN ledger_balance b ON b.account_id = given.id ORDER BY given.n
  );
  WHILE i <= wishes LOOP
    p := nths[i];
    began := i;
    WHILE i <= wishes AND nths[i] = p LOOP
      IF states[p] = 0 THEN
        IF books[sources[i]] < qtys[i] THEN
          someone_short := true;
          states[p] := 2;
          places[p] := i;
          frees[p] := books[sources[i]];
          FOR j IN began..i - 1 LOOP  -- what it took so far is there again
            books[sources[j]] := books[sources[j]] + qtys[j];
          END LOOP;
        ELSE
          books[sources[i]] := books[sources[i]] - qtys[i];
        END IF;
      END IF;
      i := i + 1;
    END LOOP;
  END LOOP;
  -- Where nobody is short nothing is in the way, so that is the only time to look.
  IF someone_short AND EXISTS (
    SELECT FROM ledger_pending h
    WHERE h.expires_at <= at AND h.source_id IN (SELECT ids[n] FROM unnest(sources) AS n)
  ) THEN
    RETURN QUERY VALUES (0, 0, 0, 0::bigint);
    RETURN;
  END IF;

  INSERT INTO ledger_pending (request, line, source_id, target_id, qty, held, reason, origin,
                              strength, expires_at, business_date, occurred_at, recorded_at, actor)
  SELECT requests[given.nth], given.line, ids[given.source], ids[given.target], given.qty,
         given.qty, given.reason, origins[given.nth], given.strength, given.ends,
         days[given.nth], instants[given.nth], at, who
  FROM unnest(nths, lines, sources, targets, qtys, reasons, strengths, ends)
    AS given (nth, line, source, target, qty, reason, strength, ends)
  WHERE states[given.nth] = 0;
  UPDATE ledger_balance b SET pending = b.pending + given.qty
  FROM (
    SELECT ids[w.source] AS id, sum(w.qty)::bigint AS qty
    FROM unnest(nths, sources, qtys) AS w (nth, source, qty)
    WHERE states[w.nth] = 0 GROUP BY w.source
  ) given WHERE b.account_id = given.id;
  RETURN QUERY SELECT given.n::int, given.state, given.place, given.free
    FROM unnest(states, places, frees) WITH ORDINALITY AS given (state, place, free, n)
    WHERE given.state > 0;
END $$
"""
DROP = """
DROP FUNCTION ledger_hold(
  text[], text[], text[], bigint[], uuid[], text[], timestamptz[], date[], int[], int[], int[],
  int[], bigint[], text[], int[], timestamptz[], timestamptz, text
)
"""


class Migration(migrations.Migration):
    dependencies = (("ledger", "0005_checkpoints"),)
    operations = (migrations.RunSQL(CREATE, DROP),)
