package slackbot

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest/fakeslack"
)

func TestVerify(t *testing.T) {
	const secret, body = "8f742231b10e8888abcd99yyyzzz85a5", "token=x&text=a%20b"
	now := time.Unix(1_700_000_000, 0)
	sign := func(at time.Time, body string) http.Header {
		stamp := strconv.FormatInt(at.Unix(), 10)
		return http.Header{headerTime: {stamp}, headerSign: {fakeslack.Signature(secret, stamp, []byte(body))}}
	}
	cases := []struct {
		name string
		h    http.Header
		body string
		want error
	}{
		{"signed", sign(now, body), body, nil},
		{"almost five minutes old", sign(now.Add(-5*time.Minute), body), body, nil},
		{"too old", sign(now.Add(-5*time.Minute-time.Second), body), body, errStale},
		{"from the future", sign(now.Add(5*time.Minute+time.Second), body), body, errStale},
		{"another body", sign(now, body), body + " ", errForged},
		{"no headers", http.Header{}, body, errUnsigned},
		{"no timestamp", http.Header{headerSign: sign(now, body)[headerSign]}, body, errUnsigned},
		{"a timestamp that is none", http.Header{headerTime: {"now"}, headerSign: {"v0=00"}}, body, errUnsigned},
		{"another version", http.Header{headerTime: {"1700000000"}, headerSign: {"v1=" + strings.Repeat("0", 64)}}, body, errForged},
		{"empty body, signed", sign(now, ""), "", nil},
	}
	for _, c := range cases {
		if got := verify(secret, c.h, []byte(c.body), now); got != c.want {
			t.Errorf("%s: verify = %v, want %v", c.name, got, c.want)
		}
	}
	if got := verify("", sign(now, body), []byte(body), now); got != errUnsigned {
		t.Errorf("without a secret: verify = %v", got)
	}
}

func TestVerifyVector(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(conformance(t), "signature_vector.json"))
	if err != nil {
		t.Skipf("no vector: %v", err)
	}
	var v struct {
		Secret    string `json:"signing_secret"`
		Timestamp string `json:"timestamp"`
		Body      string `json:"body"`
		Expected  string `json:"expected"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	at, _ := strconv.ParseInt(v.Timestamp, 10, 64)
	h := http.Header{headerTime: {v.Timestamp}, headerSign: {v.Expected}}
	if err := verify(v.Secret, h, []byte(v.Body), time.Unix(at, 0)); err != nil {
		t.Errorf("verify = %v, want nil", err)
	}
}

func TestHTTP(t *testing.T) {
	w := open(t, setup{http: true})
	if err := w.fake.VerifyURL(w.soon(), w.web.URL+PathEvents); err != nil {
		t.Error(err)
	}
	q := w.fake.User("U1").Mentions("C1", "What of the north, "+canary+"?")
	w.fake.User("U1").In("C1").Slash("/ask", "What of the south, "+canary+"?")
	w.settle()
	m := w.wantReplies("C1", q.TS, north)[0]
	if e := w.fake.Ephemerals("U1"); len(e) != 1 {
		t.Errorf("%d private answers, want one", len(e))
	}
	in := w.fake.User("U1").Clicks(m, button(t, m.Buttons(), actGood))
	if o, err := in.Wait(w.soon()); err != nil || !o.Acked || len(w.store.rated()) != 1 {
		t.Errorf("click: %+v, %v, feedback %+v", o, err, w.store.rated())
	}
	if !strings.Contains(w.web.URL, "127.0.0.1") || w.fake.State.Lost() != 0 {
		t.Errorf("%d deliveries lost", w.fake.State.Lost())
	}
}

func TestHTTPRefuses(t *testing.T) {
	w := open(t, setup{http: true})
	post := func(path, body string, sign bool) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.web.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if sign {
			w.fake.Sign(r, []byte(body), time.Now())
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	event := `{"type":"event_callback","team_id":"T1","event":{"type":"app_mention","user":"U1","text":"<@UBOT> north","ts":"1.1","channel":"C1"}}`
	for _, c := range []struct {
		name, path, body string
		sign             bool
		want             int
	}{
		{"unsigned", PathEvents, event, false, 401},
		{"too large", PathEvents, strings.Repeat("x", maxBody+1), true, 413},
		{"not JSON", PathEvents, "{", true, 200},
		{"nothing", PathEvents, "", true, 200},
		{"null", PathEvents, "null", true, 200},
		{"a list", PathEvents, "[]", true, 200},
		{"certificate check", PathCommands, "ssl_check=1&token=x", true, 200},
		{"not a form", PathCommands, "%zz", true, 200},
		{"no payload", PathInteractivity, "a=b", true, 200},
		{"unknown path", "/slack/other", "", true, 404},
		{"install without a client", PathInstall, "", true, 404},
	} {
		if got := post(c.path, c.body, c.sign); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	if n := len(w.answerer.Asked()); n != 0 {
		t.Errorf("%d questions were taken in, want none", n)
	}
}

func oauthSetup() setup {
	return setup{http: true, fake: fakeslack.Config{Teams: []fakeslack.Team{{ID: "T1"}, {ID: "T2"}}}, change: func(c *Config) {
		c.ClientID, c.ClientSecret, c.PublicURL = "1.1", "fake-client-secret", "https://footnote.example.org"
	}}
}

func TestInstall(t *testing.T) {
	w := open(t, oauthSetup())
	start := get(t, w.web.URL+PathInstall)
	to, err := url.Parse(start.Header.Get("Location"))
	if err != nil || start.StatusCode != http.StatusFound || !strings.HasPrefix(to.String(), w.fake.AuthorizeURL()+"?") {
		t.Fatalf("install: status %d, location %q", start.StatusCode, start.Header.Get("Location"))
	}
	q := to.Query()
	if q.Get("redirect_uri") != "https://footnote.example.org"+PathOAuth || !strings.Contains(q.Get("scope"), "chat:write") {
		t.Errorf("install asks for %v", q)
	}
	q.Set("team", "T2")
	back := get(t, w.fake.AuthorizeURL()+"?"+q.Encode())
	at, err := url.Parse(back.Header.Get("Location"))
	if err != nil || at.Query().Get("code") == "" {
		t.Fatalf("authorize: status %d, location %q", back.StatusCode, back.Header.Get("Location"))
	}
	done := get(t, w.web.URL+PathOAuth+"?"+at.RawQuery)
	page, _ := io.ReadAll(done.Body)
	if done.StatusCode != 200 || !strings.Contains(string(page), "Installed") {
		t.Fatalf("oauth: status %d, %s; log:\n%s", done.StatusCode, page, w.log)
	}
	// The second workspace is answered with its own token.
	w.fake.AddChannel(fakeslack.Channel{ID: "C2", Team: "T2"})
	w.fake.AddUser(fakeslack.User{ID: "U2", Team: "T2"})
	m := w.fake.User("U2").Mentions("C2", "What of the south?")
	first := w.fake.User("U1").Mentions("C1", "What of the north?")
	w.settle()
	w.wantReplies("C2", m.TS, south)
	w.wantReplies("C1", first.TS, north)

	if f := w.bot.checkInstallations(w.soon()); len(f) == 0 || !f[0].OK {
		t.Errorf("the doctor finds %+v", f)
	}
	w.fake.Uninstall("T2")
	w.settle()
	if _, ok, _ := w.store.Installation(t.Context(), "slack", "T2"); ok {
		t.Error("an uninstalled workspace is remembered")
	}
	if b := w.bot.known("T2"); b != nil {
		t.Error("its token is kept in memory")
	}
}

func TestOAuthState(t *testing.T) {
	w := open(t, oauthSetup())
	now := time.Unix(1_700_000_000, 0)
	state := w.bot.state(now)
	for _, c := range []struct {
		name, state string
		at          time.Time
		want        bool
	}{
		{"fresh", state, now, true},
		{"after nine minutes", state, now.Add(9 * time.Minute), true},
		{"after eleven minutes", state, now.Add(11 * time.Minute), false},
		{"from the future", state, now.Add(-2 * time.Minute), false},
		{"another", state[:len(state)-1] + "-", now, false},
		{"with another time", strings.Replace(state, "1700000000", "1700000999", 1), now.Add(11 * time.Minute), false},
		{"none", "", now, false},
		{"dots", "..", now, false},
	} {
		if got := w.bot.begun(c.state, c.at); got != c.want {
			t.Errorf("%s: begun = %v, want %v", c.name, got, c.want)
		}
	}
	for query, want := range map[string]int{
		"code=x":              http.StatusBadRequest,
		"code=x&state=forged": http.StatusBadRequest,
		"error=access_denied&state=" + url.QueryEscape(w.bot.state(time.Now())): http.StatusOK,
		"code=wrong&state=" + url.QueryEscape(w.bot.state(time.Now())):          http.StatusBadGateway,
	} {
		if r := get(t, w.web.URL+PathOAuth+"?"+query); r.StatusCode != want {
			t.Errorf("%s: status %d, want %d", query, r.StatusCode, want)
		}
	}
}

func TestCommandWhileTheLedgerFails(t *testing.T) {
	w := open(t, setup{http: true})
	w.store.breaks(context.DeadlineExceeded)
	w.fake.User("U1").In("C1").Slash("/ask", "What of the north, "+canary+"?")
	w.settle()
	if e := w.fake.Ephemerals("U1"); len(e) != 1 || !strings.Contains(shown(e[0]), "send it again") {
		t.Errorf("the asker hears %+v, want to send it again", e)
	}
}
