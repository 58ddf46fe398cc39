package fakeslack

import (
	"io"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Request is one request that the bot sent, without its token.
type Request struct {
	Method string // as in the address, "response_url" for those
	Team   string
	Body   map[string]any // decoded; JSON inside forms too
	Status int
	Error  string // Slack's error, "" when ok
	Cut    bool   // the connection was cut instead of an answer
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

func (l *requestLog) addRequest(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total == nil {
		l.total = map[string]int{}
	}
	l.total[r.Method]++
	if len(l.all) >= 2*l.limit {
		l.all = append([]Request(nil), l.all[l.limit:]...)
	}
	l.all = append(l.all, r)
}

// Requests are the bot's requests in the order they were answered, to the named methods or, without names, to all. Of very many
// the oldest are forgotten.
func (st State) Requests(methods ...string) []Request {
	l := st.s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Request
	for _, r := range l.all {
		if len(methods) == 0 || slices.Contains(methods, r.Method) {
			out = append(out, r)
		}
	}
	return out
}

// RequestCount is how many requests came to the method since the start, forgotten ones too.
func (st State) RequestCount(method string) int {
	l := st.s.log
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.total[method]
}

func readMultipart(body []byte, boundary string) (url.Values, error) {
	form, err := multipart.NewReader(strings.NewReader(string(body)), boundary).ReadForm(maxBody)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return url.Values(form.Value), nil
}
