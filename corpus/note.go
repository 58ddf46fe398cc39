package corpus

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// readSources reads the works that a note names, each known by its quoted title:
//
//	Author and Author, “Title,” Publisher, Month D, YYYY. Remark.
//
// Works are separated by a semicolon, or by the remark on the one before. A note
// without a quoted title gives nil.
func readSources(text string) []Source {
	titles := quoted(text)
	var out []Source
	start := 0
	for i, t := range titles {
		end := len(text)
		if i+1 < len(titles) {
			end = t.close + nextWork(text[t.close:titles[i+1].open])
		}
		start = skipSpace(text, start)
		lead := strings.TrimSpace(text[start:t.open])
		// Japanese has no comma between a name and 「the title」, and no spaces in a name.
		wide := strings.ContainsAny(text[t.open:t.from], "「『") && !strings.ContainsAny(lead, "。 ")
		if lead != "" && !strings.ContainsAny(lead[len(lead)-1:], ",:") && !strings.HasSuffix(lead, "、") && !wide {
			if len(out) == 0 {
				return nil // words quoted in running text
			}
			continue
		}
		s := Source{Authors: authors(lead), Title: t.title(text), Start: start}
		s.End = start + len(strings.TrimRight(text[start:end], " ;"))
		s.after(text[t.close:s.End])
		if s.Publisher == "" && s.Date != "" && len(s.Authors) == 1 {
			s.Publisher = s.Authors[0] // an institution that published its own work
		}
		out = append(out, s)
		start = min(end+1, len(text))
		if end < len(text) && text[end] != ';' {
			start = end
		}
	}
	return out
}

// quotation is a quoted title: the offsets of its quote marks, and of what is
// after them.
type quotation struct{ open, from, to, close int }

// title returns the words between the quote marks, without the comma or stop
// that belongs to the sentence around them.
func (q quotation) title(text string) string {
	return strings.TrimRight(strings.TrimSpace(text[q.from:q.to]), ",.、")
}

// quotes are the marks that open a title, and those that close it; where the
// first of these never comes, the next is tried.
var quotes = []struct {
	open  string
	close []string
}{
	{"“", []string{"”", "''", "\""}},
	{"„", []string{"“", "”", "\""}},
	{"«", []string{"»"}},
	{"「", []string{"」"}},
	{"『", []string{"』"}},
	{"``", []string{"''", "\""}},
	{"\"", []string{"\"", "”", "''"}},
}

// quoted returns the quotations of text in order.
func quoted(text string) []quotation {
	var out []quotation
	for at := 0; at < len(text); {
		q, ok := quotationAt(text, at)
		if !ok {
			_, size := utf8.DecodeRuneInString(text[at:])
			at += size
			continue
		}
		out = append(out, q)
		at = q.close
	}
	return out
}

// quotationAt reads the quotation that begins at offset at.
func quotationAt(text string, at int) (quotation, bool) {
	for _, mark := range quotes {
		if !strings.HasPrefix(text[at:], mark.open) {
			continue
		}
		from := at + len(mark.open)
		for _, c := range mark.close {
			if n := closing(text[from:], mark.open, c); n > 0 {
				return quotation{open: at, from: from, to: from + n, close: from + n + len(c)}, true
			}
		}
	}
	return quotation{}, false
}

// closing returns the offset of the mark that closes a quotation, past those
// quoted inside it, or -1.
func closing(text, open, close string) int {
	depth := 0
	for at := 0; at < len(text); at++ {
		switch {
		case strings.HasPrefix(text[at:], close):
			if depth == 0 {
				return at
			}
			depth--
		case open != close && strings.HasPrefix(text[at:], open):
			depth++
		}
	}
	return -1
}

// nextWork returns the offset in between, the text from one title to the next,
// at which the second work begins: after a semicolon, else at the last sentence,
// which holds its authors.
func nextWork(between string) int {
	if n := strings.LastIndexAny(between, ";；"); n >= 0 {
		return n
	}
	sentences := splitSentences(between)
	if len(sentences) == 0 {
		return 0
	}
	return sentences[len(sentences)-1].Start
}

// after reads what follows the title: publisher, date and remark.
func (s *Source) after(text string) {
	text = strings.TrimLeft(text, ",.、 ")
	if text == "" {
		return
	}
	first := splitSentences(text)[0]
	imprint, remark := strings.TrimRight(text[:first.End], ".。"), strings.TrimSpace(text[first.End:])
	from, to := dateIn(imprint)
	if from < 0 {
		// Without a date, nothing tells a publisher from a remark but its length.
		if len(strings.Fields(imprint)) <= 6 && remark == "" {
			s.Publisher = imprint
		} else {
			s.Remark = text
		}
		return
	}
	s.Publisher = strings.Trim(imprint[:from], ",、 (（")
	s.Date = strings.TrimSpace(imprint[from:to])
	s.Remark = strings.TrimSpace(strings.Trim(imprint[to:], ",、 )）") + " " + remark)
}

// dateIn returns where in text a date stands between commas or the ends: the
// first and longest; -1 when none does.
func dateIn(text string) (from, to int) {
	cuts := []int{0}
	for i, r := range text {
		if strings.ContainsRune(",、()（）", r) {
			cuts = append(cuts, i, i+utf8.RuneLen(r))
		}
	}
	cuts = append(cuts, len(text))
	for i, from := range cuts {
		for _, to := range slices.Backward(cuts[i+1:]) {
			if to-from <= 40 && isoDate(strings.TrimSpace(text[from:to])) != "" {
				return from, to
			}
		}
	}
	return -1, -1
}

// authors reads the names before a title. A list is cut at its commas and at the
// last "and", which may also be part of an institution's name.
func authors(lead string) []string {
	lead = strings.TrimSpace(strings.TrimRight(lead, ",:、 "))
	for _, word := range []string{"See also ", "See ", "Cf. ", "For example, "} {
		lead = strings.TrimPrefix(lead, word)
	}
	if lead == "" {
		return nil
	}
	var names []string
	for _, part := range strings.FieldsFunc(lead, func(r rune) bool { return r == ',' || r == '、' || r == '，' }) {
		part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "and "))
		before, last, both := strings.Cut(part, " and ")
		if !both {
			before, last, both = strings.Cut(part, " & ")
		}
		if n := len(names); n > 0 && initials(strings.ReplaceAll(strings.TrimSuffix(part, "."), " ", "")) {
			names[n-1] += ", " + part // as in "Marsh, A. B."
			continue
		}
		if both && personal(before) && personal(last) {
			names = append(names, before, last)
		} else if part != "" {
			names = append(names, part)
		}
	}
	return names
}

// personal reports whether name may be a person's: two to five words, each with
// a capital or one of the small words in surnames.
func personal(name string) bool {
	words := strings.Fields(name)
	for _, w := range words {
		r, _ := utf8.DecodeRuneInString(w)
		if !unicode.IsUpper(r) && !slices.Contains([]string{"de", "da", "di", "del", "dos", "van", "von", "der", "den", "bin", "al", "la", "le"}, w) {
			return false
		}
	}
	return 2 <= len(words) && len(words) <= 5
}
