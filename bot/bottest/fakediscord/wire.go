package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Delivery is one event on its way to the bot.
type Delivery struct {
	Kind           string // "MESSAGE_CREATE", "INTERACTION_CREATE"…
	Guild, Channel string
	ID             string // of the message, interaction, thread… that it tells of
	ByHTTP         bool

	// Guarded by Server.mu.
	full    json.RawMessage
	bare    json.RawMessage // what an app without the Message Content intent gets; nil: the same
	intent  int             // the session needs it; 0: none
	times   int             // how often it is delivered at once; 0: once
	private bool            // of an ephemeral message: only the first shard hears of it
}

// Payload is the event's data as an app with the Message Content intent gets it.
func (d *Delivery) Payload() json.RawMessage { return d.full }

// wire is the state of the Gateway. Server.mu guards it.
type wire struct {
	wg     sync.WaitGroup
	closed bool

	conns    map[*conn]bool
	sessions []*session // those that live
	history  []*session // all of them
	url      string     // where interactions go by HTTP; "" for the Gateway

	holding bool
	held    []*Delivery
	all     []*Delivery
	lost    int

	noAcks       bool
	noResumes    bool
	refuseStatus int

	identifies  []time.Time // by the server's clock
	resumes     int
	closes      []int
	invalidAt   time.Time // real time of the last op 9
	waits       []time.Duration
	connections int
	resumedAt   int // connections that came by resume_gateway_url
}

func newWire() *wire { return &wire{conns: map[*conn]bool{}} }

// guildEvent is an event that needs the GUILDS intent. Server.mu is held.
func (s *Server) guildEvent(kind string, g *guild, data obj) *Delivery {
	id, _ := data["id"].(string)
	d := &Delivery{Kind: kind, Guild: g.ID, ID: id, full: raw(data), intent: intentGuilds}
	if ch := s.world.channels[id]; ch != nil {
		d.Channel = id
	}
	return d
}

// messageEvent tells of a message. Server.mu is held.
func (s *Server) messageEvent(kind string, m *Message) *Delivery {
	d := &Delivery{Kind: kind, Guild: m.Guild, Channel: m.Channel, ID: m.ID, intent: intentGuildMessages}
	if m.Guild == "" || m.EphemeralTo != "" {
		d.intent = intentDirectMessages // developers/events/gateway-events.mdx, "Message Create": ephemeral messages too
	}
	d.private = m.EphemeralTo != ""
	build := func(full bool) json.RawMessage {
		data := s.messageJSON(m, full)
		if m.Guild != "" && m.EphemeralTo == "" {
			data["guild_id"] = m.Guild
			if m.Webhook == "" {
				data["member"] = s.memberJSON()
			}
		}
		return raw(data)
	}
	d.full = build(true)
	d.bare = build(false)
	return d
}

// emit sends an event to the bot, where it may see the place. Server.mu is held.
func (s *Server) emit(d *Delivery) *Delivery {
	if g := s.world.findGuild(d.Guild); d.Guild != "" && (g == nil || g.WithoutBot) && d.Kind != "INTERACTION_CREATE" {
		return nil
	}
	if ch := s.world.channels[d.Channel]; ch != nil && d.Kind != "INTERACTION_CREATE" && !d.private && !ch.permissions().has(ViewChannel) {
		return nil
	}
	return s.emitAnyway(d)
}

func (s *Server) emitAnyway(d *Delivery) *Delivery {
	w := s.wire
	if limit := s.cfg.LogLimit; len(w.all) >= 2*limit {
		w.all = slices.Clone(w.all[limit:])
	}
	w.all = append(w.all, d)
	if w.holding {
		w.held = append(w.held, d)
	} else {
		s.dispatch(d)
	}
	s.changed.Notify()
	return d
}

// dispatch gives an event to every session that is to hear of it. Server.mu is held.
func (s *Server) dispatch(d *Delivery) {
	if d.Kind == "INTERACTION_CREATE" && s.wire.url != "" {
		s.push(d)
		return
	}
	times := max(d.times, 1)
	if s.faults.roll(func(c Chaos) float64 { return c.Repeat }, "repeat") {
		times = 2
	}
	heard := false
	for _, sess := range slices.Clone(s.wire.sessions) {
		if !sess.hears(d) {
			continue
		}
		heard = true
		payload := d.full
		if d.bare != nil && sess.intents&intentMessageContent == 0 {
			payload = d.bare
		}
		for range times {
			sess.push(d.Kind, payload)
		}
		s.disturb(sess)
	}
	if !heard {
		s.wire.lost++
	}
}

// hears reports whether a session is told of the event.
func (sess *session) hears(d *Delivery) bool {
	if d.intent != 0 && sess.intents&d.intent == 0 {
		return false
	}
	if d.Guild == "" || d.private {
		return sess.shard[0] == 0
	}
	return int((number(d.Guild)>>22)%uint64(sess.shard[1])) == sess.shard[0]
}

// disturb does to a session's connection what chaos wants. Server.mu is held.
func (s *Server) disturb(sess *session) {
	c := sess.conn
	if c == nil {
		return
	}
	switch {
	case s.faults.roll(func(c Chaos) float64 { return c.Drop }, "drop"):
		c.send(frame{drop: true})
	case s.faults.roll(func(c Chaos) float64 { return c.Reconnect }, "op 7"):
		s.askReconnect(c)
	case s.faults.roll(func(c Chaos) float64 { return c.Invalid }, "op 9"):
		s.invalidate(c, false)
	case s.faults.roll(func(c Chaos) float64 { return c.InvalidResumable }, "op 9"):
		s.invalidate(c, true)
	default:
		if code := s.faults.rollClose(); code != 0 {
			s.closeWith(c, code)
		}
	}
}

// Hold keeps events back until Release.
func (s *Server) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wire.holding = true
}

// Order is the order in which held events go out.
type Order func([]*Delivery)

// Reversed lets the last one go first.
func Reversed(list []*Delivery) { slices.Reverse(list) }

// Shuffled mixes them, the same way for the same seed.
func Shuffled(seed uint64) Order {
	return func(list []*Delivery) {
		rand.New(rand.NewPCG(seed, 5)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
}

// Release lets go what Hold kept back, in the order given; nil keeps theirs.
func (s *Server) Release(order Order) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.wire.held
	s.wire.held, s.wire.holding = nil, false
	if order != nil {
		order(list)
	}
	for _, d := range list {
		s.dispatch(d)
	}
	s.changed.Notify()
}

// Redeliver sends the same event again, with a new sequence number, as Discord does now and then.
func (s *Server) Redeliver(d *Delivery) *Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	again := &Delivery{Kind: d.Kind, Guild: d.Guild, Channel: d.Channel, ID: d.ID, full: d.full, bare: d.bare, intent: d.intent, private: d.private}
	return s.emitAnyway(again)
}

// Inject sends an event that somebody else wrote to every session.
func (s *Server) Inject(kind string, data json.RawMessage) *Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emitAnyway(&Delivery{Kind: kind, full: slices.Clone(data)})
}

// Deliveries are the events so far, oldest first. Of very many the oldest are forgotten.
func (st State) Deliveries() []*Delivery {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return slices.Clone(st.s.wire.all)
}

// Delivery is the event that told of the creation of a message or interaction.
func (st State) Delivery(id string) (*Delivery, bool) {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	for _, d := range st.s.wire.all {
		if d.ID == id && (d.Kind == "MESSAGE_CREATE" || d.Kind == "INTERACTION_CREATE") {
			return d, true
		}
	}
	return nil, false
}

// Lost is how many events no session heard of, because there was none or none with the intent.
func (st State) Lost() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return st.s.wire.lost
}

// WaitDelivered waits until every connected session has received all that happened so far, as its heartbeats tell, and every
// interaction is answered or timed out. It asks for heartbeats. Events of a session that is away and can be resumed count as under
// way only while no session is connected. What was received need not be handled yet: wait for what comes of it.
func (s *Server) WaitDelivered(ctx context.Context) error {
	for {
		changed := s.changed.Wait()
		if s.delivered() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("fakediscord: not everything was delivered: %w", ctx.Err())
		}
	}
}

func (s *Server) delivered() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	done, connected := s.world.open == 0 && len(s.wire.held) == 0, false
	away := false
	for _, sess := range s.wire.sessions {
		switch {
		case sess.conn == nil:
			away = away || sess.acked < sess.seq
		case sess.acked < sess.seq:
			connected, done = true, false
			s.askFor(sess.conn, sess.seq)
		default:
			connected = true
		}
	}
	return done && (connected || !away)
}

// askAgain is how long a bot that told of less than all has until it is asked again.
const askAgain = 100 * time.Millisecond

// askFor asks for a heartbeat that tells of an event, once and then again when the bot told of less. Server.mu is held.
func (s *Server) askFor(c *conn, seq int64) {
	switch {
	case c.asked != seq:
		c.asked = seq
		c.sendOp(opHeartbeat, nil)
	case c.demand == 0 && !c.patient:
		c.patient = true
		time.AfterFunc(askAgain, func() {
			s.mu.Lock()
			c.asked, c.patient = 0, false
			s.mu.Unlock()
			s.changed.Notify()
		})
	}
}
