package corpus

import (
	"strings"
	"unicode"
)

// Reference names a passage, chart or note, as people and marks do.
type Reference struct {
	Document string // its id, or "" for whichever document has such a passage
	Kind     Kind
	Number   int
	Part     int // of a paragraph in parts, or 0 for all of them
}

// forms are the words before (and in Japanese after) a reference's number.
var forms = []struct {
	kind          Kind
	before, after string
}{
	{Paragraph, "¶", ""}, {Paragraph, "p", ""}, {Paragraph, "para", ""}, {Paragraph, "par", ""}, {Paragraph, "paragraph", ""},
	{Paragraph, "passage", ""}, {Paragraph, "第", "段落"}, {Paragraph, "段落", ""}, {Paragraph, "パラグラフ", ""},
	{Chart, "c", ""}, {Chart, "chart", ""}, {Chart, "figure", ""}, {Chart, "図", ""}, {Chart, "図表", ""}, {Chart, "チャート", ""},
	{Note, "n", ""}, {Note, "note", ""}, {Note, "footnote", ""}, {Note, "[", "]"}, {Note, "注", ""}, {Note, "註", ""}, {Note, "注釈", ""},
	{Note, "脚注", ""}, {Note, "脚註", ""},
}

// ParseReference reads a reference: ¶5, p5, paragraph 5, ¶5.2, chart 2, note 7,
// [7], 第5段落, 注7, or any of them after a document's id and #, in small or
// capital letters, plain or full-width. Nothing else may stand in s but white
// space and quotes around it and a question mark or stop after it.
func ParseReference(s string) (Reference, bool) {
	quote := func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("\"'“”‘’`「」", r) }
	document, name := "", strings.TrimFunc(s, quote)
	if n := strings.LastIndexAny(name, "#＃"); n >= 0 {
		document, name = strings.TrimSpace(name[:n]), strings.TrimLeft(name[n:], "#＃")
	}
	name = strings.TrimRight(strings.Map(narrow, name), "?!.。 \"'”’")
	name = strings.ToLower(strings.TrimSpace(name))
	for _, f := range forms {
		rest, ok := strings.CutPrefix(name, f.before)
		if !ok {
			continue
		}
		if rest, ok = strings.CutSuffix(rest, f.after); !ok {
			continue
		}
		if number, part, ok := referenceNumber(rest); ok && (part == 0 || f.kind == Paragraph) {
			return Reference{Document: document, Kind: f.kind, Number: number, Part: part}, true
		}
	}
	return Reference{}, false
}

// referenceNumber reads "5" or "5.2".
func referenceNumber(s string) (number, part int, ok bool) {
	s = strings.TrimSpace(s)
	first, second, parts := strings.Cut(s, ".")
	number, ok = wholeNumber(first)
	if ok && parts {
		part, ok = wholeNumber(second)
	}
	return number, part, ok
}

// wholeNumber reads a number from 1 up, of at most nine digits.
func wholeNumber(s string) (int, bool) {
	if !allDigits(s) || len(s) > 9 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		n = 10*n + int(s[i]-'0')
	}
	return n, n > 0
}

// narrow turns the full-width form of an ASCII character into the plain one, and
// a wide space into a space.
func narrow(r rune) rune {
	switch {
	case '！' <= r && r <= '～':
		return r - '！' + '!'
	case r == '　':
		return ' '
	}
	return r
}

// matches reports whether r names p, its document aside.
func (r Reference) matches(p *Passage) bool {
	return p.Kind == r.Kind && p.Number == r.Number && (r.Part == 0 || p.Part == r.Part)
}

// Find returns what r names, in the corpus's order: nothing, one passage, the
// parts of one, or those of several documents when r names none.
func (c *Corpus) Find(r Reference) []*Passage {
	documents := c.Documents
	if r.Document != "" {
		d := c.Document(r.Document)
		if d == nil {
			return nil
		}
		documents = ListOf([]*Document{d})
	}
	var out []*Passage
	for _, d := range documents.All() {
		list := d.Passages
		if r.Kind == Note {
			list = d.Notes
		}
		for _, p := range list {
			if r.matches(p) {
				out = append(out, p)
			}
		}
	}
	return out
}
