package corpus

import "testing"

func TestParseReference(t *testing.T) {
	p := func(n, part int) Reference { return Reference{Kind: Paragraph, Number: n, Part: part} }
	n := func(n int) Reference { return Reference{Kind: Note, Number: n} }
	c := func(n int) Reference { return Reference{Kind: Chart, Number: n} }
	for s, want := range map[string]Reference{
		"¶5": p(5, 0), "p5": p(5, 0), "P5": p(5, 0), " para 5 ": p(5, 0), "paragraph 5": p(5, 0), "Passage 5": p(5, 0), "¶ 5": p(5, 0),
		"¶5.2": p(5, 2), "p5.2": p(5, 2), "“¶5”": p(5, 0), "p5?": p(5, 0), "p5.": p(5, 0), "\"p5\"!": p(5, 0), "#p5": p(5, 0),
		"第5段落": p(5, 0), "第５段落": p(5, 0), "第５段落？": p(5, 0), "Ｐ５": p(5, 0), "段落5": p(5, 0), "「¶12」": p(12, 0),
		"note 7": n(7), "Note 7?": n(7), "n7": n(7), "[7]": n(7), "［７］": n(7), "注7": n(7), "注７": n(7), "脚注 7": n(7), "footnote 7": n(7),
		"chart 2": c(2), "c2": c(2), "図2": c(2),
		"nato-360#p5":  {Document: "nato-360", Kind: Paragraph, Number: 5},
		"nato-360＃n7":  {Document: "nato-360", Kind: Note, Number: 7},
		"Doc_1#p5.2":   {Document: "Doc_1", Kind: Paragraph, Number: 5, Part: 2},
		"1973#oil#p1":  {Document: "1973#oil", Kind: Paragraph, Number: 1},
		"nato-360#¶5":  {Document: "nato-360", Kind: Paragraph, Number: 5},
		"Ａ１＃Ｐ５":        {Document: "Ａ１", Kind: Paragraph, Number: 5},
		"nato-360 #c3": {Document: "nato-360", Kind: Chart, Number: 3},
	} {
		if got, ok := ParseReference(s); !ok || got != want {
			t.Errorf("ParseReference(%q) = %+v, %v, want %+v", s, got, ok, want)
		}
	}
	for _, s := range []string{
		"", " ", "5", "¶", "p", "p0", "p-5", "p5x", "xp5", "p5 p6", "what is p5", "note", "note seven", "[7", "7]", "[7][8]", "n7.1", "c2.1",
		"p5.0", "p5..2", "p1234567890", "第5", "5段落", "NATO", "nato-360", "#", "nato-360#", "p5#", "page 5", "notes", "\x00", "p\xff5",
	} {
		if got, ok := ParseReference(s); ok {
			t.Errorf("ParseReference(%q) = %+v, want none", s, got)
		}
	}
}

// Whatever has an id or a label is found by it.
func TestParseReferenceOfEverything(t *testing.T) {
	for _, path := range []string{"testdata/formats", "nato-360-degree-approach.txt"} {
		c := load(t, path)
		for _, p := range c.Passages.All() {
			for _, s := range []string{p.ID, p.Document.ID + "#" + p.Label} {
				ref, ok := ParseReference(s)
				if found := c.Find(ref); !ok || len(found) != 1 || found[0] != p {
					t.Errorf("%q finds %v", s, found)
				}
			}
		}
	}
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"¶5", "nato-360#p5.2", "[7]", "第５段落", "Note 7?", "p999999999", "＃p1", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, ok := ParseReference(s)
		switch {
		case !ok && ref != Reference{}:
			t.Errorf("ParseReference(%q) = %+v without success", s, ref)
		case ok && (ref.Number < 1 || ref.Part < 0 || ref.Kind > Note || ref.Part > 0 && ref.Kind != Paragraph):
			t.Errorf("ParseReference(%q) = %+v", s, ref)
		}
	})
}
