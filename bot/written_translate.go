package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
	"footnote/prompts"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// translated returns an answer with a translation beside each sentence that is not in
// the asker's language, as far as the writer makes one that can stand. The sentences,
// their citations and verdicts stay as they are. The error says why there are none
// where some were wanted; the answer is whole then, too.
//
// A translation cannot be checked against the passages. What is kept of it has the
// sentence's numbers and no others, none but its Latin names, denies where it does,
// is one sentence of about its length in the script that was asked for, and has no
// link, ping, mark or quotation of its own. See [judgeOfTranslations.fault].
func (b *Bot) translated(ctx context.Context, asked string, a Answer) (Answer, error) {
	at, texts := b.foreignTo(asked, a)
	tag, err := language.Parse(asked)
	if b.writer == nil || len(at) == 0 || err != nil || ctx.Err() != nil {
		return a, ctx.Err()
	}
	ask := prompts.Translate{Sentences: texts, Language: nameOfLanguage(tag)}.Prompt()
	var reply strings.Builder
	usage, err := b.writer.Write(ctx, ask, func(delta string) error {
		if reply.WriteString(delta); reply.Len() > mostReply {
			return errEnough
		}
		return nil
	})
	a = a.cloned()
	a.spend(usage)
	if err != nil {
		return a, err
	}
	j := b.translations(tag)
	defer b.release(j.reader)
	for n, text := range numbered(reply.String(), len(at)) {
		if text == "" {
			continue
		}
		s := &a.Sentences[at[n]]
		text = tidied(text)
		if why := j.fault(s.Text, text, b.languageAt(a, *s)); why != "" {
			a.Rejected = append(a.Rejected, Rejected{Text: shortened(text, mostSentence), Citations: slices.Clone(s.Citations), Reason: why})
			continue
		}
		s.Translation = text
		a.Translated = &Translated{Language: asked, Model: usage.Model, Prompt: ask.Name + "@" + ask.Version}
	}
	return a, nil
}

// nameOfLanguage returns the English name of a language, with the script where that tells:
// Japanese, Traditional Chinese.
func nameOfLanguage(tag language.Tag) string {
	l, _ := tag.Base()
	script, _ := tag.Script()
	if full, err := language.Compose(l, script); err == nil {
		tag = full
	}
	return display.English.Languages().Name(tag)
}

// foreignTo returns which sentences of an answer are not in a language, with their
// texts, those aside that are too long to be one.
func (b *Bot) foreignTo(asked string, a Answer) (at []int, texts []string) {
	for i, s := range a.Sentences {
		if from := b.languageAt(a, s); from != base(asked) && utf8.RuneCountInString(s.Text) <= mostSentence {
			at, texts = append(at, i), append(texts, s.Text)
		}
	}
	return at, texts
}

// languageAt returns the language of the document that a sentence cites, as its
// script shows it where the document does not say.
func (b *Bot) languageAt(a Answer, s Sentence) string {
	for _, c := range a.Citations {
		if slices.Contains(s.Citations, c.ID) {
			if d := b.corpus.Document(c.Document); d != nil && d.Language != "" {
				return base(d.Language)
			}
		}
	}
	return languageOf(s.Text)
}

// spend adds what a further call took.
func (a *Answer) spend(u Usage) {
	if a.Usage == nil {
		a.Usage = &Usage{}
	}
	a.Usage.Model = cmp.Or(a.Usage.Model, u.Model)
	a.Usage.Prompt += u.Prompt
	a.Usage.Cached += u.Cached
	a.Usage.Completion += u.Completion
	a.Usage.FirstToken = cmp.Or(a.Usage.FirstToken, u.FirstToken)
}

// numbered reads a reply: the texts by their numbers from 1 to n, "" where there is
// none or several.
func numbered(reply string, n int) []string {
	out := make([]string, n)
	var r struct {
		Translations []struct {
			Number int    `json:"number"`
			Text   string `json:"text"`
		} `json:"translations"`
	}
	from, to := strings.Index(reply, "{"), strings.LastIndex(reply, "}")
	if from < 0 || to < from || json.Unmarshal([]byte(reply[from:to+1]), &r) != nil {
		return out
	}
	seen := map[int]bool{}
	for _, t := range r.Translations {
		if i := t.Number - 1; i >= 0 && i < n {
			if out[i] = t.Text; seen[i] {
				out[i] = "" // which of them?
			}
			seen[i] = true
		}
	}
	return out
}

// judgeOfTranslations looks at translations into one language.
type judgeOfTranslations struct {
	reader *reader
	tag    language.Tag
	terms  *glossary // from that language into the material's, or nil
	said   []string
}

// translations returns what looks at translations. Its reader must be given back.
func (b *Bot) translations(tag language.Tag) *judgeOfTranslations {
	l, _ := tag.Base()
	return &judgeOfTranslations{reader: b.reader(), tag: tag, terms: b.glosses[l.String()]}
}

// fault tells what of a translation must not be, in an English sentence, or "".
func (j *judgeOfTranslations) fault(sentence, text, from string) string {
	l, _ := j.tag.Base()
	to := l.String()
	has := func(s string) bool { return strings.Contains(sentence, s) }
	switch {
	case wordless(text) || strings.EqualFold(text, sentence) || slices.Contains(j.said, text):
		return "The translation is none."
	case strangers(links, text, has) || strangers(pings, text, has) || strangers(signs, text, has) || markSigns.MatchString(text):
		return "The translation has a link, a mention or a mark."
	case len(corpus.Sentences(text)) > len(corpus.Sentences(sentence)) || asksOnly(text) && !asksOnly(sentence):
		return "The translation is another kind of text than the sentence."
	case !alike(sentence, text):
		return "The translation is far longer or shorter than the sentence."
	case strange(text, sentence):
		return "The translation has signs that the sentence does not have."
	case len(quotes.FindAllString(text, -1)) > len(quotes.FindAllString(sentence, -1)):
		return "The translation quotes what the sentence does not."
	case !inScript(text, sentence, j.tag):
		return "The translation is not in the script of its language, or has a name that the sentence does not have."
	case !figuresOf(sentence, from).agree(figuresOf(text, to)):
		return "The translation does not have the numbers of the sentence."
	case denying[from] != nil && denying[to] != nil && denying[from](sentence) != denying[to](text):
		return "One of sentence and translation denies, and the other does not."
	}
	if name := j.misnamed(sentence, text); name != "" {
		return "The translation names what the sentence does not: " + name + "."
	}
	j.said = append(j.said, text)
	return ""
}

// strangers tells whether text has something that another text has not.
func strangers(what *regexp.Regexp, text string, has func(string) bool) bool {
	return slices.ContainsFunc(what.FindAllString(text, -1), func(s string) bool { return !has(s) })
}

// Markup, and what opens a quotation: ’ is an apostrophe too often to count.
var (
	signs  = regexp.MustCompile("[*_`~#^=$]+")
	quotes = regexp.MustCompile(`[“„«‘「『《〈"]`)
)

// letters is how many letters and digits a text has; one of a script without spaces
// counts for three: so many characters do the terms of the article take in English
// for one in Japanese (3.15; TestLengths counts them).
func letters(text string) float64 {
	n := 0.0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
			n += 3
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n++
		}
	}
	return n
}

// alike tells whether two texts are of about the same length: neither has more than
// twice of what the other has, and a few letters, which a name may take.
func alike(a, b string) bool {
	x, y := letters(a), letters(b)
	const few = 12
	return x <= 2*y+few && y <= 2*x+few
}

// alphabets are the letters of the scripts that are known, by their ISO 15924 codes.
var alphabets = map[string][]*unicode.RangeTable{
	"Latn": {unicode.Latin}, "Cyrl": {unicode.Cyrillic}, "Grek": {unicode.Greek}, "Arab": {unicode.Arabic}, "Hebr": {unicode.Hebrew},
	"Deva": {unicode.Devanagari}, "Thai": {unicode.Thai}, "Hans": {unicode.Han}, "Hant": {unicode.Han},
	"Kore": {unicode.Hangul, unicode.Han}, "Jpan": {unicode.Hiragana, unicode.Katakana, unicode.Han},
}

// latin finds words in Latin letters, with the digits in them.
var latin = regexp.MustCompile(`\p{Latin}[\p{Latin}\d]*`)

// inScript tells whether a text is in the script of a language: all its letters are,
// those of Latin words that the sentence has aside, and there are more of them than a
// word. Japanese has kana, or it is Chinese. Of a language that is written in Latin
// letters, abbreviations must be the sentence's.
func inScript(text, sentence string, tag language.Tag) bool {
	script, _ := tag.Script()
	own, native := alphabets[script.String()], script.String() == "Latn"
	known := map[string]bool{}
	for _, w := range latin.FindAllString(sentence, -1) {
		known[strings.ToLower(w)] = true
	}
	for _, w := range latin.FindAllString(text, -1) {
		if !known[strings.ToLower(w)] && (!native || abbreviation(w)) {
			return false
		}
	}
	if !native {
		text = latin.ReplaceAllString(text, " ")
	}
	ours, kana := 0, false
	for _, r := range text {
		switch {
		case unicode.In(r, own...):
			ours++
			kana = kana || unicode.In(r, unicode.Hiragana, unicode.Katakana)
		case unicode.IsLetter(r) && r != 'ー': // which is of no script
			return false
		case unicode.IsMark(r) && !combining[script.String()]:
			return false
		}
	}
	const fewest = 4 // characters
	return own != nil && ours >= fewest && (kana || script.String() != "Jpan")
}

// combining are the scripts that have marks above and below letters.
var combining = map[string]bool{"Arab": true, "Hebr": true, "Deva": true, "Thai": true}

// abbreviation tells whether a word has two capitals, or a digit.
func abbreviation(word string) bool {
	capitals := 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			capitals++
		}
		if unicode.IsDigit(r) {
			return true
		}
	}
	return capitals > 1
}

// misnamed returns a name, as the glossary has it, that a translation has and its
// sentence does not, or "".
func (j *judgeOfTranslations) misnamed(sentence, text string) string {
	if j.terms == nil {
		return ""
	}
	low := strings.ToLower(sentence)
	for _, p := range j.terms.translate(text).pieces {
		first, _ := utf8.DecodeRuneInString(p.to)
		if !unicode.IsUpper(first) {
			continue
		}
		stands := func(term string) bool { return j.stands(low, term) }
		if !slices.ContainsFunc(j.terms.terms[strings.ToLower(p.from)], stands) {
			return p.to
		}
	}
	return ""
}

// stands tells whether a text in small letters has a term: it, what stands before a
// bracket in it, or each word of it by its stem.
func (j *judgeOfTranslations) stands(low, term string) bool {
	term = strings.ToLower(term)
	before, _, _ := strings.Cut(term, " (")
	if strings.Contains(low, term) || strings.Contains(low, before) {
		return true
	}
	have := map[string]bool{}
	for _, t := range j.reader.analyzer.Tokens(nil, low) {
		have[t.Term] = true
	}
	for _, t := range j.reader.analyzer.Tokens(nil, before) {
		if !t.Stop && !have[t.Term] {
			return false
		}
	}
	return true
}

// denying tells whether a sentence of a language denies something.
var denying = map[string]func(string) bool{
	"en": func(s string) bool { return deniesEnglish.MatchString(deniesOnly.ReplaceAllString(s, " ")) },
	"ja": func(s string) bool { return deniesJapanese.MatchString(deniesNotJapanese.ReplaceAllString(s, " ")) },
}

var (
	deniesEnglish = regexp.MustCompile(`(?i)\b(?:not|no|never|none|neither|nor|without|cannot|nobody|nothing|nowhere)\b|n['’]t\b`)
	deniesOnly    = regexp.MustCompile(`(?i)\b(?:not (?:only|just|merely|simply)|no doubt|no\. \d)`)

	deniesJapanese = regexp.MustCompile(`ない|なかっ|なく|なし|無い|無く|無し|ません|せず|(?:[わかがさただなばまらけげせてねべめれえじ]|でき|し得)ず(?:[、。に]|$)|ぬ(?:[。、]|$)|不可能`)
	// Forms with ない that deny nothing: must, may, surely, not only, few, soon.
	deniesNotJapanese = regexp.MustCompile(`な(?:ければ|くては|ければ、)な(?:らない|りません|らなかった|らず)|なければいけ(?:ない|ません)|ざるを得(?:ない|ません|なかった)|かもしれ(?:ない|ません|なかった)|に(?:違い|ちがい|相違)(?:ない|ありません|なかった)|に(?:ほか|他)なら(?:ない|ず|なかった|ません)|(?:だけ|ばかり|のみ)で(?:は|も)?な(?:く|い)|のみならず|(?:間|ま)もなく|少な(?:い|く|かっ)|限らず|危な(?:い|く)|絶え間なく|言うまでもなく|必ず|わずか|しかない|(?:^|[、。])まず`)
)
