package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"footnote/bot"
	"footnote/bot/bottest/fakeslack"
	"footnote/bot/ledger"
	"footnote/bot/slackbot"
)

// asked and said are a question and words of its answer, none of which may be logged.
const (
	asked = "How many troops does the NATO Response Force comprise?"
	said  = "40,000 troops"
)

// key is a key for the ledger.
const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// serving is a footnote serve that runs inside the test.
type serving struct {
	t    *testing.T
	log  *logged
	end  context.CancelFunc
	code chan int
}

// logged collects what is written and lets others wait for a line.
type logged struct {
	mu  sync.Mutex
	b   bytes.Buffer
	new chan struct{} // closed and replaced at each write
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.new)
	l.new = make(chan struct{})
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// entry waits for a line of the log with this message and returns it.
func (l *logged) entry(ctx context.Context, message string) (map[string]any, error) {
	for {
		l.mu.Lock()
		text, more := l.b.String(), l.new
		l.mu.Unlock()
		for line := range strings.Lines(text) {
			var e map[string]any
			if json.Unmarshal([]byte(line), &e) == nil && e["msg"] == message {
				return e, nil
			}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-more:
		}
	}
}

// serve starts the program as an operator does.
func serve(t *testing.T, env ...string) *serving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &serving{t: t, log: &logged{new: make(chan struct{})}, end: cancel, code: make(chan int, 1)}
	go func() {
		s.code <- run(ctx, []string{"serve", "--log-level", "debug"}, strings.NewReader(""), io.Discard, s.log, environment(env))
	}()
	t.Cleanup(func() { cancel() })
	return s
}

// stop ends the program as a signal does, and checks how it ended and what it logged.
func (s *serving) stop(secrets ...string) {
	s.t.Helper()
	s.end()
	select {
	case code := <-s.code:
		if code != exitDone {
			s.t.Errorf("footnote serve = %d, want %d; log:\n%s", code, exitDone, s.log)
		}
	case <-soon(s.t).Done():
		s.t.Fatalf("footnote serve does not end; log:\n%s", s.log)
	}
	log := s.log.String()
	for _, secret := range append(secrets, asked, said, "troops", "¶2", "xoxb-", "xapp-", key, key[:12]) {
		if strings.Contains(log, secret) {
			s.t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

// at returns the address the program listens on.
func (s *serving) at() string {
	s.t.Helper()
	e, err := s.log.entry(soon(s.t), "listening")
	if err != nil {
		s.t.Fatalf("footnote serve does not listen: %v; log:\n%s", err, s.log)
	}
	return "http://" + e["address"].(string)
}

// soon is how long anything may take that must happen.
func soon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// aSlack returns a Slack with a channel.
func aSlack(t *testing.T) *fakeslack.Server {
	t.Helper()
	slack := fakeslack.New(t, fakeslack.Config{})
	slack.AddChannel(fakeslack.Channel{ID: "C1"})
	t.Cleanup(func() {
		for _, v := range slack.Violations() {
			t.Errorf("against Slack's rules: %s", v)
		}
	})
	return slack
}

// reply waits for n answers in a thread and returns the last.
func (s *serving) reply(slack *fakeslack.Server, ts string, n int) string {
	s.t.Helper()
	err := slack.WaitFor(soon(s.t), func(st fakeslack.State) bool {
		got := st.Replies("C1", ts)
		return len(got) >= n && !slices.ContainsFunc(got, writing) // whole
	})
	if err != nil {
		s.t.Fatalf("no answer: %v; log:\n%s", err, s.log)
	}
	return slack.Replies("C1", ts)[n-1].AllText()
}

// get returns the status and the body of a page, without following where it leads.
func get(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(soon(t), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestServeSocket(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	env := []string{
		"SLACK_BOT_TOKEN=" + slack.BotToken("T1"), "SLACK_APP_TOKEN_FILE=" + write(t, "app-token", slack.AppToken()+"\n"),
		"FOOTNOTE_SLACK_API_URL=" + slack.APIURL(), "FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "ledger.db"), "FOOTNOTE_LEDGER_KEY=" + key,
	}
	first := serve(t, env...)
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatalf("%v; log:\n%s", err, first.log)
	}
	q := slack.User("U1").Mentions("C1", asked)
	if got := first.reply(slack, q.TS, 1); !strings.Contains(got, said) || !strings.Contains(got, "¶2") {
		t.Errorf("%q is answered with %q", asked, got)
	}
	first.stop()
	if strings.Contains(first.log.String(), `"listening"`) {
		t.Error("it listens though nobody calls")
	}

	second := serve(t, env...)
	if err := slack.WaitFor(soon(t), func(st fakeslack.State) bool { return st.Connections() == 1 }); err != nil {
		t.Fatalf("%v; log:\n%s", err, second.log)
	}
	slack.User("U2").InThread(q.TS).Says("C1", "¶2")
	if got := second.reply(slack, q.TS, 2); !strings.Contains(got, said) {
		t.Errorf("¶2 after a restart is answered with %q", got)
	}
	second.stop()
}

func TestServeHTTP(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	place := filepath.Join(t.TempDir(), "ledger.db")
	s := serve(t, "SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_SIGNING_SECRET="+slack.SigningSecret(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(),
		"FOOTNOTE_LEDGER="+place, "FOOTNOTE_LISTEN=127.0.0.1:0", "FOOTNOTE_VISIBILITY=public")
	at := s.at()
	if err := slack.VerifyURL(soon(t), at+slackbot.PathEvents); err != nil {
		t.Errorf("Slack cannot verify the address: %v", err)
	}
	slack.DeliverHTTP(fakeslack.Endpoints{Events: at + slackbot.PathEvents, Commands: at + slackbot.PathCommands, Interactivity: at + slackbot.PathInteractivity})
	q := slack.User("U1").Mentions("C1", asked)
	if got := s.reply(slack, q.TS, 1); !strings.Contains(got, said) {
		t.Errorf("%q is answered with %q", asked, got)
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 404, "/": 404, slackbot.PathInstall: 404, slackbot.PathEvents: 405} {
		if resp, body := get(t, at+path); resp.StatusCode != want {
			t.Errorf("GET %s = %d %q, want %d", path, resp.StatusCode, body, want)
		}
	}
	resp, err := http.Post(at+slackbot.PathEvents, "application/json", strings.NewReader(strings.Repeat(" ", maxBody+1)))
	if err == nil {
		resp.Body.Close()
	}
	if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a body too large = %v, %v, want 413", resp, err)
	}

	// Another on the same port, and what was asked, forgotten.
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(at, "http://"))
	got := try(t, "", []string{"SLACK_BOT_TOKEN=xoxb-1", "SLACK_APP_TOKEN=xapp-1", "FOOTNOTE_LISTEN=127.0.0.1:" + port, "FOOTNOTE_LEDGER=" + place}, "serve")
	if last := lastLine(got.err); got.code != exitOther || !strings.Contains(last, "FOOTNOTE_LISTEN") || !strings.Contains(last, "another program uses the port") {
		t.Errorf("serve on a port in use = %d, %q", got.code, last)
	}
	forget := []string{"ledger", "forget", "--ledger", place, "--user", "U1"}
	if got := try(t, "", nil, forget...); got.code != exitDone || got.out != "slack:T1:U1: questions and opinions removed: 1\n" {
		t.Errorf("forget = %d, %q, %q", got.code, got.out, got.err)
	}
	if got := try(t, "", nil, forget...); got.code != exitNothing || got.out != "" {
		t.Errorf("forget again = %d, %q, %q", got.code, got.out, got.err)
	}
	s.stop(slack.SigningSecret())
}

func lastLine(text string) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return all[len(all)-1]
}

// TestServeInstall has a workspace install the app.
func TestServeInstall(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	id, secret := slack.Client()
	place := filepath.Join(t.TempDir(), "ledger.db")
	env := []string{
		"SLACK_CLIENT_ID=" + id, "SLACK_CLIENT_SECRET=" + secret, "SLACK_SIGNING_SECRET=" + slack.SigningSecret(), "FOOTNOTE_SLACK_API_URL=" + slack.APIURL(),
		"FOOTNOTE_LEDGER=" + place, "FOOTNOTE_LEDGER_KEY=" + key, "FOOTNOTE_LISTEN=127.0.0.1:0", "FOOTNOTE_PUBLIC_URL=https://footnote.example.org",
	}
	s := serve(t, env...)
	at := s.at()
	start, _ := get(t, at+slackbot.PathInstall)
	to, err := url.Parse(start.Header.Get("Location"))
	if err != nil || start.StatusCode != http.StatusFound {
		t.Fatalf("install = %v, to %q", start.Status, start.Header.Get("Location"))
	}
	code := slack.InstallCode("T1")
	back := url.Values{"state": {to.Query().Get("state")}, "code": {code}}
	if resp, body := get(t, at+slackbot.PathOAuth+"?"+back.Encode()); resp.StatusCode != http.StatusOK || !strings.Contains(body, "Installed") {
		t.Errorf("oauth = %v, %q; log:\n%s", resp.Status, body, s.log)
	}
	slack.DeliverHTTP(fakeslack.Endpoints{Events: at + slackbot.PathEvents, Commands: at + slackbot.PathCommands, Interactivity: at + slackbot.PathInteractivity})
	q := slack.User("U1").Mentions("C1", asked)
	s.reply(slack, q.TS, 1)
	s.stop(secret, slack.SigningSecret(), code, to.Query().Get("state"))
	for _, name := range []string{place, place + "-wal"} {
		if data, err := os.ReadFile(name); err == nil && bytes.Contains(data, []byte(slack.BotToken("T1"))) {
			t.Errorf("%s holds the token", name)
		}
	}

	got := try(t, "", env, "doctor")
	if got.code != exitDone || strings.Contains(got.out, "✗") || !strings.Contains(got.out, "The installation in workspace T1 works.") {
		t.Errorf("doctor = %d, %q:\n%s", got.code, got.err, got.out)
	}
	// With a new key first the old one can go, once the program has run.
	const newer = "HxEdHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA="
	again := serve(t, append([]string{"FOOTNOTE_LEDGER_KEY=" + newer + "," + key}, env...)...)
	if _, err := again.log.entry(soon(t), "secrets sealed with the first key; the older ones can go"); err != nil {
		t.Errorf("the secrets are not sealed anew: %v", err)
	}
	again.stop(newer)
	if got := try(t, "", append([]string{"FOOTNOTE_LEDGER_KEY=" + newer}, env...), "doctor"); got.code != exitDone {
		t.Errorf("doctor with the new key = %d, %q:\n%s", got.code, got.err, got.out)
	}
	if got := try(t, "", env, "doctor"); got.code != exitOther || !strings.Contains(got.out, "✗ The installation in workspace T1 does not work") {
		t.Errorf("doctor with the old key = %d, %q:\n%s", got.code, got.err, got.out)
	}

	if got := try(t, "", []string{"FOOTNOTE_LEDGER=" + place}, "ledger", "forget", "--user", "U1"); got.code != exitDone || got.out != "slack:T1:U1: questions and opinions removed: 1\n" {
		t.Errorf("forget = %d, %q, %q", got.code, got.out, got.err)
	}
}

func TestServeRetention(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	place := filepath.Join(t.TempDir(), "ledger.db")
	l, err := ledger.Open(t.Context(), (&console{err: io.Discard}).quiet(), place, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, age := range map[string]time.Duration{"old": 72 * time.Hour, "new": time.Hour} {
		e := bot.Errand{Key: name, Adapter: "slack", Question: bot.Question{ID: name, Text: asked, Asker: "slack:T1:U1"}, Accepted: time.Now().Add(-age), State: bot.Open, Attempt: 1, Address: []byte("{}")}
		if _, err := l.Accept(t.Context(), e, "test", time.Minute); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Done(t.Context(), e, "test", bot.Answer{}, ""); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, "SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_APP_TOKEN="+slack.AppToken(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(), "FOOTNOTE_LEDGER="+place, "FOOTNOTE_RETENTION=2")
	if e, err := s.log.entry(soon(t), "old questions removed"); err != nil || e["questions"] != 1.0 {
		t.Errorf("removed: %v, %v", e, err)
	}
	s.stop()
	for name, want := range map[string]bool{"old": false, "new": true} {
		if _, _, got, err := l.Errand(t.Context(), name); got != want || err != nil {
			t.Errorf("the %s question is there: %v, %v; want %v", name, got, err, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestServeFails has serve end by itself: each time with one sentence, which holds no
// secret.
func TestServeFails(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	revoked := aSlack(t)
	token := revoked.BotToken("T1")
	revoked.RevokeToken("T1")
	const password = "hunter2"
	file := write(t, "file", "no database, by far, however long one looks at it; and it is long enough to be one")
	tokens := []string{"SLACK_BOT_TOKEN=" + slack.BotToken("T1"), "SLACK_APP_TOKEN=" + slack.AppToken(), "FOOTNOTE_SLACK_API_URL=" + slack.APIURL()}
	fresh := "FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "ledger.db")
	for _, test := range []struct {
		name string
		env  []string
		code int
		want string
	}{
		{"nothing set", []string{"FOOTNOTE_WEB=off"}, exitUsage, "SLACK_BOT_TOKEN and SLACK_APP_TOKEN"},
		{"one token", []string{"SLACK_BOT_TOKEN=xoxb-" + password}, exitUsage, "SLACK_APP_TOKEN"},
		{"tokens mixed up", []string{"SLACK_BOT_TOKEN=xapp-" + password, "SLACK_APP_TOKEN=xoxb-" + password}, exitUsage, "SLACK_BOT_TOKEN does not begin with xoxb-"},
		{"token with a space", []string{"SLACK_BOT_TOKEN=xoxb-" + password + " "}, exitUsage, "SLACK_BOT_TOKEN: it has white space"},
		{"token and file", []string{"SLACK_BOT_TOKEN=xoxb-1", "SLACK_BOT_TOKEN_FILE=" + file}, exitUsage, "SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set"},
		{"no such file", []string{"SLACK_BOT_TOKEN_FILE=nowhere"}, exitUsage, "SLACK_BOT_TOKEN_FILE: open nowhere"},
		{"client without key", []string{"SLACK_CLIENT_ID=1.2", "SLACK_CLIENT_SECRET=" + password, "SLACK_SIGNING_SECRET=" + password + password, "FOOTNOTE_PUBLIC_URL=https://footnote.example.org"}, exitUsage, "FOOTNOTE_LEDGER_KEY must be set"},
		{"key of another length", append([]string{"FOOTNOTE_LEDGER_KEY=" + password}, tokens...), exitUsage, "FOOTNOTE_LEDGER_KEY: a key is 32 random bytes"},
		{"listening nowhere", append([]string{"FOOTNOTE_LISTEN=8080"}, tokens...), exitUsage, "FOOTNOTE_LISTEN"},
		{"public address", append([]string{"FOOTNOTE_PUBLIC_URL=footnote"}, tokens...), exitUsage, "FOOTNOTE_PUBLIC_URL"},
		{"API address", append([]string{"FOOTNOTE_SLACK_API_URL=https://slack.com"}, tokens...), exitUsage, "FOOTNOTE_SLACK_API_URL must end in /api/"},
		{"retention", append([]string{"FOOTNOTE_RETENTION=-1"}, tokens...), exitUsage, "FOOTNOTE_RETENTION"},
		{"corpus", append([]string{"FOOTNOTE_CORPUS=nowhere"}, tokens...), exitUsage, "nowhere: no such file"},
		{"another kind of ledger", append([]string{"FOOTNOTE_LEDGER=mysql://u:" + password + "@h/d"}, tokens...), exitUsage, "FOOTNOTE_LEDGER: it is neither"},
		{"ledger in no folder", append([]string{"FOOTNOTE_LEDGER=" + filepath.Join(file, "ledger.db")}, tokens...), exitOther, "FOOTNOTE_LEDGER says where it is"},
		{"ledger that is none", append([]string{"FOOTNOTE_LEDGER=" + file}, tokens...), exitOther, "not a SQLite database"},
		{"no PostgreSQL", append([]string{"FOOTNOTE_LEDGER=postgres://u:" + password + "@127.0.0.1:1/d"}, tokens...), exitOther, "connection refused"},
		{"revoked token", []string{"SLACK_BOT_TOKEN=" + token, "SLACK_APP_TOKEN=" + revoked.AppToken(), "FOOTNOTE_SLACK_API_URL=" + revoked.APIURL(), fresh}, exitOther, "slack: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := try(t, "", test.env, "serve", "--log-level", "error")
			if got.code != test.code || strings.Count(got.err, "\n") != 1 || !strings.Contains(got.err, test.want) {
				t.Errorf("serve = %d, %q; want %d and one line with %q", got.code, got.err, test.code, test.want)
			}
			if strings.Contains(got.err, password) || strings.Contains(got.err, "no database, by far") {
				t.Errorf("serve shows a secret: %q", got.err)
			}
		})
	}
}

func TestReadyz(t *testing.T) {
	s := &server{log: (&console{err: io.Discard}).quiet()}
	var err error
	if s.ledger, err = ledger.Open(t.Context(), s.log, filepath.Join(t.TempDir(), "ledger.db"), ledger.Options{}); err != nil {
		t.Fatal(err)
	}
	pages := s.pages()
	want := func(page string, code int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		pages.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page, nil))
		if w.Code != code || strings.TrimSpace(w.Body.String()) != body {
			t.Errorf("%s = %d %q, want %d %q", page, w.Code, w.Body, code, body)
		}
	}
	want("/healthz", 200, "ok")
	want("/readyz", 200, "material: ok\nledger: ok")
	s.stopping.Store(true)
	want("/healthz", 200, "ok")
	want("/readyz", 503, "stopping")
	s.stopping.Store(false)
	if err := s.ledger.Close(); err != nil {
		t.Error(err)
	}
	want("/healthz", 200, "ok")
	want("/readyz", 503, "material: ok\nledger: cannot be reached")
}
