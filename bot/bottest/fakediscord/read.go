package fakediscord

import (
	"cmp"
	"slices"
	"strings"
)

// typeLastSelect ends the types of select menus beside that of texts: of users, roles, both and channels.
const typeLastSelect = 8

// Button is something of a message that can be used: a button or a select menu.
type Button struct {
	Type        int // 2 a button, 3 a select menu of texts, 5 to 8 of what is named
	CustomID    string
	Label       string // of buttons
	URL         string // of link buttons
	Placeholder string // of menus
	Style       int
	Disabled    bool
	Values      []string // of menus: the values of Options
	Options     []Option
	MinValues   int // of menus
	MaxValues   int
}

// Option is a choice of a select menu.
type Option struct {
	Label, Value, Description string
	Default                   bool
}

// Ephemeral reports whether only one user sees the message.
func (m Message) Ephemeral() bool { return m.EphemeralTo != "" }

// IsReply reports whether the message is a reply.
func (m Message) IsReply() bool { return m.ReplyTo != "" }

// V2 reports whether the message is made of components alone.
func (m Message) V2() bool { return m.Flags&flagComponentsV2 != 0 }

// SuppressesEmbeds reports whether its links grow no previews.
func (m Message) SuppressesEmbeds() bool { return m.Flags&flagSuppressEmbeds != 0 }

// texts calls do with every text with markdown that people read, in order; in says where: "content", "component", "embed".
func (m Message) texts(do func(in, text string)) {
	if m.Content != "" {
		do("content", m.Content)
	}
	for _, e := range m.Embeds {
		for _, text := range embedTexts(e) {
			do("embed", text)
		}
	}
	walk(m.Components, func(o obj) {
		if kind, _ := wholeNumber(o["type"]); kind == typeTextDisplay {
			do("component", str(o, "content"))
		}
	})
}

// embedTexts are the texts of an embed, in the order they are shown.
func embedTexts(e any) []string {
	texts := []string{str(field(e, "author"), "name"), str(e, "title"), str(e, "description")}
	fields, _ := field(e, "fields").([]any)
	for _, f := range fields {
		texts = append(texts, str(f, "name"), str(f, "value"))
	}
	texts = append(texts, str(field(e, "footer"), "text"))
	return slices.DeleteFunc(texts, func(t string) bool { return t == "" })
}

// Shown is what people read: the content, the embeds and the texts of the components, without their markup, each on lines of its
// own. Buttons and menus are left out; see [Message.Buttons].
func (m Message) Shown() string {
	if m.Loading {
		return ""
	}
	var parts []string
	m.texts(func(_, text string) { parts = append(parts, Shown(text)) })
	return strings.Join(parts, "\n")
}

// Pings are those who are notified: "@<user id>", "@&<role id>", "@everyone" and "@here". They are named in the content or the
// components, outside code, and allowed_mentions lets them through, which it does where it is absent: all in messages, users in
// what an interaction's token sends. A ping-reply notifies who wrote the message replied to.
func (m Message) Pings() []string {
	users, roles, everyone, here := m.named()
	all := map[string]bool{}
	for _, id := range users {
		all["@"+id] = m.allows("users", id)
	}
	for _, id := range roles {
		all["@&"+id] = m.allows("roles", id)
	}
	if everyone {
		all["@everyone"] = m.allows("everyone", "")
	}
	if here {
		all["@here"] = m.allows("everyone", "")
	}
	if m.repliedTo != "" && m.pingsReply() {
		all["@"+m.repliedTo] = true
	}
	var pings []string
	for p, notified := range all {
		if notified {
			pings = append(pings, p)
		}
	}
	slices.Sort(pings)
	return pings
}

// pingsReply reports whether a reply notifies: developers/resources/message.mdx, "Allowed Mentions Object".
func (m Message) pingsReply() bool {
	if m.AllowedMentions == nil {
		return true
	}
	return m.AllowedMentions["replied_user"] == true
}

// named is whom the content and the components name. Embeds notify nobody.
func (m Message) named() (users, roles []string, everyone, here bool) {
	m.texts(func(in, text string) {
		if in == "embed" {
			return
		}
		r := read(text)
		users, roles = append(users, r.users...), append(roles, r.roles...)
		everyone, here = everyone || r.everyone, here || r.here
	})
	return users, roles, everyone, here
}

// allows reports whether allowed_mentions lets a mention of a kind through.
func (m Message) allows(kind, id string) bool {
	if m.AllowedMentions == nil {
		return m.Webhook == "" || kind == "users"
	}
	parse, _ := m.AllowedMentions["parse"].([]any)
	named, _ := m.AllowedMentions[kind].([]any)
	return slices.Contains(parse, any(kind)) || slices.Contains(named, any(id))
}

// noteMentions fills in what the API says of mentions. Server.mu is held.
func (m *Message) noteMentions(s *Server) {
	m.Mentions, m.MentionRoles, m.MentionEveryone = nil, nil, false
	for _, p := range m.Pings() {
		switch {
		case p == "@everyone" || p == "@here":
			m.MentionEveryone = true
		case strings.HasPrefix(p, "@&"):
			m.MentionRoles = append(m.MentionRoles, p[2:])
		case s.world.users[p[1:]] != nil:
			m.Mentions = append(m.Mentions, p[1:])
		}
	}
}

// Unfurls are the links that grow previews: those of the content that stand in no angle brackets, where previews are not
// suppressed. Links in components and embeds grow none.
func (m Message) Unfurls() []string {
	if m.SuppressesEmbeds() || m.V2() {
		return nil
	}
	return read(m.Content).previews
}

// Links are the addresses that a reader can open, each once: in texts, embeds and buttons.
func (m Message) Links() []string {
	var links []string
	note := func(link string) {
		if link != "" && !slices.Contains(links, link) {
			links = append(links, link)
		}
	}
	m.texts(func(_, text string) {
		for _, link := range read(text).links {
			note(link)
		}
	})
	for _, e := range m.Embeds {
		note(str(e, "url"))
		note(str(field(e, "author"), "url"))
	}
	for _, b := range m.Buttons() {
		note(b.URL)
	}
	return links
}

// Buttons are the message's buttons and menus, in order.
func (m Message) Buttons() []Button {
	var found []Button
	walk(m.Components, func(o obj) {
		if kind, _ := wholeNumber(o["type"]); kind == typeButton || kind >= typeSelect && kind <= typeLastSelect && kind != typeTextInput {
			found = append(found, buttonOf(o, int(kind)))
		}
	})
	return found
}

func buttonOf(o obj, kind int) Button {
	b := Button{Type: kind, CustomID: str(o, "custom_id"), Label: str(o, "label"), URL: str(o, "url"), Placeholder: str(o, "placeholder"),
		Style: integer(o, "style"), Disabled: o["disabled"] == true, MinValues: 1, MaxValues: max(integer(o, "max_values"), 1)}
	if o["min_values"] != nil {
		b.MinValues = integer(o, "min_values")
	}
	if emoji := str(o["emoji"], "name"); b.Label == "" {
		b.Label = emoji
	}
	options, _ := o["options"].([]any)
	for _, opt := range options {
		chosen := Option{Label: str(opt, "label"), Value: str(opt, "value"), Description: str(opt, "description"), Default: field(opt, "default") == true}
		b.Options, b.Values = append(b.Options, chosen), append(b.Values, chosen.Value)
	}
	return b
}

// children are the fields in which components hold others, in the order they are shown.
var children = []string{"components", "component", "accessory"}

// walk calls visit with every component below x, parents first, in the order they are shown.
func walk(x any, visit func(obj)) {
	switch x := x.(type) {
	case []any:
		for _, e := range x {
			walk(e, visit)
		}
	case obj:
		visit(x)
		for _, name := range children {
			walk(x[name], visit)
		}
	}
}

// field is x[name] where x is an object, else nil.
func field(x any, name string) any {
	o, _ := x.(obj)
	return o[name]
}

// str is x[name] where that is a string, else "".
func str(x any, name string) string {
	v, _ := field(x, name).(string)
	return v
}

// integer is x[name] where that is a whole number, else 0.
func integer(x any, name string) int {
	n, _ := wholeNumber(field(x, name))
	return int(cmp.Or(n, 0))
}
