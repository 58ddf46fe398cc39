//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"footnote/bot/bottest/fakeslack"
)

// TestReload changes the configuration and the material of the built program, which
// does not watch them, and tells it so.
func TestReload(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	conf, text := write(t, "footnote.yaml", "user-limit: 20\n"), filepath.Join(t.TempDir(), "harbour.md")
	change := func(path, to string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(to), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	change(text, "# Harbour\n\nThe lamp of the harbour is lit at six in the evening.\n")
	p := start(t, socketMode(t, slack, "FOOTNOTE_CONFIG="+conf, "FOOTNOTE_CORPUS="+text, "FOOTNOTE_WATCH=false"), "serve")
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, p.log)
	}
	reload := func(says string) {
		t.Helper()
		if err := p.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		p.says(says)
	}
	reply := func(question string) string {
		t.Helper()
		q := slack.User("U1").Mentions("C1", question)
		if err := slack.WaitFor(soon(t), func(st fakeslack.State) bool { return len(st.Replies("C1", q.TS)) == 1 }); err != nil {
			t.Fatalf("%v; log:\n%s", err, p.log)
		}
		return slack.Replies("C1", q.TS)[0].AllText()
	}
	const question = "When is the lamp of the harbour lit?"
	if got := reply(question); !strings.Contains(got, "at six") {
		t.Errorf("before, it answers %q", got)
	}
	change(text, "# Harbour\n\nThe lamp of the harbour is lit at seven in the evening.\n")
	change(conf, "user-limit: soon\n")
	reload("the settings cannot be read anew; the earlier hold")
	p.says("material read anew")
	if got := reply(question); !strings.Contains(got, "at seven") {
		t.Errorf("after, it answers %q", got)
	}
	change(conf, "user-limit: 1\nworkers: 3\n")
	reload("settings read anew")
	for _, want := range []string{`"msg":"setting changed","setting":"user-limit"`, `start footnote serve again for it","setting":"workers"`} {
		if !strings.Contains(p.log.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, p.log)
		}
	}
	if got := reply(question); strings.Contains(got, "at seven") {
		t.Errorf("over the new limit, it answers %q", got)
	}
	p.terminate()
}

func TestNear(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"retentoin", "retention"}, {"log-levl", "log-level"}, {"userlimit", "user-limit"}, {"retention", "retention"},
		{"port", ""}, {"ledger-password", ""}, {"a", ""},
	} {
		if got := near(test.name, configurable()); got != test.want {
			t.Errorf("near(%q) = %q, want %q", test.name, got, test.want)
		}
	}
	if err := misspelt([]string{"FOOTNOTE_PORT=tcp://10.0.0.1:80", "FOOTNOTE_SERVICE_HOST=10.0.0.1", "FOOTNOTE_LEDGER_KEY_FILE=x", "PATH=/bin"}); err != nil {
		t.Errorf("misspelt = %v, want nothing", err)
	}
}
