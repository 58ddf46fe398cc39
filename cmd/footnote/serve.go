package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"footnote/bot"
	"footnote/bot/ledger"
	"footnote/bot/web"
	"footnote/corpus"
	"footnote/retrieval/keyword"
)

// adapter is a platform that is being served.
type adapter interface {
	bot.Adapter
	// Run receives until ctx ends. An error says in a sentence why it cannot.
	Run(ctx context.Context) error
	// Handler serves what the platform calls below /NAME/.
	Handler() http.Handler
}

// platform is a row of the table of platforms.
type platform struct {
	name  string
	needs string // what turns it on
	on    func(v values) bool
	valid func(v values) error // says what is missing or malformed
	calls func(v values) bool  // the platform calls us
	open  func(p parts) (adapter, error)
	check func(ctx context.Context, p parts) []finding // looks from outside; the service is nil, and so are asker and ledger where there are none
}

// parts are what an adapter is made from.
type parts struct {
	log     *slog.Logger
	service *bot.Service
	asker   bot.Asker
	ledger  *ledger.Ledger
	values  values
	calls   func(status int) // is told of every call of the platform's API; may be nil
	shelf   web.Asker        // the same asker, with the documents to read; nil where nothing is served
	reader  string           // the address that citations link to, "" where there is none
}

// platforms are the platforms there are.
var platforms = []platform{slackPlatform, discordPlatform, webPlatform}

// configured returns the platforms that are on. None is an error, as are settings
// of theirs that cannot be used.
func configured(v values) (on []platform, err error) {
	var needs []string
	for _, p := range platforms {
		needs = append(needs, p.needs)
		if !p.on(v) {
			continue
		}
		if err := p.valid(v); err != nil {
			return nil, &usageError{err}
		}
		on = append(on, p)
	}
	if len(on) == 0 {
		return nil, usagef("no platform is configured: %s", strings.Join(needs, ", or "))
	}
	return on, nil
}

// listenAt returns where to listen, or "" where nobody calls.
func listenAt(v values, on []platform) string {
	if v["listen"] != "" {
		return v["listen"]
	}
	at := ""
	for _, p := range on {
		switch {
		case p.name == webName:
			at = cmp.Or(at, webListen)
		case p.calls(v):
			at = ":8080"
		}
	}
	return at
}

func runServe(ctx context.Context, con *console, v values, args []string) (err error) {
	if len(args) > 0 {
		return usagef("serve takes no words: the settings say what it serves")
	}
	on, err := configured(v)
	if err != nil {
		return err
	}
	defer func() {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // told to end before all had begun
		}
	}()
	s := &server{values: v, resolve: con.resolve}
	s.log = con.leveled(v, &s.level)
	s.adjust(v)
	c, x, told, err := con.stock(ctx, v)
	if err != nil {
		return err
	}
	if told != "" {
		s.log.Warn(told)
	}
	if s.ledger, err = con.openLedger(ctx, s.log, v); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.ledger.Close()) }()
	means, err := con.meaning(s.log, v)
	if err != nil {
		return err
	}
	live, err := s.material(ctx, con, v, c, x, means)
	if err != nil {
		return err
	}
	s.log.Info("writer", "mode", v["mode"], "model", hasModel(v))
	if err := s.watchOver(ctx, v); err != nil {
		return err
	}
	defer s.monitor.close(ctx, s.log) // again where all has ended
	if at := listenAt(v, on); at != "" {
		if s.listener, err = listen(ctx, "listen", at); err != nil {
			return err
		}
		defer func() { _ = s.listener.Close() }() // again where the server has done so
	}
	s.service = bot.NewService(s.log, live, s.ledger, owner(), limits(v))
	if err := s.attach(on, live); err != nil {
		return err
	}
	s.observe(live)
	return s.run(ctx)
}

// attach opens the platforms that are on.
func (s *server) attach(on []platform, live *living) error {
	for _, p := range on {
		a, err := p.open(parts{
			log: s.log, service: s.service, asker: live, ledger: s.ledger, values: s.values,
			calls: s.monitor.figures.Calls(p.name), shelf: live, reader: reader(s.values),
		})
		if err != nil {
			return err
		}
		s.service.Attach(a)
		s.adapters = append(s.adapters, a)
	}
	return nil
}

// material makes what answers from c, by means too as far as it is embedded, and sets
// up what embeds the rest and its watcher.
func (s *server) material(ctx context.Context, con *console, v values, c *corpus.Corpus, x *keyword.Index, means *meaning) (*living, error) {
	words, err := con.searcher(ctx, v, c, x)
	if err != nil {
		return nil, err
	}
	search, err := means.over(words, c)
	if err != nil {
		return nil, err
	}
	m, err := con.prepare(s.log, v, c, x, search, s.ledger)
	if err != nil {
		return nil, err
	}
	s.log.Info("material", "version", c.Version, "documents", c.Documents.Len(), "passages", c.Passages.Len())
	for _, skip := range c.Skipped {
		s.log.Warn("skipped", "file", skip.Path, "reason", skip.String())
	}
	if n := len(c.Warnings); n > 0 {
		s.log.Warn("the material has faults; footnote index lists them", "faults", n)
	}
	live := &living{}
	live.means = means
	live.become(m.bot, c)
	s.log.Info("places", "views", live.now.Load().Len()) // sets of documents that are quoted in some place, each with an index
	if means != nil {
		s.embedding = newEmbedding(s.log, means, live)
		s.embedding.take(state{m.bot, c, words, live.now.Load()})
	}
	if v["corpus"] != "" {
		s.watch = newWatcher(s.log, v["corpus"], m, live)
		s.watch.still = !v.yes("watch")
		s.watch.embedding = s.embedding
		if hasCluster(v) {
			cluster, err := con.cluster(v)
			if err != nil {
				return nil, err // unreachable: prepare has opened it
			}
			supply := &supply{cluster: cluster, means: means, latest: c}
			s.watch.renew = supply.renew
			if s.embedding != nil {
				s.embedding.supply = supply
			}
		}
	}
	return live, nil
}

// owner names this life of this process among all that use a ledger.
func owner() string {
	host, _ := os.Hostname() // only for people who read the ledger
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), rand.Text())
}

// limits returns the limits that the settings name.
func limits(v values) bot.Limits {
	return bot.Limits{
		Workers: v.number("workers", 0),
		User:    bot.Rate{N: v.number("user-limit", 0), In: time.Minute},
		Place:   bot.Rate{N: v.number("channel-limit", 0), In: time.Minute},
	}
}

// server is a running footnote serve.
type server struct {
	log       *slog.Logger
	ledger    *ledger.Ledger
	service   *bot.Service
	adapters  []adapter
	listener  net.Listener // nil where nobody calls
	monitor   *monitor
	watch     *watcher   // nil where the material cannot change
	embedding *embedding // nil where nothing is found by meaning
	values    values
	resolve   func() (values, error) // reads the settings anew
	level     slog.LevelVar          // of the log
	retention atomic.Int64           // days; 0 keeps everything
	stopping  atomic.Bool
}

// run serves until ctx ends, or an adapter or the listener fails: half a service
// that looks well is worse than one that ends and says why. Then it stops in order:
// first nothing is received any more, then what was begun is finished and the rest
// handed over.
func (s *server) run(ctx context.Context) error {
	receiving, stopReceiving := context.WithCancel(context.WithoutCancel(ctx))
	defer stopReceiving()
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()

	var work, receivers, operators sync.WaitGroup
	var handOver error
	work.Go(func() { handOver = s.service.Run(serving) })
	work.Go(func() { s.tidy(serving) })
	work.Go(func() { s.reloads(serving) })
	if s.watch != nil {
		work.Go(func() { s.watch.run(serving) })
	}
	if s.embedding != nil {
		work.Go(func() { s.embedding.run(serving) })
	}
	failed := make(chan error, len(s.adapters)+len(s.monitor.doors)+1)
	s.monitor.serve(&operators, failed)
	for _, a := range s.adapters {
		receivers.Go(func() {
			if err := a.Run(receiving); err != nil {
				failed <- err
			} else if receiving.Err() == nil {
				failed <- fmt.Errorf("%s: it has stopped receiving", a.Name()) // unreachable unless an adapter breaks its promise
			}
		})
	}
	pages := s.pages()
	if s.listener != nil {
		s.log.Info("listening", "address", s.listener.Addr().String())
		if servesWeb(s.values) {
			s.log.Info("open this in a browser", "url", cmp.Or(reader(s.values), "http://"+s.listener.Addr().String())+"/")
		}
		receivers.Go(func() {
			if err := pages.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve HTTP: %w", err)
			}
		})
	}

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.log.Info("stopping")
	s.stopping.Store(true)
	s.hangUp(ctx, pages)
	stopReceiving()
	receivers.Wait()
	stopServing()
	work.Wait()
	s.monitor.close(ctx, s.log)
	operators.Wait()
	s.log.Info("stopped")
	return errors.Join(err, handOver)
}

// tidy seals the secrets in the ledger with the newest key, and removes every day
// what is older than it is to be kept.
func (s *server) tidy(ctx context.Context) {
	switch n, err := s.ledger.Reseal(ctx); {
	case errors.Is(err, ledger.ErrNoKey): // nobody has a secret, or footnote doctor says it
	case err != nil && ctx.Err() == nil:
		s.log.Error("seal secrets with the first key", "error", err)
	case n > 0:
		s.log.Info("secrets sealed with the first key; the older ones can go", "secrets", n)
	}
	t := time.NewTicker(24 * time.Hour)
	defer t.Stop()
	for {
		s.expire(ctx)
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// expire removes what is older than it is to be kept.
func (s *server) expire(ctx context.Context) {
	days := s.retention.Load()
	if days == 0 {
		return
	}
	n, err := s.ledger.Expire(ctx, time.Now().Add(-time.Duration(days)*24*time.Hour))
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Error("remove old questions", "error", err)
	default:
		s.log.Info("old questions removed", "questions", n)
	}
}
