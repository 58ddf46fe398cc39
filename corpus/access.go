package corpus

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// groupsFile is the file of a folder that names groups of places, and says where the
// documents may be quoted that do not say it themselves.
const groupsFile = "groups.yaml"

// Names in lists of places that are no groups of a folder's own.
const (
	everywhere   = "everywhere" // what a document says that the default is not to limit
	defaultGroup = "default"    // where those may be quoted that say nothing
)

// anything stands in a pattern for every workspace or server, channel or person.
const anything = "*"

// pattern is a place, or all of several, as a rule names them: a channel of a platform,
// or a person for direct messages, in a workspace or server.
type pattern struct{ platform, within, where string }

// rule lists the places in which a document may be quoted. Nil is everywhere; a rule
// that lists nothing is nowhere.
type rule []pattern

// placeForms are the forms of ids by platform: of a workspace or server, and of a channel
// or person in it. See https://docs.slack.dev/reference/objects/conversation-object and
// https://docs.discord.com/developers/reference#snowflakes; @me is what Discord's own
// addresses have in place of a server for direct messages.
var placeForms = map[string]struct{ within, where *regexp.Regexp }{
	"slack":   {regexp.MustCompile(`^[TE][A-Z0-9]+$`), regexp.MustCompile(`^[CDGUW][A-Z0-9]+$`)},
	"discord": {regexp.MustCompile(`^(?:@me|[0-9]+)$`), regexp.MustCompile(`^[0-9]+$`)},
}

// howPlaces is said to whoever has got a place wrong.
const howPlaces = "a place is slack:C0123 (a channel's ID, or a person's), slack:T0123:C0123, slack:T0123:* (a whole workspace), discord:123 or discord:456:123 (456 the server), discord:456:*"

// parsePattern reads a place, or several, as rules name them.
func parsePattern(text string) (pattern, bool) {
	parts := strings.Split(text, ":")
	form, ok := placeForms[parts[0]]
	switch {
	case !ok:
	case len(parts) == 2 && form.where.MatchString(parts[1]):
		return pattern{parts[0], anything, parts[1]}, true
	case len(parts) == 3 && form.within.MatchString(parts[1]) && (parts[2] == anything || form.where.MatchString(parts[2])):
		return pattern{parts[0], parts[1], parts[2]}, true
	}
	return pattern{}, false
}

// parsePlace reads the whole name of one place. What is none is one that no rule names.
func parsePlace(text string) pattern {
	if !IsPlace(text) {
		return pattern{}
	}
	p, _ := parsePattern(text)
	return p
}

// IsPlace reports whether text is the whole name of one place, such as
// slack:T0123:C0123 or discord:456:123: platform, workspace or server, and channel, or
// person for direct messages.
func IsPlace(text string) bool {
	p, ok := parsePattern(text)
	return ok && p.within != anything && p.where != anything
}

// names reports whether p names a place.
func (p pattern) names(place pattern) bool {
	return p.platform == place.platform && (p.within == anything || p.within == place.within) && (p.where == anything || p.where == place.where)
}

// allows reports whether a document with the rule may be quoted in a place.
func (r rule) allows(place pattern) bool {
	return r == nil || slices.ContainsFunc(r, func(p pattern) bool { return p.names(place) })
}

// key is the same for two rules that list the same places in the same order.
func (r rule) key() string {
	if r == nil {
		return everywhere
	}
	return fmt.Sprint([]pattern(r))
}

// accessError says what is wrong with what limits a document, which is then quoted
// nowhere.
type accessError struct{ error }

func (e *accessError) Unwrap() error { return e.error }

// isAccess reports whether an error is of what limits a document.
func isAccess(err error) bool {
	var e *accessError
	return errors.As(err, &e)
}

// meantAccess is the error of front matter, where anything may stand, that nearly says
// where its document may be quoted: nobody is to learn of a slip from what was quoted.
func meantAccess(all map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key != "quoted_in" && strings.HasPrefix(strings.ToLower(strings.TrimLeft(key, "_-")), "quot") {
			return fmt.Errorf(": its front matter has %q: what says where a document may be quoted is quoted_in", key)
		}
	}
	return nil
}

// groups are what the groups file of a folder says.
type groups struct {
	path  string
	lists map[string]rule
	err   error // why the file cannot be used
}

// groups reads the groups file, if there is one.
func (r *reading) groups() *groups {
	g := &groups{path: r.path(groupsFile)}
	data, err := r.bytes(groupsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return g
	}
	if err != nil {
		g.err = fmt.Errorf("%s: %s", g.path, reason(err))
		return g
	}
	if g.lists, g.err = parseGroups(string(data), g.path); g.err != nil {
		g.lists = nil
	}
	return g
}

// parseGroups reads lists of places by name.
func parseGroups(data, path string) (map[string]rule, error) {
	var raw map[string]yaml.Node
	if err := yaml.Unmarshal([]byte(data), &raw); err != nil && err != io.EOF {
		return nil, yamlError(path, err, 0)
	}
	if len(raw) == 0 {
		return nil, fmt.Errorf("%s: it names no group: write a line such as “policy: [slack:C0123]”, or take the file away", path)
	}
	lists := map[string]rule{}
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		node := raw[name]
		if name == everywhere || strings.Contains(name, ":") {
			return nil, fmt.Errorf("%s:%d: no group can be called %q", path, node.Line, name)
		}
		if name == defaultGroup { // which may list groups, and so comes last
			continue
		}
		list, err := readPlaces(&node, path, nil)
		if err != nil {
			return nil, err
		}
		lists[name] = list
	}
	if node, ok := raw[defaultGroup]; ok {
		list, err := readPlaces(&node, path, &groups{path: path, lists: lists})
		if err != nil {
			return nil, err
		}
		lists[defaultGroup] = list
	}
	return lists, nil
}

// readPlaces reads a list of places and, where there are groups, of those.
func readPlaces(node *yaml.Node, path string, g *groups) (rule, error) {
	var items []string
	if node.Kind != yaml.SequenceNode || node.Decode(&items) != nil {
		return nil, fmt.Errorf("%s:%d: this is no list of places: write [slack:C0123, discord:123], or [] for nowhere", path, node.Line)
	}
	out, all := rule{}, false
	for i, item := range items {
		p, ok := parsePattern(item)
		switch {
		case ok:
			out = append(out, p)
		case item == everywhere && g != nil:
			all = true
		case strings.Contains(item, ":") || g == nil:
			return nil, fmt.Errorf("%s:%d: %q is no place: %s", path, node.Content[i].Line, item, howPlaces)
		case g.err != nil:
			return nil, g.err
		default:
			list, ok := g.lists[item]
			if !ok || item == defaultGroup {
				return nil, fmt.Errorf("%s:%d: %q is no group: %s", path, node.Content[i].Line, item, g.known())
			}
			out = append(out, list...)
		}
	}
	if all {
		return nil, nil
	}
	slices.SortFunc(out, func(a, b pattern) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return slices.Compact(out), nil
}

// known says which groups there are.
func (g *groups) known() string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(g.lists)), func(n string) bool { return n == defaultGroup })
	if len(names) == 0 {
		return g.path + " names groups, and there is none"
	}
	return g.path + " has " + strings.Join(names, ", ")
}

// limited returns the rule of a document by what it says of itself, the zero node for
// nothing, in the file path. before are the names of files, and [groupsFile], that have
// limited something since the start: one that does not any more is a fault, since a file
// may be seen while it is written.
func (g *groups) limited(said *yaml.Node, path, name string, before map[string]bool) (rule, error) {
	var r rule
	var err error
	switch {
	case said.Kind != 0:
		r, err = readPlaces(said, path, g)
	case before[name]:
		err = fmt.Errorf("%s: where it may be quoted is not said any more: write “quoted_in: [%s]” to lift it", path, everywhere)
	case g.err != nil:
		err = g.err
	default:
		list, ok := g.lists[defaultGroup]
		if r = list; !ok && before[groupsFile] {
			err = fmt.Errorf("%s: the default is gone: write “%s: [%s]” to lift it", g.path, defaultGroup, everywhere)
		}
	}
	if err != nil {
		return rule{}, &accessError{err}
	}
	return r, nil
}

// access says where the documents of a corpus may be quoted.
type access struct {
	rules map[string]rule // by id, of those that are limited by themselves
	whole rule            // of a collection, all of whose documents it limits
	since map[string]bool // see [groups.limited]
}

// none reports whether every document may be quoted everywhere.
func (a access) none() bool { return len(a.rules) == 0 && a.whole == nil }

// silent reports whether nothing was said of where documents may be quoted.
func (a access) silent() bool {
	return a.none() && !slices.Contains(slices.Collect(maps.Values(a.since)), true)
}

// sameAccess reports whether two corpora of the same documents limit them alike.
func sameAccess(a, b *Corpus) bool {
	return a.access.whole.key() == b.access.whole.key() &&
		maps.EqualFunc(a.access.rules, b.access.rules, func(x, y rule) bool { return x.key() == y.key() })
}

// admit returns where each document may be quoted, with the faults of what says so, and
// keeps in mind what limits anything.
func (l *loader) admit(files []*file) (rules []rule, faults []error) {
	g := l.groups()
	since := maps.Clone(l.since)
	if since == nil {
		since = map[string]bool{}
	}
	_, since[groupsFile] = g.lists[defaultGroup]
	since[groupsFile] = since[groupsFile] || l.since[groupsFile]
	rules, faults = make([]rule, len(files)), make([]error, len(files))
	for i, f := range files {
		rules[i], faults[i] = g.limited(&f.quotedIn, f.ruled, f.name, l.since)
		since[f.name] = since[f.name] || f.quotedIn.Kind != 0
	}
	l.corpus.access.since = since
	return rules, faults
}

// allows reports whether a document may be quoted in a place.
func (a access) allows(d *Document, place pattern) bool {
	if r, limited := a.rules[d.ID]; limited {
		return r.allows(place)
	}
	return a.whole.allows(place)
}

// In returns what may be quoted in a place, as if there were nothing else: c itself
// where that is everything. A text that is no place is one that no rule names, and so
// may see what everybody may. The result may hold no document; it is no corpus to
// [Corpus.Reload].
func (c *Corpus) In(place string) *Corpus { return c.in(parsePlace(place)) }

func (c *Corpus) in(place pattern) *Corpus {
	if len(c.access.rules) == 0 && c.access.whole.allows(place) {
		return c
	}
	var some []*Document
	if len(c.access.rules) > 0 { // else all are limited alike
		for _, d := range c.Documents.All() {
			if c.access.allows(d, place) {
				some = append(some, d)
			}
		}
	}
	if len(some) == c.Documents.Len() {
		return c
	}
	out := &Corpus{Version: c.versionOf(some)}
	out.hold(some)
	return out
}

// Views are the corpora that a corpus is in different places. They do not change.
type Views struct {
	Distinct []*Corpus // each other documents; the first is that of places that no rule names

	of     map[pattern]int
	within map[pattern]bool // workspaces and servers that rules name, without a channel
	where  map[pattern]bool // channels and persons, without a workspace
}

// Views returns what c is in every place.
func (c *Corpus) Views() *Views {
	v := &Views{of: map[pattern]int{}, within: map[pattern]bool{}, where: map[pattern]bool{}}
	kinds := map[string]rule{}
	for _, r := range c.access.rules {
		kinds[r.key()] = r
	}
	if r := c.access.whole; r != nil {
		kinds[r.key()] = r
	}
	for _, r := range kinds {
		for _, p := range r {
			v.within[pattern{platform: p.platform, within: p.within}] = true
			v.where[pattern{platform: p.platform, where: p.where}] = true
		}
	}
	keys := slices.Sorted(maps.Keys(kinds))
	known := map[string]int{}
	see := func(place pattern) {
		set := ""
		for _, k := range keys {
			set += map[bool]string{true: "1", false: "0"}[kinds[k].allows(place)]
		}
		n, ok := known[set]
		if !ok {
			n = len(v.Distinct)
			known[set] = n
			v.Distinct = append(v.Distinct, c.in(place))
		}
		v.of[place] = n
	}
	see(pattern{})
	for _, platform := range slices.Sorted(maps.Keys(placeForms)) {
		for _, within := range v.named(v.within, platform) {
			for _, where := range v.named(v.where, platform) {
				see(pattern{platform, within.within, where.where})
			}
		}
	}
	return v
}

// named returns those of a platform, and one that no rule names, in order.
func (v *Views) named(set map[pattern]bool, platform string) []pattern {
	out := []pattern{{platform: platform}}
	for p := range set {
		if p.platform == platform && p.within != anything && p.where != anything {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b pattern) int { return strings.Compare(a.within+a.where, b.within+b.where) })
	return out
}

// In returns the index in Distinct of what may be quoted in a place. What it does for
// a place does not depend on what the place may not see.
func (v *Views) In(place string) int {
	p := parsePlace(place)
	if !v.within[pattern{platform: p.platform, within: p.within}] {
		p.within = ""
	}
	if !v.where[pattern{platform: p.platform, where: p.where}] {
		p.where = ""
	}
	return v.of[p]
}
