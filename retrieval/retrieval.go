// Package retrieval says what a search is: a question goes in, ranked passages
// with their reasons come out.
//
// How passages are found is the business of the packages below it; what is done
// with them is the business of the bot. The package knows neither answers nor
// chat.
package retrieval

import (
	"context"

	"footnote/corpus"
)

// Query is one search.
type Query struct {
	Text    string
	Limit   int           // at most so many hits; 0 means 10
	Kinds   []corpus.Kind // only passages of these kinds; none means every kind
	Explain bool          // fill Hit.Reasons

	Documents []string // only passages of the documents with these ids; none means every document
}

// Hit is a passage found, with the score it was ranked by. Scores of different
// queries cannot be compared.
type Hit struct {
	Passage *corpus.Passage
	Score   float64
	Reasons []Reason // what the score is made of, greatest share first; nil unless asked for
}

// Reason is one part of a hit's score.
type Reason struct {
	What  string  // the term, as the question has it, or the name of the feature
	Where string  // how it was found: word, acronym, sentence, order
	Score float64 // what it adds
}

// Searcher finds passages. It returns no hit, and no error, where nothing in the
// material shares a term with the query. Hits of equal score stand in the order of the
// corpus. It may be called concurrently.
type Searcher interface {
	Search(ctx context.Context, q Query) ([]Hit, error)
}
