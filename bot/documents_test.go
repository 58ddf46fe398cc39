package bot

import (
	"strings"
	"testing"
)

// reports are two documents of different years and one of none, which say the same of
// different things.
func reports(t *testing.T) *Bot {
	return over(t, map[string]string{
		"report-1998.md":   "# 1998\n\nThe port of Anselm handled two million tonnes of cargo.[^1] Its cranes handled cargo of all kinds.\n\nThe harbour master was Ida Brandt.\n\n[^1]: Port authority, \"Figures,\" 1999.\n",
		"report-1998.yaml": "title: The old port\ndate: 1998\ndirections:\n  - {id: north, names: {en: North, ja: 北}, passages: [p1]}\n",
		"report-2021.md":   "# 2021\n\nThe port of Anselm handled nine million tonnes of cargo.[^1]\n\n[^1]: Port authority, \"Figures,\" 2022.\n",
		"report-2021.yaml": "title: The new port\ndate: 2021-03\ndirections:\n  - {id: north, names: {en: North}, passages: [p1]}\n",
		"leaflet.md":       "# Leaflet\n\nCome and see Anselm.\n\nIt is old.\n\nIts port is new.\n",
	})
}

// What is shown of a passage can be typed back, in any of these ways.
func TestDocumentsNamed(t *testing.T) {
	b := reports(t)
	for _, test := range []struct{ text, ids string }{
		{"report-1998 ¶1", "report-1998#p1"},
		{"report-1998#p1", "report-1998#p1"},
		{"REPORT-1998 p1", "report-1998#p1"},
		{"The old port ¶1", "report-1998#p1"},
		{"¶1 of report-2021", "report-2021#p1"},
		{"note 1 in the new port", "report-2021#n1"},
		{"report-2021 note 1, report-1998 note 1", "report-2021#n1 report-1998#n1"},
		{"report-2021の注1", "report-2021#n1"},
		{"report-2021 注1", "report-2021#n1"},
		{"What does note 1 of report-2021 say?", "report-2021#n1"},
		{"¶3", "leaflet#p3"}, // only one has it
		{"report-1998 ¶1-2", "report-1998#p1 report-1998#p2"},
	} {
		a := ask(t, b, Question{Text: test.text})
		var ids []string
		for _, c := range a.Citations {
			ids = append(ids, c.ID)
			if again := ask(t, b, Question{Text: c.Label}); len(again.Citations) != 1 || again.Citations[0].ID != c.ID {
				t.Errorf("Ask(%q), which is shown, = %s, want %s", c.Label, again.Text, c.ID)
			}
		}
		if got := strings.Join(ids, " "); got != test.ids || a.Kind != KindCite && a.Kind != KindAsk {
			t.Errorf("Ask(%q) = %s %q, want %q", test.text, a.Status, got, test.ids)
		}
	}
}

// A bare reference is of the document that was talked of; where that is none or several,
// the answer says which there are.
func TestBareReference(t *testing.T) {
	b := reports(t)
	about := func(text string) []Turn {
		q := Question{Text: text}
		return []Turn{{Question: q, Answer: ask(t, b, q)}}
	}
	for _, test := range []struct {
		before []Turn
		want   string
	}{
		{nil, "Several documents have note 1. Say which: report-1998 note 1 (The old port), report-2021 note 1 (The new port)."},
		{about("Who was the harbour master?"), "Port authority, \"Figures,\" 1999. [report-1998 note 1]"},
		{about("report-2021 ¶1"), "Port authority, \"Figures,\" 2022. [report-2021 note 1]"},
		{append(about("report-2021 ¶1"), about("help")...), "Port authority, \"Figures,\" 2022. [report-2021 note 1]"},
		{about("How many tonnes of cargo did the port handle?"), "Several documents have note 1."}, // it quotes both
		{about("leaflet ¶1"), "Several documents have note 1."},                                    // it has none
	} {
		if a := ask(t, b, Question{Text: "note 1", Before: test.before}); !strings.HasPrefix(a.Text, test.want) {
			t.Errorf("Ask(%q) = %q, want %q", "note 1", a.Text, test.want)
		}
	}
	a := ask(t, b, Question{Text: "¶1, report-1998 ¶2"})
	if a.Status != Found || len(a.Citations) != 1 || len(a.Missing) != 1 {
		t.Errorf("Ask of one that is clear and one that is not = %+v, want the one and the other missing", a)
	}
}

// Summaries and sources can be limited to a document, in words.
func TestLimited(t *testing.T) {
	b := reports(t)
	for _, test := range []struct {
		kind       Kind
		text, want string
		not        string
	}{
		{KindSummary, "north", "[report-1998 ¶1 (1998)]\n• The port of Anselm handled nine million tonnes of cargo. [report-2021 ¶1 (2021-03)]", ""},
		{KindSummary, "north in report-2021", "North · The new port", "1998"},
		{KindAny, "summary north in the new port", "North · The new port", "1998"},
		{KindAny, "Give me a summary of the North in report-2021, please.", "North · The new port", "1998"},
		{KindAny, "report-1998の北の要約", "The old port", "2021"},
		{KindSummary, "in report-2021", "Summaries can be had of: North.", ""},
		{KindSummary, "report-2021", "Summaries can be had of: North.", ""},
		{KindSummary, "leaflet", "The material has no directions", ""},
		{KindSources, "", "[report-1998 note 1]\nPort authority, \"Figures,\" 2022. [report-2021 note 1]", ""},
		{KindSources, "report-2021", "[report-2021 note 1]", "1998"},
		{KindSources, "of the new port", "[report-2021 note 1]", "1998"},
		{KindAny, "sources of report-2021", "[report-2021 note 1]", "1998"},
		{KindSources, "leaflet", "The material has no notes.", ""},
	} {
		a := ask(t, b, Question{Kind: test.kind, Text: test.text})
		if !strings.Contains(a.Text, test.want) || test.not != "" && strings.Contains(a.Text, test.not) {
			t.Errorf("Ask(%s %q) = %q, want %q and no %q", test.kind, test.text, a.Text, test.want, test.not)
		}
	}
	for _, q := range []Question{{Kind: KindSources, Text: "report-1895"}, {Kind: KindSummary, Text: "north of report-1895"}} {
		if _, err := b.Ask(t.Context(), q); err == nil || !strings.Contains(err.Error(), "There is no document “") || !strings.Contains(err.Error(), "leaflet, report-1998, report-2021") {
			t.Errorf("Ask(%s %q) = %v, want which documents there are", q.Kind, q.Text, err)
		}
	}
}

// Where documents of different years answer, both are shown, with their dates, whatever
// more the one has to say.
func TestDates(t *testing.T) {
	a := ask(t, reports(t), Question{Text: "How many tonnes of cargo did the port of Anselm handle?"})
	for _, want := range []string{"two million tonnes of cargo. [report-1998 ¶1 (1998)]", "nine million tonnes of cargo. [report-2021 ¶1 (2021-03)]"} {
		if !strings.Contains(a.Text, want) {
			t.Errorf("Ask = %q, want %q in it", a.Text, want)
		}
	}
	for _, test := range []struct {
		dates string
		want  bool
	}{{"1998 2021", true}, {"2021 2021-03", false}, {"2021-03 2021-04", true}, {"2021", false}, {" 2021", false}, {"2021 2021", false}} {
		var cs []Citation
		for i, d := range strings.Split(test.dates, " ") {
			cs = append(cs, Citation{Document: string(rune('a' + i)), Date: d})
		}
		if got := Dated(cs); got != test.want {
			t.Errorf("Dated(%q) = %t, want %t", test.dates, got, test.want)
		}
	}
	if Dated([]Citation{{Document: "a", Date: "1998"}, {Document: "a", Date: "2021"}}) {
		t.Error("Dated of one document = true")
	}
}

// What is suggested is found by what it says.
func TestCompleteDocuments(t *testing.T) {
	b := reports(t)
	for _, test := range []struct {
		kind        Kind
		typed, refs string
	}{
		{KindCite, "report-2021", "report-2021#p1 report-2021#n1"},
		{KindCite, "report-2021 ¶", "report-2021#p1"},
		{KindCite, "Report-1998#n", "report-1998#n1 report-1998#p1 report-1998#p2"},
		{KindSummary, "no", "north"},
		{KindSummary, "west", ""},
		{KindSources, "port", "report-1998 report-2021"},
		{KindSources, "report-2", "report-2021"},
		{KindSources, "", "leaflet report-1998 report-2021"},
	} {
		var refs []string
		for _, s := range b.Complete(t.Context(), Question{Kind: test.kind, Text: test.typed}, 25) {
			refs = append(refs, s.Ref)
		}
		if got := strings.Join(refs, " "); got != test.refs {
			t.Errorf("Complete(%s %q) = %q, want %q", test.kind, test.typed, got, test.refs)
		}
	}
}
