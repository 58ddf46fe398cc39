package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile makes requests as somebody would who means harm, from a seed.
type hostile struct {
	*rand.Rand
	id string // of a conversation that there is
}

func (h hostile) pick(of ...string) string { return of[h.IntN(len(of))] }

// text returns what no form expects.
func (h hostile) text() string {
	switch h.IntN(8) {
	case 0:
		return strings.Repeat(h.pick("a", "¶", "\u202e", "北", "\x00", "%", "../", "<script>"), h.IntN(3000))
	case 1:
		b := make([]byte, h.IntN(200))
		for i := range b {
			b[i] = byte(h.UintN(256))
		}
		return string(b)
	case 2:
		return h.pick("-1", "9999999999999999999999", "1e9", "0x10", "", " ", "NaN", "null")
	case 3:
		return h.pick("' OR 1=1 --", "{{.}}", "${jndi:ldap://x}", "<img src=x onerror=alert(1)>", "\r\nSet-Cookie: a=b", "javascript:alert(1)", "//evil.example")
	case 4:
		return h.pick(troops, "note 7", "¶5", "summary north", "help", "What does ¶3 say?")
	}
	return fmt.Sprint(h.Int64())
}

// path returns the address of a page, or nearly.
func (h hostile) path() string {
	e := url.PathEscape
	p := h.pick("/", "/nato-360", "/compass/north", "/ask", "/c/"+h.id, "/c/"+h.id+"/rate", "/c/"+h.id+"/events", "/-/style.css", "/-/login", "/-/logout", "/-/provider", "/-/callback",
		"/"+e(h.text()), "/compass/"+e(h.text()), "/c/"+e(h.text()), "/c/"+e(h.text())+"/events", "/-/"+e(h.text()), "/"+e(h.text())+"/"+e(h.text()))
	if len(p) > 8000 {
		p = p[:8000]
	}
	if h.IntN(2) == 0 {
		p += "?" + h.pick("q", "n", "part", "next", "v", "thanks", "state") + "=" + url.QueryEscape(h.text())
	}
	return p
}

// raw returns a request as bytes, which may be none.
func (h hostile) raw(host string) string {
	method := h.pick("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"+fmt.Sprint(h.IntN(9)))
	form := url.Values{"q": {h.text()}, "n": {h.text()}, "c": {h.pick(h.id, h.text())}, "good": {h.text()}, "reason": {h.text()}, "words": {h.text()}, "secret": {h.text()}, "next": {h.text()}}
	body := h.pick(form.Encode(), form.Encode(), h.text(), strings.Repeat("q=x&", h.IntN(40_000)), "%%%")
	path := h.path()
	if method == "GET" && h.IntN(8) > 0 {
		body = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path, h.pick(host, host, host, host, "evil.example", "[::1", "a b"))
	for range h.IntN(4) {
		value := strings.Map(func(r rune) rune {
			if r < ' ' || r == 127 {
				return -1
			}
			return r
		}, h.text())
		fmt.Fprintf(&b, "%s: %s\r\n", h.pick("Accept-Language", "Cookie", "Origin", "Referer", "Range", "If-None-Match", "Accept-Encoding", "X-Forwarded-For", "Sec-Fetch-Site", "Last-Event-Id"), value)
	}
	fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s", h.pick("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""), len(body), body)
	return b.String()
}

// TestHostile: whatever is sent, each request has an answer that blames no program, and
// what is kept of it all is little.
func TestHostile(t *testing.T) {
	const requests = 10_000
	for name, conf := range map[string]Config{"open": {PerMinute: 10_000_000}, "guarded": {PerMinute: 10_000_000, Secret: secret}} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, article(), conf)
			if conf.Secret != "" {
				s.post("/-/login", url.Values{"secret": {secret}})
			}
			id := strings.TrimPrefix(s.post("/ask", url.Values{"q": {troops}}).at.Path, "/c/")
			h := hostile{rand.New(rand.NewPCG(1, 360)), id}
			before := heap()
			codes, began := map[int]int{}, time.Now()
			for range requests {
				raw := h.raw(s.server.Listener.Addr().String())
				codes[s.send(raw)]++
			}
			after := heap()
			for code, n := range codes {
				if code >= 500 {
					t.Errorf("%d requests got %d", n, code)
				}
			}
			if strings.Contains(s.logged.String(), "panic") || strings.Contains(s.logged.String(), "write a page") {
				t.Errorf("the log tells of faults:\n%s", s.logged.String())
			}
			t.Logf("%d requests in %v: %v; heap %.1f MB before, %.1f MB after", requests, time.Since(began).Round(time.Millisecond), codes, before, after)
			if after-before > 64 { // the ledger in memory, which keeps every question, is most of it
				t.Errorf("the heap has grown from %.1f to %.1f MB", before, after)
			}
			if p := s.get("/nato-360"); p.status != http.StatusOK {
				t.Errorf("afterwards a page is %d", p.status)
			}
		})
	}
}

// heap returns how much is in use, in MB.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// send sends bytes and returns the status of what comes back. A connection that is
// closed without a word counts as 0.
func (s *site) send(raw string) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.t.Context()), 20*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.server.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	at, _ := ctx.Deadline()
	_ = conn.SetDeadline(at)
	go func() { _, _ = io.WriteString(conn, raw) }() // what is not read is not waited for
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode
}
