package fakeslack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// app is a slack-go client in Socket Mode that acknowledges, or not, and remembers.
type app struct {
	mu     sync.Mutex
	silent bool
	seen   []socketmode.Request
	bad    []error
	ack    any
}

func (a *app) requests() []socketmode.Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]socketmode.Request(nil), a.seen...)
}

// connect runs the app until the test ends.
func (a *app) connect(t *testing.T, s *Server, api *slack.Client) {
	t.Helper()
	client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = client.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-client.Events:
				a.take(client, e)
				s.changed.Notify()
			}
		}
	})
	t.Cleanup(func() { cancel(); s.DropSockets(); wg.Wait() })
	if err := s.WaitConnected(soon(t), 1); err != nil {
		t.Fatal(err)
	}
}

func (a *app) take(client *socketmode.Client, e socketmode.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
		a.bad = append(a.bad, bad.Cause)
	}
	if e.Request == nil || e.Request.EnvelopeID == "" {
		return
	}
	a.seen = append(a.seen, *e.Request)
	switch {
	case a.silent:
	case a.ack != nil && e.Request.AcceptsResponsePayload:
		_ = client.Ack(*e.Request, a.ack)
	default:
		_ = client.Ack(*e.Request)
	}
}

func TestSocketModeRoundTrip(t *testing.T) {
	s, api := start(t, Config{})
	a := &app{}
	a.connect(t, s, api)
	s.User("U1").Mentions("C1", "q")
	if err := s.WaitDelivered(soon(t)); err != nil {
		t.Fatal(err)
	}
	types := map[string]int{}
	for _, d := range s.Deliveries() {
		types[d.Type]++
		if o, err := d.Wait(soon(t)); err != nil || !o.Acked || o.Attempts != 1 {
			t.Errorf("%s: %+v, %v", d.Type, o, err)
		}
	}
	if types["message"] != 1 || types["app_mention"] != 1 {
		t.Errorf("delivered %v, want one message and one app_mention", types)
	}
}

func TestRedelivery(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	a := &app{silent: true}
	a.connect(t, s, api)
	ctx := soon(t)
	s.User("U1").DMs("q")
	want := func(n int) {
		t.Helper()
		if err := s.WaitFor(ctx, func(State) bool { return len(a.requests()) == n }); err != nil {
			t.Fatalf("attempt %d did not come: %v", n, err)
		}
	}
	want(1)
	s.Advance(ackWindow)
	want(2) // at once
	s.Advance(ackWindow)
	if !s.AdvanceToRetry() {
		t.Fatal("no retry is planned")
	}
	want(3) // a minute later
	s.Advance(ackWindow)
	s.AdvanceToRetry()
	want(4) // five minutes later
	s.Advance(ackWindow)
	if s.Lost() != 1 || s.Unacknowledged() != 0 {
		t.Errorf("lost %d, under way %d, want 1 and 0", s.Lost(), s.Unacknowledged())
	}
	for i, r := range a.requests() {
		if r.RetryAttempt != i || (i > 0) != (r.RetryReason == "timeout") {
			t.Errorf("attempt %d: retry_attempt %d, reason %q", i, r.RetryAttempt, r.RetryReason)
		}
	}
}

func TestDisconnectAndDrop(t *testing.T) {
	s, api := start(t, Config{})
	a := &app{}
	a.connect(t, s, api)
	ctx := soon(t)
	tickets := s.RequestCount("apps.connections.open")
	for i, cut := range []func(){func() { s.Disconnect("refresh_requested") }, func() { s.Disconnect("warning") }, s.DropSockets} {
		cut()
		again := func(st State) bool {
			return st.RequestCount("apps.connections.open") > tickets && st.Connections() == 1
		}
		if err := s.WaitFor(ctx, again); err != nil {
			t.Fatalf("cut %d: no new connection: %v", i, err)
		}
		tickets = s.RequestCount("apps.connections.open")
		s.User("U1").DMs(fmt.Sprint("q", i))
		if err := s.WaitDelivered(ctx); err != nil {
			t.Fatalf("cut %d: %v", i, err)
		}
	}
	if s.Lost() != 0 {
		t.Errorf("lost %d", s.Lost())
	}
}

func TestRepeatsAndOrder(t *testing.T) {
	s, api := start(t, Config{Events: []string{"message.im"}})
	a := &app{}
	a.connect(t, s, api)
	ctx := soon(t)
	u := s.User("U1")
	s.Hold()
	u.Repeated(Repeat{Times: 3, FreshIDs: true}).DMs("thrice")
	u.Repeated(Repeat{Times: 2}).DMs("twice")
	s.Release(Reversed)
	if err := s.WaitDelivered(ctx); err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	var texts []string
	for _, r := range a.requests() {
		var body obj
		_ = json.Unmarshal(r.Payload, &body)
		ids[str(body, "event_id")]++
		texts = append(texts, str(body["event"], "text"))
	}
	if len(ids) != 4 || strings.Join(texts, " ") != "twice twice thrice thrice thrice" {
		t.Errorf("got %v with %d event ids, want the later first and 4 ids", texts, len(ids))
	}
}

func TestSeveralConnections(t *testing.T) {
	s, api := start(t, Config{})
	one, two := &app{}, &app{}
	one.connect(t, s, api)
	two.connect(t, s, api)
	ctx := soon(t)
	if err := s.WaitConnected(ctx, 2); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		s.User("U1").DMs("q")
	}
	if err := s.WaitDelivered(ctx); err != nil {
		t.Fatal(err)
	}
	if a, b := len(one.requests()), len(two.requests()); a != 5 || b != 5 {
		t.Errorf("connections got %d and %d, want 5 and 5", a, b)
	}
}

func TestSignatureVector(t *testing.T) {
	dir := conformanceDir()
	if dir == "" {
		t.Skip("needs signature_vector.json")
	}
	raw, err := os.ReadFile(filepath.Join(dir, "signature_vector.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Secret    string `json:"signing_secret"`
		Timestamp string
		Body      string
		Expected  string
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if got := Signature(v.Secret, v.Timestamp, []byte(v.Body)); got != v.Expected {
		t.Errorf("Signature = %s, want %s", got, v.Expected)
	}
}

// hook is a bot's HTTP side that checks signatures with slack-go.
func hook(t *testing.T, s *Server, answer func(w http.ResponseWriter, r *http.Request, body []byte)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verifier, err := slack.NewSecretsVerifier(r.Header, s.SigningSecret())
		if err == nil {
			_, _ = verifier.Write(body)
			err = verifier.Ensure()
		}
		if err != nil {
			t.Errorf("signature: %v", err)
		}
		answer(w, r, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestHTTPDeliveries(t *testing.T) {
	s, _ := start(t, Config{Frozen: true})
	ctx := soon(t)
	var mu sync.Mutex
	retries := []string{}
	address := hook(t, s, func(w http.ResponseWriter, r *http.Request, body []byte) {
		if strings.Contains(string(body), "url_verification") {
			var v obj
			_ = json.Unmarshal(body, &v)
			_, _ = io.WriteString(w, str(v, "challenge"))
			return
		}
		mu.Lock()
		defer mu.Unlock()
		retries = append(retries, r.Header.Get("X-Slack-Retry-Num")+r.Header.Get("X-Slack-Retry-Reason"))
		if len(retries) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	if err := s.VerifyURL(ctx, address); err != nil {
		t.Error(err)
	}
	s.DeliverHTTP(Endpoints{Events: address, Commands: address, Interactivity: address})
	s.User("U1").DMs("q")
	if err := s.WaitFor(ctx, func(State) bool { return s.AdvanceToRetry() }); err != nil {
		mu.Lock()
		t.Fatalf("no redelivery after %q: %v", retries, err)
	}
	if err := s.WaitDelivered(ctx); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(retries, " "); got != " 1http_error 2http_error" {
		t.Errorf("retries = %q", got)
	}
}

func TestSlashCommandByHTTP(t *testing.T) {
	s, _ := start(t, Config{Frozen: true})
	ctx := soon(t)
	address := hook(t, s, func(w http.ResponseWriter, r *http.Request, body []byte) {
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		cmd, err := slack.SlashCommandParse(r)
		if err != nil || cmd.Command != "/ask" || cmd.Text != "a &lt; b" {
			t.Errorf("command = %+v, %v", cmd, err)
		}
		_, _ = io.WriteString(w, "looking")
	})
	s.DeliverHTTP(Endpoints{Commands: address})
	in := s.User("U1").In("C1").Slash("/ask", "a < b")
	if _, err := in.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.WaitFor(ctx, func(st State) bool { return len(st.Ephemerals("U1")) == 1 }); err != nil {
		t.Fatal(err)
	}
	post := func(text string, options ...slack.MsgOption) error {
		api := slack.New("", slack.OptionAPIURL(s.APIURL()))
		_, _, _, err := api.SendMessageContext(ctx, "C1", append(options, slack.MsgOptionText(text, false))...)
		return err
	}
	for range responseUses {
		if err := post("public", slack.MsgOptionResponseURL(in.ResponseURL, slack.ResponseTypeInChannel)); err != nil {
			t.Fatal(err)
		}
	}
	var status slack.StatusCodeError
	if err := post("sixth", slack.MsgOptionResponseURL(in.ResponseURL, "")); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("sixth use: %v, want 404", err)
	}
	if got := len(s.Messages("C1")); got != responseUses {
		t.Errorf("%d messages, want %d", got, responseUses)
	}
	late := s.User("U1").In("C1").Slash("/ask", "a < b")
	s.Advance(31 * time.Minute)
	if err := post("late", slack.MsgOptionResponseURL(late.ResponseURL, "")); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("use after half an hour: %v, want 404", err)
	}
}

func TestClicksViewsAndSubmissions(t *testing.T) {
	s, api := start(t, Config{Frozen: true})
	ctx := soon(t)
	a := &app{}
	a.connect(t, s, api)
	button := slack.NewButtonBlockElement("show", "p5", slack.NewTextBlockObject(slack.PlainTextType, "Show ¶5", false, false))
	if _, _, err := api.PostMessageContext(ctx, "C1", slack.MsgOptionText("x", false), slack.MsgOptionBlocks(slack.NewActionBlock("acts", button))); err != nil {
		t.Fatal(err)
	}
	m := s.Messages("C1")[0]
	if b := m.Buttons(); len(b) != 1 || b[0].Text != "Show ¶5" || b[0].Value != "p5" {
		t.Errorf("Buttons = %+v", b)
	}
	in := s.User("U1").Clicks(m, "show")
	if o, err := in.Wait(ctx); err != nil || !o.Acked {
		t.Fatal(o, err)
	}
	input := slack.NewInputBlock("why", slack.NewTextBlockObject(slack.PlainTextType, "Why?", false, false), nil,
		slack.NewPlainTextInputBlockElement(nil, "reason"))
	modal := slack.ModalViewRequest{Type: slack.VTModal, Title: slack.NewTextBlockObject(slack.PlainTextType, "Feedback", false, false),
		Submit: slack.NewTextBlockObject(slack.PlainTextType, "Send", false, false), Blocks: slack.Blocks{BlockSet: []slack.Block{input}}}
	if _, err := api.OpenViewContext(ctx, in.TriggerID, modal); err != nil {
		t.Fatal(err)
	}
	if _, err := api.OpenViewContext(ctx, in.TriggerID, modal); err == nil || err.Error() != "exchanged_trigger_id" {
		t.Errorf("second use of a trigger: %v", err)
	}
	late := s.User("U1").Clicks(m, "show")
	s.Advance(4 * time.Second)
	if _, err := api.OpenViewContext(ctx, late.TriggerID, modal); err == nil || err.Error() != "expired_trigger_id" {
		t.Errorf("late use of a trigger: %v", err)
	}
	view, open := s.Modal("U1")
	if !open {
		t.Fatal("no modal")
	}
	sent := s.User("U1").Submits(view, map[string]any{"reason": "wrong passage"})
	if _, err := sent.Wait(ctx); err != nil || !strings.Contains(string(sent.Payload()), "wrong passage") {
		t.Error("submission:", err)
	}
	if err := s.WaitFor(ctx, func(st State) bool { _, open := st.Modal("U1"); return !open }); err != nil {
		t.Error("the modal stayed open")
	}
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{section("hello")}}}
	if _, err := api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: "U1", View: home}); err != nil {
		t.Error(err)
	}
	if v, ok := s.Home("U1"); !ok || v.AllText() != "hello" {
		t.Errorf("Home = %+v", v)
	}
	if v := s.Violations(); v != nil {
		t.Errorf("Violations = %q", v)
	}
}

func TestReplacingByResponseURL(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	s.Invite("C1", "U1")
	button := slack.NewButtonBlockElement("share", "", slack.NewTextBlockObject(slack.PlainTextType, "Share", false, false))
	if _, err := api.PostEphemeralContext(ctx, "C1", "U1", slack.MsgOptionText("x", false), slack.MsgOptionBlocks(slack.NewActionBlock("", button))); err != nil {
		t.Fatal(err)
	}
	in := s.User("U1").Clicks(s.Ephemerals("U1")[0], "share")
	if _, _, _, err := api.SendMessageContext(ctx, "C1", slack.MsgOptionReplaceOriginal(in.ResponseURL), slack.MsgOptionText("shared", false)); err != nil {
		t.Fatal(err)
	}
	if e := s.Ephemerals("U1"); len(e) != 1 || e[0].Text != "shared" || len(e[0].Buttons()) != 0 {
		t.Errorf("ephemerals = %+v", e)
	}
	if _, _, _, err := api.SendMessageContext(ctx, "C1", slack.MsgOptionDeleteOriginal(in.ResponseURL), slack.MsgOptionText("", false)); err != nil {
		t.Fatal(err)
	}
	if e := s.Ephemerals("U1"); len(e) != 0 {
		t.Errorf("ephemerals = %+v, want none", e)
	}
}

// fixtures are the payloads of other SDKs' tests, one a file or envelope.
func fixtures(t *testing.T) map[string][]byte {
	dir := conformanceDir()
	if dir == "" {
		t.Skip("needs the fixtures")
	}
	found := map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(dir, "fixtures", "*", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var many struct{ Envelopes []json.RawMessage }
		if json.Unmarshal(raw, &many) == nil && many.Envelopes != nil {
			for i, e := range many.Envelopes {
				found[fmt.Sprintf("%s#%d", filepath.Base(file), i)] = e
			}
			continue
		}
		found[filepath.Base(file)] = raw
	}
	return found
}

func TestFixturesBySocketAndHTTP(t *testing.T) {
	payloads := fixtures(t)
	s, api := start(t, Config{Frozen: true}) // what slack-go cannot read it cannot acknowledge; let no window end meanwhile
	ctx := soon(t)
	a := &app{}
	a.connect(t, s, api)
	for name, raw := range payloads {
		if _, err := s.InjectRaw(raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	arrived := func(State) bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.seen)+len(a.bad) == len(payloads)
	}
	if err := s.WaitFor(ctx, arrived); err != nil {
		t.Fatalf("%d of %d arrived: %v", len(a.requests()), len(payloads), err)
	}
	for _, err := range a.bad {
		t.Log("slack-go does not read, and so never acknowledges:", err)
	}
	address := hook(t, s, func(http.ResponseWriter, *http.Request, []byte) {})
	s.DeliverHTTP(Endpoints{Events: address, Commands: address, Interactivity: address})
	for name, raw := range payloads {
		d, err := s.InjectRaw(raw)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := d.Wait(ctx); err != nil || !o.Acked {
			t.Errorf("%s by HTTP: %+v, %v", name, o, err)
		}
	}
}

func TestChaosIsRepeatable(t *testing.T) {
	outcome := func() string {
		s, api := start(t, Config{})
		s.Chaos(Chaos{Seed: 7, RateLimited: 0.2, ServerError: 0.2, CutBefore: 0.1, CutAfter: 0.1})
		var log strings.Builder
		for range 60 {
			_, _, err := api.PostMessageContext(soon(t), "C1", slack.MsgOptionText("x", false))
			fmt.Fprintf(&log, "%t ", err == nil)
		}
		return log.String() + fmt.Sprint(s.FaultCounts(), len(s.Messages("C1")))
	}
	if one, two := outcome(), outcome(); one != two {
		t.Errorf("the same seed gave\n%s\n%s", one, two)
	}
}

// BenchmarkEvents measures message in, acknowledged, answer posted, without schema checks.
func BenchmarkEvents(b *testing.B) {
	s := New(b, Config{Events: []string{"app_mention"}})
	s.Check(false)
	s.AddChannel(Channel{ID: "C1"})
	api := slack.New(s.BotToken("T1"), slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(s.AppToken()))
	client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = client.RunContext(ctx) })
	for range 8 {
		wg.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case e := <-client.Events:
					if e.Request == nil || e.Request.EnvelopeID == "" {
						continue
					}
					_ = client.Ack(*e.Request)
					_, _, _ = api.PostMessageContext(ctx, "C1", slack.MsgOptionText("answer", false))
				}
			}
		})
	}
	defer func() { cancel(); s.DropSockets(); wg.Wait() }()
	if err := s.WaitConnected(ctx, 1); err != nil {
		b.Fatal(err)
	}
	u := s.User("U1")
	b.ResetTimer()
	for range b.N {
		u.Mentions("C1", "question")
	}
	if err := s.WaitFor(ctx, func(st State) bool { return st.RequestCount("chat.postMessage") >= b.N }); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
