package eval

import (
	"strings"
	"testing"
)

// TestAlter holds the alterer to one change of the kind it is asked for, the same
// from the same seed.
func TestAlter(t *testing.T) {
	const (
		sentence  = "In June 1902 the town of Elmford was north of the river (the Elm), with 40 stalls."
		passage   = sentence + " By 1910 the mayor of Oakham had 60 stalls."
		elsewhere = "Later the council of Ashby met."
	)
	for _, kind := range []string{numberKind, dateKind, nameKind, negationKind, turnKind, shortKind} {
		a, again := newAlterer(1), newAlterer(1)
		for range 50 {
			got := a.alter(kind, sentence, passage, elsewhere)
			if got == "" || got == sentence {
				t.Fatalf("alter(%s) = %q, want another sentence", kind, got)
			}
			if other := again.alter(kind, sentence, passage, elsewhere); other != got {
				t.Fatalf("alter(%s) = %q and %q from the same seed", kind, got, other)
			}
			if d := len(strings.Fields(got)) - len(strings.Fields(sentence)); d > 1 || d < 0 && kind != shortKind {
				t.Errorf("alter(%s) = %q, want one change", kind, got)
			}
		}
	}
	for _, kind := range []string{numberKind, dateKind, nameKind, turnKind, shortKind} {
		if got := newAlterer(1).alter(kind, "It stays dry.", "It stays dry.", "All is well."); got != "" {
			t.Errorf("alter(%s) of a sentence without = %q, want none", kind, got)
		}
	}
}

// TestJumble holds what is scrambled, spliced or swapped to the words of true
// sentences, the same from the same seed.
func TestJumble(t *testing.T) {
	const (
		sentence = "Elmford was attacked in the long winter of that year by the men of Oakham."
		passage  = sentence + " In summer the council of Ashby had met with the mayor of Elmford once more."
	)
	words := func(s string) map[string]bool {
		m := map[string]bool{}
		for _, w := range strings.Fields(strings.ToLower(s)) {
			m[strings.Trim(w, ".")] = true
		}
		return m
	}
	have := words(passage)
	for _, kind := range jumbledKinds {
		a, again := newAlterer(1), newAlterer(1)
		for range 50 {
			got := a.alter(kind, sentence, passage, passage)
			if got == "" || got == sentence {
				t.Fatalf("alter(%s) = %q, want another sentence", kind, got)
			}
			if other := again.alter(kind, sentence, passage, passage); other != got {
				t.Fatalf("alter(%s) = %q and %q from the same seed", kind, got, other)
			}
			for w := range words(got) {
				if !have[w] {
					t.Errorf("alter(%s) = %q, want no word that the passage lacks, such as %q", kind, got, w)
				}
			}
		}
		if got := newAlterer(1).alter(kind, "It stays dry.", "It stays dry.", "All is well."); got != "" {
			t.Errorf("alter(%s) of a short sentence = %q, want none", kind, got)
		}
	}
}
