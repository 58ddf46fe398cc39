package fakediscord

import (
	"slices"
	"strconv"
	"time"

	"footnote/bot/bottest/clock"
)

// Intents: developers/events/gateway.mdx, "List of Intents".
const (
	intentGuilds         = 1 << 0
	intentMembers        = 1 << 1
	intentPresences      = 1 << 8
	intentGuildMessages  = 1 << 9
	intentDirectMessages = 1 << 12
	intentMessageContent = 1 << 15
	allIntents           = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
)

// maxReplay is how many events a session keeps to replay. (?) Discord tells no number.
const maxReplay = 20_000

// session is a Gateway session. It outlives its connections. Server.mu guards it.
type session struct {
	s       *Server
	id      string
	shard   [2]int
	intents int
	conn    *conn // nil while away
	expiry  *clock.Timer
	dead    bool

	seq   int64
	log   [][]byte // the events after base
	base  int64
	acked int64

	resumes, beats int
	firstBeat      time.Duration
}

// Session is a Gateway session as it stands.
type Session struct {
	ID             string
	Shard          [2]int
	Intents        int
	Connected      bool
	Dead           bool  // it ended: closed by the bot with 1000 or 1001, invalidated or expired
	Seq            int64 // of the last event
	Acked          int64 // of the last event that a heartbeat or Resume told to have come
	Resumes        int
	Heartbeats     int
	FirstHeartbeat time.Duration // how long after HELLO the first heartbeat came
}

// push adds an event to the session and writes it where there is a connection.
func (sess *session) push(kind string, data []byte) {
	sess.seq++
	frameBytes := make([]byte, 0, len(data)+len(kind)+48)
	frameBytes = append(frameBytes, `{"op":0,"s":`...)
	frameBytes = strconv.AppendInt(frameBytes, sess.seq, 10)
	frameBytes = append(frameBytes, `,"t":"`...)
	frameBytes = append(frameBytes, kind...)
	frameBytes = append(frameBytes, `","d":`...)
	frameBytes = append(frameBytes, data...)
	frameBytes = append(frameBytes, '}')
	if len(sess.log) >= maxReplay {
		drop := maxReplay / 2
		sess.log, sess.base = slices.Clone(sess.log[drop:]), sess.base+int64(drop)
	}
	sess.log = append(sess.log, frameBytes)
	if sess.conn != nil {
		sess.conn.send(frame{data: frameBytes})
	}
}

// end ends a session: it can't be resumed any more.
func (sess *session) end() {
	w := sess.s.wire
	sess.dead = true
	sess.s.clock.Stop(sess.expiry)
	if sess.conn != nil {
		sess.conn.sess, sess.conn = nil, nil
	}
	sess.log = nil
	w.sessions = slices.DeleteFunc(slices.Clone(w.sessions), func(o *session) bool { return o == sess })
	sess.s.changed.Notify()
}

// leave parts a session from its connection and lets it wait to be resumed.
func (sess *session) leave() {
	sess.conn.sess, sess.conn = nil, nil
	s := sess.s
	sess.expiry = s.clock.After(s.cfg.ResumeFor, "", func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sess.conn == nil && !sess.dead {
			sess.end()
		}
	})
}

// join gives a session a connection.
func (sess *session) join(c *conn) {
	sess.s.clock.Stop(sess.expiry)
	sess.conn, c.sess = c, sess
}

// identify is op 2. Server.mu is held. It returns the code to close with, 0 when all is well.
func (s *Server) identify(c *conn, d identifyData) int {
	if c.sess != nil {
		return 4005
	}
	if !s.goodToken(d.Token) {
		return 4004
	}
	shard := [2]int{0, 1}
	if d.Shard != nil {
		shard = *d.Shard
	}
	if shard[0] < 0 || shard[0] >= shard[1] {
		return 4010
	}
	if s.cfg.ShardsRequired && shard[1] < s.cfg.Shards {
		return 4011
	}
	if code := s.judgeIntents(d.Intents); code != 0 {
		return code
	}
	w := s.wire
	if !w.invalidAt.IsZero() {
		w.waits = append(w.waits, time.Since(w.invalidAt))
		w.invalidAt = time.Time{}
	}
	w.identifies = append(w.identifies, s.clock.Now())
	if s.sessionStarts() > s.cfg.IdentifyLimit {
		s.world.tokenRevoked = true // the token is reset, and the owner gets a mail
		return 4004
	}
	sess := &session{s: s, id: "session-" + s.world.id(), shard: shard, intents: *d.Intents}
	w.sessions = append(w.sessions, sess)
	w.history = append(w.history, sess)
	sess.join(c)
	s.greet(sess)
	return 0
}

// judgeIntents returns the code to close with.
func (s *Server) judgeIntents(given *int) int {
	if given == nil || *given&^allIntents != 0 {
		return 4013
	}
	for intent, enabled := range map[int]bool{
		intentMessageContent: s.cfg.MessageContent, intentMembers: s.cfg.Members, intentPresences: s.cfg.Presences,
	} {
		if *given&intent != 0 && !enabled {
			return 4014
		}
	}
	return 0
}

// sessionStarts is how often the bot identified within a day.
func (s *Server) sessionStarts() int {
	count, now := 0, s.clock.Now()
	for _, at := range s.wire.identifies {
		if now.Sub(at) < 24*time.Hour {
			count++
		}
	}
	return count
}

// greet sends READY and what follows it.
func (s *Server) greet(sess *session) {
	guilds := []any{}
	var mine []*guild
	for _, g := range s.world.guilds {
		if !g.WithoutBot && sess.hears(&Delivery{Guild: g.ID}) {
			guilds = append(guilds, obj{"id": g.ID, "unavailable": true})
			mine = append(mine, g)
		}
	}
	user := s.userJSON(s.world.bot)
	user["verified"], user["mfa_enabled"], user["email"] = true, false, nil
	sess.push("READY", raw(obj{
		"v": 10, "user": user, "guilds": guilds, "session_id": sess.id, "resume_gateway_url": s.gatewayURL(true), "shard": sess.shard,
		"application": obj{"id": s.world.app, "flags": s.appFlags()}, "session_type": "normal", "private_channels": []any{},
		"relationships": []any{}, "presences": []any{}, "user_settings": obj{}, "geo_ordered_rtc_regions": []any{}, "guild_join_requests": []any{},
	}))
	if sess.intents&intentGuilds == 0 {
		return
	}
	for _, g := range mine {
		sess.push("GUILD_CREATE", raw(s.guildCreateJSON(g)))
	}
}

// resume is op 6. Server.mu is held. It returns the code to close with, 0 when all is well.
func (s *Server) resume(c *conn, d resumeData) int {
	if c.sess != nil {
		return 4005
	}
	if !s.goodToken(d.Token) {
		return 4004
	}
	w := s.wire
	i := slices.IndexFunc(w.sessions, func(o *session) bool { return o.id == d.SessionID })
	if i < 0 || w.noResumes {
		s.sendInvalid(c, false)
		return 0
	}
	sess := w.sessions[i]
	switch {
	case d.Seq > sess.seq:
		sess.end()
		return 4007
	case d.Seq < sess.base:
		sess.end()
		s.sendInvalid(c, false)
		return 0
	}
	if old := sess.conn; old != nil {
		sess.leave()
		old.close() // a session has one connection
	}
	sess.join(c)
	sess.resumes++
	w.resumes++
	sess.acked = max(sess.acked, d.Seq)
	for _, missed := range sess.log[d.Seq-sess.base:] {
		c.send(frame{data: missed})
	}
	sess.push("RESUMED", []byte(`{"_trace":["fake"]}`))
	return 0
}

// Connections is how many connections have a session: READY or RESUMED was sent.
func (st State) Connections() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	n := 0
	for _, sess := range st.s.wire.sessions {
		if sess.conn != nil {
			n++
		}
	}
	return n
}

// Sessions are all sessions so far, oldest first, ended ones too.
func (st State) Sessions() []Session {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	var out []Session
	for _, sess := range st.s.wire.history {
		out = append(out, Session{ID: sess.id, Shard: sess.shard, Intents: sess.intents, Connected: sess.conn != nil, Dead: sess.dead, Seq: sess.seq,
			Acked: sess.acked, Resumes: sess.resumes, Heartbeats: sess.beats, FirstHeartbeat: sess.firstBeat})
	}
	return out
}

// Identifies is how often the bot started a session.
func (st State) Identifies() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return len(st.s.wire.identifies)
}

// Resumes is how often the bot resumed one.
func (st State) Resumes() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return st.s.wire.resumes
}

// ResumeConnections is how many connections came to resume_gateway_url.
func (st State) ResumeConnections() int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return st.s.wire.resumedAt
}

// IdentifyWaits is how long, in real time, the bot waited after an invalid session until it identified, each time.
func (st State) IdentifyWaits() []time.Duration {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return slices.Clone(st.s.wire.waits)
}

// ClientCloses are the codes with which the bot closed connections, in order; -1 where it gave none. 1000 and 1001 end a session.
func (st State) ClientCloses() []int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	return slices.Clone(st.s.wire.closes)
}
