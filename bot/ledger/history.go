package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"footnote/bot"
)

// Turns implements [bot.Ledger]. The turns are those whose errands are closed with an
// answer, in the order in which they were accepted; none that was withdrawn or
// forgotten, and none of the conversation "", which is no conversation.
func (l *Ledger) Turns(ctx context.Context, conversation string, limit int) ([]bot.Turn, error) {
	if conversation == "" || limit <= 0 {
		return nil, nil
	}
	var out []bot.Turn
	err := l.db.rows(ctx, func(rows *sql.Rows) error {
		e, a, err := scanErrand(rows)
		out = append(out, bot.Turn{Question: e.Question, Answer: a})
		return err
	}, `SELECT `+columns+` FROM errands
		WHERE conversation = $1 AND state = 'closed' AND answer IS NOT NULL AND NOT withdrawn AND NOT forgotten
		ORDER BY accepted DESC, key DESC LIMIT $2`, conversation, limit)
	if err != nil {
		return nil, fmt.Errorf("read turns of %s: %w", conversation, err)
	}
	slices.Reverse(out)
	return out, nil
}

// Since gives each of the errands accepted since a time that are closed with an answer,
// the oldest first, at most limit of them; none that was withdrawn or forgotten. An error
// of each ends it and is returned.
func (l *Ledger) Since(ctx context.Context, since time.Time, limit int, each func(bot.Errand, bot.Answer) error) error {
	err := l.db.rows(ctx, func(rows *sql.Rows) error {
		e, a, err := scanErrand(rows)
		if err != nil {
			return err
		}
		return each(e, a)
	}, `SELECT `+columns+` FROM errands
		WHERE accepted >= $1 AND state = 'closed' AND answer IS NOT NULL AND NOT withdrawn AND NOT forgotten
		ORDER BY accepted, key LIMIT $2`, micros(since), limit)
	if err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	return nil
}

// Errand returns an errand with its answer, which is the zero Answer where it has
// none. ok is false where the key is unknown.
func (l *Ledger) Errand(ctx context.Context, key string) (e bot.Errand, a bot.Answer, ok bool, err error) {
	e, a, ok, err = l.one(ctx, `key = $1`, key)
	if err != nil {
		return e, a, false, fmt.Errorf("read %s: %w", key, err)
	}
	return e, a, ok, nil
}

// ByPost returns the errand behind a message that an adapter has posted, with its
// answer, which is the zero Answer while it is being written. ok is false where there
// is none, and where its answer was taken back.
func (l *Ledger) ByPost(ctx context.Context, adapter, posted string) (e bot.Errand, a bot.Answer, ok bool, err error) {
	if posted == "" {
		return e, a, false, nil
	}
	e, a, ok, err = l.one(ctx, `posted <> '' AND adapter = $1 AND posted = $2`, adapter, posted)
	if err != nil {
		return e, a, false, fmt.Errorf("read what was posted by %s as %s: %w", adapter, posted, err)
	}
	return e, a, ok, nil
}

// one returns the latest errand that a condition holds for.
func (l *Ledger) one(ctx context.Context, where string, args ...any) (e bot.Errand, a bot.Answer, ok bool, err error) {
	err = l.db.rows(ctx, func(rows *sql.Rows) error {
		ok = true
		e, a, err = scanErrand(rows)
		return err
	}, `SELECT `+columns+` FROM errands WHERE `+where+` ORDER BY accepted DESC, key DESC LIMIT 1`, args...)
	return e, a, ok && err == nil, err
}
