package slackbot

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	ws := &workspace{user: "UBOT"}
	for _, c := range []struct {
		in, want  string
		mentioned bool
	}{
		{"<@UBOT> What is it?", "What is it?", true},
		{"<@UBOT>: what is it?", "what is it?", true},
		{"Hey <@UBOT|footnote>, what is it?", "Hey  , what is it?", true},
		{"what is it <@UBOT>?", "what is it  ?", true},
		{"<@UBOT>", "", true},
		{"<@UOTHER> what is it?", "what is it?", false},
		{"<@UOTHER|bob> said so", "@bob said so", false},
		{"a &lt; b &amp;amp; c &gt; d", "a < b &amp; c > d", false},
		{"see <https://example.org/a?b=c|the page>", "see the page", false},
		{"see <https://example.org/a>", "see https://example.org/a", false},
		{"<mailto:a@example.org|a@example.org>", "a@example.org", false},
		{"in <#C1|general> and <#C2>", "in #general and", false},
		{"<!here> and <!subteam^S1|@team> on <!date^1^{date}|Monday>", "and @team on Monday", false},
		{"<@UBOT>、北極について教えて", "北極について教えて", true},
		{"&lt;@UBOT&gt; is typed", "<@UBOT> is typed", false},
		{"no markup", "no markup", false},
	} {
		got, mentioned := ws.words(c.in)
		if got != c.want || mentioned != c.mentioned {
			t.Errorf("words(%q) = %q, %v; want %q, %v", c.in, got, mentioned, c.want, c.mentioned)
		}
	}
	if _, mentioned := (&workspace{}).words("<@> hi"); mentioned {
		t.Error("a bot that does not know its name is mentioned by nothing")
	}
}

func TestAsks(t *testing.T) {
	for text, want := range map[string]bool{
		"and the South?": true, "<@U2> what do you think?": false, "<!subteam^S1> why?": false, "I agree.": false,
	} {
		if got := asks(text, text); got != want {
			t.Errorf("asks(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, c := range []struct{ in, rest, visibility string }{
		{"--public What?", "What?", "public"}, {"—private What?", "What?", "private"}, {"–public", "", "public"}, {"-public x", "x", "public"},
		{"--public --private x", "x", "private"}, {"What --public", "What --public", ""}, {"public debt?", "public debt?", ""}, {"--loud x", "--loud x", ""}, {"", "", ""},
	} {
		if rest, v := flags(c.in); rest != c.rest || v != c.visibility {
			t.Errorf("flags(%q) = %q, %q; want %q, %q", c.in, rest, v, c.rest, c.visibility)
		}
	}
}

func TestOuterTeam(t *testing.T) {
	for in, want := range map[string]string{
		`{"team_id":"T1"}`: "T1",
		`{"team_id":"T1","authorizations":[{"team_id":"T2"}]}`:                      "T2",
		`{"team_id":"T1","authorizations":[{"team_id":null,"enterprise_id":"E1"}]}`: "T1",
		`{"team_id":"T1","authorizations":[]}`:                                      "T1",
	} {
		var o outer
		if err := json.Unmarshal([]byte(in), &o); err != nil || o.team() != want {
			t.Errorf("%s: %q, %v; want %q", in, o.team(), err, want)
		}
	}
}

func TestStr(t *testing.T) {
	for in, want := range map[string]str{`"x"`: "x", `null`: "", `{"id":"C1"}`: "", `7`: "", `["x"]`: ""} {
		var s str = "before"
		if err := json.Unmarshal([]byte(in), &s); err != nil || s != want {
			t.Errorf("%s = %q, %v; want %q", in, s, err, want)
		}
	}
}

func TestReceiveSurvives(t *testing.T) {
	w := open(t, setup{})
	for _, kind := range []string{"events_api", "slash_commands", "interactive", "hello", ""} {
		for _, raw := range []string{``, `null`, `7`, `"x"`, `[]`, `{}`, `{"event":7}`, `{"event":{}}`, `{"event":{"type":"message"}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"message","subtype":"message_changed"}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"message","subtype":"message_changed","message":7,"channel":"C1"}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"message","subtype":"message_deleted","channel":"C1"}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"message","channel":{"id":"C1"},"user":{"id":"U1"},"ts":1}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"assistant_thread_started"}}`,
			`{"type":"event_callback","team_id":"T1","event":{"type":"tokens_revoked","tokens":{"oauth":["U1"]}}}`,
			`{"type":"app_rate_limited","team_id":"T1"}`,
		} {
			if _, err := w.bot.receive(w.soon(), kind, []byte(raw)); err != nil {
				t.Errorf("receive(%s, %s) = %v, want nil", kind, raw, err)
			}
		}
	}
	w.settle()
	if n := w.sent(); n != 0 {
		t.Errorf("%d messages", n)
	}
}

func FuzzWords(f *testing.F) {
	for _, s := range []string{"<@UBOT> x", "<a|b>", "&lt;", "<<>>", "<@", "|>"} {
		f.Add(s)
	}
	ws := &workspace{user: "UBOT"}
	f.Fuzz(func(t *testing.T, s string) {
		text, _ := ws.words(s)
		asks(text, s)
		flags(text)
	})
}

// The mention is written in afterwards, completed, or taken out.
func TestTheMentionIsEdited(t *testing.T) {
	w := open(t, setup{})
	ann := w.fake.User("U1")
	reply := func(ts string) string {
		w.settle()
		m := w.fake.Replies("C1", ts)
		if len(m) == 0 {
			return ""
		}
		return shown(m[0])
	}
	q := ann.Says("C1", "What of the north?")
	if got := reply(q.TS); got != "" {
		t.Fatalf("what is not to the bot is answered with %q", got)
	}
	for _, c := range []struct{ text, want string }{
		{"<@UBOT> What of the north?", north}, {"<@UBOT>", "does not answer"}, {"<@UBOT> What of the south?", south}, {"What of the south, bob?", ""},
	} {
		q = ann.Edits(q, c.text)
		if got := reply(q.TS); !strings.Contains(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("edited to %q it is answered with %q, want %q", c.text, got, c.want)
		}
	}
}
