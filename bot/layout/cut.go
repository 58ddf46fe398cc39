package layout

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// fence opens and closes code.
const fence = "```"

// Piece is a part of a text that was too long.
type Piece struct {
	Text        string
	cut, broken bool // words of its sentence stand before it, after it
}

func (p Piece) String() string {
	s := p.Text
	if p.cut {
		s = "… " + s
	}
	if p.broken {
		s += " …"
	}
	return s
}

// Pieces cuts text so that each part holds within the bound: after a sentence if it
// can be, else at a clause, a space, or between two characters. With fences, what
// stands between two ``` is not cut; what is too long even alone is cut at a line
// and fenced anew.
func Pieces(text string, most Size, fences bool) []Piece {
	most.Units -= 12 // for the marks of the cut and a fence's
	most.Bytes -= 24
	var out []Piece
	cutBefore := false
	for !most.Holds(text) {
		at, how := cut(text, most, fences)
		left, right := strings.TrimRightFunc(text[:at], unicode.IsSpace), text[at:]
		if how == inFence {
			left += "\n" + fence
			if rest, ok := strings.CutPrefix(strings.TrimLeft(right, "\n"), fence); ok {
				right = strings.TrimLeftFunc(rest, unicode.IsSpace) // the fence ends here anyway
			} else {
				right = fence + "\n" + right
			}
		} else {
			right = strings.TrimLeftFunc(right, unicode.IsSpace)
		}
		broken := how != afterSentence && how != inFence
		out = append(out, Piece{left, cutBefore, broken})
		text, cutBefore = right, broken
	}
	if text == "" && out != nil {
		return out
	}
	return append(out, Piece{text, cutBefore, false})
}

// place is what kind of place a text is cut at, the best last.
type place int

const (
	inFence place = iota
	anywhere
	afterSpace
	afterClause
	afterSentence
	places
)

const (
	sentenceEnds = ".!?。．！？…"
	wideEnds     = "。．！？"
	clauseEnds   = ",;:、，；："
	wideClauses  = "、，；："
	closers      = ")]}\"'”’»）」』】〕"
)

// cut finds the byte at which to cut a text so that what stands before it holds: the
// last best place in the last two thirds of what may stand there, or else the last
// of any kind. It is never 0.
func cut(text string, most Size, fences bool) (int, place) {
	var last [places]int
	state, units, fenced := -1, 0, false
	seen := anywhere // what the text up to here ends with
	for at := 0; at < len(text); {
		if fences && strings.HasPrefix(text[at:], fence) {
			fenced = !fenced
		}
		c, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:], state)
		units += Length(c)
		if units > most.Units || at+len(c) > most.Bytes {
			break
		}
		at, state = at+len(c), next
		seen = ending(c, seen)
		after, _ := utf8.DecodeRuneInString(text[at:])
		space := at == len(text) || unicode.IsSpace(after)
		switch {
		case fenced && c == "\n":
			last[inFence] = at
		case fenced || fences && strings.HasPrefix(text[max(0, at-1):], "``"):
		case seen > afterSpace && (space || wide(c)), seen == afterSpace:
			last[seen] = at
			last[anywhere] = at
		default:
			last[anywhere] = at
		}
	}
	for p := afterSentence; p > inFence; p-- {
		if last[p] > last[anywhere]/3 {
			return last[p], p
		}
	}
	if last[inFence] > len(fence+"\n") {
		return last[inFence], inFence
	}
	n := firstCharacters(text, most)
	if fences && strings.HasPrefix(text, fence) {
		return n, inFence // a line of code without an end
	}
	return n, anywhere
}

// ending tells what a text ends with after one more character; closing brackets and
// quotation marks belong to what they close.
func ending(c string, before place) place {
	switch {
	case strings.Contains(sentenceEnds, c):
		return afterSentence
	case strings.Contains(clauseEnds, c):
		return afterClause
	case strings.Contains(closers, c) && before > afterSpace:
		return before
	case c == "\n":
		return afterSentence
	case strings.TrimSpace(c) == "":
		return afterSpace
	}
	return anywhere
}

// wide tells whether a character ends something without a space after it.
func wide(c string) bool {
	return strings.Contains(wideEnds+wideClauses+"）」』】〕\n", c)
}
