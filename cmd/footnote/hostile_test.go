package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest"
	"footnote/bot/bottest/fakediscord"
	"footnote/bot/discordbot"
	"footnote/bot/slackbot"
)

// attacker makes requests to every address there is, of which those to Slack's may be
// signed as Slack does.
type attacker struct {
	bottest.Hostile
	secret string
}

// body returns something like what platforms send, or like nothing.
func (h attacker) body() string {
	event := fmt.Sprintf(`{"type":%q,"team_id":%q,"event":{"type":%q,"user":%q,"text":%q,"channel":%q,"ts":%q}}`,
		h.Pick("event_callback", "url_verification", h.Text()), h.Pick("T1", h.Text()), h.Pick("app_mention", "message", "tokens_revoked", h.Text()), h.Text(), h.Text(), h.Pick("C1", h.Text()), h.Pick("1.2", h.Text()))
	form := url.Values{"payload": {h.Pick(event, h.Text())}, "command": {h.Pick("/ask", "/summary", h.Text())}, "text": {h.Text()}, "team_id": {h.Text()}, "user_id": {h.Text()}}
	return h.Pick(event, event[:h.IntN(len(event))], form.Encode(), h.Text(), strings.Repeat("[", h.IntN(100_000)), strings.Repeat("x", h.IntN(2*maxBody)))
}

// raw returns a request as bytes, for the address at.
func (h attacker) raw(at string) string {
	path := h.Pick("/healthz", "/readyz", "/metrics", "/", "/debug/pprof/", "/"+url.PathEscape(h.Text()), "/nato-360", "/ask", slackbot.PathInstall, "/slack/oauth",
		slackbot.PathEvents, slackbot.PathCommands, slackbot.PathInteractivity, discordbot.PathInteractions, discordbot.PathInteractions)
	path += h.Pick("", "", "?code="+url.QueryEscape(h.Text())+"&state="+url.QueryEscape(h.Text()))
	body := h.body()
	now := fmt.Sprint(time.Now().Unix())
	sum := hmac.New(sha256.New, []byte(h.secret))
	_, _ = fmt.Fprintf(sum, "v0:%s:%s", now, body)
	signed := "v0=" + hex.EncodeToString(sum.Sum(nil))
	clean := strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Type: %s\r\nContent-Length: %d\r\n"+
		"X-Slack-Request-Timestamp: %s\r\nX-Slack-Signature: %s\r\nX-Signature-Ed25519: %s\r\nX-Signature-Timestamp: %s\r\n\r\n%s",
		h.Pick("GET", "POST", "POST", "POST", "PUT", "X"), path, at, h.Pick("application/json", "application/x-www-form-urlencoded", clean(h.Text())), len(body),
		h.Pick(now, now, clean(h.Text())), h.Pick(signed, signed, signed, clean(h.Text())), h.Pick(strings.Repeat("0f", 64), clean(h.Text())), h.Pick(now, clean(h.Text())), body)
}

// TestHostile has the whole program take what is sent to harm it, at every address: no
// request finds a fault in it, and what is kept is little.
func TestHostile(t *testing.T) {
	const requests = 10_000
	slack, d := aSlack(t), aDiscord(t, fakediscord.Config{})
	s := serve(t, discordEnv(d, "DISCORD_PUBLIC_KEY="+d.PublicKey(), "FOOTNOTE_DISCORD_GATEWAY=false",
		"SLACK_BOT_TOKEN="+slack.BotToken("T1"), "SLACK_SIGNING_SECRET="+slack.SigningSecret(), "FOOTNOTE_SLACK_API_URL="+slack.APIURL(),
		"FOOTNOTE_WEB_SECRET="+"open-sesame-123", "FOOTNOTE_MONITOR=127.0.0.1:0",
		"FOOTNOTE_LEDGER="+filepath.Join(t.TempDir(), "ledger.db"), "FOOTNOTE_LISTEN=127.0.0.1:0")...)
	doors := []string{strings.TrimPrefix(s.at(), "http://")}
	monitor, err := s.log.entry(soon(t), "monitor")
	if err != nil {
		t.Fatal(err)
	}
	doors = append(doors, monitor["address"].(string))
	h := attacker{bottest.NewHostile(asked), slack.SigningSecret()}
	before, began, codes := inUse(), time.Now(), map[int]int{}
	for i := range requests {
		at := doors[min(i%10/9, 1)] // each tenth is for operators
		code := bottest.Send(t, at, h.raw(at))
		if codes[code]++; code >= 500 && codes[code] == 1 {
			t.Errorf("request %d got %d", i, code)
		}
	}
	after := inUse()
	t.Logf("%d requests in %v: %v; heap %.1f MB before, %.1f MB after", requests, time.Since(began).Round(time.Millisecond), codes, before, after)
	if after-before > 64 {
		t.Errorf("the heap has grown from %.1f to %.1f MB", before, after)
	}
	if log := s.log.String(); strings.Contains(log, "a fault in the program") {
		t.Errorf("the log tells of a fault; it ends with\n%s", log[max(0, len(log)-2000):])
	}
	s.end()
	if code := <-s.code; code != exitDone {
		t.Errorf("footnote serve = %d, want %d", code, exitDone)
	}
}

// inUse returns how much memory is in use, in MB.
func inUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
