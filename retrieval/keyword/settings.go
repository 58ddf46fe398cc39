package keyword

// Settings weigh the parts of a score. The zero value ranks by the rarity of the
// words that stand in the text, and by nothing else; start from [Default].
type Settings struct {
	K1, B    float64 // BM25's saturation of frequency and normalisation of length
	Heading  float64 // of an occurrence in the document's title or the section's heading; one in the text weighs 1
	HeadingB float64 // as B, for headings
	Notes    float64 // of an occurrence in a note that the passage refers to
	Expand   float64 // of the other form of an acronym, all its words together
	Sentence float64 // of the best sentence's own BM25, with K1 and SentenceB
	// SentenceB is B within sentences.
	SentenceB float64
	Adjacent  float64 // of neighbouring words of the question that stand side by side
	Near      float64 // of neighbouring words of the question that stand within nearby words, in any order
	Rerank    int     // how many passages are looked at sentence by sentence
}

// Default returns the one configuration that ships. It was chosen on the development
// sets of `footnote eval`, where each part was kept only if no set lost by it what
// another won: weighing headings fourfold gains on scifact, cranfield and jsquad; the
// best sentence and the order of words gain on squad2, qmsum and mtragun.
func Default() Settings {
	return Settings{
		K1: 1.2, B: 0.75, Heading: 4, HeadingB: 0.75, Notes: 0.2, Expand: 0.25,
		Sentence: 0.3, SentenceB: 0.4, Adjacent: 0.05, Near: 0.05, Rerank: 100,
	}
}
