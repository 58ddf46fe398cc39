package bot

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"footnote/corpus"
	"footnote/retrieval"
)

// wordHits is how many passages a look-up by words shows.
const wordHits = 3

// cite looks up one or more references, or else the words.
func (b *Bot) cite(ctx context.Context, q Question) (Answer, error) {
	refs, ok := b.references(q.Text)
	w := wordsFor(q.Language)
	if !ok && almost.MatchString(q.Text) {
		return Answer{Status: NotFound, Text: fmt.Sprintf(w.noReference, w.list([]string{q.Text}), b.exists(w))}, nil
	}
	if !ok {
		return b.citeWords(ctx, q)
	}
	var ans Answer
	var unclear []string
	seen := map[*corpus.Passage]bool{}
	for _, r := range refs {
		ps, among := b.locate(r.Reference, q.Before)
		if among != nil {
			unclear = append(unclear, fmt.Sprintf(w.whichDocument, r.text, b.which(w, among)))
		}
		if len(ps) == 0 {
			ans.Missing = append(ans.Missing, r.text)
			continue
		}
		for _, p := range ps {
			if !seen[p] { // the same may be named twice
				seen[p] = true
				b.addWhole(&ans, p)
			}
		}
	}
	if len(ans.Citations) == 0 {
		ans.Status = NotFound
		if ans.Text = strings.Join(unclear, "\n"); unclear != nil {
			ans.Missing = nil // there are too many
			return ans, nil
		}
		ans.Text = fmt.Sprintf(w.noReference, w.list(ans.Missing), b.exists(w))
		return ans, nil
	}
	ans.Status = Found
	ans.Text = ans.joined("\n\n", false)
	return ans, nil
}

// almost finds what was meant as a reference and is none: p-1, ¶¶5, nato-360#p5s2.
var almost = regexp.MustCompile(`^\s*(¶|[pncPNC]-?\d\S*\s*$|\[|\S*#\S+\s*$)`)

// span finds a range of references: ¶5-7, notes 3–5.
var span = regexp.MustCompile(`^(.*?)(\d{1,4})\s*[-–]\s*(\d{1,4})$`)

// mostSpan is how many references a range may have.
const mostSpan = 20

// spread returns the references of a range one by one, or ref alone.
func spread(ref string) []string {
	m := span.FindStringSubmatch(ref)
	if m == nil {
		return []string{ref}
	}
	from, _ := strconv.Atoi(m[2])
	to, _ := strconv.Atoi(m[3])
	if to < from || to-from >= mostSpan {
		return []string{ref}
	}
	var out []string
	for n := from; n <= to; n++ {
		out = append(out, strings.Replace(m[1], "notes", "note", 1)+strconv.Itoa(n))
	}
	return out
}

type namedReference struct {
	corpus.Reference
	text string
}

// references reads a list of references: "¶5", "¶5, note 7".
func references(text string) ([]namedReference, bool) {
	return readReferences(text, corpus.ParseReference)
}

// references reads a list of references, which may name their documents.
func (b *Bot) references(text string) ([]namedReference, bool) {
	return readReferences(text, b.reference)
}

func readReferences(text string, read func(string) (corpus.Reference, bool)) ([]namedReference, bool) {
	var out []namedReference
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '、' }) {
		for _, p := range strings.Split(part, " and ") {
			p = strings.TrimSpace(p)
			if p == "" {
				continue
			}
			for _, one := range spread(p) {
				r, ok := read(one)
				if !ok {
					return nil, false
				}
				out = append(out, namedReference{r, one})
			}
		}
	}
	return out, len(out) > 0
}

// addWhole appends a passage or note to an answer in full, with what refers to it.
func (b *Bot) addWhole(a *Answer, p *corpus.Passage) {
	b.add(a, stretch{passage: p, end: len(p.Text)})
	c := &a.Citations[len(a.Citations)-1]
	for _, by := range p.CitedBy {
		c.CitedBy = append(c.CitedBy, by.Label)
	}
	for _, s := range p.Sources {
		c.Sources = append(c.Sources, Source{Authors: s.Authors, Title: s.Title, Publisher: s.Publisher, Date: s.Date, Remark: s.Remark})
	}
}

// exists says which references there are.
func (b *Bot) exists(w *words) string {
	var parts []string
	for _, d := range b.corpus.Documents.All() {
		if len(parts) == 6 { // more would not be read
			parts = append(parts, "…")
			break
		}
		s := ""
		var last *corpus.Passage
		charts := 0
		for _, p := range d.Passages {
			if p.Kind == corpus.Chart {
				charts++
			} else {
				last = p
			}
		}
		if last != nil {
			s = fmt.Sprintf("¶1–¶%d", last.Number)
		}
		if charts > 0 {
			s += fmt.Sprintf(", chart 1–%d", charts)
		}
		if n := len(d.Notes); n > 0 {
			s += fmt.Sprintf(", note 1–%d", d.Notes[n-1].Number)
		}
		if b.several() {
			s = d.ID + "#: " + s
		}
		parts = append(parts, strings.TrimPrefix(s, ", "))
	}
	return strings.Join(parts, "; ")
}

// citeWords finds the passages and notes that have the words.
func (b *Bot) citeWords(ctx context.Context, q Question) (Answer, error) {
	r := b.reader()
	defer b.release(r)
	read := b.read(r, q)
	hits, err := b.search.Search(ctx, retrieval.Query{Text: read.text, Limit: wordHits})
	if err != nil {
		return Answer{}, fmt.Errorf("search words: %w", err)
	}
	ans := Answer{Missing: b.missing(read)}
	for _, h := range hits {
		// A passage far behind the first is not what was meant.
		if h.Score >= hits[0].Score/2 {
			b.addWhole(&ans, h.Passage)
		}
	}
	if len(ans.Citations) == 0 {
		ans.Status = NotFound
		ans.Text = fmt.Sprintf(wordsFor(q.Language).noWords, q.Text)
		return ans, nil
	}
	ans.Status = Found
	ans.Text = ans.joined("\n\n", false)
	return ans, nil
}

// sources lists the notes of every document, or of the one that the question names.
func (b *Bot) sources(q Question) (Answer, error) {
	var ans Answer
	one := b.document(q.Text)
	if _, d := b.limited(q.Text); one == nil {
		one = d
	}
	if q.Text != "" && one == nil && b.several() {
		return Answer{}, b.noDocument(wordsFor(q.Language), q.Text)
	}
	for _, d := range b.annotated(one).All() {
		for _, n := range d.Notes {
			b.addWhole(&ans, n)
		}
	}
	if len(ans.Citations) == 0 {
		return Answer{Status: NotFound, Text: wordsFor(q.Language).noNotes}, nil
	}
	ans.Status = Found
	ans.Text = ans.joined("\n", false)
	return ans, nil
}
