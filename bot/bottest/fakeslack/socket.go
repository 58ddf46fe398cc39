package fakeslack

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	// maxConns is how many connections an app may hold: node-slack-sdk#1654.
	maxConns = 10
	// maxAck is the size from which Slack drops an acknowledgement without a word: slack-go socketmode.go.
	maxAck = 20 * 1024
	// closingTime is how long a connection lives after it was asked to go.
	closingTime = 10 * time.Second
	writeWait   = 10 * time.Second
)

// conn is one Socket Mode connection.
type conn struct {
	ws      *websocket.Conn
	wake    chan struct{}
	gone    chan struct{}
	once    sync.Once
	mu      sync.Mutex
	queue   []frame
	leaving bool // takes no more envelopes; guarded by wire.mu
}

// frame is one message; drop cuts the connection when it is written.
type frame struct {
	data []byte
	drop bool
}

func connectionsOpen(c *call) (obj, error) {
	if !strings.HasPrefix(c.s.base, "http://") {
		return nil, refuse("internal_error")
	}
	w := c.s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	ticket := w.idLocked("ticket-")
	w.tickets[ticket] = true
	return obj{"url": "ws" + strings.TrimPrefix(c.s.base, "http") + "/link?ticket=" + ticket + "&app_id=" + c.s.cfg.AppID}, nil
}

// serveSocket takes a Socket Mode connection; its ticket is good once.
func (s *Server) serveSocket(rw http.ResponseWriter, r *http.Request) {
	w := s.wire
	ticket := r.URL.Query().Get("ticket")
	w.mu.Lock()
	good := w.tickets[ticket] && !w.closed
	delete(w.tickets, ticket)
	w.mu.Unlock()
	if !good {
		http.Error(rw, "invalid ticket", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{ws: ws, wake: make(chan struct{}, 1), gone: make(chan struct{})}
	if !w.join(c) {
		c.close()
		return
	}
	s.changed.Notify()
	defer w.wg.Done()
	w.readAll(c) // on the server's goroutine; ends when the connection does
	w.leave(c)
	s.changed.Notify()
}

// join adds a connection and gives it what waited for one.
func (w *wire) join(c *conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	if len(w.conns) >= maxConns {
		c.send(frame{data: w.notice("disconnect", "too_many_websockets"), drop: true})
		c.leaving = true
	} else {
		w.conns = append(w.conns, c)
		c.send(frame{data: w.notice("hello", "")})
	}
	w.wg.Add(1) // the reader, which serveSocket ends
	w.wg.Go(func() { c.writeAll(w.s.ctx, w.s.cfg.PingEvery) })
	waiting := w.waiting
	w.waiting = nil
	for _, d := range waiting {
		w.write(d)
	}
	return true
}

func (w *wire) leave(c *conn) {
	c.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = slices.DeleteFunc(w.conns, func(o *conn) bool { return o == c })
}

// notice is a message of the connection itself. wire.mu is held.
func (w *wire) notice(kind, reason string) []byte {
	out := obj{
		"type": kind, "num_connections": len(w.conns), "connection_info": obj{"app_id": w.s.cfg.AppID},
		"debug_info": obj{"host": "applink-fake", "build_number": 1, "approximate_connection_time": 18060},
	}
	if reason != "" {
		out["reason"] = reason
	}
	raw, _ := json.Marshal(out)
	return raw
}

// nextConn is the connection whose turn it is, nil where there is none. wire.mu is held.
func (w *wire) nextConn() *conn {
	for range w.conns {
		w.turn++
		c := w.conns[w.turn%len(w.conns)]
		if !c.leaving && !c.isGone() {
			return c
		}
	}
	return nil
}

func (c *conn) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

func (c *conn) close() {
	c.once.Do(func() {
		close(c.gone)
		_ = c.ws.Close()
	})
}

// send queues a frame; it never waits.
func (c *conn) send(f frame) {
	c.mu.Lock()
	c.queue = append(c.queue, f)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// writeAll writes what is queued, and pings, until the connection ends.
func (c *conn) writeAll(ctx context.Context, every time.Duration) {
	defer c.close()
	var tick <-chan time.Time
	if every > 0 {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		tick = ticker.C
		_ = c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeWait))
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.gone:
			return
		case <-tick:
			if c.ws.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(writeWait)) != nil {
				return
			}
		case <-c.wake:
			c.mu.Lock()
			queue := c.queue
			c.queue = nil
			c.mu.Unlock()
			for _, f := range queue {
				_ = c.ws.SetWriteDeadline(time.Now().Add(writeWait))
				if c.ws.WriteMessage(websocket.TextMessage, f.data) != nil || f.drop {
					return
				}
			}
		}
	}
}

// readAll takes acknowledgements until the connection ends.
func (w *wire) readAll(c *conn) {
	for {
		_, raw, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		if len(raw) > maxAck {
			continue
		}
		var ack struct {
			EnvelopeID string `json:"envelope_id"`
			Payload    any    `json:"payload"`
		}
		if json.Unmarshal(raw, &ack) != nil {
			continue
		}
		w.mu.Lock()
		d := w.byEnvelope[ack.EnvelopeID]
		w.mu.Unlock()
		if d != nil {
			w.acked(d, ack.Payload)
		}
	}
}

// Connections is how many Socket Mode connections are open.
func (st State) Connections() int {
	w := st.s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.conns)
}

// WaitConnected waits until n Socket Mode connections are open.
func (s *Server) WaitConnected(ctx context.Context, n int) error {
	return s.WaitFor(ctx, func(st State) bool { return st.Connections() >= n })
}

// Disconnect asks every connection to go, as Slack does: "warning" goes on using it; "refresh_requested" and "link_disabled" send
// nothing more over it and close it ten seconds later where the bot does not.
func (s *Server) Disconnect(reason string) {
	w := s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.send(frame{data: w.notice("disconnect", reason)})
		if reason != "warning" {
			c.leaving = true
			s.clock.After(closingTime, "", c.close)
		}
	}
}

// DropSockets cuts every connection without a word. What was not acknowledged is redelivered when its window ends.
func (s *Server) DropSockets() {
	w := s.wire
	w.mu.Lock()
	conns := slices.Clone(w.conns)
	w.conns = nil
	w.mu.Unlock()
	for _, c := range conns {
		c.close()
	}
	s.changed.Notify()
}

// InjectFrame writes raw text to the connection whose turn it is. It reports whether there was one.
func (s *Server) InjectFrame(raw []byte) bool {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	c := s.wire.nextConn()
	if c == nil {
		return false
	}
	c.send(frame{data: raw})
	return true
}
