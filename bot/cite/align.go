package cite

// aligned are the pairs of words, by index, in which two texts agree in the same
// order; an informative word counts as much as four others.
func aligned(a, b []word) [][2]int {
	n, m := len(a), len(b)
	row := m + 1
	t := make([]int32, (n+1)*row)
	same := func(i, j int) int32 {
		switch {
		case a[i].Term != b[j].Term:
			return 0
		case a[i].Stop:
			return 1
		}
		return 4
	}
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			best := max(t[(i+1)*row+j], t[i*row+j+1])
			if s := same(i, j); s > 0 {
				best = max(best, t[(i+1)*row+j+1]+s)
			}
			t[i*row+j] = best
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < n && j < m; {
		s := same(i, j)
		switch {
		case s > 0 && t[i*row+j] == t[(i+1)*row+j+1]+s:
			pairs = append(pairs, [2]int{i, j})
			i++
			j++
		case t[i*row+j] == t[(i+1)*row+j]:
			i++
		default:
			j++
		}
	}
	return pairs
}

// exchanged looks for what a sentence says in the place of what the source says:
// between two words that both have, in the same order, the one has another number,
// another name, or the opposite.
func (c *Checker) exchanged(s, near []word, pairs [][2]int, f *finding) {
	pairs = append(pairs, [2]int{len(s), len(near)})
	i, j := 0, 0
	for _, p := range pairs {
		ours, theirs := s[i:p[0]], near[j:p[1]]
		i, j = p[0]+1, p[1]+1
		for k := range ours {
			w := &ours[k]
			if !standsIn(w.Term, theirs) {
				switch {
				case w.number && anyWord(theirs, func(x *word) bool { return x.number }):
					f.wrong(w, &f.Numbers)
				case w.name && anyWord(theirs, func(x *word) bool { return x.name && !standsIn(x.Term, ours) }):
					if standsIn(w.Term, near) { // it is named, and elsewhere
						f.misplaced(w)
					} else {
						f.wrong(w, &f.Names)
					}
				}
			}
			opp := c.opposites[w.Term]
			if opp != nil && !standsIn(w.Term, theirs) && anyWord(theirs, func(x *word) bool {
				return opp[x.Term] && (x.denied == 0) == (w.denied == 0) && !standsIn(x.Term, ours)
			}) {
				f.wrong(w, &f.Opposites)
			}
		}
	}
}

func standsIn(term string, words []word) bool {
	return anyWord(words, func(w *word) bool { return w.Term == term })
}

func anyWord(words []word, is func(*word) bool) bool {
	for i := range words {
		if is(&words[i]) {
			return true
		}
	}
	return false
}
