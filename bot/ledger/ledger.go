// Package ledger remembers what must outlive a restart: the questions that were
// accepted and not yet answered, the answers with where they were posted, what people
// thought of them, the settings of a place, and the secrets of installations. It
// keeps them in a SQLite file or in a PostgreSQL database, with the same promises.
//
// It refuses to know what a question means, how an answer comes about, and which
// platform any of it belongs to: keys, askers, conversations, places and addresses
// are opaque, and secrets are bytes. What people wrote never appears in its errors or
// in its log.
//
// # Whose clock
//
// A lease is the promise of one process to another, so all that use one ledger must
// read one clock. On PostgreSQL that is the database's: a replica whose own clock is
// a minute fast would otherwise take away work that is being done. A due time, which
// comes from the caller's clock, is stored as the time from now. The users of a
// SQLite file run on one machine and read the system's clock. [Options.Now] replaces
// either, for tests.
//
// # What is durable
//
// What a platform is told has arrived (Accept, Revise, Withdraw and all the methods
// beside [bot.Ledger]) is on the disk before the method returns. Claim, Extend,
// Release, Done and Retry survive the death of the process; after a power failure the
// last of them may be undone on SQLite, which amounts to a lease that has ended: the
// errand is claimed again with one attempt more.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"footnote/bot"
)

// Options are the settings of a Ledger; the zero value works.
type Options struct {
	Now   func() time.Time // what time it is; nil is the clock that the package comment names
	Keys  []Key            // seal the secrets of installations: the first seals, all of them open
	Conns int              // connections kept at most; 0 is 8
}

// Ledger is a [bot.Ledger] in a database, and more. It is safe for concurrent use, by
// several processes on one database.
type Ledger struct {
	log  *slog.Logger
	db   *database
	sql  statements
	keys []Key
	now  func() time.Time // nil: the database's

	mu   sync.Mutex
	held map[string]map[string]bool // by owner, the keys that Extend prolongs
}

var _ bot.Ledger = (*Ledger)(nil)

// Open opens the ledger at a place: a postgres:// URL, or the path of a SQLite file,
// which is created, for its owner's eyes only, where there is none. It brings an
// older ledger up to date, and refuses a newer one, a file that is no ledger, and one
// that cannot be written. Several processes may open one at once. Its errors never
// hold a password. log takes what the operator should know.
func Open(ctx context.Context, log *slog.Logger, place string, opts Options) (*Ledger, error) {
	if opts.Conns == 0 {
		opts.Conns = 8
	}
	scheme, _, isURL := strings.Cut(place, "://")
	var db *database
	var err error
	name := place
	switch {
	case place == "":
		return nil, errors.New("open ledger: neither a file nor a postgres:// URL is named")
	case isURL && (scheme == "postgres" || scheme == "postgresql"):
		name = nameOf(place)
		db, err = openPostgres(ctx, place, opts)
	case isURL:
		return nil, fmt.Errorf("open ledger: %q is no kind of ledger; name a file or a postgres:// URL", scheme+"://")
	default:
		db, err = openSQLite(ctx, place, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("open ledger %s: %w", name, err)
	}
	if err := db.migrate(ctx, log); err != nil {
		db.close()
		return nil, fmt.Errorf("open ledger %s: %w", name, err)
	}
	now := opts.Now
	if now == nil && !db.clock {
		now = time.Now
	}
	return &Ledger{log: log, db: db, sql: db.statements(), keys: opts.Keys, now: now, held: make(map[string]map[string]bool)}, nil
}

// Close closes the ledger. Nothing that a method has returned from is lost.
func (l *Ledger) Close() error {
	if err := l.db.close(); err != nil {
		return fmt.Errorf("close ledger: %w", err)
	}
	return nil
}

// Ping says whether the ledger can be read.
func (l *Ledger) Ping(ctx context.Context) error {
	var n int
	if err := l.db.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM settings LIMIT 1) AS any_setting`).Scan(&n); err != nil {
		return fmt.Errorf("reach ledger: %w", err)
	}
	return nil
}

// clock returns the time for a statement with {now}: nil is the database's own.
func (l *Ledger) clock() any {
	if l.now == nil {
		return nil
	}
	return micros(l.now())
}

// until returns how long it is from now to a time, by the clock the time was made with.
func (l *Ledger) until(at time.Time) int64 {
	if l.now == nil {
		return time.Until(at).Microseconds()
	}
	return micros(at) - micros(l.now())
}

func micros(t time.Time) int64      { return t.UnixMicro() }
func fromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// keep notes that an owner was given an errand.
func (l *Ledger) keep(owner, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[owner] == nil {
		l.held[owner] = make(map[string]bool)
	}
	l.held[owner][key] = true
}

// drop notes that an owner is through with an errand.
func (l *Ledger) drop(owner, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held[owner], key)
}

// dropAll notes that an owner is through with everything.
func (l *Ledger) dropAll(owner string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, owner)
}

// keysOf returns what an owner was given and is not through with.
func (l *Ledger) keysOf(owner string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	keys := make([]string, 0, len(l.held[owner]))
	for k := range l.held[owner] {
		keys = append(keys, k)
	}
	return keys
}
