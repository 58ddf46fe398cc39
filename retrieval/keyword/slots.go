package keyword

// slotTable tells a query's terms their slots. Nearly all words of a passage are no
// words of the query: a look-up of those ends at the sieve, or at the first place.
type slotTable struct {
	sieve  uint64  // has bit n where a term's number ends in n, modulo 64
	places []place // a power of two of them, most of them free
	used   int
}

// place is a term with its slot. The zero place is free.
type place struct {
	term term // and 1
	slot int
}

// term is the number of a term in a part of the index, and above it the part's.
type term uint64

func termOf(part int, number uint32) term { return term(part)<<32 | term(number) }

// minPlaces leaves nearly all places free for a question of ordinary length.
const minPlaces = 128

// clear forgets all terms.
func (t *slotTable) clear() {
	if t.used > 0 && len(t.places) <= minPlaces {
		clear(t.places)
	} else if t.used > 0 {
		t.places = nil // a long query's table would slow all after it
	}
	t.used, t.sieve = 0, 0
}

// at returns where a term stands, or the free place it would be put to.
func (t *slotTable) at(term term) *place {
	mask := uint64(len(t.places) - 1)
	for i := uint64(term) * 0x9E3779B97F4A7C15 >> 40; ; i++ { // Knuth's multiplicative hash
		if p := &t.places[i&mask]; p.term == 0 || p.term == term+1 {
			return p
		}
	}
}

// get returns the slot of a term, -1 where it has none.
func (t *slotTable) get(term term) int {
	if t.sieve>>(term%64)&1 == 0 {
		return -1
	}
	if p := t.at(term); p.term != 0 {
		return p.slot
	}
	return -1
}

// put gives a term, which has none, a slot.
func (t *slotTable) put(term term, slot int) {
	if 8*t.used >= len(t.places) {
		old := t.places
		t.places = make([]place, max(minPlaces, 4*len(old)))
		for _, p := range old {
			if p.term != 0 {
				*t.at(p.term - 1) = p
			}
		}
	}
	*t.at(term) = place{term + 1, slot}
	t.sieve |= 1 << (term % 64)
	t.used++
}
