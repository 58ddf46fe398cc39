package discordbot

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/bottest/answers"
	"footnote/bot/layout"
)

var updateGoldens = flag.Bool("update", false, "write the golden files")

// goldenKey is an errand's key as events make it.
const goldenKey = "discord:1100000000000000001:1100000000000000002"

func TestGolden(t *testing.T) {
	for _, c := range answers.Cases(t) {
		t.Run(c.Name, func(t *testing.T) {
			c.Options.Key = goldenKey
			golden(t, c.Name, printPages(t, render(c.Answer, c.Options)))
		})
	}
	a := answers.Ask(t, bot.Question{Text: "sources"})
	golden(t, "turned", printPages(t, []page{renderTurned(a, renderOptions{Key: goldenKey, Private: true}, 1)}))
	a = answers.Ask(t, bot.Question{Text: "¶5"})
	golden(t, "look-up", printPages(t, []page{lookUpView(a, renderOptions{Key: goldenKey, Private: true, Share: true, Around: answers.Around, Directions: answers.English})}))
	for name, text := range map[string]string{"modal": "What is the approach to the West?", "modal-abstention-ja": "関税について何と言っていますか"} {
		a := answers.Ask(t, bot.Question{Text: text})
		raw, err := json.MarshalIndent(feedbackModal(goldenKey, a, a.Language), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, string(raw)+"\n")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "render", name+".golden")
	if *updateGoldens {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (write it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update writes it. Got:\n%s", path, got)
	}
}

// printPages prints messages for people: the markdown, what can be pressed, and the
// text that stands in for all that.
func printPages(t *testing.T, pages []page) string {
	t.Helper()
	var b strings.Builder
	for i, p := range pages {
		withinLimits(t, p)
		if len(pages) > 1 {
			fmt.Fprintf(&b, "======== message %d of %d\n", i+1, len(pages))
		}
		for _, c := range p.Components {
			printComponent(&b, c)
		}
		for _, text := range p.Text {
			b.WriteString("-------- text\n" + text + "\n")
		}
	}
	return b.String()
}

func printComponent(b *strings.Builder, c discordgo.MessageComponent) {
	switch c := c.(type) {
	case discordgo.TextDisplay:
		b.WriteString("[text]\n" + c.Content + "\n")
	case discordgo.ActionsRow:
		b.WriteString("[row]\n")
		for _, c := range c.Components {
			printComponent(b, c)
		}
	case discordgo.Button:
		fmt.Fprintf(b, "  ( %s )  %s%s\n", c.Label, c.CustomID, map[bool]string{true: "  (disabled)"}[c.Disabled])
	case discordgo.SelectMenu:
		fmt.Fprintf(b, "  ( %s ▾ )  %s\n", c.Placeholder, c.CustomID)
		for _, o := range c.Options {
			fmt.Fprintf(b, "      %s = %s\n", o.Label, o.Value)
		}
	default:
		fmt.Fprintf(b, "  %T\n", c)
	}
}

// withinLimits checks what Discord refuses, counted from the JSON and not as the
// renderer counts.
func withinLimits(t *testing.T, p page) {
	t.Helper()
	raw, err := json.Marshal(p.Components)
	if err != nil {
		t.Fatal(err)
	}
	var all []any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	m := measure{ids: map[string]bool{}}
	m.add(all)
	if m.components == 0 || m.components > maxComponents-2 || m.characters == 0 || m.characters > maxText-150 || m.bytes > maxBytes-300 {
		t.Errorf("%d components with %d characters and %d bytes", m.components, m.characters, m.bytes)
	}
	for _, w := range m.wrong {
		t.Error(w)
	}
	if len(p.Text) == 0 {
		t.Error("no text")
	}
	for _, text := range p.Text {
		if n := layout.Length(text); n > maxContent || strings.TrimSpace(text) == "" {
			t.Errorf("text of %d characters", n)
		}
	}
}

// measure counts what JSON of components has.
type measure struct {
	components, characters, bytes int
	ids                           map[string]bool
	wrong                         []string
}

func (m *measure) add(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			m.add(e)
		}
	case map[string]any:
		if _, ok := v["type"]; ok {
			m.components++
		}
		m.text(v)
		for _, field := range []string{"components", "options"} {
			m.add(v[field])
		}
	}
}

func (m *measure) text(v map[string]any) {
	for field, most := range map[string]int{"content": 4000, "label": 80, "placeholder": 150, "custom_id": 100, "value": 100} {
		s, ok := v[field].(string)
		if !ok {
			continue
		}
		m.bytes += len(s)
		if field == "content" {
			m.characters += layout.Length(s)
		}
		if s == "" || layout.Length(s) > most {
			m.wrong = append(m.wrong, fmt.Sprintf("%s of %d characters: %q", field, layout.Length(s), s))
		}
		if field == "custom_id" && m.ids[s] {
			m.wrong = append(m.wrong, fmt.Sprintf("custom_id %q twice", s))
		}
		if field == "custom_id" {
			m.ids[s] = true
		}
	}
	if es, ok := v["options"].([]any); ok && (len(es) == 0 || len(es) > 25) {
		m.wrong = append(m.wrong, fmt.Sprintf("a menu of %d options", len(es)))
	}
	if es, ok := v["components"].([]any); ok && (len(es) == 0 || len(es) > 5) {
		m.wrong = append(m.wrong, fmt.Sprintf("a row of %d", len(es)))
	}
}
