package fakediscord

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

func identifyWith(s *Server, token string, intents int, more string) string {
	return fmt.Sprintf(`{"token":%q,"intents":%d,"properties":{"os":"x"}%s}`, token, intents, more)
}

func TestCloseCodes(t *testing.T) {
	for _, c := range []struct {
		name, query string
		op          int
		data        func(s *Server) string
		want        int
	}{
		{"version", "/?v=9&encoding=json", 0, nil, 4012},
		{"encoding", "/?v=10&encoding=etf", 0, nil, 4002},
		{"opcode", v10, 99, func(*Server) string { return "1" }, 4001},
		{"no JSON", v10, opIdentify, func(*Server) string { return "{" }, 4002},
		{"too long", v10, opPresence, func(*Server) string { return `"` + strings.Repeat("x", maxSend) + `"` }, 4002},
		{"not identified", v10, opPresence, func(*Server) string { return "{}" }, 4003},
		{"token", v10, opIdentify, func(s *Server) string { return identifyWith(s, "no", 1, "") }, 4004},
		{"resume token", v10, opResume, func(*Server) string { return `{"token":"no","session_id":"x","seq":1}` }, 4004},
		{"shard", v10, opIdentify, func(s *Server) string { return identifyWith(s, s.BotToken(), 1, `,"shard":[1,1]`) }, 4010},
		{"too few shards", v10, opIdentify, func(s *Server) string { return identifyWith(s, s.BotToken(), 1, "") }, 4011},
		{"intents", v10, opIdentify, func(s *Server) string { return identifyWith(s, s.BotToken(), 1<<30, "") }, 4013},
		{"privileged", v10, opIdentify, func(s *Server) string { return identifyWith(s, s.BotToken(), intentMessageContent, "") }, 4014},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := New(t, Config{Shards: 2, ShardsRequired: c.want == 4011})
			g := dial(t, s, c.query)
			if c.data != nil {
				g.until(opHello, "")
				g.send(c.op, c.data(s))
			}
			if got := g.closed(); got != c.want {
				t.Errorf("closed with %d, want %d", got, c.want)
			}
		})
	}
}

func TestAlreadyIdentified(t *testing.T) {
	s := New(t, Config{})
	g, _ := connected(t, s, intentGuilds)
	g.send(opIdentify, identifyWith(s, s.BotToken(), 1, ""))
	if got := g.closed(); got != 4005 {
		t.Errorf("a second Identify closes with %d, want 4005", got)
	}
}

func TestTooManySends(t *testing.T) {
	s := New(t, Config{})
	g, _ := connected(t, s, intentGuilds)
	for range maxSends {
		g.send(opHeartbeat, "1")
	}
	if got := g.closed(); got != 4008 {
		t.Errorf("121 payloads close with %d, want 4008", got)
	}
}

func TestReadyAndGuilds(t *testing.T) {
	s := New(t, Config{Guilds: []Guild{{Name: "a"}, {Name: "b", WithoutBot: true}}})
	s.AddChannel(Channel{Name: "general", Guild: "a"})
	g, _ := connected(t, s, intentGuilds)
	var created struct {
		ID       string
		Channels []struct{ Name string }
	}
	if err := json.Unmarshal(g.until(0, "GUILD_CREATE").Data, &created); err != nil || len(created.Channels) != 1 || created.Channels[0].Name != "general" {
		t.Errorf("GUILD_CREATE = %+v, %v", created, err)
	}
	g.send(opHeartbeat, "2")
	g.until(opAck, "")
	if got := s.Sessions(); len(got) != 1 || got[0].Heartbeats != 1 || got[0].Acked != 2 || !got[0].Connected {
		t.Errorf("Sessions = %+v", got)
	}
	if s.Identifies() != 1 {
		t.Errorf("Identifies = %d, want 1", s.Identifies())
	}
}

func TestShards(t *testing.T) {
	s := New(t, Config{Guilds: []Guild{{Name: "a"}, {Name: "b"}}})
	s.AddChannel(Channel{Name: "a1", Guild: "a"})
	heard := 0
	for _, g := range []string{"a", "b"} {
		guild, _ := s.Guild(g)
		for shard := range 2 {
			sess := &session{shard: [2]int{shard, 2}}
			if sess.hears(&Delivery{Guild: guild.ID}) {
				heard++
			}
		}
	}
	if heard != 2 {
		t.Errorf("two guilds are heard by %d of two shards, want each by one", heard)
	}
}

// TestResume is away while things happen and hears of them after, in order, without one twice.
func TestResume(t *testing.T) {
	s := New(t, Config{Frozen: true})
	s.AddChannel(Channel{Name: "general"})
	g, session := connected(t, s, askingIntents)
	seq := g.until(0, "GUILD_CREATE").Seq
	s.DropConnections()
	g.closed()
	s.User("ada").Says("general", "one")
	s.User("ada").Says("general", "two")
	again := dial(t, s, "/resume"+v10)
	again.until(opHello, "")
	resume := fmt.Sprintf(`{"token":%q,"session_id":%q,"seq":%d}`, s.BotToken(), session, seq)
	again.send(opResume, resume)
	for _, want := range []string{"MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"} {
		if p := again.until(0, ""); p.Type != want || p.Seq != seq+1 {
			t.Errorf("after Resume: %s %d, want %s %d", p.Type, p.Seq, want, seq+1)
		}
		seq++
	}
	if s.Resumes() != 1 || s.ResumeConnections() != 1 || s.Identifies() != 1 {
		t.Errorf("resumes %d, over the address for it %d, identifies %d; want 1, 1, 1", s.Resumes(), s.ResumeConnections(), s.Identifies())
	}
	s.DropConnections()
	again.closed()
	waitFor(t, s, func(st State) bool { return st.Connections() == 0 })
	s.Advance(5 * time.Minute)
	late := dial(t, s, v10)
	late.until(opHello, "")
	late.send(opResume, resume)
	if p := late.until(opInvalid, ""); string(p.Data) != "false" {
		t.Errorf("Resume after five minutes: op 9 %s, want false", p.Data)
	}
	late.send(opIdentify, identifyWith(s, s.BotToken(), 1, ""))
	late.until(0, "READY")
	if len(s.IdentifyWaits()) != 1 {
		t.Errorf("IdentifyWaits = %v, want one", s.IdentifyWaits())
	}
}

func waitFor(t testing.TB, s *Server, holds func(State) bool) {
	t.Helper()
	if err := s.WaitFor(soon(t), holds); err != nil {
		t.Fatal(err)
	}
}

func TestWrongSequence(t *testing.T) {
	s := New(t, Config{})
	g, session := connected(t, s, intentGuilds)
	_ = g.ws.Close()
	waitFor(t, s, func(st State) bool { return st.Connections() == 0 })
	again := dial(t, s, v10)
	again.until(opHello, "")
	again.send(opResume, fmt.Sprintf(`{"token":%q,"session_id":%q,"seq":999}`, s.BotToken(), session))
	if got := again.closed(); got != 4007 {
		t.Errorf("a sequence number from the future closes with %d, want 4007", got)
	}
}

// TestGoodbye: a connection that the bot closes with 1000 can't be resumed, one that it closes with 4000 can.
func TestGoodbye(t *testing.T) {
	s := New(t, Config{})
	for code, want := range map[int]string{1000: "op 9", 4000: "RESUMED"} {
		g, session := connected(t, s, 0)
		_ = g.ws.WriteControl(8, []byte{byte(code >> 8), byte(code & 255)}, time.Now().Add(time.Second))
		g.closed()
		waitFor(t, s, func(st State) bool { return slices.Contains(st.ClientCloses(), code) })
		again := dial(t, s, v10)
		again.until(opHello, "")
		again.send(opResume, fmt.Sprintf(`{"token":%q,"session_id":%q,"seq":1}`, s.BotToken(), session))
		got := "op 9"
		var p packet
		if err := again.ws.ReadJSON(&p); err != nil {
			t.Fatal(err)
		}
		if p.Op == 0 {
			got = p.Type
		}
		if got != want {
			t.Errorf("Resume after %d: %s, want %s", code, got, want)
		}
	}
}

func TestOnDemand(t *testing.T) {
	s := New(t, Config{})
	g, _ := connected(t, s, 0)
	s.RequestHeartbeats()
	g.until(opHeartbeat, "")
	s.StopAcks(true)
	g.send(opHeartbeat, "1")
	waitFor(t, s, func(st State) bool { return st.Sessions()[0].Heartbeats == 1 })
	s.AskReconnect()
	for {
		var p packet
		if err := g.ws.ReadJSON(&p); err != nil {
			t.Fatal(err)
		}
		if p.Op == opAck {
			t.Error("a heartbeat was acknowledged though acks are off")
		}
		if p.Op == opReconnect {
			break
		}
	}
	s.RefuseConnections(503)
	if _, response, err := websocket.DefaultDialer.DialContext(soon(t), s.gatewayURL(false)+v10, nil); err == nil || response.StatusCode != 503 {
		t.Errorf("a refused connection: %v", err)
	}
}

func TestZombie(t *testing.T) {
	s := New(t, Config{HeartbeatEvery: 20 * time.Millisecond})
	g, _ := connected(t, s, 0)
	if got := g.closed(); got != 4000 {
		t.Errorf("a silent connection is closed with %d, want 4000", got)
	}
}

func TestInvalidated(t *testing.T) {
	s := New(t, Config{})
	g, _ := connected(t, s, 0)
	s.InvalidateSessions(true)
	if p := g.until(opInvalid, ""); string(p.Data) != "true" {
		t.Errorf("op 9 %s, want true", p.Data)
	}
	if s.Connections() != 0 || s.Sessions()[0].Dead {
		t.Errorf("after op 9 true: %+v", s.Sessions())
	}
	h, _ := connected(t, s, 0)
	s.InvalidateSessions(false)
	h.until(opInvalid, "")
	if !s.Sessions()[1].Dead {
		t.Error("after op 9 false the session lives")
	}
	i, _ := connected(t, s, 0)
	s.CloseConnections(4009)
	if got := i.closed(); got != 4009 {
		t.Errorf("closed with %d, want 4009", got)
	}
}

func TestTwoReplicas(t *testing.T) {
	s := New(t, Config{})
	s.AddChannel(Channel{Name: "general"})
	a, _ := connected(t, s, askingIntents)
	b, _ := connected(t, s, askingIntents)
	said := s.User("ada").Mentions("general", "who?")
	for _, g := range []*socket{a, b} {
		if p := g.until(0, "MESSAGE_CREATE"); !strings.Contains(string(p.Data), said.ID) {
			t.Errorf("a replica heard %s", p.Data)
		}
	}
}

// TestWithheld: without the privileged intent the text of a message comes where Discord says that it comes, and nowhere else.
func TestWithheld(t *testing.T) {
	s := start(t, Config{})
	g, _ := connected(t, s, askingIntents)
	ada := s.User("ada")
	status, sent := do(t, s, "POST", "/channels/"+id(t, s, "general")+"/messages", `{"content":"mine"}`)
	if status != 200 {
		t.Fatalf("posting = %d %v", status, sent)
	}
	mine, _ := s.Message(sent["id"].(string))
	registered(t, s)
	in := ada.In("general").Slash("ask", Options{"question": "x"})
	respond(t, s, in, `{"type":4,"data":{"content":"answer"}}`)
	answer := in.Messages()[0]
	for _, c := range []struct {
		name string
		say  func() Message
		want bool
	}{
		{"plain", func() Message { return ada.Says("general", "secret") }, false},
		{"mention", func() Message { return ada.Mentions("general", "secret") }, true},
		{"direct", func() Message { return ada.DMs("secret") }, true},
		{"ping-reply", func() Message { return ada.Replies(mine, "secret") }, true},
		{"quiet reply", func() Message { return ada.RepliesQuietly(mine, "secret") }, false},
		{"ping-reply to a response", func() Message { return ada.Replies(answer, "secret") }, false},
		{"@everyone", func() Message { return ada.Says("general", "@everyone secret") }, false},
	} {
		m := c.say()
		for {
			p := g.until(0, "MESSAGE_CREATE")
			var got struct{ ID, Content string }
			if err := json.Unmarshal(p.Data, &got); err != nil {
				t.Fatal(err)
			}
			if got.ID == m.ID {
				if told := strings.Contains(got.Content, "secret"); told != c.want {
					t.Errorf("%s: the text comes: %v, want %v", c.name, told, c.want)
				}
				break
			}
		}
	}
	if _, data, _ := exchange(t, s, "GET", "/channels/"+id(t, s, "general")+"/messages", ""); strings.Count(string(data), "secret") != 2 {
		t.Errorf("a listing tells of %d secrets, want those of the mention and the ping-reply", strings.Count(string(data), "secret"))
	}
}

func TestContentIntent(t *testing.T) {
	s := start(t, Config{MessageContent: true})
	g, _ := connected(t, s, askingIntents|intentMessageContent)
	s.User("ada").Says("general", "secret")
	if p := g.until(0, "MESSAGE_CREATE"); !strings.Contains(string(p.Data), "secret") {
		t.Errorf("with the intent: %s", p.Data)
	}
}

func TestWaitDelivered(t *testing.T) {
	s := start(t, Config{})
	if err := s.WaitDelivered(soon(t)); err != nil {
		t.Fatal(err)
	}
	d := client(t, s)
	d.Identify.Intents = askingIntents
	open(t, s, d)
	for range 20 {
		s.User("ada").Says("general", "x")
	}
	if err := s.WaitDelivered(soon(t)); err != nil {
		t.Error(err)
	}
	if sess := s.Sessions()[0]; sess.Acked != sess.Seq {
		t.Errorf("after WaitDelivered: acked %d of %d", sess.Acked, sess.Seq)
	}
}

func TestRepeatsAndOrder(t *testing.T) {
	s := start(t, Config{})
	g, _ := connected(t, s, askingIntents)
	said := s.User("ada").Repeated(2).Mentions("general", "x")
	d, ok := s.Delivery(said.ID)
	if !ok {
		t.Fatal("no delivery")
	}
	s.Redeliver(d)
	last := int64(0)
	for range 3 {
		p := g.until(0, "MESSAGE_CREATE")
		if !strings.Contains(string(p.Data), said.ID) || p.Seq <= last {
			t.Errorf("heard %d %s", p.Seq, p.Data)
		}
		last = p.Seq
	}
	s.Hold()
	one, two := s.User("ada").Says("general", "1"), s.User("ada").Says("general", "2")
	s.Release(Reversed)
	for _, want := range []Message{two, one} {
		if p := g.until(0, "MESSAGE_CREATE"); !strings.Contains(string(p.Data), want.ID) {
			t.Errorf("released %s, want %s", p.Data, want.ID)
		}
	}
}

// TestChaos lets shares of chaos happen.
func TestChaos(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	g, _ := connected(t, s, askingIntents)
	s.Chaos(Chaos{Seed: 1, Repeat: 1, Close: 1, CloseCodes: []int{4000}})
	s.User("ada").Says("general", "x")
	g.until(0, "MESSAGE_CREATE")
	g.until(0, "MESSAGE_CREATE")
	if got := g.closed(); got != 4000 {
		t.Errorf("closed with %d, want 4000", got)
	}
	s.Chaos(Chaos{Seed: 1, LateCallback: 1})
	in := s.User("ada").In("general").Slash("ask", Options{"question": "x"})
	wantCode(t, s, "POST", callbackPath(in), `{"type":5}`, 404, 10062)
	s.Chaos(Chaos{Seed: 1, Denied: 1})
	wantCode(t, s, "POST", "/channels/"+id(t, s, "general")+"/messages", `{"content":"x"}`, 403, 50013)
	s.Chaos(Chaos{})
	in = s.User("ada").In("general").Slash("ask", Options{"question": "x"})
	respond(t, s, in, `{"type":5}`)
	s.Chaos(Chaos{Seed: 1, DeadToken: 1})
	wantCode(t, s, "PATCH", webhookPath(s, in)+"/messages/@original", `{"content":"x"}`, 401, 50027)
	s.Chaos(Chaos{Seed: 1, CutAfter: 1})
	do(t, s, "POST", "/channels/"+id(t, s, "general")+"/messages", `{"content":"unheard"}`)
	s.Chaos(Chaos{})
	if got := s.Messages("general"); got[len(got)-1].Content != "unheard" {
		t.Errorf("a request cut after was not done: %+v", got)
	}
	want := map[string]int{"repeat": 1, "close 4000": 1, "late callback": 1, "denied": 1, "dead token": 1, "cut after": 1}
	for name, n := range want {
		if got := s.FaultCounts()[name]; got != n {
			t.Errorf("FaultCounts()[%q] = %d, want %d", name, got, n)
		}
	}
}

func TestRefusedResume(t *testing.T) {
	s := New(t, Config{})
	g, session := connected(t, s, 0)
	s.RefuseResumes(true)
	_ = g.ws.Close()
	waitFor(t, s, func(st State) bool { return st.Connections() == 0 })
	again := dial(t, s, v10)
	again.until(opHello, "")
	again.send(opResume, fmt.Sprintf(`{"token":%q,"session_id":%q,"seq":1}`, s.BotToken(), session))
	if p := again.until(opInvalid, ""); string(p.Data) != "false" {
		t.Errorf("a refused Resume: op 9 %s, want false", p.Data)
	}
	if n := s.InjectFrame([]byte(`{"op":0,"t":"X","s":7,"d":null}`)); n != 1 {
		t.Errorf("InjectFrame reached %d connections, want 1", n)
	}
	if p := again.until(0, ""); p.Type != "X" {
		t.Errorf("injected frame came as %+v", p)
	}
}

func TestIdentifyLimit(t *testing.T) {
	s := New(t, Config{IdentifyLimit: 1})
	connected(t, s, 0)
	g := dial(t, s, v10)
	g.until(opHello, "")
	g.send(opIdentify, identifyWith(s, s.BotToken(), 0, ""))
	if got := g.closed(); got != 4004 {
		t.Errorf("one Identify too many closes with %d, want 4004", got)
	}
	wantCode(t, s, "GET", "/users/@me", "", 401, 0)
	s.RestoreToken()
	wantCode(t, s, "GET", "/users/@me", "", 200, 0)
}

// TestGuildsComeAndGo has guilds, channels and events of others' making told.
func TestGuildsComeAndGo(t *testing.T) {
	s := New(t, Config{})
	g, _ := connected(t, s, askingIntents)
	g.until(0, "GUILD_CREATE")
	s.AddGuild(Guild{Name: "second"})
	g.until(0, "GUILD_CREATE")
	s.AddChannel(Channel{Name: "there", Guild: "second"})
	g.until(0, "CHANNEL_CREATE")
	if !s.Permissions("there").has(SendMessages) {
		t.Errorf("Permissions = %v", s.Permissions("there"))
	}
	s.RemoveGuild("second")
	g.until(0, "GUILD_DELETE")
	s.User("ada").Says("there", "unheard")
	s.Inject("SOMETHING", json.RawMessage(`{"x":1}`))
	if p := g.until(0, ""); p.Type != "SOMETHING" {
		t.Errorf("heard %s after the bot was thrown out", p.Type)
	}
	if s.Permissions("there") != 0 {
		t.Errorf("Permissions = %v, want none", s.Permissions("there"))
	}
}
