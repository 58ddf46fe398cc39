package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"footnote/bot/bottest/fakeslack"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	poor := fakeslack.New(t, fakeslack.Config{Scopes: []string{"app_mentions:read", "assistant:write", "channels:history", "commands", "groups:history", "im:history"}})
	set := func(s *fakeslack.Server, more ...string) []string {
		return append([]string{"SLACK_BOT_TOKEN=" + s.BotToken("T1"), "SLACK_APP_TOKEN=" + s.AppToken(), "FOOTNOTE_SLACK_API_URL=" + s.APIURL()}, more...)
	}
	folder := t.TempDir()
	file := write(t, "file", "a text that is no database")
	for _, test := range []struct {
		name string
		env  []string
		code int
		want []string
	}{
		{"all well", set(slack, "XDG_STATE_HOME="+folder), exitDone, []string{
			"✓ Configuration: complete for slack.", "✓ Material: documents: 1", "✓ Ledger: footnote serve will make " + filepath.Join(folder, "footnote", "footnote.db"),
			"✓ SLACK_BOT_TOKEN is accepted", "in workspace T1", "✓ Socket Mode can be used",
		}},
		{"nothing set", []string{"FOOTNOTE_WEB=off", "HOME=" + folder}, exitOther, []string{"✗ Configuration: no platform", "SLACK_BOT_TOKEN", "✓ Material", "✓ Ledger"}},
		{"a scope is missing", set(poor, "HOME="+folder), exitOther, []string{"✗ The scope chat:write is missing", "install the app again"}},
		{"faulty material", set(slack, "HOME="+folder, "FOOTNOTE_CORPUS="+write(t, "a.txt", "One.[1]\n\nNotes\n\n[2] Two.\n")), exitDone, []string{"! The material has faults", "footnote index lists them"}},
		{"no material", set(slack, "HOME="+folder, "FOOTNOTE_CORPUS=nowhere"), exitOther, []string{"✗ Material: ", "nowhere: no such file or folder", "FOOTNOTE_CORPUS"}},
		{"no ledger", set(slack, "FOOTNOTE_LEDGER="+file), exitOther, []string{"✗ Ledger: open ledger " + file, "not a SQLite database"}},
		{"no folder for it", set(slack, "FOOTNOTE_LEDGER="+filepath.Join(file, "ledger.db")), exitOther, []string{"✗ Ledger: "}},
		{"HTTP without an address", []string{"SLACK_BOT_TOKEN=" + slack.BotToken("T1"), "SLACK_SIGNING_SECRET=" + slack.SigningSecret(), "FOOTNOTE_SLACK_API_URL=" + slack.APIURL(), "HOME=" + folder},
			exitOther, []string{"listens on :8080", "✗ Events by HTTP are on, but FOOTNOTE_PUBLIC_URL is not set"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := try(t, "", test.env, "doctor")
			if got.code != test.code {
				t.Errorf("doctor = %d, want %d: %s\n%s", got.code, test.code, got.err, got.out)
			}
			for _, want := range test.want {
				if !strings.Contains(got.out, want) {
					t.Errorf("doctor does not say %q:\n%s", want, got.out)
				}
			}
			for _, secret := range []string{"xoxb-", "xapp-", slack.SigningSecret()} {
				if strings.Contains(got.out+got.err, secret) {
					t.Errorf("doctor shows %q:\n%s", secret, got.out)
				}
			}
		})
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("doctor has made %v (%v), want nothing", left, err)
	}
}

func TestLedgerPlace(t *testing.T) {
	for _, test := range []struct {
		env  []string
		want string
	}{
		{[]string{"HOME=/home/a"}, "/home/a/.local/state/footnote/footnote.db"},
		{[]string{"HOME=/home/a", "XDG_STATE_HOME=/var/state"}, "/var/state/footnote/footnote.db"},
		{[]string{"HOME=/home/a", "XDG_STATE_HOME=state"}, "/home/a/.local/state/footnote/footnote.db"}, // must be absolute
		{[]string{"HOME=/"}, "footnote.db"},                                                             // a container's user
		{nil, "footnote.db"},
	} {
		con := &console{getenv: environment(test.env)}
		if got := filepath.ToSlash(con.ledgerPlace(values{})); got != test.want {
			t.Errorf("ledger with %v = %q, want %q", test.env, got, test.want)
		}
	}
}

func TestForget(t *testing.T) {
	ledger := filepath.Join(t.TempDir(), "ledger.db")
	for _, test := range []struct {
		name string
		args []string
		env  []string
		code int
		want string
	}{
		{"nobody", nil, nil, exitUsage, "--user slack:TEAM:USER"},
		{"words", []string{"U1"}, nil, exitUsage, "--user slack:TEAM:USER"},
		{"no ledger", []string{"--user", "slack:T1:U1"}, []string{"FOOTNOTE_LEDGER=" + ledger}, exitUsage, "there is no ledger at " + ledger},
		{"password in a flag", []string{"--user", "slack:T1:U1", "--ledger", "postgres://u:hunter2@h/d"}, nil, exitUsage, "--ledger: an address with a password would show in ps"},
		{"another password in a flag", []string{"--user", "slack:T1:U1", "--ledger", "postgres://u@h/d?password=hunter2"}, nil, exitUsage, "--ledger: an address with a password would show in ps"},
		{"what is no ledger in a flag", []string{"--user", "slack:T1:U1", "--ledger", "mysql://u:hunter2@h/d"}, nil, exitUsage, "--ledger: it is neither"},
	} {
		got := try(t, "", test.env, append([]string{"ledger", "forget"}, test.args...)...)
		if got.code != test.code || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, test.want) || strings.Contains(got.err, "hunter2") {
			t.Errorf("%s: forget = %d, %q; want %d with %q", test.name, got.code, got.err, test.code, test.want)
		}
	}
	if _, err := os.Stat(ledger); err == nil {
		t.Error("forget has made a ledger")
	}
	// A ledger that knows nobody.
	if l, err := (&console{err: os.Stderr, getenv: environment(nil)}).openLedger(t.Context(), (&console{err: os.Stderr}).quiet(), values{"ledger": ledger}); err != nil || l.Close() != nil {
		t.Fatal(err)
	}
	if got := try(t, "", nil, "ledger", "forget", "--ledger", ledger, "--user", "U1"); got.code != exitNothing || !strings.Contains(got.err, "nothing of U1") {
		t.Errorf("forget U1 = %d, %q", got.code, got.err)
	}
}

// TestSecretsInFiles has secrets come from the configuration file, well and badly.
func TestSecretsInFiles(t *testing.T) {
	const secret = "xoxb-hunter2"
	token := write(t, "token", secret+"\n")
	for _, test := range []struct {
		name, config string
		env          []string
		code         int
		want         string
	}{
		{"well", "slack-bot-token: " + secret + "\nslack-app-token: xapp-1\n", nil, exitOther, "not ready"},
		{"in a file", "slack-bot-token-file: " + token + "\nslack-app-token: xapp-1\n", nil, exitOther, "not ready"},
		{"both", "slack-bot-token-file: " + token + "\nslack-bot-token: " + secret + "\n", nil, exitUsage, ":2: slack-bot-token is given twice"},
		{"twice", "slack-bot-token: " + secret + "\nslack-bot-token: " + secret + "\n", nil, exitUsage, ":2: slack-bot-token is given twice"},
		{"no such file", "slack-bot-token-file: nowhere\n", nil, exitUsage, ":1: slack-bot-token-file: open nowhere"},
		{"empty file", "slack-bot-token-file: " + write(t, "empty", "\n") + "\n", nil, exitUsage, "is empty"},
		{"as in the environment", "SLACK_BOT_TOKEN=" + secret + "\n", nil, exitUsage, ":1: it must have a line NAME: VALUE"},
		{"a list", "slack-bot-token: [" + secret + "]\n", nil, exitUsage, ":1: slack-bot-token: give it one value"},
		{"with quotes inside", "slack-bot-token: '\"" + secret + "\"'\n", nil, exitUsage, ":1: slack-bot-token: it has white space or quotes"},
		{"no file for what is no secret", "corpus-file: nowhere\n", nil, exitUsage, `unknown setting "corpus-file"`},
		{"the environment wins", "slack-bot-token: 'x y'\n", []string{"SLACK_BOT_TOKEN=" + secret}, exitUsage, ":1: slack-bot-token: it has white space"},
	} {
		env := append(test.env, "FOOTNOTE_SLACK_API_URL=http://127.0.0.1:1/api/", "HOME="+t.TempDir())
		got := try(t, "", env, "doctor", "--config", write(t, "footnote.yaml", test.config))
		if got.code != test.code || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, test.want) {
			t.Errorf("%s: doctor = %d, %q; want %d with %q", test.name, got.code, got.err, test.code, test.want)
		}
		if strings.Contains(got.out+got.err, "hunter2") {
			t.Errorf("%s: doctor shows a secret: %s%s", test.name, got.out, got.err)
		}
	}
}

// TestManifest tries the settings of the manifest. That Slack's schema accepts what
// comes of them is tested in slackbot.
func TestManifest(t *testing.T) {
	for _, test := range []struct {
		args []string
		env  []string
		want []string
		not  string
	}{
		{nil, nil, []string{`"socket_mode_enabled": true`, `"agent_view"`, `"/ask"`}, "request_url"},
		{[]string{"--http", "https://footnote.example.org/"}, nil, []string{`"https://footnote.example.org/slack/events"`, `"https://footnote.example.org/slack/oauth"`}, `"socket_mode_enabled": true`},
		{[]string{"--public-url", "https://footnote.example.org"}, nil, []string{`"socket_mode_enabled": true`, `"https://footnote.example.org/slack/oauth"`}, "request_url"},
		{[]string{"--slack-commands-prefix", "fn-", "--assistant", "--follow-ups=false"}, nil, []string{`"/fn-ask"`, `"assistant_view"`}, `"message.channels"`},
	} {
		got := try(t, "", test.env, append([]string{"slack", "manifest"}, test.args...)...)
		for _, want := range test.want {
			if got.code != exitDone || !strings.Contains(got.out, want) || strings.Contains(got.out, test.not) {
				t.Errorf("manifest %v = %d, %q, want %s and no %s in\n%s", test.args, got.code, got.err, want, test.not, got.out)
			}
		}
	}
	for _, args := range [][]string{{"--http", "http://footnote.example.org"}, {"--http", "footnote"}, {"now"}} {
		if got := try(t, "", nil, append([]string{"slack", "manifest"}, args...)...); got.code != exitUsage || got.out != "" {
			t.Errorf("manifest %v = %d, %q, %q", args, got.code, got.out, got.err)
		}
	}
}
