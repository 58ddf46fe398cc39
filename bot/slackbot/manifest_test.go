package slackbot

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"footnote/bot"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestManifest(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ManifestOptions
	}{
		{"socket", ManifestOptions{}},
		{"http", ManifestOptions{PublicURL: "https://footnote.example", RedirectURL: "https://footnote.example/slack/oauth", OrgDeploy: true}},
		{"assistant", ManifestOptions{Name: "Notes", Assistant: true, MentionsOnly: true, CommandsPrefix: "fn-",
			Prompts: []Prompt{{"North", "summary north"}}}},
	} {
		got, err := Manifest(c.o)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		golden(t, "manifest-"+c.name, string(got))
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []string{"manifest.schema.json", "manifest.schema.1.0.0.json", "manifest.schema.2.0.0.json"} {
			if err := schema(t, s).Validate(doc); err != nil {
				t.Errorf("%s refuses the manifest %s: %v", s, c.name, err)
			}
		}
	}
}

func TestManifestRefuses(t *testing.T) {
	for want, o := range map[string]ManifestOptions{
		"https://":                 {PublicURL: "http://localhost:8080"},
		"must begin with https://": {RedirectURL: "footnote.example"},
		"name has 36":              {Name: strings.Repeat("n", 36)},
		"5 prompts":                {Prompts: make([]Prompt, 5)},
		"description has 141":      {Description: strings.Repeat("d", 141)},
		"agent purpose has 301":    {AgentPurpose: strings.Repeat("d", 301)},
		"prefix has 19":            {CommandsPrefix: strings.Repeat("p", 19)},
	} {
		if got, err := Manifest(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Manifest = %d bytes, %v, want an error with %q", len(got), err, want)
		}
	}
}

// TestPermissions: the tables are in order, without doubles, and each entry says what
// needs it.
func TestPermissions(t *testing.T) {
	for _, table := range [][]permission{scopes, events} {
		var all []string
		for _, p := range table {
			all = append(all, p.name)
			if p.use == "" {
				t.Errorf("nothing says what needs %s", p.name)
			}
		}
		if !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("%v is not in order", all)
		}
	}
	var m struct {
		Settings struct {
			Events struct {
				Bot []string `json:"bot_events"`
			} `json:"event_subscriptions"`
		} `json:"settings"`
	}
	got, err := Manifest(ManifestOptions{MentionsOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &m); err != nil {
		t.Fatal(err)
	}
	if es := m.Settings.Events.Bot; slices.Contains(es, "message.channels") || slices.Contains(es, "assistant_thread_started") || !slices.Contains(es, "app_mention") {
		t.Errorf("events of an app that hears mentions only: %v", es)
	}
}

func TestCommandKind(t *testing.T) {
	for _, c := range []struct {
		name, prefix string
		want         bot.Kind
		ok           bool
	}{
		{"/ask", "", bot.KindAsk, true}, {"/fn-check", "fn-", bot.KindCheck, true}, {"/footnote-help", "", bot.KindHelp, true},
		{"/sources", "", bot.KindSources, true}, {"/other", "", "", false},
	} {
		if got, ok := commandKind(c.name, c.prefix); got != c.want || ok != c.ok {
			t.Errorf("commandKind(%q, %q) = %q, %t, want %q, %t", c.name, c.prefix, got, ok, c.want, c.ok)
		}
	}
}
