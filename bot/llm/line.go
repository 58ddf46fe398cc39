package llm

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/sashabaranov/go-openai"
	"github.com/sony/gobreaker/v2"
)

// line is the way to a server: how many calls it takes at a time, when it wants to be
// left alone, and whether it has failed too often to be asked. It is safe for
// concurrent use.
type line struct {
	log     *slog.Logger
	conf    Config
	words   wording
	api     *openai.Client
	places  chan struct{} // one for each call at a time
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]

	hush  sync.Mutex // guards quiet
	quiet time.Time  // until then the server wants no calls
}

// newLine returns the line to the server of conf, which has its defaults.
func newLine(log *slog.Logger, conf Config, words wording) *line {
	wire := openai.DefaultConfig(conf.Key)
	if conf.APIType == Azure {
		wire = openai.DefaultAzureConfig(conf.Key, conf.BaseURL)
		wire.APIVersion = azureVersion
		wire.AzureModelMapperFunc = func(model string) string { return model }
	}
	wire.BaseURL = conf.BaseURL
	wire.HTTPClient = &http.Client{Transport: door{conf.Transport}}
	l := &line{log: log, conf: conf, words: words, places: make(chan struct{}, conf.Concurrent), api: openai.NewClientWithConfig(wire)}
	l.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     restsFor,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= fallsAt },
		IsExcluded:  func(err error) bool { return err != nil && !hurts(err) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			log.Warn(words.server+"'s breaker turned", "from", from.String(), "to", to.String())
		},
	})
	return l
}

// hurts reports whether err speaks against the server.
func hurts(err error) bool {
	var f *Fault
	return errors.As(err, &f) && f.hurts()
}

// begin waits until a call may be made. Who makes it calls done with what came of it.
func (l *line) begin(ctx context.Context) (done func(error), err error) {
	if d := l.hushed(); d > 0 && !pause(ctx, d) {
		if ctx.Err() != nil {
			return nil, l.fault(ctx, &meta{}, ctx.Err())
		}
		return nil, &Fault{Kind: Busy, Wait: d, what: l.words.server + " wants to be left alone for now"}
	}
	select {
	case l.places <- struct{}{}:
	case <-ctx.Done():
		f := l.fault(ctx, &meta{}, ctx.Err())
		if f.Kind == Slow { // our own queue, which says nothing about the server
			f = &Fault{Kind: Busy, cause: f.cause, what: l.words.queue}
		}
		return nil, f
	}
	allowed, err := l.breaker.Allow()
	if err != nil {
		<-l.places
		return nil, &Fault{Kind: Resting, what: l.words.server + " has failed too often and is left alone for a while"}
	}
	return func(outcome error) {
		<-l.places
		allowed(outcome)
	}, nil
}

// rest waits before the next try, after n tries of which the last failed by f. It
// reports false where too little time would be left for another.
func (l *line) rest(ctx context.Context, n int, f *Fault) bool {
	d := hiccup << min(n-1, 6)
	if f.Wait > 0 {
		d = f.Wait + rand.N(hiccup)
		l.leave(f.Wait)
	} else {
		d = d/2 + rand.N(d)
	}
	return pause(ctx, d)
}

// pause waits for d, and reports false if it did not because too little time would be
// left for a call.
func pause(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && d > time.Until(end)/2 {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave lets no call begin for d.
func (l *line) leave(d time.Duration) {
	l.hush.Lock()
	defer l.hush.Unlock()
	if until := time.Now().Add(d); until.After(l.quiet) {
		l.quiet = until
	}
}

// hushed returns how long no call may begin.
func (l *line) hushed() time.Duration {
	l.hush.Lock()
	defer l.hush.Unlock()
	return time.Until(l.quiet)
}
