package fakediscord

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// commandsForTests has one of each kind of thing that a client refuses.
const commandsForTests = `[
	{"name":"ask","description":"Asks.","integration_types":[0,1],"contexts":[0,1,2],"name_localizations":{"ja":"質問"},"options":[
		{"type":3,"name":"question","description":"What.","required":true,"max_length":20,"name_localizations":{"ja":"内容"}},
		{"type":3,"name":"visibility","description":"Who sees it.","choices":[{"name":"Public","value":"public"},{"name":"Private","value":"private"}]},
		{"type":4,"name":"count","description":"How many.","min_value":1,"max_value":5}]},
	{"name":"cite","description":"Cites.","options":[{"type":3,"name":"ref","description":"Which.","required":true,"autocomplete":true}]},
	{"name":"Check this message","type":3}
]`

func registered(t testing.TB, s *Server) {
	t.Helper()
	if status, got := do(t, s, http.MethodPut, "/applications/"+s.ApplicationID()+"/commands", commandsForTests); status != http.StatusOK {
		t.Fatalf("registering = %d %v", status, got)
	}
}

func callbackPath(in *Interaction) string {
	return "/interactions/" + in.ID + "/" + in.Token + "/callback"
}

func webhookPath(s *Server, in *Interaction) string {
	return "/webhooks/" + s.ApplicationID() + "/" + in.Token
}

// respond gives a first response by the API and fails the test where it is refused.
func respond(t testing.TB, s *Server, in *Interaction, body string) {
	t.Helper()
	if status, got := do(t, s, http.MethodPost, callbackPath(in), body); status != http.StatusNoContent {
		t.Fatalf("callback %s = %d %v, want 204", body, status, got)
	}
}

func TestFirstResponse(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	ada := s.User("ada").In("general")
	in := ada.Slash("ask", Options{"question": "why?", "count": 2})
	wantCode(t, s, http.MethodPost, "/interactions/1/x/callback", `{"type":5}`, 404, 10062)
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":6}`, 400, 50035)
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":5,"data":{"flags":32832}}`, 400, 50035)
	wantCode(t, s, http.MethodPatch, webhookPath(s, in)+"/messages/@original", `{"content":"early"}`, 404, 10015)
	respond(t, s, in, `{"type":5,"data":{"flags":64}}`)
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":5}`, 400, 40060)
	if r, err := in.Wait(soon(t)); err != nil || !r.Acked || !r.Ephemeral || r.Type != callbackDeferred {
		t.Errorf("Wait = %+v, %v, want a private deferred response", r, err)
	}
	if got := s.Thinking(); len(got) != 1 || got[0].Interaction != in.ID || got[0].Shown() != "" {
		t.Errorf("Thinking = %+v, want the deferred response", got)
	}
	do(t, s, http.MethodPatch, webhookPath(s, in)+"/messages/@original", `{"content":"because"}`)
	got, err := in.Message(soon(t))
	if err != nil || got.Content != "because" || !got.Ephemeral() || got.Edits != 0 {
		t.Errorf("Message = %+v, %v", got, err)
	}
	if len(s.Messages("general")) != 0 || len(s.Ephemerals("ada")) != 1 || len(s.Ephemerals("bob")) != 0 {
		t.Errorf("messages %d, of ada %d, of bob %d; want 0, 1, 0", len(s.Messages("general")), len(s.Ephemerals("ada")), len(s.Ephemerals("bob")))
	}
	wantCode(t, s, http.MethodGet, "/channels/"+got.Channel+"/messages/"+got.ID, "", 404, 10008)
}

func TestTooLate(t *testing.T) {
	s := start(t, Config{Frozen: true})
	registered(t, s)
	in := s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
	s.Advance(3 * time.Second)
	if r, err := in.Wait(soon(t)); err != nil || r.Acked || r.Error != "timeout" {
		t.Errorf("Wait = %+v, %v, want a timeout", r, err)
	}
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":5}`, 404, 10062)
	wantCode(t, s, http.MethodPost, webhookPath(s, in), `{"content":"x"}`, 401, 50027)

	in = s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
	respond(t, s, in, `{"type":5}`)
	s.Advance(15*time.Minute - time.Second)
	if status, _ := do(t, s, http.MethodGet, webhookPath(s, in)+"/messages/@original", ""); status != 200 {
		t.Errorf("a token of 14:59 = %d, want 200", status)
	}
	s.Advance(time.Second)
	wantCode(t, s, http.MethodPatch, webhookPath(s, in)+"/messages/@original", `{"content":"x"}`, 401, 50027)
	if got := s.Thinking(); len(got) != 1 {
		t.Errorf("Thinking = %d messages, want 1", len(got))
	}
	in = s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
	respond(t, s, in, `{"type":4,"data":{"content":"x"}}`)
	s.KillToken(in)
	wantCode(t, s, http.MethodDelete, webhookPath(s, in)+"/messages/@original", "", 401, 50027)
}

func TestFollowups(t *testing.T) {
	s := start(t, Config{Guilds: []Guild{{Name: "home"}, {Name: "away", WithoutApp: true}}})
	registered(t, s)
	s.AddChannel(Channel{Name: "there", Guild: "away"})
	ada := s.User("ada")
	mustPanic(t, "not offered", func() { ada.In("there").Slash("ask", Options{"question": "why?"}) })
	in := ada.Installs().In("there").Slash("ask", Options{"question": "why?"})
	if got := in.owners; len(got) != 1 || got["1"] != ada.ID() {
		t.Errorf("owners = %v, want the user alone", got)
	}
	respond(t, s, in, `{"type":5}`)
	path := webhookPath(s, in)
	_, first := do(t, s, http.MethodPost, path, `{"content":"1","flags":64}`)
	if got, err := in.Message(soon(t)); err != nil || got.ID != first["id"] || got.Ephemeral() {
		t.Errorf("the first follow-up of a deferred response = %+v, %v; want the response, public as it was deferred", got, err)
	}
	for range 5 {
		if status, got := do(t, s, http.MethodPost, path, `{"content":"more"}`); status != 200 {
			t.Fatalf("follow-up = %d %v", status, got)
		}
	}
	wantCode(t, s, http.MethodPost, path, `{"content":"6"}`, 400, 40094)
	if got := in.Messages(); len(got) != 6 {
		t.Errorf("Messages = %d, want 6", len(got))
	}
	last := in.Messages()[5]
	do(t, s, http.MethodPatch, path+"/messages/"+last.ID, `{"content":"changed"}`)
	if got, _ := s.Message(last.ID); got.Content != "changed" || got.Edits != 1 {
		t.Errorf("after an edit: %+v", got)
	}
	do(t, s, http.MethodDelete, path+"/messages/"+last.ID, "")
	wantCode(t, s, http.MethodGet, path+"/messages/"+last.ID, "", 404, 10008)
	wantCode(t, s, http.MethodPost, "/channels/"+in.Channel+"/messages", `{"content":"x"}`, 403, 50001)
	if c := ada.Slash("ask", Options{"question": "dm"}); c.Guild != "" || c.owners["0"] != "0" {
		t.Errorf("in direct messages: guild %q, owners %v", c.Guild, c.owners)
	}
	group := s.AddGroup("ada", "bob")
	if c := ada.In(group.ID).Slash("ask", Options{"question": "group"}); len(c.owners) != 1 || c.Guild != "" {
		t.Errorf("in a group: guild %q, owners %v", c.Guild, c.owners)
	}
}

func TestTheClientRefuses(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	ada := s.User("ada").In("general")
	for what, use := range map[string]func(){
		"no command":       func() { ada.Slash("answer", nil) },
		"no option":        func() { ada.Slash("ask", Options{"question": "x", "colour": "red"}) },
		"is required":      func() { ada.Slash("ask", nil) },
		"does not offer":   func() { ada.Slash("ask", Options{"question": "x", "visibility": "secret"}) },
		"does not take":    func() { ada.Slash("ask", Options{"question": strings.Repeat("x", 21)}) },
		"does not take 9":  func() { ada.Slash("ask", Options{"question": "x", "count": 9}) },
		"does not take x":  func() { ada.Slash("ask", Options{"question": "x", "count": "x"}) },
		"that is complete": func() { ada.Autocompletes("ask", "question", "x", nil) },
	} {
		if what == "no option" {
			what = "not declared"
		}
		mustPanic(t, what, use)
	}
	in := ada.WithLocale("ja").Slash("質問", Options{"内容": "なぜ"})
	if data := string(in.Delivery().Payload()); !strings.Contains(data, `"name":"question"`) || !strings.Contains(data, `"locale":"ja"`) {
		t.Errorf("a localised command is sent as %s", data)
	}
}

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
			t.Errorf("panic %q, want %q in it", got, want)
		}
	}()
	f()
}

func TestAutocompletion(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	in := s.User("ada").In("general").Autocompletes("cite", "ref", "5", nil)
	if !strings.Contains(string(in.Delivery().Payload()), `"focused":true`) {
		t.Errorf("no focused option in %s", in.Delivery().Payload())
	}
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":5}`, 400, 50035)
	wantCode(t, s, http.MethodPost, callbackPath(in), `{"type":8,"data":{"choices":[`+strings.Repeat(`{"name":"x","value":"x"},`, 25)+`{"name":"x","value":"x"}]}}`, 400, 50035)
	respond(t, s, in, `{"type":8,"data":{"choices":[{"name":"¶5","value":"nato#p5","name_localizations":{"ja":"第5"}}]}}`)
	got, err := in.Choices(soon(t))
	if err != nil || len(got) != 1 || got[0].Name != "¶5" || got[0].Value != "nato#p5" || got[0].NameLocalizations["ja"] != "第5" {
		t.Errorf("Choices = %+v, %v", got, err)
	}
}

const withButtons = `{"type":4,"data":{"flags":32768,"components":[{"type":17,"components":[
	{"type":10,"content":"# Answer\nbecause"},
	{"type":9,"components":[{"type":10,"content":"see ¶5"}],"accessory":{"type":2,"style":2,"label":"Show","custom_id":"show.1"}},
	{"type":1,"components":[{"type":3,"custom_id":"ask.1","placeholder":"More","options":[{"label":"North","value":"n"},{"label":"South","value":"s"}]}]},
	{"type":1,"components":[{"type":2,"style":5,"label":"Read","url":"https://example.com/"},{"type":2,"style":4,"label":"No","custom_id":"off","disabled":true}]}]}]}}`

func TestComponents(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	ada := s.User("ada").In("general")
	in := ada.Slash("ask", Options{"question": "why?"})
	respond(t, s, in, withButtons)
	m, err := in.Message(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := m.Shown(), "Answer\nbecause\nsee ¶5"; got != want {
		t.Errorf("Shown() = %q, want %q", got, want)
	}
	b := m.Buttons()
	if len(b) != 4 || b[0].CustomID != "show.1" || !slices.Equal(b[1].Values, []string{"n", "s"}) || b[2].URL == "" || !b[3].Disabled {
		t.Errorf("Buttons() = %+v", b)
	}
	mustPanic(t, "disabled", func() { ada.Clicks(m, "off") })
	mustPanic(t, "does not offer", func() { ada.Selects(m, "ask.1", "w") })
	mustPanic(t, "no component", func() { ada.Clicks(m, "gone") })

	turn := ada.Clicks(m, "show.1")
	respond(t, s, turn, `{"type":7,"data":{"components":[{"type":10,"content":"page 2"}]}}`)
	if got, err := turn.Message(soon(t)); err != nil || got.ID != m.ID || got.Shown() != "page 2" || !got.V2() {
		t.Errorf("after type 7: %+v, %v", got, err)
	}
	respond(t, s, ada.Slash("ask", Options{"question": "x"}), `{"type":4,"data":{"content":"private","flags":64,"components":[{"type":1,"components":[{"type":2,"style":1,"label":"x","custom_id":"x"}]}]}}`)
	private := s.Ephemerals("ada")[0]
	mustPanic(t, "no message", func() { s.User("bob").In("general").Clicks(private, "x") })
	shown := ada.Clicks(private, "x")
	respond(t, s, shown, `{"type":6}`)
	do(t, s, http.MethodPatch, webhookPath(s, shown)+"/messages/@original", `{"content":"later"}`)
	if got, err := shown.Message(soon(t)); err != nil || got.ID != private.ID || got.Content != "later" {
		t.Errorf("after type 6: %+v, %v", got, err)
	}
}

func TestModal(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	ada := s.User("ada").In("general")
	in := ada.Slash("ask", Options{"question": "why?"})
	respond(t, s, in, withButtons)
	m, _ := in.Message(soon(t))
	click := ada.Clicks(m, "show.1")
	respond(t, s, click, `{"type":9,"data":{"custom_id":"why","title":"Why?","components":[
		{"type":18,"label":"Reason","component":{"type":3,"custom_id":"kind","options":[{"label":"Wrong","value":"w"}]}},
		{"type":1,"components":[{"type":4,"custom_id":"text","label":"Words","style":2,"required":false,"max_length":5}]}]}}`)
	modal, err := click.Modal(soon(t))
	if err != nil || len(modal.Fields) != 2 || modal.Fields[0].Label != "Reason" || modal.Fields[1].Label != "Words" {
		t.Fatalf("Modal = %+v, %v", modal, err)
	}
	mustPanic(t, "is required", func() { ada.Submits(modal, nil) })
	mustPanic(t, "length", func() { ada.Submits(modal, map[string]string{"kind": "w", "text": "too long"}) })
	sent := ada.Submits(modal, map[string]string{"kind": "w", "text": "why"})
	for _, want := range []string{`"values":["w"]`, `"value":"why"`, `"custom_id":"why"`} {
		if !strings.Contains(string(sent.Delivery().Payload()), want) {
			t.Errorf("the submission lacks %s: %s", want, sent.Delivery().Payload())
		}
	}
	wantCode(t, s, http.MethodPost, callbackPath(sent), `{"type":9}`, 400, 50035)
	respond(t, s, sent, `{"type":7,"data":{"components":[{"type":10,"content":"thanks"}]}}`)
}

func TestMessageCommand(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	said := s.User("bob").Says("general", "the moon is cheese")
	in := s.User("ada").MessageCommand("Check this message", said)
	if data := string(in.Delivery().Payload()); !strings.Contains(data, said.Content) || !strings.Contains(data, `"target_id":"`+said.ID) {
		t.Errorf("the command does not bring the message: %s", data)
	}
	respond(t, s, in, `{"type":4,"data":{"content":"it is not"}}`)
	if got := in.Messages(); len(got) != 1 || got[0].Type != MessageContextMenu {
		t.Errorf("Messages = %+v", got)
	}
}

func TestWithResponse(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	in := s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
	status, got := do(t, s, http.MethodPost, callbackPath(in)+"?with_response=true", `{"type":4,"data":{"content":"x"}}`)
	if status != 200 || str(field(field(got, "resource"), "message"), "content") != "x" {
		t.Errorf("callback with_response = %d %v", status, got)
	}
}

func TestCommandsOverwritten(t *testing.T) {
	s := start(t, Config{})
	registered(t, s)
	before := s.Commands("")
	registered(t, s)
	after := s.Commands("")
	if len(after) != 3 || after[0].ID != before[0].ID || after[0].Version != before[0].Version || s.CommandCreates("") != 3 {
		t.Errorf("registering the same again: %d commands, %d creates; want 3, 3, with their ids and versions", len(after), s.CommandCreates(""))
	}
	path := "/applications/" + s.ApplicationID() + "/commands"
	if _, data, _ := exchange(t, s, http.MethodGet, path, ""); strings.Contains(string(data), "質問") {
		t.Errorf("a listing has localisations though it was not asked for them")
	}
	if _, data, _ := exchange(t, s, http.MethodGet, path+"?with_localizations=true", ""); !strings.Contains(string(data), "質問") {
		t.Errorf("a listing has no localisations though it was asked for them")
	}
	if status, _ := do(t, s, http.MethodPost, path, `{"name":"ask","description":"Asks more."}`); status != 200 {
		t.Errorf("posting a command again = %d, want 200", status)
	}
	if status, _ := do(t, s, http.MethodPost, path, `{"name":"new","description":"New."}`); status != 201 {
		t.Errorf("posting a new command = %d, want 201", status)
	}
	wantCode(t, s, http.MethodPatch, path+"/"+before[0].ID, `{"description":"Asks most."}`, 200, 0)
	if _, got := do(t, s, http.MethodGet, path+"/"+before[0].ID, ""); got["description"] != "Asks most." || got["name"] != "ask" {
		t.Errorf("after a PATCH: %v", got)
	}
	wantCode(t, s, http.MethodGet, path+"/1", "", 404, 10063)
	wantCode(t, s, http.MethodPut, path, `[{"name":"a","description":"x"},{"name":"a","description":"y"}]`, 400, 50035)
	wantCode(t, s, http.MethodGet, "/applications/1234/commands", "", 403, 20012)
	if status, _ := do(t, s, http.MethodDelete, path+"/"+before[0].ID, ""); status != 204 || len(s.Commands("")) != 3 {
		t.Errorf("deleting = %d, %d commands left", status, len(s.Commands("")))
	}
}
