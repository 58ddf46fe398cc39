package discordbot

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// mostLooked is how many calls a look for earlier messages makes, of a hundred
// messages each.
const mostLooked = 10

// clockSkew is how far the clocks of Discord and of this machine may be apart.
const clockSkew = 5 * time.Minute

// seen is a message in a list, with what it is made of.
type seen struct {
	message
	raw json.RawMessage
}

// UnmarshalJSON implements [json.Unmarshaler].
func (l *seen) UnmarshalJSON(b []byte) error {
	l.raw = slices.Clone(b)
	_ = json.Unmarshal(b, &l.message) // what has another type than is known stays empty
	return nil
}

// find looks for messages of the answer that were posted, recorded or not, and sets
// d.have and d.first to them. It reads on from the question.
func (d *delivery) find(ctx context.Context) error {
	after := d.to.Message
	switch {
	case after != "":
	case d.to.Interaction != "":
		after = d.to.Interaction
	default:
		after = since(d.e.Accepted.Add(-clockSkew))
	}
	var own []seen
	for range mostLooked {
		var page []seen
		if err := d.b.api.do(ctx, http.MethodGet, d.route()+"?limit=100&after="+after, nil, &page, d.waits); err != nil {
			return classify("look for an earlier answer", err)
		}
		for _, m := range page {
			if older(after, m.ID) < 0 {
				after = m.ID
			}
			if m.Author.ID == d.me.User && m.ID != "" && m.Flags&thinking == 0 {
				own = append(own, m)
			}
		}
		if len(page) < 100 {
			break
		}
	}
	slices.SortFunc(own, func(a, b seen) int { return older(a.ID, b.ID) })
	d.have = nil
	for _, m := range d.ours(own) {
		d.have = append(d.have, m.found())
	}
	switch {
	case len(d.have) > 0:
		d.first = d.have[0].ID
	case d.first != "":
		d.have = []found{{ID: d.first, V2: true}} // as far as can be seen from here
	}
	d.known = true
	return nil
}

// ours picks the messages of this answer: those that reply to the question or to the
// answer's first page, those whose buttons name the errand, and what came of its
// interaction.
func (d *delivery) ours(own []seen) []seen {
	roots := map[string]bool{}
	if d.to.Message != "" {
		roots[d.to.Message] = true
	}
	if d.first != "" {
		roots[d.first] = true
	}
	for _, m := range own {
		if !m.holds(d.e.Key) && !m.of(d.to.Interaction) {
			continue
		}
		roots[m.ID] = true
		if m.Ref != nil && slices.ContainsFunc(own, func(o seen) bool { return o.ID == m.Ref.Message }) {
			roots[m.Ref.Message] = true // a further page, whose first has no buttons
		}
	}
	return slices.DeleteFunc(slices.Clone(own), func(m seen) bool {
		return !roots[m.ID] && (m.Ref == nil || !roots[m.Ref.Message])
	})
}

// holds tells whether something that can be pressed on the message belongs to an
// errand.
func (l seen) holds(key string) bool {
	return strings.Contains(string(l.raw), "|"+key+"|") || strings.Contains(string(l.raw), "|"+key+`"`)
}

// of tells whether the message came of an interaction, "" for none.
func (l seen) of(interaction string) bool {
	var from struct {
		ID string `json:"id"`
	}
	return interaction != "" && json.Unmarshal(l.Metadata, &from) == nil && from.ID == interaction
}

// found returns the message as one of ours.
func (l seen) found() found {
	return found{ID: l.ID, Text: l.text(), V2: l.Flags&componentsV2 != 0}
}

// text returns what the message says, to compare it with what it should.
func (l seen) text() string {
	var m struct {
		Content    string            `json:"content"`
		Components []json.RawMessage `json:"components"`
	}
	_ = json.Unmarshal(l.raw, &m)
	return said(m.Content, m.Components)
}

// said joins the texts of a message in order. What Discord adds, such as numbers of
// components, is left out.
func said(content string, components []json.RawMessage) string {
	var b strings.Builder
	b.WriteString(content)
	for _, c := range components {
		var x struct {
			Content    string            `json:"content"`
			Label      string            `json:"label"`
			CustomID   string            `json:"custom_id"`
			Components []json.RawMessage `json:"components"`
			Accessory  json.RawMessage   `json:"accessory"`
		}
		if json.Unmarshal(c, &x) != nil {
			continue
		}
		b.WriteString("\n" + strings.TrimSpace(x.Content) + x.Label + x.CustomID)
		if len(x.Accessory) > 0 {
			x.Components = append(x.Components, x.Accessory)
		}
		b.WriteString(said("", x.Components))
	}
	return b.String()
}
