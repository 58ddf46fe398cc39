package layout

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/bot"
)

// TestBody: a sentence stands with its marks, and without a passage not at all.
func TestBody(t *testing.T) {
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered,
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"d#p1", "d#p2"}}, {Text: "Dangling.", Citations: []string{"d#p9"}}, {Text: "Partly.", Citations: []string{"d#p2"}, Verdict: bot.Partly}},
		Citations: []bot.Citation{{ID: "d#p1", Label: "¶1"}, {ID: "d#p2", Label: "¶2"}}}
	var got [][]Run
	for _, u := range New(a, Options{Reader: "https://read.example"}).Body() {
		if len(u.Blocks) != 1 || u.Blocks[0].Kind != Paragraph {
			t.Fatalf("the unit %q has blocks %+v", u.Text, u.Blocks)
		}
		got = append(got, u.Blocks[0].Runs)
	}
	mark := func(n string) Run { return Run{Text: "¶" + n, Bold: true, Link: "https://read.example/d#p" + n} }
	want := [][]Run{
		{plain("One."), plain(nbsp), mark("1"), plain(nbsp), mark("2")},
		{plain("Partly."), plain(nbsp), mark("2"), {Text: " (partly supported)", Italic: true}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Body = %+v, want %+v", got, want)
	}
}

// TestTitle: a summary's direction leads to its drawing, where there is a reader page.
func TestTitle(t *testing.T) {
	a := bot.Answer{Kind: bot.KindSummary, Status: bot.Answered, Direction: &bot.Coverage{ID: "new domains/北", Name: "New domains", Used: 1, Passages: 1},
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"d#p1"}}}, Citations: []bot.Citation{{ID: "d#p1", Label: "¶1"}}}
	for reader, want := range map[string]string{"": "", "https://read.example": "https://read.example/compass/new%20domains%2F%E5%8C%97"} {
		if got := New(a, Options{Reader: reader}).Body()[0].Blocks[0].Runs[0]; got != (Run{Text: "New domains", Bold: true, Link: want}) {
			t.Errorf("with the reader %q the title is %+v, want a link to %q", reader, got, want)
		}
	}
}

// TestTranslation: a translation stands below its sentence in one unit, behind the
// words that nobody has checked it; where both have no room in one, in units of its own.
func TestTranslation(t *testing.T) {
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Mode: "keyword", Language: "ja", Translated: &bot.Translated{Language: "ja", Model: "m"},
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"d#p1"}, Translation: "一つ。"}, {Text: "Two.", Citations: []string{"d#p1"}, Translation: strings.Repeat("長い文。", 800)}},
		Citations: []bot.Citation{{ID: "d#p1", Label: "¶1"}}}
	l := New(a, Options{})
	units := l.Body()
	label := Run{Text: "モデルによる訳(未確認):", Italic: true}
	want := []Run{plain("One."), plain(nbsp), {Text: "¶1", Bold: true}, plain("\n"), label, plain(" 一つ。")}
	if u := units[0]; !reflect.DeepEqual(u.Blocks[0].Runs, want) || u.Below != label.Text+" 一つ。" || u.Text != "One." {
		t.Errorf("the first unit is %+v, want its runs %+v", u, want)
	}
	if len(units) < 4 || units[1].Text != "Two." || units[1].Below != "" {
		t.Fatalf("Body = %d units, the second %+v, want the long translation apart", len(units), units[1])
	}
	for _, u := range units[2:] {
		if !strings.HasPrefix(u.Text, label.Text) || !reflect.DeepEqual(u.Blocks[0].Runs[0], label) || !Usual.Holds(u.Text) || u.Refs != nil {
			t.Errorf("the unit %+v is no part of a translation", u)
		}
	}
	if got := l.Closing(Sheet{Last: true}); !slices.Equal(got, []string{said["ja"].onlyTranslated}) {
		t.Errorf("Closing = %q, want that a model has only translated", got)
	}
}

// TestSheets: as many units on a sheet as fit, all of them, in order; one that never
// fits has a sheet of its own, and less below it.
func TestSheets(t *testing.T) {
	a := bot.Answer{Kind: bot.KindHelp, Status: bot.Found, Text: "a\nb\nc\nlong\nd"}
	sheets := New(a, Options{}).Sheets(func(s Sheet) bool {
		return len(s.Units) <= 2 && !slices.ContainsFunc(s.Units, func(u Unit) bool { return u.Text == "long" })
	})
	var got []string
	for i, s := range sheets {
		var texts []string
		for _, u := range s.Units {
			texts = append(texts, u.Text)
		}
		got = append(got, strings.Join(texts, " "))
		if s.First != (i == 0) || s.Last != (i == len(sheets)-1) || s.Number != i+1 || s.Of != len(sheets) || s.Brief == Full != (got[i] != "long") {
			t.Errorf("sheet %d is %+v", i+1, s)
		}
	}
	if want := []string{"a b", "c", "long", "d"}; !slices.Equal(got, want) {
		t.Errorf("the sheets have %q, want %q", got, want)
	}
}

// TestPage: a page is named beside the section.
func TestPage(t *testing.T) {
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"d#p1"}}},
		Citations: []bot.Citation{{ID: "d#p1", Label: "¶1", Section: "Keepers", Page: 12, Text: "One."}}}
	l := New(a, Options{Language: "en"})
	got := l.Sources(l.Sheets(func(Sheet) bool { return true })[0])
	if want := "¶1 · Keepers · p. 12 · “One.”"; len(got) != 1 || got[0].Line != want {
		t.Errorf("Sources = %+v, want %q", got, want)
	}
}

// TestChanged: what is looked up below an older answer says that the material has
// changed, on the last sheet.
func TestChanged(t *testing.T) {
	old, now := bot.Material{Version: "sha256:1"}, bot.Material{Version: "sha256:2"}
	for _, test := range []struct {
		old, now bot.Material
		want     bool
	}{{old, now, true}, {old, old, false}, {bot.Material{}, now, false}} {
		a := bot.Answer{Kind: bot.KindCite, Status: bot.NotFound, Text: "a\nb", Material: test.now}
		l := New(a, Options{Language: "en", Changed: test.old.Differs(test.now)})
		sheets := l.Sheets(func(Sheet) bool { return true })
		said := strings.Contains(strings.Join(l.Closing(sheets[len(sheets)-1]), "\n"), "has changed since")
		if said != test.want {
			t.Errorf("Closing of %v after %v says that it has changed: %v, want %v", test.now, test.old, said, test.want)
		}
	}
}

// TestOneLetter: marks without number on one letter are cut too, between two of them.
func TestOneLetter(t *testing.T) {
	text, most := "a"+strings.Repeat("\u0301", 900), Size{100, 300}
	all := ""
	for _, p := range Pieces(text, most, false) {
		if !most.Holds(p.String()) || !utf8.ValidString(p.Text) {
			t.Errorf("a piece of %d bytes", len(p.String()))
		}
		all += p.Text
	}
	if all != text {
		t.Errorf("the pieces have %d bytes, want %d", len(all), len(text))
	}
	if got := Clip(text, 100); Length(got) > 100 {
		t.Errorf("Clip leaves %d", Length(got))
	}
}

func TestTellings(t *testing.T) {
	en := reflect.ValueOf(*told["en"])
	for language, w := range told {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			name, text := v.Type().Field(i).Name, v.Field(i).String()
			if text == "" || strings.Count(text, "%s") != strings.Count(en.Field(i).String(), "%s") {
				t.Errorf("%s in %s is %q", name, language, text)
			}
		}
	}
	if TellingsIn("ja-JP") != told["ja"] || TellingsIn("fr") != told["en"] || LanguageOf("資料は?") != "ja" || LanguageOf("What?") != "en" {
		t.Error("the language is not found")
	}
}

// TestWriting: an answer that is still being written says so and nothing else of how it
// was made, and there is nothing to press.
func TestWriting(t *testing.T) {
	a := bot.Answer{Kind: bot.KindAsk, Status: bot.Answered, Mode: "llm", Language: "en",
		Sentences: []bot.Sentence{{Text: "One.", Citations: []string{"d#p1"}}},
		Citations: []bot.Citation{{ID: "d#p1", Label: "¶1", Directions: []string{"north"}}}}
	for writing, want := range map[bool]string{true: told["en"].Writing, false: said["en"].model} {
		l := New(a, Options{Key: "k", Writing: writing})
		s := l.Sheets(func(Sheet) bool { return true })[0]
		_, looks := l.Looks(s)
		if got := l.Closing(s); !slices.Equal(got, []string{want}) || (len(looks)+len(l.Closers(s)) == 0) != writing {
			t.Errorf("being written %v: closes with %q, %d and %d to press; want %q", writing, got, len(looks), len(l.Closers(s)), want)
		}
	}
}

// Documents of different dates are cited with them, where sentences stand side by side.
func TestDated(t *testing.T) {
	a := bot.Answer{
		Status: bot.Answered, Kind: bot.KindAsk, Material: bot.Material{Documents: 2},
		Sentences: []bot.Sentence{{Text: "Two ships came.", Citations: []string{"a#p1"}, Verdict: bot.Quoted}, {Text: "Nine ships came.", Citations: []string{"b#p1"}, Verdict: bot.Quoted}},
		Citations: []bot.Citation{{ID: "a#p1", Label: "a ¶1", Document: "a", Date: "1998"}, {ID: "b#p1", Label: "b ¶1", Document: "b", Date: "2021-03"}},
	}
	marks := func() (out []string) {
		for _, u := range New(a, Options{}).Body() {
			out = append(out, u.Marks)
		}
		return out
	}
	if got, want := marks(), []string{"[a ¶1 (1998)]", "[b ¶1 (2021-03)]"}; !slices.Equal(got, want) {
		t.Errorf("marks are %q, want %q", got, want)
	}
	a.Citations[1].Date = "1998-05"
	if got, want := marks(), []string{"[a ¶1]", "[b ¶1]"}; !slices.Equal(got, want) {
		t.Errorf("marks of one date are %q, want %q", got, want)
	}
}
