package discordbot

import (
	"strings"
	"unicode"

	"footnote/bot/layout"
)

// small shows lines in small print.
func small(lines []string) string {
	var b strings.Builder
	for _, l := range lines {
		if l = layout.Line(l); l == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("-# " + escape(l))
	}
	return b.String()
}

// markdown shows units: those that are joined, and the entries of a list, line by
// line, others with a line between them.
func markdown(units []layout.Unit) string {
	var b strings.Builder
	for i, u := range units {
		if i > 0 {
			b.WriteByte('\n')
			if before := units[i-1]; !(u.Joined && before.Joined) && !(entry(u) && entry(before)) {
				b.WriteByte('\n')
			}
		}
		for k, block := range u.Blocks {
			if k > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(blockMarkdown(block))
		}
	}
	return b.String()
}

// entry tells whether a unit is an entry of a list.
func entry(u layout.Unit) bool { return len(u.Blocks) == 1 && u.Blocks[0].Kind == layout.Bullet }

func blockMarkdown(block layout.Block) string {
	var b strings.Builder
	if block.Kind == layout.Code { // nothing in it is markup, and it has no fence in it
		for _, r := range block.Runs {
			b.WriteString(r.Text)
		}
		return "```\n" + b.String() + "\n```"
	}
	for _, r := range block.Runs {
		b.WriteString(runMarkdown(r))
	}
	text := strings.TrimRightFunc(b.String(), unicode.IsSpace)
	switch block.Kind {
	case layout.Quote:
		return "> " + strings.ReplaceAll(text, "\n", "\n> ")
	case layout.Bullet:
		return "- " + strings.ReplaceAll(text, "\n", "\n  ")
	}
	return text
}

// runMarkdown shows text in its style. Spaces at its ends stand outside the signs,
// which would not be any beside a space.
func runMarkdown(r layout.Run) string {
	word := strings.TrimSpace(r.Text)
	if word == "" || !r.Bold && !r.Italic && r.Link == "" {
		return escape(r.Text)
	}
	at := strings.Index(r.Text, word)
	text := escape(word)
	if r.Italic {
		text = "*" + text + "*"
	}
	if r.Bold {
		text = "**" + text + "**"
	}
	if r.Link != "" {
		text = "[" + text + "](<" + r.Link + ">)"
	}
	return r.Text[:at] + text + r.Text[at+len(word):]
}

// texts shows sheets as escaped text, in messages of at most maxContent characters:
// every sentence with its marks, and no sentence parted from them.
func (r *renderer) texts(sheets ...layout.Sheet) []string {
	var out []string
	add := func(line string) {
		if n := len(out) - 1; n >= 0 && layout.Length(out[n])+1+layout.Length(line) <= maxContent {
			out[n] += "\n" + line
		} else {
			out = append(out, line)
		}
	}
	for _, s := range sheets {
		if s.First {
			for _, line := range r.layout.Head() {
				add(escape(line))
			}
		}
		for _, u := range s.Units {
			for _, line := range unitTexts(u) {
				add(line)
			}
		}
		for _, line := range r.layout.Closing(s) {
			add(escape(line))
		}
	}
	return out
}

// unitTexts shows a unit as escaped text, in pieces of at most maxContent characters
// that each have its marks.
func unitTexts(u layout.Unit) []string {
	marks := ""
	if u.Marks != "" {
		marks = " " + escape(layout.Clip(u.Marks, maxContent/3))
	}
	for most := maxContent; ; most = most * 3 / 4 {
		var out []string
		long := false
		for _, p := range layout.Pieces(u.Text, layout.Size{Units: most, Bytes: 4 * most}, false) {
			text := escape(p.String()) + marks
			out, long = append(out, text), long || layout.Length(text) > maxContent
		}
		if !long {
			if u.Below != "" {
				out = append(out, escape(layout.Clip(u.Below, maxContent/2)))
			}
			return out
		}
	}
}
