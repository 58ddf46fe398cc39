package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"footnote/bot/ledger"
)

// twin is npm's discord-digital-twin, a Discord that others wrote, in a process that
// .ci/digital-twin.sh has started. What it can be told to do stands in
// .ci/digital-twin/twin.mjs.
type twin struct {
	t  *testing.T
	at string

	API, Token, Bot, Guild string
	Channels, Users        map[string]string
}

// twinMessage is what the twin shows of a message.
type twinMessage struct {
	ID, Content, Reply, Nonce string
	Flags                     int
	Embeds, Components        json.RawMessage
}

// text returns all that there is to read in a message.
func (m twinMessage) text() string {
	return m.Content + "\n" + strings.Join(stringsOf(m.Embeds, "title", "description", "name", "value"), "\n") + strings.Join(stringsOf(m.Components, "content"), "\n")
}

// twinResponse is what the bot has said to an interaction.
type twinResponse struct {
	Type    int
	Data    json.RawMessage
	Message *twinMessage
}

// private tells whether only the asker sees the response.
func (r twinResponse) private() bool {
	var data struct{ Flags int }
	return json.Unmarshal(r.Data, &data) == nil && data.Flags&64 != 0
}

// stringsOf returns the strings that stand under the names anywhere in data, in order.
func stringsOf(data json.RawMessage, names ...string) (out []string) {
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, name := range names {
				if s, ok := v[name].(string); ok {
					out = append(out, s)
				}
			}
			for _, inner := range []string{"accessory", "components", "component", "fields", "options", "choices"} {
				walk(v[inner])
			}
		}
	}
	var v any
	if json.Unmarshal(data, &v) == nil {
		walk(v)
	}
	return out
}

// do has the twin do something, and decodes what comes of it into out unless that is
// nil.
func (d *twin) do(name string, in map[string]any, out any) {
	d.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(d.t.Context(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.at+"/"+name, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatalf("%s: %v", name, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s(%s) = %s, %v: %s", name, body, resp.Status, err, got)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(got, out); err != nil {
		d.t.Fatalf("%s(%s) = %s: %v", name, body, got, err)
	}
}

// says has somebody write, and returns the message's id.
func (d *twin) says(channel, user, content, reply string) string {
	d.t.Helper()
	var m struct{ ID string }
	in := map[string]any{"channel": channel, "user": d.Users[user], "content": content}
	if reply != "" {
		in["reply"] = reply
	}
	d.do("say", in, &m)
	return m.ID
}

// answers waits for the bot to have written n messages in a channel, and returns the
// last.
func (d *twin) answers(channel string, n int) twinMessage {
	d.t.Helper()
	var all []twinMessage
	d.do("answers", map[string]any{"channel": channel, "n": n}, &all)
	if len(all) != n {
		d.t.Errorf("the bot has written %d messages, want %d", len(all), n)
	}
	return all[len(all)-1]
}

// response has somebody do something to the bot and waits for what it says.
func (d *twin) response(name string, in map[string]any) (r twinResponse) {
	d.t.Helper()
	var made struct{ ID string }
	d.do(name, in, &made)
	d.do("response", map[string]any{"id": made.ID}, &r)
	return r
}

// option is an option of a command.
func option(name, value string) map[string]any {
	return map[string]any{"name": name, "type": 3, "value": value}
}

// TestDiscordTwin runs the program against a Discord that others wrote. What that
// leaves out is not tried here, but against bot/bottest/fakediscord. These it leaves
// out:
//
//   - It lists no commands (GET /applications/…/commands) and no servers (GET
//     /users/@me/guilds): commands are not registered, which the log says, and footnote
//     doctor has nothing to look at.
//   - It takes a nonce but does not enforce it, and limits no rates.
//   - It resumes no session, and hands every text over whatever the intents are.
//   - It has no permissions and no private messages: what only the asker would see
//     stands in the channel, and is recognised by the flag of the first response.
//   - It opens no direct messages (POST /users/@me/channels); it delivers them.
//   - It checks neither components nor lengths.
//   - It mentions nobody, knows no replies, and writes the deferred answer to a click
//     over the message that was clicked; these three twin.mjs mends.
func TestDiscordTwin(t *testing.T) {
	d := &twin{t: t, at: os.Getenv("FOOTNOTE_DISCORD_TWIN")}
	if d.at == "" {
		t.Skip("FOOTNOTE_DISCORD_TWIN does not name a digital twin; .ci/digital-twin.sh starts one")
	}
	d.do("world", nil, d)
	place := filepath.Join(t.TempDir(), "ledger.db")
	s := serve(t, "DISCORD_BOT_TOKEN="+d.Token, "FOOTNOTE_DISCORD_API_URL="+d.API, "FOOTNOTE_LEDGER="+place)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log:\n%s", s.log)
		}
	})
	d.do("connected", nil, nil)
	answer := d.messages()
	d.commands(answer)
	d.clicks(answer)
	d.thread(answer)
	s.stop(d.Token)

	l, err := ledger.Open(t.Context(), (&console{err: io.Discard}).quiet(), place, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	opinions, err := l.Feedback(t.Context(), time.Time{}, 10)
	if err != nil || len(opinions) != 1 || opinions[0].Verdict != ledger.Down || opinions[0].Asker != "discord:"+d.Users["ben"] || !strings.Contains(opinions[0].Reason, "the year is missing") {
		t.Errorf("the feedback is %+v, %v; want one thumb down of ben's with a reason", opinions, err)
	}
}

// messages has somebody ask by message: a mention, a reply, a direct message. It
// returns the first answer.
func (d *twin) messages() twinMessage {
	d.t.Helper()
	general := d.Channels["general"]
	question := d.says(general, "ada", "<@"+d.Bot+"> "+asked, "")
	answer := d.answers(general, 1)
	if got := answer.text(); !strings.Contains(got, said) || !strings.Contains(got, "¶2") || answer.Reply != question || answer.Nonce == "" {
		d.t.Errorf("%q is answered with %+v", asked, answer)
	}
	d.says(general, "ben", "Thank you all.", "") // for nobody
	d.says(general, "ada", "and the South?", answer.ID)
	if got := d.answers(general, 2).text(); !strings.Contains(got, "South") {
		d.t.Errorf("a reply is answered with %q", got)
	}
	d.says(d.Channels["direct"], "ada", asked, "")
	if got := d.answers(d.Channels["direct"], 1).text(); !strings.Contains(got, said) {
		d.t.Errorf("a direct message is answered with %q", got)
	}
	return answer
}

// commands has somebody use commands: on a question, as one types, on a message.
func (d *twin) commands(answer twinMessage) {
	d.t.Helper()
	quiet, ben := d.Channels["quiet"], d.Users["ben"]
	in := func(name string, options ...map[string]any) map[string]any {
		return map[string]any{"channel": quiet, "user": ben, "name": name, "options": options}
	}
	r := d.response("command", in("ask", option("question", asked)))
	if r.Type != 5 || !r.private() || r.Message == nil || !strings.Contains(r.Message.text(), said) {
		d.t.Fatalf("/ask is answered with %+v; want it deferred, private, and then answered", r)
	}
	shared := d.response("click", map[string]any{"channel": quiet, "user": ben, "message": r.Message.ID, "id": d.custom(*r.Message, "share")})
	if shared.Type != 5 || shared.private() || shared.Message == nil || !strings.Contains(shared.Message.text(), said) {
		d.t.Errorf("a click on Share is answered with %+v; want it for all", shared)
	}
	r = d.response("command", in("ask", option("question", asked), option("visibility", "public")))
	if r.Type != 5 || r.private() || r.Message == nil || !strings.Contains(r.Message.text(), said) {
		d.t.Errorf("/ask for everybody is answered with %+v", r)
	}
	r = d.response("command", in("summary", option("direction", "north")))
	if r.Message == nil || !strings.Contains(r.Message.text(), "¶5") {
		d.t.Errorf("/summary is answered with %+v", r)
	}
	typed := option("ref", "note 7")
	typed["focused"] = true
	r = d.response("autocomplete", in("cite", typed))
	if names := stringsOf(r.Data, "name"); r.Type != 8 || len(names) == 0 || len(names) > 25 || !strings.Contains(names[0], "note 7") {
		d.t.Errorf("/cite note 7 is completed by %+v", r)
	}
	r = d.response("command", in("cite", option("ref", "note 7")))
	if r.Message == nil || !strings.Contains(r.Message.text(), "note 7") {
		d.t.Errorf("/cite note 7 is answered with %+v", r)
	}
	claim := d.says(quiet, "ada", "NATO established JFC-NF in 2019.", "")
	r = d.response("check", map[string]any{"channel": quiet, "user": ben, "name": "Check this message", "message": claim})
	if r.Message == nil || !strings.Contains(r.Message.text(), "¶") {
		d.t.Errorf("the check of a message is answered with %+v", r)
	}
}

// custom returns the custom_id in a message by which something is done.
func (d *twin) custom(m twinMessage, do string) string {
	d.t.Helper()
	for _, id := range stringsOf(m.Components, "custom_id") {
		if name, _, _ := strings.Cut(id, "."); name == do {
			return id
		}
	}
	d.t.Fatalf("nothing in %s does %q", m.Components, do)
	return ""
}

// clicks has somebody click on what stands below an answer.
func (d *twin) clicks(answer twinMessage) {
	d.t.Helper()
	in := func(id string) map[string]any {
		return map[string]any{"channel": d.Channels["general"], "user": d.Users["ben"], "message": answer.ID, "id": id}
	}
	r := d.response("click", in(d.custom(answer, "show")))
	if !r.private() || r.Message == nil || r.Message.ID == answer.ID || !strings.Contains(r.Message.text(), said) {
		d.t.Errorf("a click on a passage is answered with %+v; want it privately", r)
	}
	r = d.response("click", in(d.custom(answer, "bad")))
	modal := stringsOf(r.Data, "custom_id")
	if r.Type != 9 || len(modal) < 2 {
		d.t.Fatalf("a thumb down is answered with %+v; want a form", r)
	}
	submit := in(modal[0])
	submit["components"] = filled(d.t, r.Data, "the year is missing")
	if r = d.response("submit", submit); r.Type != 4 && r.Type != 5 && r.Type != 6 && r.Type != 7 {
		d.t.Errorf("the form is answered with %+v", r)
	}
}

// filled returns what Discord sends of a form: each text field with the text.
func filled(t *testing.T, modal json.RawMessage, text string) any {
	t.Helper()
	var form struct{ Components []map[string]any }
	if err := json.Unmarshal(modal, &form); err != nil {
		t.Fatal(err)
	}
	var fill func(c map[string]any) map[string]any
	fill = func(c map[string]any) map[string]any {
		out := map[string]any{"type": c["type"]}
		if id, ok := c["custom_id"]; ok {
			out["custom_id"] = id
		}
		if c["type"] == 4.0 {
			out["value"] = text
		} else if _, ok := c["custom_id"]; ok {
			out["values"] = []string{}
		}
		if inner, ok := c["component"].(map[string]any); ok {
			out["component"] = fill(inner)
		}
		if inner, ok := c["components"].([]any); ok {
			all := []any{}
			for _, e := range inner {
				all = append(all, fill(e.(map[string]any)))
			}
			out["components"] = all
		}
		return out
	}
	out := []any{}
	for _, c := range form.Components {
		out = append(out, fill(c))
	}
	return out
}

// thread has somebody ask in a thread, and go on without a mention.
func (d *twin) thread(answer twinMessage) {
	d.t.Helper()
	var thread struct{ ID string }
	d.do("thread", map[string]any{"channel": d.Channels["general"], "message": answer.Reply, "name": "The response force"}, &thread)
	d.says(thread.ID, "ada", "<@"+d.Bot+"> What is NATO doing in the North?", "")
	if got := d.answers(thread.ID, 1).text(); !strings.Contains(got, "¶5") {
		d.t.Errorf("a question in a thread is answered with %q", got)
	}
	d.says(thread.ID, "ben", "¶5", "")
	if got := d.answers(thread.ID, 2).text(); !strings.Contains(got, "Arctic") {
		d.t.Errorf("¶5 in a thread is answered with %q", got)
	}
	d.says(thread.ID, "ada", "and the South?", "")
	if got := d.answers(thread.ID, 3).text(); !strings.Contains(got, "South") {
		d.t.Errorf("a follow-up in a thread is answered with %q", got)
	}
}
