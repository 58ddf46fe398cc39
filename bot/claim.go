package bot

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// What stands behind a sentence that was copied from an answer or from the source,
// and says nothing of its own: [7], [¶6], (note 7), ¶5.
const (
	markKind   = `(?:¶|§|(?:foot)?notes?\s|paragraphs?\s|passages?\s|charts?\s|注|[\w-]+#[pnc])\s*`
	markNumber = `\d{1,4}(?:\.\d{1,3})?`
	markMore   = `(?:\s*[,;、–-]\s*(?:` + markKind + `)?` + markNumber + `)*`
)

var (
	marksInBrackets = regexp.MustCompile(`(?i)[\s\x{a0}]*(?:[\[［]\s*(?:` + markKind + `)?` + markNumber + markMore + `\s*[\]］]|[(（]\s*` + markKind + markNumber + markMore + `\s*[)）])`)
	marksBeforeStop = regexp.MustCompile(`(?m)(?:[\s\x{a0}]*¶\s*` + markNumber + `[,;]?)+[\s\x{a0}]*([.!?。！？]|$)`)
	marksAfterStop  = regexp.MustCompile(`([.!?。！？]["'”’」)]*)(?:[\s\x{a0}]*¶\s*` + markNumber + `[,;]?)+`)
)

// hearsay are the openings that say how somebody came by a claim, and its ending in
// Japanese; they are not part of it.
var (
	hearsay         = regexp.MustCompile(`(?i)^(?:(?:so|but|and|well),? )?(?:(?:i|we) (?:(?:once|just|recently) )?(?:read|heard|saw|think|believe|guess|assume|understand|was told|were told|am told|learned|learnt|know)(?: (?:somewhere|recently|once|today|in the (?:news|paper|article)))? that|(?:is|isn't) it (?:true|correct|right|so) that|(?:it is|it's) (?:said|claimed|true|correct|known|a fact) that|(?:people|some|they|somebody|someone|my \w+) (?:say|says|said|claim|claims|claimed|told me|tells me)(?: that)?|(?:the|this) (?:article|text|document|author|material|paper) (?:says|states|claims|argues|writes)(?: that)?|according to (?:the|this) (?:article|text|document|author|material|paper),?)\s+`)
	japaneseHearsay = regexp.MustCompile(`(?:と(?:聞き|聞い|読み|読ん|言われ|思い|思う)\p{Hiragana}*|(?:という|って)の?は(?:本当|正しい)(?:です)?か?)[。.?？]?$`)
)

// claimOf returns what a text claims, without marks and without saying who says so.
func claimOf(text string) string {
	claim := marksInBrackets.ReplaceAllString(text, "")
	claim = marksBeforeStop.ReplaceAllString(marksAfterStop.ReplaceAllString(claim, "$1"), "$1")
	if m := hearsay.FindString(claim); m != "" {
		claim = strings.TrimRight(claim[len(m):], "?？ ")
	}
	claim = strings.TrimSpace(japaneseHearsay.ReplaceAllString(claim, ""))
	if wordless(claim) {
		return text
	}
	return claim
}

// opensQuestion finds a question by how it opens, for where its mark was left out.
var opensQuestion = regexp.MustCompile(`(?i)^(?:(?:who|what|when|where|which|why|how)(?:'s|’s| (?:is|are|was|were|do|does|did|will|would|can|could|should|has|have|many|much))|is|are|was|were|does|did)\b`)

// asksOnly tells whether a text claims nothing: it asks.
func asksOnly(text string) bool {
	text = strings.TrimRight(text, " \t\n\"”'’」)")
	if strings.HasSuffix(text, "?") || strings.HasSuffix(text, "？") {
		return true
	}
	for _, end := range []string{"ですか", "ますか", "でしょうか", "したか", "のか"} {
		if strings.HasSuffix(strings.TrimRight(text, "。."), end) {
			return true
		}
	}
	return !strings.HasSuffix(text, ".") && opensQuestion.MatchString(text)
}

// counters stand after a number in Japanese, and in no other language.
var counters = regexp.MustCompile(`(\d)(?:年|人|名|[かカヵヶケ]国|回|件)`)

// japaneseNumber is a number with the characters that multiply it: 4万, 1億2,000万,
// 三百万.
var japaneseNumber = regexp.MustCompile(`(?:[0-9０-９][0-9０-９,，]*(?:[.．][0-9０-９]+)?|[一二三四五六七八九十百千]+)[千百]?[万億兆](?:[0-9０-９,，一二三四五六七八九十百千万億]*[0-9０-９一二三四五六七八九十百千万億])?`)

// piece is a part of a text with what it was turned into.
type piece struct{ from, to string }

// arabic writes the Japanese numbers of a text in digits, and tells which they were.
func arabic(text string) (string, []piece) {
	var out []piece
	text = japaneseNumber.ReplaceAllStringFunc(text, func(s string) string {
		n := valueOf(s)
		if n <= 0 {
			return s
		}
		p := piece{s, grouped(n)}
		out = append(out, p)
		return p.to
	})
	return text, out
}

// kanjiDigits and kanjiUnits are the values of the characters that numbers are
// written with; great units multiply all that stands since the one before.
var (
	kanjiDigits = map[rune]float64{'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9}
	kanjiUnits  = map[rune]float64{'十': 10, '百': 100, '千': 1000}
	greatUnits  = map[rune]float64{'万': 1e4, '億': 1e8, '兆': 1e12}
)

// valueOf returns the value of a Japanese number, or 0 where it is none or greater
// than can be written exactly.
func valueOf(s string) int64 {
	total, part, last := 0.0, 0.0, 0.0
	digits := ""
	flush := func() {
		if f, err := strconv.ParseFloat(digits, 64); err == nil {
			last = f
		}
		digits = ""
	}
	for _, r := range strings.Map(plainWidth, s) {
		switch {
		case unicode.IsDigit(r), r == '.':
			digits += string(r)
		case r == ',':
		case kanjiDigits[r] > 0:
			last = kanjiDigits[r]
		case kanjiUnits[r] > 0:
			flush()
			part, last = part+max(last, 1)*kanjiUnits[r], 0
		case greatUnits[r] > 0:
			flush()
			total, part, last = total+max(part+last, 1)*greatUnits[r], 0, 0
		}
	}
	flush()
	if total += part + last; total > 1e15 {
		return 0
	}
	return int64(total + 0.5)
}

// grouped writes a number as English does: 40,000.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// asTyped returns words of a translation as the asker typed them, each once.
func asTyped(pieces []piece, words []string) []string {
	var out []string
	for _, w := range words {
		for _, p := range pieces {
			if indexWord(p.to, w) >= 0 {
				w = p.from
				break
			}
		}
		out = appendNew(out, w)
	}
	return out
}
