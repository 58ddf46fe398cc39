package eval

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Figure is a named number.
type Figure struct {
	Name   string
	Value  float64 // NaN where there is none
	Digits int     // after the point
}

// String returns the number with its digits, "–" where there is none.
func (f Figure) String() string {
	if math.IsNaN(f.Value) {
		return none
	}
	return strconv.FormatFloat(f.Value, 'f', f.Digits, 64)
}

// none stands where there is no figure.
const none = "–"

func count(name string, n int) Figure { return Figure{name, float64(n), 0} }

// share returns a part of a whole, 0 of nothing.
func share(name string, part, whole, digits int) Figure {
	return Figure{name, float64(part) / float64(max(1, whole)), digits}
}

// Column is the figures of a set.
type Column struct {
	Set     string
	Figures []Figure
}

// figure returns the number with that name, "–" where the set has none.
func (c Column) figure(name string) string {
	for _, f := range c.Figures {
		if f.Name == name {
			return f.String()
		}
	}
	return none
}

// Table is the figures of several sets.
type Table []Column

// String returns the table as text: a column for each set, a row for each figure
// that one of them has, in the order they come.
func (t Table) String() string {
	var rows []string
	header := "figure"
	for _, c := range t {
		header += "\t" + c.Set
		for _, f := range c.Figures {
			if !slices.Contains(rows, f.Name) {
				rows = append(rows, f.Name)
			}
		}
	}
	lines := []string{header}
	for _, name := range rows {
		line := name
		for _, c := range t {
			line += "\t" + c.figure(name)
		}
		lines = append(lines, line)
	}
	return aligned(lines)
}

// aligned lays out lines of cells with tabs between, without white space at their
// ends.
func aligned(lines []string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		_, _ = w.Write([]byte(l + "\n")) // a strings.Builder takes everything
	}
	_ = w.Flush()
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return out.String()
}
