package opensearch

import (
	"context"
	"crypto/rand"
	"net/http"
	"os"
	"strings"
	"testing"

	"footnote/corpus"
	"footnote/retrieval"
	"footnote/retrieval/keyword"
	"footnote/retrieval/retrievaltest"
)

// cluster returns a cluster of real nodes, used by an alias of its own; where there are
// none the test is skipped. .ci/opensearch.sh starts them.
func cluster(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	nodes := os.Getenv("FOOTNOTE_TEST_OPENSEARCH")
	if nodes == "" {
		t.Skip("FOOTNOTE_TEST_OPENSEARCH names no nodes")
	}
	cfg.URLs, cfg.Index = strings.Split(nodes, ","), "test-"+strings.ToLower(rand.Text())
	c := made(t, cfg)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		found, err := c.described(ctx, c.Index+"-*")
		if err != nil {
			t.Error(err)
		}
		for name := range found {
			if err := again(ctx, c.patient, call{method: http.MethodDelete, path: "/" + name}, nil); err != nil {
				t.Error(err)
			}
		}
	})
	return c
}

// made returns a cluster that is closed at the end of the test.
func made(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// loaded brings a corpus to the cluster and opens it.
func loaded(t testing.TB, c *Cluster, material *corpus.Corpus) *Index {
	t.Helper()
	if err := c.Load(t.Context(), material, keyword.New(material, keyword.Default()), nil, nil); err != nil {
		t.Fatal(err)
	}
	x, err := c.Open(t.Context(), material)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestSearcher(t *testing.T) {
	retrievaltest.TestSearcher(t, func(t *testing.T, material *corpus.Corpus) retrieval.Searcher {
		return loaded(t, cluster(t, Config{Shards: 5}), material)
	})
}
