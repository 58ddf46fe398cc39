package ledger

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bot"
)

// childPath names, in the environment of a child process, the ledger it writes to.
const childPath = "FOOTNOTE_TEST_LEDGER_CHILD"

// childMain accepts questions, and answers every second one, until it is killed. It
// prints each key when, and only when, Accept has returned, and each when Done has.
func childMain(place string) {
	ctx := context.Background()
	l, err := Open(ctx, slog.New(slog.DiscardHandler), place, Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	owner := fmt.Sprint("child", os.Getpid())
	for i := range 1_000_000 {
		e := at(&clock{t: time.Now()}, fmt.Sprintf("%s-%06d", owner, i))
		if _, err := l.Accept(ctx, e, owner, 0); err != nil {
			fmt.Println("error", err)
			return
		}
		fmt.Println("accepted", e.Key)
		if i%2 == 0 {
			continue
		}
		if ok, err := l.Done(ctx, e, owner, said(e), "post"); err != nil || !ok {
			fmt.Println("error", ok, err)
			return
		}
		fmt.Println("done", e.Key)
	}
}

// killed runs a child until it has said so many lines, kills it, and adds what it has
// said to what.
func killed(t *testing.T, place string, lines int, what map[string]string) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childPath+"="+place)
	out, err := c.StdoutPipe()
	must(t, err)
	must(t, c.Start())
	s := bufio.NewScanner(out)
	for n := 0; s.Scan(); n++ {
		word, rest, _ := strings.Cut(s.Text(), " ")
		if word == "error" {
			t.Errorf("child: %s", s.Text())
		} else {
			what[rest] = word
		}
		if n == lines {
			must(t, c.Process.Kill())
		}
	}
	c.Wait()
}

func TestKilled(t *testing.T) {
	onBoth(t, func(t *testing.T, place string) {
		what := make(map[string]string)
		for round := range 6 {
			killed(t, place, 1+round*37, what)
		}
		l := opened(t, place, Options{})
		if filepath.IsAbs(place) {
			var report string
			must(t, l.db.read.QueryRow(`PRAGMA integrity_check`).Scan(&report))
			if report != "ok" {
				t.Errorf("integrity_check: %s", report)
			}
		}
		left := make(map[string]bool)
		for _, e := range claim(t, l, "heir", 1_000_000) {
			left[e.Key] = true
		}
		for key, word := range what {
			e, a := errand(t, l, key)
			if word == "done" && (e.State != bot.Closed || a.Text == "") {
				t.Errorf("%s was done and is %s", key, e.State)
			}
			if (e.State == bot.Closed) == left[key] {
				t.Errorf("%s is %s; to be claimed: %v", key, e.State, left[key])
			}
		}
		t.Logf("6 kills: %d accepted, %d left to do", len(what), len(left))
	})
}
