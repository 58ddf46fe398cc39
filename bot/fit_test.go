package bot

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// town is made-up material: facts that a question can ask for, each in one
// sentence among others that share its words.
var town = map[string]string{"town.txt": `The bridge over the Elm was built in 1871. The bridge has seven arches. Many people cross the bridge on market days.

The mill stands north of the bridge. The mill was bought by Ann Reed in 1902. It grinds oats and barley.

The school has forty pupils. Its teacher is Tom Hale. The school lies beside the mill.

The market is held on Fridays. The market sells cheese because the farms keep goats. Ann Reed opened the market.`}

// holds tells whether a sentence has the words.
func holds(words string) func(string) bool {
	return func(sentence string) bool { return strings.Contains(sentence, words) }
}

var townExamples = []Example{
	{Text: "When was the bridge built?", Answer: holds("1871"), Weight: 1},
	{Text: "How many arches does the bridge have?", Answer: holds("seven arches"), Weight: 1},
	{Text: "Who bought the mill?", Answer: holds("bought by Ann Reed"), Weight: 1},
	{Text: "Where does the mill stand?", Answer: holds("north of the bridge"), Weight: 1},
	{Text: "How many pupils does the school have?", Answer: holds("forty pupils"), Weight: 1},
	{Text: "When is the market held?", Answer: holds("Fridays"), Weight: 1},
	{Text: "Why does the market sell cheese?", Answer: holds("goats"), Weight: 1},
	{Text: "Who opened the market?", Answer: holds("opened the market"), Weight: 1},
	{Text: "How much did the bridge cost?", Weight: 1},
	{Text: "Which king visited the school?", Weight: 1},
	{Text: "What is the capital of Peru?", Weight: 2},
	{Text: "How do I bake bread?", Weight: 2},
	{Text: "Who won the football match on Friday?", Weight: 2},
}

func TestFit(t *testing.T) {
	b := over(t, town)
	m, err := b.Fit(t.Context(), townExamples, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Rank) != rankings || len(m.Confidence) != doubts || !(m.Threshold > 0 && m.Threshold < 1) {
		t.Fatalf("Fit() = %d and %d weights, threshold %v, want %d, %d, within 0 and 1", len(m.Rank), len(m.Confidence), m.Threshold, rankings, doubts)
	}
	if data, err := json.Marshal(m); err != nil { // fails on NaN and infinities
		t.Errorf("Marshal(%v) = %v, %s", m, err, data)
	}
	fitted := New(b.corpus, b.search, m)
	mean := map[bool]float64{}
	for _, e := range townExamples {
		a := ask(t, fitted, Question{Text: e.Text, Kind: KindAsk})
		mean[e.Answer != nil] += a.Confidence
		if e.Answer != nil && (len(a.Sentences) == 0 || !e.Answer(a.Sentences[0].Text)) {
			t.Errorf("Ask(%q) by the fit = %q, want the right sentence first", e.Text, a.Text)
		}
		if e.Answer == nil && e.Weight > 1 && a.Confidence > m.Threshold {
			t.Errorf("Ask(%q) by the fit has confidence %v, want at most the threshold %v", e.Text, a.Confidence, m.Threshold)
		}
	}
	if mean[true]/8 <= mean[false]/5 {
		t.Errorf("mean confidence %v with an answer, %v without, want the first greater", mean[true]/8, mean[false]/5)
	}
}

func TestFitDeterministic(t *testing.T) {
	b := over(t, town)
	want, err := b.Fit(t.Context(), townExamples, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := over(t, town).Fit(t.Context(), slices.Clone(townExamples), 0.05); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("Fit() again = %v, %v, want %v", got, err, want)
	}
}

// TestFitNothing fits what says nothing.
func TestFitNothing(t *testing.T) {
	b := over(t, town)
	for name, examples := range map[string][]Example{
		"none":           nil,
		"stop words":     {{Text: "what is it?", Weight: 1}, {Text: "who?", Weight: 2}},
		"never right":    {{Text: "When was the bridge built?", Answer: func(string) bool { return false }, Weight: 1}},
		"always right":   {{Text: "When was the bridge built?", Answer: func(string) bool { return true }, Weight: 1}},
		"without weight": {{Text: "When was the bridge built?", Answer: holds("1871")}},
	} {
		m, err := b.Fit(t.Context(), examples, 0.05)
		if data, _ := json.Marshal(m); err != nil || data == nil || len(m.Rank) != rankings {
			t.Errorf("Fit(%s) = %v, %v, want finite weights", name, m, err)
		}
	}
}

func TestShipped(t *testing.T) {
	m := Shipped()
	if len(m.Rank) != rankings || len(m.Confidence) != doubts || !(m.Threshold > 0 && m.Threshold < 1) {
		t.Errorf("Shipped() = %v, want %d and %d weights and a threshold within 0 and 1", m, rankings, doubts)
	}
}
