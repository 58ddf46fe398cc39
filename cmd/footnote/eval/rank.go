package eval

import (
	"maps"
	"math"
	"slices"
)

// depths are the depths that recall is measured at.
var depths = []int{1, 5, 10, 100}

// shallow is the depth of the other measures of a ranking.
const shallow = 10

// measures are the measures of one ranking, or their sums over many.
type measures struct {
	n      int
	ndcg   float64
	recall [4]float64 // by depths
	mrr    float64
}

// measure scores one ranking. The gain is linear, as trec_eval has it.
func measure(ranking []Ranked, relevant map[string]int) measures {
	m := measures{n: 1}
	dcg, ideal := 0.0, 0.0
	for i, r := range ranking {
		grade := relevant[r.ID]
		if grade == 0 {
			continue
		}
		if i < shallow {
			dcg += float64(grade) / math.Log2(float64(i+2))
			if m.mrr == 0 {
				m.mrr = 1 / float64(i+1)
			}
		}
		for k, depth := range depths {
			if i < depth {
				m.recall[k]++
			}
		}
	}
	for k := range m.recall {
		m.recall[k] /= float64(len(relevant))
	}
	grades := slices.Sorted(maps.Values(relevant))
	slices.Reverse(grades)
	for i, g := range grades[:min(shallow, len(grades))] {
		ideal += float64(g) / math.Log2(float64(i+2))
	}
	m.ndcg = dcg / ideal
	return m
}

func (m *measures) add(o measures) {
	m.n += o.n
	m.ndcg += o.ndcg
	m.mrr += o.mrr
	for k := range m.recall {
		m.recall[k] += o.recall[k]
	}
}

// rankFigures returns the means over the queries that have judgements. A query
// without a ranking counts with nothing.
func rankFigures(queries []Query, rankings [][]Ranked, judged map[string]map[string]int) []Figure {
	var all measures
	languages := map[string]*measures{}
	ranked := map[string]bool{}
	for i, q := range queries {
		relevant := judged[q.ID]
		ranked[q.ID] = true
		if relevant == nil {
			continue
		}
		m := measure(rankings[i], relevant)
		all.add(m)
		if q.Language != "" {
			if languages[q.Language] == nil {
				languages[q.Language] = &measures{}
			}
			languages[q.Language].add(m)
		}
	}
	for id := range judged {
		if !ranked[id] {
			all.n++
		}
	}
	n := float64(all.n)
	figures := []Figure{{"ndcg@10", all.ndcg / n, 4}, {"mrr@10", all.mrr / n, 4}}
	for k, name := range []string{"recall@1", "recall@5", "recall@10", "recall@100"} {
		figures = append(figures, Figure{name, all.recall[k] / n, 4})
	}
	for _, l := range slices.Sorted(maps.Keys(languages)) {
		figures = append(figures, Figure{"ndcg@10 " + l, languages[l].ndcg / float64(languages[l].n), 4})
	}
	return figures
}
