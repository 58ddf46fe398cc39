package slackbot

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/bot"

	"github.com/rivo/uniseg"
	"github.com/slack-go/slack"
)

// page is one message.
type page struct {
	Blocks   []slack.Block
	Text     string              // for notifications and search, mrkdwn; never empty
	Metadata slack.SlackMetadata // names the errand and the page; zero where there is no errand
	Last     bool
}

// What Slack takes, and what of it is used. A character is a UTF-16 unit.
const (
	maxBlocks     = 50
	maxTextObject = 3000
	maxHeader     = 150
	maxElements   = 25
	maxButton     = 75
	maxValue      = 2000
	maxOption     = 75
	maxID         = 255
	maxModalTitle = 24
	maxHomeBlocks = 100

	// Past about 13,200 characters a message is refused (bolt-js#2509), and what
	// counts is more than its text: 11,341 characters of rich_text and sections were
	// refused too (bolt-js#2867). So the JSON is measured, in bytes.
	pageBytes = 12000

	blockUnits = 2800 // of one sentence or quotation; below maxTextObject
	blockBytes = 5600 // the same, for text of three bytes a character
	fallback   = 3900 // of the fallback text; at 4,000 chat.update refuses
)

// unit is what stays together: a sentence with its marks, a quotation with its
// heading.
type unit struct {
	elements []slack.RichTextElement
	joined   bool            // it shares a block with joined ones before it
	refs     []*bot.Citation // what it cites
	text     string          // the same as plain text
	marks    string          // and its marks, which stand after it
}

// fits tells whether blocks are within what a message may have.
func fits(blocks []slack.Block) bool {
	if len(blocks) > maxBlocks {
		return false
	}
	return jsonBytes(blocks) <= pageBytes
}

// jsonBytes returns the length of v as JSON, with < and > counted as one byte each:
// that Go sends more for them is undone by whoever reads it.
func jsonBytes(v any) int {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return math.MaxInt // unreachable unless slack-go's blocks stop being JSON
	}
	return b.Len()
}

// paginate groups units so that every group fits by itself, with as many as fit in
// each. A unit that never fits is in a group of its own.
func paginate(units []unit, fit func(units []unit, first bool) bool) [][]unit {
	var out [][]unit
	from := 0
	for i := 1; i <= len(units); i++ {
		if i == len(units) || !fit(units[from:i+1], from == 0) {
			out = append(out, units[from:i])
			from = i
		}
	}
	return out
}

// rich returns the blocks that show units: one for each, and one for joined ones
// that follow on each other as long as it does not get longer than one alone may be.
func rich(units []unit) []slack.Block {
	var out []slack.Block
	var open *slack.RichTextBlock
	n := 0
	for _, u := range units {
		if n += length(u.text); open == nil || !u.joined || n > blockUnits {
			open, n = slack.NewRichTextBlock(""), length(u.text)
			out = append(out, open)
		}
		open.Elements = append(open.Elements, u.elements...)
		if !u.joined {
			open = nil
		}
	}
	return out
}

// fallbackText joins the units' text, and leaves whole units out at the end where
// there is no room. The first is shortened before it is left out.
func fallbackText(units []unit) string {
	var b strings.Builder
	for _, u := range units {
		marks := u.marks
		if marks != "" {
			marks = " " + marks
		}
		e := escape(u.text + marks)
		if b.Len() == 0 {
			for most := fallback; length(e) > fallback; most = most * 3 / 4 {
				e = escape(clip(u.text, most) + marks)
			}
		} else if length(b.String())+length(e)+2 > fallback {
			b.WriteString("\n…")
			break
		} else {
			b.WriteByte('\n')
		}
		b.WriteString(e)
	}
	return b.String()
}

// size bounds a text.
type size struct{ units, bytes int }

func (s size) holds(text string) bool { return len(text) <= s.bytes && length(text) <= s.units }

// piece is a part of a text that was too long.
type piece struct {
	text        string
	cut, broken bool // words of its sentence stand before it, after it
}

func (p piece) String() string {
	s := p.text
	if p.cut {
		s = "… " + s
	}
	if p.broken {
		s += " …"
	}
	return s
}

// pieces cuts text so that each part holds within the bound: after a sentence if it
// can be, else at a clause, a space, or between two characters. With fences, what
// stands between two ``` is not cut; what is too long even alone is cut at a line
// and fenced anew.
func pieces(text string, most size, fences bool) []piece {
	most.units -= 12 // for the marks of the cut and a fence's
	most.bytes -= 24
	var out []piece
	cutBefore := false
	for !most.holds(text) {
		at, how := cut(text, most, fences)
		left, right := strings.TrimRightFunc(text[:at], unicode.IsSpace), text[at:]
		if how == inFence {
			left += "\n```"
			if rest, ok := strings.CutPrefix(strings.TrimLeft(right, "\n"), "```"); ok {
				right = strings.TrimLeftFunc(rest, unicode.IsSpace) // the fence ends here anyway
			} else {
				right = "```\n" + right
			}
		} else {
			right = strings.TrimLeftFunc(right, unicode.IsSpace)
		}
		broken := how != afterSentence && how != inFence
		out = append(out, piece{left, cutBefore, broken})
		text, cutBefore = right, broken
	}
	if text == "" && out != nil {
		return out
	}
	return append(out, piece{text, cutBefore, false})
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
// of any kind. It returns at least the length of the first character.
func cut(text string, most size, fences bool) (int, place) {
	var last [places]int
	state, units, fenced := -1, 0, false
	seen := anywhere // what the text up to here ends with
	for at := 0; at < len(text); {
		if fences && strings.HasPrefix(text[at:], "```") {
			fenced = !fenced
		}
		c, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:], state)
		units += length(c)
		if at > 0 && (units > most.units || at+len(c) > most.bytes) {
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
	if last[inFence] > len("```\n") {
		return last[inFence], inFence
	}
	n := firstCharacters(text, most)
	if fences && strings.HasPrefix(text, "```") {
		return n, inFence // a line of code without an end
	}
	return n, anywhere
}

// firstCharacters returns the length of as many characters as hold, at least one.
func firstCharacters(text string, most size) int {
	at, units, state := 0, 0, -1
	for at < len(text) {
		c, _, _, next := uniseg.FirstGraphemeClusterInString(text[at:], state)
		units += length(c)
		if at > 0 && (units > most.units || at+len(c) > most.bytes) {
			break
		}
		at, state = at+len(c), next
	}
	return at
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
