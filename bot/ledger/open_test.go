package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestOpenAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		for i := range 3 {
			l := opened(t, place, Options{Now: c.now})
			must(t, l.Ping(t.Context()))
			accept(t, l, at(c, fmt.Sprint("k", i)), "a")
			if i == 1 { // the last that closes empties the write-ahead log
				continue
			}
			must(t, l.Close())
		}
		l := opened(t, place, Options{Now: c.now})
		must(t, l.Release(t.Context(), "a"))
		claims(t, l, "b", "k0/2/0/open k1/2/0/open k2/2/0/open")
	})
}

func TestOpenAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		log := new(buffer)
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				l, err := Open(t.Context(), slog.New(slog.NewTextHandler(log, nil)), place, Options{Conns: 2})
				if err != nil {
					t.Errorf("Open: %v", err)
					return
				}
				defer l.Close()
				if _, err := l.Accept(t.Context(), at(newClock(), fmt.Sprint("k", i)), "a", 0); err != nil {
					t.Errorf("Accept: %v", err)
				}
			})
		}
		wg.Wait()
		if n := strings.Count(log.String(), "ledger migrated"); n != 1 {
			t.Errorf("%d of 8 have migrated, want 1:\n%s", n, log)
		}
	})
}

func TestOpenNewer(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		must(t, opened(t, place, Options{}).Close())
		run(t, raw(t, place), `INSERT INTO footnote_schema (version_id, is_applied) VALUES (4711, TRUE)`)
		_, err := Open(t.Context(), slog.New(slog.DiscardHandler), place, Options{})
		if err == nil || !strings.Contains(err.Error(), "a newer footnote made it (schema 4711; this one knows 3)") {
			t.Errorf("Open = %v, want that a newer footnote made it", err)
		}
	})
}

func TestOpenStrangeNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"a b?c#d%20e&f=g.db", "日本.db", ":memory:", "file:x.db", filepath.Join(dir, "abs.db")} {
		l := opened(t, name, Options{})
		accept(t, l, at(newClock(), "k"), "a")
		must(t, l.Close())
		info, err := os.Stat(name)
		if err != nil {
			t.Errorf("Open(%q) made another file: %v", name, err)
		} else if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("Open(%q): mode %v, want that only the owner reads it", name, info.Mode())
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	must(t, os.WriteFile(text, []byte(strings.Repeat("This is not a database. ", 100)), 0o600))
	foreign := filepath.Join(dir, "foreign.db")
	must(t, create(foreign))
	run(t, raw(t, foreign), `CREATE TABLE t (x)`)
	const password = "s3cr3t"
	for _, x := range []struct{ place, want string }{
		{"", "open ledger: neither a file nor a postgres:// URL is named"},
		{dir, "it is a folder, not a file"},
		{filepath.Join(dir, "no", "such", "ledger.db"), "no such file or directory"},
		{filepath.Join(text, "ledger.db"), "not a directory"},
		{text, "it is not a SQLite database"},
		{foreign, "it is another program's database"},
		{"mysql://u:" + password + "@h/d", `"mysql://" is no kind of ledger`},
		{"postgres://u:" + password + "@127.0.0.1:1/d", "open ledger postgres://127.0.0.1:1/d: failed to connect"},
		{"postgresql://u@127.0.0.1:1/d?password=" + password, "open ledger postgres://127.0.0.1:1/d: failed to connect"},
		{"postgres://u:" + password + "%zz@h/d", "it is not a URL of the form"},
		{"postgres://u:" + password + "@h:port/d", "it is not a URL of the form"},
		{"postgres://u:" + password + "@h/d?connect_timeout=x", "invalid connect_timeout"},
		{"postgres://h/d?connect_timeout=x&password=" + password, "invalid connect_timeout"},
		{"postgres://u:" + password + "@h/d?sslmode=" + password, "it is not a URL of the form"},
	} {
		_, err := Open(t.Context(), slog.New(slog.DiscardHandler), x.place, Options{})
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Open(%q) = %v, want %q on one line, without a password", x.place, err, x.want)
		}
	}
	if b, err := os.ReadFile(text); err != nil || !strings.HasPrefix(string(b), "This is not") {
		t.Errorf("the file that is no database was changed: %v", err)
	}
}

func TestOpenReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	place := filepath.Join(dir, "ledger.db")
	must(t, opened(t, place, Options{}).Close())
	must(t, os.Chmod(place, 0o400))
	if _, err := Open(t.Context(), slog.New(slog.DiscardHandler), place, Options{}); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("Open of a file that may only be read = %v", err)
	}
	must(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
	if _, err := Open(t.Context(), slog.New(slog.DiscardHandler), filepath.Join(dir, "x"), Options{}); err == nil || !strings.Contains(err.Error(), "permission denied") {
		t.Errorf("Open in a folder that may only be read = %v", err)
	}
}

// TestNoRoom fills the disk, or what SQLite takes for it, and makes room again.
func TestNoRoom(t *testing.T) {
	c := newClock()
	l := opened(t, filepath.Join(t.TempDir(), "ledger.db"), Options{Now: c.now})
	var pages int
	must(t, l.db.safe.QueryRow(`PRAGMA page_count`).Scan(&pages))
	must(t, l.db.safe.QueryRow(fmt.Sprintf(`PRAGMA max_page_count=%d`, pages+5)).Scan(&pages))
	var err error
	n := 0
	for ; err == nil && n < 10_000; n++ {
		_, err = l.Accept(t.Context(), at(c, fmt.Sprint("k", n)), "a", time.Minute)
	}
	if err == nil || !strings.Contains(err.Error(), "full") || strings.Contains(err.Error(), words) {
		t.Fatalf("Accept without room: %v, want that the disk is full", err)
	}
	must(t, l.Ping(t.Context()))
	done(t, l, at(c, "k0"), "a", said(at(c, "k0")), "p", true)
	must(t, l.db.safe.QueryRow(`PRAGMA max_page_count=1000000`).Scan(&pages))
	accept(t, l, at(c, fmt.Sprint("k", n-1)), "a")
}

// TestErrorsHoldNoWords makes every method fail in several ways.
func TestErrorsHoldNoWords(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		opts := Options{Now: c.now, Keys: []Key{key(t, 1)}}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		calls(t, "no time", opened(t, place, opts), gone, c)
		closed := opened(t, place, opts)
		must(t, closed.Close())
		calls(t, "closed", closed, t.Context(), c)
		l := opened(t, place, opts)
		answered(t, l, at(c, "k"))
		accept(t, l, at(c, "open"), "a")
		for _, table := range []string{"feedback", "settings", "installations"} {
			run(t, raw(t, place), `DROP TABLE `+table)
		}
		run(t, raw(t, place), `ALTER TABLE errands RENAME TO lost`)
		calls(t, "broken", l, t.Context(), c)
	})
}

// calls calls every method; all must fail, without words.
func calls(t *testing.T, how string, l *Ledger, ctx context.Context, c *clock) {
	t.Helper()
	e := at(c, "k")
	l.keep("a", "k")
	errs := make(map[string]error)
	_, errs["Accept"] = l.Accept(ctx, at(c, "new"), "a", time.Minute)
	_, errs["Claim"] = l.Claim(ctx, "a", 1, time.Minute)
	errs["Extend"] = l.Extend(ctx, "a", time.Minute)
	_, errs["Done"] = l.Done(ctx, e, "a", said(e), "post")
	errs["Retry"] = l.Retry(ctx, e, "a", c.now(), "post")
	errs["Release"] = l.Release(ctx, "a")
	errs["Revise"] = l.Revise(ctx, "k", words, c.now())
	errs["Withdraw"] = l.Withdraw(ctx, "k")
	_, errs["Turns"] = l.Turns(ctx, "C1", 9)
	_, _, _, errs["Errand"] = l.Errand(ctx, "k")
	_, _, _, errs["ByPost"] = l.ByPost(ctx, "chat", "post-k")
	errs["Rate"] = l.Rate(ctx, Feedback{Key: "k", Asker: "U1", Verdict: Up, Reason: words})
	errs["Rate back"] = l.Rate(ctx, Feedback{Key: "k", Asker: "U1"})
	_, errs["Feedback"] = l.Feedback(ctx, c.now(), 1)
	errs["Set"] = l.Set(ctx, "C1", "n", words)
	_, errs["Setting"] = l.Setting(ctx, "C1", "n")
	errs["SaveInstallation"] = l.SaveInstallation(ctx, "slack", "T1", []byte(words))
	_, _, errs["Installation"] = l.Installation(ctx, "slack", "T1")
	_, errs["Installations"] = l.Installations(ctx, "slack")
	errs["Uninstall"] = l.Uninstall(ctx, "slack", "T1")
	_, errs["Reseal"] = l.Reseal(ctx)
	_, errs["Forget"] = l.Forget(ctx, "U1")
	_, errs["Expire"] = l.Expire(ctx, c.now())
	errs["Ping"] = l.Ping(ctx)
	for name, err := range errs {
		if err == nil || strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %s = %v, want an error on one line without what people wrote", how, name, err)
		}
	}
}

// An answer that cannot be read stops whoever needs it, without showing it.
func TestSpoiltAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		c := newClock()
		l := opened(t, place, Options{Now: c.now})
		answered(t, l, at(c, "k"))
		run(t, raw(t, place), `UPDATE errands SET answer = '{"question":{"`+words+`":1}}'`)
		_, err1 := l.Turns(t.Context(), "C1", 1)
		_, _, _, err2 := l.Errand(t.Context(), "k")
		_, err3 := l.Forget(t.Context(), "U1")
		for _, err := range []error{err1, err2, err3} {
			if err == nil || strings.Contains(err.Error(), words) {
				t.Errorf("error = %v, want one without what people wrote", err)
			}
		}
	})
}

// TestConnectionsLost ends all connections to the server, as its restart does.
func TestConnectionsLost(t *testing.T) {
	c := newClock()
	place := newSchema(t)
	l := opened(t, place, Options{Now: c.now})
	accept(t, l, at(c, "k1"), "a")
	run(t, raw(t, place), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = current_setting('application_name')`)
	// Each connection that was lost may fail one call.
	var err error
	for range 1 + 8 {
		if err = l.Ping(t.Context()); err == nil {
			break
		}
	}
	must(t, err)
	accept(t, l, at(c, "k2"), "a")
	must(t, l.Release(t.Context(), "a"))
	claims(t, l, "b", "k1/2/0/open k2/2/0/open")
}
