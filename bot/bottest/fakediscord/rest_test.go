package fakediscord

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestShapes holds what the fake says against the published schema: every answer of every route, and every event.
func TestShapes(t *testing.T) {
	v, err := published()
	if err != nil || v.spec == nil {
		t.Skip("the schema is not here")
	}
	s := start(t, Config{})
	registered(t, s)
	forum := s.AddChannel(Channel{Name: "forum", Type: ChannelForum})
	ada := s.User("ada")
	said := ada.Mentions("general", "hello <#1> @everyone")
	ada.Edits(said, "edited")
	ada.OpensPost("forum", "title", "text")
	ada.OpensThread("general", "talk")
	ada.OpensThreadOn(said, "more")
	ada.Deletes(ada.Says("general", "gone"))
	ada.BulkDeletes(ada.Says("general", "1"), ada.Says("general", "2"))
	s.Archive("talk", true, false)
	clicked := ada.In("general").Slash("ask", Options{"question": "x"})
	respond(t, s, clicked, withButtons)
	m := clicked.Messages()[0]
	click := ada.In("general").Clicks(m, "show.1")
	respond(t, s, click, `{"type":9,"data":{"custom_id":"why","title":"Why?","components":[{"type":1,"components":[{"type":4,"custom_id":"text","label":"W","style":1}]}]}}`)
	modal, _ := click.Modal(soon(t))
	ada.Submits(modal, map[string]string{"text": "x"})
	respond(t, s, ada.In("general").Selects(m, "ask.1", "n"), `{"type":6}`)
	ada.In("general").Autocompletes("cite", "ref", "x", nil)
	ada.MessageCommand("Check this message", said)
	ada.Slash("ask", Options{"question": "in direct messages"})
	connected(t, s, askingIntents)

	for _, d := range s.Deliveries() {
		if wrong := v.object(d.Kind, d.Payload()); dispatches()[d.Kind] != nil && len(wrong) > 0 {
			t.Errorf("%s: %s\n%s", d.Kind, wrong, d.Payload())
		}
	}
	if status, got := do(t, s, "POST", "/channels/"+forum.ID+"/threads", `{"name":"x","message":{"content":"x"}}`); status != 201 || got["message"] == nil {
		t.Errorf("a post of the bot = %d %v, want one with its message", status, got)
	}
	general, app, guild := id(t, s, "general"), "/applications/"+s.ApplicationID(), said.Guild
	for _, r := range []struct{ method, path, body string }{
		{"GET", "/gateway", ""}, {"GET", "/gateway/bot", ""}, {"GET", "/users/@me", ""}, {"GET", "/users/@me/guilds", ""}, {"GET", "/users/" + ada.ID(), ""},
		{"POST", "/users/@me/channels", fmt.Sprintf(`{"recipient_id":%q}`, ada.ID())}, {"GET", "/applications/@me", ""},
		{"GET", "/oauth2/applications/@me", ""}, {"GET", "/guilds/" + guild, ""}, {"GET", "/guilds/" + guild + "/channels", ""},
		{"GET", "/guilds/" + guild + "/roles", ""}, {"GET", "/guilds/" + guild + "/members/" + s.UserID(), ""}, {"GET", "/guilds/" + guild + "/threads/active", ""},
		{"GET", "/channels/" + general, ""}, {"GET", "/channels/" + ada.DM(), ""}, {"GET", "/channels/" + id(t, s, "talk"), ""}, {"GET", "/channels/" + forum.ID, ""},
		{"POST", "/channels/" + general + "/typing", ""}, {"POST", "/channels/" + general + "/threads", `{"name":"x","type":11}`},
		{"GET", "/channels/" + general + "/messages", ""},
		{"POST", "/channels/" + general + "/messages", `{"content":"x","nonce":"1","message_reference":{"message_id":"` + said.ID + `"}}`},
		{"GET", "/channels/" + general + "/messages/" + said.ID, ""}, {"GET", webhookPath(s, clicked) + "/messages/@original", ""},
		{"POST", webhookPath(s, clicked), `{"content":"x"}`}, {"GET", app + "/commands?with_localizations=true", ""},
		{"POST", app + "/guilds/" + guild + "/commands", `{"name":"x","description":"x"}`}, {"GET", "/channels/1", ""}, {"GET", "/nothing", ""},
	} {
		status, data, _ := exchange(t, s, r.method, r.path, r.body)
		if wrong := v.response(r.method, r.path, status, data); len(wrong) > 0 && r.path != "/nothing" {
			t.Errorf("%s %s = %d: %s\n%s", r.method, r.path, status, wrong, data)
		}
	}
}

func TestUnknown(t *testing.T) {
	s := New(t, Config{})
	for path, want := range map[string]string{"/api/v9/gateway": "version 10", "/api/gateway": "version 10", "/api/v10/channels/1/pins": "no endpoint"} {
		response, err := http.Get(strings.TrimSuffix(s.APIURL(), "/api/") + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		all := s.Violations()
		if response.StatusCode != 404 || len(all) == 0 || !strings.Contains(all[len(all)-1], want) {
			t.Errorf("GET %s = %d, violations %q; want 404 and %q", path, response.StatusCode, all, want)
		}
	}
	wantCode(t, s, "POST", "/webhooks/1/secret/messages", "", 404, 0)
	if got := strings.Join(s.Violations(), "\n"); strings.Contains(got, "secret") {
		t.Errorf("violations show a token: %s", got)
	}
}

func TestViolations(t *testing.T) {
	if conformanceDir() == "" {
		t.Skip("Discord's schema is not here: set FOOTNOTE_CONFORMANCE to shared/conformance")
	}
	s := New(t, Config{})
	s.AddChannel(Channel{Name: "general"})
	path := "/channels/" + id(t, s, "general") + "/messages"
	wantCode(t, s, "POST", path, `{"content":"x","colour":"red","allowed_mentions":{"parse":[]}}`, 400, 50035)
	wantCode(t, s, "POST", path, `{"content":`, 400, 50109)
	if status, got := do(t, s, "POST", path, `{"content":"x","allowed_mentions":{"parse":[]}}`); status != 200 {
		t.Errorf("a good message = %d %v", status, got)
	}
	if got := s.Violations(); len(got) != 2 || strings.Contains(strings.Join(got, ""), "red") {
		t.Errorf("Violations = %q, want two without a text", got)
	}
	if got := s.RequestCount("POST /channels/{channel_id}/messages"); got != 3 {
		t.Errorf("RequestCount = %d, want 3", got)
	}
	if got := s.Requests("POST /channels/{channel_id}/messages")[0]; got.Status != 400 || got.Code != 50035 || got.Path != path {
		t.Errorf("Requests()[0] = %+v", got)
	}
}

func TestPermissions(t *testing.T) {
	s := start(t, Config{})
	general := "/channels/" + id(t, s, "general")
	post := func(path string, status, code int) {
		t.Helper()
		wantCode(t, s, "POST", path, `{"content":"x"}`, status, code)
	}
	s.Revoke("general", SendMessages)
	post(general+"/messages", 403, 50013)
	s.Revoke("general", ViewChannel)
	post(general+"/messages", 403, 50001)
	wantCode(t, s, "GET", general, "", 403, 50001)
	s.Grant("general", ViewChannel|SendMessages)
	post(general+"/messages", 200, 0)
	s.Revoke("general", EmbedLinks)
	wantCode(t, s, "POST", general+"/messages", `{"embeds":[{"description":"x"}]}`, 403, 50013)
	talk := s.User("ada").OpensThread("general", "talk")
	s.Revoke("general", SendMessagesInThreads)
	post("/channels/"+talk.ID+"/messages", 403, 50013)
	s.Grant("general", SendMessagesInThreads)
	s.Archive("talk", true, false)
	post("/channels/"+talk.ID+"/messages", 200, 0)
	if ch, _ := s.Channel("talk"); ch.Archived {
		t.Error("a message does not wake an archived thread")
	}
	mine := s.Messages("talk")[0]
	s.Archive("talk", true, true)
	post("/channels/"+talk.ID+"/messages", 403, 160005)
	s.Archive("talk", true, false)
	wantCode(t, s, "PATCH", "/channels/"+talk.ID+"/messages/"+mine.ID, `{"content":"y"}`, 400, 50083)
	s.AddChannel(Channel{Name: "forum", Type: ChannelForum})
	post("/channels/"+id(t, s, "forum")+"/messages", 400, 50008)
	dm := s.User("ada").DM()
	s.CloseDMs("ada", true)
	post("/channels/"+dm+"/messages", 403, 50007)
	s.Revoke("general", ReadMessageHistory)
	said := s.User("ada").Says("general", "x")
	wantCode(t, s, "POST", general+"/messages", `{"content":"x","message_reference":{"message_id":"`+said.ID+`"}}`, 400, 160002)
	if _, data, _ := exchange(t, s, "GET", general+"/messages", ""); string(data) != "[]" {
		t.Errorf("a listing without the history = %s, want none", data)
	}
	s.RemoveChannel("general")
	post(general+"/messages", 404, 10003)
	s.RevokeToken()
	wantCode(t, s, "GET", "/users/@me", "", 401, 0)
	if s.InvalidRequests() == 0 {
		t.Error("invalid requests are not counted")
	}
}

func TestReplies(t *testing.T) {
	s := start(t, Config{})
	path := "/channels/" + id(t, s, "general") + "/messages"
	said := s.User("ada").Says("general", "x")
	s.User("ada").Deletes(said)
	ref := `{"content":"y","message_reference":{"message_id":"` + said.ID + `"%s}}`
	wantCode(t, s, "POST", path, fmt.Sprintf(ref, ""), 400, 50035)
	if status, got := do(t, s, "POST", path, fmt.Sprintf(ref, `,"fail_if_not_exists":false`)); status != 200 || got["message_reference"] != nil {
		t.Errorf("a reply to what is gone = %d %v, want an ordinary message", status, got)
	}
	wantCode(t, s, "POST", path, `{"content":" "}`, 400, 50006)
	wantCode(t, s, "POST", path, `{"content":"`+strings.Repeat("x", 2001)+`"}`, 400, 50035)
}

func TestNonce(t *testing.T) {
	s := start(t, Config{Frozen: true})
	path := "/channels/" + id(t, s, "general") + "/messages"
	body := `{"content":"x","nonce":"abc","enforce_nonce":true}`
	_, first := do(t, s, "POST", path, body)
	_, second := do(t, s, "POST", path, body)
	if first["id"] != second["id"] || len(s.Messages("general")) != 1 {
		t.Errorf("the same nonce made %d messages, want 1", len(s.Messages("general")))
	}
	s.Advance(5 * time.Minute)
	if _, third := do(t, s, "POST", path, body); third["id"] == first["id"] {
		t.Error("a nonce is remembered after its time")
	}
}

func TestListing(t *testing.T) {
	s := start(t, Config{})
	path := "/channels/" + id(t, s, "general") + "/messages"
	var ms []Message
	for range 5 {
		ms = append(ms, s.User("ada").Says("general", "x"))
	}
	for query, want := range map[string][]int{
		"?limit=2": {4, 3}, "?before=" + ms[3].ID + "&limit=2": {2, 1}, "?after=" + ms[1].ID + "&limit=2": {3, 2}, "?around=" + ms[2].ID + "&limit=3": {3, 2, 1},
	} {
		_, data, _ := exchange(t, s, "GET", path+query, "")
		list, _ := decode(data).([]any)
		var got []string
		for _, m := range list {
			got = append(got, str(m, "id"))
		}
		var ids []string
		for _, i := range want {
			ids = append(ids, ms[i].ID)
		}
		if strings.Join(got, " ") != strings.Join(ids, " ") {
			t.Errorf("GET …%s = %v, want %v", query, got, ids)
		}
	}
}

func TestRateLimits(t *testing.T) {
	s := start(t, Config{Frozen: true})
	path := "/channels/" + id(t, s, "general") + "/messages"
	s.RateLimits(RateLimits{On: true, Global: 10, Routes: map[string]Rate{"POST /channels/{channel_id}/messages": {Limit: 2, Per: 2 * time.Second}}})
	_, _, header := exchange(t, s, "POST", path, `{"content":"x"}`)
	if header.Get("X-RateLimit-Remaining") != "1" || header.Get("X-RateLimit-Bucket") == "" || header.Get("X-RateLimit-Reset-After") != "2.000" {
		t.Errorf("headers = %v", header)
	}
	exchange(t, s, "POST", path, `{"content":"x"}`)
	status, data, header := exchange(t, s, "POST", path, `{"content":"x"}`)
	if status != 429 || header.Get("Retry-After") != "2" || header.Get("X-RateLimit-Scope") != "user" || !strings.Contains(string(data), `"retry_after":2`) {
		t.Errorf("the third = %d %s %v, want 429 after 2 s", status, data, header)
	}
	s.Advance(2 * time.Second)
	if status, _ := do(t, s, "POST", path, `{"content":"x"}`); status != 200 {
		t.Errorf("after the window = %d, want 200", status)
	}
	for range 10 {
		do(t, s, "GET", "/users/@me", "")
	}
	if _, data, header := exchange(t, s, "GET", "/users/@me/guilds", ""); header.Get("X-RateLimit-Global") != "true" || !strings.Contains(string(data), `"global":true`) {
		t.Errorf("beyond the global limit: %s %v", data, header)
	}
}

func TestBan(t *testing.T) {
	s := start(t, Config{InvalidLimit: 3})
	s.Revoke("general", ViewChannel)
	for range 3 {
		wantCode(t, s, "GET", "/channels/"+id(t, s, "general"), "", 403, 50001)
	}
	if status, _ := do(t, s, "GET", "/users/@me", ""); status != 429 || !s.Banned() {
		t.Errorf("after three invalid requests = %d, banned %v", status, s.Banned())
	}
}

func TestFaults(t *testing.T) {
	s := start(t, Config{})
	path := "/channels/" + id(t, s, "general") + "/messages"
	s.Fail(Fault{Method: "POST", Route: "/channels/*/messages", Status: 503, Skip: 1})
	s.Fail(Fault{Route: "/users/@me", Code: 40001, Status: 403})
	s.Fail(Fault{Route: "/channels/{channel_id}/messages", Cut: CutAfter})
	s.Fail(Fault{Route: "/gateway", Status: 429, RetryAfter: 1500 * time.Millisecond, Scope: "shared"})
	wantCode(t, s, "GET", "/users/@me", "", 403, 40001)
	if status, _, header := exchange(t, s, "GET", "/gateway", ""); status != 429 || header.Get("Retry-After") != "2" {
		t.Errorf("a planned 429 = %d %v", status, header)
	}
	do(t, s, "POST", path, `{"content":"cut"}`) // http.Transport tries a cut POST once only
	if got := s.Messages("general"); len(got) != 1 {
		t.Errorf("a request cut after made %d messages, want 1", len(got))
	}
	if status, _ := do(t, s, "POST", path, `{"content":"x"}`); status != 503 {
		t.Errorf("the second POST = %d, want 503", status)
	}
	if got := s.FaultCounts(); got["5xx"] != 1 || got["429"] != 1 || got["cut after"] != 1 || got["code 40001"] != 1 {
		t.Errorf("FaultCounts = %v", got)
	}
}

func TestPreviews(t *testing.T) {
	s := start(t, Config{})
	g, _ := connected(t, s, askingIntents)
	said := s.User("ada").Mentions("general", "see https://example.com/")
	s.Unfurls(said)
	if p := g.until(0, "MESSAGE_UPDATE"); !strings.Contains(string(p.Data), `"edited_timestamp":null`) {
		t.Errorf("a preview is told of as an edit: %s", p.Data)
	}
	if got := s.Webhook("general", "news", "hi"); got.Webhook == "" {
		t.Errorf("Webhook = %+v", got)
	}
}

func TestOwnMessages(t *testing.T) {
	s := start(t, Config{})
	bob := s.AddUser(User{Name: "bob", Bot: true})
	general := "/channels/" + id(t, s, "general")
	_, sent := do(t, s, "POST", general+"/messages", `{"content":"a"}`)
	own := general + "/messages/" + sent["id"].(string)
	theirs := s.User(bob.ID).Says("general", "b")
	wantCode(t, s, "PATCH", own, `{"content":"c"}`, 200, 0)
	wantCode(t, s, "PATCH", own, `{"flags":32768,"components":[{"type":10,"content":"x"}]}`, 400, 50035)
	wantCode(t, s, "PATCH", own, `{"flags":32768,"content":null,"components":[{"type":10,"content":"x"}]}`, 200, 0)
	wantCode(t, s, "PATCH", own, `{"content":"back"}`, 400, 50035)
	wantCode(t, s, "PATCH", general+"/messages/"+theirs.ID, `{"content":"c"}`, 403, 50005)
	wantCode(t, s, "DELETE", general+"/messages/"+theirs.ID, "", 403, 50013)
	wantCode(t, s, "POST", own+"/threads", `{"name":"t"}`, 201, 0)
	wantCode(t, s, "POST", own+"/threads", `{"name":"t"}`, 400, 160004)
	wantCode(t, s, "PUT", "/channels/"+sent["id"].(string)+"/thread-members/@me", "", 204, 0)
	wantCode(t, s, "DELETE", own, "", 204, 0)
	wantCode(t, s, "GET", own, "", 404, 10008)
	wantCode(t, s, "POST", general+"/typing", "", 204, 0)
	s.User("ada").DMs("hi")
	if s.Typing("general") != 1 || len(s.DMs("ada")) != 1 || len(s.AllMessages()) != 2 {
		t.Errorf("typing %d, direct messages %d, messages %d; want 1, 1, 2", s.Typing("general"), len(s.DMs("ada")), len(s.AllMessages()))
	}
}

// TestTooManyBytes: a message of components v2 within 4,000 characters but beyond 10,170 bytes is a server's fault.
func TestTooManyBytes(t *testing.T) {
	s := start(t, Config{})
	path := "/channels/" + id(t, s, "general") + "/messages"
	body := `{"flags":32768,"components":[{"type":10,"content":"` + strings.Repeat("あ", 3400) + `"}]}`
	wantCode(t, s, "POST", path, body, 500, 0)
	wantCode(t, s, "POST", path, strings.ReplaceAll(body, "あ", "x"), 200, 0)
}
