package fakeslack

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
)

// kinds lists what was delivered since the mark, as "type/subtype".
func kinds(s *Server, mark int) []string {
	var out []string
	for _, d := range s.Deliveries()[mark:] {
		kind := d.Type
		if strings.Contains(string(d.Payload()), `"subtype":"message_`) {
			kind = "message_changed"
			if strings.Contains(string(d.Payload()), `"subtype":"message_deleted"`) {
				kind = "message_deleted"
			}
		}
		out = append(out, kind)
	}
	slices.Sort(out)
	return out
}

func TestWhatTheAppHears(t *testing.T) {
	s, api := start(t, Config{ParentChanges: true})
	s.AddChannel(Channel{ID: "C2", WithoutBot: true})
	s.AddUser(User{ID: "UOTHER", Bot: true})
	s.AddUser(User{ID: "UCLASSIC", Bot: true, Classic: true})
	u := s.User("U1")
	root := u.Says("C1", "root")
	said := u.Says("C1", "x")
	cases := []struct {
		name string
		do   func()
		want string
	}{
		{"message", func() { u.Says("C1", "hello") }, "message"},
		{"mention", func() { u.Mentions("C1", "hello") }, "app_mention message"},
		{"mention in direct messages", func() { u.Mentions(u.DM(), "hello") }, "message"},
		{"mention where the bot is not", func() { u.Mentions("C2", "hello") }, ""},
		{"reply with ParentChanges", func() { u.InThread(root.TS).Says("C1", "hello") }, "message message_changed"},
		{"edit", func() { u.Edits(said, "y") }, "message_changed"},
		{"delete", func() { u.Deletes(said) }, "message_deleted"},
		{"other bot", func() { s.User("UOTHER").Mentions("C1", "hello") }, "app_mention message"},
		{"classic bot", func() { s.User("UCLASSIC").Says("C1", "hello") }, "message"},
		{"preview", func() { s.Unfurls(root) }, "message_changed"},
		{"reaction", func() { u.Reacts(root, "eyes"); u.Reacts(root, "eyes") }, "reaction_added"},
		{"home", func() { u.OpensHome() }, "app_home_opened"},
		{"messages tab", func() { u.OpensMessages() }, "app_home_opened"},
		{"context", func() { u.LooksAt("C1") }, "app_context_changed"},
		{"assistant", func() { u.ChangesAssistantContext(u.StartsAssistantThread(), "C1") }, "assistant_thread_context_changed assistant_thread_started"},
		{"own post", func() { _, _, _ = api.PostMessageContext(t.Context(), "C1", slack.MsgOptionText("mine", false)) }, "message"},
		{"join and leave", func() { s.Invite("C1", "U9"); s.Kick("C1", "U9") }, "member_joined_channel member_left_channel"},
		{"archive", func() { s.Archive("C1", true) }, "channel_archive"},
		{"own removal", func() { s.Kick("C1", "UBOT") }, "channel_left member_left_channel"},
		{"after it", func() { u.Edits(root, "z") }, ""},
		{"uninstalled", func() { s.Uninstall("T1") }, "app_uninstalled tokens_revoked"},
		{"after that", func() { u.DMs("anyone?") }, ""},
	}
	for _, c := range cases {
		mark := len(s.Deliveries())
		c.do()
		if got := strings.Join(kinds(s, mark), " "); got != c.want {
			t.Errorf("%s: delivered %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEventsNeedScopes(t *testing.T) {
	s, _ := start(t, Config{Scopes: []string{"app_mentions:read"}})
	s.User("U1").Mentions("C1", "q")
	if got := kinds(s, 0); len(got) != 1 || got[0] != "app_mention" {
		t.Errorf("without channels:history delivered %q, want app_mention only", got)
	}
}

func TestTeamsAreApart(t *testing.T) {
	s, api := start(t, Config{Teams: []Team{{ID: "T1"}, {ID: "T2"}}})
	s.AddUser(User{ID: "U2", Team: "T2"})
	s.AddChannel(Channel{ID: "C9", Team: "T2"})
	if _, _, err := api.PostMessageContext(soon(t), "C9", slack.MsgOptionText("x", false)); err == nil || err.Error() != "channel_not_found" {
		t.Errorf("post into another team: %v", err)
	}
	other := slack.New(s.BotToken("T2"), slack.OptionAPIURL(s.APIURL()))
	if who, err := other.AuthTestContext(soon(t)); err != nil || who.TeamID != "T2" || who.UserID != "UBOTT2" {
		t.Errorf("auth.test of T2 = %+v, %v", who, err)
	}
	s.User("U2").Mentions("C9", "q")
	if d := s.Deliveries(); len(d) != 2 || d[0].Team != "T2" {
		t.Errorf("deliveries = %+v", d)
	}
}

func TestViolationsNamePlaceNotText(t *testing.T) {
	s, _ := start(t, Config{})
	if s.Conformance() == "" {
		t.Skip("needs the schemas")
	}
	cases := map[string]string{
		`{"channel":"C1","text":"secret words","colour":"red"}`:                                                                                                "must not have colour",
		`{"channel":"C1","blocks":[{"type":"divider"},{"type":"section","text":{"type":"mrkdwn","txt":"secret words"}}]}`:                                      "/blocks/1/text",
		`{"channel":"C1","blocks":[{"type":"actions","elements":[{"type":"button","action_id":"a","text":{"type":"mrkdwn","text":"secret words"}}]}]}`:         "/blocks/0/elements/0/text/type",
		`{"channel":"C1","text":"x","metadata":{"event_type":"a","event_payload":{"a":"secret words"},"more":1}}`:                                              "/metadata",
		`{"channel":"C1","blocks":[{"type":"header","text":{"type":"plain_text","text":"` + strings.Repeat("secret words", 20) + `"}}],"text":"secret words"}`: "must be less than 151 characters",
	}
	for body, want := range cases {
		before := len(s.Violations())
		call1(t, s, s.BotToken("T1"), "chat.postMessage", body)
		got := s.Violations()[before:]
		if len(got) != 1 || !strings.Contains(got[0], want) || strings.Contains(got[0], "secret") {
			t.Errorf("violations = %q, want one with %q and no text", got, want)
		}
	}
	s.Check(false)
	if got := call1(t, s, s.BotToken("T1"), "chat.postMessage", `{"channel":"C1","text":"x","colour":"red"}`); got["ok"] != true {
		t.Errorf("with checks off: %v", got)
	}
}

func TestPages(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	u := s.User("U1")
	root := u.Says("C1", "0")
	for _, text := range []string{"1", "2", "3", "4"} {
		u.InThread(root.TS).Says("C1", text)
	}
	var texts []string
	params := &slack.GetConversationRepliesParameters{ChannelID: "C1", Timestamp: root.TS, Limit: 2}
	for {
		page, more, next, err := api.GetConversationRepliesContext(ctx, params)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page {
			texts = append(texts, m.Text)
		}
		if params.Cursor = next; !more {
			break
		}
	}
	if got := strings.Join(texts, ""); got != "01234" {
		t.Errorf("pages = %q", got)
	}
	s.RateLimits(RateLimits{On: true, Commercial: true})
	if _, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "C1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: "C1"}); err == nil {
		t.Error("a second call within a minute passed for a commercial app")
	}
}

func TestOtherReads(t *testing.T) {
	s, api := start(t, Config{})
	ctx := soon(t)
	if ch, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{"U1"}}); err != nil || ch.ID != s.User("U1").DM() {
		t.Errorf("conversations.open = %+v, %v", ch, err)
	}
	if ch, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: "C1"}); err != nil || ch.Name != "general" || !ch.IsMember {
		t.Errorf("conversations.info = %+v, %v", ch, err)
	}
	if bot, err := api.GetBotInfoContext(ctx, slack.GetBotInfoParameters{Bot: "BBOT"}); err != nil || bot.UserID != "UBOT" {
		t.Errorf("bots.info = %+v, %v", bot, err)
	}
	if team, err := api.GetTeamInfoContext(ctx); err != nil || team.ID != "T1" {
		t.Errorf("team.info = %+v, %v", team, err)
	}
	m := s.User("U1").Says("C1", "x")
	if address, err := api.GetPermalinkContext(ctx, &slack.PermalinkParameters{Channel: "C1", Ts: m.TS}); err != nil || address != m.Permalink {
		t.Errorf("chat.getPermalink = %q, %v", address, err)
	}
	if err := api.AddReactionContext(ctx, "eyes", slack.NewRefToMessage("C1", m.TS)); err != nil {
		t.Error(err)
	}
	if kept, _ := s.Message("C1", m.TS); !slices.Equal(kept.Reactions["eyes"], []string{"UBOT"}) {
		t.Errorf("reactions = %v", kept.Reactions)
	}
	if ch, ok := s.Channel("C1"); !ok || !slices.Equal(ch.Members, []string{"U1", "UBOT"}) {
		t.Errorf("channel = %+v", ch)
	}
	if all := s.AllMessages(); len(all) != 1 {
		t.Errorf("AllMessages = %+v", all)
	}
	if err := api.SetAssistantThreadsTitleContext(ctx, slack.AssistantThreadsSetTitleParameters{ChannelID: "C1", ThreadTS: m.TS, Title: "T"}); err != nil {
		t.Error(err)
	}
}

func TestInstallation(t *testing.T) {
	s, _ := start(t, Config{})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	id, secret := s.Client()
	r, _ := http.NewRequestWithContext(soon(t), http.MethodGet, s.AuthorizeURL()+"?client_id="+id+"&state=abc&redirect_uri="+url.QueryEscape("http://bot.example/cb"), nil)
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	back, err := response.Location()
	if err != nil || back.Query().Get("state") != "abc" {
		t.Fatalf("redirect = %v, %v", back, err)
	}
	code := back.Query().Get("code")
	if _, err := slack.GetOAuthV2ResponseContext(soon(t), http.DefaultClient, id, secret, code, "", slack.OAuthOptionAPIURL(s.APIURL())); err != nil {
		t.Error(err)
	}
	if _, err := slack.GetOAuthV2ResponseContext(soon(t), http.DefaultClient, id, secret, code, "", slack.OAuthOptionAPIURL(s.APIURL())); err == nil || err.Error() != "code_already_used" {
		t.Errorf("second use of a code: %v", err)
	}
	for _, r := range s.Requests("oauth.v2.access") {
		if r.Body["client_secret"] != nil || r.Body["code"] != nil {
			t.Error("the log shows a secret")
		}
	}
}

func TestManifest(t *testing.T) {
	s, _ := start(t, Config{})
	if s.Conformance() == "" {
		t.Skip("needs the manifest schema")
	}
	form := func(manifest string) obj {
		return call1(t, s, s.BotToken("T1"), "apps.manifest.validate", `{"manifest":`+manifest+`}`)
	}
	if got := form(`{"display_information":{"name":"footnote"}}`); got["ok"] != true {
		t.Errorf("a good manifest: %v", got)
	}
	if got := form(`{"display_information":{}}`); got["error"] != "invalid_manifest" {
		t.Errorf("a manifest without a name: %v", got)
	}
}

// dial opens a bare connection, without a library between.
func dial(t *testing.T, s *Server) *websocket.Conn {
	t.Helper()
	address, _ := call1(t, s, s.AppToken(), "apps.connections.open", `{}`)["url"].(string)
	ws, response, err := websocket.DefaultDialer.DialContext(soon(t), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	t.Cleanup(func() { _ = ws.Close() })
	return ws
}

func read(t *testing.T, ws *websocket.Conn) obj {
	t.Helper()
	_ = ws.SetReadDeadline(time.Now().Add(30 * time.Second))
	var message obj
	if err := ws.ReadJSON(&message); err != nil {
		t.Fatal(err)
	}
	return message
}

func TestBareSocket(t *testing.T) {
	s, _ := start(t, Config{Frozen: true})
	ws := dial(t, s)
	if hello := read(t, ws); hello["type"] != "hello" {
		t.Fatalf("first message = %v", hello)
	}
	s.User("U1").In("C1").Slash("/ask", "q")
	envelope := read(t, ws)
	if envelope["accepts_response_payload"] != true || str(envelope["payload"], "command") != "/ask" {
		t.Errorf("envelope = %v", envelope)
	}
	ack := func(text string) {
		if err := ws.WriteJSON(obj{"envelope_id": envelope["envelope_id"], "payload": obj{"text": text}}); err != nil {
			t.Fatal(err)
		}
	}
	ack(strings.Repeat("x", maxAck)) // dropped without a word
	ack("short")
	if err := s.WaitFor(soon(t), func(st State) bool { return len(st.Ephemerals("U1")) == 1 }); err != nil {
		t.Fatal(err)
	}
	if got := s.Ephemerals("U1")[0].Text; got != "short" {
		t.Errorf("answer has %d characters, want the short one", len(got))
	}
	s.Redeliver(s.Deliveries()[0])
	if again := read(t, ws); str(again["payload"], "command") != "/ask" {
		t.Errorf("redelivered = %v", again)
	}
	if !s.InjectFrame([]byte(`{"type":"odd"}`)) || read(t, ws)["type"] != "odd" {
		t.Error("no injected frame")
	}
	for range maxConns - 1 {
		read(t, dial(t, s))
	}
	if m := read(t, dial(t, s)); m["reason"] != "too_many_websockets" {
		t.Errorf("connection 11 = %v", m)
	}
}

func TestEventsWaitForAConnection(t *testing.T) {
	s, _ := start(t, Config{Frozen: true, Events: []string{"message.im"}})
	s.User("U1").DMs("early")
	ws := dial(t, s)
	read(t, ws)
	if e := read(t, ws); e["type"] != "events_api" || e["retry_attempt"] != 0.0 {
		t.Errorf("envelope = %v", e)
	}
	s.DropSockets()
	s.Advance(ackWindow) // the window of the first attempt ends: at once a second, which waits for a connection
	ws = dial(t, s)
	read(t, ws)
	if e := read(t, ws); e["retry_attempt"] != 1.0 || e["retry_reason"] != "timeout" {
		t.Errorf("envelope = %v", e)
	}
}

func TestConformanceFolder(t *testing.T) {
	root := t.TempDir()
	shared := filepath.Join(root, "shared", "conformance", "slack")
	work := filepath.Join(root, "work", "bot")
	for _, dir := range []string{shared, work} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(shared, "PostMessage.schema.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	t.Setenv("FOOTNOTE_CONFORMANCE", "")
	if got := conformanceDir(); got != shared {
		t.Errorf("conformanceDir = %q, want %q", got, shared)
	}
	t.Setenv("FOOTNOTE_CONFORMANCE", root)
	if got := conformanceDir(); got != "" {
		t.Errorf("conformanceDir = %q, want none where the variable points nowhere", got)
	}
}
