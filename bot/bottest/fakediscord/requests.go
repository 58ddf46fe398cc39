package fakediscord

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request that the bot sent, without its token.
type Request struct {
	Route  string          // "POST /channels/{channel_id}/messages"
	Path   string          // below the version; the token of an interaction is left out
	Body   json.RawMessage // of multipart, payload_json
	Status int
	Code   int  // Discord's code of an error
	Cut    bool // the connection was cut instead of an answer
	At     time.Time
	RealAt time.Time
}

// requestLog remembers the last requests.
type requestLog struct {
	mu    sync.Mutex
	limit int
	all   []Request
	total map[string]int
}

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total[r.Route]++
	if len(l.all) >= 2*l.limit {
		l.all = slices.Clone(l.all[l.limit:])
	}
	l.all = append(l.all, r)
}

// Requests are the bot's requests in the order they were answered, to the named routes ("POST /channels/{channel_id}/messages") or,
// without names, to all. Of very many the oldest are forgotten.
func (st State) Requests(routes ...string) []Request {
	l := st.s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Request
	for _, r := range l.all {
		if len(routes) == 0 || slices.Contains(routes, r.Route) {
			out = append(out, r)
		}
	}
	return out
}

// RequestCount is how many requests came to the route since the start, forgotten ones too.
func (st State) RequestCount(route string) int {
	l := st.s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total[route]
}

// checker holds requests against the published schema and the limits.
type checker struct {
	mu         sync.Mutex
	on         bool
	violations []string
}

// Check turns the checks of request bodies on or off; they are on at the start. Unknown endpoints are always told.
func (s *Server) Check(on bool) {
	s.checking.mu.Lock()
	defer s.checking.mu.Unlock()
	s.checking.on = on
}

// Violations are the requests that broke the schema or a limit, and those to what is no endpoint: one line each, in the order they
// came. A body that broke something was refused with 50035. Texts of the request are not quoted.
func (st State) Violations() []string {
	c := st.s.checking
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.violations)
}

func (c *checker) note(route, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.violations = append(c.violations, route+": "+what)
}

// check refuses a request that no schema or limit allows.
func (c *checker) check(in *call) error {
	return c.body(in.r.Method, strings.TrimPrefix(in.r.URL.RequestURI(), apiPath), in.route, in.raw)
}

// body does it of any body.
func (c *checker) body(method, path, route string, body []byte) error {
	c.mu.Lock()
	on := c.on
	c.mu.Unlock()
	if !on || strings.HasSuffix(path, "/") {
		return nil
	}
	if method == http.MethodGet || method == http.MethodDelete {
		body = nil
	}
	wrong := validate(method, path, body)
	for _, what := range wrong {
		c.note(route, what)
	}
	if len(wrong) > 0 {
		return invalid("", "INVALID", strings.Join(wrong, "; "))
	}
	return nil
}
