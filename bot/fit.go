package bot

import (
	"context"
	"math"
	"slices"
)

// Example is a question whose answer is known.
type Example struct {
	Text   string
	Answer func(sentence string) bool // whether a sentence holds the answer; nil where the material has none
	Weight float64                    // in the fit of the confidence
}

// Fit computes a model from examples, with the threshold at which at most falsely
// of the unanswerable examples of weight above 1 are answered. It is deterministic.
//
// Sentences are ranked by softmax regression over the sentences of a question, and
// the confidence is a logistic regression over the best ones; both are fitted by
// gradient descent with the step sizes of Adam (Kingma and Ba 2015).
func (b *Bot) Fit(ctx context.Context, examples []Example, falsely float64) (Model, error) {
	groups := make([][]candidate, len(examples))
	var m Model
	for i, e := range examples {
		hits, _, err := b.paragraphs(ctx, e.Text, e.Text)
		if err != nil {
			return Model{}, err
		}
		if b.model.over(hits) != &b.model {
			m.words = &b.model
		}
		r := b.reader()
		groups[i] = r.scorer(r.question(e.Text)).candidates(hits)
		b.release(r)
	}
	m.Rank = fitRank(groups, examples)
	best := make([]*candidate, len(groups))
	for i, g := range groups {
		m.score(g)
		best[i] = top(g)
	}
	m.Confidence = fitConfidence(best, examples)
	var wrong []float64
	for i, c := range best {
		if examples[i].Answer == nil && examples[i].Weight > 1 && c != nil {
			wrong = append(wrong, m.confidence(c))
		}
	}
	if slices.Sort(wrong); len(wrong) > 0 {
		m.Threshold = math.Ceil(wrong[int(float64(len(wrong)-1)*(1-falsely))]*1000) / 1000
	}
	return m, nil
}

// top returns the candidate of the greatest score, the first of equals, or nil.
func top(cs []candidate) *candidate {
	var best *candidate
	for i := range cs {
		if best == nil || cs[i].score > best.score {
			best = &cs[i]
		}
	}
	return best
}

// ridge keeps the weights from growing where the examples do not decide.
const ridge = 1.0

func fitRank(groups [][]candidate, examples []Example) []float64 {
	type group struct {
		cs    []candidate
		right []bool
	}
	var gs []group
	for i, g := range groups {
		if examples[i].Answer == nil {
			continue
		}
		right, some := make([]bool, len(g)), false
		for k, c := range g {
			right[k] = examples[i].Answer(c.passage.SentenceText(c.sentence))
			some = some || right[k]
		}
		if some {
			gs = append(gs, group{g, right})
		}
	}
	return descend(rankings, func(w, gradient []float64) {
		var p []float64
		for _, g := range gs {
			p = p[:0]
			all, good, high := 0.0, 0.0, math.Inf(-1)
			for _, c := range g.cs {
				p = append(p, dot(w, c.rank[:]))
				high = math.Max(high, p[len(p)-1])
			}
			for k := range p {
				p[k] = math.Exp(p[k] - high)
				all += p[k]
				if g.right[k] {
					good += p[k]
				}
			}
			for k, c := range g.cs {
				d := p[k] / all
				if g.right[k] {
					d -= p[k] / good
				}
				for j, v := range c.rank {
					gradient[j] += d * v
				}
			}
		}
	})
}

func fitConfidence(best []*candidate, examples []Example) []float64 {
	return descend(doubts, func(w, gradient []float64) {
		for i, c := range best {
			if c == nil {
				continue
			}
			d := c.doubt
			d[doubtScore] = c.score
			p := 1 / (1 + math.Exp(-dot(w, d[:])))
			if examples[i].Answer != nil {
				p--
			}
			for j, v := range d {
				gradient[j] += examples[i].Weight * p * v
			}
		}
	})
}

// descend minimises the function whose gradient add computes, and returns the
// weights rounded to four places.
func descend(n int, add func(w, gradient []float64)) []float64 {
	const (
		steps        = 3000
		rate         = 0.05
		beta1, beta2 = 0.9, 0.999
	)
	w, g, m, v := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for t := 1; t <= steps; t++ {
		clear(g)
		add(w, g)
		for j := range w {
			g[j] += ridge * w[j]
			m[j] = beta1*m[j] + (1-beta1)*g[j]
			v[j] = beta2*v[j] + (1-beta2)*g[j]*g[j]
			step := rate * (1 - float64(t)/steps) // down to nothing, so that the last steps settle
			w[j] -= step * m[j] / (1 - math.Pow(beta1, float64(t))) / (math.Sqrt(v[j]/(1-math.Pow(beta2, float64(t)))) + 1e-9)
		}
	}
	for j := range w {
		w[j] = math.Round(w[j]*1e4) / 1e4
	}
	return w
}
