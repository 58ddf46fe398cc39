package llm

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxRefusal  = 64 << 10  // bytes read of a reply that says the call failed
	perToken    = 2 << 10   // bytes of a stream that one token may take: an event, with all that servers put into it
	aroundReply = 256 << 10 // bytes of a stream for all that is not text
	maxWait     = time.Hour // that a server is left alone because it says so
)

// meta is what is to be known of one call's reply and what go-openai does not hand on.
type meta struct {
	most   int64         // bytes of the reply's body
	whole  bool          // the reply is one JSON value, not a stream
	status int           // 0 if there was no reply
	after  time.Duration // Retry-After
	said   string        // why the call was refused, in lower case: to look for words in, never to show
	body   io.Reader
}

type metaKey struct{}

// door is what all calls go through. It bounds what is read, since go-openai does not:
// neither the body of a refusal nor a line of a stream. It follows no redirection,
// which could carry the key and the prompt elsewhere.
type door struct{ next http.RoundTripper }

func (d door) RoundTrip(req *http.Request) (*http.Response, error) {
	// A call may be made again at once on a new connection where an idle one turns out
	// to be closed. The transport does so for a POST that has this header, and does not
	// send it.
	req = req.Clone(req.Context())
	req.Header["Idempotency-Key"] = nil
	resp, err := d.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	m := metaOf(req.Context())
	m.status, m.after = resp.StatusCode, retryAfter(resp.Header, time.Now())
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); {
	case resp.StatusCode >= http.StatusBadRequest:
		said, err := io.ReadAll(io.LimitReader(resp.Body, maxRefusal))
		resp.Body.Close()
		if err != nil && req.Context().Err() != nil {
			return nil, err
		}
		m.said = strings.ToLower(string(said))
		resp.Body = io.NopCloser(bytes.NewReader(said))
		return resp, nil
	case resp.StatusCode >= http.StatusMultipleChoices:
		resp.Body.Close()
		return nil, errMoved
	case kind == "text/html" || kind == "application/json" && !m.whole || kind == "text/event-stream" && m.whole:
		resp.Body.Close()
		return nil, errForm
	}
	b := &bounded{resp.Body, m.most}
	resp.Body, m.body = b, b
	return resp, nil
}

// metaOf returns the meta of the call whose context is ctx.
func metaOf(ctx context.Context) *meta {
	if m, ok := ctx.Value(metaKey{}).(*meta); ok {
		return m
	}
	return &meta{most: maxRefusal}
}

// bounded is a body that fails with errTooMuch after left bytes.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuch
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}

// retryAfter returns how long the server wants to be left alone, 0 if it does not
// say. It says so in seconds, in milliseconds (Azure), or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	d := time.Duration(0)
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 {
		d = within(ms / 1000)
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil && s > 0 {
		d = within(s)
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxWait)
}

// within returns seconds as a duration, and maxWait for more than that.
func within(seconds float64) time.Duration {
	if seconds >= maxWait.Seconds() {
		return maxWait
	}
	return time.Duration(seconds * float64(time.Second))
}
