package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Set stores a setting of a place, which is a channel, a workspace, or whatever else
// the adapter takes for one. The value "" removes it.
func (l *Ledger) Set(ctx context.Context, place, name, value string) error {
	text, args := `INSERT INTO settings (place, name, value) VALUES ($1, $2, $3) ON CONFLICT (place, name) DO UPDATE SET value = excluded.value`, []any{place, name, value}
	if value == "" {
		text, args = `DELETE FROM settings WHERE place = $1 AND name = $2`, args[:2]
	}
	if _, err := l.db.exec(ctx, l.db.safe, text, args...); err != nil {
		return fmt.Errorf("set %s of %s: %w", name, place, err)
	}
	return nil
}

// Swap stores a setting of a place where it is what somebody has read, "" for none; ok
// is false, and nothing is stored, where it is another by now. The value "" removes it.
func (l *Ledger) Swap(ctx context.Context, place, name, old, value string) (ok bool, err error) {
	text, args := `UPDATE settings SET value = $3 WHERE place = $1 AND name = $2 AND value = $4`, []any{place, name, value, old}
	switch {
	case old == "":
		text, args = `INSERT INTO settings (place, name, value) VALUES ($1, $2, $3) ON CONFLICT (place, name) DO NOTHING`, args[:3]
	case value == "":
		text, args = `DELETE FROM settings WHERE place = $1 AND name = $2 AND value = $3`, []any{place, name, old}
	}
	n, err := l.db.exec(ctx, l.db.fast, text, args...)
	if err != nil {
		return false, fmt.Errorf("swap %s of %s: %w", name, place, err)
	}
	return n == 1, nil
}

// Setting returns a setting of a place, or "".
func (l *Ledger) Setting(ctx context.Context, place, name string) (string, error) {
	var value string
	err := l.db.read.QueryRowContext(ctx, `SELECT value FROM settings WHERE place = $1 AND name = $2`, place, name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read %s of %s: %w", name, place, err)
	}
	return value, nil
}
