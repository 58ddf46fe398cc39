package cite

import (
	_ "embed"
	"strings"
	"sync"

	"footnote/retrieval/analysis"
)

//go:embed opposites.txt
var opposites string

// opposed returns, of each term, the terms that say its opposite.
var opposed = sync.OnceValue(func() map[string]map[string]bool {
	a := analysis.New()
	m := make(map[string]map[string]bool)
	put := func(x, y string) {
		if m[x] == nil {
			m[x] = make(map[string]bool)
		}
		m[x][y] = true
	}
	for line := range strings.Lines(opposites) {
		left, right, ok := strings.Cut(line, "|")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for x := range strings.FieldsSeq(left) {
			for y := range strings.FieldsSeq(right) {
				put(a.Term(x), a.Term(y))
				put(a.Term(y), a.Term(x))
			}
		}
	}
	return m
})
