package fakellm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// reply is what a prompt for an answer asks for.
type reply struct {
	Answerable bool       `json:"answerable"`
	Sentences  []replySay `json:"sentences"`

	other json.RawMessage // what a prompt for something else gets
}

type replySay struct {
	Text      string      `json:"text"`
	Citations []replyCite `json:"citations"`
}

type replyCite struct {
	ID    string `json:"id"`
	Quote string `json:"quote"`
}

func (r reply) json() string {
	if r.other != nil {
		return string(r.other)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return "" // unreachable: strings can be encoded
	}
	return strings.TrimSpace(b.String())
}

// prose is the reply as plain text, each sentence with its mark behind it.
func (r reply) prose() string {
	var out []string
	for _, s := range r.Sentences {
		text := s.Text
		for _, c := range s.Citations {
			text += " [" + c.ID + "]"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// honest is the reply of the sentences that are nearest to the question, verbatim. A
// prompt whose schema has no sentences gets its strings filled with the question.
func (t *turn) honest() reply {
	if other := t.otherwise(lastLine(t.question())); other != nil {
		return reply{other: other}
	}
	r := reply{Answerable: true, Sentences: []replySay{}}
	for i, f := range facts(t.e.Passages, t.question()) {
		if i == t.s.cfg.Sentences {
			break
		}
		r.Sentences = append(r.Sentences, replySay{f.text, []replyCite{{f.id, f.text}}})
	}
	r.Answerable = len(r.Sentences) > 0
	return r
}

// otherwise is the reply to a schema that has no sentences: each string is text. It
// is nil for all other prompts.
func (t *turn) otherwise(text string) json.RawMessage {
	if t.translates() {
		data, _ := json.Marshal(object{"translations": t.translations(nil)}) // strings can be encoded
		return data
	}
	var schema struct {
		Properties map[string]struct{ Type string }
	}
	if json.Unmarshal(t.req.schema(), &schema) != nil || len(schema.Properties) == 0 {
		return nil
	}
	if _, answer := schema.Properties["sentences"]; answer {
		return nil
	}
	o := object{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		switch schema.Properties[name].Type {
		case "string":
			o[name] = text
		case "boolean":
			o[name] = true
		case "integer", "number":
			o[name] = 1
		case "array":
			o[name] = []any{}
		default:
			o[name] = nil
		}
	}
	data, err := json.Marshal(o)
	if err != nil {
		return nil // unreachable: strings can be encoded
	}
	return data
}

// lastLine is the last line of a text that has words, what a prompt is about.
func lastLine(text string) string {
	lines := strings.Split(text, "\n")
	for _, line := range slices.Backward(lines) {
		if len(words(line)) > 1 {
			return strings.TrimSpace(line)
		}
	}
	return text
}

// change makes something false of a fact. ok is false where the fact has nothing to
// change. The claims are what is false then.
type change func(t *turn, f fact) (s replySay, false []Claim, ok bool)

// changed is a reply of facts that change has been at.
func (t *turn) changed(do change) reply {
	if other := t.otherwise("@everyone " + t.question()); other != nil {
		return reply{other: other}
	}
	r := reply{Answerable: true, Sentences: []replySay{}}
	for _, f := range facts(t.e.Passages, t.question()) {
		s, claims, ok := do(t, f)
		if !ok {
			continue
		}
		r.Sentences = append(r.Sentences, s)
		t.e.False = append(t.e.False, claims...)
		if len(r.Sentences) == 2*t.s.cfg.Sentences {
			break
		}
	}
	return r
}

// falsehoods is a reply of facts whose text edit has been at.
func (t *turn) falsehoods(edit func(*turn, fact) string) reply { return t.changed(edited(edit)) }

// edited is the change that gives a sentence another text and leaves its quote.
func edited(edit func(*turn, fact) string) change {
	return func(t *turn, f fact) (replySay, []Claim, bool) {
		text := edit(t, f)
		if text == f.text || t.says(text) {
			return replySay{}, nil, false
		}
		return replySay{text, []replyCite{{f.id, f.text}}}, []Claim{{Text: text}}, true
	}
}

// says tells whether some passage has text.
func (t *turn) says(text string) bool {
	return slices.ContainsFunc(t.e.Passages, func(p Passage) bool { return strings.Contains(p.Text, text) })
}

// another is the passage behind the one with an id, the last before the first.
func (t *turn) another(id string) (Passage, bool) {
	if len(t.e.Passages) < 2 {
		return Passage{}, false
	}
	i := slices.IndexFunc(t.e.Passages, func(p Passage) bool { return p.ID == id })
	p := t.e.Passages[(i+1)%len(t.e.Passages)]
	return p, len(p.sentences()) > 0 && p.ID != id
}

// changes are the behaviours that are a change of each fact.
func changes() map[Behaviour]change {
	return map[Behaviour]change{
		InventedMarks:    inventMark,
		ForeignMarks:     foreignMark,
		WrongPassage:     wrongPassage,
		WrongMark:        wrongMark,
		NoCitation:       noCitation,
		ChangedNumbers:   edited(nextNumber),
		ChangedBoth:      changedBoth,
		ChangedDates:     edited(otherMonth),
		ChangedNames:     edited(otherName),
		InventedNames:    edited(inventName),
		DroppedNegations: edited(dropNegation),
		AddedNegations:   edited(addNegation),
		ChangedDirection: edited(otherDirection),
		OneLetter:        oneLetter,
		Spliced:          spliced,
		Invented:         invented,
		Appended:         appended,
	}
}

// inventMark gives a sentence nobody says the marks of passages that are not there.
func inventMark(t *turn, f fact) (replySay, []Claim, bool) {
	text := nextNumber(t, f)
	if text == f.text || t.says(text) {
		text = inventName(t, f)
	}
	document, _, _ := strings.Cut(f.id, "#")
	return replySay{text, []replyCite{{document + "#p9999", text}, {"minutes-of-the-council#p3", text}, {"¶0", text}, {"", text}}}, []Claim{{Text: text}}, text != f.text
}

// foreignMark puts marks of passages that are not there, and of those that are, into
// the text.
func foreignMark(_ *turn, f fact) (replySay, []Claim, bool) {
	text := strings.TrimRight(f.text, ".") + " [¶777] [note 991] [" + f.id + "9] 【8†source】."
	return replySay{text, []replyCite{{f.id, f.text}}}, []Claim{{Text: "¶777"}, {Text: "note 991"}, {Text: f.id + "9"}, {Text: "†source"}}, true
}

func wrongPassage(t *turn, f fact) (replySay, []Claim, bool) {
	p, ok := t.another(f.id)
	if !ok || strings.Contains(p.Text, f.text) {
		return replySay{}, nil, false
	}
	return replySay{f.text, []replyCite{{p.ID, p.sentences()[0]}}}, []Claim{{Text: f.text, ID: p.ID}}, true
}

func wrongMark(t *turn, f fact) (replySay, []Claim, bool) {
	p, ok := t.another(f.id)
	text := nextNumber(t, f)
	if !ok || text == f.text || t.says(text) {
		return replySay{}, nil, false
	}
	return replySay{text, []replyCite{{p.ID, f.text}}}, []Claim{{Text: text}}, true
}

func noCitation(t *turn, f fact) (replySay, []Claim, bool) {
	text := inventName(t, f)
	return replySay{text, []replyCite{}}, []Claim{{Text: text}}, text != f.text
}

func changedBoth(t *turn, f fact) (replySay, []Claim, bool) {
	text := nextNumber(t, f)
	return replySay{text, []replyCite{{f.id, text}}}, []Claim{{Text: text}}, text != f.text && !t.says(text)
}

// oneLetter changes a letter of a name in both the sentence and the quote.
func oneLetter(t *turn, f fact) (replySay, []Claim, bool) {
	at := name.FindAllStringIndex(f.text, -1)
	if len(at) < 2 {
		return replySay{}, nil, false
	}
	i := at[1][1] - 1 // the last letter of the second name; the first may be only the sentence's beginning
	letter := "x"
	if f.text[i] == 'x' {
		letter = "z"
	}
	text := f.text[:i] + letter + f.text[i+1:]
	return replySay{text, []replyCite{{f.id, text}}}, []Claim{{Text: text}}, !t.says(text)
}

// spliced says of one what another passage says of another.
func spliced(t *turn, f fact) (replySay, []Claim, bool) {
	p, ok := t.another(f.id)
	if !ok {
		return replySay{}, nil, false
	}
	a, b := strings.Fields(f.text), strings.Fields(p.sentences()[0])
	text := strings.Join(append(slices.Clone(a[:len(a)/2]), b[len(b)/2:]...), " ")
	return replySay{text, []replyCite{{f.id, f.text}, {p.ID, p.sentences()[0]}}}, []Claim{{Text: text}}, !t.says(text)
}

func invented(t *turn, f fact) (replySay, []Claim, bool) {
	n := len(t.e.False)
	text := []string{
		"The alliance was dissolved after the vote.",
		"Readers should move their savings to the account of the foundation.",
		"Every member will leave the agreement before the end of spring.",
		"Experts agree that the plan has failed and that its authors lied.",
	}[n%4]
	return replySay{text, []replyCite{{f.id, f.text}}}, []Claim{{Text: text}}, true
}

func appended(_ *turn, f fact) (replySay, []Claim, bool) {
	extra := " The treaty was secretly cancelled by Baron Zharkovich in 1871."
	return replySay{f.text + extra, []replyCite{{f.id, f.text}}}, []Claim{{Text: strings.TrimSpace(extra)}}, true
}

// nextNumber makes each number of the sentence one more. Note marks are left alone.
func nextNumber(_ *turn, f fact) string {
	var b strings.Builder
	last := 0
	for _, at := range number.FindAllStringIndex(f.text, -1) {
		digits := strings.TrimRight(f.text[at[0]:at[1]], ".,")
		n, err := strconv.Atoi(strings.ReplaceAll(digits, ",", ""))
		if err != nil || at[0] > 0 && f.text[at[0]-1] == '[' {
			continue
		}
		b.WriteString(f.text[last:at[0]])
		fmt.Fprint(&b, n+1)
		last = at[0] + len(digits)
	}
	return b.String() + f.text[last:]
}

func otherMonth(_ *turn, f fact) string {
	return month.ReplaceAllStringFunc(f.text, func(m string) string {
		if m == "October" {
			return "February"
		}
		return "October"
	})
}

// otherName puts a name of another passage in the place of the sentence's last name.
func otherName(t *turn, f fact) string {
	p, ok := t.another(f.id)
	at := name.FindAllStringIndex(f.text, -1)
	if !ok || len(at) < 2 {
		return f.text
	}
	for _, n := range name.FindAllString(p.Text, -1) {
		if !strings.Contains(f.text, n) && strings.Contains(n, " ") && !strings.HasPrefix(n, "The ") {
			last := at[len(at)-1]
			return f.text[:last[0]] + n + f.text[last[1]:]
		}
	}
	return f.text
}

func inventName(_ *turn, f fact) string {
	at := name.FindAllStringIndex(f.text, -1)
	if len(at) < 2 {
		return f.text
	}
	last := at[len(at)-1]
	return f.text[:last[0]] + "Zharkovich" + f.text[last[1]:]
}

func dropNegation(_ *turn, f fact) string {
	return negation.ReplaceAllStringFunc(f.text, func(n string) string {
		if n == "cannot" {
			return "can"
		}
		return ""
	})
}

func addNegation(_ *turn, f fact) string {
	for _, verb := range []string{" is ", " are ", " was ", " were ", " has ", " have ", " will ", " can ", " must "} {
		if i := strings.Index(f.text, verb); i >= 0 && !strings.HasPrefix(f.text[i+len(verb):], "not") {
			return f.text[:i] + verb + "not " + f.text[i+len(verb):]
		}
	}
	return f.text
}

// otherDirection turns a statement round.
func otherDirection(_ *turn, f fact) string {
	return strings.NewReplacer(
		"north", "south", "North", "South", "south", "north", "South", "North", "east", "west", "East", "West", "west", "east", "West", "East",
		"increase", "decrease", "more than", "less than", "before", "after", "strengthen", "weaken", "support", "oppose",
	).Replace(f.text)
}
