package opensearch

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// fake is a cluster of one node, as far as this package uses one. It does what the real
// ones don't on demand: it fails.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	indexes map[string]*fakeIndex
	batches []int // how many documents each bulk request had
	plain   bool  // it has no plugin for vectors

	// fault answers a request in the node's stead, where it returns true.
	fault func(w http.ResponseWriter, r *http.Request) bool
	// item is the status of a document, 201 where it is nil.
	item func(id string) (status int, kind, reason string)
}

type fakeIndex struct {
	mappings json.RawMessage
	aliases  map[string]bool
	docs     map[string]json.RawMessage
}

func newFake(t testing.TB) *fake {
	t.Helper()
	f := &fake{indexes: map[string]*fakeIndex{}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	return f
}

// refuse answers with an error in OpenSearch's form.
func refuse(w http.ResponseWriter, status int, kind, reason string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object{"status": status, "error": object{"type": kind, "reason": reason, "root_cause": []object{{"type": kind, "reason": reason}}}})
}

// at returns the indexes at a name, an alias or a pattern.
func (f *fake) at(name string) map[string]*fakeIndex {
	out := map[string]*fakeIndex{}
	for n, x := range f.indexes {
		if ok, _ := path.Match(name, n); ok || x.aliases[name] {
			out[n] = x
		}
	}
	return out
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	fault := f.fault
	f.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	name, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	body, _ := io.ReadAll(r.Body)
	found := f.at(name)
	switch {
	case name == "_cluster":
		fmt.Fprint(w, `{"status":"yellow","number_of_data_nodes":1}`)
	case name == "_aliases":
		f.alias(body)
		fmt.Fprint(w, `{"acknowledged":true}`)
	case r.Method == http.MethodPut && what == "":
		f.create(w, name, body)
	case len(found) == 0 && !strings.Contains(name, "*"):
		refuse(w, 404, "index_not_found_exception", "no such index ["+name+"]")
	case what == "_mapping":
		out := object{}
		for n, x := range found {
			out[n] = object{"mappings": x.mappings}
		}
		_ = json.NewEncoder(w).Encode(out)
	default:
		for n, x := range found {
			f.one(w, r, n, x, what, body)
		}
	}
}

func (f *fake) create(w http.ResponseWriter, name string, body []byte) {
	if f.indexes[name] != nil {
		refuse(w, 400, "resource_already_exists_exception", "index exists")
		return
	}
	var said struct {
		Mappings json.RawMessage
		Aliases  map[string]any
	}
	_ = json.Unmarshal(body, &said)
	if f.plain && bytes.Contains(body, []byte(`"knn":true`)) {
		refuse(w, 400, "illegal_argument_exception", "unknown setting [index.knn] please check that any required plugins are installed, or check the breaking changes documentation for removed settings")
		return
	}
	x := &fakeIndex{mappings: said.Mappings, aliases: map[string]bool{}, docs: map[string]json.RawMessage{}}
	for a := range said.Aliases {
		x.aliases[a] = true
	}
	f.indexes[name] = x
	fmt.Fprint(w, `{}`)
}

func (f *fake) alias(body []byte) {
	var said struct {
		Actions []map[string]struct{ Index, Alias string }
	}
	_ = json.Unmarshal(body, &said)
	for _, action := range said.Actions {
		for what, a := range action {
			f.indexes[a.Index].aliases[a.Alias] = what == "add"
		}
	}
}

// one answers what is asked of one index.
func (f *fake) one(w http.ResponseWriter, r *http.Request, name string, x *fakeIndex, what string, body []byte) {
	switch {
	case r.Method == http.MethodDelete:
		delete(f.indexes, name)
		fmt.Fprint(w, `{}`)
	case what == "_bulk":
		f.bulk(w, x, body)
	case what == "_count":
		fmt.Fprintf(w, `{"count":%d}`, len(x.docs))
	case what == "_mget":
		var said struct{ IDs []string }
		_ = json.Unmarshal(body, &said)
		var docs []object
		for _, id := range said.IDs {
			docs = append(docs, object{"found": x.docs[id] != nil, "_source": x.docs[id]})
		}
		_ = json.NewEncoder(w).Encode(object{"docs": docs})
	case what == "_search":
		x.search(w, body)
	default:
		if alias, ok := strings.CutPrefix(what, "_alias/"); ok {
			x.aliases[alias] = true
		}
		fmt.Fprint(w, `{}`)
	}
}

func (f *fake) bulk(w http.ResponseWriter, x *fakeIndex, body []byte) {
	var items []object
	for lines := bufio.NewReader(bytes.NewReader(body)); ; {
		head, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		doc, _ := lines.ReadBytes('\n')
		var said struct {
			Index struct {
				ID string `json:"_id"`
			}
		}
		_ = json.Unmarshal(head, &said)
		status, kind, reason := 201, "", ""
		if f.item != nil {
			status, kind, reason = f.item(said.Index.ID)
		}
		item := object{"_id": said.Index.ID, "status": status}
		if status < 300 {
			x.docs[said.Index.ID] = bytes.TrimSpace(doc)
		} else {
			item["error"] = object{"type": kind, "reason": reason}
		}
		items = append(items, object{"index": item})
	}
	f.batches = append(f.batches, len(items))
	_ = json.NewEncoder(w).Encode(object{"errors": true, "items": items})
}

// fakeFilter lets passages of some kinds, documents or ids through.
type fakeFilter struct {
	Terms struct{ Kind, Document, Passage []string }
}

func (f fakeFilter) lets(p passage) bool {
	return slices.Contains(f.Terms.Kind, p.Kind) || slices.Contains(f.Terms.Document, p.Document) || slices.Contains(f.Terms.Passage, p.Passage)
}

// nearest is a search by a vector, of a field.
type nearest map[string]struct {
	Vector []float64
	K      int
	Filter struct{ Bool struct{ Filter []fakeFilter } }
}

// score returns the score of a passage, 0 where it has no vector or is not let through.
func (n nearest) score(p passage) float64 {
	for field, asked := range n {
		has := p.Vector[strings.TrimPrefix(field, "vector.")]
		if has == nil || slices.ContainsFunc(asked.Filter.Bool.Filter, func(f fakeFilter) bool { return !f.lets(p) }) {
			return 0
		}
		dot, a, b := 0.0, 0.0, 0.0
		for i, x := range asked.Vector {
			y := float64(has[i])
			dot, a, b = dot+x*y, a+x*x, b+y*y
		}
		return (1 + dot/math.Sqrt(a*b)) / 2
	}
	return 0
}

// search scores a passage by its vector, or by the boosts of its terms; a search for all
// that have a place gives them in that order.
func (x *fakeIndex) search(w http.ResponseWriter, body []byte) {
	var said struct {
		Size  int
		After []int `json:"search_after"`
		Query struct {
			Exists any
			Bool   struct {
				Should []struct {
					Term struct {
						Terms struct {
							Value string
							Boost float64
						}
					}
				}
				Filter []fakeFilter
			}
			Knn nearest
		}
	}
	_ = json.Unmarshal(body, &said)
	for field := range said.Query.Knn {
		if !bytes.Contains(x.mappings, []byte(`"`+strings.TrimPrefix(field, "vector.")+`":{"dimension":`)) {
			refuse(w, 400, "query_shard_exception", "failed to create query: Field '"+field+"' is not knn_vector type.")
			return
		}
	}
	var hits []hit
	for id, doc := range x.docs {
		var p passage
		if json.Unmarshal(doc, &p) != nil || p.Passage == "" || len(said.After) > 0 && p.Place <= said.After[0] {
			continue
		}
		score := said.Query.Knn.score(p)
		for _, s := range said.Query.Bool.Should {
			for field := range strings.FieldsSeq(p.Terms) {
				if term, n, _ := strings.Cut(field, "|"); term == s.Term.Terms.Value {
					of, _ := strconv.Atoi(n)
					score += s.Term.Terms.Boost * float64(of)
				}
			}
		}
		for _, only := range said.Query.Bool.Filter {
			if !only.lets(p) {
				score = 0
			}
		}
		if h := (hit{ID: id, Sort: []float64{score, float64(p.Place)}}); score > 0 || said.Query.Exists != nil {
			h.Fields.Passage = []string{p.Passage}
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.Sort[0], a.Sort[0]), cmp.Compare(a.Sort[1], b.Sort[1]))
	})
	_ = json.NewEncoder(w).Encode(object{"hits": object{"hits": hits[:min(len(hits), said.Size)]}})
}
