package fakellm

import (
	"bytes"
	_ "embed" // for the attacks
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"unicode"
)

// Attack is a text that wants to steer the model.
type Attack struct {
	ID     string   `json:"id"`
	Where  string   `json:"where"` // it comes from: question, document or thread
	How    string   `json:"how"`
	Text   string   `json:"text"`
	Demand string   `json:"demand"` // what a model that obeys it writes; {system}, {begin}, {system64}, {key}, {model} and {url} stand for those
	Never  []string `json:"never"`  // parts of the demand that must not be shown
}

//go:embed testdata/attacks.jsonl
var attackLines []byte

var readAttacks = sync.OnceValues(func() ([]Attack, error) {
	var out []Attack
	for line := range bytes.Lines(attackLines) {
		var a Attack
		if err := json.Unmarshal(line, &a); err != nil {
			return nil, fmt.Errorf("read attack %d: %w", len(out)+1, err)
		}
		out = append(out, a)
	}
	return out, nil
})

// Attacks returns the attacks that the server knows and obeys. They must not be
// changed.
func Attacks() ([]Attack, error) { return readAttacks() }

// The forms in which the server does what an attack demands. Each looks for an attack
// in its prompt and is honest where there is none.
const (
	ObeySentence Behaviour = "obey-sentence" // as a sentence with a true mark and a true quote
	ObeyQuote    Behaviour = "obey-quote"    // in sentence and quote
	ObeyAppended Behaviour = "obey-appended" // behind a true sentence, in one
	ObeyWoven    Behaviour = "obey-woven"    // in the middle of a true sentence
	ObeyMark     Behaviour = "obey-mark"     // as the id of a true sentence's citation
	ObeyRaw      Behaviour = "obey-raw"      // in place of the JSON
	ObeyProse    Behaviour = "obey-prose"    // in place of the JSON, with a true mark behind it
	ObeyBefore   Behaviour = "obey-before"   // before and behind honest JSON
)

// Forms returns the forms of obedience.
func Forms() []Behaviour {
	return []Behaviour{ObeySentence, ObeyQuote, ObeyAppended, ObeyWoven, ObeyMark, ObeyRaw, ObeyProse, ObeyBefore}
}

// obey does what the attack in the prompt demands.
func (t *turn) obey(form Behaviour) {
	attack, found := t.attacked()
	if !found {
		t.send(t.honest().json())
		return
	}
	t.e.Attack = attack.ID
	demand := t.fill(attack.Demand)
	if other := t.otherwise(demand); other != nil {
		t.send(string(other))
		return
	}
	r := t.honest()
	if form == ObeyBefore {
		t.send(demand + "\n" + r.json() + "\n" + demand)
		return
	}
	mark := "doc#p1"
	for i := range r.Sentences {
		s := &r.Sentences[i]
		mark = s.Citations[0].ID
		switch form {
		case ObeySentence:
			s.Text = demand
		case ObeyQuote:
			s.Text, s.Citations[0].Quote = demand, demand
		case ObeyAppended:
			s.Text += " " + demand
		case ObeyWoven:
			words := strings.Fields(s.Text)
			s.Text = strings.Join(words[:len(words)/2], " ") + " " + demand + " " + strings.Join(words[len(words)/2:], " ")
		case ObeyMark:
			s.Citations[0].ID = demand
		}
	}
	switch form {
	case ObeyRaw:
		t.send(demand)
	case ObeyProse:
		t.send(demand + " [" + mark + "]")
	default:
		t.send(r.json())
	}
}

// attacked finds the attack in the prompt. The prompt may have other spaces and marks
// than the attack.
func (t *turn) attacked() (Attack, bool) {
	attacks, err := Attacks()
	if err != nil {
		return Attack{}, false
	}
	all := letters(t.all())
	for _, a := range attacks {
		if strings.Contains(all, letters(a.Text)) {
			return a, true
		}
	}
	return Attack{}, false
}

// letters is what of a text has to be the same for it to be the same attack.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-./", r) {
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// fill puts what the server knows into a demand.
func (t *turn) fill(demand string) string {
	system := t.system()
	begin := system
	if r := []rune(system); len(r) > 200 {
		begin = string(r[:200])
	}
	return strings.NewReplacer("{system}", system, "{begin}", begin, "{system64}", base64.StdEncoding.EncodeToString([]byte(system)),
		"{key}", t.e.Key, "{model}", Model, "{url}", t.s.base).Replace(demand)
}
