package corpus

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folderOf returns a folder with the files, which are written again by the function it
// returns: "" takes a file away.
func folderOf(t *testing.T, files map[string]string) (string, func(name, text string)) {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if text == "" {
			err = os.Remove(path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range files {
		put(name, text)
	}
	return dir, put
}

func loaded(t *testing.T, dir string) *Corpus {
	t.Helper()
	c, err := Load(t.Context(), dir, nil)
	if err != nil {
		t.Fatalf("Load = %v", err)
	}
	return c
}

// idsOf returns the ids of a corpus's documents.
func idsOf(c *Corpus) string {
	var out []string
	for _, d := range c.Documents.All() {
		out = append(out, d.ID)
	}
	return strings.Join(out, " ")
}

// Who may quote what, by what the data files say.
func TestIn(t *testing.T) {
	dir, _ := folderOf(t, map[string]string{
		groupsFile:       "policy: [slack:C1, discord:7]\nnobody: []\ndefault: [slack:T9:*]\n",
		"all.txt":        "Everybody reads this.\n",
		"all.yaml":       "quoted_in: [everywhere]\n",
		"channel.txt":    "One channel reads this.\n",
		"channel.yaml":   "quoted_in: [\"slack:T1:C2\"]\n",
		"group.txt":      "A group reads this.\n",
		"group.yaml":     "quoted_in:\n  - policy\n  - discord:5:*\n",
		"front.md":       "---\nquoted_in: [discord:5:8]\n---\n\nA server's channel reads this.\n",
		"shut.txt":       "Nobody reads this.\n",
		"shut.yaml":      "quoted_in: []\n",
		"vain.txt":       "Nor this.\n",
		"vain.yaml":      "quoted_in: [nobody]\n",
		"sub/silent.txt": "The default reads this.\n",
	})
	c := loaded(t, dir)
	views := c.Views()
	for place, want := range map[string]string{
		"":               "all",
		"slack:T1:C1":    "all group",
		"slack:T2:C1":    "all group", // the channel's ID is enough
		"slack:T1:C2":    "all channel",
		"slack:T2:C2":    "all",
		"slack:T9:C3":    "all silent",
		"slack:T9:C1":    "all group silent",
		"slack:T9:U3":    "all silent",
		"slack:C1":       "all", // no whole name
		"slack:*:*":      "all",
		"slack:T9:*":     "all",
		"discord:@me:7":  "all group",
		"discord:4:7":    "all group",
		"discord:5:8":    "all front group",
		"discord:5:9":    "all group",
		"discord:6:8":    "all",
		"discord:7":      "all",
		"irc:T9:C1":      "all",
		"slack:T9":       "all",
		"slack:t9:c1":    "all",
		"slack:T9:C1:C1": "all",
		"slack:T1:C1 ":   "all",
		"policy":         "all",
		"slack::":        "all",
		"::":             "all",
		"discord::7":     "all",
	} {
		if got := idsOf(c.In(place)); got != want {
			t.Errorf("In(%q) = %s, want %s", place, got, want)
		}
		if got := idsOf(views.Distinct[views.In(place)]); got != want {
			t.Errorf("Views().In(%q) = %s, want %s", place, got, want)
		}
	}
}

// What says where a document may be quoted must be right when the program starts.
func TestAccessFaults(t *testing.T) {
	for _, tc := range []struct{ groups, card, want string }{
		{"", "quoted_in: [slack:#general]", `a.yaml:1: "slack:#general" is no place: a place is slack:C0123`},
		{"", "quoted_in: [slak:C1]", `"slak:C1" is no place`},
		{"", "quoted_in: [slack:c1]", `"slack:c1" is no place`},
		{"", "quoted_in: [discord:general]", `"discord:general" is no place`},
		{"", "quoted_in: ['slack:*']", `"slack:*" is no place`},
		{"", "title: A\nquoted_in: policy", `a.yaml:2: this is no list of places`},
		{"", "quoted_in:", `a.yaml:1: this is no list of places`},
		{"", "quoted_in: null", `this is no list of places`},
		{"", "quoted_in: {slack: C1}", `this is no list of places`},
		{"", "quoted_in: [[slack:C1]]", `this is no list of places`},
		{"", "quoted_in: [policy]", `a.yaml:1: "policy" is no group`},
		{"law: [slack:C1]\npress: []", "quoted_in: [policy]", `"policy" is no group: DIR/groups.yaml has law, press`},
		{"law: [slack:C1]\ndefault: [law]", "quoted_in: [default]", `"default" is no group`},
		{"law: [slack:C1, 5]", "title: A", `groups.yaml:1: "5" is no place`},
		{"law: [press]\npress: [slack:C1]", "title: A", `groups.yaml:1: "press" is no place`},
		{"law: [everywhere]", "title: A", `groups.yaml:1: "everywhere" is no place`},
		{"everywhere: [slack:C1]", "title: A", `groups.yaml:1: no group can be called "everywhere"`},
		{"law: slack:C1", "title: A", `groups.yaml:1: this is no list of places`},
		{"law: [slack:C1]\nlaw: [slack:C2]", "title: A", `groups.yaml:2:`},
		{"default: [press]", "title: A", `groups.yaml:1: "press" is no group`},
		{"- slack:C1", "title: A", `groups.yaml:1:`},
		{"# nothing\n", "title: A", `groups.yaml: it names no group`},
		{"law: [slack:C1", "quoted_in: [law]", `groups.yaml`},
		{"law: [slack:C1]\n\xff", "title: A", `groups.yaml`},
	} {
		files := map[string]string{"a.txt": "Some words.\n", "a.yaml": tc.card + "\n", "b.txt": "Other words.\n"}
		if tc.groups != "" {
			files[groupsFile] = tc.groups + "\n"
		}
		dir, _ := folderOf(t, files)
		for _, path := range []string{dir, filepath.Join(dir, "a.txt")} {
			_, err := Load(t.Context(), path, nil)
			if want := strings.ReplaceAll(tc.want, "DIR", dir); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("Load with %q and groups %q = %v, want %q", tc.card, tc.groups, err, want)
			}
		}
	}
	// What cannot be read at all is left out, as any document is.
	for _, card := range []string{"quotedin: [slack:C1]\n", "quoted_in: [slack:C1\n", " \n"} {
		dir, _ := folderOf(t, map[string]string{"a.txt": "Some words.\n", "a.yaml": card, "b.txt": "Other words.\n"})
		if c := loaded(t, dir); idsOf(c) != "b" || len(c.Skipped) != 1 {
			t.Errorf("Load with %q = %s, skipped %v, want b and a skipped", card, idsOf(c), c.Skipped)
		}
	}
	// So is front matter, where anything may stand, that nearly says it.
	for key, want := range map[string]string{"quotedIn: [slack:C1]": "b", "quoted-in: [slack:C1]": "b", "Quoted: Ann": "b", "unquoted: [slack:C1]": "a b", "quoted_in: [slack:C1]": "a b"} {
		dir, _ := folderOf(t, map[string]string{"a.md": "---\n" + key + "\n---\n\nSome words.\n", "b.txt": "Other words.\n"})
		if c := loaded(t, dir); idsOf(c) != want || want == "b" && !strings.Contains(c.Skipped[0].String(), "quoted_in") {
			t.Errorf("Load with %q in front matter = %s, skipped %v, want %s", key, idsOf(c), c.Skipped, want)
		}
	}
}

// Whatever happens to what limits a document while the program runs, the document is not
// quoted where it might not be: it is left out, and said.
func TestReloadAccess(t *testing.T) {
	start := map[string]string{
		groupsFile: "law: [slack:C1]\ndefault: [slack:C3]\n",
		"a.txt":    "Some words.\n", "a.yaml": "quoted_in: [law]\n",
		"b.txt": "Other words.\n",
		"c.txt": "More words.\n", "c.yaml": "quoted_in: [everywhere]\n",
	}
	for _, tc := range []struct {
		name, file, text string
		public, law      string // what any place and what slack:T1:C1 sees then
		left             string // out of all
	}{
		{"given to all", "a.yaml", "quoted_in: [everywhere]\n", "a c", "a c", ""},
		{"given to another", "a.yaml", "quoted_in: [slack:C2]\n", "c", "c", ""},
		{"taken from all", "c.yaml", "quoted_in: []\n", "", "a", ""},
		{"group changed", groupsFile, "law: [slack:C2]\ndefault: [slack:C3]\n", "c", "c", ""},
		{"default lifted", groupsFile, "law: [slack:C1]\ndefault: [everywhere]\n", "b c", "a b c", ""},
		{"group gone", groupsFile, "press: [slack:C1]\ndefault: [slack:C3]\n", "c", "c", `"law" is no group`},
		{"default gone", groupsFile, "law: [slack:C1]\n", "c", "a c", "the default is gone"},
		{"groups empty", groupsFile, "\n", "c", "c", "it names no group"},
		{"groups broken", groupsFile, "law: [slack:C1\n", "c", "c", "groups.yaml"},
		{"groups away", groupsFile, "", "c", "c", "is no group"},
		{"rule gone", "a.yaml", "title: A\n", "c", "c", "not said any more"},
		{"rule away", "a.yaml", "", "c", "c", "not said any more"},
		{"rule empty", "a.yaml", "\n", "c", "c", "the file is empty"},
		{"rule broken", "a.yaml", "quoted_in: [law\n", "c", "c", "a.yaml"},
		{"rule wrong", "a.yaml", "quoted_in: [low]\n", "c", "c", `"low" is no group`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir, put := folderOf(t, start)
			before := loaded(t, dir)
			put(tc.file, tc.text)
			c, err := before.Reload(t.Context(), nil)
			if err != nil {
				t.Fatalf("Reload = %v", err)
			}
			for place, want := range map[string]string{"slack:T1:C9": tc.public, "slack:T1:C1": tc.law} {
				if got := idsOf(c.In(place)); got != want {
					t.Errorf("In(%q) = %q, want %q", place, got, want)
				}
			}
			if got := fmt.Sprint(c.Skipped); tc.left == "" && len(c.Skipped) > 0 || !strings.Contains(got, tc.left) {
				t.Errorf("Skipped = %v, want %q", got, tc.left)
			}
			if got, want := idsOf(before.In("slack:T1:C1")), "a c"; got != want {
				t.Errorf("the corpus before has %s in slack:T1:C1, want %s as before", got, want)
			}
			put(tc.file, start[tc.file])
			again, err := c.Reload(t.Context(), nil)
			if err != nil || idsOf(again.In("slack:T1:C1")) != "a c" || idsOf(again.In("slack:T1:C9")) != "c" || len(again.Skipped) > 0 {
				t.Errorf("Reload of what it was = %s and %s, %v, skipped %v", idsOf(again.In("slack:T1:C1")), idsOf(again.In("slack:T1:C9")), err, again.Skipped)
			}
			if same, err := again.Reload(t.Context(), nil); same != again || err != nil {
				t.Errorf("Reload of the same is another, %v", err)
			}
		})
	}
}

// Of a document that stands alone nothing may be left.
func TestReloadNothingLeft(t *testing.T) {
	for _, alone := range []string{"a.txt", ""} {
		dir, put := folderOf(t, map[string]string{"a.txt": "Some words.\n", "a.yaml": "quoted_in: [slack:C1]\n"})
		before := loaded(t, filepath.Join(dir, alone))
		put("a.yaml", "quoted_in: [slack C1]\n")
		c, err := before.Reload(t.Context(), nil)
		if err != nil || c.Documents.Len() != 0 || len(c.Skipped) != 1 {
			t.Errorf("Reload of %q with a wrong rule = %v, %v, want nothing left", alone, c, err)
		}
		if v := c.Views(); len(v.Distinct) != 1 || v.Distinct[0].Passages.Len() != 0 {
			t.Errorf("Views of nothing = %v", v)
		}
	}
	dir, put := folderOf(t, map[string]string{"corpus.jsonl": `{"_id":"1","text":"Some words."}` + "\n", groupsFile: "default: [slack:C1]\n"})
	before := loaded(t, dir)
	if got := idsOf(before.In("slack:T1:C1")) + "|" + idsOf(before.In("slack:T1:C2")); got != "1|" {
		t.Errorf("a collection with a default is %s, want 1|", got)
	}
	put(groupsFile, "default: [slack]\n")
	if c, err := before.Reload(t.Context(), nil); err != nil || c.Documents.Len() != 0 {
		t.Errorf("Reload of a collection with a wrong default = %v, %v, want nothing left", c, err)
	}
}

// What a place sees is what it would if there were nothing else: ids, versions and all.
func TestInIsAWorldOfItsOwn(t *testing.T) {
	files := map[string]string{
		"report.md": "# A report\n\nEverybody reads this.\n", "z/report.txt": "And this.\n", "given.txt": "With an id.\n", "given.yaml": "id: our-id\n",
	}
	without, _ := folderOf(t, files)
	for name, text := range map[string]string{
		"a/report.txt": "A secret.\n", "a/report.yaml": "quoted_in: [slack:C1]\n", // the same id by its name
		"aa.txt": "Another.\n", "aa.yaml": "id: our-id\nquoted_in: [slack:C1]\n", // the same id, given, and before the other
		groupsFile: "law: [slack:C1]\n",
	} {
		files[name] = text
	}
	with, put := folderOf(t, files)
	want, c := loaded(t, without), loaded(t, with)
	check := func(got *Corpus) {
		t.Helper()
		if idsOf(got) != idsOf(want) || got.Version != want.Version || got.Passages.Len() != want.Passages.Len() {
			t.Errorf("In = %s, version %s, want %s, %s", idsOf(got), got.Version, idsOf(want), want.Version)
		}
	}
	check(c.In("slack:T1:C2"))
	check(c.In(""))
	put("a/report.txt", "A secret that has changed.\n")
	next, err := c.Reload(t.Context(), nil)
	if err != nil || next == c {
		t.Fatalf("Reload = %v, %v, want another", next, err)
	}
	check(next.In("slack:T1:C2"))
}

// Views and In agree whatever the rules are.
func TestViews(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	within, where := []string{"T1", "T2", "T3"}, []string{"C1", "C2", "U1", "C3"}
	for range 200 {
		c := &Corpus{access: access{rules: map[string]rule{}}}
		var all []*Document
		empty := map[string]*file{}
		c.read.Store(&empty)
		for i := range 1 + rng.IntN(6) {
			d := &Document{ID: fmt.Sprint(i)}
			all = append(all, d)
			r := rule{}
			for range rng.IntN(4) {
				w, x := within[rng.IntN(2)], where[rng.IntN(3)]
				r = append(r, []pattern{{"slack", "*", x}, {"slack", w, x}, {"slack", w, "*"}}[rng.IntN(3)])
			}
			if rng.IntN(3) > 0 {
				c.access.rules[d.ID] = r
			}
			empty[d.ID] = &file{as: d.ID, doc: d}
		}
		c.hold(all)
		v := c.Views()
		for _, w := range within {
			for _, x := range where {
				place := "slack:" + w + ":" + x
				if got, want := v.Distinct[v.In(place)], c.In(place); idsOf(got) != idsOf(want) || got.Version != want.Version {
					t.Fatalf("rules %v: Views().In(%q) = %s, want %s", c.access.rules, place, idsOf(got), idsOf(want))
				}
			}
		}
		for i, a := range v.Distinct {
			for _, b := range v.Distinct[:i] {
				if idsOf(a) == idsOf(b) {
					t.Fatalf("rules %v: two views have the documents %s", c.access.rules, idsOf(a))
				}
			}
		}
	}
}
