package cite

import (
	"math"
	"slices"
	"strings"
	"testing"

	"footnote/retrieval/analysis"
)

// even weighs every word alike.
func even(string) float64 { return 1 }

const (
	bridge = "In 1871 the town of Elmford built a stone bridge with seven arches over the river Elm."
	denied = "The council has not closed the northern bridge."
)

func TestCheck(t *testing.T) {
	tests := []struct {
		name, sentence, source string
		verdict                Verdict
		numbers, names, words  []string
		negation               bool
	}{
		{name: "the same", sentence: bridge, source: bridge, verdict: Quoted},
		{name: "a part", sentence: "built a stone bridge with seven arches", source: bridge, verdict: Quoted},
		{name: "another order", sentence: "Elmford built a bridge of stone with seven arches in 1871.", source: bridge, verdict: Supported},
		{name: "inflected", sentence: "The towns of Elmford build stone bridges over rivers.", source: bridge, verdict: Partly, words: []string{"build"}},
		{name: "another number", sentence: "In 1872 Elmford built a stone bridge with seven arches.", source: bridge, verdict: Unsupported, numbers: []string{"1872"}},
		{name: "a number word", sentence: "In 1871 Elmford built a stone bridge with nine arches.", source: bridge, verdict: Unsupported, numbers: []string{"nine"}},
		{name: "another name", sentence: "In 1871 the town of Oakham built a stone bridge with seven arches.", source: bridge, verdict: Partly, names: []string{"Oakham"}},
		{name: "another subject", sentence: "Oakham built a stone bridge with seven arches in 1871.", source: bridge, verdict: Partly, names: []string{"Oakham"}},
		{name: "an opening word", sentence: "Moreover, the town of Elmford built in 1871 a stone bridge with seven arches.", source: bridge, verdict: Partly, words: []string{"Moreover"}},
		{name: "one verb exchanged", sentence: "In 1871 Elmford opened a stone bridge with seven arches over the Elm.", source: bridge, verdict: Partly, words: []string{"opened"}},
		{name: "half of it", sentence: "Elmford built a bridge with gilded towers and lanterns.", source: bridge, verdict: Partly, words: []string{"gilded", "towers", "lanterns"}},
		{name: "nothing of it", sentence: "Cheese is made from goat milk.", source: bridge, verdict: Unsupported, names: []string{"Cheese"}, words: []string{"made", "goat", "milk"}},
		{name: "a denial left out", sentence: "The council has closed the northern bridge.", source: denied, verdict: Unsupported, negation: true},
		{name: "a denial put in", sentence: "Elmford never built a stone bridge with seven arches.", source: bridge, verdict: Unsupported, negation: true},
		{name: "contracted", sentence: "The council hasn’t closed the northern bridge.", source: denied, verdict: Supported},
		{name: "another direction", sentence: "The council has not closed the southern bridge.", source: denied, verdict: Unsupported},
		{name: "only function words", sentence: "It is of the.", source: bridge, verdict: Unsupported},
		{name: "empty", sentence: "", source: bridge, verdict: Unsupported},
		{name: "empty source", sentence: "The bridge is old.", source: "", verdict: Unsupported, words: []string{"bridge", "old"}},
		{name: "named once", sentence: "Oakham is Oakham.", source: bridge, verdict: Unsupported, names: []string{"Oakham"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := New(analysis.New(), even).Check(test.sentence, test.source)
			if got.Verdict != test.verdict || got.Negation != test.negation {
				t.Errorf("Check(%q, %q) = %+v, want %s, negation %v", test.sentence, test.source, got, test.verdict, test.negation)
			}
			for _, list := range []struct {
				what      string
				got, want []string
			}{{"Numbers", got.Numbers, test.numbers}, {"Names", got.Names, test.names}, {"Words", got.Words, test.words}} {
				if !slices.Equal(list.got, list.want) {
					t.Errorf("Check(%q, %q).%s = %q, want %q", test.sentence, test.source, list.what, list.got, list.want)
				}
			}
		})
	}
}

// TestCheckRarity weighs a rare word more than common ones.
func TestCheckRarity(t *testing.T) {
	rare := func(term string) float64 {
		if strings.HasPrefix(term, "elm") {
			return 10
		}
		return 1
	}
	const sentence = "elmford keeps many fine old houses"
	if got := New(analysis.New(), rare).Check(sentence, bridge); got.Verdict != Partly || got.Share <= 0.5 {
		t.Errorf("Check(%q), the name rare = %+v, want partly", sentence, got)
	}
	if got := New(analysis.New(), even).Check(sentence, bridge); got.Verdict != Unsupported {
		t.Errorf("Check(%q), all words alike = %+v, want unsupported", sentence, got)
	}
}

// TestCheckTwice holds a checker to forgetting the sentence before.
func TestCheckTwice(t *testing.T) {
	c := New(analysis.New(), even)
	first := c.Check(bridge, denied)
	c.Check(denied, bridge)
	if again := c.Check(bridge, denied); again.Verdict != first.Verdict || again.Share != first.Share || !slices.Equal(again.Words, first.Words) {
		t.Errorf("Check(%q) again = %+v, want %+v", bridge, again, first)
	}
}

func TestVerbatim(t *testing.T) {
	tests := []struct {
		sentence, source string
		want             bool
	}{
		{bridge, bridge, true},
		{"a stone bridge", bridge, true},
		{"  a stone\n\tbridge  ", bridge, true},
		{"a stone bridge.", bridge, true},
		{"a stone bridge!?", bridge, true},
		{"“a stone bridge”", bridge, true},
		{"\"a stone bridge.\"", bridge, true},
		{"‘a stone bridge’.", bridge, true},
		{"a bridge stone", bridge, false},
		{"A stone bridge", bridge, true},
		{"stone bridg", bridge, false},
		{"tone bridge", bridge, false},
		{"In 187", bridge, false},
		{"over the river Elm", bridge, true},
		{"up to 40", "a force of up to 40,000 troops", false},
		{"up to 40,000", "a force of up to 40,000 troops", true},
		{"000 troops", "a force of up to 40,000 troops", false},
		{"grew by 3", "It grew by 3.5 per cent.", false},
		{"5 per cent", "It grew by 3.5 per cent.", false},
		{"grew by 3", "It grew by 3, then fell.", true},
		{"North", "Northern lights, then North", true},
		{"North", "Northern lights", false},
		{"the 'East'", "approach to the “East”, the force", true},
		{"NATO's approach", "In NATO’s approach", true},
		{"in the U.S", "born in the U.S. in 1950", true},
		{"北極圏は重要", "北極圏は重要である。", true},
		{"極圏", "北極圏は重要である。", true},
		{"", bridge, false},
		{" . ", bridge, false},
		{"”", bridge, false},
		{"a", "", false},
		{"\xff", "\xff", true},
	}
	for _, test := range tests {
		if got := Verbatim(test.sentence, test.source); got != test.want {
			t.Errorf("Verbatim(%q, %q) = %v, want %v", test.sentence, test.source, got, test.want)
		}
	}
}

func TestDenied(t *testing.T) {
	a := analysis.New()
	for text, want := range map[string]string{
		"":                                   "",
		"It is open.":                        "",
		"It is not open on Monday at night.": "monday open",
		"It isn't open.":                     "open",
		"It can’t be without a bridge.":      "bridg",
		"Not only the bridge is open.":       "",
		"They never met before they joined.": "join met",
		"NEVER closed":                       "close",
	} {
		var denied []string
		for _, w := range New(a, even).read(text).words {
			if w.denied != 0 {
				denied = append(denied, w.Term)
			}
		}
		slices.Sort(denied)
		if got := strings.Join(denied, " "); got != want {
			t.Errorf("read(%q) denies %q, want %q", text, got, want)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{bridge, denied, "", "the", "40", "40,000 troops", "“quoted”", "北極圏は重要である。", "don't", "\xff\xfe", "A2/AD (Anti Access)", "¶5 [7]", "\u202e…", "１２", "K", "a.b,c", "'"} {
		f.Add(s, bridge)
		f.Add(s, s)
		f.Add(denied, s)
	}
	c := New(analysis.New(), even)
	f.Fuzz(func(t *testing.T, sentence, source string) {
		got := c.Check(sentence, source)
		switch got.Verdict {
		case Quoted, Supported, Partly, Unsupported:
		default:
			t.Errorf("Check(%q, %q) = %q, want one of the verdicts", sentence, source, got.Verdict)
		}
		if verbatim := Verbatim(sentence, source); verbatim != (got.Verdict == Quoted) {
			t.Errorf("Check(%q, %q) = %s, but Verbatim = %v", sentence, source, got.Verdict, verbatim)
		}
		if !(got.Share >= 0 && got.Share <= 1) { // NaN fails too
			t.Errorf("Check(%q, %q).Share = %v, want it within 0 and 1", sentence, source, got.Share)
		}
		if got.Verdict == Supported && (len(got.Numbers)+len(got.Names) > 0 || got.Negation || got.Share < partlyShare) {
			t.Errorf("Check(%q, %q) = %+v, want nothing of weight lacking in what is supported", sentence, source, got)
		}
		for _, w := range slices.Concat(got.Numbers, got.Names, got.Words) {
			if w == "" || !strings.Contains(sentence, w) {
				t.Errorf("Check(%q, %q) lacks %q, want words as the sentence has them", sentence, source, w)
			}
		}
		if again := c.Check(sentence, source); again.Verdict != got.Verdict || math.Abs(again.Share-got.Share) > 0 {
			t.Errorf("Check(%q, %q) again = %+v, want %+v", sentence, source, again, got)
		}
		if s := strings.TrimSpace(sentence); s != "" && !Verbatim(s, s) && strings.ContainsFunc(s, func(r rune) bool { return r >= '0' && r <= '9' || r >= 'A' && r <= 'z' }) && strings.Trim(s, ".!?'\"‘’“” ") == s {
			t.Errorf("Verbatim(%q, itself) = false", s)
		}
	})
}
