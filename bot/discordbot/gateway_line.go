package discordbot

import (
	"context"
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// The operations of the Gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opHeartbeatAck   = 11
)

// frame is what comes, packet what goes.
type frame struct {
	Op   int             `json:"op"`
	Seq  int64           `json:"s"` // 0 where there is none
	Kind string          `json:"t"`
	Data json.RawMessage `json:"d"`
}

type packet struct {
	Op   int `json:"op"`
	Data any `json:"d"`
}

// line is one connection. It is read by one goroutine, and safe for concurrent use
// otherwise.
type line struct {
	conn    *websocket.Conn
	hangUp  context.CancelCauseFunc // ends the connection, for a reason
	acked   atomic.Bool             // the last heartbeat was answered
	stalled atomic.Bool             // nothing is read for now

	mu   sync.Mutex
	sent []time.Time // of the last minute
}

const (
	maxFrame   = 32 << 20         // bytes of one event; what is longer is left out
	helloTime  = 20 * time.Second // for the Gateway's first word
	writeTime  = 10 * time.Second // for one frame
	closeTime  = time.Second      // for the last one
	sendMinute = time.Minute      // in which no more than 120 frames may be sent
	sendSpare  = 100              // sent in it, from which on nothing is sent that need not be
	ourClose   = 4000             // with which we close: after 1000 or 1001 Discord would end the session
)

// hello waits for the Gateway's first word, and returns how often it wants to hear
// from us.
func (l *line) hello() (time.Duration, error) {
	_ = l.conn.SetReadDeadline(time.Now().Add(helloTime))
	defer func() { _ = l.conn.SetReadDeadline(time.Time{}) }()
	raw, err := l.read()
	if err != nil {
		return 0, err
	}
	var f frame
	var d struct {
		Interval int64 `json:"heartbeat_interval"` // milliseconds
	}
	if json.Unmarshal(raw, &f) != nil || f.Op != opHello || json.Unmarshal(f.Data, &d) != nil || d.Interval < 1 || d.Interval > time.Hour.Milliseconds() {
		return 0, errHello
	}
	return time.Duration(d.Interval) * time.Millisecond, nil
}

// read returns the next frame, nil for one that is too long.
func (l *line) read() ([]byte, error) {
	_, r, err := l.conn.NextReader()
	if err != nil {
		return nil, err
	}
	raw, err := readAtMost(r, maxFrame)
	return raw, err
}

// send sends a frame.
func (l *line) send(v any) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for len(l.sent) > 0 && now.Sub(l.sent[0]) > sendMinute {
		l.sent = l.sent[1:]
	}
	l.sent = append(l.sent, now)
	_ = l.conn.SetWriteDeadline(now.Add(writeTime))
	return l.conn.WriteJSON(v)
}

// spare tells whether something may be sent besides what must be, without coming near
// the limit after which Discord closes.
func (l *line) spare() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent) < sendSpare || time.Since(l.sent[len(l.sent)-sendSpare]) > sendMinute
}

// close ends the connection so that the session can be taken up again.
func (l *line) close() {
	_ = l.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(ourClose, ""), time.Now().Add(closeTime))
	_ = l.conn.Close()
}

// readAtMost reads all of r, nil where that is more than n bytes. It reads on to the
// end then, without keeping it.
func readAtMost(r io.Reader, n int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, n+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > n {
		_, err = io.Copy(io.Discard, r)
		return nil, err
	}
	return raw, nil
}
