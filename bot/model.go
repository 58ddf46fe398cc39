package bot

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
)

// Model is the weights by which sentences are ranked and the confidence in the
// best one is computed. `footnote eval --fit` computes them from a question set.
type Model struct {
	Rank       []float64 `json:"rank"`       // by rankCover ...
	Confidence []float64 `json:"confidence"` // by doubtScore ...
	Threshold  float64   `json:"threshold"`  // an answer needs at least this confidence
}

//go:embed model.json
var modelJSON []byte

// Shipped returns the weights that ship, fitted on squad2-dev.
func Shipped() Model {
	var m Model
	if err := json.Unmarshal(modelJSON, &m); err != nil {
		panic(fmt.Sprintf("bot: model.json: %v", err)) // unreachable unless the embedded file is broken
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

// confidence returns how likely c, the best candidate, answers, between 0 and 1.
func (m *Model) confidence(c *candidate) float64 {
	d := c.doubt
	d[doubtScore] = c.score
	p := 1 / (1 + math.Exp(-dot(m.Confidence, d[:])))
	if c.amiss {
		p *= amissShare
	}
	return p
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}
