package discordbot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
)

const (
	maxAnswer = 8 << 20                // bytes of one answer
	maxTries  = 3                      // of a call that broke or that a fault of Discord's ended
	maxWaits  = 5                      // refusals for too many calls that one call sits out
	hiccup    = 250 * time.Millisecond // before the second try, and twice that before the third
)

// api makes the calls of Discord's REST API. The session of discordgo carries them;
// when they may go is decided here, since discordgo's waits heed no context. It is
// safe for concurrent use.
type api struct {
	log     *slog.Logger
	session *discordgo.Session
	base    string // with the version, without a slash at the end
	timeout time.Duration
	carrier http.RoundTripper
	limits  *limiter
	told    func(int) // of the status of every call; may be nil
}

// newAPI returns an api for a configuration with its defaults.
func newAPI(log *slog.Logger, conf Config) *api {
	return &api{
		log: log, base: conf.APIURL + "v" + apiVersion, timeout: conf.Timeout, carrier: conf.Transport, limits: newLimiter(log), told: conf.Calls,
		session: &discordgo.Session{
			Token:     "Bot " + conf.BotToken,
			UserAgent: "DiscordBot (https://github.com/bwmarrin/discordgo, v" + discordgo.VERSION + ") footnote",
			LogLevel:  -1, // it would print to the standard log
		},
	}
}

// call is one call, with all its tries.
type call struct {
	method, route string
	body          []byte // nil for none
	to            target
	shown         string    // the method and route for logs and errors
	secret        string    // the interaction's token in the route, or ""
	repeat        bool      // making it twice does nothing more than once
	until         time.Time // when it stops waiting for rate limits; zero for as long as its context lasts
}

// callOption changes how a call is made.
type callOption func(*call)

// repeatable says that a call which may have been done can be made again: a POST with
// an enforced nonce, or one whose repetition Discord refuses. All others than POST are
// so by nature.
func repeatable(c *call) { c.repeat = true }

// patient lets a call wait no longer than d for rate limits; it then returns a
// *[bot.Wait]. A d of 0 does not wait at all.
func patient(d time.Duration) callOption {
	return func(c *call) { c.until = time.Now().Add(d) }
}

// spare makes a call only where it need not wait and leaves others room. It is for what
// can be left out.
func spare(c *call) { c.until, c.to.spare = time.Now(), true }

// do makes one call. route has no base and no version: "/channels/1/messages?limit=5".
// It waits for what Discord's rate-limit headers have said, for as long as ctx lasts;
// where ctx has a deadline before the end of that wait it returns a *[bot.Wait] at
// once. It tries again after a 5xx or a broken connection only where the call is safe
// to repeat. body and out may be nil. An error never holds an address, a token, or
// what Discord wrote: [codeOf] and [statusOf] tell what it was.
func (a *api) do(ctx context.Context, method, route string, body, out any, opts ...callOption) error {
	c := &call{method: method, route: route, repeat: method != http.MethodPost}
	c.to, c.shown, c.secret = targetOf(method, route)
	for _, o := range opts {
		o(c)
	}
	if body != nil {
		var err error
		if c.body, err = encode(body); err != nil {
			return fmt.Errorf("%s: encode: %w", c.shown, err)
		}
	}
	said, err := a.tries(ctx, c)
	if err != nil {
		return err
	}
	if out == nil || len(said) == 0 {
		return nil
	}
	if err := json.Unmarshal(said, out); err != nil {
		return fmt.Errorf("%s: cannot read the answer: %w", c.shown, err)
	}
	return nil
}

// encode writes JSON without escaping <, > and &, which would make a body six times
// as long as the bytes that Discord's limits count.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// errBroken is wrapped by the error of a call that may have been done, since one of its
// tries broke, whatever became of the last.
var errBroken = errors.New("a try before broke off")

// tries makes a call until it has succeeded or there is no use in it.
func (a *api) tries(ctx context.Context, c *call) (_ []byte, err error) {
	broken, waits := 0, 0
	defer func() {
		if err != nil && broken > 0 {
			err = fmt.Errorf("%w (%w)", err, errBroken)
		}
	}()
	for {
		said, err := a.once(ctx, c)
		r := (*refusal)(nil)
		errors.As(err, &r)
		switch {
		case err == nil:
			return said, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%s: %w", c.shown, ctx.Err())
		case errors.As(err, new(*bot.Wait)):
			return nil, err
		case r != nil && r.status == http.StatusTooManyRequests:
			if waits++; waits >= maxWaits { // until then the next try waits for its turn
				return nil, &bot.Wait{For: r.retry, Err: err}
			}
		case r != nil && (r.status < 500 || !c.repeat), r == nil && !c.repeat && !unsent(err):
			return nil, err
		default:
			if broken++; broken >= maxTries {
				return nil, err
			}
			if wait(ctx, hiccup<<(broken-1)+rand.N(hiccup/4)) != nil {
				return nil, err
			}
		}
	}
}

// unsent tells whether nothing can have reached Discord.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// once waits for the call's turn and makes it.
func (a *api) once(ctx context.Context, c *call) ([]byte, error) {
	b, err := a.limits.take(ctx, c.to, c.until)
	if err != nil {
		if w := (*bot.Wait)(nil); errors.As(err, &w) {
			return nil, &bot.Wait{For: w.For, Err: fmt.Errorf("%s: %w", c.shown, w.Err)}
		}
		return nil, fmt.Errorf("%s: %w", c.shown, err)
	}
	start := time.Now()
	p := &probe{carrier: a.carrier}
	said, err := a.send(ctx, c, p)
	r := (*refusal)(nil)
	if p.status/100 != 2 && p.status != 0 {
		r = refusalOf(c.shown, p.status, p.header, said)
		err = r
	} else if err != nil {
		err = fmt.Errorf("%s: %w", c.shown, a.scrub(err, c.secret))
	}
	if r != nil {
		a.limits.done(c.to, b, p.status, p.header, r.retry, r.global)
	} else {
		a.limits.done(c.to, b, p.status, p.header, 0, false)
	}
	if a.told != nil {
		a.told(p.status)
	}
	a.log.Debug("discord call", "call", c.shown, "status", p.status, "ms", time.Since(start).Milliseconds())
	return said, err
}

// send makes one request. What Discord said is returned with an error too; whether
// it succeeded is the probe's to tell.
func (a *api) send(ctx context.Context, c *call, p *probe) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	client := &http.Client{Transport: p, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	free := new(discordgo.Bucket) // never full: discordgo must not wait
	free.Lock()
	said, err := a.session.RequestWithLockedBucket(c.method, a.base+c.route, "application/json", c.body, free, 0,
		discordgo.WithContext(ctx), discordgo.WithClient(client), discordgo.WithRetryOnRatelimit(false), discordgo.WithRestRetries(0),
		func(r *discordgo.RequestConfig) {
			if c.to.own { // the interaction's token is enough, and good when the bot's is not
				r.Request.Header.Del("Authorization")
			}
		})
	if rest := (*discordgo.RESTError)(nil); errors.As(err, &rest) && p.status/100 == 2 {
		return said, nil // a success that discordgo does not know, such as 202
	}
	return said, err
}

// probe carries one request and keeps what discordgo would not tell. It hides the
// rate-limit headers from discordgo, which stops at those that it can't read.
type probe struct {
	carrier http.RoundTripper
	status  int // 0 where no answer came
	header  http.Header
}

func (p *probe) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.carrier.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	p.status, p.header = resp.StatusCode, resp.Header
	bare := *resp
	bare.Header = http.Header{"Content-Type": resp.Header["Content-Type"]}
	bare.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	return &bare, nil
}

// scrub takes addresses, and what could be secret in them, out of an error.
func (a *api) scrub(err error, secret string) error {
	if ue := (*url.Error)(nil); errors.As(err, &ue) {
		err = ue.Err
	}
	text := err.Error()
	for _, s := range []string{secret, a.session.Token[len("Bot "):]} {
		if s != "" && strings.Contains(text, s) {
			return errors.New("the call broke, for a reason that would tell a token")
		}
	}
	if strings.Contains(text, "://") {
		return errors.New(addresses.ReplaceAllString(text, "(address)"))
	}
	return err
}

// addresses are what may have a token in it.
var addresses = regexp.MustCompile(`[a-z]+://[^\s"]*`)

// refusal is an answer of Discord's that is no success. It does not keep what was
// written there, which may repeat what was sent.
type refusal struct {
	call         string
	status, code int
	fields       []string      // of the body: which are wrong, and Discord's word for how
	retry        time.Duration // of a 429: when to come back
	global       bool          // of a 429: for all calls
}

func (r *refusal) Error() string {
	s := fmt.Sprintf("%s: HTTP %d", r.call, r.status)
	if r.code != 0 {
		s += fmt.Sprintf(", code %d", r.code)
	}
	if len(r.fields) > 0 {
		s += " (" + strings.Join(r.fields, ", ") + ")"
	}
	return s
}

func refusalOf(call string, status int, h http.Header, said []byte) *refusal {
	r := &refusal{call: call, status: status}
	var body struct {
		discordgo.APIErrorMessage
		Errors json.RawMessage `json:"errors"`
		Global bool            `json:"global"`
		Retry  json.Number     `json:"retry_after"`
	}
	if json.Unmarshal(said, &body) == nil {
		r.code = body.Code
		r.fields = faults(body.Errors)
	}
	if status != http.StatusTooManyRequests {
		return r
	}
	r.global = body.Global || h.Get("X-RateLimit-Global") == "true" || h.Get("X-RateLimit-Scope") == "global"
	r.retry = time.Second
	if d, ok := seconds(body.Retry.String()); ok { // finer than the header's
		r.retry = d
	} else if d, ok := seconds(h.Get("Retry-After")); ok {
		r.retry = d
	}
	return r
}

// faults reads which fields Discord calls wrong, as "components.0.content
// BASE_TYPE_MAX_LENGTH", the first few. Names of fields and of faults are told; what
// was in them is not.
func faults(raw json.RawMessage) []string {
	var found []string
	var walk func(path string, raw json.RawMessage, depth int)
	walk = func(path string, raw json.RawMessage, depth int) {
		var m map[string]json.RawMessage
		if depth > 16 || len(found) >= 5 || json.Unmarshal(raw, &m) != nil {
			return
		}
		var errs []struct {
			Code string `json:"code"`
		}
		if json.Unmarshal(m["_errors"], &errs) == nil {
			for _, e := range errs {
				if isWord(e.Code) {
					found = append(found, strings.TrimPrefix(path+" "+e.Code, "."))
				}
			}
			delete(m, "_errors")
		}
		names := make([]string, 0, len(m))
		for n := range m {
			names = append(names, n)
		}
		slices.Sort(names)
		for _, n := range names {
			if isWord(n) {
				walk(path+"."+n, m[n], depth+1)
			}
		}
	}
	walk("", raw, 0)
	return found[:min(len(found), 5)]
}

// isWord tells whether s can be the name of a field or of a fault.
func isWord(s string) bool {
	for _, r := range s {
		if r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}

// codeOf returns Discord's code for what went wrong, or 0.
func codeOf(err error) int {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r.code
	}
	return 0
}

// statusOf returns the HTTP status of a refusal, or 0.
func statusOf(err error) int {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r.status
	}
	return 0
}

// gone are the refusals that no repetition mends, with what can be done.
var gone = map[int]string{
	10003:  "the channel does not exist any more",
	10004:  "the bot is not in this server any more",
	10008:  "the message was deleted",
	10013:  "the asker's account does not exist any more",
	10015:  "the interaction's quarter of an hour is over",
	10062:  "the interaction's quarter of an hour is over",
	50027:  "the interaction's quarter of an hour is over",
	20001:  "Discord does not let bots do this",
	30033:  "the thread has no room for the bot",
	50001:  "the bot does not see the channel: give its role View Channel there",
	50007:  "the asker does not take direct messages from the bot",
	50008:  "nobody can write in this kind of channel",
	50013:  "the bot may not write there: give its role Send Messages (in threads: Send Messages in Threads) and Read Message History",
	50024:  "nobody can write in this kind of channel",
	50083:  "the thread is archived: a moderator can open it again",
	50278:  "the bot shares no server with the asker any more",
	160002: "the bot may not reply there: give its role Read Message History",
	160005: "the thread is locked: a moderator can unlock it",
	200000: "the server's AutoMod blocks the message: let the bot's role pass",
	200001: "the server's AutoMod blocks the message: let the bot's role pass",
	240000: "Discord blocks a link in the message",
}

// pauses are the refusals of too much of something that Discord names no wait for.
var pauses = map[int]time.Duration{20016: 5 * time.Second, 30046: time.Minute, 40003: time.Minute}

// classify makes of an error what a delivery returns: a *[bot.Wait], an error that
// wraps [bot.ErrGone], or a temporary one. what says what was tried. A bot token that
// is not accepted is temporary: its questions wait for the operator's new one, as long
// as there are attempts left.
func classify(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, bot.ErrGone) || errors.As(err, new(*bot.Wait)) {
		return err
	}
	code := codeOf(err)
	switch {
	case gone[code] != "":
		return fmt.Errorf("%s: %w: %s (%w)", what, bot.ErrGone, gone[code], err)
	case pauses[code] != 0:
		return &bot.Wait{For: pauses[code], Err: fmt.Errorf("%s: %w", what, err)}
	case statusOf(err) == http.StatusTooManyRequests:
		r := (*refusal)(nil)
		errors.As(err, &r)
		return &bot.Wait{For: r.retry, Err: fmt.Errorf("%s: %w", what, err)}
	case statusOf(err) == http.StatusUnauthorized:
		return fmt.Errorf("%s: Discord does not accept DISCORD_BOT_TOKEN: reset it on the page “Bot” of the app, and set the new one: %w", what, err)
	case code == 50035 || code == 50006 || code == 50109:
		return fmt.Errorf("%s: Discord refuses what was sent, which is a fault of footnote's: %w", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
