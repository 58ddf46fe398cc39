package eval

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"footnote/corpus"
)

// The ways in which a true sentence is made false. The alterer knows nothing of the
// checker: it goes by patterns of spelling.
const (
	sameKind     = "unaltered"
	shortKind    = "shortened"
	numberKind   = "number"
	dateKind     = "date"
	nameKind     = "name"
	negationKind = "negation"
	turnKind     = "direction"
	wrongKind    = "wrong passage"
	scrambleKind = "scrambled"
	spliceKind   = "spliced"
	swapKind     = "names swapped"
)

// changedKinds are the kinds of false sentences, in the order of the table.
var changedKinds = []string{numberKind, dateKind, nameKind, negationKind, turnKind, wrongKind}

// jumbledKinds are the kinds of false sentences that have every word of true ones.
var jumbledKinds = []string{scrambleKind, spliceKind, swapKind}

var (
	numeral  = regexp.MustCompile(`\b\d[\d,]*(\.\d+)?\b`)
	year     = regexp.MustCompile(`\b(1[0-9]\d\d|20\d\d)\b`)
	nameLike = regexp.MustCompile(`\b[A-Z][a-zA-Z’'-]+(?: [A-Z][a-zA-Z’'-]+)*\b`)
	doing    = regexp.MustCompile(`\b(is|are|was|were|has|have|had|can|could|will|would|did|does|[a-z]+ed)\b`)
	verbLike = regexp.MustCompile(`\b(is|are|was|were|has|have|had|can|could|will|would|may|might|must|should|did|does|do)\b`)
	denial   = regexp.MustCompile(`\b(not|never|no) `)
	lead     = regexp.MustCompile(`^[A-Z][^,]{3,60}, `)
	aside    = regexp.MustCompile(` \([^()]*\)`)
)

// monthNames are the months that are no other word.
var monthNames = strings.Fields("January February April June July August September October November December")

var monthLike = regexp.MustCompile(`\b(` + strings.Join(monthNames, "|") + `)\b`)

// turns are words and what turns a statement round.
var turns = pairsOf(`north south east west northern southern eastern western North South East West Northern Southern
Eastern Western increase decrease increased decreased before after more less higher lower larger smaller first last
above below won lost rise fall rose fell largest smallest highest lowest`)

func pairsOf(list string) [][2]string {
	var out [][2]string
	for p := range slices.Chunk(strings.Fields(list), 2) {
		out = append(out, [2]string{p[0], p[1]})
	}
	return out
}

// capitals are words with a capital that name nobody.
var capitals = strings.Fields(`The This These Those That There Then They Their It Its He She His Her We Our In On At For
By To From With When While If As After Before During Since Until And But Or So Because Although However Are Is Was Many
Most Some Each Every Let`)

// An alterer makes false sentences of true ones, the same ones from the same seed.
type alterer struct{ rand *rand.Rand }

func newAlterer(seed uint64) alterer { return alterer{rand.New(rand.NewPCG(seed, 2))} }

func pick[T any](a alterer, of []T) T { return of[a.rand.IntN(len(of))] }

// half is true every other time.
func (a alterer) half() bool { return a.rand.IntN(2) == 0 }

func put(s string, at []int, with string) string { return s[:at[0]] + with + s[at[1]:] }

// alter returns the sentence changed in that way, "" where it can't be. What comes in
// the place of a number, date or name is another of the passage, or of anywhere.
func (a alterer) alter(kind, s, passage, elsewhere string) string {
	switch kind {
	case numberKind:
		return a.number(s, passage)
	case dateKind:
		return a.date(s, passage)
	case nameKind:
		return a.name(s, passage, elsewhere)
	case negationKind:
		return a.negation(s)
	case turnKind:
		return a.turn(s)
	case scrambleKind:
		return a.scramble(s)
	case spliceKind:
		return a.splice(s, passage, elsewhere)
	case swapKind:
		return a.swap(s, passage)
	case shortKind:
		return shortened(s)
	}
	return s
}

func (a alterer) number(s, passage string) string {
	all := numeral.FindAllStringIndex(s, -1)
	if len(all) == 0 {
		return ""
	}
	at := pick(a, all)
	old := s[at[0]:at[1]]
	if a.half() {
		others := slices.DeleteFunc(numeral.FindAllString(passage, -1), func(n string) bool {
			return strings.Contains(s, n) || len(n) < len(old)-1 || len(n) > len(old)+1
		})
		if len(others) > 0 {
			return put(s, at, pick(a, others))
		}
	}
	b := []byte(old)
	for {
		i, d := a.rand.IntN(len(b)), byte('1'+a.rand.IntN(9))
		if b[i] >= '0' && b[i] <= '9' && d != b[i] {
			b[i] = d
			return put(s, at, string(b))
		}
	}
}

func (a alterer) date(s, passage string) string {
	if all := monthLike.FindAllStringIndex(s, -1); len(all) > 0 {
		at := pick(a, all)
		i := slices.Index(monthNames, s[at[0]:at[1]])
		return put(s, at, monthNames[(i+1+a.rand.IntN(len(monthNames)-1))%len(monthNames)])
	}
	all := year.FindAllStringIndex(s, -1)
	if len(all) == 0 {
		return ""
	}
	at := pick(a, all)
	if a.half() {
		others := slices.DeleteFunc(year.FindAllString(passage, -1), func(y string) bool { return strings.Contains(s, y) })
		if len(others) > 0 {
			return put(s, at, pick(a, others))
		}
	}
	y, _ := strconv.Atoi(s[at[0]:at[1]]) // four digits
	by := 1 + a.rand.IntN(30)
	if a.half() {
		by = -by
	}
	return put(s, at, strconv.Itoa(y+by))
}

// names finds the names of a text, but for those that open a sentence or a quotation.
func names(s string) [][]int {
	return slices.DeleteFunc(nameLike.FindAllStringIndex(s, -1), func(at []int) bool {
		return at[0] == 0 || strings.HasSuffix(s[:at[0]], ". ") || strings.ContainsAny(s[at[0]-1:at[0]], "\"“‘'(-") ||
			slices.Contains(capitals, strings.Fields(s[at[0]:at[1]])[0])
	})
}

func (a alterer) name(s, passage, elsewhere string) string {
	all := names(s)
	if len(all) == 0 {
		return ""
	}
	at := pick(a, all)
	from := elsewhere
	if a.half() {
		from = passage
	}
	var others []string
	for _, n := range names(from) {
		if w := from[n[0]:n[1]]; len(w) > 2 && !strings.Contains(s, w) && !strings.Contains(w, s[at[0]:at[1]]) {
			others = append(others, w)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return put(s, at, pick(a, others))
}

func (a alterer) negation(s string) string {
	if all := denial.FindAllStringIndex(s, -1); len(all) > 0 {
		return put(s, pick(a, all), "")
	}
	all := verbLike.FindAllStringIndex(s, -1)
	if len(all) == 0 {
		return ""
	}
	at := pick(a, all)
	return put(s, at, s[at[0]:at[1]]+" not")
}

func (a alterer) turn(s string) string {
	for _, i := range a.rand.Perm(len(turns)) {
		for k, w := range turns[i] {
			if at := regexp.MustCompile(`\b` + w + `\b`).FindStringIndex(s); at != nil {
				return put(s, at, turns[i][1-k])
			}
		}
	}
	return ""
}

// shortened returns what of a sentence stays true without the rest: without its
// asides, its lead or its last clause.
func shortened(s string) string {
	if t := aside.ReplaceAllString(s, ""); t != s {
		return t
	}
	if at := lead.FindStringIndex(s); at != nil && len(s)-at[1] > 40 {
		rest := s[at[1]:]
		return strings.ToUpper(rest[:1]) + rest[1:]
	}
	if i := strings.LastIndex(s, ", "); i > 40 && len(s)-i < 120 {
		return s[:i] + "."
	}
	return ""
}

// leastScrambled is how many words a sentence must have for another order of them, or
// half of them, to be nonsense.
const leastScrambled = 6

// partings are the orders of four parts none of which follows the one it followed.
var partings = [][]int{{1, 3, 0, 2}, {2, 0, 3, 1}, {3, 2, 1, 0}, {2, 1, 0, 3}, {0, 3, 2, 1}, {1, 0, 3, 2}}

// scramble puts the words of a sentence in any order, or four parts of it in another.
func (a alterer) scramble(s string) string {
	w := strings.Fields(strings.TrimRight(s, ".!?"))
	if len(w) < leastScrambled {
		return ""
	}
	if slices.Contains(capitals, w[0]) { // the capital would tell
		w[0] = strings.ToLower(w[0])
	}
	out := slices.Clone(w)
	if a.half() {
		a.rand.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	} else {
		cuts := a.rand.Perm(len(w) - 1)[:3]
		slices.Sort(cuts)
		parts := [][]string{w[:cuts[0]+1], w[cuts[0]+1 : cuts[1]+1], w[cuts[1]+1 : cuts[2]+1], w[cuts[2]+1:]}
		out = out[:0]
		for _, i := range pick(a, partings) {
			out = append(out, parts[i]...)
		}
	}
	t := strings.Trim(strings.Join(out, " "), ",;: ") + "."
	return strings.ToUpper(t[:1]) + t[1:]
}

// splice returns the beginning of a sentence with the end of another, of its passage
// or of elsewhere.
func (a alterer) splice(s, passage, elsewhere string) string {
	from := elsewhere
	if a.half() {
		from = passage
	}
	others := slices.DeleteFunc(corpus.Sentences(from), func(o string) bool {
		return o == s || len(strings.Fields(o)) < leastScrambled
	})
	first := strings.Fields(s)
	if len(others) == 0 || len(first) < leastScrambled {
		return ""
	}
	then := strings.Fields(pick(a, others))
	cut := func(n int) int { return n/3 + a.rand.IntN(n/3+1) }
	return strings.Join(append(slices.Clone(first[:cut(len(first))]), then[cut(len(then)):]...), " ")
}

// swap exchanges two names of a sentence between which something is done.
func (a alterer) swap(s, passage string) string {
	all := names(s)
	if at := nameLike.FindStringIndex(s); at != nil && at[0] == 0 && slices.ContainsFunc(names(passage), func(n []int) bool { return passage[n[0]:n[1]] == s[:at[1]] }) {
		all = append([][]int{at}, all...) // a name there too, it seems
	}
	var pairs [][2][]int
	for i, x := range all {
		for _, y := range all[i+1:] {
			one, other := s[x[0]:x[1]], s[y[0]:y[1]]
			if doing.MatchString(s[x[1]:y[0]]) && !strings.Contains(one, other) && !strings.Contains(other, one) {
				pairs = append(pairs, [2][]int{x, y})
			}
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	p := pick(a, pairs)
	x, y := p[0], p[1]
	return s[:x[0]] + s[y[0]:y[1]] + s[x[1]:y[0]] + s[x[0]:x[1]] + s[y[1]:]
}
