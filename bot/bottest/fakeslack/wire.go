package fakeslack

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"footnote/bot/bottest/clock"
)

// ackWindow is how long the app may take to acknowledge: bolt-js docs/english/concepts/acknowledge.md.
const ackWindow = 3 * time.Second

// retryDelays are the pauses before the redeliveries of an event: vercel/chat#666.
var retryDelays = []time.Duration{0, time.Minute, 5 * time.Minute}

// Kinds of deliveries, by their Socket Mode names.
const (
	kindEvent       = "events_api"
	kindCommand     = "slash_commands"
	kindInteraction = "interactive"
)

// Repeat says how often an event is delivered, whether or not it was acknowledged. Its zero value means once.
type Repeat struct {
	Times    int  // deliveries in all; zero: one
	FreshIDs bool // each under an event_id of its own, as node-slack-sdk#2141 saw it
}

// Endpoints are the bot's addresses for HTTP deliveries.
type Endpoints struct{ Events, Commands, Interactivity string }

// Delivery is one thing on its way to the bot, with its redeliveries.
type Delivery struct {
	Kind    string // "events_api", "slash_commands" or "interactive"
	Type    string // of the event or interaction, or the command
	Team    string
	EventID string

	w        *wire
	payload  []byte // JSON
	form     string // the HTTP body where it is no JSON
	answered func(any)
	done     chan struct{}

	// Guarded by wire.mu.
	attempts int
	reason   string // why the last attempt failed
	envelope string
	window   *clock.Timer
	cancel   context.CancelFunc
	outcome  Outcome
	finished bool
}

// Outcome is how a delivery ended.
type Outcome struct {
	Acked    bool // false: Slack gave up
	Attempts int
	Reason   string // of the last failure
	Payload  any    // what came with the acknowledgement, decoded
}

// Wait waits until the bot acknowledged the delivery or Slack gave up on it. When ctx ends first it returns ctx's error.
func (d *Delivery) Wait(ctx context.Context) (Outcome, error) {
	select {
	case <-d.done:
		d.w.mu.Lock()
		defer d.w.mu.Unlock()
		return d.outcome, nil
	case <-ctx.Done():
		return Outcome{}, fmt.Errorf("fakeslack: %s %s was not acknowledged: %w", d.Kind, d.Type, ctx.Err())
	}
}

// Payload is the JSON that is delivered.
func (d *Delivery) Payload() json.RawMessage { return d.payload }

// wire carries deliveries to the bot.
type wire struct {
	s      *Server
	wg     sync.WaitGroup
	client *http.Client

	mu         sync.Mutex
	closed     bool
	endpoints  *Endpoints // nil: Socket Mode
	conns      []*conn
	turn       int
	tickets    map[string]bool
	byEnvelope map[string]*Delivery
	waiting    []*Delivery // for a connection
	holding    bool
	held       []*Delivery
	repeat     Repeat
	all        []*Delivery
	unfinished int
	lost       int
	serial     int
}

func newWire(s *Server) *wire {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	return &wire{
		s: s, tickets: map[string]bool{}, byEnvelope: map[string]*Delivery{},
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// DeliverHTTP sends what follows to the bot's addresses. At the start deliveries go over Socket Mode.
func (s *Server) DeliverHTTP(e Endpoints) {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.wire.endpoints = &e
}

// DeliverSocket sends what follows over Socket Mode.
func (s *Server) DeliverSocket() {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.wire.endpoints = nil
}

// Repeats makes every event that follows be delivered as r says. Verbs of one person can say otherwise.
func (s *Server) Repeats(r Repeat) {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.wire.repeat = r
}

// Hold keeps deliveries back until Release.
func (s *Server) Hold() {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	s.wire.holding = true
}

// Order is the order in which held deliveries go out.
type Order func([]*Delivery)

// Reversed lets the last one go first.
func Reversed(list []*Delivery) { slices.Reverse(list) }

// Shuffled mixes them, the same way for the same seed.
func Shuffled(seed uint64) Order {
	return func(list []*Delivery) {
		rand.New(rand.NewPCG(seed, 4)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
}

// Release lets go what Hold kept back, in the order given; nil keeps theirs.
func (s *Server) Release(order Order) {
	w := s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.held
	w.held, w.holding = nil, false
	if order != nil {
		order(list)
	}
	for _, d := range list {
		w.attempt(d)
	}
}

// Deliveries are the deliveries so far, oldest first. Of very many the oldest are forgotten.
func (st State) Deliveries() []*Delivery {
	w := st.s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.all)
}

// Lost is how many deliveries Slack gave up on.
func (st State) Lost() int {
	w := st.s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lost
}

// Unacknowledged is how many deliveries are under way, planned redeliveries and held ones too.
func (st State) Unacknowledged() int {
	w := st.s.wire
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unfinished
}

// WaitDelivered waits until everything sent so far is acknowledged or given up.
func (s *Server) WaitDelivered(ctx context.Context) error {
	return s.WaitFor(ctx, func(st State) bool { return st.Unacknowledged() == 0 })
}

// Redeliver sends the same thing again, as a first redelivery, although it was acknowledged.
func (s *Server) Redeliver(d *Delivery) *Delivery {
	again := &Delivery{Kind: d.Kind, Type: d.Type, Team: d.Team, EventID: d.EventID, payload: d.payload, form: d.form}
	again.attempts, again.reason = 1, "timeout"
	s.wire.send(again)
	return again
}

// sendAll sends the events that the app subscribed to.
func (w *wire) sendAll(list []outgoing) []*Delivery {
	var sent []*Delivery
	for _, o := range list {
		w.s.mu.Lock()
		wanted := w.s.wanted(o)
		w.s.mu.Unlock()
		if !wanted {
			continue
		}
		repeat := w.repeatFor(o)
		id := w.id("Ev")
		for i := range max(repeat.Times, 1) {
			if i > 0 && repeat.FreshIDs {
				id = w.id("Ev")
			}
			d := &Delivery{Kind: kindEvent, Type: str(o.event, "type"), Team: o.team.ID, EventID: id, payload: w.s.envelope(o, id)}
			w.send(d)
			sent = append(sent, d)
		}
	}
	return sent
}

func (w *wire) repeatFor(o outgoing) Repeat {
	if o.repeat.Times > 0 {
		return o.repeat
	}
	if w.s.faults.roll(func(c Chaos) float64 { return c.Repeat }, "repeat") {
		return Repeat{Times: 2}
	}
	if w.s.faults.roll(func(c Chaos) float64 { return c.RepeatFreshID }, "repeat") {
		return Repeat{Times: 2, FreshIDs: true}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.repeat
}

func (w *wire) id(prefix string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.idLocked(prefix)
}

func (w *wire) idLocked(prefix string) string {
	w.serial++
	return prefix + strconv.Itoa(100_000_000+w.serial)
}

// send starts a delivery.
func (w *wire) send(d *Delivery) {
	d.w, d.done = w, make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unfinished++
	if limit := w.s.cfg.LogLimit; len(w.all) >= 2*limit {
		w.all = slices.Clone(w.all[limit:])
	}
	w.all = append(w.all, d)
	if w.holding {
		w.held = append(w.held, d)
		return
	}
	w.attempt(d)
}

// attempt tries a delivery once more. wire.mu is held.
func (w *wire) attempt(d *Delivery) {
	if w.closed || d.finished {
		return
	}
	d.attempts++
	n := d.attempts
	timeout := "timeout"
	if w.endpoints != nil {
		timeout = "http_timeout"
	}
	d.window = w.s.clock.After(ackWindow, "", func() { w.failed(d, n, timeout, false) })
	if w.endpoints == nil {
		w.write(d)
		return
	}
	ctx, cancel := context.WithCancel(w.s.ctx)
	d.cancel = cancel
	p := w.request(d, *w.endpoints)
	w.wg.Go(func() { w.push(ctx, d, n, p) })
}

// write gives a delivery to one of the connections, each in its turn, or lets it wait for one. wire.mu is held.
func (w *wire) write(d *Delivery) {
	c := w.nextConn()
	if c == nil {
		w.waiting = append(w.waiting, d)
		return
	}
	delete(w.byEnvelope, d.envelope)
	d.envelope = w.idLocked("envelope-") // (?) whether a redelivery keeps its envelope_id is not documented
	w.byEnvelope[d.envelope] = d
	c.send(frame{data: d.frame(), drop: w.s.faults.roll(func(c Chaos) float64 { return c.SocketDrop }, "socket drop")})
}

// frame is a delivery as Socket Mode carries it. wire.mu is held.
func (d *Delivery) frame() []byte {
	out := struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
		Type       string          `json:"type"`
		Accepts    bool            `json:"accepts_response_payload"`
		Attempt    *int            `json:"retry_attempt,omitempty"`
		Reason     *string         `json:"retry_reason,omitempty"`
	}{EnvelopeID: d.envelope, Payload: d.payload, Type: d.Kind, Accepts: d.Kind == kindCommand || d.Type == "view_submission"}
	if d.Kind == kindEvent {
		retries := d.attempts - 1
		out.Attempt, out.Reason = &retries, &d.reason
	}
	raw, err := json.Marshal(out)
	if err != nil {
		panic("fakeslack: a payload that is no JSON: " + err.Error()) // unreachable: InjectRaw checks what tests bring
	}
	return raw
}

// failed ends attempt n without an acknowledgement and plans the next one where there is one.
func (w *wire) failed(d *Delivery, n int, reason string, final bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.finished || d.attempts != n || w.closed {
		return
	}
	w.settle(d)
	d.reason = reason
	if final || d.Kind != kindEvent || n > len(retryDelays) {
		w.lost++
		w.finish(d, Outcome{Attempts: n, Reason: reason})
		return
	}
	delay := retryDelays[n-1]
	if delay == 0 {
		w.attempt(d)
		return
	}
	w.s.clock.After(delay, retry, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.attempt(d)
	})
	w.s.changed.Notify()
}

// settle ends what an attempt left open. wire.mu is held.
func (w *wire) settle(d *Delivery) {
	w.s.clock.Stop(d.window)
	if d.cancel != nil {
		d.cancel()
	}
	delete(w.byEnvelope, d.envelope)
	if i := slices.Index(w.waiting, d); i >= 0 {
		w.waiting = slices.Delete(w.waiting, i, i+1)
	}
}

// acked ends a delivery with an acknowledgement and does what it says.
func (w *wire) acked(d *Delivery, payload any) {
	w.mu.Lock()
	if d.finished {
		w.mu.Unlock()
		return
	}
	w.settle(d)
	w.finish(d, Outcome{Acked: true, Attempts: d.attempts, Reason: d.reason, Payload: payload})
	w.mu.Unlock()
	if d.answered != nil {
		d.answered(payload)
	}
}

// finish ends a delivery. wire.mu is held.
func (w *wire) finish(d *Delivery, o Outcome) {
	d.finished, d.outcome = true, o
	w.unfinished--
	close(d.done)
	w.s.changed.Notify()
}

func (w *wire) closeAll() {
	w.mu.Lock()
	w.closed = true
	conns := w.conns
	w.conns = nil
	w.mu.Unlock()
	for _, c := range conns {
		c.close()
	}
}
