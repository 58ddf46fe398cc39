package bot

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/retrieval"
)

// Suggestion is a passage or note that somebody who has begun to type may mean; or a
// direction, or a document.
type Suggestion struct {
	Ref   string // what looks it up, such as ¶5, or nato-360#p5 where there are several documents
	Label string // what it is called
	Where string // its heading, or its document's title where there are several
	Text  string // how it begins, one line of at most 120 characters
}

const (
	mostOpening = 120    // characters of Suggestion.Text
	mostVisited = 20_000 // passages that are compared with what is typed, so that a great collection is not slow
	mostOpened  = 1_000  // documents that are looked through; a stored one is read from its file, in microseconds
	mostTurned  = 2_000  // passages whose words are
)

// Complete returns what the text of q, as far as it is typed, may be the beginning of,
// at most limit, the likeliest first. For a summary that is a direction, for the sources
// a document. For anything else it is a passage or note: by number where it names one,
// however little of it (5, ¶1, note, 注7, the last of a list), and by words. Nothing
// typed gives the first of each. It is quick enough to be asked at every key, and where a
// search fails it returns what it has.
func (b *Bot) Complete(ctx context.Context, q Question, limit int) []Suggestion {
	switch q.Kind {
	case KindSummary:
		return b.completeDirection(q, limit)
	case KindSources:
		return b.completeDocument(q.Text, limit)
	}
	before, last := listed(q.Text)
	s := &suggestions{b: b, limit: limit, before: before, seen: make(map[*corpus.Passage]bool)}
	if last == "" {
		s.start()
		return s.out
	}
	if p, ok := readPartial(b.hashed(last)); ok {
		s.numbered(p)
		if p.number != "" && (len(p.kinds) == 1 || p.document != "") {
			return s.out // note 1 is no word to look for
		}
	}
	if utf8.RuneCountInString(last) > 1 {
		s.worded(ctx, last)
	}
	return s.out
}

// completeDirection suggests directions, with the passages they have.
func (b *Bot) completeDirection(q Question, limit int) []Suggestion {
	var out []Suggestion
	low := strings.ToLower(strings.TrimSpace(q.Text))
	for _, d := range b.directions(q.Language, nil) {
		if len(out) < limit && (strings.Contains(strings.ToLower(d.Name), low) || strings.Contains(strings.ToLower(d.ID), low)) {
			out = append(out, Suggestion{Ref: d.ID, Label: d.Name})
		}
	}
	return out
}

// completeDocument suggests documents by what their ids and titles have, those first that
// begin with it.
func (b *Bot) completeDocument(typed string, limit int) []Suggestion {
	var first, rest []Suggestion
	low := strings.ToLower(strings.TrimSpace(typed))
	for i, d := range b.corpus.Documents.All() {
		if i == mostVisited || len(first) >= limit {
			break
		}
		id, title := strings.ToLower(d.ID), strings.ToLower(d.Title)
		s := Suggestion{Ref: d.ID, Label: d.Title, Where: d.Date, Text: d.ID}
		switch {
		case strings.HasPrefix(id, low), strings.HasPrefix(title, low):
			first = append(first, s)
		case strings.Contains(id, low), strings.Contains(title, low):
			rest = append(rest, s)
		}
	}
	out := append(first, rest...)
	return out[:min(limit, len(out))]
}

// listed parts the last reference of a list from those before it.
func listed(typed string) (before, last string) {
	i := strings.LastIndexAny(typed, ",;、")
	if i < 0 {
		return "", strings.TrimSpace(typed)
	}
	_, width := utf8.DecodeRuneInString(typed[i:])
	before = strings.TrimSpace(typed[:i])
	if _, ok := references(before); !ok {
		return "", strings.TrimSpace(typed)
	}
	return before + ", ", strings.TrimSpace(typed[i+width:])
}

// hashed writes a document's id before a reference that is being typed as it is written
// before a #: nato-360 ¶ is nato-360#¶.
func (b *Bot) hashed(typed string) string {
	if b.corpus.Document(typed) != nil {
		return typed + "#"
	}
	for i, c := range typed {
		if c == ' ' && b.corpus.Document(typed[:i]) != nil {
			return typed[:i] + "#" + typed[i+1:]
		}
	}
	return typed
}

// suggestions collects suggestions, each passage once.
type suggestions struct {
	b      *Bot
	limit  int
	before string // what stands in the list already
	out    []Suggestion
	seen   map[*corpus.Passage]bool
}

func (s *suggestions) full() bool { return len(s.out) >= s.limit }

func (s *suggestions) add(p *corpus.Passage) {
	if s.full() || s.seen[p] {
		return
	}
	s.seen[p] = true
	x := Suggestion{Ref: p.Label, Label: s.b.Label(p), Where: p.Heading()}
	if s.b.several() {
		x.Ref, x.Where = p.ID, p.Document.Title
	}
	x.Ref = s.before + x.Ref
	x.Text = firstOf(strings.Join(strings.Fields(p.Text), " "))
	s.out = append(s.out, x)
}

// firstOf returns the first characters of a text.
func firstOf(text string) string {
	n := 0
	for i := range text {
		if n == mostOpening {
			return text[:i]
		}
		n++
	}
	return text
}

// start adds the first paragraphs and, so that they are known of, the first notes and
// charts.
func (s *suggestions) start() {
	for _, share := range []struct {
		kind corpus.Kind
		most int
	}{{corpus.Paragraph, 3 * s.limit / 5}, {corpus.Note, s.limit}, {corpus.Chart, s.limit}, {corpus.Paragraph, s.limit}} {
		visited, before := 0, len(s.out)
		documents := s.b.corpus.Documents
		if share.kind == corpus.Note {
			documents = s.b.corpus.Annotated
		}
		for i, d := range documents.All() {
			list := d.Passages
			if share.kind == corpus.Note {
				list = d.Notes
			}
			if i == mostOpened || s.full() {
				break
			}
			for _, p := range list {
				if visited++; s.full() || len(s.out)-before >= share.most || visited > mostVisited {
					break
				}
				if p.Kind == share.kind {
					s.add(p)
				}
			}
		}
	}
}

// partial is a reference as far as it has been typed.
type partial struct {
	document string        // its id, or ""
	kinds    []corpus.Kind // what it may name, in the order to suggest it in
	number   string        // the digits so far, or ""
}

var partialReference = regexp.MustCompile(`^(?:(¶|p|para?|paragraph|passage|第|段落|パラグラフ)|(c|chart|figure|図|図表|チャート)|(n|notes?|footnote|\[|注|註|注釈|脚注|脚註))?[ .]*(\d{0,9}(?:\.\d{0,3})?)(?:\]|段落)?$`)

// kindWords are the words whose beginning is taken for the whole.
var kindWords = []struct {
	word string
	kind corpus.Kind
}{{"paragraph", corpus.Paragraph}, {"passage", corpus.Paragraph}, {"chart", corpus.Chart}, {"figure", corpus.Chart}, {"note", corpus.Note}, {"footnote", corpus.Note}}

// readPartial reads the beginning of a reference.
func readPartial(typed string) (partial, bool) {
	var p partial
	typed = strings.ToLower(strings.Map(plainWidth, typed))
	if i := strings.LastIndexByte(typed, '#'); i >= 0 {
		p.document, typed = strings.TrimSpace(typed[:i]), strings.TrimSpace(typed[i+1:])
	}
	for _, w := range kindWords {
		if typed != "" && strings.HasPrefix(w.word, typed) {
			p.kinds = []corpus.Kind{w.kind}
			return p, true
		}
	}
	m := partialReference.FindStringSubmatch(typed)
	if m == nil || typed == "" && p.document == "" {
		return p, false
	}
	p.number = strings.TrimLeft(m[4], "0")
	for i, k := range []corpus.Kind{corpus.Paragraph, corpus.Chart, corpus.Note} {
		if m[i+1] != "" {
			p.kinds = []corpus.Kind{k}
		}
	}
	if p.kinds == nil {
		p.kinds = []corpus.Kind{corpus.Paragraph, corpus.Note, corpus.Chart}
	}
	return p, true
}

// plainWidth turns a full-width character into the plain one.
func plainWidth(r rune) rune {
	if '！' <= r && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// numbered adds the passages whose number begins as typed: first those with just
// that number.
func (s *suggestions) numbered(p partial) {
	documents := s.b.corpus.Documents
	if p.document != "" {
		d := s.b.document(p.document)
		if d == nil {
			return
		}
		documents = corpus.ListOf([]*corpus.Document{d})
	}
	for _, exact := range []bool{true, false} {
		if exact && p.number == "" {
			continue
		}
		for _, kind := range p.kinds {
			visited := 0
			for i, d := range documents.All() {
				list := d.Passages
				if kind == corpus.Note {
					list = d.Notes
				}
				if visited += len(list); s.full() || visited > mostVisited || i == mostOpened {
					break
				}
				for _, x := range list {
					n := digitsOf(x)
					if x.Kind == kind && (n == p.number || !exact && strings.HasPrefix(n, p.number)) {
						s.add(x)
					}
				}
			}
		}
	}
}

// digitsOf returns a passage's number as its label has it, such as 5.2.
func digitsOf(p *corpus.Passage) string {
	i := strings.IndexAny(p.Label, "0123456789")
	return p.Label[max(i, 0):]
}

// worded adds the passages that have the words, and then, in a small collection,
// those that have what is typed as it is, since the last word may not be finished.
func (s *suggestions) worded(ctx context.Context, typed string) {
	if s.full() {
		return
	}
	r := s.b.reader()
	defer s.b.release(r)
	hits, err := s.b.search.Search(ctx, retrieval.Query{Text: s.b.read(r, Question{Text: typed}).text, Limit: s.limit})
	if err != nil {
		hits = nil
	}
	for _, h := range hits {
		s.add(h.Passage)
	}
	if s.b.corpus.Passages.Len() > mostTurned {
		return
	}
	low := strings.ToLower(typed)
	for _, p := range s.b.corpus.Passages.All() {
		if s.full() {
			return
		}
		if slices.ContainsFunc([]string{p.Text, p.Heading()}, func(t string) bool { return strings.Contains(strings.ToLower(t), low) }) {
			s.add(p)
		}
	}
}
