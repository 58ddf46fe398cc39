package layout

import "footnote/bot"

// Sheet is what one message shows of an answer.
type Sheet struct {
	Units       []Unit
	First, Last bool
	Number, Of  int
	Left        int   // entries of a list that are not shown
	Brief       Brief // what is left out below the units
}

// Brief says what a sheet is without, for want of room.
type Brief int

// The levels of brevity, each without what the one before it is.
const (
	Full      Brief = iota
	NoSources       // the sources, with their notes and quotations
	NoLooks         // and the buttons that look things up
)

// listSheets is how many messages a list of sources takes at most.
const listSheets = 4

// Sheets deals the answer out to as few messages as fit, at least one, in order. A
// unit that never fits stands on a sheet of its own, as brief as there is.
func (l *Layout) Sheets(fits func(Sheet) bool) []Sheet {
	units := l.Body()
	whole := Sheet{Units: units, First: true, Last: true, Number: 1, Of: 1}
	if fits(whole) { // nearly always
		return []Sheet{whole}
	}
	groups := paginate(units, func(units []Unit, first bool) bool {
		return fits(Sheet{Units: units, First: first, Last: true, Number: 98, Of: 99, Left: len(l.a.Citations)})
	})
	left := 0
	if l.a.Kind == bot.KindSources && len(groups) > listSheets {
		for _, g := range groups[listSheets:] {
			left += len(g)
		}
		groups = groups[:listSheets]
	}
	out := make([]Sheet, len(groups))
	for i, g := range groups {
		s := Sheet{Units: g, First: i == 0, Last: i == len(groups)-1, Number: i + 1, Of: len(groups)}
		if s.Last {
			s.Left = left
		}
		for s.Brief < NoLooks && !fits(s) {
			s.Brief++
		}
		out[i] = s
	}
	return out
}

// paginate groups units so that every group fits by itself, with as many as fit in
// each. A unit that never fits is in a group of its own.
func paginate(units []Unit, fit func(units []Unit, first bool) bool) [][]Unit {
	var out [][]Unit
	from := 0
	for i := 1; i <= len(units); i++ {
		if i == len(units) || !fit(units[from:i+1], from == 0) {
			out = append(out, units[from:i])
			from = i
		}
	}
	return out
}
