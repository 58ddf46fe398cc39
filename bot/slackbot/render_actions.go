package slackbot

import (
	"strconv"
	"strings"

	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// What a click asks for: the part of an action id before the dot. The part after it
// only makes the id unique in its message.
const (
	actShow    = layout.Show
	actSummary = layout.Summary
	actAsk     = layout.Ask
	actShare   = layout.Share
	actGood    = layout.Good
	actBad     = layout.Bad
	actOpen    = layout.Open
)

// action is a click on something this package rendered.
type action struct {
	Do  string
	Key string // of the errand whose answer it stood below, or ""
	Ref string
}

// readAction reads a click. ok is false where this package did not render what was
// clicked.
func readAction(a *slack.BlockAction) (_ action, ok bool) {
	do, _, _ := strings.Cut(a.ActionID, ".")
	switch do {
	case actShow, actSummary, actAsk, actShare, actGood, actBad, actOpen:
	default:
		return action{}, false
	}
	act := action{Do: do, Ref: a.Value}
	if a.SelectedOption.Value != "" {
		act.Ref = a.SelectedOption.Value
	}
	if i := strings.LastIndexByte(a.BlockID, '|'); i >= 0 {
		act.Key = a.BlockID[:i]
	}
	return act, true
}

// row collects the elements of one actions block.
type row struct {
	key, name string
	elements  []slack.BlockElement
}

// maxInRow is how many elements a row has: more wrap on a phone.
const maxInRow = 5

// block returns the row, or nothing where it is empty.
func (r *row) block() []slack.Block {
	if len(r.elements) == 0 {
		return nil
	}
	return []slack.Block{slack.NewActionBlock(blockID(r.key, r.name), r.elements...)}
}

// blockID joins the errand's key and the row's name. A key that is too long for it
// is left out.
func blockID(key, name string) string {
	if key == "" || len(key)+1+len(name) > maxID {
		return name
	}
	return key + "|" + name
}

// full tells whether n more elements would be too many.
func (r *row) full(n int) bool { return len(r.elements)+n > maxInRow }

// button adds a button, unless its value is longer than Slack takes.
func (r *row) button(c layout.Choice) *slack.ButtonBlockElement {
	b := slack.NewButtonBlockElement(r.id(c.Do), c.Ref, plainText(c.Text, maxButton))
	b.AccessibilityLabel = c.Spoken
	if len(c.Ref) <= maxValue {
		r.elements = append(r.elements, b)
	}
	return b
}

// menu adds a menu of choices that do the same; those whose values are too long are
// left out.
func (r *row) menu(placeholder string, cs []layout.Choice) {
	var out []*slack.OptionBlockObject
	for _, c := range cs {
		if len(c.Ref) <= maxOption && len(out) < 100 {
			out = append(out, option(c))
		}
	}
	if out != nil {
		r.elements = append(r.elements, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plainText(placeholder, maxButton), r.id(cs[0].Do), out...))
	}
}

// option returns an entry of a menu, with how what it shows begins.
func option(c layout.Choice) *slack.OptionBlockObject {
	o := slack.NewOptionBlockObject(c.Ref, plainText(c.Text, maxOption), nil)
	if c.About != "" {
		o.Description = plainText(c.About, maxOption)
	}
	return o
}

// choices adds a button for each choice; those that have no room go into a menu.
func (r *row) choices(menu string, cs []layout.Choice) {
	n := len(cs)
	if r.full(n) {
		n = max(0, maxInRow-len(r.elements)-1)
	}
	for _, c := range cs[:n] {
		r.button(c)
	}
	if n < len(cs) {
		r.menu(menu, cs[n:])
	}
}

func (r *row) id(do string) string {
	return do + "." + r.name + strconv.Itoa(len(r.elements))
}

// actions returns the buttons below a message.
func (r *renderer) actions(s layout.Sheet) []slack.Block {
	look := row{key: r.key, name: "look"}
	more := row{key: r.key, name: "more"}
	look.choices(r.layout.Looks(s))
	for _, c := range r.layout.Closers(s) {
		more.button(c)
	}
	if !look.full(len(more.elements)) {
		look.elements, more.elements = append(look.elements, more.elements...), nil
	}
	return append(look.block(), more.block()...)
}

// plainText returns a text object that shows text as it is, shortened to so many
// characters.
func plainText(text string, most int) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, layout.Clip(plain(layout.Clean(text)), most), false, false)
}
