package eval

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"footnote/bot"
	"footnote/corpus"
)

// articleQuestion is a question about the material itself.
type articleQuestion struct {
	ID      string     `json:"_id"`
	Kind    string     `json:"kind"`
	Text    string     `json:"text"`
	Answer  [][]string `json:"answer"` // of each group one spelling must appear
	Section string     `json:"section"`
	Notes   []int      `json:"notes"`
	Abstain bool       `json:"abstain"`
}

// sections are the paragraphs of the sections that the questions name.
var sections = map[string][]int{
	"intro": {1}, "360": {2, 3, 4}, "east": {2}, "north": {5}, "south": {6, 7}, "west": {8, 9, 10, 11}, "japan": {12, 13},
}

// most is how many sentences an answer may have.
const most = 3

// tally counts what was right and what there was.
type tally struct{ right, all int }

func (t *tally) add(ok bool) {
	t.all++
	if ok {
		t.right++
	}
}

// articleScore is what is counted over the questions about the material.
type articleScore struct {
	total, answered, abstained, notes tally
	kinds                             map[string]*tally
	quotes, notVerbatim               int
	sentences, uncited                int
	given, length                     int // answers that should be and were given, and their sentences
}

// article scores the questions about the material itself.
func (e Eval) article(ctx context.Context, _ string) ([]Figure, error) {
	questions, err := lines[articleQuestion](filepath.Join(e.Folder, articleFile))
	if err != nil {
		return nil, err
	}
	m, err := e.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	answers, err := e.askArticle(ctx, m, questions)
	if err != nil {
		return nil, err
	}
	s := articleScore{kinds: map[string]*tally{}}
	for i, q := range questions {
		if !s.question(q, answers[i]) {
			e.Log("wrong: %s %s -> %s: %.140s", q.ID, q.Text, answers[i].Status, answers[i].Text)
		}
		s.quote(m, answers[i])
	}
	if !m.Written {
		return s.figures(), nil
	}
	written, err := e.written(m, questions, answers)
	return append(s.figures(), written...), err
}

// askArticle returns the answers to questions about the material, in their order.
func (e Eval) askArticle(ctx context.Context, m Material, questions []articleQuestion) ([]bot.Answer, error) {
	if m.Written {
		return e.askWriter(ctx, m.Asker, questions)
	}
	texts := make([]string, len(questions))
	for i, q := range questions {
		texts[i] = q.Text
	}
	return ask(ctx, m.Asker, texts)
}

// question counts one answer and reports whether it was right.
func (s *articleScore) question(q articleQuestion, a bot.Answer) bool {
	answered := a.Status == bot.Answered || a.Status == bot.Found
	ok := !answered
	if !q.Abstain {
		ok = answered && q.right(a)
		if len(q.Notes) > 0 && q.Kind != "note" {
			s.notes.add(q.noted(a))
		}
		if answered {
			s.given++
			s.length += len(a.Sentences)
		}
	}
	if s.kinds[q.Kind] == nil {
		s.kinds[q.Kind] = &tally{}
	}
	s.kinds[q.Kind].add(ok)
	s.total.add(ok)
	if q.Abstain {
		s.abstained.add(ok)
	} else {
		s.answered.add(ok)
	}
	return ok
}

// right reports whether an answer has each group of words, is short, and cites the
// expected section.
func (q articleQuestion) right(a bot.Answer) bool {
	own := a.Text
	for _, s := range a.Sentences {
		own += " " + s.Text
	}
	text := bare(own)
	if q.Kind == "note" {
		text = bare(own + shown(a))
	}
	for _, group := range q.Answer {
		if !spelled(text, group) {
			return false
		}
	}
	if a.Status == bot.Answered && len(a.Sentences) > most {
		return false
	}
	return q.placed(a)
}

// spelled reports whether a bare text has one of the spellings.
func spelled(text string, group []string) bool {
	return slices.ContainsFunc(group, func(x string) bool { return strings.Contains(text, bare(x)) })
}

// placed reports whether an answer cites the expected section, where one is.
func (q articleQuestion) placed(a bot.Answer) bool {
	want, ok := sections[q.Section]
	return !ok || slices.ContainsFunc(want, func(n int) bool { return slices.Contains(paragraphs(a), n) })
}

// shown returns what a reader sees below the sentences.
func shown(a bot.Answer) string {
	var b strings.Builder
	for _, c := range a.Citations {
		for _, n := range c.Notes {
			b.WriteString(" " + n.Label + " " + n.Text)
		}
		if strings.Contains(c.ID, "#n") {
			b.WriteString(" " + c.Label + " " + c.Quote)
		}
	}
	return b.String()
}

// paragraphID finds the number of a paragraph in an id.
var paragraphID = regexp.MustCompile(`#p(\d+)`)

// paragraphs returns the numbers of the paragraphs an answer cites.
func paragraphs(a bot.Answer) []int {
	var out []int
	for _, c := range a.Citations {
		if m := paragraphID.FindStringSubmatch(c.ID); m != nil {
			n, _ := strconv.Atoi(m[1]) // digits, by the expression
			out = append(out, n)
		}
	}
	return out
}

// noted reports whether an answer shows one of the expected notes.
func (q articleQuestion) noted(a bot.Answer) bool {
	for _, c := range a.Citations {
		for _, n := range c.Notes {
			_, number, _ := strings.Cut(n.ID, "#n")
			if slices.ContainsFunc(q.Notes, func(want int) bool { return strconv.Itoa(want) == number }) {
				return true
			}
		}
	}
	return false
}

// quote compares the answer's quotes with the documents to the byte, and counts the
// sentences without a citation.
func (s *articleScore) quote(m Material, a bot.Answer) {
	for _, c := range a.Citations {
		s.quotes++
		if !verbatim(m.Corpus, c) {
			s.notVerbatim++
		}
	}
	if a.Status != bot.Answered {
		return
	}
	for _, sentence := range a.Sentences {
		s.sentences++
		if len(sentence.Citations) == 0 {
			s.uncited++
		}
	}
}

// verbatim tells whether a document has a citation's quote where it says, to the byte.
func verbatim(in *corpus.Corpus, c bot.Citation) bool {
	d := in.Document(c.Document)
	return d != nil && c.Start >= 0 && c.Start <= c.End && c.End <= len(d.Source) && d.Source[c.Start:c.End] == c.Quote
}

func (s *articleScore) figures() []Figure {
	out := []Figure{
		count("questions", s.total.all), share("right", s.total.right, s.total.all, 3),
		share("answered right", s.answered.right, s.answered.all, 3), share("abstained right", s.abstained.right, s.abstained.all, 3),
		share("notes right", s.notes.right, s.notes.all, 3),
	}
	for _, k := range slices.Sorted(maps.Keys(s.kinds)) {
		out = append(out, count(fmt.Sprintf("%s, of %d", k, s.kinds[k].all), s.kinds[k].right))
	}
	return append(out,
		count("quotes", s.quotes), count("quotes not verbatim", s.notVerbatim), count("sentences", s.sentences),
		count("sentences uncited", s.uncited), share("mean sentences", s.length, s.given, 2))
}
