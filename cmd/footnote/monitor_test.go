package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"footnote/bot/bottest/fakeslack"
)

// opened waits until a port of the program's is open, and returns its address.
func (s *serving) opened(setting string) string {
	s.t.Helper()
	e, err := s.log.entry(soon(s.t), setting)
	if err != nil {
		s.t.Fatalf("%s is not opened: %v; log:\n%s", setting, err, s.log)
	}
	return "http://" + e["address"].(string)
}

// times waits until the log has a text so often.
func (l *logged) times(ctx context.Context, text string, n int) error {
	for {
		l.mu.Lock()
		have, more := strings.Count(l.b.String(), text), l.new
		l.mu.Unlock()
		if have >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the log has %q %d times, want %d: %w", text, have, n, ctx.Err())
		case <-more:
		}
	}
}

// socketMode returns settings for a Slack, with a ledger of their own.
func socketMode(t *testing.T, slack *fakeslack.Server, more ...string) []string {
	return append([]string{
		"SLACK_BOT_TOKEN=" + slack.BotToken("T1"), "SLACK_APP_TOKEN=" + slack.AppToken(), "FOOTNOTE_SLACK_API_URL=" + slack.APIURL(),
		"FOOTNOTE_LEDGER=" + filepath.Join(t.TempDir(), "ledger.db"),
	}, more...)
}

func TestMonitor(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	s := serve(t, socketMode(t, slack, "FOOTNOTE_MONITOR=:0", "FOOTNOTE_PPROF=:0")...)
	at, profiles := s.opened("monitor"), s.opened("pprof")
	for _, a := range []string{at, profiles} {
		if !strings.HasPrefix(a, "http://127.0.0.1:") {
			t.Errorf("without a host it listens on %s, want this machine alone", a)
		}
	}
	if err := slack.WaitConnected(soon(t), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := s.log.entry(soon(t), "slack: connected"); err != nil {
		t.Fatal(err)
	}
	q := slack.User("U1").Mentions("C1", asked)
	s.reply(slack, q.TS, 1)
	if _, err := s.log.entry(soon(t), "question"); err != nil {
		t.Fatal(err)
	}
	for page, want := range map[string]string{"/healthz": "ok\n", "/readyz": "material: ok\nledger: ok\nslack: ok\n"} {
		if resp, body := get(t, at+page); resp.StatusCode != 200 || body != want {
			t.Errorf("%s = %d %q, want 200 %q", page, resp.StatusCode, body, want)
		}
	}
	_, body := get(t, at+"/metrics")
	for _, want := range []string{
		`footnote_questions_total{adapter="slack",kind="ask",mode="keyword",status="answered"} 1`, `footnote_platform_up{platform="slack"} 1`,
		`footnote_platform_connections_total{platform="slack"} 1`, `footnote_material_documents 1`, `footnote_queue_questions 0`,
		`footnote_stage_seconds_count{stage="whole"} 1`,
	} {
		if !strings.Contains(body, want+"\n") {
			t.Errorf("/metrics has no line %q:\n%s", want, body)
		}
	}
	for _, secret := range []string{asked, said, "U1", "C1", "T1", q.TS} {
		if strings.Contains(body, secret) {
			t.Errorf("/metrics holds %q", secret)
		}
	}
	if resp, body := get(t, profiles+"/debug/pprof/goroutine?debug=1"); resp.StatusCode != 200 || !strings.Contains(body, "goroutine profile") {
		t.Errorf("pprof = %d %.80q", resp.StatusCode, body)
	}
	slack.DropSockets()
	if err := s.log.times(soon(t), `"slack: connected"`, 2); err != nil {
		t.Fatal(err)
	}
	if _, body := get(t, at+"/metrics"); !strings.Contains(body, `footnote_platform_connections_total{platform="slack"} 2`) {
		t.Errorf("a connection made anew is not counted:\n%s", body)
	}
	s.stop()
	if _, err := net.Dial("tcp", strings.TrimPrefix(at, "http://")); err == nil {
		t.Error("operators are still answered after the end")
	}
}

// names finds the figures in a query of Prometheus', with their labels.
var names = regexp.MustCompile(`\b(?:footnote|process|go)_\w+(?:\{[^}]*\})?`)

// TestDashboard compares the dashboard with the figures that there are: each that it
// asks for is there, with the labels asked for, and each of ours is shown.
func TestDashboard(t *testing.T) {
	t.Parallel()
	slack := aSlack(t)
	s := serve(t, socketMode(t, slack, "FOOTNOTE_MONITOR=:0", "OPENAI_BASE_URL=http://127.0.0.1:1/v1", "FOOTNOTE_LLM_MODEL=m")...)
	at := s.opened("monitor")
	q := slack.User("U1").Mentions("C1", asked)
	s.reply(slack, q.TS, 1)
	if _, err := s.log.entry(soon(t), "question"); err != nil {
		t.Fatal(err)
	}
	_, page := get(t, at+"/metrics")
	there := map[string][]string{"instance": nil}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)(?:\{(.*)\})? `).FindAllStringSubmatch(page, -1) {
		labels := []string{"instance"}
		for _, l := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(m[2], -1) {
			labels = append(labels, l[1])
		}
		there[m[1]] = labels
	}
	s.stop()
	shown := map[string]bool{}
	for _, expr := range queries(t) {
		for _, use := range names.FindAllString(expr, -1) {
			name, selector, _ := strings.Cut(use, "{")
			shown[name] = true
			if there[name] == nil {
				t.Errorf("the dashboard asks for %s, which is not there", name)
				continue
			}
			used := regexp.MustCompile(`(\w+)[=!]`).FindAllStringSubmatch(selector, -1)
			for _, by := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
				for l := range strings.SplitSeq(by[1], ", ") {
					used = append(used, []string{"", l})
				}
			}
			for _, l := range used {
				if !slices.Contains(there[name], l[1]) {
					t.Errorf("the dashboard asks for %s by %s; it has %v", name, l[1], there[name])
				}
			}
		}
	}
	for name := range there {
		if strings.HasPrefix(name, "footnote_") && !shown[name] {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
}

// queries returns what the dashboard asks Prometheus.
func queries(t *testing.T) (out []string) {
	t.Helper()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if got := try(t, "", nil, "deploy", "grafana"); got.code != exitDone || json.Unmarshal([]byte(got.out), &board) != nil {
		t.Fatalf("deploy grafana = %d, %s", got.code, got.err)
	}
	for _, p := range board.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("a panel %q has %d queries", p.Title, len(p.Targets))
		}
		for _, q := range p.Targets {
			if fmt.Sprint(strings.Count(q.Expr, "("), strings.Count(q.Expr, "{")) != fmt.Sprint(strings.Count(q.Expr, ")"), strings.Count(q.Expr, "}")) {
				t.Errorf("brackets of %q do not match", q.Expr)
			}
			out = append(out, q.Expr)
		}
	}
	return out
}
