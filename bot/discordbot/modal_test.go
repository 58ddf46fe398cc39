package discordbot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/layout"
)

func TestFeedbackModal(t *testing.T) {
	a := bot.Answer{Status: bot.Answered, Kind: bot.KindAsk}
	for _, c := range answers.Long("ja", 90, 20, 0).Citations {
		c.Section = strings.Repeat("区分", 200)
		a.Citations = append(a.Citations, c)
	}
	for _, a := range []bot.Answer{a, {}, {Status: bot.Abstained}, {Status: bot.NotFound, Kind: bot.KindCheck}} {
		for _, language := range []string{"en", "ja"} {
			raw, err := json.Marshal(feedbackModal(goldenKey, a, language))
			if err != nil {
				t.Fatal(err)
			}
			modalWithin(t, raw)
		}
	}
}

// modalWithin checks what Discord refuses of a modal.
func modalWithin(t *testing.T, raw []byte) {
	t.Helper()
	var m struct {
		CustomID   string `json:"custom_id"`
		Title      string `json:"title"`
		Components []struct {
			Type        int    `json:"type"`
			Label       string `json:"label"`
			Description string `json:"description"`
			Component   struct {
				Max     int `json:"max_values"`
				Options []struct {
					Label string `json:"label"`
					Value string `json:"value"`
				} `json:"options"`
			} `json:"component"`
		} `json:"components"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatal(err)
	}
	if len(m.CustomID) > 100 || m.Title == "" || layout.Length(m.Title) > 45 || len(m.Components) == 0 || len(m.Components) > 5 {
		t.Errorf("modal %q with title %q and %d components", m.CustomID, m.Title, len(m.Components))
	}
	for _, c := range m.Components {
		if c.Type != 18 || c.Label == "" || layout.Length(c.Label) > 45 || layout.Length(c.Description) > 100 {
			t.Errorf("a label of type %d: %q, %q", c.Type, c.Label, c.Description)
		}
		if len(c.Component.Options) > 25 || c.Component.Max > len(c.Component.Options) {
			t.Errorf("%q takes %d of %d options", c.Label, c.Component.Max, len(c.Component.Options))
		}
		for _, o := range c.Component.Options {
			if o.Label == "" || layout.Length(o.Label) > 100 || o.Value == "" || layout.Length(o.Value) > 100 {
				t.Errorf("option %q = %q", o.Label, o.Value)
			}
		}
	}
}

func TestReadFeedback(t *testing.T) {
	for _, c := range []struct {
		name, data, reason string
		passages           []string
	}{
		{"labels", `{"custom_id":"why.0|discord:1:2|","components":[
			{"type":18,"id":1,"component":{"type":3,"id":2,"custom_id":"reason","values":["wrong_passage"]}},
			{"type":18,"component":{"type":3,"custom_id":"passages","values":["d#p1","d#p2"]}},
			{"type":18,"component":{"type":4,"custom_id":"words","value":" it is ¶3 \n"}}]}`, "wrong_passage: it is ¶3", []string{"d#p1", "d#p2"}},
		{"rows", `{"custom_id":"why.0|discord:1:2|","components":[
			{"type":1,"components":[{"type":4,"custom_id":"reason","value":"other"}]},
			{"type":1,"components":[{"type":4,"custom_id":"words","value":""}]}]}`, "other", nil},
		{"words alone", `{"custom_id":"why.0|discord:1:2|","components":[{"type":18,"component":{"type":4,"custom_id":"words","value":"no"}},
			{"type":18,"component":{"type":3,"custom_id":"passages","values":[]}}]}`, "no", nil},
		{"nothing", `{"custom_id":"why.0|discord:1:2|","components":[]}`, "", nil},
	} {
		key, reason, passages, ok := readFeedback(json.RawMessage(c.data))
		if !ok || key != "discord:1:2" || reason != c.reason || !slices.Equal(passages, c.passages) || (passages == nil) != (c.passages == nil) {
			t.Errorf("readFeedback of %s = %q, %q, %q, %t, want %q, %q", c.name, key, reason, passages, ok, c.reason, c.passages)
		}
	}
	for _, data := range []string{``, `null`, `{}`, `[]`, `{"custom_id":"why.0"}`, `{"custom_id":"other.0|k|"}`, `{"custom_id":"why.0|k|","components":[{"component":{"values":"x"}}]}`} {
		if key, reason, _, ok := readFeedback(json.RawMessage(data)); ok {
			t.Errorf("readFeedback(%s) = %q, %q", data, key, reason)
		}
	}
}
