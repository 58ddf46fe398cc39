package eval

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"footnote/bot"
)

// questionSets are the questions of a set whose answers are known: those that the
// material answers, those that it only seems to, and those about other things.
type questionSets struct {
	answerable, unanswerable, offtopic []Query
}

// answerSets reads the question sets of a folder. A set without them is
// fs.ErrNotExist.
func answerSets(folder string) (s questionSets, err error) {
	for _, f := range []struct {
		name string
		to   *[]Query
	}{{"offtopic.jsonl", &s.offtopic}, {"unanswerable.jsonl", &s.unanswerable}, {"queries.jsonl", &s.answerable}} {
		if *f.to, err = Queries(filepath.Join(folder, f.name)); err != nil {
			return s, err
		}
	}
	return s, nil
}

// answerSet are the answers to questionSets, in their order.
type answerSet struct {
	answerable, unanswerable, offtopic []bot.Answer
}

// ask answers the questions.
func (s questionSets) ask(ctx context.Context, a Asker) (out answerSet, err error) {
	for _, f := range []struct {
		queries []Query
		to      *[]bot.Answer
	}{{s.answerable, &out.answerable}, {s.unanswerable, &out.unanswerable}, {s.offtopic, &out.offtopic}} {
		texts := make([]string, len(f.queries))
		for i, q := range f.queries {
			texts[i] = q.Text
		}
		if *f.to, err = ask(ctx, a, texts); err != nil {
			return out, err
		}
	}
	return out, nil
}

// holds returns a function that tells whether a text holds one of the answers.
func (q Query) holds() func(text string) bool {
	var gold []string
	for _, a := range q.Answers {
		if n := normal(a); strings.TrimSpace(n) != "" {
			gold = append(gold, n)
		}
	}
	return func(text string) bool {
		text = normal(text)
		return slices.ContainsFunc(gold, func(g string) bool { return strings.Contains(text, g) })
	}
}

// figures returns how many answers were found, and how well the confidence tells
// the answerable questions from the others.
func (a answerSet) figures(s questionSets) []Figure {
	first, some, answered := 0, 0, 0
	for i, ans := range a.answerable {
		holds := s.answerable[i].holds()
		if ans.Status == bot.Answered {
			answered++
		}
		sentences := ans.Sentences[:min(most, len(ans.Sentences))]
		if len(sentences) > 0 && holds(sentences[0].Text) {
			first++
		}
		if slices.ContainsFunc(sentences, func(s bot.Sentence) bool { return holds(s.Text) }) {
			some++
		}
	}
	n := len(a.answerable)
	out := []Figure{
		share("answered", answered, n, 3), share("answer in first sentence", first, n, 4), share("answer in any of 3", some, n, 4),
	}
	sure := confidences(a.answerable)
	for _, other := range []struct {
		name    string
		answers []bot.Answer
	}{{"unanswerable", a.unanswerable}, {"off-topic", a.offtopic}} {
		out = append(out, otherFigures(other.name, sure, other.answers)...)
	}
	return out
}

// otherFigures compares the confidences of the answerable questions with those of
// questions that should not be answered.
func otherFigures(name string, sure []float64, answers []bot.Answer) []Figure {
	abstained := 0
	for _, a := range answers {
		if a.Status != bot.Answered {
			abstained++
		}
	}
	unsure := confidences(answers)
	slices.Sort(unsure)
	slices.Reverse(unsure)
	threshold := unsure[int(float64(len(unsure))*0.05)]
	kept := 0
	for _, c := range sure {
		if c > threshold {
			kept++
		}
	}
	return []Figure{
		{"auroc against " + name, auroc(sure, unsure), 4}, share(name+" abstained", abstained, len(answers), 3),
		share("kept at 5 % false "+name, kept, len(sure), 3),
	}
}

func confidences(answers []bot.Answer) []float64 {
	out := make([]float64, len(answers))
	for i, a := range answers {
		out[i] = a.Confidence
	}
	return out
}

// auroc returns how likely a value of yes is greater than one of no, half of equals
// counted.
func auroc(yes, no []float64) float64 {
	type value struct {
		v   float64
		yes int
	}
	var all []value
	for _, v := range yes {
		all = append(all, value{v, 1})
	}
	for _, v := range no {
		all = append(all, value{v, 0})
	}
	slices.SortFunc(all, func(a, b value) int {
		switch {
		case a.v < b.v:
			return -1
		case a.v > b.v:
			return 1
		}
		return 0
	})
	ranks := 0.0
	for i := 0; i < len(all); {
		j, tied := i, 0
		for ; j < len(all) && all[j].v == all[i].v; j++ {
			tied += all[j].yes
		}
		ranks += float64(tied) * float64(i+j+1) / 2
		i = j
	}
	n, m := float64(len(yes)), float64(len(no))
	return (ranks - n*(n+1)/2) / (n * m)
}
