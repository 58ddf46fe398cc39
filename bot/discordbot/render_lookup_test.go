package discordbot

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
	"footnote/bot/bottest/answers"
)

// TestLongLookUp: of many passages at once, each that has notes names them on its
// page, whether or not there is room for their text, and the menu says what they are.
func TestLongLookUp(t *testing.T) {
	a := answers.Ask(t, bot.Question{Text: "¶1-13"})
	notes := map[string][]string{}
	for _, c := range a.Citations {
		for _, n := range c.Notes {
			notes[c.Label] = append(notes[c.Label], n.Label)
		}
	}
	for name, pages := range map[string][]page{
		"public": render(a, renderOptions{Key: goldenKey, Around: answers.Around}),
		"turned": {
			renderTurned(a, renderOptions{Key: goldenKey, Private: true, Around: answers.Around}, 0),
			renderTurned(a, renderOptions{Key: goldenKey, Private: true, Around: answers.Around}, 1),
			renderTurned(a, renderOptions{Key: goldenKey, Private: true, Around: answers.Around}, 2),
		},
	} {
		all := printPages(t, pages)
		for _, page := range pages {
			text := components(page.Components)
			for label, ns := range notes {
				if !strings.Contains(text, "**"+label+"**") {
					continue // on another page
				}
				short := "-# " + label + ": " + strings.Join(ns, ", ") + "\n"
				if !strings.Contains(text, short) && !strings.Contains(text, "-# "+label+"\n-# "+ns[0]+": ") {
					t.Errorf("%s: %s is shown without its notes %v:\n%s", name, label, ns, text)
				}
			}
		}
		if strings.Contains(all, "More passages") && !strings.Contains(all, "note") {
			t.Errorf("%s: the menu names no note", name)
		}
	}
}

// TestMenuSaysWhat: entries of a menu of notes say what the notes are.
func TestMenuSaysWhat(t *testing.T) {
	a := answers.Ask(t, bot.Question{Text: "¶1-13"})
	menus := 0
	for _, p := range render(a, renderOptions{Key: goldenKey}) {
		for _, c := range p.Components {
			r, _ := c.(discordgo.ActionsRow)
			for _, in := range r.Components {
				m, ok := in.(discordgo.SelectMenu)
				if !ok {
					continue
				}
				menus++
				if m.Placeholder != "Notes" {
					t.Errorf("a menu of notes alone is called %q", m.Placeholder)
				}
				for _, o := range m.Options {
					if n := len([]rune(o.Description)); n == 0 || n > maxOption {
						t.Errorf("the entry %q is described by %q", o.Label, o.Description)
					}
				}
			}
		}
	}
	if menus == 0 {
		t.Error("there is no menu")
	}
}

// components returns what is read of components.
func components(cs []discordgo.MessageComponent) string {
	var b strings.Builder
	for _, c := range cs {
		if c, ok := c.(discordgo.TextDisplay); ok {
			fmt.Fprintln(&b, c.Content)
		}
	}
	return b.String()
}
