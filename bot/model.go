package bot

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"footnote/retrieval"
)

// Model is the weights by which sentences are ranked and the confidence in the
// best one is computed. `footnote eval --fit` computes them from a question set.
type Model struct {
	Rank       []float64 `json:"rank"`       // by rankCover ...
	Confidence []float64 `json:"confidence"` // by doubtScore ...
	Threshold  float64   `json:"threshold"`  // an answer needs at least this confidence

	// Meaning is the weights where the material was searched by meaning too; nil where
	// they are the same.
	Meaning *Model `json:"-"`

	words *Model // of Meaning: the weights it is the Meaning of
}

//go:embed model.json
var modelJSON []byte

//go:embed model-meaning.json
var meaningJSON []byte

// Shipped returns the weights that ship, fitted on squad2-dev: those for searches by
// meaning with the vectors of multilingual-e5-small.
func Shipped() Model {
	m := read("model.json", modelJSON)
	meaning := read("model-meaning.json", meaningJSON)
	return m.with(meaning)
}

// with returns m with the weights for what was searched by meaning too.
func (m Model) with(meaning Model) Model {
	words := m
	meaning.words, m.Meaning = &words, &meaning
	return m
}

func read(name string, data []byte) (m Model) {
	if err := json.Unmarshal(data, &m); err != nil {
		panic(fmt.Sprintf("bot: %s: %v", name, err)) // unreachable unless the embedded file is broken
	}
	return m
}

// over returns the weights for what was found.
func (m *Model) over(hits []retrieval.Hit) *Model {
	if m.Meaning != nil && slices.ContainsFunc(hits, func(h retrieval.Hit) bool { return h.Meaning != 0 }) {
		return m.Meaning
	}
	return m
}

// score gives the candidates their scores.
func (m *Model) score(cs []candidate) {
	for i := range cs {
		cs[i].score = dot(m.Rank, cs[i].rank[:])
	}
}

// amissShare is what is left of the confidence in a sentence that lacks what the
// type of question needs. On squad2-dev four in five of such sentences are wrong,
// which the weights, fitted to all types of questions together, do not show.
const amissShare = 0.4

// confidence returns how likely c, the best candidate, answers, between 0 and 1: with
// meaning, the mean of what that says and of what the words alone do, since one of them
// may be mistaken about material that is unlike what it was fitted on.
func (m *Model) confidence(c *candidate) float64 {
	p := m.likely(c)
	if m.words != nil {
		p = (p + m.words.likely(c)) / 2
	}
	if c.amiss {
		p *= amissShare
	}
	return p
}

// likely is confidence by the weights alone.
func (m *Model) likely(c *candidate) float64 {
	d := c.doubt
	d[doubtScore] = dot(m.Rank, c.rank[:])
	return 1 / (1 + math.Exp(-dot(m.Confidence, d[:])))
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
