package discordbot

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGatewayBegins(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.conf.Content = true
		p := h.connected()
		if p.address != "ws://gateway.test/?encoding=json&v=10" {
			t.Errorf("the gateway connected to %s", p.address)
		}
		var d struct {
			Token      string            `json:"token"`
			Intents    int               `json:"intents"`
			Shard      []int             `json:"shard"`
			Properties map[string]string `json:"properties"`
		}
		if err := json.Unmarshal((<-p.opening).Data, &d); err != nil {
			t.Fatal(err)
		}
		if d.Token != "a.b.c" || d.Intents != 1|1<<9|1<<12|1<<15 || fmt.Sprint(d.Shard) != "[0 1]" || d.Properties["browser"] != "footnote" {
			t.Errorf("Identify = %+v", d)
		}
		p.message(2, "7", "a")
		<-time.After(200 * time.Second) // on the clock of synctest, as all sleep in these tests
		beats := p.heard()
		if len(beats) < 4 || beats[0].after >= 41250*time.Millisecond {
			t.Fatalf("heartbeats = %v, want the first within 41.25 s and at least 4", beats)
		}
		for i := 1; i < len(beats); i++ {
			if gap := beats[i].after - beats[i-1].after; gap != 41250*time.Millisecond {
				t.Errorf("heartbeat %d came after %v, want 41.25 s", i, gap)
			}
		}
		if last := beats[len(beats)-1].seq; last != "2" {
			t.Errorf("the last heartbeat names %s, want 2", last)
		}
		h.end()
		if code := <-p.closed; code != ourClose {
			t.Errorf("the gateway closed with %d, want %d, which keeps the session", code, ourClose)
		}
		if s := h.saved[0]; s.ID != "S1" || s.Seq != 2 || s.URL != "ws://resume.test" {
			t.Errorf("saved %+v, want the session up to 2", s)
		}
		if h.saves > 110 { // one in beatEvery
			t.Errorf("the session was saved %d times in 200 quiet seconds", h.saves)
		}
	})
}

// After whatever ends a connection the next takes the session up, or begins a new
// one, after no more than the wait that is due.
func TestGatewayComesBack(t *testing.T) {
	op := func(raw string) func(*gatewayHub, *peer) { return func(_ *gatewayHub, p *peer) { p.says(raw) } }
	closes := func(code int) func(*gatewayHub, *peer) { return func(_ *gatewayHub, p *peer) { p.close(code) } }
	const soon, identify = 2 * time.Second, 10 * time.Second
	for _, c := range []struct {
		name   string
		happen func(*gatewayHub, *peer)
		op     int
		least  time.Duration
		most   time.Duration
	}{
		{"op 7", op(`{"op":7,"d":null}`), opResume, 0, time.Second / 2},
		{"op 9 true", op(`{"op":9,"d":true}`), opResume, 0, soon},
		{"op 9 false", op(`{"op":9,"d":false}`), opIdentify, time.Second, identify},
		{"op 9 with nothing", op(`{"op":9}`), opIdentify, time.Second, identify},
		{"the line is cut", func(_ *gatewayHub, p *peer) { _ = p.conn.Close() }, opResume, 0, soon},
		{"heartbeats are not answered", func(h *gatewayHub, _ *peer) { h.deaf.Store(true) }, opResume, 0, 2*41250*time.Millisecond + soon},
		{"1000", closes(1000), opResume, 0, soon},
		{"1001", closes(1001), opResume, 0, soon},
		{"4000", closes(4000), opResume, 0, soon},
		{"4001", closes(4001), opResume, 0, soon},
		{"4002", closes(4002), opResume, 0, soon},
		{"4003", closes(4003), opIdentify, 0, identify},
		{"4005", closes(4005), opResume, 0, soon},
		{"4007", closes(4007), opIdentify, 0, identify},
		{"4008", closes(4008), opResume, 0, soon},
		{"4009", closes(4009), opIdentify, 0, identify},
		{"4999", closes(4999), opResume, 0, soon},
	} {
		t.Run(c.name, func(t *testing.T) {
			inHub(t, func(h *gatewayHub) {
				first := h.connected()
				first.message(2, "7", "a")
				h.did()
				start := time.Now()
				c.happen(h, first)
				if code := <-first.closed; code == 1000 || code == 1001 {
					t.Errorf("the gateway closed with %d, which ends the session", code)
				}
				p := h.next(c.op)
				h.deaf.Store(false)
				if took := time.Since(start); took < c.least || took > c.most {
					t.Errorf("the gateway came back after %v, want from %v to %v", took, c.least, c.most)
				}
				if c.op == opResume {
					wantResume(t, p, 2)
					p.dispatch(3, "RESUMED", `{}`)
				} else {
					if p.address != "ws://gateway.test/?encoding=json&v=10" {
						t.Errorf("a new session begins at %s", p.address)
					}
					p.ready()
				}
				p.message(4, "7", "b")
				if got := h.did(); strings.Count(got, "MESSAGE_CREATE b") != 1 {
					t.Errorf("handled %q, want the message", got)
				}
				if said := h.logged(); strings.Contains(said, "may have been missed") != (c.op == opIdentify) {
					t.Errorf("the log tells of a gap wrongly: %s", said)
				}
			})
		})
	}
}

func wantResume(t *testing.T, p *peer, seq int64) {
	t.Helper()
	if p.address != "ws://resume.test/?encoding=json&v=10" {
		t.Errorf("the session was taken up at %s", p.address)
	}
	f := <-p.opening
	var d struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int64  `json:"seq"`
	}
	if err := json.Unmarshal(f.Data, &d); err != nil || d.Token != "a.b.c" || d.Session != "S1" || d.Seq != seq {
		t.Errorf("Resume = %s, want session S1 from %d", f.Data, seq)
	}
}

func TestGatewayFatal(t *testing.T) {
	for code, want := range map[int]string{
		4004: "DISCORD_BOT_TOKEN", 4010: "shard", 4011: "start footnote again", 4012: "version 10", 4013: "intents", 4014: "Message Content Intent",
	} {
		inHub(t, func(h *gatewayHub) {
			h.start()
			h.next(opIdentify).close(code)
			err := <-h.ended
			h.stop()
			h.stop = nil
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprint(code)) || strings.Contains(err.Error(), "a.b.c") {
				t.Errorf("run = %v after %d, want a sentence with %q", err, code, want)
			}
		})
	}
	inHub(t, func(h *gatewayHub) {
		h.info = []string{"503", "401"}
		h.start()
		err := <-h.ended
		h.stop()
		h.stop = nil
		if err == nil || !strings.Contains(err.Error(), "DISCORD_BOT_TOKEN") {
			t.Errorf("run = %v, want that the token is not accepted", err)
		}
	})
}

func TestGatewayAsksAgain(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.info = []string{"500", "502", "503", "429", `{"url":"not an address"}`, `{"url":`, `{}`, oneShard}
		h.connected()
	})
}

// A process takes up what the one before it left, from where everything was durable:
// what was not is told and handled again.
func TestGatewayResumesOverRestart(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		h.mu.Lock()
		h.slowCtx = func(ctx context.Context, kind string) { // the ledger does not answer for a question
			if kind == "STUCK" {
				<-ctx.Done()
			}
		}
		h.mu.Unlock()
		p.message(2, "7", "a")
		p.dispatch(3, "STUCK", `{"id":"b","channel_id":"8"}`)
		p.message(4, "7", "c")
		if got := h.did(); got != "MESSAGE_CREATE a, MESSAGE_CREATE c" {
			t.Errorf("handled %q, want a and c", got)
		}
		<-time.After(2 * saveEvery)
		if seq := h.savedSeq(); seq != 2 {
			t.Errorf("saved up to %d while 3 is not durable, want 2", seq)
		}
		start := time.Now()
		h.end()
		if took := time.Since(start); took > finishTime {
			t.Errorf("the end took %v, want at most %v", took, finishTime)
		}
		if seq := h.savedSeq(); seq != 2 {
			t.Errorf("saved up to %d at the end, want 2", seq)
		}
		h.did()
		h.mu.Lock()
		h.slowCtx = nil
		h.mu.Unlock()
		h.start()
		p = h.next(opResume)
		wantResume(t, p, 2)
		p.dispatch(3, "STUCK", `{"id":"b","channel_id":"8"}`)
		p.message(4, "7", "c")
		p.dispatch(5, "RESUMED", `{}`)
		if got := h.did(); !strings.Contains(got, "STUCK b") {
			t.Errorf("handled %q, want what was not durable", got)
		}
		h.end()
		if seq := h.savedSeq(); seq != 5 {
			t.Errorf("saved up to %d, want 5", seq)
		}
	})
}

func TestGatewayDoesNotResume(t *testing.T) {
	for name, change := range map[string]func(*gatewayHub, *session){
		"another number of shards": func(_ *gatewayHub, s *session) { s.Shards = 2 },
		"other intents":            func(h *gatewayHub, _ *session) { h.conf.Content = true },
		"nothing saved":            func(_ *gatewayHub, s *session) { *s = session{} },
	} {
		inHub(t, func(h *gatewayHub) {
			s := session{ID: "S0", URL: "ws://resume.test", Seq: 5, Shards: 1, Intents: intentGuilds | intentGuildMessages | intentDirectMessages, At: time.Now().Add(-time.Hour)}
			change(h, &s)
			if s.ID != "" {
				h.saved[0] = s
			}
			h.connected()
			if said := h.logged(); strings.Contains(said, "may have been missed") != (s.ID != "") || s.ID != "" && !strings.Contains(said, s.At.UTC().Format(time.RFC3339)) {
				t.Errorf("%s: the log tells of a gap wrongly: %s", name, said)
			}
		})
	}
}

func TestGatewayRepeats(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		p.message(2, "7", "a")
		p.message(3, "7", "b")
		p.message(3, "7", "b")
		p.says(`{"op":7}`)
		p = h.next(opResume)
		p.message(2, "7", "a") // Discord may tell again what it told before
		p.message(3, "7", "b")
		p.message(4, "7", "c")
		p.dispatch(5, "RESUMED", `{}`)
		if got := h.did(); got != "MESSAGE_CREATE a, MESSAGE_CREATE b, MESSAGE_CREATE c, RESUMED" && got != "MESSAGE_CREATE a, MESSAGE_CREATE b, RESUMED, MESSAGE_CREATE c" {
			t.Errorf("handled %q, want a, b and c once each", got)
		}
	})
}

func TestGatewayUnreadable(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		for _, raw := range []string{
			`{`, ``, `[]`, `null`, `7`, `"geheim"`, `{"op":"zero"}`, `{"op":0,"s":"geheim","t":7,"d":{}}`, `{"op":99,"d":{}}`, `{"op":10}`, `{"op":11,"d":{"x":`,
			`{"op":0,"t":"MESSAGE_CREATE","s":null,"d":{"id":"without a number","channel_id":"7"}}`,
			`{"op":0,"t":"MESSAGE_CREATE","s":2,"d":{"id":3,"channel_id":{"geheim":1}}}`,
			`{"op":0,"t":"MESSAGE_CREATE","s":3}`, `{"op":0,"t":null,"s":4,"d":null}`, "\xff\xfe",
		} {
			p.says(raw)
		}
		p.message(5, "7", "good")
		if got := h.did(); !strings.Contains(got, "MESSAGE_CREATE good") || !strings.Contains(got, "MESSAGE_CREATE without a number") {
			t.Errorf("handled %q, want the message that can be read", got)
		}
		select {
		case <-h.came:
			t.Error("the gateway connected again, want that it leaves out what it cannot read")
		default:
		}
		if strings.Contains(h.logged(), "geheim") {
			t.Errorf("the log tells what was in a frame: %s", h.logged())
		}
		h.end()
		if seq := h.savedSeq(); seq != 5 {
			t.Errorf("saved up to %d, want 5", seq)
		}
	})
}

func TestGatewayPanic(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.slow = func(kind string, data json.RawMessage) {
			switch kind {
			case "PANIC":
				panic("geheim " + string(data))
			case "NIL":
				var m map[string]*session
				m["geheim"].Seq++
			}
		}
		p := h.connected()
		p.dispatch(2, "PANIC", `{"channel_id":"7"}`)
		p.dispatch(3, "NIL", `{"channel_id":"7"}`)
		p.message(4, "7", "a")
		if got := h.did(); got != "MESSAGE_CREATE a" {
			t.Errorf("handled %q, want the message after the panics", got)
		}
		said := h.logged()
		if strings.Contains(said, "geheim") || !strings.Contains(said, "nil pointer") || !strings.Contains(said, "in=PANIC") || !strings.Contains(said, "gateway_test.go") {
			t.Errorf("the log does not tell of the panics, or tells what they said: %s", said)
		}
		h.end()
		if seq := h.savedSeq(); seq != 4 {
			t.Errorf("saved up to %d, want 4: what panics once would again", seq)
		}
	})
}

// A slow handler holds up its channel and nothing else.
func TestGatewaySlowHandler(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		gate := make(chan struct{})
		h.mu.Lock()
		h.slow = func(kind string, _ json.RawMessage) {
			if kind == "SLOW" {
				<-gate
			}
		}
		h.mu.Unlock()
		p.dispatch(2, "SLOW", `{"id":"1","channel_id":"7"}`)
		p.message(3, "7", "behind")
		p.message(4, "8", "beside")
		p.dispatch(5, "INTERACTION_CREATE", `{"id":"click","channel_id":"7"}`)
		if got := h.did(); got != "MESSAGE_CREATE beside, INTERACTION_CREATE click" && got != "INTERACTION_CREATE click, MESSAGE_CREATE beside" {
			t.Errorf("handled %q, want what is in other channels, and interactions", got)
		}
		// More comes than there is room for: it is not read, and the heart beats on.
		for i := range maxWaiting + 100 {
			p.message(6+i, "7", "m")
		}
		synctest.Wait()
		if n := len(p.out); n < 50 || n > 100 {
			t.Errorf("%d messages were not read, want about 97: there is an end to what waits", n)
		}
		before := len(p.heard())
		<-time.After(10 * time.Minute)
		if n := len(p.heard()) - before; n < 14 {
			t.Errorf("%d heartbeats in ten minutes, want 14", n)
		}
		close(gate)
		if got := h.did(); !strings.HasPrefix(got, "SLOW 1, MESSAGE_CREATE behind, MESSAGE_CREATE m") || strings.Count(got, "CREATE m") != maxWaiting+100 {
			t.Errorf("%d messages were handled, beginning with %.50q; want all in order", strings.Count(got, "CREATE m"), got)
		}
		select {
		case <-h.came:
			t.Error("the gateway connected again, want that it waits")
		default:
		}
	})
}

// Messages of one channel are handled in order, of many beside each other.
func TestGatewayOrder(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		h.mu.Lock()
		h.slow = func(string, json.RawMessage) { <-time.After(time.Second) }
		h.mu.Unlock()
		start := time.Now()
		for i := range 100 {
			p.message(2+i, fmt.Sprint(i%20), fmt.Sprint(i))
		}
		for len(h.did()) > 0 || time.Since(start) < 4500*time.Millisecond {
			<-time.After(100 * time.Millisecond)
		}
		<-time.After(2 * time.Second)
		h.did()
		for i := range 10 {
			p.message(102+i, "7", fmt.Sprint(i))
		}
		<-time.After(11 * time.Second)
		var want []string
		for i := range 10 {
			want = append(want, fmt.Sprint("MESSAGE_CREATE ", i))
		}
		if got := h.did(); got != strings.Join(want, ", ") {
			t.Errorf("handled %q, want them in order", got)
		}
		if h.savedSeq() != 111 {
			t.Errorf("saved up to %d, want 111", h.savedSeq())
		}
	})
}

func TestGatewayHeartbeatOnRequest(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		for range 300 {
			p.says(`{"op":1,"d":null}`)
		}
		synctest.Wait()
		if n := len(p.heard()); n < sendSpare/2 || n > sendSpare {
			t.Errorf("%d heartbeats were sent at once, want at most %d", n, sendSpare)
		}
		<-time.After(2 * time.Minute)
		before := len(p.heard())
		p.says(`{"op":1}`)
		synctest.Wait()
		if n := len(p.heard()) - before; n != 1 {
			t.Errorf("%d heartbeats were sent when one was asked for", n)
		}
	})
}

// The end comes at once in whatever phase, and without an error.
func TestGatewayEnds(t *testing.T) {
	for name, reach := range map[string]func(h *gatewayHub){
		"asking the API":  func(h *gatewayHub) { h.hangs.Store(true); h.start() },
		"the API is down": func(h *gatewayHub) { h.info = []string{"503"}; h.start(); <-time.After(time.Minute) },
		"used up":         func(h *gatewayHub) { h.info = []string{usedUp(3600)}; h.start(); <-time.After(time.Minute) },
		"handshake":       func(h *gatewayHub) { h.info = []string{oneShard}; h.start(); h.hangs.Store(true) },
		"unreachable":     func(h *gatewayHub) { h.gone.Store("gateway.test"); h.start(); <-time.After(10 * time.Minute) },
		"no HELLO":        func(h *gatewayHub) { h.mute.Store(true); h.start(); <-time.After(time.Second) },
		"never a HELLO":   func(h *gatewayHub) { h.mute.Store(true); h.start(); <-time.After(10 * time.Minute) },
		"identified":      func(h *gatewayHub) { h.start(); h.next(opIdentify) },
		"identified for long": func(h *gatewayHub) {
			h.start()
			h.next(opIdentify)
			<-time.After(readyTime + 10*time.Second)
			h.next(opIdentify)
		},
		"connected":           func(h *gatewayHub) { h.connected() },
		"waiting":             func(h *gatewayHub) { p := h.connected(); h.gone.Store("resume.test"); p.close(4000); synctest.Wait() },
		"waiting to identify": func(h *gatewayHub) { p := h.connected(); p.says(`{"op":9,"d":false}`); synctest.Wait() },
		"resuming":            func(h *gatewayHub) { p := h.connected(); p.close(4000); h.next(opResume) },
	} {
		t.Run(name, func(t *testing.T) {
			inHub(t, func(h *gatewayHub) {
				reach(h)
				start := time.Now()
				h.end()
				if took := time.Since(start); took > closeTime {
					t.Errorf("the end took %v, want at most %v", took, closeTime)
				}
			})
		})
	}
}

func usedUp(seconds int) string {
	return fmt.Sprintf(`{"url":"ws://gateway.test","shards":1,"session_start_limit":{"total":1000,"remaining":0,"reset_after":%d,"max_concurrency":1}}`, seconds*1000)
}

func TestGatewayStartsUsedUp(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.info = []string{usedUp(3600), usedUp(3600), oneShard}
		h.start()
		start := time.Now()
		h.next(opIdentify).ready()
		if took := time.Since(start); took < time.Hour || took > time.Hour+time.Minute {
			t.Errorf("the session began after %v, want an hour", took)
		}
		if said := h.logged(); !strings.Contains(said, "used up") {
			t.Errorf("the log does not say why nothing happens: %s", said)
		}
	})
}

func TestGatewayShards(t *testing.T) {
	for concurrency, want := range map[int]time.Duration{1: 2 * identifyEvery, 2: identifyEvery, 16: 0} {
		inHub(t, func(h *gatewayHub) {
			h.info = []string{fmt.Sprintf(`{"url":"ws://gateway.test","shards":3,"session_start_limit":{"total":1000,"remaining":900,"reset_after":0,"max_concurrency":%d}}`, concurrency)}
			h.start()
			start := time.Now()
			seen := make(map[string]bool)
			var last *peer
			for range 3 {
				last = h.next(opIdentify)
				var d struct {
					Shard []int `json:"shard"`
				}
				_ = json.Unmarshal((<-last.opening).Data, &d)
				seen[fmt.Sprint(d.Shard)] = true
				last.ready()
			}
			if took := time.Since(start); took != want || !seen["[0 3]"] || !seen["[1 3]"] || !seen["[2 3]"] {
				t.Errorf("shards %v began within %v, want 3 within %v", seen, took, want)
			}
			last.close(4014) // what ends one ends all
			if err := <-h.ended; err == nil {
				t.Error("run = nil, want an error")
			}
			h.stop()
			h.stop = nil
		})
	}
}

// Where the address to resume at cannot be reached, the session is taken up where it
// began.
func TestGatewayResumeAddressGone(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		h.gone.Store("resume.test")
		p.close(4000)
		if p = h.next(opResume); !strings.HasPrefix(p.address, "ws://gateway.test/") {
			t.Errorf("the session was taken up at %s", p.address)
		}
	})
	inHub(t, func(h *gatewayHub) {
		h.conf.GatewayURL = "ws://proxy.test/x?y=1"
		p := h.connected()
		p.close(4000)
		for _, p := range []*peer{p, h.next(opResume)} {
			if p.address != "ws://proxy.test/x?encoding=json&v=10" {
				t.Errorf("the gateway connected to %s, want the address that is set", p.address)
			}
		}
	})
}

// What keeps failing is tried more and more seldom, but at least once a minute.
func TestGatewayBacksOff(t *testing.T) {
	inHub(t, func(h *gatewayHub) {
		h.start()
		start, n := time.Now(), 0
		for ; time.Since(start) < 30*time.Minute; n++ {
			h.next(opIdentify).close(4000)
		}
		if n < 25 || n > 60 {
			t.Errorf("%d sessions were begun in half an hour, want from 25 to 60", n)
		}
	})
	inHub(t, func(h *gatewayHub) {
		p := h.connected()
		start, n := time.Now(), 0
		for ; time.Since(start) < time.Minute; n++ { // resuming is free
			p.close(4000)
			p = h.next(opResume)
			p.dispatch(2+n, "RESUMED", `{}`)
			h.did()
		}
		if n < 20 || n > 120 {
			t.Errorf("%d times the session was taken up in a minute, want from 20 to 120", n)
		}
	})
}

func TestGatewayAddress(t *testing.T) {
	for _, c := range []struct{ api, says, want string }{
		{"https://discord.com/api/", "wss://gateway.discord.gg", "wss://gateway.discord.gg/?encoding=json&v=10"},
		{"https://discord.com/api/", "wss://gateway.discord.gg/?x=1", "wss://gateway.discord.gg/?encoding=json&v=10"},
		{"https://discord.com/api/", "ws://gateway.discord.gg", ""},
		{"http://127.0.0.1/api/", "ws://127.0.0.1:7/ws", "ws://127.0.0.1:7/ws?encoding=json&v=10"},
		{"https://discord.com/api/", "https://gateway.discord.gg", ""}, {"https://discord.com/api/", "", ""}, {"https://discord.com/api/", ":", ""},
	} {
		g := newGateway(slog.New(slog.DiscardHandler), Config{APIURL: c.api}, nil, nil, nil)
		if got, err := g.address(c.says); got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("address(%q) = %q, %v; want %q", c.says, got, err, c.want)
		}
	}
}

func TestReadAtMost(t *testing.T) {
	for _, c := range []struct {
		said string
		want string
	}{{"abc", "abc"}, {"abcd", "abcd"}, {"abcde", ""}, {strings.Repeat("x", 1<<16), ""}} {
		r := strings.NewReader(c.said)
		got, err := readAtMost(r, 4)
		if string(got) != c.want || err != nil || r.Len() != 0 || (got == nil) != (c.want == "") {
			t.Errorf("readAtMost(%.8q) = %q, %v with %d bytes left; want %q", c.said, got, err, r.Len(), c.want)
		}
	}
}

func TestLaneOf(t *testing.T) {
	for _, c := range []struct{ kind, data, want string }{
		{"MESSAGE_CREATE", `{"id":"1","channel_id":"7","guild_id":"9"}`, "7"},
		{"MESSAGE_DELETE_BULK", `{"ids":["1"],"channel_id":"7"}`, "7"},
		{"INTERACTION_CREATE", `{"id":"1","channel_id":"7"}`, "interaction 1"},
		{"THREAD_DELETE", `{"id":"8","parent_id":"7","guild_id":"9"}`, "8"},
		{"CHANNEL_UPDATE", `{"id":"7","guild_id":"9"}`, "7"},
		{"GUILD_CREATE", `{"id":"9"}`, "9"},
		{"GUILD_ROLE_UPDATE", `{"guild_id":"9"}`, "9"},
		{"READY", `{"session_id":"x"}`, ""},
		{"X", `{"channel_id":7,"guild_id":"9"}`, "9"}, {"X", `]`, ""}, {"X", ``, ""},
	} {
		if got := laneOf(c.kind, json.RawMessage(c.data)); got != c.want {
			t.Errorf("laneOf(%s, %s) = %q, want %q", c.kind, c.data, got, c.want)
		}
	}
}

func TestProgress(t *testing.T) {
	p := newProgress(4)
	var done []func()
	for seq := int64(5); seq <= 9; seq++ {
		done = append(done, p.add(seq))
	}
	for _, c := range []struct {
		i    int
		want int64
	}{{1, 4}, {0, 6}, {4, 6}, {3, 6}, {2, 9}} {
		done[c.i]()
		if got := p.seq(); got != c.want {
			t.Errorf("after %d is done everything is durable up to %d, want %d", c.i+5, got, c.want)
		}
	}
	if len(p.done) > 0 || len(p.running) > 0 {
		t.Errorf("%d and %d numbers are kept, want none", len(p.done), len(p.running))
	}
}
