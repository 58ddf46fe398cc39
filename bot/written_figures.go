package bot

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// figures are the numbers of a sentence, to be compared with those of the same
// sentence in another language.
type figures struct {
	known bool                // the language's words for numbers are
	must  map[float64]bool    // numbers and months that the other sentence must have too
	may   map[float64]bool    // what may be one: one, first, half, 第一
	plain map[string]struct{} // numbers in digits, as they are written but for what groups them
}

// figuresOf reads the numbers of a sentence. Of languages other than English and
// Japanese it knows the digits alone.
func figuresOf(text, language string) figures {
	text = strings.Map(plainWidth, text)
	f := figures{must: map[float64]bool{}, may: map[float64]bool{}, plain: map[string]struct{}{}}
	for _, n := range plainNumber.FindAllString(text, -1) {
		f.plain[separators.Replace(n)] = struct{}{}
	}
	switch language {
	case "en":
		f.known = true
		f.english(strings.ToLower(text))
	case "ja":
		f.known = true
		f.japanese(text)
	}
	return f
}

var (
	plainNumber = regexp.MustCompile(`\d{1,3}(?:[., ’\x{a0}\x{202f}]\d{3})+\b|\d+(?:[.,]\d+)?`)
	separators  = strings.NewReplacer(".", "", ",", "", " ", "", "’", "", "\u00a0", "", "\u202f", "")
)

// agree tells whether two sentences have the same numbers, as far as both languages
// are known; else whether those that both write in digits are the same.
func (f figures) agree(o figures) bool {
	if f.known && o.known {
		return f.within(o) && o.within(f)
	}
	return f.digitsWithin(o) && o.digitsWithin(f)
}

// within tells whether o can account for all that f must have.
func (f figures) within(o figures) bool {
	for n := range f.must {
		if !o.must[n] && !o.may[n] {
			return false
		}
	}
	return true
}

// digitsWithin is within for digits; words account for them where they are known.
func (f figures) digitsWithin(o figures) bool {
	for n := range f.plain {
		v, err := strconv.ParseFloat(n, 64)
		if _, ok := o.plain[n]; !ok && (err != nil || !o.must[v] && !o.may[v]) {
			return false
		}
	}
	return true
}

// Words for numbers in English.
var (
	englishNumbers = counted(`zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen`, 0, 1)
	englishTens    = counted(`twenty thirty forty fifty sixty seventy eighty ninety`, 20, 10)
	englishScales  = map[string]float64{"hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
	englishMonths  = counted(`january february march april may june july august september october november december`, 1, 1)
	// What may be said with a number elsewhere.
	englishLoose = map[string][]float64{
		"first": {1}, "once": {1}, "single": {1}, "sole": {1}, "second": {2}, "both": {2}, "twice": {2}, "double": {2}, "pair": {2}, "couple": {2}, "bilateral": {2},
		"third": {3}, "thirds": {3}, "triple": {3}, "trilateral": {3}, "fourth": {4}, "quarter": {4, 25}, "quarters": {4}, "fifth": {5}, "fifths": {5}, "sixth": {6},
		"seventh": {7}, "eighth": {8}, "ninth": {9}, "tenth": {10}, "half": {2, 50, 0.5}, "halves": {2}, "dozen": {12}, "decade": {10}, "century": {100},
		"tens": {10, 1e4}, "hundreds": {100}, "thousands": {1e3}, "millions": {1e6}, "billions": {1e9},
	}
	englishToken = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?|\p{L}+`)
)

// counted numbers the words of a list.
func counted(list string, from, step float64) map[string]float64 {
	m := map[string]float64{}
	for w := range strings.FieldsSeq(list) {
		m[w], from = from, from+step
	}
	return m
}

// english reads an English sentence in small letters.
func (f figures) english(text string) {
	tokens := englishToken.FindAllString(text, -1)
	digit := func(i int) bool { return i >= 0 && i < len(tokens) && unicode.IsDigit(rune(tokens[i][0])) }
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if v, n := spelt(tokens[i:]); n > 0 {
			if i += n - 1; v == 1 {
				f.may[v] = true
			} else {
				f.must[v] = true
			}
			continue
		}
		if v, ok := englishMonths[t]; ok {
			if verb := t == "may" || t == "march"; verb && !digit(i-1) && !digit(i+1) {
				f.may[v] = true
			} else {
				f.must[v] = true
			}
		}
		for _, v := range englishLoose[t] {
			f.may[v] = true
		}
	}
}

// spelt reads the number that tokens begin with, in digits or words: 40 million,
// twenty-five, six hundred and one. n is how many tokens it takes, 0 where there is
// none.
func spelt(tokens []string) (v float64, n int) {
	total, part := 0.0, 0.0
	for ; n < len(tokens); n++ {
		t := tokens[n]
		digits, err := strconv.ParseFloat(strings.ReplaceAll(t, ",", ""), 64)
		small, isSmall := englishNumbers[t]
		tens, isTens := englishTens[t]
		scale := englishScales[t]
		switch {
		case n == 0 && err == nil:
			part = digits
		case n == 0 && (isSmall || isTens):
			part = small + tens
		case n > 0 && isSmall && (englishTens[tokens[n-1]] > 0 && small < 10 || englishScales[tokens[n-1]] > 0 || tokens[n-1] == "and"), n > 0 && isTens && (englishScales[tokens[n-1]] > 0 || tokens[n-1] == "and"):
			part += small + tens
		case n > 0 && scale == 100:
			part *= 100
		case n > 0 && scale > 0:
			total, part = total+part*scale, 0
		case n > 0 && t == "and" && englishScales[tokens[n-1]] > 0 && n+1 < len(tokens) && (englishNumbers[tokens[n+1]] > 0 || englishTens[tokens[n+1]] > 0):
		default:
			return total + part, n
		}
	}
	return total + part, n
}

var (
	japaneseCounted = regexp.MustCompile(`(第?)([一二三四五六七八九十百千]+)(?:年|月|日|人|名|[かカヵヶケ]国|国|回|件|つ|度|倍|世紀|割|隻|機|個|段階|点|種|分の|者|本|週|時間|番|大)`)
	japaneseDigits  = regexp.MustCompile(`\d[\d,]*(?:\.\d+)?`)
	japaneseKanji   = regexp.MustCompile(`[一二三四五六七八九十百千]+`)
	japaneseLoose   = map[rune]float64{'両': 2, '双': 2, '半': 2, '初': 1, '単': 1, '唯': 1}
)

// japanese reads a Japanese sentence.
func (f figures) japanese(text string) {
	text, _ = arabic(text)
	for _, n := range japaneseDigits.FindAllString(text, -1) {
		if v, err := strconv.ParseFloat(strings.ReplaceAll(n, ",", ""), 64); err == nil {
			f.must[v] = true
		}
	}
	for _, m := range japaneseCounted.FindAllStringSubmatch(text, -1) {
		if v := float64(valueOf(m[2])); v > 1 && m[1] == "" {
			f.must[v] = true
		}
	}
	for _, n := range japaneseKanji.FindAllString(text, -1) {
		f.may[float64(valueOf(n))] = true
		for _, r := range n {
			f.may[kanjiDigits[r]+kanjiUnits[r]] = true
		}
	}
	for _, r := range text {
		if v, ok := japaneseLoose[r]; ok {
			f.may[v] = true
		}
	}
}

// strange tells whether a text has numbers or signs that nobody can compare: digits of
// another script, numerals in circles, pictures.
func strange(text, sentence string) bool {
	return slices.ContainsFunc([]rune(strings.Map(plainWidth, text)), func(r rune) bool {
		return r > unicode.MaxASCII && (unicode.IsNumber(r) || unicode.IsSymbol(r)) && !strings.ContainsRune(sentence, r)
	})
}
