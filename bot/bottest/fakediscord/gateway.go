package fakediscord

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// Opcodes: developers/topics/opcodes-and-status-codes.mdx.
const (
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opRequestMembers = 8
	opInvalid        = 9
	opHello          = 10
	opAck            = 11
	opSoundboard     = 31
	opChannelInfo    = 43
)

const (
	maxSend    = 4096 // bytes of a payload of the bot: more is a decode error
	maxSends   = 120  // payloads of the bot a minute
	writeWait  = 10 * time.Second
	closeWait  = 2 * time.Second  // how long the bot may take to answer a close frame
	leaveAfter = 10 * time.Second // how long a connection lives after op 7
)

type identifyData struct {
	Token      string  `json:"token"`
	Intents    *int    `json:"intents"`
	Shard      *[2]int `json:"shard"`
	Properties obj     `json:"properties"`
}

type resumeData struct {
	Token     string `json:"token"`
	SessionID string `json:"session_id"`
	Seq       int64  `json:"seq"`
}

// conn is one connection to the Gateway.
type conn struct {
	s      *Server
	ws     *websocket.Conn
	wake   chan struct{}
	gone   chan struct{}
	once   sync.Once
	opened time.Time
	beat   *time.Timer // ends a silent connection
	closed atomic.Bool // the close frame is written: the bot's answer ends the connection

	mu    sync.Mutex
	queue []frame

	// Guarded by Server.mu.
	sess    *session
	asked   int64 // the sequence number for which a heartbeat was asked
	demand  int   // heartbeats asked for and not yet come: they count against no limit
	sends   []time.Time
	patient bool // a heartbeat will be asked for again soon
	ending  bool // a close frame is on its way: what the bot sends is not heard
}

// frame is one thing to write: data, then a close with a code or none.
type frame struct {
	data []byte
	code int
	drop bool
}

// serveSocket takes a connection to the Gateway.
func (s *Server) serveSocket(rw http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	status := s.wire.refuseStatus
	s.mu.Unlock()
	if status != 0 {
		http.Error(rw, http.StatusText(status), status)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := upgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	c := &conn{s: s, ws: ws, wake: make(chan struct{}, 1), gone: make(chan struct{}), opened: time.Now()}
	if !s.join(c, r) {
		c.close()
		return
	}
	defer s.wire.wg.Done()
	code := c.readAll() // on the server's goroutine; ends when the connection does
	c.close()
	s.left(c, code)
}

// join greets a connection.
func (s *Server) join(c *conn, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wire.closed {
		return false
	}
	s.wire.conns[c] = true
	s.wire.connections++
	if strings.Contains(r.URL.Path, "/resume") {
		s.wire.resumedAt++
	}
	s.wire.wg.Add(1) // the reader, which serveSocket ends
	s.wire.wg.Go(func() { c.writeAll(s.ctx) })
	query := r.URL.Query()
	if query.Get("v") != "10" {
		s.closeWith(c, 4012)
		return true
	}
	if query.Get("encoding") != "json" {
		s.closeWith(c, 4002)
		return true
	}
	c.beat = time.AfterFunc(s.cfg.HeartbeatEvery*3/2, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		// The documentation of heartbeats says that such a session is resumed, so no 4009 (developers/events/gateway.mdx).
		s.closeWith(c, 4000)
	})
	c.sendOp(opHello, obj{"heartbeat_interval": s.cfg.HeartbeatEvery.Milliseconds(), "_trace": []any{"fake"}})
	return true
}

// left forgets a connection that ended; code is what the bot closed it with.
func (s *Server) left(c *conn, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.beat != nil {
		c.beat.Stop()
	}
	delete(s.wire.conns, c)
	if code != 0 {
		s.wire.closes = append(s.wire.closes, code)
	}
	if sess := c.sess; sess != nil {
		if code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway {
			sess.end()
		} else {
			sess.leave()
		}
	}
	s.changed.Notify()
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

// sendOp queues a payload that is no event. Server.mu is held.
func (c *conn) sendOp(op int, data any) {
	if op == opHeartbeat {
		c.demand++
	}
	c.send(frame{data: raw(obj{"op": op, "d": data, "s": nil, "t": nil})})
}

// writeAll writes what is queued until the connection ends.
func (c *conn) writeAll(ctx context.Context) {
	defer func() {
		if !c.closed.Load() {
			c.close()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.gone:
			return
		case <-c.wake:
		}
		c.mu.Lock()
		queue := c.queue
		c.queue = nil
		c.mu.Unlock()
		for _, f := range queue {
			if !c.write(f) {
				return
			}
		}
	}
}

// write reports whether the connection goes on.
func (c *conn) write(f frame) bool {
	_ = c.ws.SetWriteDeadline(time.Now().Add(writeWait))
	if f.data != nil && c.ws.WriteMessage(websocket.TextMessage, f.data) != nil {
		return false
	}
	if f.code != 0 {
		_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(f.code, ""), time.Now().Add(writeWait))
		// The reader ends the connection: closing it here, with something unread, would lose the frame.
		_ = c.ws.SetReadDeadline(time.Now().Add(closeWait))
		c.closed.Store(true)
	}
	return f.code == 0 && !f.drop
}

// readAll takes what the bot sends until the connection ends, and returns the code that the bot closed it with: -1 for none, 0 where
// the server ended it.
func (c *conn) readAll() int {
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			switch {
			case c.isGone() || c.closed.Load():
				return 0
			case errors.As(err, &closed) && closed.Code != websocket.CloseNoStatusReceived && closed.Code != websocket.CloseAbnormalClosure:
				return closed.Code
			}
			return -1
		}
		c.take(data)
	}
}

func (c *conn) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// take does what one payload of the bot says.
func (c *conn) take(data []byte) {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.changed.Notify()
	if c.ending {
		return
	}
	var in struct {
		Op   int             `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if len(data) > maxSend || json.Unmarshal(data, &in) != nil {
		s.closeWith(c, 4002)
		return
	}
	if c.tooMany(in.Op) {
		s.closeWith(c, 4008)
		return
	}
	if code := s.obey(c, in.Op, in.Data); code != 0 {
		s.closeWith(c, code)
	}
}

// tooMany counts a payload, in real time. A heartbeat that was asked for is free.
func (c *conn) tooMany(op int) bool {
	if op == opHeartbeat && c.demand > 0 {
		c.demand--
		return false
	}
	now := time.Now()
	c.sends = slices.DeleteFunc(c.sends, func(at time.Time) bool { return now.Sub(at) >= time.Minute })
	c.sends = append(c.sends, now)
	return len(c.sends) > maxSends
}

// obey returns the code to close with, 0 when all is well.
func (s *Server) obey(c *conn, op int, data json.RawMessage) int {
	switch op {
	case opHeartbeat:
		return s.heartbeat(c, data)
	case opIdentify:
		var d identifyData
		if json.Unmarshal(data, &d) != nil || d.Properties == nil {
			return 4002
		}
		return s.identify(c, d)
	case opResume:
		var d resumeData
		if json.Unmarshal(data, &d) != nil {
			return 4002
		}
		return s.resume(c, d)
	case opPresence, opVoice, opRequestMembers, opSoundboard, opChannelInfo:
		if c.sess == nil {
			return 4003
		}
		return 0
	}
	return 4001
}

func (s *Server) heartbeat(c *conn, data json.RawMessage) int {
	var seq *int64
	if json.Unmarshal(data, &seq) != nil {
		return 4002
	}
	if sess := c.sess; sess != nil {
		if sess.beats == 0 {
			sess.firstBeat = time.Since(c.opened)
		}
		sess.beats++
		if seq != nil && *seq <= sess.seq {
			sess.acked = max(sess.acked, *seq)
		}
	}
	c.beat.Reset(s.cfg.HeartbeatEvery * 3 / 2)
	if !s.wire.noAcks {
		c.sendOp(opAck, nil)
	}
	return 0
}

// closeWith closes a connection with a code, after what is queued. Server.mu is held.
func (s *Server) closeWith(c *conn, code int) {
	sess := c.sess
	if sess != nil {
		sess.leave()
		if code == 4007 || code == 4009 || code == 4003 {
			sess.end()
		}
	}
	c.ending = true
	c.send(frame{code: code})
}

// askReconnect sends op 7, and closes the connection later where the bot does not. Server.mu is held.
func (s *Server) askReconnect(c *conn) {
	c.sendOp(opReconnect, nil)
	s.clock.After(leaveAfter, "", c.close)
}

// invalidate sends op 9 and parts the connection from its session, which ends unless it is resumable. Server.mu is held.
func (s *Server) invalidate(c *conn, resumable bool) {
	if sess := c.sess; sess != nil {
		sess.leave()
		if !resumable {
			sess.end()
		}
	}
	s.sendInvalid(c, resumable)
}

func (s *Server) sendInvalid(c *conn, resumable bool) {
	if !resumable {
		s.wire.invalidAt = time.Now()
	}
	c.sendOp(opInvalid, resumable)
}

// eachConn does something to every connection and returns how many there are.
func (s *Server) eachConn(do func(*conn)) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.wire.conns {
		do(c)
	}
	s.changed.Notify()
	return len(s.wire.conns)
}

// AskReconnect sends op 7 over every connection.
func (s *Server) AskReconnect() { s.eachConn(s.askReconnect) }

// InvalidateSessions sends op 9 over every connection.
func (s *Server) InvalidateSessions(resumable bool) {
	s.eachConn(func(c *conn) { s.invalidate(c, resumable) })
}

// RequestHeartbeats sends op 1 over every connection.
func (s *Server) RequestHeartbeats() { s.eachConn(func(c *conn) { c.sendOp(opHeartbeat, nil) }) }

// CloseConnections closes every connection with a code.
func (s *Server) CloseConnections(code int) { s.eachConn(func(c *conn) { s.closeWith(c, code) }) }

// DropConnections cuts every connection without a word.
func (s *Server) DropConnections() {
	s.eachConn(func(c *conn) {
		if c.sess != nil {
			c.sess.leave()
		}
		c.close()
	})
}

// InjectFrame writes raw text over every connection and returns how many there are.
func (s *Server) InjectFrame(text []byte) int {
	return s.eachConn(func(c *conn) { c.send(frame{data: text}) })
}

// StopAcks makes the server leave heartbeats without an answer, or answer them again.
func (s *Server) StopAcks(stop bool) { s.setWire(func(w *wire) { w.noAcks = stop }) }

// RefuseResumes answers every Resume with op 9, false.
func (s *Server) RefuseResumes(refuse bool) { s.setWire(func(w *wire) { w.noResumes = refuse }) }

// RefuseConnections answers the upgrade to WebSocket with an HTTP status; 0 lets connections in again.
func (s *Server) RefuseConnections(status int) { s.setWire(func(w *wire) { w.refuseStatus = status }) }

func (s *Server) setWire(set func(*wire)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set(s.wire)
}

// WaitConnected waits until n connections have a session.
func (s *Server) WaitConnected(ctx context.Context, n int) error {
	return s.WaitFor(ctx, func(st State) bool { return st.Connections() >= n })
}
