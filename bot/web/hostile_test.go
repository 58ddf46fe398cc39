package web

import (
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"footnote/bot/bottest"
)

// hostile makes requests as somebody would who means harm, from a seed.
type hostile struct {
	bottest.Hostile
	id string // of a conversation that there is
}

// path returns the address of a page, or nearly.
func (h hostile) path() string {
	e := url.PathEscape
	p := h.Pick("/", "/nato-360", "/compass/north", "/ask", "/c/"+h.id, "/c/"+h.id+"/rate", "/c/"+h.id+"/events", "/-/style.css", "/-/login", "/-/logout", "/-/provider", "/-/callback",
		"/"+e(h.Text()), "/compass/"+e(h.Text()), "/c/"+e(h.Text()), "/c/"+e(h.Text())+"/events", "/-/"+e(h.Text()), "/"+e(h.Text())+"/"+e(h.Text()))
	if len(p) > 8000 {
		p = p[:8000]
	}
	if h.IntN(2) == 0 {
		p += "?" + h.Pick("q", "n", "part", "next", "v", "thanks", "state") + "=" + url.QueryEscape(h.Text())
	}
	return p
}

// raw returns a request as bytes, which may be none.
func (h hostile) raw(host string) string {
	method := h.Pick("GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "X"+fmt.Sprint(h.IntN(9)))
	form := url.Values{"q": {h.Text()}, "n": {h.Text()}, "c": {h.Pick(h.id, h.Text())}, "good": {h.Text()}, "reason": {h.Text()}, "words": {h.Text()}, "secret": {h.Text()}, "next": {h.Text()}}
	body := h.Pick(form.Encode(), form.Encode(), h.Text(), strings.Repeat("q=x&", h.IntN(40_000)), "%%%")
	path := h.path()
	if method == "GET" && h.IntN(8) > 0 {
		body = ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path, h.Pick(host, host, host, host, "evil.example", "[::1", "a b"))
	for range h.IntN(4) {
		value := strings.Map(func(r rune) rune {
			if r < ' ' || r == 127 {
				return -1
			}
			return r
		}, h.Text())
		fmt.Fprintf(&b, "%s: %s\r\n", h.Pick("Accept-Language", "Cookie", "Origin", "Referer", "Range", "If-None-Match", "Accept-Encoding", "X-Forwarded-For", "Sec-Fetch-Site", "Last-Event-Id"), value)
	}
	fmt.Fprintf(&b, "Content-Type: %s\r\nContent-Length: %d\r\n\r\n%s", h.Pick("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""), len(body), body)
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
			h := hostile{bottest.NewHostile(troops), id}
			before := heap()
			codes, began := map[int]int{}, time.Now()
			for range requests {
				at := s.server.Listener.Addr().String()
				codes[bottest.Send(t, at, h.raw(at))]++
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
