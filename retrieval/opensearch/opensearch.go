// Package opensearch is the search over a cluster of OpenSearch nodes, for material
// that is loaded once and searched by several processes.
//
// The cluster finds; what a hit scores is decided by [footnote/retrieval/keyword], as
// if its index were here. To that end the cluster is given no texts but the terms of
// our analysis, each as often as BM25F counts it in a passage (load.go), and is asked
// for the terms of a question (search.go). The best of what it finds are read again
// from the corpus, which the process has, and scored with the statistics of all
// passages, which are kept beside them (vocabulary.go).
//
// Where passages have vectors the cluster keeps those too, and finds the nearest to a
// question's (nearest.go), which [footnote/retrieval/vector] fuses with what is found by
// words. The vectors of sentences it does not keep.
//
// An index is built under a name of its own, and an alias leads to it: a new one takes
// the place of the old in one step. An alias for each set of documents keeps them
// apart.
//
// The package knows nothing of files, answers or who may see what.
package opensearch

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/opensearch-project/opensearch-go/v4"
)

// Config says which cluster is used, and how.
type Config struct {
	URLs           []string      // of nodes: any of them answers, a dead one is skipped
	User, Password string        // or both ""
	Index          string        // the alias; "" is footnote
	Shards         int           // parts of a new index; 0 is 3: a node each for as many
	Replicas       int           // copies of each part besides the first; 0 is 1, less is none
	Attempt        time.Duration // that a node has to answer a search, then another is asked; 0 is 3 s
	Patience       time.Duration // that a search has, if its context leaves it so long; 0 is 10 s
	Stall          time.Duration // without progress that ends a load; 0 is 3 min: a cluster of three was whole again 63 s after a kill
}

// What is wrong with an index, or with a cluster: errors of the package are these, with
// more words, or a context's.
var (
	ErrDown    = errors.New("the cluster does not answer")
	ErrRefused = errors.New("the cluster refuses")
	ErrMissing = errors.New("there is no such index in the cluster")
	ErrOther   = errors.New("the index holds other material, or is of another version of footnote")
	ErrWords   = errors.New("the cluster knows no vectors: its nodes lack the plugin opensearch-knn, which the usual distribution of OpenSearch has; without an embeddings model words alone are loaded")
)

// Cluster is a cluster that is used by an alias. It is safe for concurrent use.
type Cluster struct {
	Config
	quick   *opensearch.Client // for what somebody waits for
	patient *opensearch.Client // for what takes as long as it takes
}

// heavy is how long a single request of a load may take: as long as OpenSearch itself
// waits for a shard by default.
const heavy = time.Minute

// aliases are those names of an index that an alias can have too, and a suffix.
var aliases = regexp.MustCompile(`^[a-z0-9][a-z0-9_.-]{0,99}$`)

// New returns a cluster, without asking it anything. [Cluster.Close] ends what it does
// in the background.
func New(cfg Config) (*Cluster, error) {
	cfg.Index = cmp.Or(cfg.Index, "footnote")
	cfg.Shards, cfg.Replicas = cmp.Or(cfg.Shards, 3), max(0, cmp.Or(cfg.Replicas, 1))
	cfg.Attempt, cfg.Patience, cfg.Stall = cmp.Or(cfg.Attempt, 3*time.Second), cmp.Or(cfg.Patience, 10*time.Second), cmp.Or(cfg.Stall, 3*time.Minute)
	if len(cfg.URLs) == 0 {
		return nil, errors.New("opensearch: no node is named")
	}
	if !aliases.MatchString(cfg.Index) {
		return nil, fmt.Errorf("opensearch: %q cannot name an index: small letters, digits, -, _ and . can", cfg.Index)
	}
	for _, u := range cfg.URLs {
		// A password would show in every error of the network.
		if at, err := url.Parse(u); err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil {
			return nil, errors.New("opensearch: the address of a node is http://HOST:PORT or https://HOST:PORT, without a name or a password")
		}
	}
	c := &Cluster{Config: cfg}
	var err error
	if c.quick, err = cfg.client(cfg.Attempt); err == nil {
		c.patient, err = cfg.client(heavy)
	}
	if err != nil {
		return nil, fmt.Errorf("opensearch: %w", err)
	}
	return c, nil
}

// client returns a client that asks the nodes in turn, each for so long at most.
func (c *Config) client(attempt time.Duration) (*opensearch.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64 // searches at once; two, the default, would have most of them connect anew
	return opensearch.NewClient(opensearch.Config{
		Addresses: c.URLs, Username: c.User, Password: c.Password, Transport: transport,
		RequestTimeout: attempt, EnableRetryOnTimeout: true, MaxRetries: len(c.URLs),
	})
}

// Close ends what goes on in the background. Searches must have ended.
func (c *Cluster) Close() error { return errors.Join(c.quick.Close(), c.patient.Close()) }
