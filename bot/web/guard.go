package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/time/rate"
)

const (
	perMinute      = 600      // requests of one client: a page is four of them, and nobody reads 150 pages a minute
	triesPerMinute = 6        // of the secret
	mostClients    = 10_000   // that are kept apart at a time: 1 MB
	mostBody       = 64 << 10 // of a form: a question has at most 4,000 characters, which are 36 kB where each is three bytes and escaped
)

// policy lets a page use what comes from here and nothing else. See
// https://www.w3.org/TR/CSP3.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard lets through what may come in, and says on every page what browsers may do with
// it.
func (w *Web) guard(mux *http.ServeMux) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		v := w.visit(r)
		switch {
		case !w.known(r.Host):
			w.fail(rw, v, http.StatusMisdirectedRequest)
			return
		case !w.clients.take(v.client):
			h.Set("Retry-After", "10")
			w.fail(rw, v, http.StatusTooManyRequests)
			return
		}
		if w.originless(r) || cross.Check(r) != nil {
			w.fail(rw, v, http.StatusForbidden)
			return
		}
		if !v.in && !open(r) {
			w.refuse(rw, r, v)
			return
		}
		r.Body = http.MaxBytesReader(rw, r.Body, mostBody)
		mux.ServeHTTP(rw, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

// originless tells whether a form comes from a page that hides where it is from: none of
// ours does.
func (w *Web) originless(r *http.Request) bool {
	return r.Method == http.MethodPost && r.Header.Get("Origin") == "null"
}

// open tells whether a page is for everybody, also for those who have not said who they
// are.
func open(r *http.Request) bool {
	switch r.URL.Path {
	case "/-/login", "/-/provider", "/-/callback", "/-/style.css", "/-/script.js", "/-/icon.svg":
		return true
	}
	return false
}

// known tells whether a request names a host that we are. A page elsewhere can have its
// own name lead to this machine, and would then read what only this machine may.
func (w *Web) known(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if slices.Contains(w.hosts, name) || name == "localhost" {
		return true
	}
	if ip, err := netip.ParseAddr(name); err == nil && ip.IsLoopback() {
		return true
	}
	// Behind a login another name is no gain: its cookie is not ours.
	return w.conf.Guarded() && len(w.hosts) == 0 && name != ""
}

// visitKey is where the context of a request has its visit.
type visitKey struct{}

// visit is who a request comes from.
type visit struct {
	client   string // by which requests are counted
	asker    string // who asks, as the ledger calls them
	in       bool   // may come in
	leaves   bool   // came in by saying who they are, and may take that back
	language string
	w        *words
}

// visit reads who a request comes from.
func (w *Web) visit(r *http.Request) *visit {
	v := &visit{client: clientOf(r.RemoteAddr), language: languageOf(r.Header.Get("Accept-Language"))}
	v.w = wordsIn(v.language)
	if !w.conf.Guarded() {
		v.in, v.asker = true, adapterName+":"+v.client
		return v
	}
	if who, ok := w.door.who(r); ok {
		v.in, v.leaves, v.asker = true, true, adapterName+":"+who
		v.client = v.asker
	}
	return v
}

// of returns the visit of a request that guard let through.
func of(r *http.Request) *visit {
	v, _ := r.Context().Value(visitKey{}).(*visit)
	return v
}

// clientOf returns what requests are counted by: an address, or the network of 2^64
// that one customer has of IPv6.
func clientOf(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return "?"
	}
	ip := ap.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// clients count requests. It is safe for concurrent use.
type clients struct {
	mu  sync.Mutex
	n   int // a minute
	all map[string]*rate.Limiter
}

func newClients(n int) *clients { return &clients{n: n, all: map[string]*rate.Limiter{}} }

// take tells whether a client may go on. Half of what a minute has may come at once.
func (c *clients) take(client string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.all[client]
	if l == nil {
		if len(c.all) >= mostClients {
			clear(c.all)
		}
		l = rate.NewLimiter(rate.Limit(float64(c.n)/60), max(1, c.n/2))
		c.all[client] = l
	}
	return l.Allow()
}

// form reads a form; where that cannot be, it has said so.
func (w *Web) form(rw http.ResponseWriter, r *http.Request) bool {
	err := r.ParseForm()
	if err == nil {
		return true
	}
	status := http.StatusBadRequest
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		status = http.StatusRequestEntityTooLarge
	}
	w.fail(rw, of(r), status)
	return false
}

// lost says that there is no such page.
func (w *Web) lost(rw http.ResponseWriter, r *http.Request) {
	w.fail(rw, of(r), http.StatusNotFound)
}

// broken says that something does not work, to the reader that, to the operator what.
func (w *Web) broken(rw http.ResponseWriter, r *http.Request, doing string, err error) {
	if r.Context().Err() == nil {
		w.log.Error("web: "+doing, "error", err)
	}
	rw.Header().Set("Retry-After", strconv.Itoa(10))
	w.fail(rw, of(r), http.StatusServiceUnavailable)
}
