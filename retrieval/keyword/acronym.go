package keyword

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"footnote/retrieval/analysis"
)

// Acronym is a short form that the material introduces beside its long form, such
// as "NATO Response Force (NRF)".
type Acronym struct {
	Short, Long string // as first printed
}

// joins are both directions of the acronyms, a line each, by the first term: the terms
// of one form with spaces between, a tab, and the terms of the other.
type joins string

// first returns the first term of a line.
func first(line string) string { return line[:max(0, strings.IndexAny(line, " \t"))] }

// of returns the lines whose first term is term.
func (j joins) of(term string) string {
	lines := string(j)
	low, high := 0, len(lines)
	for low < high {
		from := low + strings.LastIndexByte(lines[low:(low+high)/2], '\n') + 1
		to := from + strings.IndexByte(lines[from:], '\n') + 1
		if first(lines[from:to]) < term {
			low = to
		} else {
			high = from
		}
	}
	high = low
	for high < len(lines) && first(lines[high:]) == term {
		high += strings.IndexByte(lines[high:], '\n') + 1
	}
	return lines[low:high]
}

// join joins the forms of the acronyms that passages introduce, given each time they
// do. Where the material gives a short form several long ones, the one given most
// often counts, the first of equals.
func (x *state) join(analyzer *analysis.Analyzer, introduced []Acronym) {
	folded := func(f Acronym) Acronym { return Acronym{Short: f.Short, Long: strings.ToLower(f.Long)} }
	count := make(map[Acronym]int)
	var order []Acronym
	for _, f := range introduced {
		k := folded(f)
		if count[k] == 0 {
			order = append(order, f)
		}
		count[k]++
	}
	best := make(map[string]Acronym)
	for _, f := range order {
		b, ok := best[f.Short]
		if !ok || count[folded(f)] > count[folded(b)] {
			best[f.Short] = f
		}
	}
	done := make(map[string]bool)
	var list []Acronym
	var lines []string
	for _, f := range order {
		if done[f.Short] {
			continue
		}
		done[f.Short] = true
		f = best[f.Short]
		short, long := x.known(analyzer, f.Short), x.known(analyzer, f.Long)
		if len(short) == 0 || len(long) == 0 {
			continue
		}
		list = append(list, f)
		a, b := strings.Join(short, " "), strings.Join(long, " ")
		lines = append(lines, a+"\t"+b+"\n", b+"\t"+a+"\n")
	}
	slices.SortStableFunc(lines, func(a, b string) int { return cmp.Compare(first(a), first(b)) })
	x.list, x.joins = func() []Acronym { return list }, joins(strings.Join(lines, ""))
}

// known returns the terms of text, or nil if the index lacks one of them.
func (x *state) known(a *analysis.Analyzer, text string) []string {
	var terms []string
	for _, t := range a.Tokens(nil, text) {
		if t.Stop {
			continue
		}
		if x.count(t.Term) == 0 {
			return nil
		}
		terms = append(terms, t.Term)
	}
	return terms
}

// acronymsIn returns the acronyms that text introduces, in order.
func acronymsIn(text string) []Acronym {
	var found []Acronym
	for at := 0; ; {
		i := strings.IndexByte(text[at:], '(')
		if i < 0 {
			return found
		}
		open := at + i
		j := strings.IndexByte(text[open:], ')')
		if j < 0 {
			return found
		}
		inner := text[open+1 : open+j]
		before := strings.TrimRight(text[:open], " '’”\"")
		at = open + 1
		if f, ok := introduced(before, inner); ok {
			found = append(found, f)
		}
	}
}

// introduced reads "long (SHORT)", "... (long: SHORT)" and "SHORT (long)".
func introduced(before, inner string) (Acronym, bool) {
	if long, short, ok := strings.Cut(inner, ":"); ok {
		before, inner = long, strings.TrimSpace(short)
	}
	if acronym(inner) {
		if long := longForm(before, inner); long != "" {
			return Acronym{Short: inner, Long: long}, true
		}
		return Acronym{}, false
	}
	word := before[strings.LastIndexAny(before, " (“‘'\"")+1:]
	if acronym(word) && len(inner) < 100 {
		if long := longForm(inner, word); long != "" && strings.HasPrefix(inner, long) {
			return Acronym{Short: word, Long: long}, true
		}
	}
	return Acronym{}, false
}

// acronym tells whether a word has the shape of a short form: 2 to 10 characters
// without a space, two of them capitals.
func acronym(w string) bool {
	if len(w) < 2 || len(w) > 10 {
		return false
	}
	capitals := 0
	for _, r := range w {
		switch {
		case unicode.IsUpper(r):
			capitals++
		case unicode.IsLower(r), unicode.IsDigit(r), strings.ContainsRune("-/&.", r):
		default:
			return false
		}
	}
	return capitals >= 2
}

// longForm returns the shortest end of before that spells the short form, by the
// method of Schwartz and Hearst (2003): its letters are found from the right, the
// first at the start of a word. A digit repeats the letter before it (A2/AD), and a
// last one may count what the words name (AP4). It returns "" where there is none.
func longForm(before, short string) string {
	want, repeated := letters(short)
	if len(want) < 2 {
		return ""
	}
	text := []rune(before)
	// Their bound: no long form has more words than the short one has letters, plus five.
	words, low := 0, len(text)
	for low > 0 && words <= min(len(want)+5, 2*len(want)) {
		low--
		if text[low] == ' ' {
			words++
		}
	}
	at := -1
	if repeated { // the letters are initials then: Anti Access/Area Denial, not its Access/Area Denial
		at = spelt(text, low, want, true)
	}
	if at < 0 {
		at = spelt(text, low, want, false)
	}
	if at < 0 {
		return ""
	}
	long := strings.TrimSpace(string(text[at:]))
	if !strings.ContainsAny(long, " -/") || strings.ContainsAny(long, ";()") {
		return ""
	}
	return long
}

// spelt returns where in text, from low on, the last letters begin that spell
// want, the first of them or each at the start of a word; or -1.
func spelt(text []rune, low int, want []rune, initials bool) int {
	at := len(text)
	for i := len(want) - 1; i >= 0; i-- {
		for at--; at >= low; at-- {
			if unicode.ToLower(text[at]) == want[i] && (i > 0 && !initials || starts(text, at)) {
				break
			}
		}
		if at < low {
			return -1
		}
	}
	return at
}

func starts(text []rune, at int) bool {
	return at == 0 || !unicode.IsLetter(text[at-1]) && !unicode.IsDigit(text[at-1])
}

// letters returns the short form's letters in lower case, repeated where a digit
// says so, and whether one does.
func letters(short string) (out []rune, repeated bool) {
	rs := []rune(short)
	for i, r := range rs {
		switch {
		case unicode.IsLetter(r):
			out = append(out, unicode.ToLower(r))
		case unicode.IsDigit(r) && i > 0 && i+1 < len(rs) && r > '1' && r <= '5' && unicode.IsLetter(rs[i-1]):
			out = append(out, slices.Repeat(out[len(out)-1:], int(r-'1'))...)
			repeated = true
		}
	}
	return out, repeated
}

// Acronyms returns the acronyms that the material introduces, in order of their
// first appearance.
func (x *Index) Acronyms() []Acronym { return x.now.Load().list() }
