package bot

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// verb finds a verb of a format: %s, %d, %[2]d, %04X.
var verb = regexp.MustCompile(`%(\[\d+\])?[0-9.]*([a-zA-Z])`)

// verbsOf returns the verbs of a format in the order of their arguments.
func verbsOf(format string) []string {
	type one struct{ at, verb string }
	var all []one
	for i, m := range verb.FindAllStringSubmatch(strings.ReplaceAll(format, "%%", ""), -1) {
		at := m[1]
		if at == "" {
			at = string(rune('1' + i))
		}
		all = append(all, one{strings.Trim(at, "[]"), m[2]})
	}
	slices.SortStableFunc(all, func(a, b one) int { return strings.Compare(a.at, b.at) })
	var out []string
	for _, v := range all {
		out = append(out, v.verb)
	}
	return out
}

func TestWords(t *testing.T) {
	if len(spoken) != len(languages) {
		t.Fatalf("spoken has %d languages, languages %d", len(spoken), len(languages))
	}
	first := reflect.ValueOf(*spoken[languages[0]])
	for _, language := range languages {
		w := spoken[language]
		if w == nil {
			t.Fatalf("spoken[%q] is missing", language)
		}
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			name, field := v.Type().Field(i).Name, v.Field(i)
			switch field.Kind() {
			case reflect.String:
				got, want := verbsOf(field.String()), verbsOf(first.Field(i).String())
				if field.String() == "" {
					t.Errorf("spoken[%q].%s is empty", language, name)
				}
				if !slices.Equal(got, want) {
					t.Errorf("spoken[%q].%s = %q has verbs %v, want %v", language, name, field.String(), got, want)
				}
			case reflect.Map:
				for _, verdict := range []Verdict{Quoted, Supported, Partly, Unsupported} {
					if w.verdicts[verdict] == "" || strings.Contains(w.verdicts[verdict], "%") {
						t.Errorf("spoken[%q].verdicts[%q] = %q, want a sentence", language, verdict, w.verdicts[verdict])
					}
				}
				if field.Len() != 4 {
					t.Errorf("spoken[%q].%s has %d verdicts, want 4", language, name, field.Len())
				}
			default:
				t.Errorf("words.%s is a %s, which this test does not know", name, field.Kind())
			}
		}
	}
}

// TestWordsInLanguage finds a text that was left in another language.
func TestWordsInLanguage(t *testing.T) {
	v := reflect.ValueOf(*spoken["ja"])
	for i := range v.NumField() {
		text := v.Field(i)
		if text.Kind() == reflect.String && !strings.ContainsFunc(text.String(), func(r rune) bool {
			return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || strings.ContainsRune("「」、", r)
		}) {
			t.Errorf("spoken[ja].%s = %q, want Japanese", v.Type().Field(i).Name, text)
		}
	}
}

func TestWordsFor(t *testing.T) {
	for tag, want := range map[string]string{"": "en", "en": "en", "en-GB": "en", "ja": "ja", "ja-JP": "ja", "ja_JP": "ja", "fr": "en", "-": "en"} {
		if wordsFor(tag) != spoken[want] {
			t.Errorf("wordsFor(%q) are not those of %s", tag, want)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for text, want := range map[string]string{
		"": "en", "What is NATO?": "en", "café ÜÖ": "en", "Что это?": "en", "42": "en",
		"NATOとは?": "ja", "北極圏": "ja", "サヘル": "ja", "¶5": "en", "注7": "ja",
	} {
		if got := languageOf(text); got != want {
			t.Errorf("languageOf(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestHelpNames holds the help to what works: each thing it shows is understood.
func TestHelpNames(t *testing.T) {
	_, b := article()
	for _, test := range []struct {
		text string
		kind Kind
	}{
		{"¶5", KindCite}, {"note 7", KindCite}, {"sources", KindSources}, {"summary North", KindSummary}, {"check Finland has joined.", KindCheck},
		{"注7", KindCite}, {"出典一覧", KindSources}, {"要約 北", KindSummary}, {"要約　北", KindSummary}, {"要約：北", KindSummary}, {"確認 フィンランド", KindCheck},
		{"/help", KindHelp}, {"Check: it is.", KindCheck}, {"summary\tnorth", KindSummary}, {"ask What is eFP?", KindAsk}, {"cite NRF", KindCite},
	} {
		if a := ask(t, b, Question{Text: test.text}); a.Kind != test.kind {
			t.Errorf("Ask(%q) was taken for %q, want %q", test.text, a.Kind, test.kind)
		}
	}
}
