package cite

import (
	"slices"
	"strings"
	"testing"

	"footnote/retrieval/analysis"
)

const (
	market = "The market hall in Elmford opened in 1902. It has 40 stalls, and Anna Weber designed it. Trade with Oakham increased after the railway came."
	ferry  = "Before the bridge a ferry crossed the Elm twice a day. The ferry was not safe in winter, and was given up in 1871."
)

func TestSupport(t *testing.T) {
	tests := []struct {
		name, sentence string
		verdict        Verdict
		source         int
	}{
		{"quoted", "It has 40 stalls.", Quoted, 0},
		{"a list's number", "2. It has 40 stalls.", Quoted, 0},
		{"the next item's number", "The market hall in Elmford opened in 1902. 3.", Quoted, 0},
		{"in other words", "Designed by Anna Weber, the market hall has 40 stalls.", Supported, 0},
		{"of the second", "In winter the ferry over the Elm wasn't safe.", Supported, 1},
		{"of both", "The market hall opened in 1902, and the ferry was given up in 1871.", Supported, 0},
		{"another number", "The market hall has 60 stalls, designed by Anna Weber.", Unsupported, 0},
		{"a number from elsewhere in it", "It has 1902 stalls, and Anna Weber designed it.", Unsupported, 0},
		{"a number of the other", "The market hall in Elmford opened in 1871.", Unsupported, 0},
		{"another name", "It has 40 stalls, and Anna Becker designed it.", Partly, 0},
		{"a denial dropped", "The ferry was safe in winter, and was given up in 1871.", Unsupported, 1},
		{"a denial put in", "The market hall in Elmford never opened in 1902.", Unsupported, 0},
		{"the opposite", "Trade with Oakham decreased after the railway came.", Unsupported, 0},
		{"the opposite order", "Trade with Oakham increased before the railway came.", Unsupported, 0},
		{"nothing of it", "Cheese is made of goat milk.", Unsupported, -1},
		{"nothing", "", Unsupported, -1},
	}
	sources := []Source{{ID: "a", Title: "Elmford's market", Text: market}, {ID: "b", Title: "The ferry", Text: ferry}}
	for _, test := range tests {
		got := New(analysis.New(), even).Support(test.sentence, sources)
		if got.Verdict != test.verdict || got.Source != test.source {
			t.Errorf("%s: Support(%q) = %+v, want %s by source %d", test.name, test.sentence, got, test.verdict, test.source)
		}
		if !(got.Score >= 0 && got.Score <= 1) {
			t.Errorf("%s: Support(%q).Score = %v, want it within 0 and 1", test.name, test.sentence, got.Score)
		}
	}
}

// TestSupportRelation holds threat to and threat of apart.
func TestSupportRelation(t *testing.T) {
	const source = "The alliance supports Oakham against the threat of Elmford's ongoing war."
	for sentence, want := range map[string]bool{
		"Oakham is a threat to Elmford.":                                      false,
		"The alliance supports Oakham against the threat of Elmford's war.":   true,
		"The threat of Elmford is why the alliance supports Oakham in a war.": true,
	} {
		got := New(analysis.New(), even).Support(sentence, []Source{{Text: source}})
		if (got.Verdict == Supported) != want {
			t.Errorf("Support(%q) = %+v, want supported %v", sentence, got, want)
		}
	}
}

// TestClosely holds a sentence that should be nearly the source's own to its order, its
// moods and its subject, where people's own words may differ.
func TestClosely(t *testing.T) {
	const (
		keeper = "The keeper, Jon Brandt, paints the tower white every third spring."
		summit = "At the Elmford summit in July 2024, the alliance will reach a new agreement with Oakham."
		attack = "In 1902 Elmford attacked Oakham with forty men on horses."
		title  = "The lighthouse of Westing"
	)
	for _, test := range []struct {
		sentence, source string
		want             bool
	}{
		{"Jon Brandt paints the tower white every third spring.", keeper, true},
		{"Every third spring, the keeper paints the tower white.", keeper, true},
		{"The lighthouse is the tower white every third spring.", keeper, false},
		{"Spring white the keeper every tower third paints.", keeper, false},
		{"The alliance will reach a new agreement with Oakham at the Elmford summit in July 2024.", summit, true},
		{"The alliance has reached a new agreement with Oakham at the Elmford summit in July 2024.", summit, false},
		{"At every Elmford summit in July 2024, the alliance will reach a new agreement with Oakham.", summit, false},
		{"Elmford attacked Oakham with forty men on horses in 1902.", attack, true},
		{"In 1902, Elmford attacked Oakham with men on horses.", attack, true},
		{"In 1902 Oakham attacked Elmford with forty men on horses.", attack, false},
		{"Elmford attacked Oakham with forty men on forty horses.", attack, false},
		{"Oakham will reach a new agreement with Oakham at the Elmford summit in July 2024.", summit, false},
		{"In 1902 Elmford attacked US with forty men on horses.", attack, false},
		{"In 1902 Elmford attacked the US with forty men on horses.", strings.Replace(attack, "Oakham", "the US", 1), true},
		{"In 1902 Elmford attacked IT with forty men on horses.", strings.Replace(attack, "Oakham", "us", 1), false},
	} {
		got := New(analysis.New(), even).Closely(test.sentence, Source{Title: title, Text: test.source})
		if got.Verdict.Stands() != test.want {
			t.Errorf("Closely(%q, %q) = %+v, want it to stand %v", test.sentence, test.source, got, test.want)
		}
	}
}

// TestSupportOrder refuses the words of a source in an order that no sentence has, and
// lets people say things in theirs.
func TestSupportOrder(t *testing.T) {
	const source = "In 1871 the town of Elmford built a stone bridge with seven arches over the river, and closed the old ferry."
	for sentence, want := range map[string]bool{
		"Elmford built a stone bridge over the river in 1871.":                          true,
		"The old ferry was closed, and a bridge of stone with seven arches was built.":  true,
		"With seven arches, the stone bridge over the river was built in 1871.":         true,
		"Ferry old seven the town closed a with river of arches bridge stone the over.": false,
		"The town of Elmford built a stone bridge with seven arches and the.":           false,
		"A stone bridge with seven the old ferry built arches over Elmford the town.":   false,
	} {
		got := New(analysis.New(), even).Support(sentence, []Source{{Text: source}})
		if got.Verdict.Stands() != want {
			t.Errorf("Support(%q) = %+v, want it to stand %v", sentence, got, want)
		}
	}
}

// TestSupportTitle lets a title say what a passage is about, and no more.
func TestSupportTitle(t *testing.T) {
	const sentence = "The Elmford Museum keeps old coins."
	for _, test := range []struct {
		source Source
		want   Verdict
	}{
		{Source{Title: "Elmford Museum", Text: "It keeps old coins and maps."}, Supported},
		{Source{Text: "It keeps old coins and maps."}, Partly},
		{Source{Title: "The Elmford Museum keeps old coins", Text: "Entry is free on Sundays."}, Unsupported},
	} {
		if got := New(analysis.New(), even).Support(sentence, []Source{test.source}); got.Verdict != test.want {
			t.Errorf("Support(%q, %+v) = %+v, want %s", sentence, test.source, got, test.want)
		}
	}
}

// TestSupportLong refuses at once what is no sentence.
func TestSupportLong(t *testing.T) {
	long := strings.Repeat("a stone bridge with seven arches and ", 5000)
	if got := New(analysis.New(), even).Support(long, []Source{{Text: bridge}, {Text: long + "more"}}); got.Verdict != Quoted {
		t.Errorf("Support of a long quotation = %s, want quoted", got.Verdict)
	}
	if got := New(analysis.New(), even).Support("No "+long, []Source{{Text: bridge}}); got.Verdict != Unsupported {
		t.Errorf("Support of a long text = %s, want unsupported", got.Verdict)
	}
}

func TestClaims(t *testing.T) {
	for sentence, want := range map[string]bool{
		"I apologize for the confusion.":                     false,
		"I'm sorry, but I do not have specific information.": false,
		"Unfortunately, I don't have an answer.":             false,
		"Please clarify which bridge you mean.":              false,
		"Is it the bridge?":                                  false,
		"Let me know if there is more.":                      false,
		"":                                                   false,
		"3.":                                                 true,
		"The bridge has seven arches.":                       true,
		"I Fight Dragons played there.":                      true,
		"No bridge has nine arches.":                         true,
		"Sorrow filled the town.":                            true,
		"Please Please Me is an album.":                      true,
	} {
		if got := Claims(sentence); got != want {
			t.Errorf("Claims(%q) = %v, want %v", sentence, got, want)
		}
	}
}

// TestOpposites holds the table to its form: two sides of words, none on both.
func TestOpposites(t *testing.T) {
	a := analysis.New()
	for line := range strings.Lines(opposites) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		left, right, ok := strings.Cut(line, "|")
		if !ok || len(strings.Fields(left)) == 0 || len(strings.Fields(right)) == 0 {
			t.Errorf("opposites: %q, want words | words", line)
		}
		for _, w := range strings.Fields(left) {
			if slices.ContainsFunc(strings.Fields(right), func(x string) bool { return a.Term(x) == a.Term(w) }) {
				t.Errorf("opposites: %q is its own opposite in %q", w, line)
			}
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	c := New(analysis.New(), even)
	source := strings.Repeat(market+" "+ferry+" ", 3)
	for b.Loop() {
		c.Check("Trade with Oakham increased after the railway came in 1871.", source)
	}
}
