package bot

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
)

func TestSummary(t *testing.T) {
	c, b := article()
	document := c.Documents.At(0)
	if len(document.Directions) != 6 {
		t.Fatalf("the article has %d directions, want six", len(document.Directions))
	}
	for _, d := range document.Directions {
		for _, language := range []string{"en", "ja"} {
			names := []string{d.ID, d.Names["en"], strings.ToUpper(d.Names["en"]), d.Names["ja"]}
			for _, name := range append(names, d.Aliases...) {
				a := ask(t, b, Question{Kind: KindSummary, Text: name, Language: language})
				if a.Direction == nil || a.Direction.ID != d.ID || a.Direction.Name != d.Names[language] {
					t.Fatalf("Ask(summary %q) = %v, want direction %s, %s", name, a.Direction, d.ID, d.Names[language])
				}
				if f := faultOfSummary(d, a); f != "" {
					t.Errorf("Ask(summary %q, %s) = %q: %s", name, language, a.Text, f)
				}
			}
		}
	}
}

// faultOfSummary says what a direction's summary does not keep, or "".
func faultOfSummary(d *corpus.Direction, a Answer) string {
	allowed, used := map[string]string{}, map[string]bool{}
	paragraphs := map[string]bool{}
	for _, e := range d.Passages {
		text := e.Passage.Text
		if e.Sentence >= 0 {
			text = e.Passage.SentenceText(e.Sentence)
		}
		if e.Passage.Kind == corpus.Paragraph {
			paragraphs[e.Passage.ID] = true
			allowed[e.Passage.ID] += text + "\n"
		}
	}
	n := len(a.Sentences)
	if a.Status != Answered || n < fewestBullets || n > mostBullets || len(a.Citations) != n {
		return fmt.Sprintf("%s with %d bullets and %d citations, want three to six", a.Status, n, len(a.Citations))
	}
	end := map[string]int{}
	last := 0
	for i, s := range a.Sentences {
		x := a.Citations[i]
		switch {
		case !slices.Equal(s.Citations, []string{x.ID}) || s.Verdict != Quoted:
			return fmt.Sprintf("bullet %d cites %v as %s, want its own passage, quoted", i, s.Citations, s.Verdict)
		case !strings.Contains(allowed[x.ID], x.Text):
			return fmt.Sprintf("bullet %q is not of the direction", x.Text)
		case x.Start < last || x.Start < end[x.ID]:
			return fmt.Sprintf("bullet %q is out of order or overlaps the one before", x.Text)
		case !strings.Contains(a.Text, "\n• "+s.Text+" ["+x.Label+"]"):
			return fmt.Sprintf("bullet %q is not in the text", s.Text)
		case len(strings.Fields(x.Text)) < 6:
			return fmt.Sprintf("bullet %q is a fragment", x.Text)
		}
		for _, o := range a.Sentences[:i] {
			if strings.Contains(o.Text, x.Text) || strings.Contains(s.Text, o.Text) {
				return fmt.Sprintf("bullet %q comes twice", s.Text)
			}
		}
		used[x.ID], end[x.ID], last = true, x.End, x.Start
	}
	if a.Direction.Used != len(used) || a.Direction.Passages != len(paragraphs) {
		return fmt.Sprintf("%d of %d passages used, want %d of %d", a.Direction.Used, a.Direction.Passages, len(used), len(paragraphs))
	}
	if want := min(len(paragraphs), mostBullets); len(used) < want {
		return fmt.Sprintf("%d passages used, want each of %d to have its bullet", len(used), want)
	}
	return ""
}

// TestSummaryList asks for a summary of nothing in particular.
func TestSummaryList(t *testing.T) {
	c, b := article()
	a := ask(t, b, Question{Kind: KindSummary})
	if a.Status != Found || len(a.Directions) != len(c.Documents.At(0).Directions) || len(a.Sentences) != 0 {
		t.Fatalf("Ask(summary) = %s with %d directions, want found with each", a.Status, len(a.Directions))
	}
	for i, d := range c.Documents.At(0).Directions {
		got := a.Directions[i]
		one := ask(t, b, Question{Kind: KindSummary, Text: d.ID})
		if got.ID != d.ID || got.Used != 0 || got.Passages != one.Direction.Passages || got.Notes != one.Direction.Notes {
			t.Errorf("Ask(summary) has %v, want %s with the %d passages and %d notes of its summary", got, d.ID, one.Direction.Passages, one.Direction.Notes)
		}
		if !strings.Contains(a.Text, d.Names["en"]) {
			t.Errorf("Ask(summary) = %q, want it to name %s", a.Text, d.Names["en"])
		}
	}
}

// TestSummaryMany takes a direction that two documents share, and one that has no
// paragraph.
func TestSummaryMany(t *testing.T) {
	b := over(t, map[string]string{
		"a.txt":  "The harbour is deep and was dug in 1850.\n\nThe hills are steep and bare of trees today.\n\nChart 1: Depth of the harbour",
		"a.yaml": "id: a\ndirections:\n  - id: sea\n    names: {en: Sea}\n    passages: [p1]\n  - id: sky\n    names: {en: Sky}\n    passages: [c1]\n",
		"b.txt":  "Boats are built of oak in the yard.\n\nSails are sewn by four people in the loft.",
		"b.yaml": "id: b\ndirections:\n  - id: sea\n    names: {en: Sea}\n    passages: [p1, p2]\n",
	})
	a := ask(t, b, Question{Text: "summary sea"})
	if a.Status != Answered || a.Direction.Used != 3 || a.Direction.Passages != 3 || len(a.Sentences) != 3 {
		t.Errorf("Ask(summary sea) = %s %q, want a bullet for each of three passages of two documents", a.Status, a.Text)
	}
	a = ask(t, b, Question{Text: "summary sky"})
	if a.Status != NotFound || a.Text != "The material has no passage on Sky." {
		t.Errorf("Ask(summary sky) = %s %q, want that there is no passage on it", a.Status, a.Text)
	}
	// Names in a language the document does not have fall back to English.
	a = ask(t, b, Question{Text: "summary sea", Language: "ja"})
	if a.Direction.Name != "Sea" {
		t.Errorf("Ask(summary sea, ja) names %q, want Sea", a.Direction.Name)
	}
}

func TestClauses(t *testing.T) {
	long := "The harbour was dug in 1850 by two hundred men who came from the islands with their families and their tools, and the breakwater that keeps the winter storms away from the boats was added forty years later by the same company; it is still in use today by the fishing fleet."
	p := &corpus.Passage{Text: long, Sentences: []corpus.Sentence{{End: len(long)}}}
	got := clauses(stretch{passage: p, end: len(long)})
	if len(got) != 2 || !got[0].broken || got[0].cut || !got[1].cut || got[1].broken {
		t.Fatalf("clauses(long) = %v, want two, the first broken off, the second cut", got)
	}
	for i, want := range []string{"their tools", "the breakwater that"} {
		if text := long[got[i].start:got[i].end]; !strings.HasSuffix(text, want) && !strings.HasPrefix(text, want) {
			t.Errorf("clauses(long)[%d] = %q, want the cut at %q", i, text, want)
		}
	}
	for _, whole := range []string{"Short; it is.", strings.Repeat("word, ", 60) + "and another."} {
		p := &corpus.Passage{Text: whole}
		if got := clauses(stretch{passage: p, end: len(whole)}); len(got) != 1 {
			t.Errorf("clauses(%q) = %v, want it whole", whole, got)
		}
	}
}
