package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// sealedFor returns what a secret is bound to, so that the secret of one team does
// not open as another's.
func sealedFor(platform, team string) []byte {
	return fmt.Appendf(nil, "installation %q %q", platform, team)
}

// SaveInstallation stores what a team of a platform has entrusted to us, sealed with
// the first of [Options.Keys], in place of what was stored for it before. The error
// wraps [ErrNoKey] where there is no key.
func (l *Ledger) SaveInstallation(ctx context.Context, platform, team string, secret []byte) error {
	box, err := seal(l.keys, secret, sealedFor(platform, team))
	if err == nil {
		_, err = l.db.exec(ctx, l.db.safe, `
			INSERT INTO installations (platform, team, secret) VALUES ($1, $2, $3)
			ON CONFLICT (platform, team) DO UPDATE SET secret = excluded.secret`, platform, team, box)
	}
	if err != nil {
		return fmt.Errorf("save installation %s %s: %w", platform, team, err)
	}
	return nil
}

// Installation returns what SaveInstallation was given; ok is false where there is
// none. The error wraps [ErrWrongKey] where none of [Options.Keys] opens it.
func (l *Ledger) Installation(ctx context.Context, platform, team string) (secret []byte, ok bool, err error) {
	var box []byte
	err = l.db.read.QueryRowContext(ctx, `SELECT secret FROM installations WHERE platform = $1 AND team = $2`, platform, team).Scan(&box)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err == nil {
		secret, _, err = open(l.keys, box, sealedFor(platform, team))
	}
	if err != nil {
		return nil, false, fmt.Errorf("read installation %s %s: %w", platform, team, err)
	}
	return secret, true, nil
}

// Installations returns the teams of a platform that have an installation, in order.
// It needs no key.
func (l *Ledger) Installations(ctx context.Context, platform string) (teams []string, err error) {
	err = l.db.rows(ctx, func(rows *sql.Rows) error {
		var team string
		err := rows.Scan(&team)
		teams = append(teams, team)
		return err
	}, `SELECT team FROM installations WHERE platform = $1 ORDER BY team`, platform)
	if err != nil {
		return nil, fmt.Errorf("list installations of %s: %w", platform, err)
	}
	return teams, nil
}

// Uninstall removes an installation. None is no error.
func (l *Ledger) Uninstall(ctx context.Context, platform, team string) error {
	if _, err := l.db.exec(ctx, l.db.safe, `DELETE FROM installations WHERE platform = $1 AND team = $2`, platform, team); err != nil {
		return fmt.Errorf("remove installation %s %s: %w", platform, team, err)
	}
	return nil
}

// Reseal seals every installation that an older key had sealed with the first of
// [Options.Keys], after which the older keys can go, and returns how many that were.
// One that no key opens is left as it is; then the error wraps [ErrWrongKey].
func (l *Ledger) Reseal(ctx context.Context) (n int, err error) {
	type installation struct {
		platform, team string
		box            []byte
	}
	var all []installation
	err = l.db.rows(ctx, func(rows *sql.Rows) error {
		var i installation
		err := rows.Scan(&i.platform, &i.team, &i.box)
		all = append(all, i)
		return err
	}, `SELECT platform, team, secret FROM installations`)
	if err != nil {
		return 0, fmt.Errorf("reseal installations: %w", err)
	}
	var errs []error
	for _, i := range all {
		secret, key, err := open(l.keys, i.box, sealedFor(i.platform, i.team))
		if err == nil && key == 0 {
			continue
		}
		var box []byte
		if err == nil {
			box, err = seal(l.keys, secret, sealedFor(i.platform, i.team))
		}
		var changed int64
		if err == nil { // only what it was: a new installation may have come meanwhile
			changed, err = l.db.exec(ctx, l.db.safe, `UPDATE installations SET secret = $1 WHERE platform = $2 AND team = $3 AND secret = $4`, box, i.platform, i.team, i.box)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("reseal installation %s %s: %w", i.platform, i.team, err))
		}
		n += int(changed)
	}
	return n, errors.Join(errs...)
}
