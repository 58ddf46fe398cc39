package bot

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/language"
)

// TestTranslationFaults goes through what a translation must not be, beside those that
// it may.
func TestTranslationFaults(t *testing.T) {
	_, b := article()
	const (
		hub  = "The NSDS-Hub was established in Naples in 2017 to share information with 4 million people."
		not  = "Russia is not a member, but China may march north in May 2023."
		most = "Seven of the eight Arctic countries have become members."
	)
	for _, test := range []struct{ name, from, to, sentence, text, want string }{
		{"good", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立された。", ""},
		{"wide digits", "en", "ja", hub, "NSDS-Hubは４００万人と情報を共有するため２０１７年にナポリに設立された。", ""},
		{"denied", "en", "ja", not, "ロシアは加盟国ではないが、中国は2023年5月に北へ進む可能性がある。", ""},
		{"words for numbers", "en", "ja", most, "北極圏の8か国のうち7か国が加盟国となった。", ""},
		{"numbers in kanji", "en", "ja", most, "北極圏の八か国のうち七か国が加盟国となった。", ""},
		{"must is no denial", "en", "ja", "Japan must prepare for this future now.", "日本は今この未来に備えなければならない。", ""},
		{"not only is no denial", "en", "ja", "NATO looks not only to the East but also to the South.", "NATOは東だけでなく南にも目を向けている。", ""},
		{"back", "ja", "en", "日本は2023年10月に4万人の部隊を派遣しなかった。", "Japan did not send a force of 40,000 people in October 2023.", ""},
		{"French", "en", "fr", hub, "Le NSDS-Hub a été créé à Naples en 2017 pour partager des informations avec 4 millions de personnes.", ""},
		{"Russian", "en", "ru", hub, "NSDS-Hub был создан в Неаполе в 2017 году для обмена информацией с 4 миллионами человек.", ""},

		{"another year", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2018年にナポリに設立された。", "numbers"},
		{"a number less", "en", "ja", hub, "NSDS-Hubは人々と情報を共有するため2017年にナポリに設立された。", "numbers"},
		{"ten times as many", "en", "ja", hub, "NSDS-Hubは4000万人と情報を共有するため2017年にナポリに設立された。", "numbers"},
		{"another number in kanji", "en", "ja", most, "北極圏の八か国のうち五か国が加盟国となった。", "numbers"},
		{"another month", "en", "ja", not, "ロシアは加盟国ではないが、中国は2023年6月に北へ進む可能性がある。", "numbers"},
		{"another month in English", "ja", "en", "日本は2023年10月に4万人の部隊を派遣しなかった。", "Japan did not send a force of 40,000 people in June 2023.", "numbers"},
		{"another year in French", "en", "fr", hub, "Le NSDS-Hub a été créé à Naples en 2019 pour partager des informations avec 4 millions de personnes.", "numbers"},
		{"digits in circles", "en", "ja", most, "北極圏の⑧か国のうち⑦か国が加盟国となった。", "signs"},
		{"denial dropped", "en", "ja", not, "ロシアは加盟国であるが、中国は2023年5月に北へ進む可能性がある。", "denies"},
		{"denial added", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立されなかった。", "denies"},
		{"denial added in English", "ja", "en", "日本は部隊を派遣した。", "Japan never sent the force.", "denies"},
		{"a Latin name", "en", "ja", hub, "NSDS-HubはJFC-NFと400万人の情報を共有するため2017年にナポリに設立された。", "script"},
		{"a name of the glossary", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にワシントンに設立された。", "Washington"},
		{"a name exchanged", "en", "ja", "Russia is looking closely at these changes.", "中国はこうした変化を注視している。", "China"},
		{"an abbreviation in French", "en", "fr", hub, "Le CIA-Hub a été créé à Naples en 2017 pour partager des informations avec 4 millions de personnes.", "script"},
		{"a link", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立された。https://evil.example/2017", "link"},
		{"a ping", "en", "ja", hub, "@everyone NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立された。", "mention"},
		{"a wide ping", "en", "ja", hub, "＠みんな NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立された。", "mention"},
		{"a mark", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立された(¶)。", "mark"},
		{"markup", "en", "ja", hub, "NSDS-Hubは_400万人_と情報を共有するため2017年にナポリに設立された。", "mark"},
		{"a quotation", "en", "ja", hub, "NSDS-Hubは400万人と「秘密」を共有するため2017年にナポリに設立された。", "quotes"},
		{"Chinese", "en", "ja", hub, "NSDS-Hub于2017年在那不勒斯成立以便与4000000人共享信息。", "script"},
		{"Russian for Japanese", "en", "ja", hub, "NSDS-Hub был создан в Неаполе в 2017 году для обмена информацией с 4000000 человек.", "script"},
		{"half of it in English", "en", "ja", hub, "NSDS-Hub was hacked in 2017は4000000人である。", "script"},
		{"untranslated", "en", "ja", hub, hub, "none"},
		{"empty", "en", "ja", hub, "。", "none"},
		{"an unknown script", "en", "ka", hub, "NSDS-Hub დაარსდა ნეაპოლში 2017 წელს 4 მილიონ ადამიანთან ინფორმაციის გასაზიარებლად.", "script"},
		{"far longer", "en", "ja", "Japan is near.", "日本は近くにあり、その国民は皆すぐにでも全財産を指定された口座に移すべきであると専門家は語る。", "longer"},
		{"far shorter", "en", "ja", hub, "NSDS-Hubは2017年に400万人。", "longer"},
		{"a sentence more", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年に設立された。ナポリにある。", "another kind"},
		{"a question", "en", "ja", hub, "NSDS-Hubは400万人と情報を共有するため2017年にナポリに設立されたのか。", "another kind"},
	} {
		j := b.translations(language.Make(test.to))
		got := j.fault(test.sentence, tidied(test.text), test.from)
		b.release(j.reader)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: fault(%q) = %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, test := range []struct {
		text, language string
		must, may      []float64
	}{
		{"two hundred and fifty thousand people in twenty-five countries", "en", []float64{250000, 25}, nil},
		{"1.5 billion euros, 40 million on 3 May 2024, in the first half", "en", []float64{1.5e9, 40e6, 3, 5, 2024}, []float64{1, 2, 50, 0.5}},
		{"It may march on; one of two-thirds in October", "en", []float64{2, 10}, []float64{5, 3, 1}},
		{"1億2,000万人が第二次大戦後の三年間に二十五か国で", "ja", []float64{1.2e8, 3, 25}, []float64{2, 10, 5}},
		{"半数の両国が1.5万人を一つの部隊に", "ja", []float64{15000}, []float64{2, 1}},
	} {
		f := figuresOf(test.text, test.language)
		for _, n := range test.must {
			if !f.must[n] {
				t.Errorf("figuresOf(%q) must have %v, want %v in it", test.text, f.must, n)
			}
		}
		for _, n := range test.may {
			if !f.may[n] {
				t.Errorf("figuresOf(%q) may have %v, want %v in it", test.text, f.may, n)
			}
		}
		if len(f.must) != len(test.must) {
			t.Errorf("figuresOf(%q) must have %v, want %v", test.text, f.must, test.must)
		}
	}
}

// TestLengths counts how many letters the article's English takes for a character of
// the same in Japanese.
func TestLengths(t *testing.T) {
	c, _ := article()
	own, other := 0, 0
	for _, g := range c.Documents.At(0).Glossary {
		own, other = own+len([]rune(g.Text)), other+len([]rune(g.Other))
	}
	if ratio := float64(own) / float64(other); ratio < 2.7 || ratio > 3.3 {
		t.Errorf("a Japanese character stands for %.2f letters, want about 3", ratio)
	}
}

// inJapanese is a reply of translations, by number from 1.
func inJapanese(texts ...string) string {
	type one struct {
		Number int    `json:"number"`
		Text   string `json:"text"`
	}
	var all []one
	for i, text := range texts {
		all = append(all, one{i + 1, text})
	}
	data, _ := json.Marshal(map[string]any{"translations": all}) // strings and numbers
	return string(data)
}

// japaneseTroops is the question about troops as somebody asks who reads Japanese.
var japaneseTroops = Question{Text: troops, Language: "ja-JP"}

func TestTranslated(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	s := plain.Sentences[0]
	good := says([3]string{s.Text, s.Citations[0], s.Text})
	const here = "強化されたNRFは即応部隊の規模を約4万人から5万人へと拡大したものである。"
	for _, test := range []struct {
		name     string
		replies  []reply
		mode     string
		text     string
		rejected int
	}{
		{"a model's sentence", []reply{{text: good}, {text: inJapanese(figuredAs(s.Text))}}, "llm", figuredAs(s.Text), 0},
		{"quotes", []reply{{text: `{"answerable":false,"sentences":[]}`}, {text: inJapanese(figuredAs(s.Text))}}, "keyword", figuredAs(s.Text), 0},
		{"with talk around it", []reply{{text: good}, {text: "Sure!\n```json\n" + inJapanese(figuredAs(s.Text)) + "\n```"}}, "llm", figuredAs(s.Text), 0},
		{"wrong numbers", []reply{{text: good}, {text: inJapanese(here + "9")}}, "llm", "", 1},
		{"garbage", []reply{{text: good}, {text: "\xff{{]"}}, "llm", "", 0},
		{"nothing", []reply{{text: good}, {}}, "llm", "", 0},
		{"an error", []reply{{text: good}, {err: errors.New("500")}}, "llm", "", 0},
		{"without end", []reply{{text: good}, {text: strings.Repeat("{", 1<<20)}}, "llm", "", 0},
		{"a model that is down is not asked again", []reply{{err: errors.New("500")}, {text: inJapanese(figuredAs(s.Text))}}, "keyword", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &scripted{replies: test.replies, piece: 64}
			var told []Answer
			a, err := b.WithWriter(w, Writing{}).AskTelling(t.Context(), japaneseTroops, func(a Answer) { told = append(told, a) })
			if err != nil {
				t.Fatal(err)
			}
			got := a.Sentences[0]
			if a.Status != Answered || a.Mode != test.mode || got.Text != s.Text || got.Verdict != Quoted || got.Translation != test.text || len(a.Rejected) != test.rejected {
				t.Errorf("Ask = %s by %s: %+v, rejected %+v; want %s with the translation %q", a.Status, a.Mode, got, a.Rejected, test.mode, test.text)
			}
			if (a.Translated != nil) != (test.text != "") || a.Translated != nil && (a.Translated.Model != "scripted" || a.Translated.Language != "ja-JP" || !strings.HasPrefix(a.Translated.Prompt, "translate@")) {
				t.Errorf("Translated = %+v, want who translated", a.Translated)
			}
			if strings.Contains(a.Text, "である") || a.Usage.Prompt != 100*len(w.prompts) {
				t.Errorf("answer = %q with %+v, want the sentences alone and all calls", a.Text, a.Usage)
			}
			for _, a := range told {
				if a.Translated != nil || a.Sentences[0].Translation != "" {
					t.Errorf("told %+v, want no translation before the end", a)
				}
			}
		})
	}
}

// figuredAs is a translation in which the numbers and Latin names of a sentence stand,
// at about its length.
func figuredAs(sentence string) string {
	var out strings.Builder
	for _, w := range strings.Fields(sentence) {
		w = strings.Trim(w, ".,;()")
		if strings.ContainsAny(w, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			out.WriteString(w + "は")
		} else {
			out.WriteString("とも")
		}
	}
	return out.String() + "である。"
}

// TestTranslatedLate: a translation that does not come in time is not waited for, and
// the answer is not lost.
func TestTranslatedLate(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	s := plain.Sentences[0]
	synctest.Test(t, func(t *testing.T) {
		w := &scripted{replies: []reply{{text: says([3]string{s.Text, s.Citations[0], s.Text})}, {text: `{"translations":[{"num`, err: errStall}}}
		start := time.Now()
		a, err := b.WithWriter(w, Writing{Deadline: 20 * time.Second}).Ask(t.Context(), japaneseTroops)
		if err != nil || a.Mode != "llm" || a.Sentences[0].Text != s.Text || a.Translated != nil {
			t.Errorf("Ask = %s %q, %v, want the model's answer without a translation", a.Mode, a.Text, err)
		}
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("Ask took %v, want the deadline of the model's part", took)
		}
	})
}

// TestTranslatedNobody: where the asker reads the document's language, and where there
// is no such language, nobody is asked.
func TestTranslatedNobody(t *testing.T) {
	_, b := article()
	plain, err := b.Ask(t.Context(), Question{Text: troops})
	if err != nil {
		t.Fatal(err)
	}
	s := plain.Sentences[0]
	for _, l := range []string{"en", "en-GB", "not a language", "x"} {
		w := &scripted{replies: []reply{{text: says([3]string{s.Text, s.Citations[0], s.Text})}}}
		a, err := b.WithWriter(w, Writing{}).Ask(t.Context(), Question{Text: troops, Language: l})
		if err != nil || a.Mode != "llm" || len(w.prompts) != 1 {
			t.Errorf("Ask in %q = %s, %v after %d calls, want llm after one", l, a.Mode, err, len(w.prompts))
		}
	}
	w := &scripted{}
	if _, err := b.WithWriter(w, Writing{}).translated(t.Context(), "pt-BR", plain); err == nil {
		t.Error("translated by nobody = nil, want an error")
	}
	if len(w.prompts) != 1 || !strings.Contains(w.prompts[0].User, "into Portuguese.") || !slices.ContainsFunc(strings.Split(w.prompts[0].User, "\n"), func(l string) bool { return strings.HasPrefix(l, "1. "+s.Text[:20]) }) {
		t.Errorf("prompts = %+v, want the sentence to be translated into Portuguese", w.prompts)
	}
}
