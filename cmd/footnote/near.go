package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// typos is how many letters may be missing, too many or wrong in a name that is meant to
// be another; two letters in each other's place are two.
const typos = 2

// near returns the one of names that a name was most likely meant to be, or "".
func near(name string, names []string) string {
	best, least := "", typos+1
	for _, n := range names {
		if d := distance(name, n); d < least && d < len(name)/2 {
			best, least = n, d
		}
	}
	return best
}

// distance is the edit distance of two names, after Levenshtein (1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// flagNames returns the names of a command's flags.
func flagNames(cmd *cobra.Command) (names []string) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// misspelt says which variable of an environment of NAME=value entries is nearly the
// name of a setting, and is none. Others that begin alike are let be: Kubernetes sets
// FOOTNOTE_PORT beside a service of that name.
func misspelt(environ []string) error {
	var known []string
	for _, s := range settings {
		known = append(known, s.env())
		if s.filed {
			known = append(known, s.env()+envFile)
		}
	}
	for _, e := range environ {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "FOOTNOTE_") || slices.Contains(known, name) {
			continue
		}
		if like := near(name, known); like != "" {
			return fmt.Errorf("unknown variable %s: did you mean %s?", name, like)
		}
	}
	return nil
}
