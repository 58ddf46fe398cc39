package discordbot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"footnote/bot"
)

// adapterName is the adapter's, and the first part of everything it names.
const adapterName = "discord"

// Intake is where questions go; *[bot.Service] is one.
type Intake interface {
	Accept(ctx context.Context, e bot.Errand) (fresh bool, err error)
	Edit(ctx context.Context, key, text string, within time.Duration) error
	Withdraw(ctx context.Context, key string) error
}

// Store is what must outlive a restart; the ledger is one.
type Store interface {
	// Turns returns the answered turns of a conversation, the oldest first, at most
	// limit of the latest.
	Turns(ctx context.Context, conversation string, limit int) ([]bot.Turn, error)
	// Errand returns an errand with its answer, the zero Answer where it has none yet.
	Errand(ctx context.Context, key string) (e bot.Errand, a bot.Answer, ok bool, err error)
	// ByPost returns the same for the message that holds the answer.
	ByPost(ctx context.Context, adapter, posted string) (e bot.Errand, a bot.Answer, ok bool, err error)
	// Setting returns what is set for a place under a name, "" where nothing is.
	Setting(ctx context.Context, place, name string) (string, error)
	Set(ctx context.Context, place, name, value string) error
	// Swap stores a setting where it is what somebody has read, "" for none; ok is
	// false, and nothing is stored, where it is another by now.
	Swap(ctx context.Context, place, name, old, value string) (ok bool, err error)
}

// Rater stores feedback, in place of what the same person thought before.
type Rater interface {
	Rate(ctx context.Context, f bot.Feedback) error
}

// Bot is footnote in Discord. It takes events and interactions in and implements
// [bot.Adapter]. It is safe for concurrent use.
type Bot struct {
	conf   Config
	log    *slog.Logger
	intake Intake
	asker  bot.Asker
	store  Store
	rater  Rater

	api  *api
	jobs *jobs // what is done beside an event and need not outlive a restart

	asking   sync.Mutex // one look for who the bot is at a time
	channels *channels  // what kind each channel is
	slots    slots      // where the sessions of the Gateway are kept
	links    *links     // how it is connected

	mu     sync.Mutex               // guards what follows
	self   self                     // the zero value until Discord has told
	acks   map[string]chan struct{} // by errand: closed when its interaction has been acknowledged
	typing map[string]*time.Timer   // by errand: shows that it is being answered, if that takes long
	talks  map[string]bool          // conversations in which something was asked since the start
	told   map[string]time.Time     // when a person was last told in a channel how to be read
	unsent map[string]int           // by errand: the attempt that is known to have sent nothing
	unsure map[string]bool          // errands of which something may be shown that nobody has recorded
}

// New returns a Bot that hands questions to in and looks things up with a. r may be
// nil: then feedback goes to the log, by its ids. The configuration must be valid.
func New(log *slog.Logger, in Intake, a bot.Asker, s Store, r Rater, conf Config) (*Bot, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	conf = conf.withDefaults()
	return &Bot{
		conf: conf, log: log, intake: in, asker: a, store: s, rater: r,
		api: newAPI(log, conf), jobs: newJobs(log), channels: newChannels(), links: &links{},
		acks: make(map[string]chan struct{}), typing: make(map[string]*time.Timer), talks: make(map[string]bool), unsent: make(map[string]int), unsure: make(map[string]bool), told: make(map[string]time.Time),
	}, nil
}

// Name implements [bot.Adapter].
func (b *Bot) Name() string { return adapterName }

// Run receives events until ctx ends, and then finishes what it has begun. It keeps
// the commands registered, and a connection to the Gateway for ever; without the
// Gateway it only waits, and interactions come through [Bot.Handler]. An error says,
// in a sentence for the operator, why nothing can be received.
func (b *Bot) Run(ctx context.Context) error {
	b.jobs.open()
	defer b.jobs.close()
	defer b.stopTyping()
	if err := b.greet(ctx); err != nil || ctx.Err() != nil {
		return err
	}
	b.registerNow(ctx)
	if b.conf.NoGateway {
		b.links.want.Store(1)
		b.links.up.Store(1)
		<-ctx.Done()
		b.links.up.Store(0)
		return nil
	}
	g := newGateway(b.log, b.conf, b.api, b, b.handle)
	g.missed, g.links = b.missed, b.links
	return g.run(ctx)
}

// Link returns how the bot is connected to Discord: up where every connection is that
// Discord recommends.
func (b *Bot) Link() bot.Link {
	want := b.links.want.Load()
	return bot.Link{Up: want > 0 && b.links.up.Load() == want, Opened: b.links.opened.Load()}
}

// links counts the connections of the Gateway.
type links struct{ want, up, opened atomic.Int64 }

// registerTime is how long the start waits for the commands to be registered.
const registerTime = 20 * time.Second

// registerNow registers the commands as well as that goes at the start.
func (b *Bot) registerNow(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	if _, err := b.Register(ctx); err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		b.log.Error("discord: the commands are not registered; footnote discord register tries again", "error", err)
	}
}

// greet finds out who the bot is. It tries until it knows, or Discord says that it
// never will.
func (b *Bot) greet(ctx context.Context) error {
	for n := 0; ; n++ {
		me, err := b.who(ctx)
		if err == nil {
			b.log.Info("discord: ready", "bot", me.User, "application", me.Application)
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if statusOf(err) == http.StatusUnauthorized {
			return fmt.Errorf("discord: DISCORD_BOT_TOKEN is not accepted: copy it anew from the page “Bot” of the application: %w", err)
		}
		d := min(time.Second<<min(n, 5), 30*time.Second)
		b.log.Warn("discord: cannot find out who the bot is", "again in", d, "error", err)
		if wait(ctx, d) != nil {
			return nil
		}
	}
}

// wait returns after d, or with ctx's error when that ends first.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// who returns who the bot is. Only the first call that succeeds asks Discord.
func (b *Bot) who(ctx context.Context) (self, error) {
	b.asking.Lock()
	defer b.asking.Unlock()
	if me := b.me(); me.User != "" {
		return me, nil
	}
	var user struct {
		ID       string `json:"id"`
		Username string `json:"username"`
	}
	if err := b.api.do(ctx, http.MethodGet, "/users/@me", nil, &user); err != nil {
		return self{}, fmt.Errorf("ask who the bot is: %w", err)
	}
	me := self{User: user.ID, Application: b.conf.ApplicationID, Name: user.Username}
	if me.Application == "" {
		var app struct {
			ID string `json:"id"`
		}
		if err := b.api.do(ctx, http.MethodGet, "/applications/@me", nil, &app); err != nil {
			return self{}, fmt.Errorf("ask for the application: %w", err)
		}
		me.Application = app.ID
	}
	if me.User == "" || me.Application == "" {
		return self{}, errors.New("ask who the bot is: Discord names no id")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.self = me
	return me, nil
}

// Handler returns the handler below /discord/ that Discord posts interactions to.
func (b *Bot) Handler() http.Handler { return b.routes() }

// me returns who the bot is, as far as it is known yet.
func (b *Bot) me() self {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.self
}

// self is who the bot is.
type self struct {
	User        string // the bot's user id
	Application string
	Name        string
}

// address is where an answer goes. It is kept in the ledger.
type address struct {
	Guild       string `json:"g,omitempty"` // "" in direct messages
	Channel     string `json:"c"`           // a channel, thread, forum post or direct messages
	Message     string `json:"m,omitempty"` // of the question, which the answer replies to; "" for an interaction
	User        string `json:"u"`           // who asked
	Name        string `json:"n,omitempty"` // what they are called, for the echo
	Interaction string `json:"i,omitempty"` // its id
	Token       string `json:"t,omitempty"` // good for 15 minutes from the interaction's creation, which its id tells
	Locale      string `json:"l,omitempty"`
	Private     bool   `json:"p,omitempty"` // only the asker sees the answer
	Direct      bool   `json:"d,omitempty"` // between the asker and the bot
	Echo        bool   `json:"e,omitempty"` // the question is not visible where the answer is shown
	Alone       bool   `json:"a,omitempty"` // asked in a thread that others have begun
	Below       bool   `json:"b,omitempty"` // asked as a reply to somebody else
	Outside     bool   `json:"o,omitempty"` // the bot is not a member there (user install): nothing but the token reaches the place
}

var _ bot.Shower = (*Bot)(nil)
