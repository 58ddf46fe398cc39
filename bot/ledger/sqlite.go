package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// application marks a SQLite file as a ledger: "fnlg".
const application = 0x666e6c67

// openSQLite opens the file at path, and creates it where there is none.
func openSQLite(ctx context.Context, path string, opts Options) (*database, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := create(path); err != nil {
		return nil, err
	}
	d := &database{
		dialect: "sqlite", turn: make(chan struct{}, 1), keep: true,
		words: strings.NewReplacer("{now}", "$1", "{lock}", "", "{keys}", "SELECT value FROM json_each($2)"),
	}
	for _, c := range []struct {
		db      **sql.DB
		conns   int
		pragmas []string
	}{
		{&d.read, opts.Conns, []string{"query_only(1)"}},
		{&d.fast, 1, []string{"synchronous(NORMAL)"}},
		{&d.safe, 1, []string{"synchronous(FULL)"}},
	} {
		if *c.db, err = sql.Open("sqlite", source(path, c.pragmas...)); err != nil {
			return nil, errors.Join(err, d.close())
		}
		(*c.db).SetMaxOpenConns(c.conns)
		(*c.db).SetMaxIdleConns(c.conns)
	}
	d.lock = func(ctx context.Context) (func(), error) { return lockBeside(ctx, path) }
	d.begin = func(ctx context.Context) error { return d.mark(ctx) }
	d.scrub = func(ctx context.Context) error { return d.checkpoint(ctx) }
	return d, nil
}

// create makes an empty file that only its owner can read. One that is there is not
// touched, not even opened: closing it would end the locks that another Ledger of
// this process has on it (see "How To Corrupt An SQLite Database File", 2.2).
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		return f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return reason(err)
	}
	switch info, err := os.Stat(path); {
	case err != nil:
		return reason(err)
	case info.IsDir():
		return errors.New("it is a folder, not a file")
	}
	return nil
}

// reason returns an error without the path that the caller names anyway.
func reason(err error) error {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// source returns the data source name for a file. secure_delete overwrites what is
// deleted, for Forget; temporary things stay in memory.
func source(path string, pragmas ...string) string {
	v := url.Values{"_txlock": {"immediate"}}
	// The first, so that the others wait, too.
	for _, p := range append([]string{"busy_timeout(10000)", "foreign_keys(1)", "secure_delete(1)", "temp_store(MEMORY)"}, pragmas...) {
		v.Add("_pragma", p)
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") { // C:/…
		slashed = "/" + slashed
	}
	return "file://" + (&url.URL{Path: slashed}).EscapedPath() + "?" + v.Encode()
}

// mark sees to it that the file is a ledger, and that readers and the writer do not
// wait for each other.
func (d *database) mark(ctx context.Context) error {
	var id, tables int
	if err := d.safe.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil {
		return explain(err)
	}
	if err := d.safe.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return explain(err)
	}
	if id != application && (id != 0 || tables > 0) {
		return errors.New("it is another program's database")
	}
	var mode string
	if err := d.safe.QueryRowContext(ctx, `PRAGMA journal_mode=WAL`).Scan(&mode); err != nil {
		return explain(err)
	}
	if mode != "wal" {
		return fmt.Errorf("its file system does not allow a write-ahead log (journal mode %s); choose a local disk", mode)
	}
	// Also where it is marked: SQLite opens a file that it may not write, and says so at
	// the first write only.
	if _, err := d.safe.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id=%d`, application)); err != nil {
		return explain(err)
	}
	return nil
}

// explain puts the errors of opening and writing a file into plain words, with what to do.
func explain(err error) error {
	e := (*sqlite.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_NOTADB:
		return fmt.Errorf("it is not a SQLite database: %w", err)
	case codes.SQLITE_READONLY, codes.SQLITE_CANTOPEN, codes.SQLITE_PERM:
		return fmt.Errorf("it or its folder cannot be written: %w", err)
	case codes.SQLITE_FULL:
		return fmt.Errorf("its disk is full, make room there: %w", err)
	}
	return err
}

// checkpoint moves what the write-ahead log holds into the file and empties the log.
func (d *database) checkpoint(ctx context.Context) error {
	release, err := d.write(ctx)
	if err != nil {
		return err
	}
	defer release()
	var busy, pages, moved int
	if err := d.safe.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("the write-ahead log is being read; it is emptied later")
	}
	return nil
}

// lockBeside keeps other processes from migrating the same file. SQLite itself locks
// a second file, which works on every system and ends with the process. The file, which
// is empty, stays: SQLite does not bear that one is removed while others wait for it.
func lockBeside(ctx context.Context, path string) (unlock func(), err error) {
	path += "-lock"
	if err := create(path); err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", source(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, `BEGIN EXCLUSIVE`)
	}
	if err != nil {
		return nil, errors.Join(explain(err), db.Close())
	}
	return func() {
		conn.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`)
		conn.Close()
		db.Close()
	}, nil
}
