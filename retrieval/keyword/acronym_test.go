package keyword

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"footnote/retrieval"
)

func TestArticleAcronyms(t *testing.T) {
	want := []Acronym{
		{"NRF", "NATO Response Force"},
		{"eFP", "enhanced Forward Presence"},
		{"JFC-NF", "Joint Force Command - Norfolk"},
		{"NSDS-Hub", "NATO Strategy Direction South - Hub"},
		{"IAMD", "Integrated Air and Missile Defence"},
		{"A2/AD", "Anti Access/Area Denial"},
		{"NAC", "North Atlantic Council"},
		{"AP4", "Asia-Pacific Partners"},
		{"CBRN", "Chemical, Biological, Radiological and Nuclear"},
		{"MDS", "Missile Defense System"},
		{"IP4", "Indo-Pacific 4"},
	}
	if got := New(article(t), Default()).Acronyms(); !slices.Equal(got, want) {
		t.Errorf("Acronyms() = %v, want %v", got, want)
	}
}

func TestAcronymsIn(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"the NATO Response Force (NRF) of up to", "NRF=NATO Response Force"},
		{"an 'enhanced Forward Presence' (eFP) is", "eFP=enhanced Forward Presence"},
		{"an “enhanced Forward Presence” (eFP) is", "eFP=enhanced Forward Presence"},
		{"New Zealand (Asia-Pacific Partners: AP4)", "AP4=Asia-Pacific Partners"},
		{"known as IP4 (Indo-Pacific 4).", "IP4=Indo-Pacific 4"},
		{"the NRF (NATO Response Force) of up to", "NRF=NATO Response Force"},
		{"under China's Anti Access/Area Denial (A2/AD) strategy", "A2/AD=Anti Access/Area Denial"},
		{"the World Wide Web Consortium (W3C)", "W3C=World Wide Web Consortium"},
		{"Chemical, Biological, Radiological and Nuclear (CBRN) Defence", "CBRN=Chemical, Biological, Radiological and Nuclear"},
		{"the user-network interface (UNI) and a set top box (STB)", "UNI=user-network interface STB=set top box"},
		{"the Ministry of Defence ( MoD)", ""},
		{"the Ministry of Défense (MoD) and Ärztliche Prüfstelle (ÄP)", "MoD=Ministry of Défense ÄP=Ärztliche Prüfstelle"},

		{"", ""},
		{"no parentheses", ""},
		{"(NRF)", ""},
		{"an open NATO Response Force (NRF", ""},
		{"NATO Response Force (", ""},
		{"NATO Response Force ()", ""},
		{"NATO Response Force (the NRF)", ""},
		{"self-defence (Article 5 of the North Atlantic Treaty)", ""},
		{"a member state (Article 4 consultations)", ""},
		{"the western flank of NATO (North America)", ""},
		{"the remaining country (Russia)", ""},
		{"the alliance (NATO)", ""},
		{"the prime minister of Japan (LDP)", ""},
		{"he was born in Norfolk (NF)", ""}, // one word
		{"a missile at noon (Man)", ""},     // one capital
		{"the NRF (formerly the NATO Response Force) came", ""},
		{"Nobody in that quiet room of twenty people said a word before Friday (NRF)", ""}, // too far
		{"at noon (UTC)", ""},
		{"24 May (2024/05/24)", ""},
		{"(1) Approach to the ‘North’", ""},
		{"the sum (A+B) and the letter (A)", ""},
		{"No, (see) other names; Never (NSN)", ""}, // not across parentheses
		{"a name of more than ten letters (ABCDEFGHIJK)", ""},
	} {
		var got []string
		for _, a := range acronymsIn(tc.text) {
			got = append(got, a.Short+"="+a.Long)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("acronymsIn(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

// A question with one form finds the passages that have only the other.
func TestAcronymsJoin(t *testing.T) {
	acronyms := New(article(t), Default()).Acronyms()
	if len(acronyms) == 0 {
		t.Fatal("the article has no acronyms")
	}
	for _, a := range acronyms {
		x := New(material(t, map[string]string{"a.md": fmt.Sprintf(
			"They spoke of %[2]s (%[1]s) first.\n\nThen %[1]s came.\n\nLater %[2]s left.\n\nNobody else was seen.\n", a.Short, a.Long)}), Default())
		if got := x.Acronyms(); !slices.Equal(got, []Acronym{a}) {
			t.Errorf("Acronyms() = %v, want %v", got, a)
		}
		for text, only := range map[string]string{a.Short: "a#p3", a.Long: "a#p2", "What is the " + a.Short + "?": "a#p3", "where did " + strings.ToLower(a.Long) + " go": "a#p2"} {
			hits := search(t, x, retrieval.Query{Text: text, Explain: true})
			got := ids(hits)
			if len(got) != 3 || got[2] != only {
				t.Errorf("Search(%q) = %v, want three passages and %s last", text, got, only)
				continue
			}
			if r := hits[2].Reasons; !slices.ContainsFunc(r, func(r retrieval.Reason) bool { return r.Where == "acronym" }) {
				t.Errorf("Search(%q) finds %s by %v, want by the acronym", text, only, r)
			}
		}
	}
}

// Half of a long form, or its words in another order, is not the acronym.
func TestAcronymsNeedTheWholeForm(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": "The Joint Force Command - Norfolk (JFC-NF) stood up.\n\nThe JFC-NF moved.\n\nA JFC stayed.\n"}), Default())
	for text, want := range map[string]string{
		"Joint Force Command Norfolk": "[a#p1 a#p2 a#p3]",
		"joint force in Norfolk":      "[a#p1]",
		"Norfolk Command Force Joint": "[a#p1]",
		"joint force":                 "[a#p1]",
		"Norfolk":                     "[a#p1]",
	} {
		if got := fmt.Sprint(ids(search(t, x, retrieval.Query{Text: text}))); got != want {
			t.Errorf("Search(%q) = %v, want %v", text, got, want)
		}
	}
}

// Where a short form has several long ones the most frequent counts.
func TestAcronymOfSeveralLongForms(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": "A net repair fund (NRF) began.\n\nThe NATO Response Force (NRF) came.\n\nThe nato response force (NRF) left.\n"}), Default())
	want := []Acronym{{"NRF", "NATO Response Force"}}
	if got := x.Acronyms(); !slices.Equal(got, want) {
		t.Errorf("Acronyms() = %v, want %v", got, want)
	}
}

// Asking for both forms asks for one thing: the expansion adds nothing to words
// that are there.
func TestAcronymWithItsLongForm(t *testing.T) {
	x := New(article(t), Default())
	for _, r := range search(t, x, retrieval.Query{Text: "NATO Response Force (NRF)", Limit: 1, Explain: true})[0].Reasons {
		if r.Where == "acronym" {
			t.Errorf("Search(%q) has the reason %v, want none of an acronym", "NATO Response Force (NRF)", r)
		}
	}
}
