package discordbot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// pipes is a network in memory, on which the clock of synctest can run.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.closed); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.closed:
	case <-ctx.Done():
	}
	return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
}

// gatewayHub is a Gateway whose every word the test says, with the part of the API that
// tells of it. It lives in a bubble of synctest: waits take no time.
type gatewayHub struct {
	t     *testing.T
	pipes *pipes
	http  *http.Transport
	came  chan *peer
	log   bytes.Buffer
	deaf  atomic.Bool  // heartbeats are not answered
	mute  atomic.Bool  // no HELLO
	hangs atomic.Bool  // neither the API nor a handshake is answered
	gone  atomic.Value // a host that cannot be reached

	mu      sync.Mutex
	info    []string // what GET /gateway/bot says, one after the other, the last for ever; a number is a status
	asked   int
	handled []string
	slow    func(kind string, data json.RawMessage) // part of handling
	slowCtx func(ctx context.Context, kind string)
	saved   map[int]session
	saves   int
	taken   bool // by another process
	missed  func(ctx context.Context, since time.Time, server string) bool

	conf  Config
	stop  context.CancelFunc
	ended chan error
}

const oneShard = `{"url":"ws://gateway.test","shards":1,"session_start_limit":{"total":1000,"remaining":900,"reset_after":3600000,"max_concurrency":1}}`

// inHub runs f with a hub in a bubble. What is left of goroutines at its end is an
// error of the test.
func inHub(t *testing.T, f func(h *gatewayHub)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &gatewayHub{t: t, pipes: &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}, came: make(chan *peer, 64), info: []string{oneShard}, saved: make(map[int]session)}
		h.gone.Store("")
		h.http = &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, _ := net.SplitHostPort(address); host == h.gone.Load() {
				return nil, &net.OpError{Op: "dial", Err: net.ErrClosed}
			}
			return h.pipes.dial(ctx, network, address)
		}}
		h.conf = Config{BotToken: "a.b.c", APIURL: "http://discord.test/api/", Transport: h.http}.withDefaults()
		server := &http.Server{Handler: h}
		served := make(chan struct{})
		go func() { _ = server.Serve(h.pipes); close(served) }()
		defer func() {
			if h.stop != nil {
				h.end()
			}
			h.hangs.Store(false)
			h.http.CloseIdleConnections()
			_ = server.Close()
			<-served
		}()
		f(h)
	})
}

// start runs a gateway.
func (h *gatewayHub) start() {
	log := slog.New(slog.NewTextHandler(&h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g := newGateway(log, h.conf, newAPI(log, h.conf), h, h.handle)
	g.missed = h.missed
	var ctx context.Context
	ctx, h.stop = context.WithCancel(h.t.Context())
	h.ended = make(chan error, 1)
	go func() { h.ended <- g.run(ctx) }()
}

// end ends the gateway that runs.
func (h *gatewayHub) end() {
	h.t.Helper()
	h.stop()
	h.stop = nil
	if err := <-h.ended; err != nil {
		h.t.Errorf("run = %v, want nil when its context ends", err)
	}
}

func (h *gatewayHub) handle(ctx context.Context, kind string, data json.RawMessage) {
	h.mu.Lock()
	slow, slowCtx := h.slow, h.slowCtx
	h.mu.Unlock()
	if slow != nil {
		slow(kind, data)
	}
	if slowCtx != nil {
		slowCtx(ctx, kind)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var m struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(data, &m)
	h.handled = append(h.handled, strings.TrimSpace(kind+" "+m.ID))
}

// did returns what has been handled since the last time, when all is quiet.
func (h *gatewayHub) did() string {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	s := strings.Join(h.handled, ", ")
	h.handled = nil
	return s
}

func (h *gatewayHub) loadSession(_ context.Context, shard, _ int) (session, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.saved[shard]
	delete(h.saved, shard)
	return s, ok && s.ID != ""
}

func (h *gatewayHub) saveSession(_ context.Context, shard int, s session, _ bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.saves++
	h.saved[shard] = s
	return !h.taken
}

func (h *gatewayHub) savedSession() session {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.saved[0]
}

func (h *gatewayHub) savedSeq() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.saved[0].Seq
}

func (h *gatewayHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.hangs.Load() {
		<-r.Context().Done()
		return
	}
	if r.URL.Path == "/api/v10/gateway/bot" {
		h.mu.Lock()
		said := h.info[0]
		if len(h.info) > 1 {
			h.info = h.info[1:]
		}
		h.asked++
		h.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		var status int
		if n, _ := fmt.Sscan(said, &status); n == 1 {
			w.WriteHeader(status)
		}
		_, _ = io.WriteString(w, said)
		return
	}
	conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		return
	}
	p := &peer{t: h.t, conn: conn, address: "ws://" + r.Host + r.URL.String(), at: time.Now(), opening: make(chan frame, 8), closed: make(chan int, 1), out: make(chan func(), 1<<13)}
	var wg sync.WaitGroup
	defer wg.Wait()
	gone := make(chan struct{})
	defer close(gone)
	wg.Go(func() { p.write(gone) })
	if !h.mute.Load() {
		p.says(`{"op":10,"d":{"heartbeat_interval":41250,"_trace":["x"]},"s":null,"t":null}`)
	}
	h.came <- p
	p.listen(&h.deaf)
}

// peer is one connection, as the Gateway sees it.
type peer struct {
	t       *testing.T
	conn    *websocket.Conn
	address string
	at      time.Time
	opening chan frame  // what is neither a heartbeat nor a close
	closed  chan int    // the code with which it was closed, -1 for none
	out     chan func() // what is to be written

	mu    sync.Mutex
	beats []beat
}

type beat struct {
	after time.Duration
	seq   string
}

func (p *peer) listen(deaf *atomic.Bool) {
	for {
		_, raw, err := p.conn.ReadMessage()
		if err != nil {
			code := -1
			if c, ok := err.(*websocket.CloseError); ok && c.Code != websocket.CloseAbnormalClosure {
				code = c.Code
			}
			p.closed <- code
			_ = p.conn.Close()
			return
		}
		var f frame
		if err := json.Unmarshal(raw, &f); err != nil {
			p.t.Errorf("the gateway sent %s, want JSON", raw)
		}
		if f.Op != opHeartbeat {
			p.opening <- f
			continue
		}
		p.mu.Lock()
		p.beats = append(p.beats, beat{time.Since(p.at), string(f.Data)})
		p.mu.Unlock()
		if !deaf.Load() {
			p.says(`{"op":11}`)
		}
	}
}

func (p *peer) heard() []beat {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]beat(nil), p.beats...)
}

// write writes what is said, until the connection is gone. What is not read any more
// is lost.
func (p *peer) write(gone <-chan struct{}) {
	for {
		select {
		case f := <-p.out:
			f()
		case <-gone:
			return
		}
	}
}

// says sends a frame.
func (p *peer) says(raw string) {
	p.out <- func() { _ = p.conn.WriteMessage(websocket.TextMessage, []byte(raw)) }
}

func (p *peer) dispatch(seq int, kind, data string) {
	p.says(fmt.Sprintf(`{"op":0,"s":%d,"t":%q,"d":%s}`, seq, kind, data))
}

// message dispatches a message with an id in a channel.
func (p *peer) message(seq int, channel, id string) {
	p.dispatch(seq, "MESSAGE_CREATE", fmt.Sprintf(`{"id":%q,"channel_id":%q,"content":"geheim"}`, id, channel))
}

func (p *peer) ready() {
	p.dispatch(1, "READY", `{"v":10,"session_id":"S1","resume_gateway_url":"ws://resume.test","user":{"id":"9"},"guilds":[{"id":"1"}]}`)
}

func (p *peer) close(code int) {
	p.out <- func() {
		_ = p.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
	}
}

// next waits for a connection and its first word: opResume or opIdentify.
func (h *gatewayHub) next(op int) *peer {
	h.t.Helper()
	p := <-h.came
	f := <-p.opening
	if f.Op != op {
		h.t.Fatalf("the gateway opened with %d, want %d", f.Op, op)
	}
	p.opening <- f
	return p
}

// connected starts a gateway and lets its session begin.
func (h *gatewayHub) connected() *peer {
	h.t.Helper()
	h.start()
	p := h.next(opIdentify)
	p.ready()
	if got := h.did(); got != "READY" {
		h.t.Fatalf("handled %q, want READY", got)
	}
	return p
}

func (h *gatewayHub) logged() string {
	synctest.Wait()
	return h.log.String()
}
