package bottest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Hostile makes up what somebody sends who means harm, the same in every run.
type Hostile struct {
	*rand.Rand
	question string
}

// NewHostile returns one that asks the question too, among all else.
func NewHostile(question string) Hostile {
	return Hostile{rand.New(rand.NewPCG(1, 360)), question}
}

// Pick returns one of these.
func (h Hostile) Pick(of ...string) string { return of[h.IntN(len(of))] }

// Text returns what no form expects, of up to 9 kB.
func (h Hostile) Text() string {
	switch h.IntN(8) {
	case 0:
		return strings.Repeat(h.Pick("a", "¶", "\u202e", "北", "\x00", "%", "../", "<script>"), h.IntN(3000))
	case 1:
		b := make([]byte, h.IntN(200))
		for i := range b {
			b[i] = byte(h.UintN(256))
		}
		return string(b)
	case 2:
		return h.Pick("-1", "9999999999999999999999", "1e9", "0x10", "", " ", "NaN", "null")
	case 3:
		return h.Pick("' OR 1=1 --", "{{.}}", "${jndi:ldap://x}", "<img src=x onerror=alert(1)>", "\r\nSet-Cookie: a=b", "javascript:alert(1)", "//evil.example")
	case 4:
		return h.Pick(h.question, "note 7", "¶5", "summary north", "help", "What does ¶3 say?")
	}
	return fmt.Sprint(h.Int64())
}

// Send sends bytes to a HTTP server and returns the status of what comes back. A
// connection that is closed without a word counts as 0.
func Send(t testing.TB, at, raw string) int {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	end, _ := ctx.Deadline()
	_ = conn.SetDeadline(end)
	go func() { _, _ = io.WriteString(conn, raw) }() // what is not read is not waited for
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode
}
