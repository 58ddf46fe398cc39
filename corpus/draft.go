package corpus

import "strings"

// draft is a document whose file has no text to point into, while its text is being
// taken from it. The text becomes the document's source.
type draft struct {
	text   strings.Builder
	blocks []block
	skip   []int // of each block, how much of its stretch of the source is no text of it
}

// full reports whether the draft has more text than a document may have.
func (d *draft) full() bool { return d.text.Len() > maxText }

// add appends a block, below a blank line. Of its text, which is not empty, label
// comes first in the source and not in the block, such as the number of a note.
func (d *draft) add(b block, label, text string) {
	if d.text.Len() > 0 {
		d.text.WriteString("\n\n")
	}
	b.start = d.text.Len()
	d.text.WriteString(label)
	d.text.WriteString(text)
	b.end = d.text.Len()
	d.blocks = append(d.blocks, b)
	d.skip = append(d.skip, len(label))
}

// finish returns the source and its blocks.
func (d *draft) finish() (string, []block) {
	source := d.text.String()
	if source != "" {
		source += "\n"
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		b.body = newBody(source)
		b.body.add(b.start+d.skip[i], b.end)
	}
	return source, d.blocks
}
