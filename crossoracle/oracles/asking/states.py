"""The states of a question, and every way from one to another; SQL allows no other. Brackets: possibly paid.

::

    none, failed, lost -> sent       it is put by a call
    none, failed, lost -> batched    it is put into a batch that is not yet uploaded
    sent -> sent           (+1)      the same: this process gave it up
    sent -> batched        (+1)
    sent -> failed                   the call was refused, or not even sent
    sent -> lost           (+1)      no reply, but perhaps not for nothing; or its process died
    none, failed -> batched          a batch is found that it is in
    lost -> batched        (-1)      its own batch is found after all
    batched -> failed                its batch was refused, or did not come to it
    batched -> lost        (+1)      the provider knows nothing of its batch; or its answer cannot be read
    lost -> failed         (-1)      its batch was fetched after all, and had not come to it
    sent, batched, failed -> answered
    lost -> answered       (-1)

Answered is final: neither a late failure nor a second reply changes anything. What is lost is put again only
where that is asked for (``--resend``), what is in a batch never: it goes on without us. What costs nothing
(``paid`` is 0) is never lost, but failed. A statement that changes no row was not allowed.
"""

from __future__ import annotations

PUT = """
INSERT INTO calls
    (key, state, attempts, paid, batch, oracle, run, dataset, video_id, kind, step, sample, sent_at)
VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET possibly_paid = possibly_paid + (state = 'sent' AND paid),
    state = excluded.state, attempts = attempts + 1, paid = excluded.paid, batch = excluded.batch,
    oracle = excluded.oracle, run = excluded.run, step = excluded.step, sent_at = excluded.sent_at,
    message = NULL, status = NULL
WHERE state IN ('sent', 'failed', 'lost')
"""  # state: sent, or batched with the mark of the batch

FAILED = """
UPDATE calls SET state = CASE WHEN ?1 AND paid THEN 'lost' ELSE 'failed' END,
    possibly_paid = possibly_paid + (?1 AND paid), latency_s = ?2, message = ?3, status = ?4
WHERE key = ?5 AND state = 'sent'
"""
DIED = """
UPDATE calls SET state = CASE WHEN paid THEN 'lost' ELSE 'failed' END, possibly_paid = possibly_paid + paid
WHERE state = 'sent'
"""
ANSWERED = """
UPDATE calls SET possibly_paid = possibly_paid - (state = 'lost' AND paid), state = 'answered', latency_s = ?,
    message = NULL, status = NULL
WHERE key = ? AND state <> 'answered'
"""
STORED = "INSERT OR IGNORE INTO replies (key, raw) VALUES (?, ?)"  # the first: rows were made from it
MEASURED = """
UPDATE calls SET measured = 1, model = ?, input_tokens = ?, output_tokens = ?, cost_usd = ?
WHERE key = ? AND state = 'answered'
"""

# -- of batches: ?1 is the mark ----------------------------------------------------------------------------

FOUND = """
UPDATE calls SET possibly_paid = possibly_paid - 1, state = 'batched', message = NULL
WHERE batch = ?1 AND state = 'lost'
"""
NOTED = """
INSERT OR IGNORE INTO calls (key, state, attempts, batch, oracle, step)
VALUES (?2, 'batched', 1, ?1, ?3, 'batch')
"""
ADOPTED = f"""
{NOTED.replace("OR IGNORE ", "")}
ON CONFLICT (key) DO UPDATE SET state = 'batched', batch = excluded.batch WHERE state = 'failed'
"""  # of a batch that the ledger did not know; what a single call lost stays lost
LEFT_OUT = """
UPDATE calls SET possibly_paid = possibly_paid - (state = 'lost'), state = 'failed', message = ?3, status = ?4
WHERE batch = ?1 AND key = ?2 AND state IN ('batched', 'lost')
"""
REFUSED = (
    "UPDATE calls SET state = 'failed', message = ?2, status = ?3 WHERE batch = ?1 AND state = 'batched'"
)
MISSED = """
UPDATE calls SET state = 'lost', possibly_paid = possibly_paid + 1, message = ?2
WHERE batch = ?1 AND state = 'batched'
"""
