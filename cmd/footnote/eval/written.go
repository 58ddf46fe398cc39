package eval

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"footnote/bot"
	"footnote/bot/cite"
	"footnote/corpus"
	"footnote/retrieval/analysis"
)

// writtenScore is what is counted of answers that a model may write.
//
// A sentence of the model is precise by the checker where the passages that it cites
// support it, each being read whole. By label it is precise where the labels of its
// question say so, which know nothing of the checker:
//
//   - the question has an answer, each of the sentence's citations is in its document to
//     the byte, and one of them is of the section where the answer stands; and
//   - a quote stands word for word in a passage it cites; of the rest, the sentence has
//     words that the answer must have.
//
// What is in the model's own words, of the right section, and without the words that
// the answer must have may be true or not: the labels don't tell. It counts as not
// precise by label, so that this precision is the least it can be, and is told of again
// without what is undecided. Nor are the words of the answer a proof that all else in a sentence is true,
// so each sentence is logged for people to read.
type writtenScore struct {
	corpus  *corpus.Corpus
	checker *cite.Checker

	model, keyword, lookedUp, abstained, neither int            // answers
	reasons                                      map[string]int // why the keyword writer gave one
	verdicts                                     map[bot.Verdict]int
	checked, labelled                            [2]tally // of quotes, and of the rest
	undecided                                    int
	decided                                      tally // of the rest
	rejected, misleading                         int
	asked                                        int       // answers that the model was asked for
	prompt, cached, completion                   int       // tokens of all of them
	first, whole                                 []float64 // milliseconds of each
}

// The places of quotes and of the rest in writtenScore.
const (
	quotes = iota
	rest
)

// askWriter asks the questions one after the other, so that each has the model for
// itself and the times are those that one person waits. Reasons are in English.
func (e Eval) askWriter(ctx context.Context, a Asker, questions []articleQuestion) ([]bot.Answer, error) {
	var out []bot.Answer
	for i, q := range questions {
		start := time.Now()
		answer, err := a.Ask(ctx, bot.Question{ID: q.ID, Text: q.Text, Language: "en"})
		if err != nil {
			return nil, fmt.Errorf("question %d: %w", i+1, err)
		}
		out = append(out, answer)
		e.Log("%d of %d: %s %s, by %s, %d sentences rejected: %.1f s%s", i+1, len(questions), q.ID, answer.Status, answer.Mode,
			len(answer.Rejected), time.Since(start).Seconds(), strings.Join(append([]string{""}, answer.Reasons...), "; "))
	}
	return out, nil
}

// written scores the answers to questions, of which a model may have written some.
func (e Eval) written(m Material, questions []articleQuestion, answers []bot.Answer) ([]Figure, error) {
	v, err := m.verifier()
	if err != nil {
		return nil, err
	}
	s := writtenScore{corpus: v.corpus, checker: cite.New(analysis.New(), v.rarity), reasons: map[string]int{}, verdicts: map[bot.Verdict]int{}}
	for i, q := range questions {
		s.answer(answers[i])
		s.usage(answers[i])
		if answers[i].Mode == "llm" {
			s.sentences(e, q, answers[i])
		}
		s.refused(answers[i])
	}
	return s.figures(), nil
}

// answer counts who gave one answer.
func (s *writtenScore) answer(a bot.Answer) {
	switch {
	case a.Status == bot.Abstained:
		s.abstained++
	case a.Status == bot.Found || a.Status == bot.NotFound:
		s.lookedUp++
	case a.Status != bot.Answered || len(a.Sentences) == 0:
		s.neither++
	case a.Mode == "llm":
		s.model++
	default:
		s.keyword++
		for _, r := range a.Reasons {
			s.reasons[r]++
		}
	}
}

// usage counts what an answer took, where the model was asked for it.
func (s *writtenScore) usage(a bot.Answer) {
	if a.Usage == nil {
		return
	}
	s.asked++
	s.prompt += a.Usage.Prompt
	s.cached += a.Usage.Cached
	s.completion += a.Usage.Completion
	if a.Usage.FirstToken > 0 {
		s.first = append(s.first, float64(a.Usage.FirstToken.Microseconds())/1000)
	}
	s.whole = append(s.whole, a.Timing.Retrieve+a.Timing.Write)
}

// sentences judges the sentences of a model's answer.
func (s *writtenScore) sentences(e Eval, q articleQuestion, a bot.Answer) {
	cited := a.Citations
	for _, one := range a.Sentences {
		s.verdicts[one.Verdict]++
		kind := rest
		if one.Verdict == cite.Quoted {
			kind = quotes
		}
		n := min(len(one.Citations), len(cited)) // an answer's citations come in the order of its sentences
		ok, decided := s.byLabel(q, one, cited[:n])
		cited = cited[n:]
		s.labelled[kind].add(ok)
		switch {
		case !decided:
			s.undecided++
		case kind == rest:
			s.decided.add(ok)
		}
		held := s.supported(one.Text, one.Citations)
		s.checked[kind].add(held)
		e.Log("shown: %s %s -> %s %v: %s, by the checker %s, by label %s", q.ID, q.Text, one.Text, one.Citations, one.Verdict,
			said(held, true), said(ok, decided))
	}
}

// said puts a finding in a word.
func said(ok, decided bool) string {
	switch {
	case !decided:
		return "undecided"
	case ok:
		return "right"
	}
	return "wrong"
}

// byLabel tells whether a sentence with its citations is right by the labels of its
// question, and whether they decide it.
func (s *writtenScore) byLabel(q articleQuestion, one bot.Sentence, cited []bot.Citation) (ok, decided bool) {
	altered := slices.ContainsFunc(cited, func(c bot.Citation) bool { return !verbatim(s.corpus, c) })
	if q.Abstain || len(cited) == 0 || altered || !q.placed(bot.Answer{Citations: cited}) {
		return false, true
	}
	text := bare(one.Text)
	if one.Verdict == cite.Quoted {
		return slices.ContainsFunc(cited, func(c bot.Citation) bool {
			p := s.corpus.Passage(c.ID)
			return p != nil && strings.Contains(bare(p.Text), text)
		}), true
	}
	ok = slices.ContainsFunc(q.Answer, func(group []string) bool { return spelled(text, group) })
	return ok, ok
}

// supported tells whether the passages with those ids support a sentence.
func (s *writtenScore) supported(text string, ids []string) bool {
	var sources []cite.Source
	for _, id := range ids {
		if p := s.corpus.Passage(id); p != nil {
			sources = append(sources, cite.Source{ID: id, Title: p.Document.Title + ". " + p.Heading(), Text: p.Text})
		}
	}
	if len(sources) == 0 {
		return false
	}
	return s.checker.Support(text, sources).Verdict.Stands()
}

// refused counts what was not shown, and what of it would have misled the readers of a
// bot that trusts its model: what the passages that the model cited don't support.
func (s *writtenScore) refused(a bot.Answer) {
	for _, r := range a.Rejected {
		s.rejected++
		if !s.supported(r.Text, r.Citations) {
			s.misleading++
		}
	}
}

func (s *writtenScore) figures() []Figure {
	out := []Figure{
		count("answered by the model", s.model), count("answered by the keyword writer", s.keyword), count("looked up", s.lookedUp),
		count("abstained", s.abstained), count("neither", s.neither),
	}
	for _, r := range slices.Sorted(maps.Keys(s.reasons)) {
		why, _, _ := strings.Cut(r, ";") // what stands behind it says what was done instead
		out = append(out, count("keyword writer: "+strings.TrimSuffix(why, "."), s.reasons[r]))
	}
	out = append(out, count("model's sentences shown", s.checked[quotes].all+s.checked[rest].all))
	for _, v := range slices.Sorted(maps.Keys(s.verdicts)) {
		out = append(out, count("sentences "+string(v), s.verdicts[v]))
	}
	asked := max(1, s.asked)
	return append(out,
		precision("quotes precise by the checker", s.checked[quotes]), precision("quotes precise by label", s.labelled[quotes]),
		precision("the rest precise by the checker", s.checked[rest]), precision("the rest precise by label", s.labelled[rest]),
		count("the rest undecided by label", s.undecided), precision("the rest precise by label where it decides", s.decided),
		count("model's sentences rejected", s.rejected), count("rejected, not supported by what they cite", s.misleading),
		count("answers the model was asked for", s.asked), share("prompt tokens an answer", s.prompt, asked, 0),
		share("cached of them", s.cached, asked, 0), share("completion tokens an answer", s.completion, asked, 0),
		Figure{"first token ms, median", middle(s.first), 0}, Figure{"whole answer ms, median", middle(s.whole), 0})
}

// precision is a share that says of how many it is; of none there is none.
func precision(name string, t tally) Figure {
	f := share(fmt.Sprintf("%s, %d of %d", name, t.right, t.all), t.right, t.all, 3)
	if t.all == 0 {
		f.Value = math.NaN()
	}
	return f
}

// middle returns the lower median, 0 of nothing.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
