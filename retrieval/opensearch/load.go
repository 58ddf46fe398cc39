package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"footnote/corpus"
	"footnote/retrieval/keyword"
	"footnote/retrieval/vector"
)

// Load brings an index of c to the cluster, which x is here, and makes the alias lead to
// it. With it come the vectors of its passages that vectors has, which may be nil; those
// of sentences stay out. What was there before answers until then, and is removed after.
// told, unless nil, is given how many of the documents are there. A load that was cut
// short goes on where it ended when it is called again for the same; so does one that
// another process began. Where the alias leads to the same already, nothing is done.
//
// A busy cluster is given time, and less at once; one that takes nothing for
// [Config.Stall] ends the load with ErrDown. One that knows no vectors is ErrWords, and
// what was there stays.
func (c *Cluster) Load(ctx context.Context, material *corpus.Corpus, x *keyword.Index, vectors *vector.Store, told func(done, total int64)) error {
	l := &loader{cluster: c, all: x.Statistics(), lexicons: lexicons(x), told: told}
	if told == nil {
		l.told = func(int64, int64) {}
	}
	m := meta{Format: format, Version: material.Version, Passages: l.all.Passages, Lexicons: len(l.lexicons)}
	l.total = int64(1 + len(l.lexicons) + l.all.Passages)
	if vectors != nil {
		summary, err := vector.Summarise(vectors, material)
		if err != nil {
			return fmt.Errorf("load %s into OpenSearch: %w", c.Index, err)
		}
		if summary.Passages > 0 {
			m.Model, m.Dimensions, m.Embedded = summary.Model, summary.Dimensions, summary.Passages
			m.Sample = c.sample(ctx, summary)
			l.vectors, l.summary, l.field = vectors, summary, fieldOf(m)
			l.total++
		}
	}
	schema := c.schema(m, l.all.Settings)
	l.name = c.nameOf(schema, l.all)
	err := l.load(ctx, schema, x)
	if err != nil && ctx.Err() == nil {
		if name, _, e := c.current(ctx); e == nil && name == l.name {
			err = nil // another process was faster
		}
	}
	if err != nil {
		return fmt.Errorf("load %s into OpenSearch: %w", c.Index, err)
	}
	return nil
}

// sample returns what tells apart the models of a summary's name: what the index that is
// there says, if its vectors are of the same, for no server gives the same vector twice to
// the last digit.
func (c *Cluster) sample(ctx context.Context, s vector.Summary) string {
	ctx, cancel := context.WithTimeout(ctx, c.Patience)
	defer cancel()
	if name, m, err := c.current(ctx); err == nil && m.Embedded > 0 {
		if there, err := c.summary(ctx, name, m); err == nil && there.Like(s) {
			return m.Sample
		}
	}
	return sampleOf(s.Sample) // at worst all is loaded once more
}

// loader is one load.
type loader struct {
	cluster     *Cluster
	name        string // of the new index
	all         keyword.Statistics
	lexicons    []lexicon
	vectors     *vector.Store // nil for none
	summary     vector.Summary
	field       string // for them
	told        func(done, total int64)
	done, total int64
	there       map[string]bool // ids that an earlier load brought
	batch       []item
	bytes       int // of the batch
	room        int // bytes that a batch may have
}

// item is a document on its way.
type item struct {
	id   string
	line []byte
}

func (l *loader) load(ctx context.Context, schema object, x *keyword.Index) error {
	if name, _, err := l.cluster.current(ctx); err == nil && name == l.name {
		l.told(l.total, l.total)
		return nil
	} else if err != nil && !errors.Is(err, ErrMissing) && !errors.Is(err, ErrOther) {
		return err
	}
	if err := l.begin(ctx, schema); err != nil {
		return err
	}
	if err := l.bring(ctx, x); err != nil {
		return err
	}
	if err := l.count(ctx); err != nil {
		return err
	}
	return l.swap(ctx)
}

// begin makes the index, or finds what there is of it.
func (l *loader) begin(ctx context.Context, schema object) error {
	schema["aliases"] = object{loading(l.name): object{}}
	body, err := json.Marshal(schema)
	if err != nil {
		return err // unreachable: it can be written as JSON
	}
	err = l.do(ctx, call{method: http.MethodPut, path: "/" + l.name, body: body}, nil)
	l.there = map[string]bool{}
	if r := (*refusal)(nil); errors.As(err, &r) && r.Kind == "resource_already_exists_exception" {
		return l.find(ctx)
	} else if r != nil && l.vectors != nil && strings.Contains(r.Reason, "knn") { // the setting, or the type
		return fmt.Errorf("%w: %w", ErrWords, err)
	}
	return err
}

// page is how many ids are asked for at a time: the most that OpenSearch gives by
// default.
const page = 10_000

// find notes what an earlier load brought.
func (l *loader) find(ctx context.Context) error {
	if err := l.do(ctx, call{method: http.MethodPut, path: "/" + l.name + "/_alias/" + loading(l.name)}, nil); err != nil {
		return err
	}
	if err := l.do(ctx, call{method: http.MethodPost, path: "/" + l.name + "/_refresh"}, nil); err != nil {
		return err
	}
	for after := -1; ; {
		body, err := json.Marshal(object{
			"size": page, "_source": false, "track_total_hits": false, "sort": []object{{"place": "asc"}}, "search_after": []int{after},
			"query": object{"exists": object{"field": "place"}},
		})
		if err != nil {
			return err // unreachable: it can be written as JSON
		}
		var found answer
		if err := l.do(ctx, call{method: http.MethodPost, path: "/" + l.name + "/_search", query: whole, body: body}, &found); err != nil {
			return err
		}
		for _, h := range found.Hits.Hits {
			l.there[h.ID] = true
			after = h.place()
		}
		if len(found.Hits.Hits) < page {
			return nil
		}
	}
}

// The bytes that a batch may have, of documents of about 1 KB: at first, at least and at
// most. Nodes of 256 MB take the most, 5,000 documents in 1 to 2 s, and are not faster
// with more.
const (
	firstRoom = 1 << 19
	leastRoom = 1 << 14
	mostRoom  = 1 << 22
)

// bring sends all documents that are not there.
func (l *loader) bring(ctx context.Context, x *keyword.Index) error {
	l.room = firstRoom
	send := func(id string, document any) error {
		line, err := json.Marshal(document)
		if err != nil {
			return err // unreachable: it can be written as JSON, for the embedder gives no vector of zeros
		}
		if id == "" {
			id = keyOf(line)
		}
		if l.there[id] {
			l.done++
			return nil
		}
		l.batch = append(l.batch, item{id, line})
		l.bytes += len(line)
		return l.flush(ctx, l.room)
	}
	if err := send(statisticsID, kept{l.all}); err != nil {
		return err
	}
	for i, part := range l.lexicons {
		if err := send(lexiconID(i), kept{part}); err != nil {
			return err
		}
	}
	if l.vectors != nil {
		if err := send(meaningID, kept{l.summary}); err != nil {
			return err
		}
	}
	place := 0
	for p, terms := range x.Frequencies() {
		document := passageOf(p, place, terms)
		id, err := l.embed(&document, p)
		if err != nil {
			return err
		}
		if err := send(id, document); err != nil {
			return err
		}
		place++
	}
	return l.flush(ctx, 1)
}

// embed gives a document the vector of its passage, if there is one, and returns its id
// then, which goes by the model in place of the digits.
func (l *loader) embed(d *passage, p *corpus.Passage) (id string, err error) {
	if l.vectors == nil {
		return "", nil
	}
	v, ok, err := l.vectors.Of(p)
	if !ok || err != nil {
		return "", err
	}
	line, err := json.Marshal(d)
	if err != nil {
		return "", err // unreachable: it can be written as JSON
	}
	d.Vector = map[string][]float32{l.field: v}
	return keyOf(append(line, l.field...)), nil
}

// flush sends documents while there are so many bytes of them or more.
func (l *loader) flush(ctx context.Context, bytes int) error {
	wait, moved := firstWait, time.Now()
	for l.bytes >= bytes && len(l.batch) > 0 {
		n, size := 1, len(l.batch[0].line)
		for n < len(l.batch) && size+len(l.batch[n].line) <= l.room {
			size += len(l.batch[n].line)
			n++
		}
		left, err := l.send(ctx, l.batch[:n])
		if len(left) < n {
			wait, moved = firstWait, time.Now()
		}
		l.done += int64(n - len(left))
		l.told(l.done, l.total)
		for _, it := range left {
			size -= len(it.line)
		}
		l.bytes -= size
		l.batch = append(left, l.batch[n:]...)
		switch {
		case err == nil:
			l.room = min(2*l.room, mostRoom)
			continue
		case ctx.Err() != nil:
			return ctx.Err()
		case !l.passes(err, n), time.Since(moved) > l.cluster.Stall:
			return err
		}
		l.room = max(leastRoom, l.room/2)
		if err := sleep(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, lastWait)
	}
	return nil
}

// passes tells whether a batch of n documents, or a part of it, may be taken yet.
func (l *loader) passes(err error, n int) bool {
	r := (*refusal)(nil)
	return errors.Is(err, ErrDown) || errors.As(err, &r) && r.Status == http.StatusRequestEntityTooLarge && n > 1
}

// send sends documents and returns those that were not taken, in a list of its own,
// and why the first was not.
func (l *loader) send(ctx context.Context, items []item) (left []item, err error) {
	var body bytes.Buffer
	for _, it := range items {
		fmt.Fprintf(&body, "{\"index\":{\"_id\":%q}}\n%s\n", it.id, it.line)
	}
	var said struct {
		Items []struct {
			Index struct {
				Status int
				Error  struct {
					Type, Reason string
					Cause        struct{ Reason string } `json:"caused_by"`
				}
			}
		}
	}
	// The alias is gone where another load has removed the index: it must not be made
	// anew without its schema.
	to := call{method: http.MethodPost, path: "/" + loading(l.name) + "/_bulk", query: url.Values{"require_alias": {"true"}}, body: body.Bytes()}
	if err := once(ctx, l.cluster.patient, to, &said); err != nil {
		return append(left, items...), err
	}
	if len(said.Items) != len(items) {
		return append(left, items...), fmt.Errorf("%w: %d documents were sent, and it speaks of %d", ErrRefused, len(items), len(said.Items))
	}
	for i, it := range said.Items {
		if it.Index.Status < 300 {
			continue
		}
		left = append(left, items[i])
		r := &refusal{Status: it.Index.Status, Kind: it.Index.Error.Type, Reason: it.Index.Error.Reason}
		if because := it.Index.Error.Cause.Reason; because != "" {
			r.Reason += ": " + because
		}
		if err == nil || errors.Is(err, ErrDown) && !r.passing() { // one that never passes says more
			err = fmt.Errorf("document %s: %w", items[i].id, r)
		}
	}
	return left, err
}

// loading is the alias of an index until it is whole.
func loading(index string) string { return index + "-loading" }

// do makes a request, again and again where it fails, for as long as a load may stall.
func (l *loader) do(ctx context.Context, c call, out any) error {
	ctx, cancel := context.WithTimeout(ctx, l.cluster.Stall)
	defer cancel()
	return again(ctx, l.cluster.patient, c, out)
}

// count makes what was sent visible and sees that it is all there, once.
func (l *loader) count(ctx context.Context) error {
	for end := time.Now().Add(l.cluster.Stall); ; {
		var refreshed, counted struct {
			Count  int64
			Shards struct{ Failed int } `json:"_shards"`
		}
		if err := l.do(ctx, call{method: http.MethodPost, path: "/" + l.name + "/_refresh"}, &refreshed); err != nil {
			return err
		}
		if err := l.do(ctx, call{method: http.MethodPost, path: "/" + l.name + "/_count"}, &counted); err != nil {
			return err
		}
		whole := refreshed.Shards.Failed == 0 && counted.Shards.Failed == 0
		switch {
		case whole && counted.Count == l.total:
			return nil
		case whole && counted.Count > l.total:
			err := fmt.Errorf("%w: it has %d documents, want %d: load it anew", ErrOther, counted.Count, l.total)
			return errors.Join(err, l.do(ctx, call{method: http.MethodDelete, path: "/" + l.name}, nil))
		case time.Now().After(end):
			return fmt.Errorf("%w: %d of %d documents are there", ErrDown, counted.Count, l.total)
		}
		if err := sleep(ctx, lastWait); err != nil {
			return err
		}
	}
}

// copying is how long the alias waits until each part of the new index has its copies.
const copying = "30s"

// swap makes the alias lead to the new index alone, and removes what else there is.
func (l *loader) swap(ctx context.Context) error {
	var health struct {
		Nodes int `json:"number_of_data_nodes"`
	}
	path := "/_cluster/health/" + l.name
	if err := l.do(ctx, call{method: http.MethodGet, path: path}, &health); err != nil {
		return err
	}
	if health.Nodes > l.cluster.Replicas { // else there never is a node for each copy
		_ = once(ctx, l.cluster.patient, call{method: http.MethodGet, path: path, query: url.Values{"wait_for_status": {"green"}, "timeout": {copying}}}, nil) // the copies may as well come later
	}
	alias := func(what, index, name string) object { return object{what: object{"index": index, "alias": name}} }
	actions := []object{alias("add", l.name, l.cluster.Index), alias("remove", l.name, loading(l.name))}
	led, err := l.cluster.described(ctx, l.cluster.Index)
	if err != nil && !errors.Is(err, ErrMissing) {
		return err
	}
	for old := range led {
		actions = append(actions, alias("remove", old, l.cluster.Index))
	}
	body, err := json.Marshal(object{"actions": actions})
	if err != nil {
		return err // unreachable: it can be written as JSON
	}
	if err := l.do(ctx, call{method: http.MethodPost, path: "/_aliases", body: body}, nil); err != nil {
		return err
	}
	others, err := l.cluster.described(ctx, l.cluster.Index+"-*")
	if err != nil {
		return err
	}
	for name := range others {
		if name == l.name || !l.cluster.ours(name) {
			continue
		}
		if err := l.do(ctx, call{method: http.MethodDelete, path: "/" + name}, nil); err != nil && !errors.Is(err, ErrMissing) {
			return err
		}
	}
	return nil
}
