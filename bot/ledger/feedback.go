package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Verdict is what somebody thinks of an answer.
type Verdict string

// The verdicts.
const (
	Up   Verdict = "up"
	Down Verdict = "down"
)

// Feedback is one person's verdict on the answer to one errand.
type Feedback struct {
	Key      string // of the errand
	Asker    string // who judges
	Verdict  Verdict
	Reason   string   // "wrong passage" and the like, or the person's own words; may be ""
	Passages []string // ids of the passages it is about
	At       time.Time
}

// ErrUnknown is wrapped by the error of Rate for an errand that is not in the ledger,
// or not any more.
var ErrUnknown = errors.New("no such question is known")

// Rate stores what somebody thinks of an answer, in place of what the same person
// thought before. The zero Verdict takes it back.
func (l *Ledger) Rate(ctx context.Context, f Feedback) error {
	if f.Verdict == "" {
		if _, err := l.db.exec(ctx, l.db.safe, `DELETE FROM feedback WHERE key = $1 AND asker = $2`, f.Key, f.Asker); err != nil {
			return fmt.Errorf("take feedback on %s back: %w", f.Key, err)
		}
		return nil
	}
	if f.Verdict != Up && f.Verdict != Down {
		return fmt.Errorf("rate %s: verdict is neither up nor down", f.Key)
	}
	if f.Passages == nil {
		f.Passages = []string{}
	}
	passages, err := json.Marshal(f.Passages)
	if err != nil {
		return fmt.Errorf("rate %s: %w", f.Key, err)
	}
	n, err := l.db.exec(ctx, l.db.safe, `
		INSERT INTO feedback (key, asker, verdict, reason, passages, at)
		SELECT key, $2, $3, $4, $5, $6 FROM errands WHERE key = $1
		ON CONFLICT (key, asker) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason, passages = excluded.passages, at = excluded.at`,
		f.Key, f.Asker, string(f.Verdict), clean(f.Reason), string(passages), micros(f.At))
	if err != nil {
		return fmt.Errorf("rate %s: %w", f.Key, err)
	}
	if n == 0 {
		return fmt.Errorf("rate %s: %w", f.Key, ErrUnknown)
	}
	return nil
}

// Feedback returns what was thought of answers since a time, the oldest first, at most
// limit of it.
func (l *Ledger) Feedback(ctx context.Context, since time.Time, limit int) ([]Feedback, error) {
	if limit <= 0 {
		return nil, nil
	}
	var out []Feedback
	err := l.db.rows(ctx, func(rows *sql.Rows) error {
		var f Feedback
		var passages string
		var at int64
		if err := rows.Scan(&f.Key, &f.Asker, &f.Verdict, &f.Reason, &passages, &at); err != nil {
			return err
		}
		f.At = fromMicros(at)
		err := json.Unmarshal([]byte(passages), &f.Passages)
		out = append(out, f)
		return err
	}, `SELECT key, asker, verdict, reason, passages, at FROM feedback WHERE at >= $1 ORDER BY at, key, asker LIMIT $2`, micros(since), limit)
	if err != nil {
		return nil, fmt.Errorf("read feedback: %w", err)
	}
	return out, nil
}
