package discordbot

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

var updateCommands = flag.Bool("update-commands", false, "rewrite testdata/commands.json")

// article returns a bot over the embedded article.
func articleBot(t *testing.T) *bot.Bot {
	t.Helper()
	c, err := corpus.Article()
	if err != nil {
		t.Fatal(err)
	}
	return bot.New(c, keyword.New(c, keyword.Default()), bot.Shipped())
}

// The commands as Discord is told of them, whatever the material.
func TestCommands(t *testing.T) {
	raw, err := encode(commands())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, raw, "", "\t"); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/commands.json"
	if *updateCommands {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the commands differ from %s; if that is meant, run this test with -update-commands, and register anew:\n%s", file, got.Bytes())
	}
}

// slashName is what Discord takes as the name of a typed command or an option.
var slashName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// Discord refuses all commands for one that breaks a rule, in whatever language.
func TestCommandsRules(t *testing.T) {
	cs := commands()
	total := func(text string, most int) {
		if n := len(utf16.Encode([]rune(text))); n < 1 || n > most {
			t.Errorf("%q has %d characters, want 1 to %d", text, n, most)
		}
	}
	slash := func(name string) {
		if !slashName.MatchString(name) || strings.ToLower(name) != name {
			t.Errorf("%q cannot be typed as a command or an option", name)
		}
	}
	taken := make(map[string]bool) // names by type and language
	take := func(what string) {
		if taken[what] {
			t.Errorf("%s is taken twice", what)
		}
		taken[what] = true
	}
	for _, c := range cs {
		all := map[string]string{"en": c.Name}
		for l, n := range c.NameIn {
			all[l] = n
		}
		for l, n := range all {
			take(fmt.Sprint(c.Type, " ", l, " ", n))
			if c.Type == 1 {
				slash(n)
				continue
			}
			total(n, 32)
		}
		if c.Type != 1 {
			continue
		}
		total(c.Description, 100)
		optional := false
		for _, o := range c.Options {
			slash(o.Name)
			total(o.Description, 100)
			for l, n := range o.NameIn {
				slash(n)
				take(fmt.Sprint(c.Name, " ", l, " ", n))
			}
			for _, d := range o.DescriptionIn {
				total(d, 100)
			}
			if o.Required && optional {
				t.Errorf("/%s: the required option %s stands behind one that is not", c.Name, o.Name)
			}
			optional = optional || !o.Required
			if len(o.Choices) > maxChoices || len(o.Choices) > 0 && o.Autocomplete {
				t.Errorf("/%s %s has %d choices, autocomplete %t", c.Name, o.Name, len(o.Choices), o.Autocomplete)
			}
			for _, x := range o.Choices {
				total(x.Name, maxChoice)
				total(x.Value, maxChoice)
				for _, n := range x.NameIn {
					total(n, maxChoice)
				}
			}
		}
	}
}

// Every language has a word for everything, in its own script.
func TestCommandsTranslated(t *testing.T) {
	cs := commands()
	for locale := range calledIn {
		has := func(what string, in map[string]string) {
			if in[locale] == "" {
				t.Errorf("%s has no %s", what, locale)
			}
			if locale == "ja" && !strings.ContainsFunc(in[locale], func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }) {
				t.Errorf("%s is %q in %s", what, in[locale], locale)
			}
		}
		for _, c := range cs {
			has(c.Name, c.NameIn)
			if c.Type == 1 {
				has("the description of "+c.Name, c.DescriptionIn)
			}
			for _, o := range c.Options {
				has(c.Name+" "+o.Name, o.NameIn)
				has("the description of "+c.Name+" "+o.Name, o.DescriptionIn)
				for _, x := range o.Choices {
					has(c.Name+" "+o.Name+" "+x.Name, x.NameIn)
				}
			}
		}
	}
}

func TestBits(t *testing.T) {
	for raw, want := range map[string]int64{`16`: 16, `"16"`: 16, `null`: -1, `"x"`: -1} {
		var got struct{ P *bits }
		err := json.Unmarshal([]byte(`{"P":`+raw+`}`), &got)
		if n := int64(-1); got.P != nil && err == nil {
			n = int64(*got.P)
			if n != want {
				t.Errorf("permissions %s = %d, want %d", raw, n, want)
			}
		} else if want != n {
			t.Errorf("permissions %s = none (%v), want %d", raw, err, want)
		}
	}
}
