package bot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
)

// glossary translates a question into the language of the material, as far as the
// glossaries beside the documents go.
type glossary struct {
	terms   map[string][]string // the asker’s expression to the documents’, the usual one first
	longest int                 // of the expressions, in characters
}

func glossaries(c *corpus.Corpus) map[string]*glossary {
	all := make(map[string]*glossary)
	add := func(language, other, text string) {
		g := all[language]
		if g == nil {
			g = &glossary{terms: make(map[string][]string)}
			all[language] = g
		}
		key := strings.ToLower(other)
		if !slices.Contains(g.terms[key], text) {
			g.terms[key] = append(g.terms[key], text)
		}
		g.longest = max(g.longest, utf8.RuneCountInString(other))
	}
	for _, d := range c.Annotated.All() {
		for _, t := range d.Glossary {
			add(t.Language, t.Other, t.Text)
		}
		for _, dir := range d.Directions {
			own := dir.Names[base(d.Language)]
			for _, other := range dir.Aliases {
				if l := languageOf(other); own != "" && l != base(d.Language) {
					add(l, other, own)
				}
			}
		}
	}
	return all
}

// translation is a question as far as the glossary could turn it into the
// documents' language.
type translation struct {
	text    string
	others  []string // further expressions for what text names
	unknown []string // written words (kanji and katakana) that the glossary lacks
	pieces  []piece  // what was translated, with the usual expression for it
}

// translate replaces the expressions that the glossary has, the longest first at
// each place, and keeps Latin letters and digits. Hiragana is grammar and is left
// out.
func (g *glossary) translate(text string) translation {
	var t translation
	var out strings.Builder
	var left []rune
	flush := func() {
		if len(left) > 0 {
			t.unknown = append(t.unknown, string(left))
			left = left[:0]
		}
	}
	for rs := []rune(text); len(rs) > 0; {
		if n, terms := g.longestAt(rs); n > 0 {
			flush()
			out.WriteString(" " + terms[0] + " ")
			t.others = append(t.others, terms[1:]...)
			t.pieces = append(t.pieces, piece{string(rs[:n]), terms[0]})
			rs = rs[n:]
			continue
		}
		switch r := rs[0]; {
		case unicode.In(r, unicode.Han, unicode.Katakana) || r == 'ー' && len(left) > 0:
			left = append(left, r)
		case unicode.Is(unicode.Hiragana, r):
			flush()
			out.WriteByte(' ')
		default:
			flush()
			out.WriteRune(r)
		}
		rs = rs[1:]
	}
	flush()
	t.text = strings.Join(strings.Fields(out.String()), " ")
	return t
}

// longestAt returns the length of the longest expression that rs begins with, and
// its translations; 0 where there is none.
func (g *glossary) longestAt(rs []rune) (int, []string) {
	for n := min(g.longest, len(rs)); n > 0; n-- {
		if terms := g.terms[strings.ToLower(string(rs[:n]))]; terms != nil {
			return n, terms
		}
	}
	return 0, nil
}

// cues are the expressions that tell what a Japanese question wants; the first
// that occurs counts.
var cues = []struct {
	text string
	want want
}{
	{"なぜ", wantReason}, {"何故", wantReason}, {"どうして", wantReason}, {"理由", wantReason}, {"原因", wantReason},
	{"いつ", wantTime}, {"何年", wantTime}, {"何月", wantTime}, {"何日", wantTime}, {"時期", wantTime},
	{"どこ", wantPlace}, {"どの国", wantPlace}, {"場所", wantPlace},
	{"誰", wantPerson}, {"だれ", wantPerson},
	{"何人", wantCount}, {"いくつ", wantCount}, {"何か国", wantCount}, {"何カ国", wantCount}, {"何ヵ国", wantCount}, {"何ヶ国", wantCount},
	{"何回", wantCount}, {"何度", wantCount}, {"いくら", wantCount}, {"どれくらい", wantCount}, {"何", wantThing},
	{"とは", wantMeaning}, {"の意味", wantMeaning}, {"略", wantMeaning},
}

// cueNouns are what cues leave behind that names no subject.
var cueNouns = []string{"何故", "何年", "何月", "何日", "何人", "何か国", "何カ国", "何ヵ国", "何ヶ国", "何回", "何度", "何", "誰", "教", "理由", "原因", "時期", "場所", "意味", "略", "国", "人", "年", "月", "日", "的", "下", "次", "うち", "以下", "説明", "内容", "名前", "名称", "言", "書", "含", "作", "方",
	"際", "時", "間", "中", "前", "後", "上", "点", "側", "所", "事", "者", "為", "場合", "件", "他", "皆", "私", "僕"}

// particles stand after a noun in Japanese; what else is written in hiragana after a
// single character is the end of a verb.
const particles = "はがをにでとのもへや"

// standsAlone tells whether a written word is one: of a single character that
// hiragana other than a particle follows, it is the stem of a verb.
func standsAlone(text, word string) bool {
	if utf8.RuneCountInString(word) > 1 {
		return true
	}
	_, rest, _ := strings.Cut(text, word)
	next, _ := utf8.DecodeRuneInString(rest)
	return !unicode.Is(unicode.Hiragana, next) || strings.ContainsRune(particles, next)
}

// read reads the question, through the glossary where it is in another language
// than the material.
func (b *Bot) read(r *reader, q Question) asked {
	g := b.glosses[languageOf(q.Text)]
	if g == nil {
		return r.question(q.Text)
	}
	want := wantThing
	for _, c := range cues {
		if strings.Contains(q.Text, c.text) {
			want = c.want
			break
		}
	}
	text, numbers := arabic(q.Text)
	t := g.translate(text)
	read := r.question(t.text)
	read.want, read.pieces = want, append(numbers, t.pieces...)
	read.text = strings.Join(append([]string{t.text}, t.others...), " ")
	for _, u := range t.unknown {
		if slices.Contains(cueNouns, u) {
			continue
		}
		unseen := term{word: u, weight: r.rarity(u), stem: !standsAlone(text, u)}
		unseen.Term = u
		read.terms = append(read.terms, unseen)
	}
	return read
}
