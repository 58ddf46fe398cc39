package discordbot

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// entity is what Discord writes between < and >: a mention of a person, a role or a
// channel, an emoji, a time, a command, a part of a guild, a link without a preview.
var entity = regexp.MustCompile(`<(?:@!?(\d+)|@&(\d+)|#(\d+)|a?(:\w+:)\d+|t:(-?\d{1,13})(?::[a-zA-Z])?|(/[^:<>]+):\d+|id:(\w+)|(https?://[^\s<>]+))>`)

// words returns what a person wrote: without the mention of the bot, and with what
// Discord has marked up as it was read. named tells whether the bot was meant.
func (b *Bot) words(m message, me self) (text string, named bool) {
	return asRead(m, me, func(id string) string {
		is, _, _ := b.channels.get(id)
		return is.Name
	})
}

// asRead does it with a way to find the names of channels, which may be nil. A
// mention counts only where Discord says too that there is one: between marks of code
// there is none.
func asRead(m message, me self, channel func(id string) string) (text string, named bool) {
	text = entity.ReplaceAllStringFunc(m.Content, func(s string) string {
		part := entity.FindStringSubmatch(s)
		switch {
		case part[1] != "":
			if part[1] == me.User && m.mentions(me.User) {
				named = true
				return " "
			}
			return m.name(part[1])
		case part[2] != "":
			return "" // what the role is called is not told
		case part[3] != "":
			if channel != nil {
				if name := channel(part[3]); name != "" {
					return "#" + name
				}
			}
			return ""
		case part[5] != "":
			n, _ := strconv.ParseInt(part[5], 10, 64)
			return time.Unix(n, 0).UTC().Format("2 January 2006 15:04")
		}
		return cmp.Or(part[4], part[6], part[7], part[8])
	})
	if named {
		text = strings.TrimLeft(text, " ,:;\u3001\uff0c\uff1a\t\n")
	}
	return strings.TrimSpace(text), named
}

// name is how somebody whom the message mentions is called in it.
func (m message) name(user string) string {
	for _, p := range m.Mentions {
		if p.ID == user {
			if name := cmp.Or(p.Name, p.Username); name != "" {
				return "@" + name
			}
		}
	}
	return ""
}
