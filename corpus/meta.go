package corpus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// card is what is known about a document beside its text: the content of the
// yaml file beside it, or what the document says about itself.
type card struct {
	ID         string          `yaml:"id"`
	Title      string          `yaml:"title"`
	Date       string          `yaml:"date"`
	Author     list            `yaml:"author"`
	Publisher  string          `yaml:"publisher"`
	URL        string          `yaml:"url"`
	Language   string          `yaml:"language"`
	Provenance string          `yaml:"provenance"`
	Directions []directionCard `yaml:"directions"`
	QuotedIn   yaml.Node       `yaml:"quoted_in"` // a list of places and groups; a node, so that null is not nothing
}

// directionCard describes a direction.
type directionCard struct {
	ID       string              `yaml:"id"`
	Names    map[string]string   `yaml:"names"`
	Aliases  map[string][]string `yaml:"aliases"`
	Passages []member            `yaml:"passages"`
}

// member names a passage, "p5" or "c2", or a sentence of one, "p2s1".
type member struct {
	name string
	line int
}

// UnmarshalYAML reads a member and remembers its line.
func (m *member) UnmarshalYAML(node *yaml.Node) error {
	m.line = node.Line
	return node.Decode(&m.name)
}

// list is a string, or several that are joined by commas.
type list string

// UnmarshalYAML reads a string or a sequence of strings.
func (l *list) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode((*string)(l))
	}
	var items []string
	if err := node.Decode(&items); err != nil {
		return err
	}
	*l = list(strings.Join(items, ", "))
	return nil
}

// beside returns the name of a data file that belongs to the document.
func beside(name, ending string) string { return strings.TrimSuffix(name, path.Ext(name)) + ending }

// card reads the yaml file beside a document, if there is one.
func (r *reading) card(f *file) (card, error) {
	var c card
	name := beside(f.name, ".yaml")
	data, err := r.beside(f, ".yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	in := yaml.NewDecoder(strings.NewReader(data))
	in.KnownFields(true)
	err = in.Decode(&c)
	if err == io.EOF { // it may be being written, and say then where the document may be quoted
		return c, fmt.Errorf("%s: the file is empty: take it away, or write what the document does not say itself", r.path(name))
	}
	if err != nil {
		return c, yamlError(r.path(name), err, 0)
	}
	if c.Date != "" && isoDate(c.Date) == "" {
		return c, fmt.Errorf("%s: date %q is none: write it as 2024-05-24, 2024-05 or 2024", r.path(name), c.Date)
	}
	return c, nil
}

// yamlLine finds the line in an error of the yaml package.
var yamlLine = regexp.MustCompile(`line (\d+): ([^\n]+)`)

// yamlError returns an error of the yaml package with file and line in front;
// the yaml begins after skip lines of the file.
func yamlError(path string, err error, skip int) error {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	line, _ := wholeNumber(m[1])
	what := strings.Replace(m[2], "field", "unknown field", 1)
	what, _, _ = strings.Cut(what, " not found in type")
	return fmt.Errorf("%s:%d: %s", path, line+skip, what)
}

// shift moves the lines of the card, which began after some lines of its file.
func (c *card) shift(lines int) {
	for _, d := range c.Directions {
		for i := range d.Passages {
			d.Passages[i].line += lines
		}
	}
}

// over returns c with what it leaves open taken from other.
func (c card) over(other card) card {
	for _, f := range []struct{ to, from *string }{
		{&c.ID, &other.ID}, {&c.Title, &other.Title}, {&c.Date, &other.Date}, {(*string)(&c.Author), (*string)(&other.Author)},
		{&c.Publisher, &other.Publisher}, {&c.URL, &other.URL}, {&c.Language, &other.Language}, {&c.Provenance, &other.Provenance},
	} {
		if *f.to == "" {
			*f.to = strings.TrimSpace(*f.from)
		}
	}
	if c.Directions == nil {
		c.Directions = other.Directions
	}
	if c.QuotedIn.Kind == 0 {
		c.QuotedIn = other.QuotedIn
	}
	return c
}

// apply writes the card into d; what it leaves open is guessed from the file's
// name and text.
func (c card) apply(d *Document, name string) {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	c = c.over(card{ID: slug(base), Title: base, Language: language(d.Source)})
	d.ID, d.Title, d.Date, d.Author, d.Publisher = c.ID, c.Title, isoDate(c.Date), string(c.Author), c.Publisher
	d.URL, d.Language, d.Provenance = c.URL, c.Language, strings.TrimSpace(c.Provenance)
}

// slug returns name in small letters, with a hyphen for whatever is neither
// letter nor digit.
func slug(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "document"
	}
	return strings.Join(words, "-")
}

// direct gives the document the directions of its card, which stands in file.
func direct(d *Document, c card, file string) error {
	for _, dc := range c.Directions {
		if dc.ID == "" || d.Direction(dc.ID) != nil {
			return fmt.Errorf("%s: direction %q: give each direction an id of its own", file, dc.ID)
		}
		dir := &Direction{ID: dc.ID, Names: dc.Names}
		for _, language := range slices.Sorted(maps.Keys(dc.Aliases)) {
			dir.Aliases = append(dir.Aliases, dc.Aliases[language]...)
		}
		for _, m := range dc.Passages {
			found := d.extracts(m.name)
			if found == nil {
				return fmt.Errorf("%s:%d: direction %s: the document has no %q: write p5 for a paragraph, p5s1 for its first sentence, c2 for a chart", file, m.line, dc.ID, m.name)
			}
			dir.Passages = append(dir.Passages, found...)
		}
		d.order(dir.Passages)
		for _, e := range dir.Passages {
			if !slices.Contains(e.Passage.Directions, dir.ID) {
				e.Passage.Directions = append(e.Passage.Directions, dir.ID)
			}
		}
		d.Directions = append(d.Directions, dir)
	}
	return nil
}

// extracts returns what name, such as p5 or p2s1, means in d; nil for nothing.
// Sentences of a paragraph in parts are counted through them.
func (d *Document) extracts(name string) []Extract {
	name, number, one := strings.Cut(name, "s")
	ref, ok := ParseReference(name)
	if !ok || ref.Document != "" || ref.Kind == Note {
		return nil
	}
	sentence := 0
	if one {
		m := marker{rest: number}
		if sentence, ok = m.number(); !ok || m.rest != "" {
			return nil
		}
	}
	var out []Extract
	for _, p := range d.Passages {
		switch {
		case !ref.matches(p):
		case !one:
			out = append(out, Extract{Passage: p, Sentence: -1})
		case sentence <= len(p.Sentences):
			return []Extract{{Passage: p, Sentence: sentence - 1}}
		default:
			sentence -= len(p.Sentences)
		}
	}
	return out
}

// order puts extracts into reading order.
func (d *Document) order(extracts []Extract) {
	slices.SortStableFunc(extracts, func(a, b Extract) int {
		if a.Passage != b.Passage {
			return slices.Index(d.Passages, a.Passage) - slices.Index(d.Passages, b.Passage)
		}
		return a.Sentence - b.Sentence
	})
}

// glossary reads the glossary beside a document, if there is one: lines of
// language, expression, and the document's expressions for it with " | " between.
func (r *reading) glossary(f *file) ([]Term, error) {
	data, err := r.beside(f, ".glossary.tsv")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var terms []Term
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(data, "\ufeff")) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 3 || slices.Contains(fields, "") {
			return nil, fmt.Errorf("%s:%d: %q is no entry: write language, expression and the document's expression with a tab between, such as ja\t北極圏\tArctic", r.path(beside(f.name, ".glossary.tsv")), number, line)
		}
		for text := range strings.SplitSeq(fields[2], "|") {
			if text = strings.TrimSpace(text); text != "" {
				terms = append(terms, Term{Text: text, Other: strings.TrimSpace(fields[1]), Language: strings.TrimSpace(fields[0])})
			}
		}
	}
	return terms, nil
}
