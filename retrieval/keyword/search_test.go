package keyword

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/analysis"
)

// questions are asked of the article.
var questions = []string{
	"How many troops does the NATO Response Force comprise?",
	"What is the NRF, and what is the eFP?",
	"Why has the Arctic become more important?",
	"Which command was established on the Atlantic coast of the United States in 2019?",
	"NATO NATO NATO defence of the western flank, deterrence and defence",
	"Who wrote about missiles of China?",
	"How does the JFC-NF monitor the north?",
	"NATOのNRFは40,000人ですか",
	"climate change zyzzyva",
	"a", "", "zyzzyva",
}

func TestArticle(t *testing.T) {
	x := New(article(t), Default())
	for text, want := range map[string]string{
		"How many troops does the NATO Response Force comprise?":   "nato-360#p2",
		"What did NATO do about hybrid threats since 2016?":        "nato-360#p3",
		"What connects climate change and infectious diseases?":    "nato-360#p4",
		"melting of sea ice in the Arctic":                         "nato-360#p5",
		"Where was the JFC-NF established?":                        "nato-360#p5",
		"terrorism in the Sahel":                                   "nato-360#p6",
		"recommendations of the group of experts after Vilnius":    "nato-360#p7",
		"hypersonic missiles with nuclear weapons":                 "nato-360#p8",
		"What is Integrated Air and Missile Defense?":              "nato-360#n15",
		"A2/AD strategy of China in a Taiwan contingency":          "nato-360#p10",
		"Australia, New Zealand and South Korea":                   "nato-360#p11",
		"Does the bilateral alliance become a global partnership?": "nato-360#p12",
		"the jigsaw puzzle of peace and stability":                 "nato-360#p13",
		"Multidimensional approach, chart":                         "nato-360#c2",
		"What did Luis Simon and Pierre Morcos write?":             "nato-360#n8",
		"NATO's Chemical, Biological, Radiological policy on CBRN": "nato-360#n6",
	} {
		if got := ids(search(t, x, retrieval.Query{Text: text})); len(got) == 0 || got[0] != want {
			t.Errorf("Search(%q) = %v, want %s first", text, got, want)
		}
	}
}

// rank returns the ids that a query finds in Markdown.
func rank(t *testing.T, s Settings, markdown, text string) string {
	t.Helper()
	return strings.Join(ids(search(t, New(material(t, map[string]string{"a.md": markdown}), s), retrieval.Query{Text: text})), " ")
}

// Each feature puts the second passage first, which without it comes second.
func TestFeatures(t *testing.T) {
	const filler = "Gulls cried over boats at noon"
	for _, tc := range []struct {
		name, markdown, text string
		without              func(*Settings)
	}{
		{"best sentence",
			"Salt lay about. " + filler + " as wind. Blew hard. " + filler + ".\n\nSalt lay about. " + filler + ". Wind blew hard. " + filler + ".\n",
			"salt blew wind hard", func(s *Settings) { s.Sentence, s.Adjacent, s.Near = 0, 0, 0 }},
		{"adjacent", "Ice of old sea cracks slowly.\n\nSea ice of old cracks slowly.\n", "sea ice", func(s *Settings) { s.Adjacent = 0 }},
		{"near",
			"Salt gulls cry over boats, barrels, crates, wind.\n\nGulls cry over boats, barrels, salt crates, wind.\n",
			"salt wind", func(s *Settings) { s.Near = 0 }},
		{"frequency", "Gulls and salt and boats.\n\nSalt and salt and boats.\n", "salt", nil},
		{"length", "Salt and gulls and boats, barrels, crates, nets, ropes and sails.\n\nSalt and gulls.\n", "salt", nil},
		{"rarity", "Gulls and boats.\n\nSalt and boats.\n\nGulls and gulls.\n\nGulls and nets.\n", "salt gulls", nil},
		{"both words", "Salt and salt and nets.\n\nSalt and gulls and nets.\n\nGulls and gulls and nets.\n", "gulls salt", nil},
		{"heading",
			"---\ntitle: Nets\n---\nSalt was sold.\n\n# Barrels\n\nSalt was bought.\n", "salt barrels", func(s *Settings) { s.Heading = 0 }},
	} {
		got := strings.Fields(rank(t, Default(), tc.markdown, tc.text))
		if len(got) < 2 || got[0] != "a#p2" {
			t.Errorf("%s: Search(%q) = %v, want a#p2 first", tc.name, tc.text, got)
		}
		if tc.without == nil {
			continue
		}
		s := Default()
		tc.without(&s)
		if got := rank(t, s, tc.markdown, tc.text); !strings.HasPrefix(got, "a#p1 a#p2") {
			t.Errorf("%s: without it, Search(%q) = %v, want a#p1 a#p2", tc.name, tc.text, got)
		}
	}
}

// A passage is found by the words of its note, but scores less than by its own.
func TestNoteField(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": "Lamps burned.[^1]\n\nLamps of zinc.\n\nGulls cried.\n\n[^1]: Zinc prices.\n"}), Default())
	hits := search(t, x, retrieval.Query{Text: "zinc", Kinds: []corpus.Kind{corpus.Paragraph}})
	if got := fmt.Sprint(ids(hits)); got != "[a#p2 a#p1]" || hits[1].Score >= hits[0].Score {
		t.Errorf("Search(%q) = %v, want [a#p2 a#p1] and less for the latter", "zinc", hits)
	}
	s := Default()
	s.Notes = 0
	x = New(material(t, map[string]string{"a.md": "Lamps burned.[^1]\n\nGulls cried.\n\n[^1]: Zinc prices.\n"}), s)
	if got := fmt.Sprint(ids(search(t, x, retrieval.Query{Text: "zinc"}))); got != "[a#n1]" {
		t.Errorf("Search(%q) where notes weigh nothing = %v, want the note alone, once", "zinc", got)
	}
}

// Passages are found by their document's title and their section's heading.
func TestHeadingField(t *testing.T) {
	files := map[string]string{"a.md": "# Harbours\n\nSalt was sold.\n\n## Lighthouses\n\nOil was burned.\n", "b.md": "# Gulls\n\nA lighthouse was seen in fog.\n"}
	x := New(material(t, files), Default())
	for text, want := range map[string]string{"harbour": "[a#p1 a#p2]", "lighthouse": "[a#p2 b#p1]", "gull": "[b#p1]"} {
		if got := fmt.Sprint(ids(search(t, x, retrieval.Query{Text: text}))); got != want {
			t.Errorf("Search(%q) = %v, want %v", text, got, want)
		}
	}
	s := Default()
	s.Heading = 0
	if got := fmt.Sprint(ids(search(t, New(material(t, files), s), retrieval.Query{Text: "lighthouse harbour"}))); got != "[b#p1]" {
		t.Errorf("Search(%q) where headings weigh nothing = %v, want [b#p1]", "lighthouse harbour", got)
	}
}

func TestTies(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": strings.Repeat("A gull was seen.\n\n", 30), "b.md": "A gull was seen.\n"}), Default())
	for _, limit := range []int{1, 7, 30, 31, 100} {
		hits := search(t, x, retrieval.Query{Text: "gull", Limit: limit})
		if len(hits) != min(limit, 31) {
			t.Errorf("Search(%q) = %d hits, want %d", "gull", len(hits), min(limit, 31))
		}
		for i, h := range hits {
			if h.Passage != x.now.Load().corpus.Passages.At(i) || h.Score != hits[0].Score {
				t.Errorf("Search(%q)[%d] = %s with %v, want document order", "gull", i, h.Passage.ID, h.Score)
			}
		}
	}
}

// A smaller limit gives the beginning of the same list, also where it is longer
// than what is scored again.
func TestLimit(t *testing.T) {
	c := article(t)
	for _, rerank := range []int{0, 1, 5, 100} {
		s := Default()
		s.Rerank = rerank
		x := New(c, s)
		for _, text := range questions {
			all := search(t, x, retrieval.Query{Text: text, Limit: 1000})
			for limit := range 12 {
				got := search(t, x, retrieval.Query{Text: text, Limit: limit})
				if limit == 0 {
					limit = 10
				}
				want := all[:min(limit, len(all))]
				if rerank <= limit && !slices.EqualFunc(got, want, same) {
					t.Errorf("Search(%q) with limit %d = %v, want %v", text, limit, ids(got), ids(want))
				}
				if rerank > limit && fmt.Sprint(ids(got)) != fmt.Sprint(ids(want)) {
					t.Errorf("Search(%q) with limit %d = %v, want %v", text, limit, ids(got), ids(want))
				}
			}
		}
	}
}

func same(a, b retrieval.Hit) bool { return a.Passage == b.Passage && a.Score == b.Score }

// Reasons add up to the score, also of passages that were not scored again.
func TestReasonsAddUp(t *testing.T) {
	c := article(t)
	for _, rerank := range []int{0, 1, 3, 100} {
		s := Default()
		s.Rerank = rerank
		x := New(c, s)
		for _, text := range questions {
			for _, h := range search(t, x, retrieval.Query{Text: text, Limit: 100, Explain: true}) {
				sum := 0.0
				for i, r := range h.Reasons {
					sum += r.Score
					if i > 0 && r.Score > h.Reasons[i-1].Score {
						t.Errorf("Search(%q) explains %s by %v, want the greatest first", text, h.Passage.ID, h.Reasons)
					}
				}
				if math.Abs(sum-h.Score) > 1e-3 {
					t.Errorf("Search(%q) explains %v of %v, the score of %s", text, sum, h.Score, h.Passage.ID)
				}
			}
		}
	}
}

func TestReasons(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": "The NATO Response Force (NRF) came.\n\nThe NRF deployed troops to the coast. 灯台がある。\n\nGulls cried.\n"}), Default())
	for text, want := range map[string]string{
		"Troops deploying":                  "[Troops/word deploying/word best sentence/sentence close together/order]",
		"deployed troops":                   "[deployed/word troops/word best sentence/sentence side by side/order close together/order]",
		"灯台が":                               "[灯台/word 台が/word best sentence/sentence]",
		"response force":                    "[]",
		"Where is the NATO Response Force?": "[nrf/acronym best sentence/sentence]",
		"gulls":                             "[]",
	} {
		got := []string{}
		for _, h := range search(t, x, retrieval.Query{Text: text, Explain: true}) {
			for _, r := range h.Reasons {
				if h.Passage.ID == "a#p2" {
					got = append(got, r.What+"/"+r.Where)
				}
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("Search(%q) explains a#p2 by %v, want %v", text, got, want)
		}
	}
}

// One index answers as a new one would, whatever it was asked before.
func TestSearchLeavesNoTrace(t *testing.T) {
	c := article(t)
	used := New(c, Default())
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 5 * len(questions) {
		text := questions[rnd.IntN(len(questions))]
		q := retrieval.Query{Text: text, Limit: 1 + rnd.IntN(40), Explain: rnd.IntN(2) == 0}
		if rnd.IntN(3) == 0 {
			q.Kinds = []corpus.Kind{corpus.Kind(rnd.IntN(3))}
		}
		got, want := search(t, used, q), search(t, New(c, Default()), q)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Search(%q) = %v, want %v as from a new index", text, ids(got), ids(want))
		}
	}
}

// The same corpus loaded twice is ranked the same to the last bit.
func TestDeterminism(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	c, words := random(t, rnd)
	a, b := New(c, Default()), New(c, Default())
	if !reflect.DeepEqual(held(a.now.Load()), held(b.now.Load())) {
		t.Error("New builds two different indexes of one corpus")
	}
	for range 20 {
		text := words(5)
		if x, y := search(t, a, retrieval.Query{Text: text}), search(t, b, retrieval.Query{Text: text}); !slices.EqualFunc(x, y, same) {
			t.Errorf("Search(%q) = %v, and of the same corpus %v", text, ids(x), ids(y))
		}
	}
}

func TestRarity(t *testing.T) {
	c := article(t)
	x := New(c, Default())
	unknown := x.Rarity("zyzzyva")
	if x.Terms() < 500 {
		t.Errorf("Terms() = %d, want 500 at least", x.Terms())
	}
	for n := range uint32(x.Terms()) {
		term := x.now.Load().parts[0].Name(n)
		if r := x.Rarity(term); r <= 0 || r > unknown {
			t.Errorf("Rarity(%q) = %v, want more than 0 and at most %v, that of an unknown term", term, r, unknown)
		}
	}
	if nato, troops := x.Rarity("nato"), x.Rarity(analysis.New().Term("troops")); nato >= troops {
		t.Errorf("Rarity(%q) = %v, want less than %v, that of %q", "nato", nato, troops, "troop")
	}
}

// Passages without a word, documents without a title and an empty corpus do no harm.
func TestBareMaterial(t *testing.T) {
	x := New(&corpus.Corpus{}, Default())
	if hits := search(t, x, retrieval.Query{Text: "salt"}); len(hits) > 0 || x.Terms() != 0 || x.Acronyms() != nil || !(x.Rarity("salt") > 0) {
		t.Errorf("Search(%q) of nothing = %v", "salt", hits)
	}
	x = New(material(t, map[string]string{"a.txt": "What is it?\n\n…?!\n", "b.md": "# Salt\n\nIs it?\n\nOf the\n"}), Default())
	hits := search(t, x, retrieval.Query{Text: "salt", Explain: true})
	if got := fmt.Sprint(ids(hits)); got != "[b#p1 b#p2]" {
		t.Errorf("Search(%q) = %v, want [b#p1 b#p2]", "salt", got)
	}
	for _, h := range hits {
		if !(h.Score > 0) || len(h.Reasons) != 1 {
			t.Errorf("Search(%q) = %v because of %v, want one reason", "salt", h.Score, h.Reasons)
		}
	}
}

// The zero settings rank by the rarity of words in the text.
func TestZeroSettings(t *testing.T) {
	x := New(material(t, map[string]string{"a.md": "# Gulls\n\nSalt and nets, nets.\n\nNets and gulls.\n\nNets.\n"}), Settings{})
	hits := search(t, x, retrieval.Query{Text: "salt nets gulls", Explain: true})
	if got := fmt.Sprint(ids(hits)); got != "[a#p1 a#p2 a#p3]" {
		t.Errorf("Search(%q) = %v, want [a#p1 a#p2 a#p3]", "salt nets gulls", got)
	}
	for _, h := range hits {
		if math.IsNaN(h.Score) || math.IsInf(h.Score, 0) {
			t.Errorf("Search(%q) = %v for %s", "salt nets gulls", h.Score, h.Passage.ID)
		}
	}
}

// A query of more distinct words than an index can tell apart in one search is
// answered by the first of them.
func TestEndlessQuery(t *testing.T) {
	const docs, each = 700, 100
	var lines, query strings.Builder
	for d := range docs {
		text := ""
		for n := range each {
			text += fmt.Sprintf("w%d ", d*each+n)
		}
		query.WriteString(text)
		record, err := json.Marshal(map[string]string{"_id": fmt.Sprint(d), "text": text})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&lines, "%s\n", record)
	}
	s := Default()
	s.Rerank = 0
	x := New(material(t, map[string]string{"corpus.jsonl": lines.String()}), s)
	hits := search(t, x, retrieval.Query{Text: strings.Repeat(query.String(), 2), Limit: docs})
	if want := math.MaxUint16/each + 1; len(hits) != want {
		t.Fatalf("Search of %d words = %d hits, want %d", docs*each, len(hits), want)
	}
	for i, h := range hits[:len(hits)-1] {
		if math.Abs(h.Score-hits[0].Score) > 1e-3 {
			t.Errorf("Search of %d words [%d].Score = %v, want %v as of the first", docs*each, i, h.Score, hits[0].Score)
		}
	}
	if got := ids(search(t, x, retrieval.Query{Text: "w69999"})); len(got) != 1 {
		t.Errorf("Search(%q) afterwards = %v, want one passage", "w69999", got)
	}
}

// A search in some documents finds what a search in all finds of them, in its order,
// with its scores: what is filtered is filtered before the best are taken.
func TestDocuments(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 3))
	s := Default()
	s.Rerank = 1000 // more than there are passages, so that all are looked at alike
	for range 30 {
		files, words := map[string]string{}, strings.Fields("salt wind boat gull harbour lamp crate net rope sail coast gun")
		for d := range 2 + rnd.IntN(4) {
			var text strings.Builder
			for range 1 + rnd.IntN(12) {
				for range 1 + rnd.IntN(8) {
					text.WriteString(words[rnd.IntN(len(words))] + " ")
				}
				text.WriteString(".\n\n")
			}
			files[fmt.Sprintf("d%d.txt", d)] = text.String()
		}
		x := New(material(t, files), s)
		var in []string
		for _, d := range slices.Sorted(maps.Keys(files)) {
			if id := strings.TrimSuffix(d, ".txt"); rnd.IntN(2) == 0 {
				in = append(in, id)
			}
		}
		in = append(in, "nowhere")
		for range 10 {
			text := words[rnd.IntN(len(words))] + " " + words[rnd.IntN(len(words))]
			var want []retrieval.Hit
			for _, h := range search(t, x, retrieval.Query{Text: text, Limit: 1000}) {
				if slices.Contains(in, h.Passage.Document.ID) {
					want = append(want, h)
				}
			}
			limit := 1 + rnd.IntN(8)
			got := search(t, x, retrieval.Query{Text: text, Limit: limit, Documents: in})
			if want = want[:min(limit, len(want))]; !slices.EqualFunc(got, want, same) {
				t.Fatalf("Search(%q) in %v = %v, want %v", text, in, ids(got), ids(want))
			}
		}
	}
}
