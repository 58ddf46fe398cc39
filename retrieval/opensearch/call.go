package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/opensearch-project/opensearch-go/v4"
)

// call is a request to the cluster.
type call struct {
	method, path string // below the node's address
	query        url.Values
	body         []byte // JSON, or lines of it; nil for none
}

// refusal is the cluster's answer that it does not do something.
type refusal struct {
	Status int
	Kind   string // as OpenSearch names it, such as index_not_found_exception
	Reason string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%v: %d %s: %s", r.Unwrap(), r.Status, r.Kind, r.Reason)
}

// Unwrap makes a refusal one of the package's errors.
func (r *refusal) Unwrap() error {
	switch {
	case r.Kind == "index_not_found_exception":
		return ErrMissing
	case r.passing():
		return ErrDown
	}
	return ErrRefused
}

// passing tells whether the same request may be done later. Of a search over several
// parts, one of which failed, the status is that part's.
func (r *refusal) passing() bool {
	switch r.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return false
	}
	return r.Kind == "search_phase_execution_exception"
}

// once makes a request: of one node, or of the others where that is dead. The answer
// is read into out unless that is nil.
func once(ctx context.Context, client *opensearch.Client, c call, out any) error {
	req, err := http.NewRequestWithContext(ctx, c.method, c.path, bytes.NewReader(c.body))
	if err != nil {
		return err // unreachable unless a path is malformed
	}
	req.URL.RawQuery = c.query.Encode()
	if c.body == nil {
		req.Body = nil
	} else {
		req.Header.Set("Content-Type", "application/x-ndjson")
	}
	resp, err := client.Stream(req)
	if resp == nil {
		return fmt.Errorf("%w: %w", ErrDown, err)
	}
	defer func() { _ = resp.Body.Close() }() // it has been read
	data, readErr := io.ReadAll(resp.Body)
	if err = errors.Join(err, readErr); err != nil {
		return fmt.Errorf("%w: %w", ErrDown, err)
	}
	if resp.StatusCode >= 300 {
		return refused(resp.StatusCode, data)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("%w: its answer is not OpenSearch's: %w", ErrRefused, err)
	}
	return nil
}

// refused reads what the cluster says beside a status.
func refused(status int, data []byte) error {
	var said struct {
		Error struct {
			Type, Reason string
			Causes       []struct{ Type, Reason string } `json:"root_cause"`
		}
	}
	r := &refusal{Status: status, Kind: http.StatusText(status), Reason: "nothing more is said"}
	if json.Unmarshal(data, &said) == nil && said.Error.Type != "" {
		r.Kind, r.Reason = said.Error.Type, said.Error.Reason
		if causes := said.Error.Causes; len(causes) > 0 && causes[0].Reason != r.Reason {
			r.Reason += ": " + causes[0].Reason
		}
	}
	return r
}

// The waits between two tries of a request. The first is over before a person notices;
// the last finds a cluster that has chosen a new manager soon after.
const (
	firstWait = 50 * time.Millisecond
	lastWait  = time.Second
)

// again makes a request until it is answered otherwise than with an error that passes,
// or ctx ends.
func again(ctx context.Context, client *opensearch.Client, c call, out any) error {
	for wait := firstWait; ; wait = min(2*wait, lastWait) {
		err := once(ctx, client, c, out)
		if err == nil || !errors.Is(err, ErrDown) {
			return err
		}
		if sleep(ctx, wait) != nil {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// sleep returns after d, or earlier with the error of a context that ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
