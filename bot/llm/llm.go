package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"footnote/bot"
	"footnote/prompts"
)

const (
	hiccup    = 400 * time.Millisecond // about, before the second try; twice that before the third, and so on
	fallsAt   = 5                      // failures in a row after which a server is asked no more …
	restsFor  = 30 * time.Second       // … for this long; then one call finds out
	plainMost = 1024                   // tokens of a reply whose prompt sets no limit
)

// Client writes by a model. It is safe for concurrent use.
type Client struct {
	*line
	purse  purse
	prefix prefix

	mu    sync.Mutex
	shape shape // the last that the server has taken
	keeps bool  // the server has taken a schema, and so a refusal is not about schemas
	stats Stats
}

var _ bot.Writer = (*Client)(nil)

// New returns a client for conf. It makes no call.
func New(log *slog.Logger, conf Config) (*Client, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	conf = conf.withDefaults()
	return &Client{
		line: newLine(log, conf, chat), purse: purse{log: log, tally: conf.Tally, most: conf.TokensADay},
		shape: firstShape(conf), stats: Stats{Faults: map[Kind]int64{}},
	}, nil
}

// Write has the model write what p asks for. each gets the text as it comes; what each
// returns ends the call and is returned. All other errors are a *[Fault], which matches
// the bot's word for it. The usage is
// what is known to have been used, of calls that failed too; where the server does not
// say, it is counted here.
func (c *Client) Write(ctx context.Context, p prompts.Prompt, each func(delta string) error) (bot.Usage, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.conf.Whole, errWhole)
	defer cancel()
	if p.MaxTokens <= 0 {
		p.MaxTokens = plainMost
	}
	use := bot.Usage{Model: c.conf.Model}
	held := 0
	if c.conf.TokensADay > 0 {
		held = c.promptTokens(p.System, p.User) + p.MaxTokens
	}
	if !c.purse.hold(ctx, held) {
		return use, c.count(p, use, 0, &Fault{Kind: Spent, what: "the model's tokens for today are used up"})
	}
	tries, err := c.tries(ctx, p, each, &use)
	c.purse.settle(ctx, held, use.Prompt+use.Completion)
	return use, c.count(p, use, tries, err)
}

// tries makes calls until one succeeds or no other may be made, and returns how many
// there were.
func (c *Client) tries(ctx context.Context, p prompts.Prompt, each func(string) error, use *bot.Usage) (int, error) {
	form := c.known()
	left := c.conf.Retries
	turned := map[shape]bool{form: true}
	for n := 1; ; n++ {
		wrote, err := c.once(ctx, p, form, each, use)
		var f *Fault
		if err == nil || !errors.As(err, &f) || wrote {
			return n, err
		}
		if next, ok := form.without(f.named); ok && !turned[next] && !c.certain(f, p) {
			form, turned[next] = next, true
			continue
		}
		if !f.again || left == 0 {
			return n, err
		}
		left--
		c.log.Info("the model is asked again", "prompt", p.Name, "try", n, "kind", f.Kind, "status", f.Status)
		if !c.rest(ctx, n, f) {
			return n, err
		}
	}
}

// once makes one call when it may be made. It reports whether text has come.
func (c *Client) once(ctx context.Context, p prompts.Prompt, form shape, each func(string) error, use *bot.Usage) (wrote bool, err error) {
	done, err := c.begin(ctx)
	if err != nil {
		return false, err
	}
	outcome := error(theirs{errors.New("given up by a panic")})
	defer func() { done(outcome) }()
	s := stream{c: c, p: p, each: each, use: use}
	err = s.run(ctx, form)
	outcome = err
	if f := (*Fault)(nil); errors.As(err, &f) && f.Kind == Slow && s.text.Len() > 0 {
		outcome = nil // it writes, only not fast enough for us
	}
	return s.text.Len() > 0, err
}

// known returns the shape that calls are made in.
func (c *Client) known() shape {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shape
}

// learn remembers a shape that the server has taken, with a schema in it or not. A
// server that has taken one before is not taken for one that takes none.
func (c *Client) learn(form shape, withSchema bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keeps = c.keeps || withSchema
	if form == c.shape || c.keeps && !form.schema {
		return
	}
	c.log.Warn("the model server does not take all parts of a call, and is asked without from now on",
		"schema", form.schema, "bounds", form.bounds, "usage", form.counting, "temperature", form.temperature, "max_completion_tokens", form.newLimit)
	c.shape = form
}

// certain reports whether a refusal that may be about p's schema cannot be.
func (c *Client) certain(f *Fault, p prompts.Prompt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return f.named == schema && (len(p.Schema) == 0 || f.vague && c.keeps)
}

// count adds a Write to the figures, and returns its error as the caller gets it.
func (c *Client) count(p prompts.Prompt, use bot.Usage, tries int, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.stats
	s.Writes++
	s.Calls += int64(tries)
	s.Prompt += int64(use.Prompt)
	s.Cached += int64(use.Cached)
	s.Completion += int64(use.Completion)
	if err == nil {
		return nil
	}
	var own theirs
	if errors.As(err, &own) {
		s.Faults[Given]++
		return own.error
	}
	var f *Fault
	if errors.As(err, &f) {
		s.Faults[f.Kind]++
		c.log.Warn("the model did not write", "prompt", p.Name, "version", p.Version, "kind", f.Kind, "status", f.Status, "tries", tries, "why", f.what)
		return f
	}
	return fmt.Errorf("write by a model: %w", err)
}
