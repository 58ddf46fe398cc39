package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"footnote/corpus"
)

// A summary has from three to six bullets.
const (
	fewestBullets = 3
	mostBullets   = 6
)

// longBullet is the length in characters past which a sentence is cut in two at a
// clause boundary, about three lines on a phone.
const longBullet = 240

// summary summarises a direction by its own sentences, or has a [Writer] do so;
// without a direction it lists those there are. Either may be limited to a document.
func (b *Bot) summary(ctx context.Context, q Question, tell func(Answer)) (Answer, error) {
	w := wordsFor(q.Language)
	text, one := b.limited(q.Text)
	if d := b.document(text); one == nil && d != nil && b.several() && b.direction(text) == "" {
		text, one = "", d
	}
	all := b.directions(q.Language, one)
	if len(all) == 0 {
		return Answer{Status: NotFound, Text: w.noDirections}, nil
	}
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	if text == "" {
		return Answer{Status: Found, Text: fmt.Sprintf(w.directions, strings.Join(names, w.comma)), Directions: all}, nil
	}
	id := b.direction(text)
	i := slices.IndexFunc(all, func(c Coverage) bool { return c.ID == id })
	if left, right, ok := cutJoint(text); i < 0 && ok && b.several() && b.direction(left) != "" {
		return Answer{}, b.noDocument(w, right)
	}
	if i < 0 {
		return Answer{}, &Problem{fmt.Sprintf(w.noDirection, text, strings.Join(names, w.comma))}
	}
	if one != nil {
		all[i].Document = one.ID
		all[i].Name += " · " + one.Title
	}
	ans := Answer{Status: Answered, Direction: &all[i]}
	shown := map[*corpus.Passage]bool{}
	for _, s := range b.bullets(id, one) {
		b.add(&ans, s)
		shown[s.passage] = true
	}
	if len(ans.Sentences) == 0 {
		return Answer{Status: NotFound, Text: fmt.Sprintf(w.emptyDirection, all[i].Name), Direction: &all[i]}, nil
	}
	ans.Direction.Used = len(shown)
	ans.Text = headed(all[i], w) + "\n• " + ans.joined("\n• ", Dated(ans.Citations))
	if b.writer != nil {
		return b.summaryByModel(ctx, q, topicOf{id, one}, ans, tell)
	}
	return ans, nil
}

// directions lists the directions of one document, nil for all, one of each id, in the
// order the documents name them.
func (b *Bot) directions(language string, one *corpus.Document) []Coverage {
	var out []Coverage
	for _, d := range b.annotated(one).All() {
		for _, dir := range d.Directions {
			i := slices.IndexFunc(out, func(c Coverage) bool { return c.ID == dir.ID })
			if i < 0 {
				i = len(out)
				out = append(out, Coverage{ID: dir.ID, Name: nameOf(dir, language)})
			}
			notes := map[int]bool{}
			for _, e := range dir.Passages {
				for _, n := range notesIn(e) {
					notes[n] = true
				}
			}
			out[i].Passages += len(passagesOf(dir))
			out[i].Notes += len(notes)
		}
	}
	return out
}

func nameOf(d *corpus.Direction, language string) string {
	for _, l := range append([]string{base(language)}, languages...) {
		if n := d.Names[l]; n != "" {
			return n
		}
	}
	return d.ID
}

func notesIn(e corpus.Extract) []int {
	if e.Sentence >= 0 {
		return e.Passage.Sentences[e.Sentence].Notes
	}
	var out []int
	for _, s := range e.Passage.Sentences {
		out = append(out, s.Notes...)
	}
	return out
}

// passagesOf returns the paragraphs of a direction; a chart's caption has nothing
// to summarise.
func passagesOf(d *corpus.Direction) []*corpus.Passage {
	var out []*corpus.Passage
	for _, e := range d.Passages {
		if e.Passage.Kind == corpus.Paragraph && !slices.Contains(out, e.Passage) {
			out = append(out, e.Passage)
		}
	}
	return out
}

// bullet is a stretch that a summary may show.
type bullet struct {
	stretch
	words []word
	score float64
	taken bool
}

// bullets chooses what a summary shows, in reading order: from each passage the
// stretch that has most of what the direction's passages have in common, then the
// best of what is left that does not repeat what was chosen. one is the document that it
// is limited to, or nil.
func (b *Bot) bullets(id string, one *corpus.Document) []stretch {
	r := b.reader()
	defer b.release(r)
	var pool []bullet
	for _, d := range b.annotated(one).All() {
		if dir := d.Direction(id); dir != nil {
			pool = append(pool, pieces(dir)...)
		}
	}
	passages := map[*corpus.Passage]bool{}
	weight := map[string]float64{}
	for i := range pool {
		p := &pool[i]
		p.words = r.sentence(nil, p.passage.Text[p.start:p.end])
		passages[p.passage] = true
		for _, w := range p.words {
			weight[w.Term] += r.rarity(w.Term)
		}
	}
	n := min(mostBullets, max(fewestBullets, len(passages), (2*len(pool)+2)/3))
	for range passages { // the best of each passage first
		if n > 0 && choose(pool, weight, true) {
			n--
		}
	}
	for n > 0 && choose(pool, weight, false) {
		n--
	}
	var out []stretch
	for _, p := range pool {
		if p.taken {
			out = append(out, p.stretch)
		}
	}
	return out
}

// choose takes the best stretch that is left, and then counts its words for less.
func choose(pool []bullet, weight map[string]float64, newPassage bool) bool {
	var best *bullet
	for i := range pool {
		p := &pool[i]
		if p.taken || newPassage && slices.ContainsFunc(pool, func(o bullet) bool { return o.taken && o.passage == p.passage }) {
			continue
		}
		p.score = 0
		seen := map[string]bool{}
		for _, w := range p.words {
			if !seen[w.Term] {
				seen[w.Term] = true
				p.score += weight[w.Term]
			}
		}
		p.score /= float64(10 + len(seen)) // so that a long stretch does not win by its length
		if best == nil || p.score > best.score {
			best = p
		}
	}
	if best == nil {
		return false
	}
	best.taken = true
	for _, w := range best.words {
		weight[w.Term] *= 0.5
	}
	return true
}

// pieces cuts the passages of a direction into stretches that can stand alone.
func pieces(d *corpus.Direction) []bullet {
	var out []bullet
	for _, e := range d.Passages {
		if e.Passage.Kind != corpus.Paragraph {
			continue
		}
		for i := range e.Passage.Sentences {
			text := e.Passage.SentenceText(i)
			if e.Sentence >= 0 && e.Sentence != i || i > 0 && leans(text) || strings.HasSuffix(text, "?") {
				continue
			}
			for _, s := range clauses(group{e.Passage, i, i}.stretch()) {
				out = append(out, bullet{stretch: s})
			}
		}
	}
	return out
}

// boundaries are where a long sentence may be cut: what follows must have a verb.
var boundaries = []string{"; ", ", and ", ", but ", ", while "}

// finite are verbs that tell a clause from a list's last item.
var finite = wordSet(`is are was were has have had will would can could may might must should does do did`)

// clauses cuts a long stretch at the boundary nearest its middle.
func clauses(s stretch) []stretch {
	text := s.passage.Text[s.start:s.end]
	if utf8.RuneCountInString(text) <= longBullet {
		return []stretch{s}
	}
	at, width := -1, 0
	for _, m := range boundaries {
		for from := 0; ; {
			i := strings.Index(text[from:], m)
			if i < 0 {
				break
			}
			i += from
			from = i + len(m)
			near := at < 0 || abs(i-len(text)/2) < abs(at-len(text)/2)
			if near && clause(text[:i], len(text)) && clause(text[from:], clauseOpening) {
				at, width = i, len(m)
			}
		}
	}
	if at < 0 {
		return []stretch{s}
	}
	left := stretch{s.passage, s.start, s.start + at, s.cut, true}
	right := stretch{s.passage, s.start + at + width, s.end, true, s.broken}
	return append(clauses(left), clauses(right)...)
}

// clauseOpening is how many words from its start a clause must have its verb, or
// else the verb may belong to something further on.
const clauseOpening = 14

// clause tells whether text can stand alone: six words, and a verb among the first
// so many.
func clause(text string, words int) bool {
	fields := strings.Fields(strings.ToLower(text))
	return len(fields) >= 6 && slices.ContainsFunc(fields[:min(len(fields), words)], func(f string) bool { return finite[f] })
}

func abs(n int) int { return max(n, -n) }
