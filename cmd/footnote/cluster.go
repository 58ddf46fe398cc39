package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"footnote/bot"
	"footnote/corpus"
	"footnote/retrieval/keyword"
	"footnote/retrieval/opensearch"
)

var _ bot.Searcher = (*opensearch.Index)(nil)

// hasCluster reports whether passages are found by a cluster.
func hasCluster(v values) bool { return v["search"] == "opensearch" }

// cluster returns the cluster that the settings name, which is closed when the run ends.
func (con *console) cluster(v values) (*opensearch.Cluster, error) {
	if v["opensearch-url"] == "" {
		return nil, usagef("--search opensearch: no node is named: --opensearch-url or FOOTNOTE_OPENSEARCH_URL does, such as https://node1:9200,https://node2:9200")
	}
	replicas := v.number("opensearch-replicas", 0)
	if replicas == 0 {
		replicas = -1 // 0 is opensearch's default
	}
	c, err := opensearch.New(opensearch.Config{
		URLs: strings.Split(v["opensearch-url"], ","), User: v["opensearch-user"], Password: v["opensearch-password"],
		Index: v["opensearch-index"], Shards: v.number("opensearch-shards", 0), Replicas: replicas,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	con.atEnd = append(con.atEnd, c.Close)
	return c, nil
}

// searcher returns what searches the material: its index, or where that is nil the one
// in the cluster that the settings name.
func (con *console) searcher(ctx context.Context, v values, c *corpus.Corpus, x *keyword.Index) (bot.Searcher, error) {
	if x != nil {
		return x, nil
	}
	cluster, err := con.cluster(v)
	if err != nil {
		return nil, err
	}
	there, err := cluster.Open(ctx, c)
	if errors.Is(err, opensearch.ErrMissing) || errors.Is(err, opensearch.ErrOther) {
		return nil, fmt.Errorf("%w: footnote index --search opensearch loads the material", err)
	}
	if err != nil {
		return nil, err // and no index that is nil, in an interface that is not
	}
	return there, nil
}

// load brings an index to the cluster that the settings name, with the vectors of its
// passages where the settings name a model that embeds them.
func (con *console) load(ctx context.Context, v values, c *corpus.Corpus, x *keyword.Index) error {
	cluster, err := con.cluster(v)
	if err != nil {
		return err
	}
	means, err := con.meaning(con.quiet(), v)
	if err != nil {
		return err
	}
	if err := con.fill(ctx, means, c); err != nil {
		return err
	}
	bar := con.progress("loading")
	defer bar.close()
	return cluster.Load(ctx, c, x, means.vectors(), bar.set)
}

// supply brings material that has changed to a cluster, one state of it after the other.
type supply struct {
	cluster *opensearch.Cluster
	means   *meaning

	mu     sync.Mutex
	latest *corpus.Corpus
}

// renew is a [renewal]: it loads c with the vectors that there are.
func (s *supply) renew(ctx context.Context, c *corpus.Corpus) (bot.Searcher, func(context.Context), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = c
	x, err := s.load(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	return x, func(context.Context) {}, nil
}

// complete returns what searches c, which words searches, with the vectors of all its
// passages, which it loads where the cluster lacks some; or words, where c is not the
// latest any more.
func (s *supply) complete(ctx context.Context, c *corpus.Corpus, words bot.Searcher) (bot.Searcher, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	there, ok := words.(*opensearch.Index)
	if !ok || s.latest != c {
		return words, nil
	}
	if has := there.Summary(); has.Passages == c.Passages.Len() && has.Model == s.means.embedder.Model() {
		return words, nil
	}
	x, err := s.load(ctx, c)
	if err != nil {
		return nil, err
	}
	return x, nil
}

func (s *supply) load(ctx context.Context, c *corpus.Corpus) (*opensearch.Index, error) {
	if err := s.cluster.Load(ctx, c, keyword.New(c, keyword.Default()), s.means.vectors(), nil); err != nil {
		return nil, err
	}
	return s.cluster.Open(ctx, c)
}

// checkSearch says whether what finds passages is there.
func (con *console) checkSearch(ctx context.Context, v values, c *corpus.Corpus, index *keyword.Index) (bot.Searcher, []finding) {
	x, err := con.searcher(ctx, v, c, index)
	if err != nil {
		return nil, []finding{{wrong, "Search: " + err.Error() + ".", ""}}
	}
	there, ok := x.(*opensearch.Index)
	if !ok {
		return x, nil
	}
	has := "Search: the cluster has the index " + v["opensearch-index"] + " of the material"
	if vectors := there.Summary(); vectors.Passages > 0 {
		has += fmt.Sprintf(", with vectors of %d passages by %s", vectors.Passages, vectors.Model)
	} else if hasEmbeddings(v) {
		return x, []finding{{known, has + ", without vectors.", "footnote index --search opensearch loads them."}}
	}
	return x, []finding{{well, has + ".", ""}}
}
