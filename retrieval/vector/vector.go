// Package vector finds passages by what they mean: by the cosine between the vector of
// a question and those of the passages, which an [Embedder] computes elsewhere.
//
// A [Store] keeps the vectors of texts in a file, so that a text is embedded once. An
// [Index] finds the nearest passages of a corpus, whose vectors are in memory or, as
// [Rows], in another place. [Fused] is a search by words and by meaning together, and by
// words alone where the embedder does not answer.
//
// The package knows neither models nor servers, and nothing of answers.
package vector

import (
	"context"

	"footnote/corpus"
)

// Role is what a text is embedded as. Some models embed questions and what answers
// them in two ways.
type Role uint8

// The roles of texts.
const (
	Passage Role = iota
	Query
)

// Embedder turns texts into vectors. It is safe for concurrent use.
type Embedder interface {
	// Embed returns a vector for each text, in their order, all of one length and none
	// of them zero; they need not have length 1. With an error there are none.
	Embed(ctx context.Context, role Role, texts []string) ([][]float32, error)
	// Model names what embeds. Vectors of two models cannot be compared.
	Model() string
}

// textOf returns what is embedded of a passage: its text below the title of its
// document and the heading of its section.
func textOf(p *corpus.Passage) string { return below(p, p.Text) }

// below returns a text of p with what stands above it.
func below(p *corpus.Passage, text string) string {
	head := p.Document.Title
	if h := p.Heading(); h != "" && h != head {
		if head != "" {
			head += ". "
		}
		head += h
	}
	if head == "" {
		return text
	}
	return head + ". " + text
}
