package ledger

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
)

// database is what SQLite and PostgreSQL differ in.
type database struct {
	read *sql.DB
	fast *sql.DB       // for writes that may be undone by a power failure
	safe *sql.DB       // for writes that may not
	turn chan struct{} // holds one: whoever takes it may write; nil lets all write at once

	dialect string // names the folder of migrations
	clock   bool   // it has a clock of its own
	words   *strings.Replacer
	alone   string                                           // keeps others from writing until a transaction ends
	lock    func(context.Context) (unlock func(), err error) // against others that migrate
	begin   func(context.Context) error                      // before the first migration
	scrub   func(context.Context) error                      // wipes copies of what was deleted

	keep     bool // statements are worth keeping prepared: the driver does not do so itself
	mu       sync.Mutex
	prepared map[prepared]*sql.Stmt
}

// prepared names a statement that is kept.
type prepared struct {
	on   *sql.DB
	text string
}

// runner runs statements: a *sql.DB, or one statement that is prepared.
type runner interface {
	queryer
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// ready is a prepared statement as a runner of its own text.
type ready struct{ *sql.Stmt }

func (r ready) ExecContext(ctx context.Context, _ string, args ...any) (sql.Result, error) {
	return r.Stmt.ExecContext(ctx, args...)
}

func (r ready) QueryContext(ctx context.Context, _ string, args ...any) (*sql.Rows, error) {
	return r.Stmt.QueryContext(ctx, args...)
}

// on returns what runs a statement on one of the databases. Parsing SQL took a fifth
// of the time of a question on SQLite, so its statements are parsed once.
func (d *database) on(ctx context.Context, db *sql.DB, text string) (runner, error) {
	if !d.keep {
		return db, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	key := prepared{db, text}
	if s := d.prepared[key]; s != nil {
		return ready{s}, nil
	}
	s, err := db.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if d.prepared == nil {
		d.prepared = make(map[prepared]*sql.Stmt)
	}
	d.prepared[key] = s
	return ready{s}, nil
}

// statements are the texts that differ in a word or two: {now}, which is $1 where it
// is given; {lock}, which keeps two from choosing the same row; {keys}, the members of
// the JSON array $2.
type statements struct {
	accept, claim, extend, release, revise, withdraw, done, retry string
	forgetOpen, expire                                            string
}

func (d *database) statements() statements {
	s := statements{
		accept: acceptSQL, claim: claimSQL, extend: extendSQL, release: releaseSQL, revise: reviseSQL, withdraw: withdrawSQL,
		done: doneSQL, retry: retrySQL, forgetOpen: forgetOpenSQL, expire: expireSQL,
	}
	for _, text := range []*string{
		&s.accept, &s.claim, &s.extend, &s.release, &s.revise, &s.withdraw, &s.done, &s.retry, &s.forgetOpen, &s.expire,
	} {
		*text = d.words.Replace(*text)
	}
	return s
}

// write takes the turn to write.
func (d *database) write(ctx context.Context) (release func(), err error) {
	if d.turn == nil {
		return func() {}, nil
	}
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// exec runs a statement on one of the databases for writing, and returns how many
// rows it changed.
func (d *database) exec(ctx context.Context, on *sql.DB, text string, args ...any) (int64, error) {
	release, err := d.write(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	r, err := d.on(ctx, on, text)
	if err != nil {
		return 0, err
	}
	res, err := r.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, explain(err)
	}
	return res.RowsAffected()
}

// returning runs a statement that changes rows and returns them.
func (d *database) returning(ctx context.Context, on *sql.DB, scan func(*sql.Rows) error, text string, args ...any) error {
	release, err := d.write(ctx)
	if err != nil {
		return err
	}
	defer release()
	r, err := d.on(ctx, on, text)
	if err != nil {
		return err
	}
	return explain(query(ctx, r, scan, text, args...))
}

// rows calls scan for each row of a query that changes nothing.
func (d *database) rows(ctx context.Context, scan func(*sql.Rows) error, text string, args ...any) error {
	r, err := d.on(ctx, d.read, text)
	if err != nil {
		return err
	}
	return query(ctx, r, scan, text, args...)
}

// tx runs f in a transaction.
func (d *database) tx(ctx context.Context, f func(*sql.Tx) error) error {
	release, err := d.write(ctx)
	if err != nil {
		return err
	}
	defer release()
	tx, err := d.safe.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		tx.Rollback() // its error adds nothing: what f did is undone in any case
		return explain(err)
	}
	return explain(tx.Commit())
}

func (d *database) close() error {
	var errs []error
	for _, s := range d.prepared {
		errs = append(errs, s.Close())
	}
	closed := make(map[*sql.DB]bool)
	for _, db := range []*sql.DB{d.read, d.fast, d.safe} {
		if db != nil && !closed[db] {
			closed[db] = true
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// queryer is a *sql.DB or *sql.Tx.
type queryer interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// query calls scan for each row.
func query(ctx context.Context, on queryer, scan func(*sql.Rows) error, text string, args ...any) error {
	rows, err := on.QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
