package bot

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// Bounds of one sentence of a model.
const (
	mostSentence = 500 // characters
	mostMarks    = 4
	leastWords   = 3 // a name alone says nothing
)

// judge checks the sentences of one answer.
type judge struct {
	offered  []*corpus.Passage
	checker  *cite.Checker
	analyzer *analysis.Analyzer
	terms    []map[string]bool // the words of each passage
	fits     map[place]bool    // whether a sentence of a passage can be part of an answer
	core     map[place]bool    // those that may be the answer itself; nil where any may
	asked    map[string]bool   // the words of an open question; nil of another
	within   bool              // all sentences that a sentence rests on must be such, not one
	beside   string            // why a sentence that rests on others does not stand
	rejected []Rejected        // what was replaced

	citation func(p *corpus.Passage, start, end int) Citation
}

// place is a sentence of a passage.
type place struct {
	passage  *corpus.Passage
	sentence int
}

// judged is a sentence with what the check has found.
type judged struct {
	text      string
	verdict   Verdict
	citations []Citation
	core      bool   // it rests on what may be the answer itself, and says more than the question
	reason    string // why it does not stand; "" where it does
	again     bool   // asking once more may help
}

func (j judged) stands() bool { return j.reason == "" }

// judge returns what checks sentences over the passages that were offered.
func (b *Bot) judge(in wording, offered []*corpus.Passage) *judge {
	j := &judge{offered: offered, checker: cite.New(in.r.analyzer, in.r.rarity), analyzer: in.r.analyzer, fits: map[place]bool{}, core: map[place]bool{}, beside: "It is no part of an answer to the question.", citation: b.citation}
	hits := slices.Clone(in.hits)
	for _, p := range offered {
		terms := map[string]bool{}
		for _, t := range j.analyzer.Tokens(nil, p.Text) {
			terms[t.Term] = true
		}
		j.terms = append(j.terms, terms)
		if !slices.ContainsFunc(hits, func(h retrieval.Hit) bool { return h.Passage == p }) {
			hits = append(hits, retrieval.Hit{Passage: p})
		}
	}
	if in.read.open {
		j.asked = map[string]bool{}
		for _, t := range in.read.terms {
			j.asked[t.Term] = true
		}
	}
	cs := in.r.scorer(in.read).candidates(hits)
	b.model.score(cs)
	best := top(cs)
	for i := range cs {
		c := &cs[i]
		if c.score >= best.score-second || b.model.confidence(c) >= b.model.Threshold {
			j.core[place{c.passage, c.sentence}] = true
			for k := c.sentence - 1; k <= c.sentence+1; k++ { // what leans on it, or it on
				j.fits[place{c.passage, k}] = true
			}
		}
	}
	return j
}

// check judges a sentence beside those that came before it.
func (j *judge) check(d draft, others []slot) judged {
	s := judged{text: tidied(d.Text), verdict: cite.Unsupported}
	if s.reason, s.again = misformed(s.text); s.reason != "" {
		return s
	}
	for _, o := range others {
		if o.stands() && (strings.EqualFold(o.text, s.text) || j.checker.Check(s.text, o.text).Verdict.Stands()) {
			s.reason = "It has been said."
			return s
		}
	}
	cited := j.cited(d.Citations)
	verdict, places, why := j.supported(s.text, cited)
	if places == nil {
		s.reason, s.again = why, true
		return s
	}
	s.verdict = verdict
	if s.reason = foreign(s.text, places); s.reason != "" {
		return s
	}
	for _, at := range places {
		if better, ok := j.quoted(s.text, at.passage, d.Citations); ok {
			at = better
		}
		if j.answers(at) {
			s.citations = append(s.citations, j.citation(at.passage, at.start, at.end))
			s.core = s.core || j.isCore(at) && j.adds(s.text)
		}
	}
	if s.citations == nil {
		s.verdict, s.reason = cite.Unsupported, j.beside
	}
	return s
}

// misformed tells what no sentence of an answer may have, and whether asking once
// more may help.
func misformed(text string) (reason string, again bool) {
	words := len(strings.Fields(text))
	switch {
	case wordless(text):
		return "It says nothing.", false
	case words < leastWords && utf8.RuneCountInString(text) < 3*leastWords || words < leastWords && text[0] < utf8.RuneSelf:
		return "It is no sentence.", true
	case utf8.RuneCountInString(text) > mostSentence:
		return "It is too long.", true
	case brokenOff.MatchString(text):
		return "It breaks off.", true
	case len(corpus.Sentences(text)) > 1:
		return "It is more than one sentence.", true
	case asksOnly(text):
		return "It is a question.", false
	}
	return "", false
}

// brokenOff finds that a sentence leaves out its end, be it with the words that limit
// what it says.
var brokenOff = regexp.MustCompile(`(?:\.\.|…)["'”’」)]*$`)

// Links, pings, and marks that stand in a sentence.
var (
	links     = regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*:/+\S+|\b(?:www\.|mailto:|tel:|javascript:|data:)\S+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|int|gov|edu|info|biz|co|jp|de|uk|ru|cn|fr|eu|us|dev|app|ai|xyz|link|gg|me|ly|to|tv|test|example)\b(?:[/:?#]\S*)?|\b\d{1,3}(?:\.\d{1,3}){3}\b`)
	pings     = regexp.MustCompile(`[@＠]\S*|<\S*|\S*>|[\[\]{}|\\]`)
	markSigns = regexp.MustCompile(`¶|#[pcn]\d`)
	quotings  = regexp.MustCompile(`“[^”]+”|"[^"]+"|「[^」]+」`)
)

// foreign tells what of a sentence the passages that it rests on do not have to the
// letter though they must: links, whatever could ping or be taken for markup, marks,
// and quotations.
func foreign(text string, places []stretch) string {
	has := func(s string) bool {
		return slices.ContainsFunc(places, func(at stretch) bool { return strings.Contains(at.passage.Text, s) })
	}
	for _, m := range links.FindAllString(text, -1) {
		if !has(strings.TrimRight(m, ".,;:!?)")) {
			return "It has a link that the passage does not have."
		}
	}
	for _, m := range pings.FindAllString(text, -1) {
		if !has(m) {
			return "It has signs that could be taken for a mention or markup."
		}
	}
	if markSigns.MatchString(text) {
		return "It has a mark in its text."
	}
	for _, m := range quotings.FindAllString(text, -1) {
		if !slices.ContainsFunc(places, func(at stretch) bool { return cite.Verbatim(m, at.passage.Text) }) {
			return "It quotes words that the passage does not have so."
		}
	}
	return ""
}

// cited returns the passages, of those offered, that marks name or whose words they
// quote, each once.
func (j *judge) cited(marks []mark) []int {
	var out []int
	add := func(i int) {
		if i >= 0 && !slices.Contains(out, i) && len(out) < mostMarks {
			out = append(out, i)
		}
	}
	for _, m := range marks[:min(len(marks), 2*mostMarks)] {
		i := j.named(m.ID)
		if m.Quote == "" || i >= 0 && cite.Verbatim(m.Quote, j.offered[i].Text) {
			add(i)
			continue
		}
		// The words decide, not the mark: whose are they?
		if len(strings.Fields(m.Quote)) >= leastWords {
			if k := slices.IndexFunc(j.offered, func(p *corpus.Passage) bool { return cite.Verbatim(m.Quote, p.Text) }); k >= 0 {
				add(k)
			}
		}
		add(i)
	}
	return out
}

// named returns which of the passages offered a mark names, or -1. The id of a
// document may be left out where there is only one passage of such a label.
func (j *judge) named(id string) int {
	id = strings.Trim(strings.TrimSpace(id), "[]() ")
	if i := slices.IndexFunc(j.offered, func(p *corpus.Passage) bool { return strings.EqualFold(p.ID, id) }); i >= 0 {
		return i
	}
	r, ok := corpus.ParseReference(id)
	if !ok {
		return -1
	}
	found := -1
	for i, p := range j.offered {
		if p.Kind == r.Kind && p.Number == r.Number && p.Part == r.Part && (r.Document == "" || strings.EqualFold(r.Document, p.Document.ID)) {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// support tells how far a passage supports a sentence of a model, and by which of its
// sentences.
func (j *judge) support(text string, i int) (cite.Judgement, stretch) {
	return bears(j.checker, text, j.offered[i])
}

// Bears tells how far a passage supports a sentence that a model wrote, by one of its
// sentences, or two where the second leans on the first: what is put together from
// further apart may be nobody's.
func Bears(c *cite.Checker, text string, p *corpus.Passage) cite.Judgement {
	j, _ := bears(c, text, p)
	return j
}

func bears(c *cite.Checker, text string, p *corpus.Passage) (cite.Judgement, stretch) {
	at := stretch{passage: p}
	whole := c.Support(text, []cite.Source{sourceOf(p, p.Text)})
	if !whole.Verdict.Stands() {
		return whole, at
	}
	best := cite.Judgement{Verdict: cite.Partly, Reasons: whole.Reasons}
	for k := range p.Sentences {
		run := stretch{passage: p, start: p.Sentences[k].Start, end: p.Sentences[k].End}
		f := by(c, text, run)
		if !f.Verdict.Stands() && k > 0 && leans(p.SentenceText(k)) {
			run.start = p.Sentences[k-1].Start
			f = by(c, text, run)
		}
		if f.Source >= 0 && (f.Verdict.Over(best.Verdict) || f.Verdict == best.Verdict && f.Score > best.Score) {
			best, at = f, run
		}
	}
	return best, at
}

// by tells how far a stretch supports a sentence of a model.
func by(c *cite.Checker, text string, at stretch) cite.Judgement {
	return c.Closely(text, sourceOf(at.passage, at.passage.Text[at.start:at.end]))
}

// sourceOf is a passage's text, or a part of it, as the checker reads it.
func sourceOf(p *corpus.Passage, text string) cite.Source {
	return cite.Source{ID: p.ID, Title: p.Document.Title + ". " + p.Heading(), Text: text}
}

// supported returns the passages that support a sentence, each alone: those cited
// that do, or else the one of the others that does. Several together are not asked:
// what is spliced of two passages neither of them says. There is none where nothing
// does, and why says what is lacking.
func (j *judge) supported(text string, cited []int) (v Verdict, at []stretch, why string) {
	verdict := cite.Unsupported
	var found cite.Judgement
	try := func(i int) bool {
		one, where := j.support(text, i)
		if found.Verdict == "" || one.Verdict.Over(found.Verdict) || one.Verdict == found.Verdict && one.Score > found.Score {
			found = one
		}
		if !one.Verdict.Stands() {
			return false
		}
		if at = append(at, where); one.Verdict.Over(verdict) {
			verdict = one.Verdict
		}
		return true
	}
	for _, i := range cited {
		try(i)
	}
	if at != nil {
		return verdict, at, ""
	}
	for _, i := range j.likely(text, cited) {
		if try(i) {
			return verdict, at, ""
		}
	}
	reasons := reasonsFor(found.Reasons, wordsFor("en"))
	if reasons == nil {
		reasons = []string{"No passage says this."}
	}
	return cite.Unsupported, nil, strings.Join(reasons, " ")
}

// tried is how many passages that were not cited are tried for a sentence: what
// supports it has nearly all of its words, so that more would only cost time.
const tried = 4

// likely returns the passages that have the most of a sentence's words, without
// those cited.
func (j *judge) likely(text string, cited []int) []int {
	words := j.analyzer.Tokens(nil, text)
	has := make([]int, len(j.offered))
	var out []int
	for i := range j.offered {
		for _, t := range words {
			if !t.Stop && j.terms[i][t.Term] {
				has[i]++
			}
		}
		if has[i] > 0 && !slices.Contains(cited, i) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return has[b] - has[a] })
	return out[:min(len(out), tried)]
}

// among counts the sentences that a stretch is of, and those of them that are among
// places.
func (at stretch) among(places map[place]bool) (in, of int) {
	for i, s := range at.passage.Sentences {
		if s.Start < at.end && at.start < s.End {
			of++
			if places[place{at.passage, i}] {
				in++
			}
		}
	}
	return in, of
}

// answers tells whether a stretch is of what was found to answer the question. The
// best that a turned model can say is then true and to the point.
func (j *judge) answers(at stretch) bool {
	in, of := at.among(j.fits)
	return in > 0 && !j.within || in == of && j.within
}

// adds tells whether a sentence has an informative word that the question has not:
// what only says the question again does not answer it, unless yes or no would.
func (j *judge) adds(text string) bool {
	return j.asked == nil || slices.ContainsFunc(j.analyzer.Tokens(nil, text), func(t analysis.Token) bool {
		return !t.Stop && !light[t.Term] && !j.asked[t.Term]
	})
}

// isCore tells whether a stretch is of what may be the answer itself.
func (j *judge) isCore(at stretch) bool {
	in, _ := at.among(j.core)
	return j.core == nil || in > 0
}

// quoted returns where a passage has the longest of the quotes that support the
// sentence.
func (j *judge) quoted(text string, p *corpus.Passage, marks []mark) (stretch, bool) {
	best, ok := stretch{passage: p}, false
	for _, m := range marks[:min(len(marks), 2*mostMarks)] {
		start, end, found := locate(p.Text, m.Quote)
		if !found || end-start <= best.end-best.start {
			continue
		}
		if at := (stretch{passage: p, start: start, end: end}); by(j.checker, text, at).Verdict.Stands() {
			best, ok = at, true
		}
	}
	return best, ok
}

// locate finds a quote in a text: the same words, where capitals, white space, the
// form of quotation marks and what stands around the quote may differ.
func locate(text, quote string) (start, end int, ok bool) {
	quote = strings.Trim(tidied(quote), " .…\"'“”‘’")
	if len(strings.Fields(quote)) < leastWords || !cite.Verbatim(quote, text) {
		return 0, 0, false
	}
	has, at := folded(text)
	want, _ := folded(quote)
	for from := 0; ; {
		i := strings.Index(has[from:], want)
		if i < 0 {
			return 0, 0, false
		}
		i += from
		start, end = at[i], at[i+len(want)]
		// A blank that was folded belongs to no quote.
		end = start + len(strings.TrimRight(text[start:end], " \t\n\u00a0"))
		if edge(text, start) && edge(text, end) {
			return start, end, true
		}
		from = i + 1
	}
}

// edge tells whether no word of text is cut in two at byte i.
func edge(text string, i int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i:])
	word := func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsLetter(r) && !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
	return !word(before) || !word(after)
}

// folded returns text as quotes are compared by, and where each of its bytes came
// from.
func folded(text string) (string, []int) {
	var b strings.Builder
	var at []int
	blank := false
	for i, r := range text {
		switch {
		case unicode.IsSpace(r):
			if blank {
				continue
			}
			r = ' '
		case strings.ContainsRune("‘’“”\"", r):
			r = '\''
		}
		blank = r == ' '
		n := b.Len()
		b.WriteRune(unicode.ToLower(r))
		for range b.Len() - n {
			at = append(at, i)
		}
	}
	return b.String(), append(at, len(text))
}
