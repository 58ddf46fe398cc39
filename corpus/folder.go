package corpus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// walk lists the documents and lists of pages of the folder by name, and notes what
// is no file to be read among those that look like one. Links to folders are not
// followed: they may lead in a circle.
func (l *loader) walk(ctx context.Context) ([]string, error) {
	var names []string
	skip := func(name, why string) {
		l.corpus.Skipped = append(l.corpus.Skipped, Skip{Path: l.path(name), Err: fmt.Errorf("%s: %s", l.path(name), why)})
	}
	err := fs.WalkDir(l.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		kind := ending(name)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && name == ".":
			return err
		case err != nil:
			skip(name, "the folder cannot be read: "+reason(err))
			return fs.SkipDir
		case strings.HasPrefix(d.Name(), ".") && name != ".":
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
		case d.Type()&fs.ModeSymlink != 0 && isFolder(l.fsys, name):
			skip(name, "a link to a folder is not followed: it may lead in a circle")
		case readers[kind] != nil, kind == listEnding:
			names = append(names, name)
		case others[kind] != "":
			skip(name, "this kind of file is not read"+instead(name))
		}
		return nil
	})
	return names, err
}

func isFolder(fsys fs.FS, name string) bool {
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// others are kinds of documents that are not read, and what to do about it.
var others = map[string]string{
	".doc": ".docx", ".rtf": ".docx", ".odt": ".docx", ".pages": ".pdf", ".ppt": ".pdf", ".pptx": ".pdf", ".odp": ".pdf",
	".mobi": ".epub", ".azw3": ".epub", ".ps": ".pdf", ".djvu": ".pdf", ".mht": ".html", ".mhtml": ".html",
}

// instead says which kind a document of another kind can be saved as, or nothing.
func instead(name string) string {
	if kind := others[ending(name)]; kind != "" {
		return ": save it as " + kind
	}
	return ""
}

// reason returns an error of the file system without the path, which the message
// names already.
func reason(err error) string {
	if p := (*fs.PathError)(nil); errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// readAll reads a file of at most limit bytes; a longer one is an error that says so.
func readAll(in io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("larger than %d MB, which is the limit", limit>>20)
	}
	return data, err
}
