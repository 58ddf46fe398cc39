package corpus

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
)

// maxParts is how many files an archive may have. A book has a few hundred.
const maxParts = 20000

// archive is a zip file in memory. What its parts unpack to is counted, whatever the
// archive says about it: more than a document may have ends the reading. Nothing is
// ever written to a disk, so that the names of its parts are only names.
type archive struct {
	parts map[string]*zip.File
	left  int64 // bytes that may still be unpacked
}

// errNoPart is the error of a part that an archive lacks.
var errNoPart = errors.New("is missing")

// openArchive opens a zip file.
func openArchive(data []byte) (*archive, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		if bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) { // an OLE file: what Office encrypts is put into one
			return nil, errors.New(": encrypted, or of an older kind: save it without a password")
		}
		return nil, fmt.Errorf(": damaged, or no document of this kind: %w", err)
	}
	if len(z.File) > maxParts {
		return nil, fmt.Errorf(": an archive of %d files: the limit is %d", len(z.File), maxParts)
	}
	a := &archive{parts: make(map[string]*zip.File, len(z.File)), left: maxText}
	for _, f := range z.File {
		if _, twice := a.parts[f.Name]; !twice {
			a.parts[f.Name] = f
		}
	}
	return a, nil
}

// part returns the content of a part.
func (a *archive) part(name string) ([]byte, error) {
	f := a.parts[name]
	if f == nil {
		return nil, fmt.Errorf(": damaged: %s %w", clipped(name), errNoPart)
	}
	if f.Flags&1 != 0 {
		return nil, errors.New(": encrypted: save it without a password")
	}
	in, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf(": damaged: %s: %w", clipped(name), err)
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, a.left+1))
	if int64(len(data)) > a.left {
		return nil, fmt.Errorf(": it unpacks to more than %d MB of text, which is the limit", maxText>>20)
	}
	a.left -= int64(len(data))
	if err != nil {
		return nil, fmt.Errorf(": damaged: %s: %w", clipped(name), err)
	}
	return data, nil
}

// clipped returns the name of a part as a message can hold it.
func clipped(name string) string {
	const most = 80
	if len(name) > most {
		name = name[:most] + "…"
	}
	return fmt.Sprintf("%q", name)
}

// eachToken hands out the tokens of a part that is XML. Entities that the part
// declares for itself are not known to the decoder, and end it: nothing unfolds.
func eachToken(name string, data []byte, visit func(xml.Token) error) error {
	in := xml.NewDecoder(bytes.NewReader(data))
	for {
		t, err := in.Token()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = visit(t)
		}
		if err != nil {
			line, _ := in.InputPos()
			return fmt.Errorf(": damaged: %s, line %d: %w", clipped(name), line, err)
		}
	}
}

// attr returns the value of an attribute by its local name, or "".
func attr(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// dublinCore reads a property of the form that Word documents and books share.
func dublinCore(c *card, name string, text string) {
	set := func(field *string) {
		if *field == "" {
			*field = strings.TrimSpace(text)
		}
	}
	switch name {
	case "title":
		set(&c.Title)
	case "creator":
		if text = strings.TrimSpace(text); text != "" && c.Author != "" {
			c.Author += ", "
		}
		c.Author += list(text)
	case "publisher":
		set(&c.Publisher)
	case "language":
		set(&c.Language)
	case "date":
		set(&c.Date)
	}
}

// inside returns the name of a part that a link in another part leads to, and the id
// behind #; ok is false where it leads out of the archive.
func inside(from, link string) (name, id string, ok bool) {
	link, id, _ = strings.Cut(link, "#")
	if strings.Contains(link, ":") {
		return "", "", false
	}
	if link == "" {
		return from, id, true
	}
	if plain, err := url.PathUnescape(link); err == nil {
		link = plain
	}
	return path.Join(path.Dir(from), link), id, true
}
