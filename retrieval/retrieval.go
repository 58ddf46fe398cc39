// Package retrieval says what a search is: a question goes in, ranked passages
// with their reasons come out.
//
// How passages are found is the business of the packages below it; what is done
// with them is the business of the bot. The package knows neither answers nor
// chat.
package retrieval

import (
	"context"
	"errors"

	"footnote/corpus"
)

// Query is one search.
type Query struct {
	Text    string
	Limit   int           // at most so many hits; 0 means 10
	Kinds   []corpus.Kind // only passages of these kinds; none means every kind
	Explain bool          // fill Hit.Reasons

	Documents []string // only passages of the documents with these ids; none means every document

	// Meaning is what is searched for by meaning, where a search can: the question as it
	// was asked. "" searches by words alone.
	Meaning string
}

// Hit is a passage found, with the score it was ranked by. Scores of different
// queries cannot be compared.
type Hit struct {
	Passage *corpus.Passage
	Score   float64
	Reasons []Reason // what the score is made of, greatest share first; nil unless asked for

	// Meaning is how near the passage is to what was searched for by meaning: how much
	// its cosine is above that of texts that have nothing to do with each other, in
	// standard deviations of theirs. It is 0 where nothing was searched for by meaning.
	// It adds to the hit's place, not to its score.
	Meaning float64
	// Sentences is how near each of the passage's sentences is, in the same measure; nil
	// where that is not known, as of passages far down.
	Sentences []float64
}

// Reason is one part of a hit's score.
type Reason struct {
	What  string  // the term, as the question has it, or the name of the feature
	Where string  // how it was found: word, acronym, sentence, order, meaning
	Score float64 // what it adds
}

// ErrWordsOnly is the error of a search by meaning that could not be made. The hits
// with it are those of a search by words, and good.
var ErrWordsOnly = errors.New("searched by words alone")

// Searcher finds passages. By words it returns no hit, and no error, where nothing in
// the material shares a term with the query; by meaning something is always nearest.
// Hits stand best first, those that are equal in the order of the corpus. It may be
// called concurrently.
type Searcher interface {
	Search(ctx context.Context, q Query) ([]Hit, error)
}
