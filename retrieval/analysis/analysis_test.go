package analysis

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"footnote/corpus"
)

// show writes tokens as word=term, the terms of stop words in parentheses.
func show(text string, tokens []Token) string {
	var out []string
	for _, t := range tokens {
		term := t.Term
		if t.Stop {
			term = "(" + term + ")"
		}
		out = append(out, text[t.Start:t.End]+"="+term)
	}
	return strings.Join(out, " ")
}

func TestTokens(t *testing.T) {
	a := New()
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"blank", " \t\r\n ", ""},
		{"punctuation", "… – ?! ¶ [ ] ' \" €", ""},
		{"sentence", "The Arctic, though cold, is melting.", "The=(the) Arctic=arctic though=though cold=cold is=(is) melting=melt"},
		{"stop words", "What does it say about them?", "What=(what) does=(does) it=(it) say=say about=(about) them=(them)"},
		{"negations", "They can't, don’t and cannot", "They=(they) can't=(can't) don’t=(don't) and=(and) cannot=(cannot)"},
		{"possessives", "Russia's Russia’s Nations' Washington’S", "Russia's=russia Russia’s=russia Nations=nation Washington’S=washington"},
		{"possessive of a stop word", "it's one's other’s", "it's=(it) one's=1 other’s=(other)"},
		{"quote marks", "'East' ‘South’ “West” «North»", "East=east South=south West=west North=north"},
		{"inner apostrophe", "O'Neill o’clock", "O'Neill=oneil o’clock=oclock"},
		{"full stops", "U.S. i.e. e.g.", "U.S=us i.e=ie e.g=eg"},
		{"diacritics", "Luis Simón, café naïve façade Ångström", "Luis=lui Simón=simon café=cafe naïve=naiv façade=facad Ångström=angstrom"},
		{"combining marks", "Simo\u0301n", "Simo\u0301n=simon"},
		{"soft hyphens", "de\u00adterrence", "de\u00adterrence=deterr"},
		{"ligatures", "ﬁre oﬀer", "ﬁre=fire oﬀer=offer"},
		{"full width", "ＮＡＴＯ ４０，０００ ３．５", "ＮＡＴＯ=nato ４０，０００=40000 ３．５=3·5"},
		{"numbers", "40,000 3.5 1,000.5 2024 0", "40,000=40000 3.5=3·5 1,000.5=1000·5 2024=2024 0=0"},
		{"numbers with points", "3.52 3.5.2 2024.05.24", "3.52=3·52 3.5.2=3·5·2 2024.05.24=2024·05·24"},
		{"numbers with letters", "5th 21st 1960s 5G", "5th=5th 21st=21st 1960s=1960s 5G=5g"},
		{"numbers as words", "Eight of twenty-one, one", "Eight=8 of=(of) twenty=20 one=1 one=1"},
		{"superscripts and fractions", "km² ① ½", "km=km ²=2 ①=1 ½=1⁄2"},
		{"hyphens and slashes", "A2/AD JFC-NF NSDS-Hub 360-degree", "A2=a2 AD=ad JFC=jfc NF=nf NSDS=nsds Hub=hub 360=360 degree=degre"},
		{"acronyms", "eFP AP4 IP4 COVID-19 G7", "eFP=efp AP4=ap4 IP4=ip4 COVID=covid 19=19 G7=g7"},
		{"underscores", "_Titanic_ __init__ snake_case _", "Titanic=titan init=init snake=snake case=case"},
		{"dashes", "north–south east—west", "north=north south=south east=east west=west"},
		{"addresses", "https://example.org/light", "https=https example.org=exampleorg light=light"},
		{"lines", "sea\nice\r\ncold", "sea=sea ice=ice cold=cold"},
		{"Japanese", "北大西洋", "北大=北大 大西=大西 西洋=西洋"},
		{"Japanese with particles", "即応部隊のための", "即応=即応 応部=応部 部隊=部隊 隊の=隊の のた=(のた) ため=(ため) めの=(めの)"},
		{"one character", "北、が。", "北=北 が=(が)"},
		{"long vowels and repeats", "サーバー人々", "サー=サー ーバ=ーバ バー=バー ー人=ー人 人々=人々"},
		{"Japanese and Latin", "NATOのNRFは40,000人", "NATO=nato の=(の) NRF=nrf は=(は) 40,000=40000 人=人"},
		{"Japanese in parts", "北極。北方 領土", "北極=北極 北方=北方 領土=領土"},
		{"Chinese", "北约峰会", "北约=北约 约峰=约峰 峰会=峰会"},
		{"Russian", "Северный Ледовитый", "Северный=северныи Ледовитый=ледовитыи"},
		{"invalid UTF-8", "sea\xffice \xfe\x80 cold\xc3", "sea=sea ice=ice cold=cold"},
		{"invalid UTF-8 in Japanese", "北大\xff西洋", "北大=北大 西洋=西洋"},
		{"invalid UTF-8 with underscores", "_sea_\xff_ice", "sea=sea ice=ice"},
		{"a character cut off", "ice cold\xf0\x9f\x98", "ice=ice cold=cold"},
		{"a character cut off in Japanese", "北大西\xe6\xb4", "北大=北大 大西=大西"},
		{"control characters", "sea\x00ice\x1bcold", "sea=sea ice=ice cold=cold"},
		{"emoji", "sea 🧊 ice 👩‍🚀", "sea=sea ice=ice"},
	} {
		if got := show(tc.text, a.Tokens(nil, tc.text)); got != tc.want {
			t.Errorf("%s: Tokens(%q) = %s\nwant %s", tc.name, tc.text, got, tc.want)
		}
	}
}

func TestTokensAppends(t *testing.T) {
	a := New()
	dst := a.Tokens(nil, "sea")
	dst = a.Tokens(dst, "ice")
	if len(dst) != 2 || dst[0].Term != "sea" || dst[1].Term != "ice" {
		t.Errorf("Tokens(%q) after Tokens(%q) = %v, want both", "ice", "sea", dst)
	}
}

// A word is one term, whatever inflection or spelling it has.
func TestJoins(t *testing.T) {
	a := New()
	for _, group := range []string{
		"defence defense defences defenses Defence", "defenceless defenseless", "offence offense", "pretence pretense",
		"organisation organization organisations organizations organise organize organised organized organising organizing organiser organizers",
		"organisational organizational", "realisation realization realise realized", "operationalisation operationalization",
		"industrialised industrialized", "recognisable recognizable", "analyse analyze analysed analyzed analysing analyzing",
		"neighbour neighbor neighbours neighbors neighbour's neighbouring neighboring", "neighbourhood neighborhood neighborhoods",
		"colour color colours colors coloured colored colouring coloring colourful colorful", "behaviour behavior behavioural behavioral",
		"labour labor labours labored", "labourer laborer labourers", "favourite favorite favourites", "harbour harbors",
		"honour honor honourable honorable", "armoured armored", "tumours tumors",
		"travelled traveled travelling traveling traveller traveler travel travels", "modelling modeling model", "cancelled canceled",
		"fulfil fulfill fulfils fulfilment fulfillment", "enrol enroll", "skilful skillful",
		"centre center centres centers centred centered", "theatre theater", "metre meter metres", "fibre fibers",
		"programme program programmes programs", "dialogue dialog", "catalogue catalog catalogues",
		"haemoglobin hemoglobin", "leukaemia leukemia", "oestrogen estrogen", "oedema edema", "paediatric pediatric",
		"licence license licences licenses licensed licenced", "practise practice practises practised practising practicing",
		"manoeuvre maneuver manoeuvres manoeuvring manoeuvred", "sceptic skeptic sceptics sceptical",
		"grey gray", "tyre tire tyres", "plough plow ploughs", "cheque cheques checks", "mould molds", "storeys story",
		"revise revised revision revisions", "precise precisely precision", "supervise supervision", "surprise surprising surprisingly",
		"exercise exercises exercised", "promise promising", "rise rises", "raise raising raised", "hour hours", "tour tours",
		"nation nations nation's", "deploy deployed deploying deploys deployment", "missile missiles", "vulnerability vulnerabilities",
		"eight 8 Eight ８", "twelve 12", "U.S. U.S", "한국 \u1112\u1161\u11ab\u1100\u116e\u11a8", "40,000 40000 ４００００", "café cafe", "Ｎａｔｏ NATO nato",
	} {
		list := strings.Fields(group)
		want := a.Term(list[0])
		for _, w := range list[1:] {
			if got := a.Term(w); got != want {
				t.Errorf("Term(%q) = %q, want %q as of %q", w, got, want, list[0])
			}
		}
	}
}

// What the rules of spelling and stemming must not make one.
func TestKeepsApart(t *testing.T) {
	a := New()
	for _, group := range []string{
		"four for fore our or", "hour our", "tour tor tore", "pour pore poor", "sour sore", "court cort core", "course corse",
		"scour score", "scoured scored", "timbre timber", "contour contort", "flour floor",
		"advice advise", "devise device", "rise rice", "wise whose", "vice vise",
		"centre cent centaur", "metre metric", "acre ace", "genre gene",
		"fence fens defence", "silence license", "vogue vog", "rogue rog",
		"wall wale", "hill hile", "call calf cal", "hall hal", "policy police", "Arctic Antarctic", "north northern", "missile mission",
		"3.5 35", "3.52 3.5.2", "40,000 4,000", "8 8th", "A2 AD", "AP4 IP4", "eFP FP", "one once", "ten tens",
		"北大 大西",
	} {
		seen := map[string]string{}
		for _, w := range strings.Fields(group) {
			term := a.Term(w)
			if other, ok := seen[term]; ok {
				t.Errorf("Term(%q) = %q, want another term than of %q", w, term, other)
			}
			seen[term] = w
		}
	}
}

// A question's words are found in a text that has them in the middle of others.
func TestMixedText(t *testing.T) {
	a := New()
	text := "NATO即応部隊 (NRF), of up to 40,000 troops — “defence’s” 360-degree 日本の役割"
	have := map[string]bool{}
	for _, tok := range a.Tokens(nil, text) {
		have[tok.Term] = true
	}
	for _, q := range []string{"NATO", "即応", "部隊", "nrf", "40000", "troop", "defense", "360", "degrees", "日本"} {
		for _, tok := range a.Tokens(nil, q) {
			if !have[tok.Term] {
				t.Errorf("Tokens(%q) lacks %q of %q", text, tok.Term, q)
			}
		}
	}
}

func TestTerm(t *testing.T) {
	a := New()
	for word, want := range map[string]string{
		"": "", "The": "the", "Deployed": "deploy", "’": "", "...": "", "Ⅳ": "iv",
		strings.Repeat("ab", 40) + "ing": strings.Repeat("ab", 40) + "ing", // no word: it is not stemmed
	} {
		if got := a.Term(word); got != want {
			t.Errorf("Term(%q) = %q, want %q", word, got, want)
		}
	}
}

// A rule of spelling that leads from one to another would depend on the order in
// which they stand.
func TestSpellingIsStable(t *testing.T) {
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.FieldsFunc(strings.ToLower(c.Documents.At(0).Source), func(r rune) bool { return !unicode.IsLetter(r) })
	for british := range variants {
		words = append(words, british, british+"s")
	}
	for _, w := range words {
		if once, twice := spelling(w), spelling(spelling(w)); once != twice {
			t.Errorf("spelling(%q) = %q, and of that %q, want the same", w, once, twice)
		}
	}
}

// The memory of an Analyzer must not change what it says.
func TestForgets(t *testing.T) {
	a := New()
	for i := range maxKnown {
		a.known[strconv.Itoa(i)] = normal{}
	}
	if got := a.Term("deployed"); got != "deploy" || len(a.known) != 1 {
		t.Errorf("Term(%q) = %q with %d words known, want %q with 1", "deployed", got, len(a.known), "deploy")
	}
	if got := a.Term("1"); got != "1" {
		t.Errorf("Term(%q) = %q, want it forgotten and found again", "1", got)
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{
		"", " ", "The NATO Response Force (NRF) of up to 40,000 troops", "Russia’s 360-degree A2/AD U.S. 3.5.2",
		"北大西洋条約機構のNRFは？ サーバー人々", "ＮＡＴＯ４０，０００", "_a_ b_c __", "é e\u0301 \u0301 \u00ad", "\xff\xfe北\x80a", "İ ß ﬁ ½ ² ①",
		"👩‍🚀 🇯🇵", "'s ’ s' ...1.2.3...", "ｶﾞｲﾄﾞ 葛\U000e0100飾", "\u200d \ufeff", strings.Repeat("a", 70) + "1",
		"ーー々", "ไทยภาษา हिन्दी עברית العربية",
	} {
		f.Add(s)
	}
	warm := New()
	f.Fuzz(func(t *testing.T, text string) {
		tokens := warm.Tokens(nil, text)
		last := Token{}
		for i, tok := range tokens {
			switch {
			case tok.Start < 0 || tok.Start >= tok.End || tok.End > len(text):
				t.Fatalf("Tokens(%q)[%d] = %+v, want a stretch of the text", text, i, tok)
			case i > 0 && (tok.Start <= last.Start || tok.End <= last.End):
				t.Fatalf("Tokens(%q)[%d] = %+v after %+v, want them in order", text, i, tok, last)
			case tok.Term == "" || strings.ContainsFunc(tok.Term, unicode.IsSpace) || !utf8.ValidString(tok.Term):
				t.Fatalf("Tokens(%q)[%d] = %+v, want a term", text, i, tok)
			}
			last = tok
		}
		if again := New().Tokens(nil, text); !slices.Equal(tokens, again) {
			t.Fatalf("Tokens(%q) = %v of one Analyzer, %v of another", text, tokens, again)
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	c, err := corpus.Article()
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"article":  c.Documents.At(0).Source,
		"Japanese": strings.Repeat("北大西洋条約機構のNATO即応部隊は、40,000人の部隊からなる。", 400),
	} {
		b.Run(name, func(b *testing.B) {
			a := New()
			tokens := a.Tokens(nil, text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				tokens = a.Tokens(tokens[:0], text)
			}
		})
	}
}

// Terms are kept in files: where a text gives others, they must be known to be old.
func TestVersion(t *testing.T) {
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	h, a := sha256.New(), New()
	for _, text := range append(strings.Fields("Organisation's organizations travelled eight 40,000 3.5.2 _x_ ｶﾞ U.S. naïveté don’t"), c.Documents.At(0).Source, "北大西洋条約機構のための、NATOの人々") {
		for _, tok := range a.Tokens(nil, text) {
			fmt.Fprintln(h, tok)
		}
	}
	const want = "1 ad035ad8d13b7906"
	if got := fmt.Sprintf("%d %x", Version, h.Sum(nil)[:8]); got != want {
		t.Errorf("texts give the tokens %s, before %s: raise Version, and note it here", got, want)
	}
}
