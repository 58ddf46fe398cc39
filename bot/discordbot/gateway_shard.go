package discordbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	dialTime      = 15 * time.Second // for a connection to be made
	readyTime     = time.Minute      // for a session to begin, or to go on
	lived         = time.Minute      // a connection that lasted longer was a good one
	saveEvery     = time.Second
	saveTime      = 5 * time.Second
	beatEvery     = 2 * time.Second // where nothing but the time has changed
	serversAtOnce = 4               // that are read up on
)

// fatal are the close codes after which it is no use to connect again, with what the
// operator can do.
var fatal = map[int]string{
	4004: "Discord does not accept DISCORD_BOT_TOKEN: reset it on the page “Bot” of the app in the developer portal, and set the new one",
	4010: "Discord does not know the shard that footnote asked for, which is a fault of footnote's",
	4011: "the bot is in more servers than the connections it began with may serve: start footnote again, and it asks Discord for their number",
	4012: "Discord does not speak version " + apiVersion + " of the Gateway any more: a newer footnote is needed",
	4013: "Discord does not know the intents that footnote asked for, which is a fault of footnote's",
	4014: "Discord does not allow the Message Content intent: switch “Message Content Intent” on, on the page “Bot” of the app in the developer portal, or set FOOTNOTE_DISCORD_MESSAGE_CONTENT to false",
}

// closes says what close codes mean, for the log.
var closes = map[int]string{
	1000: "the Gateway closed", 1001: "the Gateway goes away", 1006: "the connection broke",
	4000: "unknown error", 4001: "unknown operation", 4002: "a payload could not be decoded", 4003: "not authenticated", 4005: "already authenticated",
	4007: "wrong sequence number", 4008: "too much was sent", 4009: "the session timed out",
}

// renewed are the close codes after which a session cannot be taken up again. All
// others leave that to be seen, 1000 and 1001 too: a session that has ended for
// Discord is told so when it is resumed, and one that has not loses nothing.
var renewed = map[int]bool{4003: true, 4007: true, 4009: true}

// Why a connection ended, where the Gateway did not close it.
var (
	errReconnect = errors.New("the Gateway asks to reconnect")
	errInvalid   = errors.New("the session is not valid")
	errNotNow    = errors.New("the session cannot be resumed yet")
	errZombie    = errors.New("heartbeats are not answered")
	errSilent    = errors.New("the session does not begin")
	errHello     = errors.New("the Gateway does not greet")
	errTaken     = errors.New("another process has taken the session up")
)

// hopeless is an error that ends the gateway. Its text is for the operator.
type hopeless struct{ error }

// shard keeps one connection to the Gateway.
type shard struct {
	g     *gateway
	log   *slog.Logger
	id    int
	of    int
	home  string // where new sessions begin
	lanes *lanes

	unreached int       // tries at connecting that failed, since the last that did not
	gap       time.Time // since when messages may have been missed; zero for none
	begun     bool      // this connection's session goes on, or has begun

	reading context.Context // ends with the shard; of what is read up on
	reads   sync.WaitGroup
	readers chan struct{} // holds one for each server that is read up on

	mu      sync.Mutex // guards what follows
	session session    // ID is "" where there is none
	events  *progress  // of the session
	seq     int64      // of the last event that came
	seen    time.Time  // when something last came of the session
	saved   session
	savedAt time.Time
	unsaved bool                    // what is to be read up on has changed
	busy    map[string]bool         // servers that are read up on
	anew    map[string]bool         // of these, those to be read up on once more
	hangUp  context.CancelCauseFunc // ends the connection; nil where there was none yet
	taken   bool                    // another process has taken the session up
}

func newShard(g *gateway, id, of int, home string) *shard {
	return &shard{g: g, log: g.log.With("shard", id), id: id, of: of, home: home, events: newProgress(0),
		readers: make(chan struct{}, serversAtOnce), busy: make(map[string]bool), anew: make(map[string]bool)}
}

// run keeps the shard connected until ctx ends or there is no use in it.
func (s *shard) run(ctx context.Context) error {
	live, overdue := context.WithCancel(context.WithoutCancel(ctx))
	defer overdue()
	s.lanes = newLanes(func(e event) bool { return s.dispatch(live, e) })
	reading, endReading := context.WithCancel(live)
	defer endReading()
	s.reading = reading
	s.load(ctx)
	saving, stop := context.WithCancel(live)
	var wg sync.WaitGroup
	wg.Go(func() { s.saving(saving) })
	err := s.connections(ctx)
	endReading() // what is not read is left to the next process
	s.lanes.close(overdue)
	s.reads.Wait()
	stop()
	wg.Wait()
	s.save(ctx, true)
	return err
}

// dispatch hands an event on. Nothing that happens there ends more than itself. One
// that the end overtakes is not durable, and is told again when the session is taken
// up.
func (s *shard) dispatch(live context.Context, e event) (durable bool) {
	if live.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(live, handleTime)
	defer cancel()
	func() {
		defer guard(s.log, e.kind)
		s.g.handle(ctx, e.kind, e.data)
		s.servers(e)
	}()
	return live.Err() == nil
}

// connections makes one connection after the other.
func (s *shard) connections(ctx context.Context) error {
	for n := 0; ; n++ {
		start := time.Now()
		resumes := s.resumable()
		err := s.connection(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if s.begun && (resumes || time.Since(start) > lived) { // a new session costs one of the day's
			n = 0
		}
		d, err := s.after(err, n)
		if err != nil {
			return err
		}
		if wait(ctx, d) != nil {
			return nil
		}
	}
}

// after decides what follows the end of a connection: it returns how long to wait
// before the next, or why there is none.
func (s *shard) after(err error, n int) (time.Duration, error) {
	if h := (hopeless{}); errors.As(err, &h) {
		return 0, h
	}
	d, code, said := backoff(n), 0, err.Error()
	if c := (*websocket.CloseError)(nil); errors.As(err, &c) {
		if fatal[c.Code] != "" {
			return 0, fmt.Errorf("discord: %s (the Gateway closed with %d)", fatal[c.Code], c.Code)
		}
		code, said = c.Code, cmp.Or(closes[c.Code], "the Gateway closed")
	}
	switch {
	case errors.Is(err, errReconnect) && n == 0:
		d = rand.N(time.Second / 4)
	case errors.Is(err, errInvalid):
		d = max(d, time.Second+rand.N(4*time.Second)) // what Discord asks for
	}
	if errors.Is(err, errInvalid) || errors.Is(err, errTaken) || renewed[code] {
		s.drop()
	}
	attrs := []any{"why", said, "again in", d.Round(time.Millisecond), "resumes", s.resumable()}
	if code != 0 {
		attrs = append(attrs, "code", code)
	}
	if errors.Is(err, errReconnect) {
		s.log.Info("discord: connecting again", attrs...)
	} else {
		s.log.Warn("discord: the connection ended", attrs...)
	}
	return d, nil
}

// connection makes one connection and serves it until it ends. The error says why.
func (s *shard) connection(ctx context.Context) error {
	s.begun = false
	defer func() {
		if s.begun {
			s.g.links.up.Add(-1)
		}
	}()
	s.mu.Lock()
	taken := s.taken
	s.taken = false
	s.mu.Unlock()
	if taken {
		s.drop()
	}
	if !s.resumable() {
		if err := s.g.turn(ctx, s.id); err != nil {
			return hopeless{err}
		}
	}
	conn, err := s.g.dial(ctx, s.address())
	if err != nil {
		s.unreached++
		return err
	}
	s.unreached = 0
	live, hangUp := context.WithCancelCause(ctx)
	s.mu.Lock()
	s.hangUp = hangUp
	s.mu.Unlock()
	l := &line{conn: conn, hangUp: hangUp}
	l.acked.Store(true)
	conn.SetCloseHandler(func(int, string) error { return nil }) // the answer is ours, and not 1000
	var wg sync.WaitGroup
	wg.Go(func() {
		<-live.Done()
		l.close()
	})
	err = s.converse(live, l, &wg)
	hangUp(err)
	wg.Wait()
	return context.Cause(live)
}

// converse greets the Gateway and takes in what it says.
func (s *shard) converse(ctx context.Context, l *line, wg *sync.WaitGroup) error {
	interval, err := l.hello()
	if err != nil {
		return err
	}
	wg.Go(func() { s.heartbeats(ctx, l, interval) })
	if err := l.send(s.opening()); err != nil {
		return err
	}
	slow := time.AfterFunc(readyTime, func() { l.hangUp(errSilent) })
	defer slow.Stop()
	for {
		raw, err := l.read()
		if err != nil {
			return err
		}
		var f frame
		if raw == nil || json.Unmarshal(raw, &f) != nil {
			s.log.Warn("discord: a frame cannot be read, and is left out", "bytes", len(raw))
			continue
		}
		if err := s.receive(ctx, l, f); err != nil {
			return err
		}
		if s.begun {
			slow.Stop()
		}
	}
}

// opening returns what takes the session up again, or begins one.
func (s *shard) opening() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.g.conf.BotToken
	if s.session.ID != "" {
		return packet{opResume, map[string]any{"token": token, "session_id": s.session.ID, "seq": s.seq}}
	}
	return packet{opIdentify, map[string]any{
		"token": token, "intents": s.g.intents, "shard": [2]int{s.id, s.of},
		"properties": map[string]string{"os": runtime.GOOS, "browser": "footnote", "device": "footnote"},
	}}
}

// receive acts on a frame. An error ends the connection.
func (s *shard) receive(ctx context.Context, l *line, f frame) error {
	if s.begun { // what comes before does not tell that the session goes on
		s.mu.Lock()
		s.seen = time.Now()
		s.mu.Unlock()
	}
	switch f.Op {
	case opDispatch:
		return s.take(ctx, l, f)
	case opHeartbeat:
		if l.spare() {
			return l.send(s.heartbeat())
		}
	case opReconnect:
		return errReconnect
	case opInvalidSession:
		if string(f.Data) == "true" {
			return errNotNow
		}
		return errInvalid
	case opHeartbeatAck:
		l.acked.Store(true)
	case opHello: // a second one changes nothing
	default:
		s.log.Debug("discord: unknown operation", "op", f.Op)
	}
	return nil
}

// take hands an event to its lane.
func (s *shard) take(ctx context.Context, l *line, f frame) error {
	if f.Seq <= s.seq && f.Seq > 0 {
		s.log.Debug("discord: told again", "event", f.Kind, "seq", f.Seq)
		return nil
	}
	if !s.reserve(ctx, l) {
		return ctx.Err()
	}
	e := event{kind: f.Kind, data: f.Data, lane: laneOf(f.Kind, f.Data), done: func() {}}
	s.mu.Lock()
	if f.Seq > 0 {
		s.seq, e.done = f.Seq, s.events.add(f.Seq)
	}
	s.mu.Unlock()
	switch f.Kind {
	case "READY":
		s.ready(f.Data)
	case "RESUMED":
		s.begin()
		s.gap = time.Time{}
		s.log.Info("discord: the session goes on, nothing was missed")
		s.readOn()
	}
	s.lanes.put(e)
	return nil
}

// reserve waits for room in the lanes. While it waits nothing is read, the answers to
// heartbeats neither, which must not look as if there were none.
func (s *shard) reserve(ctx context.Context, l *line) bool {
	if s.lanes.full() {
		s.log.Warn("discord: too many events wait; nothing more is read until some are done with", "waiting", maxWaiting)
		l.stalled.Store(true)
		defer func() {
			l.acked.Store(true) // the answer may be among what was not read
			l.stalled.Store(false)
		}()
	}
	return s.lanes.reserve(ctx)
}

// begin notes that the connection tells what happens from now on.
func (s *shard) begin() {
	if !s.begun {
		s.g.links.up.Add(1)
		s.g.links.opened.Add(1)
	}
	s.begun = true
}

// ready begins a session.
func (s *shard) ready(data json.RawMessage) {
	var r struct {
		Session string `json:"session_id"`
		URL     string `json:"resume_gateway_url"`
		Guilds  []struct {
			ID string `json:"id"`
		} `json:"guilds"`
	}
	if err := json.Unmarshal(data, &r); err != nil || r.Session == "" {
		s.log.Warn("discord: the session cannot be taken up again later, Discord did not name it")
	}
	s.begin()
	s.mu.Lock()
	s.seen = time.Now()
	before := s.session.Missed
	s.session = session{ID: r.Session, URL: r.URL, Shards: s.of, Intents: s.g.intents, At: s.seen, Missed: make(map[string]time.Time)}
	for _, g := range r.Guilds {
		if from := earlier(before[g.ID], s.gap); s.g.missed != nil && !from.IsZero() {
			s.session.Missed[g.ID] = from
			s.anew[g.ID] = !s.gap.IsZero()
		}
	}
	s.unsaved = true
	s.mu.Unlock()
	s.log.Info("discord: connected", "servers", len(r.Guilds))
	if !s.gap.IsZero() {
		s.log.Warn("discord: the session before could not be taken up again; what was said in channels meanwhile is read now, direct messages and commands may have been missed", "from", s.gap.UTC().Format(time.RFC3339), "to", time.Now().UTC().Format(time.RFC3339))
		s.gap = time.Time{}
	}
}

// resumable tells whether there is a session to be taken up again.
func (s *shard) resumable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.ID != ""
}

// drop forgets the session, and since when that means that something may be missed.
func (s *shard) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session.ID != "" && s.gap.IsZero() {
		s.gap = later(s.session.At, s.seen)
	}
	s.session, s.events, s.seq = session{At: s.gap, Missed: s.session.Missed, Shards: s.of}, newProgress(0), 0
}

// address returns where to connect. A session is taken up where Discord said, unless
// nothing can be reached there.
func (s *shard) address() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session.ID != "" && s.unreached%4 < 3 && s.g.conf.GatewayURL == "" {
		if u, err := s.g.address(s.session.URL); err == nil {
			return u
		}
	}
	return s.home
}

// load takes up the session of the process before this one.
func (s *shard) load(ctx context.Context) {
	before, ok := s.g.keep.loadSession(ctx, s.id, s.of)
	s.mu.Lock()
	s.session, s.saved, s.savedAt, s.seen = before, before, time.Now(), before.At
	if ok {
		s.seq, s.events = before.Seq, newProgress(before.Seq)
	}
	s.mu.Unlock()
	if !ok || before.Shards != s.of || before.Intents != s.g.intents {
		s.gap = before.At
		s.drop()
	}
	if !ok && s.gap.IsZero() {
		s.session.At = time.Now() // nothing runs beside yet; the next process reads from here on
		s.log.Info("discord: a new session begins; what was said before is not read")
	}
}

// saving saves the session again and again until ctx ends.
func (s *shard) saving(ctx context.Context) {
	t := time.NewTicker(saveEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			s.save(ctx, false)
		}
	}
}

// save saves the session if it has changed, with the number up to which everything
// is durable; and often enough to show that somebody has it.
func (s *shard) save(ctx context.Context, last bool) {
	s.mu.Lock()
	now := s.session
	now.Seq = s.events.seq()
	if now.ID != "" && now.Seq == s.seq { // all that came is durable
		now.At = s.seen
		s.session.At = s.seen
	}
	same := s.saved.ID == now.ID && s.saved.Seq == now.Seq && !s.unsaved
	if same && !last && time.Since(s.savedAt) < beatEvery {
		s.mu.Unlock()
		return
	}
	now.Missed = maps.Clone(now.Missed)
	s.saved, s.savedAt, s.unsaved = now, time.Now(), false
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTime)
	defer cancel()
	if s.g.keep.saveSession(ctx, s.id, now, last) || last {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.ID != "" && now.ID == s.session.ID {
		s.taken = true
		if s.hangUp != nil {
			s.hangUp(errTaken) // or both would take the connection from each other for ever
		}
	}
}

// heartbeats says that we are there, until ctx ends; where the Gateway does not answer
// it hangs up.
func (s *shard) heartbeats(ctx context.Context, l *line, interval time.Duration) {
	d := rand.N(interval) // the first by chance, so that not all connections beat at once
	for wait(ctx, d) == nil {
		d = interval
		if !l.stalled.Load() && !l.acked.Swap(false) {
			l.hangUp(errZombie)
			return
		}
		if err := l.send(s.heartbeat()); err != nil {
			l.hangUp(fmt.Errorf("heartbeat: %w", err))
			return
		}
	}
}

// heartbeat returns a heartbeat. It names the number up to which everything is
// durable, not that of the last event: that is what a process after this one can ask
// for.
func (s *shard) heartbeat() any {
	s.mu.Lock()
	defer s.mu.Unlock()
	if seq := s.events.seq(); seq > 0 {
		return packet{opHeartbeat, seq}
	}
	return packet{opHeartbeat, nil}
}
