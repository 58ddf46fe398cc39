package vector

import "footnote/corpus"

// Summary is what has to be known of the vectors of a corpus's passages to search by
// them, besides the vectors. Who keeps them elsewhere keeps it beside them.
type Summary struct {
	Model      string
	Dimensions int
	Passages   int       // that have vectors; the rest is 0 where none has
	Mean       []float32 // of these vectors
	Sample     []float32 // the vector of a sentence that is always the same one: of two models it differs
	Scale      Scale
}

// Like reports whether the vectors of two summaries are one model's, as far as the name
// and the sample tell.
func (s Summary) Like(o Summary) bool {
	return s.Model == o.Model && s.Dimensions == o.Dimensions && len(s.Sample) == len(o.Sample) && dot(s.Sample, o.Sample) >= sameCosine
}

// Summarise returns the summary of the vectors that s has of the passages of c.
func Summarise(s *Store, c *corpus.Corpus) (Summary, error) {
	var mean average
	var v []float32
	for _, p := range c.Passages.All() {
		var ok bool
		var err error
		if v, ok, err = s.vector(v[:0], textOf(p)); err != nil {
			return Summary{}, err
		}
		if ok {
			mean.add(v)
		}
	}
	return s.summary(mean.of, mean.vector(s.Dimensions()))
}

// summary returns the summary of so many vectors.
func (s *Store) summary(passages int, mean []float32) (Summary, error) {
	if passages == 0 {
		return Summary{}, nil
	}
	sample, _, err := s.vector(nil, unrelated[0])
	if err != nil {
		return Summary{}, err
	}
	scale, err := s.scale()
	return Summary{s.model, s.Dimensions(), passages, mean, sample, scale}, err
}

// Of returns the vector of a passage, of length 1, and whether there is one.
func (s *Store) Of(p *corpus.Passage) ([]float32, bool, error) { return s.vector(nil, textOf(p)) }
