package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"footnote/bot/ledger"
)

// ledgerFile is the name of the ledger where no setting names one.
const ledgerFile = "footnote.db"

// isFile tells whether the ledger at a place is a file.
func isFile(place string) bool { return !strings.Contains(place, "://") }

// ledgerPlace returns where the ledger is: where the settings say, or in the folder
// that programs keep their state in, or in the working directory where the user has
// no home, as in a container.
func (con *console) ledgerPlace(v values) string {
	if v["ledger"] != "" {
		return v["ledger"]
	}
	state, home := con.getenv("XDG_STATE_HOME"), con.getenv("HOME")
	switch {
	case runtime.GOOS == "windows":
		state = con.getenv("LocalAppData")
	case !filepath.IsAbs(state) && home != "" && home != "/":
		state = filepath.Join(home, ".local", "state")
	}
	if !filepath.IsAbs(state) {
		return ledgerFile
	}
	return filepath.Join(state, "footnote", ledgerFile)
}

// openLedger opens the ledger, and makes it where there is none.
func (con *console) openLedger(ctx context.Context, log *slog.Logger, v values) (*ledger.Ledger, error) {
	sealing, err := parseKeys(v["ledger-key"])
	if err != nil {
		return nil, err // unreachable unless resolve has let it through
	}
	place := con.ledgerPlace(v)
	if v["ledger"] == "" {
		if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
			return nil, fmt.Errorf("make the ledger's folder: %w: FOOTNOTE_LEDGER can name another place", err)
		}
	}
	l, err := ledger.Open(ctx, log, place, ledger.Options{Keys: sealing})
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w: FOOTNOTE_LEDGER says where it is", err)
	}
	return l, err
}

// hasLedger reports whether there is a ledger already; where it cannot be seen from
// here, there may be.
func (con *console) hasLedger(v values) bool {
	place := con.ledgerPlace(v)
	if !isFile(place) {
		return true
	}
	_, err := os.Stat(place)
	return !errors.Is(err, fs.ErrNotExist)
}

func runForget(ctx context.Context, con *console, v values, args []string) (err error) {
	who := v["user"]
	if len(args) > 0 || who == "" || strings.ContainsAny(who, " \t\r\n") {
		return usagef("name the person: footnote ledger forget --user slack:TEAM:USER, --user discord:USER, or --user with the ID of the user alone")
	}
	if !con.hasLedger(v) {
		return usagef("there is no ledger at %s: FOOTNOTE_LEDGER says where it is", con.ledgerPlace(v))
	}
	l, err := con.openLedger(ctx, con.quiet(), v)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	askers, err := askersOf(ctx, l, who)
	if err != nil {
		return err
	}
	total := 0
	for _, asker := range askers {
		n, err := l.Forget(ctx, asker)
		if err != nil {
			return err
		}
		if n > 0 {
			fmt.Fprintf(con.out, "%s: questions and opinions removed: %d\n", asker, n)
		}
		total += n
	}
	if total == 0 {
		con.note("the ledger has nothing of %s", who)
		return errNothing
	}
	return nil
}

// askersOf returns the names that a person has in the ledger: as given, or those that
// end in a user's ID, whatever the platform and the workspace.
func askersOf(ctx context.Context, l *ledger.Ledger, who string) ([]string, error) {
	if strings.Contains(who, ":") {
		return []string{who}, nil
	}
	return l.Askers(ctx, ":"+who)
}
