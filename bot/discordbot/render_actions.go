package discordbot

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot/layout"
)

// What clicks ask for; the others are layout's.
const (
	turnPage   = "page"   // to turn a page
	showAnswer = "answer" // to have the answer in place of the offer of it
)

// What Discord takes of things to press.
const (
	maxInRow    = 5
	maxOptions  = 25
	maxCustomID = 100
	maxLabel    = 80
	maxOption   = 100
	mostMenus   = 3 // of 25 each
)

// action is a click on something this package rendered.
type action struct {
	Do   string // one of layout's, turnPage or showAnswer
	Key  string // of the errand whose answer it stood below, or ""
	Ref  string // what to look up, the id of a direction, or a question
	Page int    // of turnPage and showAnswer: which to turn to, from 0
}

// readAction reads a click. ok is false where this package did not render what was
// clicked.
func readAction(customID string, values []string) (_ action, ok bool) {
	parts := strings.SplitN(customID, "|", 3)
	if len(parts) != 3 {
		return action{}, false
	}
	a := action{Key: parts[1], Ref: parts[2]}
	a.Do, _, _ = strings.Cut(parts[0], ".")
	if len(values) > 0 {
		a.Ref = values[0]
	}
	switch a.Do {
	case layout.Show, layout.Summary, layout.Ask, layout.Share, layout.Good, layout.Bad, layout.Open:
		return a, true
	case turnPage, showAnswer:
		n, err := strconv.Atoi(a.Ref)
		return action{Do: a.Do, Key: a.Key, Page: n}, err == nil && n >= 0
	}
	return action{}, false
}

// pad collects the rows of one message.
type pad struct {
	key string
	n   int // of things to press so far: what makes their ids unique
}

// id returns the custom_id of the next thing to press, "" where it would be too
// long. Looking things up needs no key, and does without one that is too long.
func (p *pad) id(do, ref string) string {
	p.n++
	id := fmt.Sprintf("%s.%d|%s|%s", do, p.n, p.key, ref)
	if len(id) > maxCustomID && (do == layout.Show || do == layout.Summary || do == layout.Ask) {
		id = fmt.Sprintf("%s.%d||%s", do, p.n, ref)
	}
	if len(id) > maxCustomID || strings.Contains(p.key, "|") {
		return ""
	}
	return id
}

// buttons returns a button for each choice, but those that have no room in an id.
func (p *pad) buttons(cs []layout.Choice) []discordgo.MessageComponent {
	var out []discordgo.MessageComponent
	for _, c := range cs {
		id, text := p.id(c.Do, c.Ref), layout.Clip(layout.Line(c.Text), maxLabel)
		if id != "" && text != "" {
			out = append(out, discordgo.Button{Label: text, Style: discordgo.SecondaryButton, CustomID: id})
		}
	}
	return out
}

// menus returns menus of choices that do the same, each in its row; what has no room
// even there is left out.
func (p *pad) menus(name string, cs []layout.Choice) []discordgo.MessageComponent {
	var options []discordgo.SelectMenuOption
	for _, c := range cs {
		text := layout.Clip(layout.Line(c.Text), maxOption)
		same := func(o discordgo.SelectMenuOption) bool { return o.Value == c.Ref }
		if text != "" && c.Ref != "" && len(c.Ref) <= maxOption && !slices.ContainsFunc(options, same) {
			options = append(options, discordgo.SelectMenuOption{Label: text, Value: c.Ref, Description: layout.Clip(layout.Line(c.About), maxOption)})
		}
	}
	var out []discordgo.MessageComponent
	for some := range slices.Chunk(options, maxOptions) {
		if id := p.id(cs[0].Do, ""); id != "" && len(out) < mostMenus {
			out = append(out, row(discordgo.SelectMenu{
				MenuType: discordgo.StringSelectMenu, CustomID: id, Placeholder: layout.Clip(name, maxOption), Options: some,
			}))
		}
	}
	return out
}

func row(cs ...discordgo.MessageComponent) discordgo.MessageComponent {
	return discordgo.ActionsRow{Components: cs}
}

// rows returns what can be pressed below a sheet: buttons, as far as one row has
// room for what can be looked up, else menus.
func (r *renderer) rows(s layout.Sheet) []discordgo.MessageComponent {
	p := &pad{key: r.key}
	menu, looks := r.layout.Looks(s)
	closers := r.layout.Closers(s)
	var out, buttons []discordgo.MessageComponent
	if len(looks) > maxInRow {
		out = p.menus(menu, looks)
	} else {
		buttons = p.buttons(looks)
	}
	if len(buttons) > 0 && len(buttons)+len(closers) > maxInRow {
		out, buttons = append(out, row(buttons...)), nil
	}
	for some := range slices.Chunk(append(buttons, p.buttons(closers)...), maxInRow) {
		out = append(out, row(some...))
	}
	return out
}

// turner returns the row that turns the pages, or nil where clicks could not say
// which answer they mean.
func (r *renderer) turner(number, of int) discordgo.MessageComponent {
	p := &pad{key: r.key}
	button := func(text string, to int, off bool) discordgo.Button {
		return discordgo.Button{Label: text, Style: discordgo.SecondaryButton, CustomID: p.id(turnPage, strconv.Itoa(to-1)), Disabled: off}
	}
	before := button("‹", max(number-1, 1), number == 1)
	here := button(fmt.Sprintf("%d/%d", number, of), number, true)
	after := button("›", min(number+1, of), number == of)
	if r.key == "" || before.CustomID == "" || here.CustomID == "" || after.CustomID == "" {
		return nil
	}
	return row(before, here, after)
}

// holds tells whether components are within what a message may have: their
// number, and their text in characters and in bytes.
func holds(cs []discordgo.MessageComponent) bool {
	n, units, bytes := weigh(cs)
	return n <= mostComponents && units <= mostText && bytes <= mostBytes
}

// weigh counts components, those in others too; the characters that are read as
// text; and the bytes of all that is written in them.
func weigh(cs []discordgo.MessageComponent) (n, units, bytes int) {
	for _, c := range cs {
		n++
		switch c := c.(type) {
		case discordgo.TextDisplay:
			units += layout.Length(c.Content)
			bytes += len(c.Content)
		case discordgo.Button:
			bytes += len(c.Label) + len(c.CustomID)
		case discordgo.SelectMenu:
			bytes += len(c.Placeholder) + len(c.CustomID)
			for _, o := range c.Options {
				bytes += len(o.Label) + len(o.Value) + len(o.Description)
			}
		case discordgo.ActionsRow:
			in, u, b := weigh(c.Components)
			n, units, bytes = n+in, units+u, bytes+b
		}
	}
	return n, units, bytes
}
