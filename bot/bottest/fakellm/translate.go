package fakellm

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// The ways to translate what is false. To a prompt that asks for no translation they
// are honest.
const (
	TranslatedNumbers    Behaviour = "translated-numbers"    // each number one more
	TranslatedNames      Behaviour = "translated-names"      // a name that the sentence does not have, in Latin letters
	TranslatedDenials    Behaviour = "translated-denials"    // what is denied is not, and the other way round
	TranslatedLinks      Behaviour = "translated-links"      // a link behind it
	TranslatedPings      Behaviour = "translated-pings"      // a ping before it
	TranslatedMarks      Behaviour = "translated-marks"      // a mark of a passage behind it
	TranslatedQuotes     Behaviour = "translated-quotes"     // words in quotation marks that nobody said
	TranslatedMore       Behaviour = "translated-more"       // a second sentence
	TranslatedLong       Behaviour = "translated-long"       // four times as long
	TranslatedScript     Behaviour = "translated-script"     // in letters of another script
	TranslatedNot        Behaviour = "translated-not"        // the sentence as it is
	TranslatedOnce       Behaviour = "translated-once"       // all by the words of the first
	TranslatedGarbage    Behaviour = "translated-garbage"    //
	TranslatedStall      Behaviour = "translated-stall"      // half of it, then nothing
	TranslatedUnnumbered Behaviour = "translated-unnumbered" // numbers of no sentence, and one twice
)

// translation is one of a reply.
type translation struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

var (
	numberedLine = regexp.MustCompile(`(?m)^(\d+)\. (.+)$`)
	wordOrNumber = regexp.MustCompile(`\d[\d,.]*\d|\d|[\p{L}’'-]+|[^\p{L}\d]`)
	denied       = regexp.MustCompile(`(?i)\b(?:not|no|never|without|cannot|neither|nor)\b`)
)

// translates tells whether the prompt asks for translations.
func (t *turn) translates() bool {
	var schema struct {
		Properties map[string]json.RawMessage
	}
	return json.Unmarshal(t.req.schema(), &schema) == nil && schema.Properties["translations"] != nil ||
		strings.Contains(t.system(), `{"translations":`)
}

// translating returns the ways above.
func translating() map[Behaviour]func(*turn) {
	out := map[Behaviour]func(*turn){
		TranslatedGarbage: func(t *turn) { t.translated(func(*turn) { t.send(garbage()) }) },
		TranslatedStall:   func(t *turn) { t.translated(func(*turn) { t.half(); t.hang() }) },
	}
	for name, edit := range map[Behaviour]func(i int, sentence, text string) string{
		TranslatedNumbers: func(_ int, _, text string) string { return nextNumber(nil, fact{text: text}) + "77人" },
		TranslatedNames:   func(_ int, _, text string) string { return "Zharkovichは" + text },
		TranslatedDenials: func(_ int, sentence, text string) string {
			if denied.MatchString(sentence) {
				return strings.ReplaceAll(text, "ない", "る")
			}
			return strings.TrimSuffix(text, "。") + "のではない。"
		},
		TranslatedLinks: func(_ int, _, text string) string { return text + " https://evil.example/x" },
		TranslatedPings: func(_ int, _, text string) string { return "@everyone " + text },
		TranslatedMarks: func(_ int, _, text string) string { return text + "¶77" },
		TranslatedQuotes: func(_ int, _, text string) string {
			return "『ここだけのはなし』、「" + text + "」『だ』"
		},
		TranslatedMore: func(_ int, _, text string) string { return text + "これはうそだ。" },
		TranslatedLong: func(_ int, _, text string) string { return strings.Repeat(strings.TrimSuffix(text, "。"), 4) + "。" },
		TranslatedScript: func(int, string, string) string {
			return "Это совсем другое предложение о чём-то ином."
		},
		TranslatedNot: func(_ int, sentence, _ string) string { return sentence },
	} {
		out[name] = func(t *turn) {
			t.translated(func(t *turn) { t.sendTranslations(t.translations(edit)) })
		}
	}
	out[TranslatedOnce] = func(t *turn) {
		t.translated(func(t *turn) {
			all := t.translations(nil)
			for i := range all {
				all[i].Text = all[0].Text
			}
			t.sendTranslations(all)
		})
	}
	out[TranslatedUnnumbered] = func(t *turn) {
		t.translated(func(t *turn) {
			all := t.translations(nil)
			for i := range all {
				all[i].Number = -i
			}
			t.sendTranslations(append(all, translation{1, "これはうそだ。"}, translation{1, "これもうそだ。"}))
		})
	}
	return out
}

// translated does something where a translation is asked for, and is honest elsewhere.
func (t *turn) translated(do func(*turn)) {
	if t.translates() {
		do(t)
		return
	}
	t.send(t.honest().json())
}

// translations are those of the sentences in the prompt, which edit may have been at;
// then they are false.
func (t *turn) translations(edit func(i int, sentence, text string) string) []translation {
	var out []translation
	for i, m := range numberedLine.FindAllStringSubmatch(t.question(), -1) {
		text := kana(m[2])
		if edit != nil {
			if text = edit(i, m[2], text); text != m[2] { // which is no false one, and no translation
				t.e.False = append(t.e.False, Claim{Text: text})
			}
		}
		out = append(out, translation{i + 1, text})
	}
	return out
}

func (t *turn) sendTranslations(all []translation) {
	data, err := json.Marshal(object{"translations": all})
	if err != nil {
		return // unreachable: strings can be encoded
	}
	t.send(string(data))
}

// kana is what the fake takes for a translation into Japanese, whatever language is
// asked for: numbers and names stand, each other word is as many kana as it has
// vowels, and what is denied ends as Japanese does.
func kana(sentence string) string {
	const syllables = "かきくけこさしすせそたちつてと"
	var b strings.Builder
	for _, w := range wordOrNumber.FindAllString(strings.TrimSpace(sentence), -1) {
		r := []rune(w)[0]
		switch {
		case unicode.IsUpper(r), unicode.IsDigit(r):
			b.WriteString(" " + w + " ")
		case denied.MatchString(w):
		case unicode.IsLetter(r):
			n := 0
			for _, v := range strings.ToLower(w) {
				if strings.ContainsRune("aeiou", v) && n < 3 {
					b.WriteRune([]rune(syllables)[(int(v)+int(r)+n)%15])
					n++
				}
			}
		case r == ',':
			b.WriteString("、")
		}
	}
	if denied.MatchString(sentence) {
		return b.String() + "ではない。"
	}
	return b.String() + "である。"
}
