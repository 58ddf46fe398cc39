package analysis

import (
	"slices"
	"strings"
)

// stopWords are the English function words: articles, prepositions, pronouns,
// auxiliaries and the words that open a question.
var stopWords = set(`
a about above after again against all am an and any are aren't as at be because been before being below between both
but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each either else ever few for
from further had hadn't has hasn't have haven't having he her here hers herself him himself his how however i if in into
is isn't it its itself just let me more most my myself neither no nor not of off on once only or other ought our ours
ourselves out over own same shall she should shouldn't so some such than that the their theirs them themselves then
there these they this those through to too under until up upon us very was wasn't we were weren't what when where
whether which while who whom whose why will with within without won't would wouldn't you your yours yourself yourselves
`)

// numerals join the numbers people write as words with their digits.
var numerals = map[string]string{
	"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
	"nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
	"sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "20", "thirty": "30",
	"forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90",
}

// variants are the British spellings that no rule below reaches, and words that a
// rule would make another word of (scoured, scored). A plural need not be here.
var variants = map[string]string{
	"grey": "gray", "cheque": "check", "tyre": "tire", "aluminium": "aluminum", "programme": "program",
	"sceptic": "skeptic", "sceptical": "skeptical", "plough": "plow", "mould": "mold",
	"storey": "story", "kerb": "curb", "jewellery": "jewelry", "aeroplane": "airplane", "manoeuvre": "maneuver",
	"manoeuvred": "maneuvered", "manoeuvring": "maneuvering", "practise": "practice", "practised": "practiced", "practising": "practicing",
	"licence": "license", "licenced": "licensed", "pretence": "pretense", "centred": "centered",
	"scoured": "scoured", "scouring": "scouring", "timbre": "timbre",
}

// suffixes are the regular differences between British and American spelling, as
// (British, American) endings; the first that fits is taken. Both sides of a
// comparison pass through them, so a rule may also change a word that is spelt the
// same everywhere (promise); it must only not join two different words.
var suffixes = [][2]string{
	{"isations", "ization"}, {"isation", "ization"}, {"isational", "izational"}, {"isable", "izable"},
	{"ising", "izing"}, {"ised", "ized"}, {"ises", "izes"}, {"ise", "ize"}, {"iser", "izer"}, {"isers", "izers"},
	{"ysed", "yzed"}, {"ysing", "yzing"}, {"yse", "yze"},
	{"ours", "ors"}, {"our", "or"}, {"oured", "ored"}, {"ouring", "oring"}, {"ourable", "orable"}, {"ourhood", "orhood"}, {"oural", "oral"},
	{"ourful", "orful"}, {"ourless", "orless"}, {"ourer", "orer"}, {"ourers", "orers"}, {"ourite", "orite"}, {"ourites", "orites"},
	{"tre", "ter"}, {"tres", "ters"}, {"bre", "ber"}, {"bres", "bers"},
	{"fence", "fense"}, {"fences", "fenses"}, {"fenceless", "fenseless"},
	{"ogue", "og"}, {"ogues", "ogs"},
}

// always are words that are spelt with s everywhere and have relatives that no rule
// reaches: revise and revision are one word, and stay so.
var always = []string{
	"advertis", "chastis", "circumcis", "concis", "excis", "incis", "precis", "revis", "supervis", "surpris", "televis",
}

// spelling returns the American form of a lower-case word.
func spelling(w string) string {
	if v, ok := variants[w]; ok {
		return v
	}
	if v, ok := variants[strings.TrimSuffix(w, "s")]; ok {
		return v + "s"
	}
	if len(w) >= 5 && !slices.ContainsFunc(always, func(stem string) bool { return strings.HasPrefix(w, stem) }) {
		for _, s := range suffixes {
			if stem, ok := strings.CutSuffix(w, s[0]); ok && len(stem) >= 2 {
				w = stem + s[1]
				break
			}
		}
	}
	// The Greek digraphs of haemoglobin, oestrogen, leukaemia, paediatric.
	if len(w) > 5 {
		w = strings.Replace(w, "aem", "em", 1)
		w = strings.Replace(w, "aed", "ed", 1)
		w = strings.Replace(w, "oed", "ed", 1)
		w = strings.Replace(w, "oest", "est", 1)
	}
	return w
}

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
