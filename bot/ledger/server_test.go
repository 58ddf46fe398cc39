package ledger

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
)

var schemas atomic.Int64

// newSchema returns the URL of an empty schema of a PostgreSQL database: of the server
// that FOOTNOTE_TEST_POSTGRES names, or of one that is started for these tests.
func newSchema(t testing.TB) string {
	t.Helper()
	place := os.Getenv("FOOTNOTE_TEST_POSTGRES")
	if place == "" {
		s := server()
		if s.skip != "" {
			t.Skip("FOOTNOTE_TEST_POSTGRES is not set, and no server can be started here: " + s.skip)
		}
		place = s.url
	}
	u, err := url.Parse(place)
	must(t, err)
	name := fmt.Sprintf("footnote_test_%d_%d", os.Getpid(), schemas.Add(1))
	admin := raw(t, place)
	run(t, admin, `CREATE SCHEMA `+name)
	t.Cleanup(func() { admin.Exec(`DROP SCHEMA ` + name + ` CASCADE`) })
	q := u.Query()
	q.Set("search_path", name)
	q.Set("application_name", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// raw opens a database beside the ledger.
func raw(t testing.TB, place string) *sql.DB {
	t.Helper()
	driver := "pgx"
	if place[0] == '/' {
		driver, place = "sqlite", source(place)
	}
	db, err := sql.Open(driver, place)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
