package slackbot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot"
	"footnote/bot/layout"
)

// adapterName is the adapter's, and the first part of everything it names.
const adapterName = "slack"

// Intake is where questions go; *[bot.Service] is one.
type Intake interface {
	Accept(ctx context.Context, e bot.Errand) (fresh bool, err error)
	Edit(ctx context.Context, key, text string, within time.Duration) error
	Withdraw(ctx context.Context, key string) error
}

// Records tell what was asked and answered before.
type Records interface {
	// Turns returns the answered turns of a conversation, the oldest first, at most
	// limit of the latest.
	Turns(ctx context.Context, conversation string, limit int) ([]bot.Turn, error)
	// Errand returns an errand with its answer, the zero Answer where it has none yet.
	Errand(ctx context.Context, key string) (e bot.Errand, a bot.Answer, ok bool, err error)
	// ByPost returns the same for the message that holds the answer.
	ByPost(ctx context.Context, adapter, posted string) (e bot.Errand, a bot.Answer, ok bool, err error)
}

// Settings keep what people have set for a place.
type Settings interface {
	Setting(ctx context.Context, place, name string) (string, error) // "" where nothing is set
	Set(ctx context.Context, place, name, value string) error
}

// Installations keep what workspaces have entrusted to us, encrypted.
type Installations interface {
	SaveInstallation(ctx context.Context, platform, team string, secret []byte) error
	Installation(ctx context.Context, platform, team string) (secret []byte, ok bool, err error)
	Installations(ctx context.Context, platform string) (teams []string, err error)
	Uninstall(ctx context.Context, platform, team string) error
}

// Store is what must outlive a restart; the ledger is one.
type Store interface {
	Records
	Settings
	Installations
}

// Rater stores feedback, in place of what the same person thought before.
type Rater interface {
	Rate(ctx context.Context, f bot.Feedback) error
}

// Bot is footnote in Slack. It takes events in and implements [bot.Adapter]. It is
// safe for concurrent use.
type Bot struct {
	conf   Config
	log    *slog.Logger
	intake Intake
	asker  bot.Asker
	store  Store
	rater  Rater

	caller *caller
	pace   *pacer
	spare  *spare
	jobs   *jobs

	up     atomic.Bool  // the socket is connected, or Slack calls and knows us
	opened atomic.Int64 // connections of the socket

	loading sync.Mutex // one look for a workspace at a time
	mu      sync.Mutex // guards what follows
	teams   map[string]*workspace
	home    *workspace               // of Config.BotToken, once it is known
	unsent  map[string]int           // by errand: the attempt that is known to have sent nothing
	doubts  map[string]bool          // by errand: a part of its answer may stand though posting it failed
	signs   map[string]chan struct{} // by errand: closed when its working sign has been set
	locales map[string]string        // by asker
	prompts map[asking][]layout.Prompt
}

var _ bot.Adapter = (*Bot)(nil)

// New returns a Bot that hands questions to in and looks things up with a. r may be
// nil: then feedback goes to the log, by its ids. The configuration must be valid.
func New(log *slog.Logger, in Intake, a bot.Asker, s Store, r Rater, conf Config) (*Bot, error) {
	if err := conf.Validate(); err != nil {
		return nil, err
	}
	conf = conf.withDefaults()
	c := newCaller(log, conf.Transport, conf.Timeout)
	c.told = conf.Calls
	return &Bot{
		conf: conf, log: log, intake: in, asker: a, store: s, rater: r,
		caller: c, pace: newPacer(conf.Pace, c.waiters), spare: newSpare(), jobs: &jobs{log: log},
		teams: make(map[string]*workspace), unsent: make(map[string]int), doubts: make(map[string]bool), signs: make(map[string]chan struct{}),
		locales: make(map[string]string), prompts: make(map[asking][]layout.Prompt),
	}, nil
}

// Name implements [bot.Adapter].
func (b *Bot) Name() string { return adapterName }

// Run receives events until ctx ends, and then finishes what it has begun. With an
// app token it keeps a Socket Mode connection for ever; without one it only waits,
// and the events come through [Bot.Handler]. An error says, in a sentence for the
// operator, why nothing can be received: a token that Slack does not accept.
func (b *Bot) Run(ctx context.Context) error {
	b.jobs.open()
	defer b.jobs.close()
	if err := b.greet(ctx); err != nil {
		return err
	}
	defer b.up.Store(false)
	if b.conf.AppToken == "" {
		b.up.Store(ctx.Err() == nil)
		<-ctx.Done()
		return nil
	}
	return b.socket(ctx)
}

// Link returns how the bot is connected to Slack.
func (b *Bot) Link() bot.Link { return bot.Link{Up: b.up.Load(), Opened: b.opened.Load()} }

// greet finds out who the bot is. It tries until it knows, or Slack says that it
// never will.
func (b *Bot) greet(ctx context.Context) error {
	if b.conf.BotToken == "" {
		return nil
	}
	for n := 0; ; n++ {
		ws, err := b.workspace(ctx, "")
		if err == nil {
			b.log.Info("slack: ready", "team", ws.team, "bot", ws.user)
			return nil
		}
		if ctx.Err() != nil {
			return nil
		}
		if fatal[codeOf(err)] {
			return fmt.Errorf("slack: %w", err)
		}
		d := backoff(n)
		b.log.Warn("slack: cannot find out who the bot is", "again in", d, "error", err)
		if sleep(ctx, d) != nil {
			return nil
		}
	}
}

// fatal are the refusals after which connecting again is of no use.
var fatal = map[string]bool{
	"invalid_auth": true, "not_authed": true, "account_inactive": true, "token_revoked": true, "token_expired": true, "not_allowed_token_type": true,
}

// backoff is how long to wait before try n+1: from a second to half a minute.
func backoff(n int) time.Duration { return min(time.Second<<min(n, 5), 30*time.Second) }

// workspace is a Slack workspace that has installed the app.
type workspace struct {
	team   string
	user   string          // the bot's user id
	id     string          // the bot's id, or "" where it is not known
	scopes map[string]bool // nil where they are not known
	api    *slack.Client
}

// errNotInstalled is wrapped where a workspace has not installed the app, or not any
// more.
var errNotInstalled = errors.New("the app is not installed in this workspace")

// workspace returns the workspace of a team; "" is that of the configured token.
// Only the first call for a team asks Slack, or the store.
func (b *Bot) workspace(ctx context.Context, team string) (*workspace, error) {
	if ws := b.known(team); ws != nil {
		return ws, nil
	}
	b.loading.Lock()
	defer b.loading.Unlock()
	if ws := b.known(team); ws != nil {
		return ws, nil
	}
	if team != "" {
		secret, ok, err := b.store.Installation(ctx, adapterName, team)
		if err != nil {
			return nil, fmt.Errorf("workspace %s: %w", team, err)
		}
		if ok {
			return b.installed(team, secret)
		}
	}
	if b.conf.BotToken == "" {
		return nil, fmt.Errorf("workspace %s: %w", team, errNotInstalled)
	}
	ws, err := b.identify(ctx, b.conf.BotToken)
	if err != nil {
		return nil, classify("auth.test", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.home, b.teams[ws.team] = ws, ws
	if team != "" { // a channel shared with the team: our token works there
		b.teams[team] = ws
	}
	return ws, nil
}

func (b *Bot) known(team string) *workspace {
	b.mu.Lock()
	defer b.mu.Unlock()
	if team == "" {
		return b.home
	}
	return b.teams[team]
}

// identify asks Slack whose a token is.
func (b *Bot) identify(ctx context.Context, token string) (*workspace, error) {
	api := b.api(token)
	r, err := api.AuthTestContext(ctx)
	if err != nil {
		return nil, err
	}
	ws := &workspace{team: r.TeamID, user: r.UserID, id: r.BotID, api: api}
	if h := r.Header.Get("X-OAuth-Scopes"); h != "" {
		ws.scopes = scopeSet(h)
	}
	return ws, nil
}

func scopeSet(list string) map[string]bool {
	out := make(map[string]bool)
	for s := range strings.SplitSeq(list, ",") {
		if s = strings.TrimSpace(s); s != "" {
			out[s] = true
		}
	}
	return out
}

// installation is what a workspace has entrusted to us. It is stored encrypted.
type installation struct {
	Token  string    `json:"token"`
	User   string    `json:"user"` // the bot's
	Name   string    `json:"name,omitempty"`
	Scopes string    `json:"scopes,omitempty"`
	At     time.Time `json:"at"`
}

func (b *Bot) installed(team string, secret []byte) (*workspace, error) {
	var i installation
	if json.Unmarshal(secret, &i) != nil || i.Token == "" { // the error could hold it
		return nil, fmt.Errorf("workspace %s: the stored installation is not readable: install the app again", team)
	}
	ws := &workspace{team: team, user: i.User, scopes: scopeSet(i.Scopes), api: b.api(i.Token)}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.teams[team] = ws
	return ws, nil
}

// lost forgets what is known of a workspace whose token does not work any more, so
// that it is looked up anew: it may have been installed again.
func (b *Bot) lost(team string, err error) {
	if !fatal[codeOf(err)] {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if ws := b.teams[team]; ws != b.home || ws == nil {
		delete(b.teams, team)
		return
	}
	maps.DeleteFunc(b.teams, func(_ string, ws *workspace) bool { return ws == b.home })
	b.home = nil
}

// Handler returns the handlers below /slack/ that Slack and people's browsers call:
// events, commands, interactivity, and the install pages where an OAuth client is
// configured.
func (b *Bot) Handler() http.Handler { return b.routes() }
