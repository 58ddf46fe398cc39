// Package web is the reader page, and the bot in a browser: the documents as pages that
// a citation opens at the sentence it quotes, a box to ask in, and the directions as a
// drawing that can be clicked.
//
// It is an adapter as those for chats are: a question goes through [bot.Service], is
// durable before the browser is told so, and is answered once. Pages are written by
// html/template and work without a script; the one there is shows an answer while it is
// being written. Nothing is loaded from anywhere else.
//
// The package knows HTTP and HTML, and nothing of search or of how answers come about.
package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzhttp"

	"footnote/bot"
	"footnote/corpus"
)

const adapterName = "web"

// place is where everything is asked that is asked here.
const place = "web:"

// Shelf has the documents that may be read in a place; *[bot.Views] has.
type Shelf interface {
	In(place string) *corpus.Corpus
}

// Asker answers, and has the documents that it answers from.
type Asker interface {
	bot.Asker
	Shelf
}

// Store is the part of the ledger that pages are made from.
type Store interface {
	Errand(ctx context.Context, key string) (bot.Errand, bot.Answer, bool, error)
	Turns(ctx context.Context, conversation string, limit int) ([]bot.Turn, error)
}

// Feedback keeps what people think of answers.
type Feedback interface {
	Rate(ctx context.Context, f bot.Feedback) error
}

// Config is the settings of the pages. The zero value is for a server that only this
// machine reaches.
type Config struct {
	PublicURL string // the address that people reach the pages by; what stands behind its host is taken off by a proxy. "" where only this machine does
	Secret    string // who knows it may come in; "" asks for none
	Provider  Provider
	PerMinute int // requests of one client; 600
}

// Validate returns what is wrong with the settings, in a sentence.
func (c Config) Validate() error {
	if c.PublicURL != "" {
		if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("the public address is none: write https://HOST")
		}
	}
	if c.Secret != "" && len(c.Secret) < leastSecret {
		return errors.New("the secret for the pages is too short: at least 12 characters, as openssl rand -hex 16 prints more of")
	}
	return c.Provider.validate(c.PublicURL)
}

// Guarded tells whether somebody must say who they are before anything is shown.
func (c Config) Guarded() bool { return c.Secret != "" || c.Provider.Issuer != "" }

// Web serves the pages. It is safe for concurrent use.
type Web struct {
	log      *slog.Logger
	service  *bot.Service
	asker    Asker
	store    Store
	feedback Feedback
	conf     Config
	base     string // stands before the path of each page: "" or "/footnote"
	hosts    []string
	secure   bool // people come by https
	live     *live
	clients  *clients
	tries    *clients // of logging in
	door     *door
	prompts  *prompts
	stop     chan struct{} // closed when nothing is received any more
	once     sync.Once
}

// New returns the pages. feedback may be nil: then nobody is asked what they think.
func New(log *slog.Logger, s *bot.Service, a Asker, store Store, feedback Feedback, conf Config) (*Web, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	w := &Web{
		log: log, service: s, asker: a, store: store, feedback: feedback, conf: conf,
		live: newLive(), clients: newClients(cmp.Or(conf.PerMinute, perMinute)), tries: newClients(triesPerMinute),
		prompts: newPrompts(), stop: make(chan struct{}),
	}
	if u, err := url.Parse(conf.PublicURL); err == nil && u.Host != "" {
		w.base, w.secure = strings.TrimRight(u.Path, "/"), u.Scheme == "https"
		w.hosts = append(w.hosts, strings.ToLower(u.Hostname()))
	}
	w.door = newDoor(conf, w.base, w.secure)
	return w, nil
}

// Name implements [bot.Adapter].
func (w *Web) Name() string { return adapterName }

// Run keeps ready what the first page shows, until ctx ends. Then pages that wait for an
// answer wait no longer.
func (w *Web) Run(ctx context.Context) error {
	defer w.once.Do(func() { close(w.stop) })
	w.prompts.run(ctx, w)
	return nil
}

// Handler serves the pages, at the root of the server.
func (w *Web) Handler() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, h func(http.ResponseWriter, *http.Request)) {
		mux.Handle(pattern, gzhttp.GzipHandler(http.HandlerFunc(h)))
	}
	page("GET /{$}", w.home)
	page("GET /{document}", w.document)
	page("GET /compass/{direction}", w.compass)
	page("POST /ask", w.ask)
	page("GET /c/{id}", w.conversation)
	mux.HandleFunc("GET /c/{id}/events", w.events) // as it comes: nothing is held back to be pressed
	page("POST /c/{id}/rate", w.rate)
	page("GET /-/{file}", w.asset)
	page("GET /-/login", w.login)
	page("POST /-/login", w.enter)
	page("POST /-/logout", w.leave)
	page("GET /-/provider", w.toProvider)
	page("GET /-/callback", w.fromProvider)
	page("/", w.lost)
	return w.guard(mux)
}

// at returns the address of a page of ours.
func (w *Web) at(path string) string { return w.base + path }

// address returns where a document can be read.
func (w *Web) address(document string) string { return w.at("/" + url.PathEscape(document)) }

// corpus returns what may be read here.
func (w *Web) corpus() *corpus.Corpus { return w.asker.In(place) }

// fresh returns a name that nobody can guess.
func fresh() string { return strings.ToLower(rand.Text()) }

// isFresh tells whether a name is of the form that fresh gives.
func isFresh(id string) bool {
	return len(id) == 26 && !slices.ContainsFunc([]byte(id), func(b byte) bool { return (b < 'a' || b > 'z') && (b < '2' || b > '7') })
}
