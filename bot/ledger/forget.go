package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"footnote/bot"
)

// Forget wipes what a person wrote and returns how many questions and pieces of
// feedback that were. Of an answered question stays where its answer was posted, when,
// how it ended and which passages it cites, so that deleting the question still takes
// the answer away: no words but the material's, and no asker. A question that is not
// yet answered is withdrawn. Of other people's answers in the same conversations goes
// what they have understood with the person's words, and those that are being written
// now are written anew without them. On PostgreSQL, the next vacuum removes what was
// wiped from the files.
func (l *Ledger) Forget(ctx context.Context, asker string) (n int, err error) {
	if asker == "" {
		return 0, nil
	}
	err = l.db.tx(ctx, func(tx *sql.Tx) error {
		if l.db.alone != "" { // nobody may change between two statements what they change
			if _, err := tx.ExecContext(ctx, l.db.alone); err != nil {
				return err
			}
		}
		n, err = l.forget(ctx, tx, asker)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget %s: %w", asker, err)
	}
	l.scrub(ctx)
	return n, nil
}

// Askers returns the names of those who have asked or judged anything and whose name
// ends so, in order. Those who were forgotten have no name.
func (l *Ledger) Askers(ctx context.Context, suffix string) (out []string, err error) {
	if suffix == "" {
		return nil, nil
	}
	err = query(ctx, l.db.read, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		out = append(out, name)
		return err
	}, `SELECT asker FROM (SELECT asker FROM errands UNION SELECT asker FROM feedback) AS askers
		WHERE substr(asker, length(asker) - length(CAST($1 AS TEXT)) + 1) = CAST($1 AS TEXT) ORDER BY asker`, suffix)
	if err != nil {
		return nil, fmt.Errorf("find askers: %w", err)
	}
	return out, nil
}

const (
	forgetOpenSQL = `
UPDATE errands SET asker = '', text = '', answer = NULL, state = 'withdrawn', withdrawn = TRUE, forgotten = TRUE, due = {now}, attempt = 1
WHERE asker = $2 AND state <> 'closed'`
	forgetClosedSQL = `UPDATE errands SET asker = '', text = '', answer = $2, forgotten = TRUE WHERE key = $1`
	// Those that the person asked are closed or withdrawn by now.
	forgetAroundSQL  = `UPDATE errands SET revision = revision + 1 WHERE conversation = $1 AND state = 'open'`
	forgetEchoSQL    = `UPDATE errands SET answer = $2 WHERE key = $1`
	ownAnswersSQL    = `SELECT key, answer FROM errands WHERE asker = $1 AND state = 'closed'`
	aroundAnswersSQL = `SELECT key, answer FROM errands WHERE conversation = $1 AND state = 'closed' AND answer IS NOT NULL AND NOT forgotten`
)

func (l *Ledger) forget(ctx context.Context, tx *sql.Tx, asker string) (n int, err error) {
	conversations, err := conversationsOf(ctx, tx, asker)
	if err != nil {
		return 0, err
	}
	count := func(text string, args ...any) (err error) {
		var res sql.Result
		if res, err = tx.ExecContext(ctx, text, args...); err == nil {
			var m int64
			m, err = res.RowsAffected()
			n += int(m)
		}
		return err
	}
	if err := count(l.sql.forgetOpen, l.clock(), asker); err != nil {
		return 0, err
	}
	own, err := answers(ctx, tx, ownAnswersSQL, asker)
	if err != nil {
		return 0, err
	}
	for key, a := range own {
		text, err := encode(wordless(a))
		if err != nil {
			return 0, err
		}
		if err := count(forgetClosedSQL, key, text); err != nil {
			return 0, err
		}
	}
	for _, c := range conversations {
		if err := l.forgetAround(ctx, tx, c); err != nil {
			return 0, err
		}
	}
	return n, count(`DELETE FROM feedback WHERE asker = $1`, asker)
}

// forgetAround wipes what other people's answers in a conversation have taken from
// the turns before them.
func (l *Ledger) forgetAround(ctx context.Context, tx *sql.Tx, conversation string) error {
	if _, err := tx.ExecContext(ctx, forgetAroundSQL, conversation); err != nil {
		return err
	}
	around, err := answers(ctx, tx, aroundAnswersSQL, conversation)
	if err != nil {
		return err
	}
	for key, a := range around {
		if a.Understood == "" {
			continue
		}
		a.Understood, a.Missing = "", nil
		text, err := encode(a)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, forgetEchoSQL, key, text); err != nil {
			return err
		}
	}
	return nil
}

func conversationsOf(ctx context.Context, tx *sql.Tx, asker string) (out []string, err error) {
	err = query(ctx, tx, func(rows *sql.Rows) error {
		var c string
		err := rows.Scan(&c)
		out = append(out, c)
		return err
	}, `SELECT DISTINCT conversation FROM errands WHERE asker = $1 AND conversation <> '' ORDER BY conversation`, asker)
	return out, err
}

// answers returns the answers that a statement selects, by key.
func answers(ctx context.Context, tx *sql.Tx, text string, args ...any) (map[string]bot.Answer, error) {
	out := make(map[string]bot.Answer)
	err := query(ctx, tx, func(rows *sql.Rows) error {
		var key string
		var answer sql.NullString
		if err := rows.Scan(&key, &answer); err != nil {
			return err
		}
		a, err := decode(answer)
		out[key] = a
		return err
	}, text, args...)
	return out, err
}

// wordless returns what of an answer cannot hold words of its asker. Even its
// sentences may: those of a check are the asker's own.
func wordless(a bot.Answer) bot.Answer {
	out := bot.Answer{
		Kind: a.Kind, Language: a.Language, Mode: a.Mode, Status: a.Status, Citations: a.Citations, Confidence: a.Confidence,
		Threshold: a.Threshold, Nearest: a.Nearest, Verdict: a.Verdict, Direction: a.Direction, Directions: a.Directions,
		Material: a.Material, Timing: a.Timing,
	}
	for _, s := range a.Sentences {
		out.Sentences = append(out.Sentences, bot.Sentence{Citations: s.Citations, Verdict: s.Verdict})
	}
	return out
}

const expireSQL = `
DELETE FROM errands WHERE key IN (
	SELECT key FROM errands WHERE accepted < $2 AND (owner = '' OR lease <= {now}) LIMIT 1000 {lock}
)`

// Expire removes everything about the questions that were accepted before a time,
// feedback included, and returns how many questions that were. One that is being
// answered is left for the next call; one that still waits is not. A repeat of a
// question that was removed is not recognised any more.
func (l *Ledger) Expire(ctx context.Context, before time.Time) (n int, err error) {
	for {
		m, err := l.db.exec(ctx, l.db.safe, l.sql.expire, l.clock(), micros(before))
		if err != nil {
			return n, fmt.Errorf("remove questions: %w", err)
		}
		n += int(m)
		if m == 0 {
			break
		}
	}
	if n > 0 {
		l.scrub(ctx)
	}
	return n, nil
}

// scrub removes what remains of deleted words beside the tables.
func (l *Ledger) scrub(ctx context.Context) {
	if err := l.db.scrub(ctx); err != nil {
		l.log.Warn("what was deleted from the ledger leaves its files later", "error", err)
	}
}
