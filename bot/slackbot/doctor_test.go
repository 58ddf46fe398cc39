package slackbot

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"context"
	"footnote/bot/bottest"
	"footnote/bot/bottest/fakeslack"
)

func TestDoctor(t *testing.T) {
	cases := []struct {
		name   string
		scopes []string
		fault  fakeslack.Fault
		conf   func(*Config)
		ok     bool
		want   string
	}{
		{"all is well", nil, fakeslack.Fault{}, nil, true, "every scope"},
		{"a scope is missing", []string{"chat:write", "commands"}, fakeslack.Fault{}, nil, false, "channels:history"},
		{"the bot token is not accepted", nil, fakeslack.Fault{Method: "auth.test", Error: "invalid_auth"}, nil, false, "OAuth & Permissions"},
		{"the app token is not accepted", nil, fakeslack.Fault{Method: "apps.connections.open", Error: "invalid_auth"}, nil, false, "connections:write"},
		{"Slack is not reached", nil, fakeslack.Fault{Method: "auth.test", Status: 502, Times: 3}, nil, false, "reaches"},
		{"no public address", nil, fakeslack.Fault{}, func(c *Config) { c.SigningSecret = "fake-signing-secret" }, false, "FOOTNOTE_PUBLIC_URL"},
		{"a public address", nil, fakeslack.Fault{}, func(c *Config) {
			c.SigningSecret, c.PublicURL = "fake-signing-secret", "https://footnote.example.org"
		}, true, "Verified"},
		{"nobody has installed the app", nil, fakeslack.Fault{}, func(c *Config) {
			c.BotToken, c.ClientID, c.ClientSecret, c.PublicURL = "", "1.1", "fake-client-secret", "https://footnote.example.org"
		}, false, PathInstall},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fake := fakeslack.New(t, fakeslack.Config{Scopes: c.scopes})
			if c.fault.Method != "" {
				fake.Fail(c.fault)
			}
			conf := Config{BotToken: fake.BotToken("T1"), AppToken: fake.AppToken(), APIURL: fake.APIURL()}
			if c.conf != nil {
				c.conf(&conf)
			}
			b, err := New(slog.New(slog.DiscardHandler), nil, &bottest.Answerer{}, newStore(), nil, conf)
			if err != nil {
				t.Fatal(err)
			}
			ok, all := true, ""
			for _, f := range b.Check(t.Context()) {
				ok = ok && f.OK
				all += f.What + " " + f.Do + "\n"
				if !f.OK && f.Do == "" {
					t.Errorf("%q does not say what to do", f.What)
				}
			}
			if ok != c.ok || !strings.Contains(all, c.want) || strings.Contains(all, "xoxb-") || strings.Contains(all, "xapp-") {
				t.Errorf("Check: ok %v, want %v, with %q and no tokens:\n%s", ok, c.ok, c.want, all)
			}
			if fake.RequestCount("chat.postMessage") != 0 {
				t.Error("the doctor has posted")
			}
		})
	}
}

func TestConfig(t *testing.T) {
	good := Config{BotToken: "xoxb-1", AppToken: "xapp-1"}
	cases := []struct {
		change func(*Config)
		want   string // the variable, or "" where it is valid
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.AppToken = "" }, "SLACK_APP_TOKEN"},
		{func(c *Config) { c.AppToken, c.SigningSecret = "", "0123456789" }, ""},
		{func(c *Config) { c.BotToken = "" }, "SLACK_BOT_TOKEN"},
		{func(c *Config) { c.BotToken = "xoxp-1" }, "SLACK_BOT_TOKEN"},
		{func(c *Config) { c.BotToken = " xoxb-1" }, "SLACK_BOT_TOKEN"},
		{func(c *Config) { c.BotToken = `"xoxb-1"` }, "SLACK_BOT_TOKEN"},
		{func(c *Config) { c.AppToken = "xoxb-1" }, "SLACK_APP_TOKEN"},
		{func(c *Config) { c.SigningSecret = "short" }, "SLACK_SIGNING_SECRET"},
		{func(c *Config) { c.ClientID = "1.1" }, "SLACK_CLIENT_SECRET"},
		{func(c *Config) { c.ClientID, c.ClientSecret = "1.1", "s" }, "FOOTNOTE_PUBLIC_URL"},
		{func(c *Config) { c.APIURL = "slack.com/api/" }, "FOOTNOTE_SLACK_API_URL"},
		{func(c *Config) { c.APIURL = "https://slack.com/api" }, "FOOTNOTE_SLACK_API_URL"},
		{func(c *Config) { c.APIURL = "https://slack-gov.com/api/" }, ""},
		{func(c *Config) { c.PublicURL = "footnote" }, "FOOTNOTE_PUBLIC_URL"},
	}
	for i, c := range cases {
		conf := good
		c.change(&conf)
		err := conf.Validate()
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "xox") && !strings.Contains(err.Error(), "begin with")) {
			t.Errorf("%d: Validate = %v, want %q", i, err, c.want)
		}
	}
	if _, err := New(slog.New(slog.DiscardHandler), nil, nil, nil, nil, Config{}); err == nil {
		t.Error("New takes a configuration that is not valid")
	}
}

func TestJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := &jobs{log: slog.New(slog.DiscardHandler)}
		ctx, cancel := context.WithCancel(t.Context())
		ended := 0
		for range maxJobs {
			if !j.start(ctx, "wait", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }) {
				t.Fatal("there is no room")
			}
		}
		if j.start(ctx, "too many", func(context.Context) error { ended++; return nil }) {
			t.Error("there is room for one too many")
		}
		cancel() // of whoever asked: the jobs go on
		start := time.Now()
		j.close()
		if time.Since(start) != jobTime || ended != 0 {
			t.Errorf("close took %v, want %v", time.Since(start), jobTime)
		}
		if j.start(t.Context(), "after", func(context.Context) error { return nil }) {
			t.Error("a job starts after close")
		}
		j.open()
		if !j.start(t.Context(), "again", func(context.Context) error { return nil }) {
			t.Error("no job starts after open")
		}
		j.close()
	})
}

func TestLanguage(t *testing.T) {
	w := open(t, setup{})
	ws, err := w.bot.workspace(w.soon(), "T1")
	if err != nil {
		t.Fatal(err)
	}
	w.fake.AddUser(fakeslack.User{ID: "U1"})
	if got := w.bot.language(w.soon(), ws, "U1", "What is the point of the whole article?"); got != "" {
		t.Errorf("language = %q, want the text's own", got)
	}
	if n := w.fake.RequestCount("users.info"); n != 0 {
		t.Errorf("%d calls for a text that shows its language", n)
	}
	w.bot.language(w.soon(), ws, "U1", "¶5")
	w.until("the locale", func(st fakeslack.State) bool { return st.RequestCount("users.info") == 1 })
	w.bot.jobs.close()
	w.bot.jobs.open()
	w.bot.mu.Lock()
	if got, ok := w.bot.locales["T1:U1"]; !ok || got != "" { // the fake knows no locales
		t.Errorf("the locale is %q, %v", got, ok)
	}
	w.bot.locales["T1:U1"] = "ja-JP"
	w.bot.mu.Unlock()
	if got := w.bot.language(w.soon(), ws, "U1", "¶5"); got != "ja-JP" {
		t.Errorf("language = %q, want ja-JP", got)
	}
	if got := w.bot.language(w.soon(), ws, "U1", "南は"); got != "" {
		t.Errorf("language = %q, want the text's own", got)
	}
	ws.scopes = map[string]bool{}
	if got := w.bot.language(w.soon(), ws, "U1", "¶5"); got != "" {
		t.Errorf("without the scope, language = %q", got)
	}
}
