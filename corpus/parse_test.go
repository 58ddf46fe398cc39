package corpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// parse reads a document as Load would, from memory.
func parse(name, source string) (*Corpus, error) {
	l := newLoader(fstest.MapFS{name: {Data: []byte(source)}}, "memory", nil)
	if err := l.document(name); err != nil {
		return nil, err
	}
	return l.finish(name)
}

// fuzzDocument checks that any text either is refused with a message that names
// the file, or becomes passages that keep their promises.
func fuzzDocument(f *testing.F, name string, seeds ...string) {
	files, err := filepath.Glob(filepath.Join("testdata", "formats", "*"+filepath.Ext(name)))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		c, err := parse(name, source)
		if err != nil {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("error %q does not name %s", err, name)
			}
			if !utf8.ValidString(source) != strings.Contains(err.Error(), "UTF-8") {
				t.Errorf("error %q for %q", err, source)
			}
			return
		}
		for _, d := range c.Documents.All() {
			if err := checkDocument(d); err != nil {
				t.Error(err)
			}
		}
		for _, w := range c.Warnings {
			if w.Line < 0 || w.Line > 1+strings.Count(source, "\n") {
				t.Errorf("warning %v: no such line", w)
			}
		}
	})
}

func FuzzParseText(f *testing.F) {
	raw, err := os.ReadFile("nato-360-degree-approach.txt")
	if err != nil {
		f.Fatal(err)
	}
	fuzzDocument(f, "a.txt", string(raw), "A\n\nB [1] [2-4] ［５］（注6）.\n\nNotes\n1. 1 x\n[2] y\n\n3) z\n", "Chart 1: x\n\nBy y\n\nZ.\n\n(2024/05/24)",
		"A.\n\nNotes:\n\n1. “a,” b, May 1, 2000; “c”\n2. \"d\" “e” «f» 「g」2020年\n")
}

func FuzzParseMarkdown(f *testing.F) {
	fuzzDocument(f, "a.md", "# A\n\nB[^1] <sup>2</sup> &amp; \\* ![c](d) <e@f.g>\n\n## Notes\n\n1. x\n2. y\n\n[^1]: z\n", "---\ntitle: x\n---\n<div>\n\n| a |\n|---|\n| b |\n",
		"a <div> b <p> c\n\n- d\n  1. e\n\n      f\n> g\n", "## Notes\n\n[1] a\n[2] b\n\n# C\n\nd [1].")
}

func FuzzParseHTML(f *testing.F) {
	fuzzDocument(f, "a.html", "<p>a<sup><a href='#fn1'>1</a></sup><ol class=notes><li>b</ol>", "<h1>a<h2>b</h3>c<table><td>d<tr><td>e</table>",
		"<p>x<a href=#fn2>2</a><li id=fn2>y<li id=fn3>z</ul>w", "&#0;&amp;&lt;<sup>a<sup>1</sup></sup><a href=#>^</a><title>t", "<nav><p>a</nav><p>10<sup>-6</sup> m<sup>2</sup>")
}

// Notes are found in every form the formats have.
func TestNoteForms(t *testing.T) {
	for _, tc := range []struct{ name, source string }{
		{"a.txt", "Text[1] and[2].\n\nReferences:\n\n[1] One.\n[2] Two,\n    wrapped.\n"},
		{"a.txt", "Text[1] and[2].\r\n\r\nFootnotes\r\n1) One.\r\n2) Two,\r\nwrapped.\r\n"},
		{"a.txt", "Text [1, 2].\n\nEndnotes\n\n  1. 1 One.\n\n  2. 2 Two,\n     wrapped.\n"},
		{"a.txt", "Text [1-2].\n\n脚注\n\n1. One.\n2. Two, wrapped."},
		{"a.txt", "Text［１］（注２）.\n\n注\n\n（注1） One.\n（注2） Two, wrapped."},
		{"a.md", "Text[^1] and[^2].\n\n[^1]: One.\n[^2]: Two,\n    wrapped.\n"},
		{"a.md", "Text[^a] and[^b].\n\n[^a]: One.\n[^b]: Two, wrapped.\n"},
		{"a.md", "Text [1] and [2].\n\n## Notes\n\n1. One.\n2. Two,\n   wrapped.\n"},
		{"a.md", "Text [1] and [2].\n\n## References\n\n[1] One.\n[2] Two,\nwrapped.\n"},
		{"a.md", "Text<sup>1</sup> and<sup>2</sup>.\n\n## Notes\n\n1. One.\n2. Two, wrapped.\n"},
		{"a.html", "<p>Text<sup>1</sup> and<sup>[2]</sup>.<h2>Notes</h2><ol><li>One.<li>Two,\nwrapped.</ol>"},
		{"a.html", "<p>Text [1] and [2].<h2>References</h2><p>[1] One.<p>[2] Two, wrapped."},
		{"a.html", "<p>Text<a href='#fn1'>1</a> and<a href='#fn2'>2</a>.<hr><p id=fn1><sup>1</sup> One.<p id=fn2><sup>2</sup> Two, wrapped."},
		{"a.html", "<p>Text<sup>1,2</sup>.<div id=endnotes><div><ol><li>One. <a href='#fnref1'>↩</a><li>Two, wrapped. <a href='#x'>^</a></ol></div></div>"},
		{"a.html", "<p>Text<sup><a href='#cite_note-1'>[1]</a></sup><sup><a href='#cite_note-2'>[2]</a></sup>.<ol class='reflist'><li value=1>One.<li>Two, wrapped.</ol>"},
	} {
		c, err := parse(tc.name, tc.source)
		if err != nil {
			t.Errorf("%q: %v", tc.source, err)
			continue
		}
		d := c.Documents.At(0)
		if len(d.Passages) != 1 || len(d.Notes) != 2 || len(c.Warnings) > 0 {
			t.Errorf("%q: %d passages, %d notes, warnings %v", tc.source, len(d.Passages), len(d.Notes), c.Warnings)
			continue
		}
		if d.Notes[0].Text != "One." || d.Notes[1].Text != "Two, wrapped." {
			t.Errorf("%q: notes %q, %q", tc.source, d.Notes[0].Text, d.Notes[1].Text)
		}
		if p := d.Passages[0]; strings.ContainsAny(p.Text, "[12]") || len(p.Refs) != 2 || d.Notes[1].CitedBy[0] != p {
			t.Errorf("%q: passage %q with marks %v", tc.source, p.Text, p.Refs)
		}
	}
}

func TestMarksLeaveNoGap(t *testing.T) {
	const notes = "\n\nNotes\n\n1. One.\n2. Two.\n"
	for source, want := range map[string]string{
		"A word[1] goes on.":        "A word goes on.",
		"A word [1] goes on.":       "A word goes on.",
		"A word [1], and [2].":      "A word, and.",
		"A word [1][2].":            "A word.",
		"A word [1] [2] goes on.":   "A word goes on.",
		"An end.[1] A start.":       "An end. A start.",
		"An end. [1] A start.":      "An end. A start.",
		"[1] A start.":              "A start.",
		"An end (so [1]) here[2].":  "An end (so) here.",
		"A [1]word.":                "A word.",
		"A year [2022] stays, [1].": "A year [2022] stays,.",
	} {
		c, err := parse("a.txt", source+notes)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Documents.At(0).Passages[0].Text; got != want {
			t.Errorf("%q is read as %q, want %q", source, got, want)
		}
	}
}

// Raised numbers that are no notes stay numbers.
func TestExponents(t *testing.T) {
	const notes = "<h2>Notes</h2><ol><li>One.<li>Two.</ol>"
	for source, want := range map[string]string{
		"<p>10<sup>2</sup> or 10<sup>-6</sup> km<sup>2</sup>.": "10² or 10⁻⁶ km².",
		"<p>The 2<sup>nd</sup> day<sup>2</sup>.":               "The 2nd day.",
		"<p>The EU<sup>1</sup> and E = mc<sup>2</sup>.":        "The EU and E = mc².",
		"<p>See <a href='#s2'>2</a>.":                          "See 2.",
		"<p>A day<sup>7</sup>.":                                "A day7.",
	} {
		c, err := parse("a.html", source+notes)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Documents.At(0).Passages[0].Text; got != want {
			t.Errorf("%q is read as %q, want %q", source, got, want)
		}
	}
}

func TestReadSources(t *testing.T) {
	for text, want := range map[string]string{
		"No quoted title, 2020.":                                    "",
		"He called it “a great idea” in 2020.":                      "",
		"“Only a title.”":                                           "[]|Only a title|||",
		"A. Bee, “Title”.":                                          "[A. Bee]|Title|||",
		"See also A. Bee and C. Dee, “T,” Press, 3 May 2020, p. 5.": "[A. Bee C. Dee]|T|Press|3 May 2020|p. 5",
		"Department of Trade and Industry, “T,” 2020.":              "[Department of Trade and Industry]|T|Department of Trade and Industry|2020|",
		"Ann de Wit & Bo Li, \"T\", Journal 5 (2019).":              "[Ann de Wit Bo Li]|T|Journal 5|2019|",
		"A B, “T,” https://example.org/x.":                          "[A B]|T|https://example.org/x||",
		"A B, “T “in” T,” P, Sept. 2001; C D, „U“, Q, 2002":         "[A B]|T “in” T|P|Sept. 2001| + [C D]|U|Q|2002|",
		"山田太郎、鈴木花子「本の題」東京出版、2020年5月。":                               "[山田太郎 鈴木花子]|本の題|東京出版|2020年5月|",
	} {
		var got []string
		for _, s := range readSources(text) {
			got = append(got, "["+strings.Join(s.Authors, " ")+"]|"+s.Title+"|"+s.Publisher+"|"+s.Date+"|"+s.Remark)
		}
		if strings.Join(got, " + ") != want {
			t.Errorf("readSources(%q)\n got %q\nwant %q", text, strings.Join(got, " + "), want)
		}
	}
}

func TestISODate(t *testing.T) {
	for s, want := range map[string]string{
		"2024/05/24": "2024-05-24", "2024-5-4": "2024-05-04", "2024.05.24": "2024-05-24", "2024年5月24日": "2024-05-24", "May 24, 2024": "2024-05-24",
		"April 3,2024": "2024-04-03", "Sept. 3, 2024": "2024-09-03", "24 May 2024": "2024-05-24", "May 2024": "2024-05", "2024": "2024",
		"2024-05-24T10:00:00Z": "2024-05-24", "": "", "May": "", "soon": "", "0999": "", "2024-13-01": "", "02-2024": "", "40,000": "",
	} {
		if got := isoDate(s); got != want {
			t.Errorf("isoDate(%q) = %q, want %q", s, got, want)
		}
	}
}
