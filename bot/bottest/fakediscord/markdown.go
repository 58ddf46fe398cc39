package fakediscord

import (
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// This file reads Discord's markdown as its clients do: by its help pages (support.discord.com "Markdown Text 101"), by
// developers/reference.mdx, "Message Formatting", and by what clients are seen to do. It knows nothing of how the bot escapes.

// reading is what a text says: what people read, whom it names and where it leads.
type reading struct {
	shown    strings.Builder
	users    []string
	roles    []string
	everyone bool
	here     bool
	links    []string // all that can be opened
	previews []string // those that would grow a preview
}

// Shown is what people read of a text: its markup gone, quotes as "> ", list items as "• ", emoji in place of their short names,
// mentions as "@<id>" and "#<id>".
func Shown(markdown string) string { return read(markdown).shown.String() }

// read reads a text.
func read(markdown string) *reading {
	r := &reading{}
	r.blocks(markdown, false)
	return r
}

var (
	headingLine = regexp.MustCompile(`^ *#{1,3} +(\S.*?) *#* *$`)
	subtextLine = regexp.MustCompile(`^-# +(\S.*?) *$`)
	bulletLine  = regexp.MustCompile(`^( *)[-*] +(\S.*)$`)
	numberLine  = regexp.MustCompile(`^( *)(\d{1,10})\. +(\S.*)$`)
)

// blocks reads whole lines. What spans lines (fences, bold) is read from where it begins.
func (r *reading) blocks(text string, quoted bool) {
	for text != "" {
		rest, done := r.block(text, quoted)
		if !done {
			rest = r.span(text)
		}
		text = rest
	}
}

// block reads what only begins a line: quotes, headings, small print, lists. It reports whether there was one.
func (r *reading) block(text string, quoted bool) (rest string, done bool) {
	line, after, more := strings.Cut(text, "\n")
	end := ""
	if more {
		end = "\n"
	}
	trimmed := strings.TrimLeft(line, " ")
	switch {
	case !quoted && strings.HasPrefix(trimmed, ">>> "):
		inner := text[strings.Index(text, ">>> ")+4:]
		r.quote(inner)
		return "", true
	case !quoted && (strings.HasPrefix(trimmed, "> ") || trimmed == ">"):
		inner := strings.TrimPrefix(strings.TrimPrefix(trimmed, ">"), " ")
		for more {
			next, tail, again := strings.Cut(after, "\n")
			t := strings.TrimLeft(next, " ")
			if !strings.HasPrefix(t, "> ") && t != ">" {
				break
			}
			inner += "\n" + strings.TrimPrefix(strings.TrimPrefix(t, ">"), " ")
			after, more = tail, again
			if !again {
				end = ""
			}
		}
		r.quote(inner)
		r.shown.WriteString(end)
		return after, true
	}
	for _, form := range []*regexp.Regexp{headingLine, subtextLine, bulletLine, numberLine} {
		m := form.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		switch form {
		case bulletLine:
			r.shown.WriteString(m[1] + "• ")
		case numberLine:
			r.shown.WriteString(m[1] + m[2] + ". ")
		}
		r.spans(m[len(m)-1])
		r.shown.WriteString(end)
		return after, true
	}
	return text, false
}

// quote reads a quoted text; its lines are shown with a mark.
func (r *reading) quote(text string) {
	inner := &reading{}
	inner.blocks(text, true)
	r.take(inner, func(shown string) string { return "> " + strings.ReplaceAll(shown, "\n", "\n> ") })
}

// take adds what another reading found.
func (r *reading) take(inner *reading, show func(string) string) {
	r.shown.WriteString(show(inner.shown.String()))
	r.users = append(r.users, inner.users...)
	r.roles = append(r.roles, inner.roles...)
	r.everyone, r.here = r.everyone || inner.everyone, r.here || inner.here
	r.links = append(r.links, inner.links...)
	r.previews = append(r.previews, inner.previews...)
}

// spans reads a text that has no lines of its own.
func (r *reading) spans(text string) {
	for text != "" {
		text = r.span(text)
	}
}

// span reads to the end of a line, or further where markup does, and returns what follows.
func (r *reading) span(text string) string {
	before := rune(0)
	for text != "" && before != '\n' {
		rest, ok := r.markup(text, before)
		if !ok {
			_, size := utf8.DecodeRuneInString(text)
			r.shown.WriteString(text[:size])
			rest = text[size:]
		}
		before, _ = utf8.DecodeLastRuneInString(text[:len(text)-len(rest)])
		text = rest
	}
	return text
}

// markup reads what markup stands at the beginning of text.
func (r *reading) markup(text string, before rune) (rest string, ok bool) {
	switch text[0] {
	case '\\':
		return r.escape(text)
	case '`':
		return r.code(text)
	case '<':
		return r.angle(text)
	case '[':
		return r.masked(text)
	case 'h', 'H':
		return r.bare(text, before)
	case ':':
		return r.emoji(text)
	case '@':
		return r.mass(text)
	case '*', '_', '~', '|':
		return r.emphasis(text)
	}
	return text, false
}

// escape is a backslash before what is neither letter, digit nor space: the character stands for itself.
func (r *reading) escape(text string) (string, bool) {
	if strings.HasPrefix(text, `\_(ツ)_/`) {
		r.shown.WriteString(`\_(ツ)_/`) // the shrug keeps its arm
		return strings.TrimPrefix(text, `\_(ツ)_/`), true
	}
	if len(text) < 2 {
		return text, false
	}
	c, size := utf8.DecodeRuneInString(text[1:])
	if c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)) || unicode.IsSpace(c) {
		return text, false
	}
	r.shown.WriteRune(c)
	return text[1+size:], true
}

var fence = regexp.MustCompile("^```(?:([a-zA-Z0-9_+\\-.#]+)\n)?\n*((?s:.+?))\n*```")

// code is a fence or code within a line: nothing in it is markup.
func (r *reading) code(text string) (string, bool) {
	if m := fence.FindStringSubmatch(text); m != nil {
		r.shown.WriteString(m[2])
		return text[len(m[0]):], true
	}
	ticks := len(text) - len(strings.TrimLeft(text, "`"))
	for at := ticks; at < len(text); {
		i := strings.IndexByte(text[at:], '`')
		if i < 0 {
			break
		}
		start := at + i
		end := start
		for end < len(text) && text[end] == '`' {
			end++
		}
		if end-start == ticks && start > ticks {
			inner := text[ticks:start]
			if strings.HasPrefix(inner, " `") || strings.HasSuffix(inner, "` ") {
				inner = strings.TrimSpace(inner)
			}
			r.shown.WriteString(inner)
			return text[end:], true
		}
		at = end
	}
	return text, false
}

var (
	userMention    = regexp.MustCompile(`^<@!?(\d+)>`)
	roleMention    = regexp.MustCompile(`^<@&(\d+)>`)
	channelMention = regexp.MustCompile(`^<#(\d+)>`)
	customEmoji    = regexp.MustCompile(`^<a?:(\w+):\d+>`)
	timestamp      = regexp.MustCompile(`^<t:(-?\d{1,17})(?::([tTdDfFsSR]))?>`)
	slashMention   = regexp.MustCompile(`^</([^:>\n]+):\d+>`)
	navigation     = regexp.MustCompile(`^<id:([a-z-]+)(?::\d+)?>`)
	autolink       = regexp.MustCompile(`^<(https?://[^\s<>]+)>`)
)

// angle is what stands in angle brackets.
func (r *reading) angle(text string) (string, bool) {
	for _, form := range []struct {
		pattern *regexp.Regexp
		show    func(m []string) string
	}{
		{userMention, func(m []string) string { r.users = append(r.users, m[1]); return "@" + m[1] }},
		{roleMention, func(m []string) string { r.roles = append(r.roles, m[1]); return "@&" + m[1] }},
		{channelMention, func(m []string) string { return "#" + m[1] }},
		{customEmoji, func(m []string) string { return "⟨emoji " + m[1] + "⟩" }},
		{timestamp, func(m []string) string { return moment(m[1], m[2]) }},
		{slashMention, func(m []string) string { return "/" + m[1] }},
		{navigation, func(m []string) string { return "⟨" + m[1] + "⟩" }},
		{autolink, func(m []string) string { r.links = append(r.links, m[1]); return m[1] }},
	} {
		if m := form.pattern.FindStringSubmatch(text); m != nil {
			r.shown.WriteString(form.show(m))
			return text[len(m[0]):], true
		}
	}
	return text, false
}

// moment is a timestamp as it is shown, in UTC.
func moment(unix, style string) string {
	n, err := strconv.ParseInt(unix, 10, 64)
	if err != nil {
		return "⟨time⟩"
	}
	layouts := map[string]string{"t": "15:04", "T": "15:04:05", "d": "02/01/2006", "D": "January 2, 2006", "f": "January 2, 2006 at 15:04",
		"F": "Monday, January 2, 2006 at 15:04", "s": "02/01/2006, 15:04", "S": "02/01/2006, 15:04:05", "R": "2006-01-02 15:04", "": "January 2, 2006 at 15:04"}
	return time.Unix(n, 0).UTC().Format(layouts[style])
}

var (
	maskedLink = regexp.MustCompile(`^\[((?:\\.|\[(?:\\.|[^\[\]\\])*\]|[^\[\]\\])+)\]\(\s*(<)?(https?://(?:\([^\s()]*\)|\\.|[^\s()\\<>])+)>?(?:\s+["'][^\n]*?["'])?\s*\)`)
	bareLink   = regexp.MustCompile(`^(?i:https?)://[^\s<]+[^<.,:;"'\]\s]`)
)

// masked is a link with a text of its own.
func (r *reading) masked(text string) (string, bool) {
	m := maskedLink.FindStringSubmatch(text)
	if m == nil || strings.Contains(m[1], "://") {
		return text, false // a text that is an address itself could deceive
	}
	inner := &reading{}
	inner.spans(m[1])
	r.take(inner, func(s string) string { return s })
	r.links = append(r.links, m[3])
	if m[2] == "" {
		r.previews = append(r.previews, m[3])
	}
	return text[len(m[0]):], true
}

// bare is an address that just stands there.
func (r *reading) bare(text string, before rune) (string, bool) {
	if unicode.IsLetter(before) && before < utf8.RuneSelf || unicode.IsDigit(before) {
		return text, false
	}
	link := bareLink.FindString(text)
	if link == "" {
		return text, false
	}
	for strings.HasSuffix(link, ")") && strings.Count(link, ")") > strings.Count(link, "(") {
		link = strings.TrimSuffix(link, ")")
	}
	r.shown.WriteString(link)
	r.links, r.previews = append(r.links, link), append(r.previews, link)
	return text[len(link):], true
}

var shortName = regexp.MustCompile(`^:([a-zA-Z0-9_+\-]+)(?:::skin-tone-[1-5])?:`)

// emoji is a short name of an emoji; a name that is none stays.
func (r *reading) emoji(text string) (string, bool) {
	m := shortName.FindStringSubmatch(text)
	if m == nil || emojis[m[1]] == "" {
		return text, false
	}
	r.shown.WriteString(emojis[m[1]])
	return text[len(m[0]):], true
}

// mass is @everyone or @here.
func (r *reading) mass(text string) (string, bool) {
	for _, name := range []string{"@everyone", "@here"} {
		if strings.HasPrefix(text, name) {
			r.everyone = r.everyone || name == "@everyone"
			r.here = r.here || name == "@here"
			r.shown.WriteString(name)
			return strings.TrimPrefix(text, name), true
		}
	}
	return text, false
}

// emphasis is bold, italics, underline, strikethrough or a spoiler.
func (r *reading) emphasis(text string) (string, bool) {
	for _, mark := range []string{"***", "**", "__", "~~", "||", "*", "_"} {
		if !strings.HasPrefix(text, mark) {
			continue
		}
		inner, rest, ok := emphasised(text, mark)
		if !ok {
			continue
		}
		r.spans(inner)
		return rest, true
	}
	return text, false
}

// emphasised finds the end of what a mark begins.
func emphasised(text, mark string) (inner, rest string, ok bool) {
	body := text[len(mark):]
	single := len(mark) == 1
	if body == "" || mark == "*" && unicode.IsSpace(rune(body[0])) {
		return "", "", false
	}
	for i := 0; i < len(body); {
		switch {
		case body[i] == '\\' && i+1 < len(body) && mark != "~~" && mark != "||":
			_, size := utf8.DecodeRuneInString(body[i+1:])
			i += 1 + size
			continue
		case single && strings.HasPrefix(body[i:], mark+mark):
			// A doubled mark within is of another kind.
			i += 2
			continue
		case i > 0 && strings.HasPrefix(body[i:], mark) && closes(body, i, mark):
			return body[:i], body[i+len(mark):], true
		}
		_, size := utf8.DecodeRuneInString(body[i:])
		i += size
	}
	return "", "", false
}

// closes reports whether the mark at i ends an emphasis.
func closes(body string, i int, mark string) bool {
	after := body[i+len(mark):]
	switch mark {
	case "_":
		c, _ := utf8.DecodeRuneInString(after)
		return after == "" || c >= utf8.RuneSelf || c != '_' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	case "*":
		return !unicode.IsSpace(rune(body[i-1])) && !strings.HasPrefix(after, "*")
	case "**", "***":
		return !strings.HasPrefix(after, "*")
	case "__":
		return !strings.HasPrefix(after, "_")
	}
	return true
}

// emojis are some of the short names that clients turn into emoji; a text that holds one by accident must have been escaped.
var emojis = map[string]string{
	"smile": "😄", "smiley": "😃", "grinning": "😀", "grin": "😁", "joy": "😂", "rofl": "🤣", "wink": "😉", "blush": "😊", "thinking": "🤔",
	"cry": "😢", "sob": "😭", "angry": "😠", "rage": "😡", "heart": "❤️", "broken_heart": "💔", "thumbsup": "👍", "+1": "👍", "thumbsdown": "👎",
	"-1": "👎", "ok": "🆗", "ok_hand": "👌", "wave": "👋", "clap": "👏", "pray": "🙏", "muscle": "💪", "fire": "🔥", "star": "⭐", "sparkles": "✨",
	"100": "💯", "1234": "🔢", "tada": "🎉", "rocket": "🚀", "warning": "⚠️", "x": "❌", "o": "⭕", "a": "🅰️", "b": "🅱️", "ab": "🆎", "m": "Ⓜ️", "v": "✌️",
	"tm": "™️", "question": "❓", "exclamation": "❗", "bangbang": "‼️", "white_check_mark": "✅", "heavy_check_mark": "✔️", "memo": "📝",
	"book": "📖", "books": "📚", "bookmark": "🔖", "link": "🔗", "mag": "🔍", "bulb": "💡", "email": "📧", "date": "📅", "clock": "🕰️", "hourglass": "⌛",
	"flag_us": "🇺🇸", "flag_jp": "🇯🇵", "us": "🇺🇸", "jp": "🇯🇵", "eu": "🇪🇺", "earth_africa": "🌍", "globe_with_meridians": "🌐", "sunny": "☀️",
	"cloud": "☁️", "snowflake": "❄️", "ocean": "🌊", "north": "⬆️", "arrow_up": "⬆️", "arrow_down": "⬇️", "arrow_left": "⬅️", "arrow_right": "➡️",
	"one": "1️⃣", "two": "2️⃣", "three": "3️⃣", "zero": "0️⃣", "eyes": "👀", "robot": "🤖", "zzz": "💤", "new": "🆕", "free": "🆓", "up": "🆙", "cool": "🆒",
	"sos": "🆘", "id": "🆔", "vs": "🆚", "information_source": "ℹ️", "soccer": "⚽", "crown": "👑", "gem": "💎", "lock": "🔒", "key": "🔑", "bell": "🔔",
}
