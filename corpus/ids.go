package corpus

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
)

// identify returns the id of each document among files. An id that was given
// counts before those that names give, and among these the one that an earlier load
// gave, then the first by name. Who comes too late takes an id made from the whole
// name, with folder and ending, and of its hash where that is taken as well. Documents
// that are quoted everywhere come before the others: their ids say nothing of those.
func (l *loader) identify(files []*file, rules []rule) []string {
	ids := make([]string, len(files))
	holder := map[string]string{} // by id, the name of the file
	for _, limited := range []bool{false, true} {
		l.identifySome(files, ids, holder, func(i int) bool { return files[i].err == nil && (rules[i] != nil) == limited })
	}
	return ids
}

// identifySome does it for some of the files.
func (l *loader) identifySome(files []*file, ids []string, holder map[string]string, some func(i int) bool) {
	claim := func(mine func(f *file) string) {
		for i, f := range files {
			if ids[i] != "" || !some(i) {
				continue
			}
			if id := mine(f); id != "" && (holder[id] == "" || f.given) {
				ids[i], holder[id] = id, cmp.Or(holder[id], f.name)
			}
		}
	}
	claim(func(f *file) string {
		if f.given {
			return f.id
		}
		return ""
	})
	claim(func(f *file) string {
		if b := l.before[f.name]; b != nil && b.err == nil && b.id == f.id {
			return b.as
		}
		return ""
	})
	claim(func(f *file) string { return f.id })
	for i, f := range files {
		if ids[i] != "" || !some(i) {
			continue
		}
		id := slug(f.name)
		if holder[id] != "" {
			id += fmt.Sprintf("-%x", sha256.Sum256([]byte(f.name)))[:9]
		}
		ids[i], holder[id] = id, f.name
	}
}

// renamed returns f with another id. A document that an earlier corpus has too stays
// as it is there: it is read anew.
func (l *loader) renamed(ctx context.Context, f *file, id string) *file {
	if l.before[f.name] == f {
		f = l.reading.read(ctx, f.name)
		if f.err != nil {
			return f
		}
	}
	f.doc.rename(id)
	f.as = id
	if !f.given {
		f.warnings = append(f.warnings, Warning{Path: l.path(f.name), What: fmt.Sprintf("its id is %s: its name gives %s, as another's does; an id in the yaml file beside it stays, whatever comes", id, f.id)})
	}
	return f
}

// rename gives a document that nobody has seen yet another id.
func (d *Document) rename(id string) {
	for _, list := range [][]*Passage{d.Passages, d.Notes} {
		for _, p := range list {
			p.ID = id + strings.TrimPrefix(p.ID, d.ID)
		}
	}
	d.ID = id
}
