package bot

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestClaimOf(t *testing.T) {
	for text, want := range map[string]string{
		"Finland joined. ¶5":                        "Finland joined.",
		"Finland joined ¶5.":                        "Finland joined.",
		"Finland joined.\u00a0¶5 ¶6 Sweden too. ¶7": "Finland joined. Sweden too.",
		"Finland joined [¶6].":                      "Finland joined.",
		"Finland joined [¶5] [¶6].":                 "Finland joined.",
		"Finland joined.[7]":                        "Finland joined.",
		"Finland joined [7, 8].":                    "Finland joined.",
		"Finland joined (note 7).":                  "Finland joined.",
		"Finland joined (notes 7, 8).":              "Finland joined.",
		"Finland joined [nato-360#p5].":             "Finland joined.",
		"フィンランドが加盟した。[注7]":                          "フィンランドが加盟した。",
		"The agreement (7 countries) holds.":        "The agreement (7 countries) holds.",
		"Passage ¶5 says it all to us.":             "Passage ¶5 says it all to us.",
		"¶5":                                        "¶5",
		"I read that Finland joined.":               "Finland joined.",
		"My colleague says Finland joined.":         "Finland joined.",
		"According to the article, it joined.":      "it joined.",
		"Is it true that Finland joined?":           "Finland joined",
		"フィンランドは加盟したと聞きました。":                        "フィンランドは加盟した",
		"I read books.":                             "I read books.",
	} {
		if got := claimOf(text); got != want {
			t.Errorf("claimOf(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestAsksOnly(t *testing.T) {
	for text, want := range map[string]bool{
		"Where is the summit?": true, "where is the summit": true, "is Finland a member": true, "サミットはどこですか": true, "“Why?”": true, "日本は？": true,
		"What is clear is that Finland joined.": false, "Finland joined.": false, "Islands are small": false, "サミットはワシントンです。": false,
	} {
		if got := asksOnly(text); got != want {
			t.Errorf("asksOnly(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestArabic(t *testing.T) {
	for text, want := range map[string]string{
		"4万人": "40,000人", "４万": "40,000", "四万": "40,000", "1.5万": "15,000", "4万5千": "45,000", "4万5000": "45,000", "1億2,000万人": "120,000,000人",
		"三百万": "3,000,000", "3兆": "3,000,000,000,000", "十万": "100,000", "万国": "万国", "5000人": "5000人", "99999999兆": "99999999兆",
	} {
		if got, _ := arabic(text); got != want {
			t.Errorf("arabic(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestCheckClaims checks what people paste: with marks, with an opening of their own,
// with Japanese numbers.
func TestCheckClaims(t *testing.T) {
	_, b := article()
	for _, c := range []struct {
		text string
		want Verdict
	}{
		{"Seven of the eight Arctic countries have become NATO members. ¶5", Quoted},
		{"Seven of the eight Arctic countries have become NATO members [¶6].", Quoted},
		{"I read that seven of the eight Arctic countries have become NATO members.", Quoted},
		{"Is it true that Finland and Sweden are new NATO members?", Supported},
		{"NATO即応部隊は4万人です。", Supported},
		{"NATO即応部隊は５万人です。", Unsupported},
		{"What does this mean for Japan as a global partner of NATO?", Quoted}, // the article asks it
	} {
		a := ask(t, b, Question{Kind: KindCheck, Text: c.text})
		if a.Verdict != c.want || len(a.Sentences) > 1 {
			t.Errorf("Ask(check %q) = %s with %d sentences, want %s with one", c.text, a.Verdict, len(a.Sentences), c.want)
		}
	}
	a := ask(t, b, Question{Kind: KindCheck, Text: "日本は2017年に5万人でNATOに加盟した。"})
	said := strings.Join(a.Reasons, " ") + strings.Join(a.Missing, " ")
	if strings.Contains(said, "Japan") || strings.Contains(said, "year") || strings.Contains(said, "50,000") || !strings.Contains(said, "5万") || !slices.Contains(a.Missing, "日本") {
		t.Errorf("the reasons are %q, missing %q; want the asker's own words", a.Reasons, a.Missing)
	}
}

func TestCheckQuestion(t *testing.T) {
	_, b := article()
	p := (*Problem)(nil)
	if a, err := b.Ask(t.Context(), Question{Kind: KindCheck, Text: "Where is the summit?"}); !errors.As(err, &p) || !strings.Contains(p.Sentence, "question") {
		t.Errorf("Ask(check a question) = %v, %v, want to be told that it is one", a.Text, err)
	}
	if a := ask(t, b, Question{Text: "check where is the summit?"}); a.Kind != KindCheck || a.Status != NotFound || !strings.Contains(a.Text, "question") {
		t.Errorf("Ask(check a question) = %s, %q", a.Status, a.Text)
	}
	a := ask(t, b, Question{Kind: KindCheck, Text: "Finland and Sweden are new NATO members. Where is the summit?"})
	if len(a.Sentences) != 2 || a.Sentences[0].Verdict != Supported || a.Sentences[1].Verdict != Unsupported || !strings.Contains(a.Sentences[1].Reason, "question") {
		t.Errorf("Ask(check a sentence and a question) = %+v", a.Sentences)
	}
}
