package fakellm

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Passage is a passage as the server read it from a prompt.
type Passage struct {
	ID   string
	Text string
}

var (
	mark = regexp.MustCompile(`[a-z0-9-]+#p\d+(?:\.\d+)?`)
	// A sentence ends at a stop that a space or the end of the text follows; Japanese
	// ones at theirs.
	sentence = regexp.MustCompile(`[^.!?。]+(?:[.!?。]+[^\s.!?。]+)*[.!?。]+(?:\[\d+\])*(?:\s|$|)`)
	number   = regexp.MustCompile(`\d[\d,.]*`)
	name     = regexp.MustCompile(`\b[A-Z][\p{L}’'-]*[\p{L}](?:\s+[A-Z][\p{L}’'-]*[\p{L}])*`)
	month    = regexp.MustCompile(`\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b`)
	negation = regexp.MustCompile(`\s(?:not|never|no longer)\b|\b(?:cannot)\b`)
)

// passagesIn reads the passages out of the messages: what follows a mark on its line.
// A mark that is only an example in the instructions has little behind it.
func passagesIn(messages []Message) []Passage {
	var out []Passage
	for _, m := range messages {
		if m.Role != "system" {
			continue
		}
		for line := range strings.Lines(m.Content) {
			at := mark.FindStringIndex(line)
			if at == nil || at[0] > 20 {
				continue
			}
			id, text := line[at[0]:at[1]], bare(line[at[1]:])
			known := slices.ContainsFunc(out, func(p Passage) bool { return p.ID == id })
			if len(text) >= 30 && !known {
				out = append(out, Passage{id, text})
			}
		}
	}
	return out
}

// bare is the text of a passage without the rest of its mark and the heading in
// brackets that may stand before it.
func bare(line string) string {
	line = strings.TrimLeft(strings.TrimSpace(line), "]>:\"' ")
	if !strings.HasPrefix(line, "(") {
		return line
	}
	depth := 0
	for i, r := range line {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			return strings.TrimSpace(line[i+1:])
		}
	}
	return line
}

// sentences returns the sentences of a passage that can stand for themselves.
func (p Passage) sentences() []string {
	var out []string
	for _, s := range sentence.FindAllString(p.Text, -1) {
		s = strings.TrimSpace(s)
		if n := len(s); n >= 15 && n <= 600 && !strings.ContainsAny(s, "<>{}") {
			out = append(out, s)
		}
	}
	return out
}

// fact is a sentence with the passage that says it.
type fact struct {
	id, text string
}

// facts returns the sentences of all passages, those first that share most words with
// the question.
func facts(passages []Passage, question string) []fact {
	asked := map[string]bool{}
	for _, w := range words(question) {
		asked[w] = true
	}
	type scored struct {
		fact
		score int
	}
	var all []scored
	for _, p := range passages {
		for _, text := range p.sentences() {
			score := 0
			for _, w := range words(text) {
				if len(w) > 3 && asked[w] {
					score++
				}
			}
			all = append(all, scored{fact{p.ID, text}, score})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return b.score - a.score })
	out := make([]fact, len(all))
	for i, s := range all {
		out[i] = s.fact
	}
	return out
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// question is what the prompt asks last.
func (t *turn) question() string {
	for _, m := range slices.Backward(t.req.Messages) {
		if m.Role == "user" {
			return m.Content
		}
	}
	return ""
}

// all is the text of all messages.
func (t *turn) all() string {
	var b strings.Builder
	for _, m := range t.req.Messages {
		b.WriteString(m.Content)
		b.WriteByte('\n')
	}
	return b.String()
}

// system is the text of the system's messages.
func (t *turn) system() string {
	var parts []string
	for _, m := range t.req.Messages {
		if m.Role == "system" {
			parts = append(parts, m.Content)
		}
	}
	return strings.Join(parts, "\n")
}
