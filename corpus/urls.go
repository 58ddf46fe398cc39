package corpus

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// listEnding is the ending of a list of saved web pages.
const listEnding = ".urls"

// listed is a line of a list of saved pages.
type listed struct {
	address string
	file    string // by its name in the folder
}

// listAlone reads the pages of a list. A page that cannot be read is skipped.
func (l *loader) listAlone(ctx context.Context, name string) error {
	pages, err := l.list(name)
	if err != nil {
		return err
	}
	var names []string
	l.saved = map[string]string{}
	for _, p := range pages {
		if l.saved[p.file] == "" {
			names = append(names, p.file)
		}
		l.saved[p.file] = p.address
	}
	if len(names) == 0 {
		return fmt.Errorf("%s: the list is empty: write a line for each page: its address, a tab, and the file it is saved in", l.path(name))
	}
	if err := l.all(ctx, names); err != nil {
		return err
	}
	return l.nothingLeft()
}

// lists reads the lists of saved pages among the names of a folder, and returns the
// documents: the others, and the files that are listed. A list that cannot be read
// is skipped.
func (l *loader) lists(names []string) ([]string, error) {
	var documents []string
	known := map[string]bool{}
	l.saved = map[string]string{}
	for _, name := range names {
		if ending(name) != listEnding && !known[name] {
			known[name] = true
			documents = append(documents, name)
		}
	}
	for _, name := range names {
		if ending(name) != listEnding {
			continue
		}
		pages, err := l.list(name)
		if err != nil {
			l.corpus.Skipped = append(l.corpus.Skipped, Skip{Path: l.path(name), Err: err})
			continue
		}
		for _, p := range pages {
			l.saved[p.file] = p.address
			if !known[p.file] {
				known[p.file] = true
				documents = append(documents, p.file)
			}
		}
	}
	return documents, nil
}

// list reads a list of saved pages: a line for each, with the page's address, a tab,
// and the file it is saved in, below the list's folder. Where a line has no file it is
// the one that wget -x would write: HOST/PATH. Empty lines and those that begin with #
// say nothing.
func (l *loader) list(name string) ([]listed, error) {
	data, err := l.bytes(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", l.path(name), reason(err))
	}
	if line := invalidLine(data); line > 0 {
		return nil, fmt.Errorf("%s:%d: not UTF-8: save the file in that encoding", l.path(name), line)
	}
	fmt.Fprintf(l.hash, "%s %d\n", name, len(data))
	l.hash.Write(data)
	var out []listed
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		address, file, _ := strings.Cut(line, "\t")
		u, err := url.Parse(strings.TrimSpace(address))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("%s:%d: %q is no address of a page: write https://…, a tab, and the file it is saved in", l.path(name), number, address)
		}
		if file = strings.TrimSpace(file); file == "" {
			file = l.savedAs(path.Dir(name), u)
		}
		file = path.Clean(strings.ReplaceAll(file, `\`, "/"))
		if !fs.ValidPath(file) {
			return nil, fmt.Errorf("%s:%d: %q does not lie below the list's folder", l.path(name), number, file)
		}
		out = append(out, listed{address: u.String(), file: path.Join(path.Dir(name), file)})
	}
	return out, nil
}

// savedAs returns the file, below a folder, that a page is saved in under its
// address, whether there is one or not.
func (l *loader) savedAs(folder string, u *url.URL) string {
	at := path.Join(u.Host, u.Path)
	for _, file := range []string{at, at + ".html", path.Join(at, "index.html")} {
		if info, err := fs.Stat(l.fsys, path.Join(folder, file)); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return at
}
