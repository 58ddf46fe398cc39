package opensearch

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// format goes up when an index of before could not be searched right: by another
// mapping, or by other terms for the same words.
const format = 1

// scale is how BM25F's frequencies, which are fractions, become whole ones: in so many
// parts of 1. With b = 0 and k1 as many times as great, BM25 of the whole ones is BM25F
// (Robertson, Zaragoza and Taylor 2004, section 3). Rounding changes a passage's share of
// a term's weight by 1/(4·k1·scale) at most, a 78,000th.
const scale = 1 << 14

// most is the greatest frequency that is sent. All of a passage must stay below 2³¹ in
// Lucene; normalised by length they add up to a few times the mean length.
const most = 1 << 24

// longTerm is the length from which a term is sent as a hash: the tokenizer parts longer
// ones, at 255 characters.
const longTerm = 200

// meta is what an index says of itself, in its mapping.
type meta struct {
	Format   int    `json:"format"`
	Version  string `json:"version"` // of the corpus
	Passages int    `json:"passages"`
	Lexicons int    `json:"lexicons"`

	// Of the vectors, where there are any:
	Model      string `json:"model,omitempty"`
	Dimensions int    `json:"dimensions,omitempty"`
	Sample     string `json:"sample,omitempty"`   // what tells models of one name apart
	Embedded   int    `json:"embedded,omitempty"` // passages that have one
}

// passage is what the cluster keeps of a passage.
type passage struct {
	Passage  string `json:"passage"` // its id
	Document string `json:"document"`
	Kind     string `json:"kind"`
	Place    int    `json:"place"` // in the corpus: of equal scores the first wins
	Terms    string `json:"terms"` // each with | and its frequency behind it

	Vector map[string][]float32 `json:"vector,omitempty"` // by fieldOf its model
}

// passageOf is the passage at a place, with its terms and without a vector.
func passageOf(p *corpus.Passage, place int, terms []keyword.Frequency) passage {
	return passage{Passage: p.ID, Document: p.Document.ID, Kind: kindOf(p.Kind), Place: place, Terms: spell(terms)}
}

// kept is a document of the index that is no passage: it is only fetched.
type kept struct {
	Kept any `json:"kept"`
}

// The ids of what is kept.
const (
	statisticsID = "statistics"
	meaningID    = "meaning" // a vector.Summary, where there are vectors
)

func lexiconID(i int) string { return "lexicon-" + strconv.Itoa(i) }

// kindOf is a kind as it is searched for.
func kindOf(k corpus.Kind) string { return strconv.Itoa(int(k)) }

// spelt is a term as the cluster knows it.
func spelt(term string) string {
	if len(term) < longTerm {
		return term
	}
	sum := sha256.Sum256([]byte(term))
	return "#" + hex.EncodeToString(sum[:]) // no term begins so
}

// spell returns a passage's terms as they are sent.
func spell(terms []keyword.Frequency) string {
	var b strings.Builder
	for i, t := range terms {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(spelt(t.Term))
		b.WriteByte('|')
		b.WriteString(strconv.Itoa(int(min(most, max(1, t.Of*scale+0.5)))))
	}
	return b.String()
}

// fieldOf names the field that has the vectors of a model. Each model has one of its own,
// so that a question's vector never meets another model's, whatever the alias leads to.
func fieldOf(m meta) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s", m.Dimensions, m.Sample, m.Model))
	return hex.EncodeToString(sum[:8])
}

// sampleOf is what meta has of a sample.
func sampleOf(v []float32) string {
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, v) // which a hash takes
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// keyOf names a document by the passage it is and by all that is said of it.
func keyOf(line []byte) string {
	sum := sha256.Sum256(line)
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// object is one of JSON.
type object = map[string]any

// schema returns the body that makes an index.
func (c *Cluster) schema(m meta, s keyword.Settings) object {
	settings := object{
		"number_of_shards": c.Shards, "number_of_replicas": c.Replicas,
		"refresh_interval": "-1", // once, when all is there
		"similarity":       object{"footnote": object{"type": "BM25", "k1": s.K1 * scale, "b": 0}},
		"analysis": object{
			"filter":   object{"frequency": object{"type": "delimited_term_freq", "delimiter": "|"}},
			"analyzer": object{"footnote": object{"type": "custom", "tokenizer": "whitespace", "filter": []string{"frequency"}}},
		},
	}
	properties := object{
		"terms":    object{"type": "text", "analyzer": "footnote", "similarity": "footnote", "index_options": "freqs", "norms": false},
		"passage":  object{"type": "keyword", "index": false},
		"document": object{"type": "keyword", "doc_values": false},
		"kind":     object{"type": "keyword", "doc_values": false},
		"place":    object{"type": "integer"},
		"kept":     object{"type": "object", "enabled": false},
	}
	excludes := []string{"terms"}
	if m.Embedded > 0 {
		settings["knn"] = true
		properties["vector"] = object{"properties": object{fieldOf(m): object{
			// Of the engines this one needs no code that is not Java's, and goes by the filter while it searches.
			"type": "knn_vector", "dimension": m.Dimensions, "method": object{"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
		}}}
		properties["passage"] = object{"type": "keyword"} // the vectors of some are asked for
		excludes = append(excludes, "vector")
	}
	return object{
		"settings": settings,
		"mappings": object{"_meta": m, "dynamic": "strict", "_source": object{"excludes": excludes}, "properties": properties},
	}
}

// nameOf returns the name of the index that holds just this, behind the alias.
func (c *Cluster) nameOf(schema object, all keyword.Statistics) string {
	h := sha256.New()
	_ = json.NewEncoder(h).Encode([]any{schema, all}) // which JSON can write, and a hash takes
	return c.Index + "-" + hex.EncodeToString(h.Sum(nil)[:8])
}

// ours tells whether an index is one that nameOf named: another alias may begin with
// this one's name.
func (c *Cluster) ours(index string) bool {
	suffix, ok := strings.CutPrefix(index, c.Index+"-")
	return ok && suffixes.MatchString(suffix)
}

var suffixes = regexp.MustCompile(`^[0-9a-f]{16}$`)

// described returns what the indexes at a name, an alias or a pattern say of
// themselves. An alias that leads nowhere is ErrMissing, a pattern may match none.
func (c *Cluster) described(ctx context.Context, at string) (map[string]meta, error) {
	var found map[string]struct {
		Mappings struct {
			Meta meta `json:"_meta"`
		}
	}
	if err := again(ctx, c.quick, call{method: http.MethodGet, path: "/" + url.PathEscape(at) + "/_mapping"}, &found); err != nil {
		return nil, err
	}
	out := make(map[string]meta, len(found))
	for name, f := range found {
		out[name] = f.Mappings.Meta
	}
	return out, nil
}

// current returns the name of the index that the alias leads to, with what it says of
// itself.
func (c *Cluster) current(ctx context.Context) (string, meta, error) {
	found, err := c.described(ctx, c.Index)
	if err != nil {
		return "", meta{}, err
	}
	for name, m := range found {
		if len(found) == 1 {
			return name, m, nil
		}
	}
	return "", meta{}, fmt.Errorf("%w: the alias %s leads to %d", ErrOther, c.Index, len(found))
}
