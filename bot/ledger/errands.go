package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"footnote/bot"
)

const columns = `key, adapter, asker, conversation, question_id, kind, text, language, after_id, place, address, accepted, attempt, revision, state, posted, answer`

const acceptSQL = `
INSERT INTO errands (key, adapter, asker, conversation, question_id, kind, text, language, after_id, place, address, accepted, attempt, revision, state, posted, owner, lease, due)
VALUES ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, {now} + $19, {now})
ON CONFLICT (key) DO NOTHING`

// Accept implements [bot.Ledger]. A repeat is recognised until [Ledger.Expire] takes
// the errand away. NUL and what is not UTF-8 become U+FFFD in the text of the
// question; anywhere else they are an error, as is an address that is not JSON. After
// an error it is uncertain whether the errand is stored; if it is, owner does not hold
// it beyond the lease.
func (l *Ledger) Accept(ctx context.Context, e bot.Errand, owner string, lease time.Duration) (fresh bool, err error) {
	q := e.Question
	if err := check(e); err != nil {
		return false, fmt.Errorf("store errand: %w", err)
	}
	n, err := l.db.exec(ctx, l.db.safe, l.sql.accept, l.clock(), e.Key, e.Adapter, q.Asker, q.Conversation, q.ID, string(q.Kind), clean(q.Text), q.Language, q.After, q.Place,
		document(e.Address), micros(e.Accepted), max(e.Attempt, 1), e.Revision, string(cmp.Or(e.State, bot.Open)), e.Posted, owner, lease.Microseconds())
	if err != nil {
		return false, fmt.Errorf("store %s: %w", e.Key, err)
	}
	if n > 0 {
		l.keep(owner, e.Key)
	}
	return n > 0, nil
}

const claimSQL = `
WITH due AS MATERIALIZED (
	SELECT key FROM errands
	WHERE state <> 'closed' AND due <= {now} AND (owner = '' OR lease <= {now})
	ORDER BY accepted, key LIMIT $2 {lock}
)
UPDATE errands SET owner = $3, lease = {now} + $4, attempt = attempt + 1
WHERE key IN (SELECT key FROM due)
RETURNING ` + columns

// Claim implements [bot.Ledger].
func (l *Ledger) Claim(ctx context.Context, owner string, n int, lease time.Duration) ([]bot.Errand, error) {
	if n <= 0 {
		return nil, nil
	}
	var out []bot.Errand
	err := l.db.returning(ctx, l.db.fast, func(rows *sql.Rows) error {
		e, _, err := scanErrand(rows)
		out = append(out, e)
		return err
	}, l.sql.claim, l.clock(), n, owner, lease.Microseconds())
	if err != nil {
		return nil, fmt.Errorf("claim errands: %w", err)
	}
	slices.SortFunc(out, func(a, b bot.Errand) int {
		return cmp.Or(a.Accepted.Compare(b.Accepted), strings.Compare(a.Key, b.Key))
	})
	for _, e := range out {
		l.keep(owner, e.Key)
	}
	return out, nil
}

const extendSQL = `UPDATE errands SET lease = {now} + $4 WHERE key IN ({keys}) AND owner = $3 AND state <> 'closed'`

// Extend implements [bot.Ledger]. What owner holds is what Accept and Claim of this
// Ledger have given it without an error and it has called neither Done nor Retry for,
// whatever came of that: an errand that nobody works on is not kept from others
// because a reply of the database was lost.
func (l *Ledger) Extend(ctx context.Context, owner string, lease time.Duration) error {
	keys := l.keysOf(owner)
	if len(keys) == 0 {
		return nil
	}
	list, err := json.Marshal(keys)
	if err != nil {
		return fmt.Errorf("extend leases: %w", err)
	}
	if _, err := l.db.exec(ctx, l.db.fast, l.sql.extend, l.clock(), string(list), owner, lease.Microseconds()); err != nil {
		return fmt.Errorf("extend leases: %w", err)
	}
	return nil
}

const releaseSQL = `UPDATE errands SET owner = '', lease = 0 WHERE state <> 'closed' AND owner = $1`

// Release implements [bot.Ledger].
func (l *Ledger) Release(ctx context.Context, owner string) error {
	l.dropAll(owner)
	if _, err := l.db.exec(ctx, l.db.fast, l.sql.release, owner); err != nil {
		return fmt.Errorf("release errands: %w", err)
	}
	return nil
}

const reviseSQL = `
UPDATE errands SET text = $3, revision = revision + 1, state = 'open', due = {now}, attempt = 1
WHERE key = $2 AND text <> $3 AND accepted >= $4 AND NOT withdrawn AND NOT forgotten`

// Revise implements [bot.Ledger]. A question that was withdrawn or forgotten stays so.
// The attempts of an edited errand count from 1 again, so that it isn't given up for
// those of an earlier text.
func (l *Ledger) Revise(ctx context.Context, key, text string, since time.Time) error {
	if _, err := l.db.exec(ctx, l.db.safe, l.sql.revise, l.clock(), key, clean(text), micros(since)); err != nil {
		return fmt.Errorf("revise %s: %w", key, err)
	}
	return nil
}

const withdrawSQL = `UPDATE errands SET state = 'withdrawn', withdrawn = TRUE, due = {now}, attempt = 1 WHERE key = $2 AND NOT withdrawn`

// Withdraw implements [bot.Ledger]. Who holds the errand keeps it; withdrawing again
// changes nothing; attempts count from 1 again.
func (l *Ledger) Withdraw(ctx context.Context, key string) error {
	if _, err := l.db.exec(ctx, l.db.safe, l.sql.withdraw, l.clock(), key); err != nil {
		return fmt.Errorf("withdraw %s: %w", key, err)
	}
	return nil
}

// In the assignments a column is what it was before.
const doneSQL = `
UPDATE errands SET
	owner = '', lease = 0,
	state  = CASE WHEN revision = $4 AND state = $5 THEN 'closed' ELSE state END,
	due    = CASE WHEN revision = $4 AND state = $5 THEN due ELSE {now} END,
	answer = CASE WHEN revision = $4 AND state = $5 THEN $6 ELSE answer END,
	text   = CASE WHEN revision = $4 AND state = $5 AND state = 'withdrawn' THEN '' ELSE text END,
	posted = CASE WHEN revision = $4 AND state = $5 AND state = 'withdrawn' THEN '' WHEN $7 <> '' THEN $7 ELSE posted END
WHERE key = $2 AND owner = $3 AND state <> 'closed'
RETURNING state`

// Done implements [bot.Ledger]. A withdrawn errand is closed without an answer, and
// its question's text is wiped. posted, if not "", is kept also where ok is false and
// owner held the errand, so that the next attempt finds the message. An owner whose
// lease has ended holds the errand until another claims it.
func (l *Ledger) Done(ctx context.Context, e bot.Errand, owner string, a bot.Answer, posted string) (ok bool, err error) {
	l.drop(owner, e.Key)
	if e.State == bot.Withdrawn {
		a = bot.Answer{}
	}
	answer, err := encode(a)
	if err != nil {
		return false, fmt.Errorf("close %s: %w", e.Key, err)
	}
	err = l.db.returning(ctx, l.db.fast, func(rows *sql.Rows) error {
		var state bot.State
		err := rows.Scan(&state)
		ok = state == bot.Closed
		return err
	}, l.sql.done, l.clock(), e.Key, owner, e.Revision, string(cmp.Or(e.State, bot.Open)), answer, posted)
	if err != nil {
		return false, fmt.Errorf("close %s: %w", e.Key, err)
	}
	return ok, nil
}

const retrySQL = `
UPDATE errands SET owner = '', lease = 0, due = {now} + $4, posted = CASE WHEN $5 <> '' THEN $5 ELSE posted END
WHERE key = $2 AND owner = $3 AND state <> 'closed'`

// Retry implements [bot.Ledger]. Nothing happens where owner does not hold the errand
// any more.
func (l *Ledger) Retry(ctx context.Context, e bot.Errand, owner string, at time.Time, posted string) error {
	l.drop(owner, e.Key)
	if _, err := l.db.exec(ctx, l.db.fast, l.sql.retry, l.clock(), e.Key, owner, l.until(at), posted); err != nil {
		return fmt.Errorf("put %s back: %w", e.Key, err)
	}
	return nil
}

// check refuses an errand that one of the databases could not keep as it is.
func check(e bot.Errand) error {
	q := e.Question
	for _, f := range []struct{ name, value string }{
		{"key", e.Key}, {"adapter", e.Adapter}, {"posted", e.Posted}, {"address", string(e.Address)}, {"asker", q.Asker},
		{"conversation", q.Conversation}, {"id", q.ID}, {"kind", string(q.Kind)}, {"language", q.Language}, {"after", q.After}, {"place", q.Place},
	} {
		if clean(f.value) != f.value {
			return fmt.Errorf("its %s is not text", f.name)
		}
	}
	if e.Key == "" {
		return errors.New("it has no key")
	}
	if len(e.Address) > 0 && !json.Valid(e.Address) {
		return errors.New("its address is not JSON")
	}
	return nil
}

// clean returns s with U+FFFD for what PostgreSQL refuses in a text.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// document returns what a JSON column takes: none is NULL.
func document(j json.RawMessage) any {
	if len(j) == 0 {
		return nil
	}
	return string(j)
}

// scanErrand reads a row of columns.
func scanErrand(rows *sql.Rows) (e bot.Errand, a bot.Answer, err error) {
	var address, answer sql.NullString
	var accepted int64
	q := &e.Question
	err = rows.Scan(&e.Key, &e.Adapter, &q.Asker, &q.Conversation, &q.ID, &q.Kind, &q.Text, &q.Language, &q.After, &q.Place, &address, &accepted,
		&e.Attempt, &e.Revision, &e.State, &e.Posted, &answer)
	if err != nil {
		return bot.Errand{}, bot.Answer{}, err
	}
	e.Accepted = fromMicros(accepted)
	if address.Valid {
		e.Address = json.RawMessage(address.String)
	}
	if a, err = decode(answer); err != nil {
		return bot.Errand{}, bot.Answer{}, fmt.Errorf("read answer of %s: %w", e.Key, err)
	}
	return e, a, nil
}

// encode returns what the answer column takes: no answer is NULL.
func encode(a bot.Answer) (any, error) {
	if reflect.ValueOf(a).IsZero() {
		return nil, nil
	}
	b, err := json.Marshal(a)
	return string(b), err
}

func decode(column sql.NullString) (a bot.Answer, err error) {
	if column.Valid {
		err = json.Unmarshal([]byte(column.String), &a)
	}
	return a, err
}
