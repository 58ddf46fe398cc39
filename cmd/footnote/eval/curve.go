package eval

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"footnote/bot"
)

// Curve returns, as text, what each threshold of confidence would do with the
// questions of squad2-dev: how many of the answerable ones it keeps and how many of
// those are answered rightly by the first sentence, and how many of the others it
// answers falsely. The threshold that ships has a row of its own.
func (e Eval) Curve(ctx context.Context, shipped float64) (string, error) {
	sets, m, err := e.answers(ctx)
	if err != nil {
		return "", err
	}
	a, err := sets.ask(ctx, m.Eager)
	if err != nil {
		return "", err
	}
	thresholds := []float64{shipped}
	for i := 1; i < 20; i++ {
		thresholds = append(thresholds, float64(i)/20)
	}
	slices.Sort(thresholds)
	lines := []string{"threshold\tanswerable kept\tright first of kept\toff-topic answered\tunanswerable answered\t"}
	for _, t := range slices.Compact(thresholds) {
		kept, right := 0, 0
		for i, ans := range a.answerable {
			if ans.Confidence < t {
				continue
			}
			kept++
			if len(ans.Sentences) > 0 && sets.answerable[i].holds()(ans.Sentences[0].Text) {
				right++
			}
		}
		mark := ""
		if t == shipped {
			mark = "ships"
		}
		lines = append(lines, fmt.Sprintf("%.3f\t%v\t%v\t%v\t%v\t%s", t, share("", kept, len(a.answerable), 3), share("", right, kept, 3), above(a.offtopic, t), above(a.unanswerable, t), mark))
	}
	return aligned(lines), nil
}

// above returns the share of answers whose confidence reaches the threshold.
func above(answers []bot.Answer, threshold float64) Figure {
	n := 0
	for _, c := range confidences(answers) {
		if c >= threshold {
			n++
		}
	}
	return share("", n, len(answers), 3)
}

// answers opens the set whose answers are measured.
func (e Eval) answers(ctx context.Context) (questionSets, Material, error) {
	folder := filepath.Join(e.Folder, answersSet)
	sets, err := answerSets(folder)
	if err != nil {
		return sets, Material{}, fmt.Errorf("read question sets: %w", err)
	}
	m, err := e.Open(ctx, folder)
	return sets, m, err
}

// offtopicWeight is how much more than others the questions about something else
// count in the fit of the confidence: they are what a bot is asked by mistake, while
// those that only nearly have an answer were made to be hard. Theirs is also the
// threshold.
const offtopicWeight = 1.5

// falsely is the share of the questions about something else that the threshold may
// let through: 5 % is the aim, the rest is for questions that the fit has not seen.
const falsely = 0.0465

// falselyMeant is that share where the material is searched by meaning too. What is
// off topic stands so far apart then that more than by words alone are answered even
// at half of it.
const falselyMeant = 0.02

// Fit computes the weights of the answers and the threshold from squad2-dev.
func (e Eval) Fit(ctx context.Context) (bot.Model, error) {
	sets, m, err := e.answers(ctx)
	if err != nil {
		return bot.Model{}, err
	}
	var examples []bot.Example
	for _, q := range sets.answerable {
		examples = append(examples, bot.Example{Text: q.Text, Answer: q.holds(), Weight: 1})
	}
	for _, q := range sets.offtopic {
		examples = append(examples, bot.Example{Text: q.Text, Weight: offtopicWeight})
	}
	for _, q := range sets.unanswerable {
		examples = append(examples, bot.Example{Text: q.Text, Weight: 1})
	}
	share := falsely
	if m.Meant {
		share = falselyMeant
	}
	return m.Fit(ctx, examples, share)
}
