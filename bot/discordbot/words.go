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

// What Discord's markdown writes around words, and before them on a line.
var (
	fence   = regexp.MustCompile("(?s)```(?:[a-z0-9+#-]*\n)?(.*?)```")
	code    = regexp.MustCompile("``?([^`\n]+)``?")
	link    = regexp.MustCompile(`\[([^\[\]\n]+)\]\(<?[^()\s<>]+>?\)`)
	opening = regexp.MustCompile(`(?m)^[ \t]*(?:(?:>>>|>|-#|#{1,3}|[-*+]|\d{1,2}\.)[ \t]+)+`)
	around  = regexp.MustCompile(`\*\*\*(\S(?:[^\n]*?\S)?)\*\*\*|\*\*(\S(?:[^\n]*?\S)?)\*\*|~~(\S(?:[^\n]*?\S)?)~~|\|\|(\S(?:[^\n]*?\S)?)\|\||\*([^\s*](?:[^*\n]*[^\s*])?)\*`)
	under   = regexp.MustCompile(`(^|[^\pL\pN_])_{1,3}([^\s_](?:[^_\n]*[^\s_])?)_{1,3}($|[^\pL\pN_])`)
	escapes = regexp.MustCompile("\\\\([\\\\*_~|`<>\\[\\]@#+.:/()!-])")
)

// plain returns a text as it is read, without the signs of Discord's markdown: code,
// quotes, headings, lists, small print and styles are their words, a link is its text.
func plain(text string) string {
	// A sign behind a backslash is itself: it is put out of the way until the end.
	text = escapes.ReplaceAllStringFunc(text, func(s string) string { return string(private + rune(s[1])) })
	text = fence.ReplaceAllString(text, "$1")
	text = code.ReplaceAllString(text, "$1")
	text = link.ReplaceAllString(text, "$1")
	text = opening.ReplaceAllString(text, "")
	for range 3 { // styles stand in each other
		text = around.ReplaceAllString(text, "$1$2$3$4$5")
		text = under.ReplaceAllString(text, "$1$2$3")
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r >= private && r < private+0x80 {
			return r - private
		}
		return r
	}, text))
}

// private is where characters begin that nobody writes.
const private = '\uE000'

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
