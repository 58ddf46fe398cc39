package ledger

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// migrating is the advisory lock of those that migrate: "fnlg".
const migrating = 0x666e6c67

// openPostgres connects to the database at a URL.
func openPostgres(ctx context.Context, place string, opts Options) (*database, error) {
	cfg, err := pgx.ParseConfig(place)
	if err != nil {
		return nil, unreadable(place, err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(opts.Conns)
	db.SetMaxIdleConns(opts.Conns)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(oneLine{err}, db.Close())
	}
	d := &database{
		dialect: "postgres", read: db, fast: db, safe: db, clock: true,
		// statement_timestamp, unlike clock_timestamp, is the same for all rows.
		words: strings.NewReplacer(
			"{now}", `COALESCE(CAST($1 AS BIGINT), CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000000 AS BIGINT))`,
			"{lock}", "FOR UPDATE SKIP LOCKED",
			"{keys}", "SELECT json_array_elements_text(CAST($2 AS JSON))"),
		alone: `LOCK TABLE errands, feedback IN SHARE ROW EXCLUSIVE MODE`,
		begin: func(context.Context) error { return nil },
		scrub: func(context.Context) error { return nil }, // the next vacuum does it
	}
	d.lock = func(ctx context.Context) (func(), error) { return lockSession(ctx, db) }
	return d, nil
}

// unreadable returns why a URL cannot be used, without what is secret in it.
func unreadable(place string, why error) error {
	err := errors.New("it is not a URL of the form postgres://user:password@host:5432/database?option=value")
	u, bad := url.Parse(place)
	if bad != nil {
		return err // why may quote any part of it
	}
	password, _ := u.User.Password()
	for _, secret := range []string{password, u.Query().Get("password"), u.Query().Get("sslpassword")} {
		if secret != "" && strings.Contains(why.Error(), secret) {
			return err
		}
	}
	return oneLine{why}
}

// oneLine is an error on one line; those of connections have a line for each address.
type oneLine struct{ error }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

// nameOf returns what of a URL may be shown.
func nameOf(place string) string {
	u, err := url.Parse(place)
	if err != nil {
		return "postgres://…"
	}
	return (&url.URL{Scheme: "postgres", Host: u.Host, Path: u.Path}).String()
}

// lockSession keeps other processes from migrating the same database. The lock ends
// with the connection.
func lockSession(ctx context.Context, db *sql.DB) (unlock func(), err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrating); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() {
		conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrating)
		conn.Close()
	}, nil
}
