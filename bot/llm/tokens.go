package llm

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tiktoken-go/tokenizer"
)

// codec is made when it is first needed: its vocabulary takes a while and some memory.
// It is OpenAI's newest; other models' counts differ by a few in a hundred.
var codec = sync.OnceValues(func() (tokenizer.Codec, error) { return tokenizer.Get(tokenizer.O200kBase) })

// Tokens returns how many tokens text is.
func (c *Client) Tokens(text string) int {
	enc, err := codec()
	if err != nil {
		return len(text) // no token is less than a byte
	}
	n, err := enc.Count(text)
	if err != nil {
		return len(text)
	}
	return n
}

// prefix remembers how many tokens the last system prompt has, which is the same for
// many questions.
type prefix struct {
	sync.Mutex
	text   string
	tokens int
}

// promptTokens returns how many tokens a prompt is, without what servers put around it.
func (c *Client) promptTokens(system, user string) int {
	c.prefix.Lock()
	defer c.prefix.Unlock()
	if c.prefix.text != system {
		c.prefix.text, c.prefix.tokens = system, c.Tokens(system)
	}
	return c.prefix.tokens + c.Tokens(user)
}

// Tally is where the tokens of a day are counted for all processes that share it, and
// beyond their restarts. It keeps a text by a place and a name, "" for none; Swap
// stores one where the text still is what was read. It is safe for concurrent use.
type Tally interface {
	Setting(ctx context.Context, place, name string) (string, error)
	Swap(ctx context.Context, place, name, old, value string) (ok bool, err error)
}

// Where the count stands in a [Tally].
const (
	tallyPlace = "llm"
	tallyName  = "tokens"
)

// tallyWait is how long a Tally may take: an answer must not wait for it, and a
// database that is well takes milliseconds.
const tallyWait = time.Second

// tallyTries is how often a count is written that others have written meanwhile: as
// many as there are calls at a time in a few replicas.
const tallyTries = 20

// purse holds the day's tokens. What other processes have set aside for calls that are
// under way it does not know; the day may end above its limit by that.
type purse struct {
	log   *slog.Logger
	tally Tally // nil where this process counts alone
	most  int   // a day; 0 for any number

	sync.Mutex
	day     int // number of the day, UTC
	used    int
	unsaved int // of used, which the tally has not
	held    int // for calls under way
}

// hold sets n tokens aside for a call, and reports false if the day has not as many.
func (p *purse) hold(ctx context.Context, n int) bool {
	if p.shared() {
		p.note(p.read(ctx))
	}
	p.Lock()
	defer p.Unlock()
	p.turn()
	if p.most > 0 && p.used+p.held+n > p.most {
		return false
	}
	p.held += n
	return true
}

// settle takes back what was held for a call and books what it used.
func (p *purse) settle(ctx context.Context, held, used int) {
	p.Lock()
	p.turn()
	p.held -= held
	p.used += used
	p.unsaved += used
	p.Unlock()
	if p.shared() {
		p.note(p.save(context.WithoutCancel(ctx)))
	}
}

// today returns what the day's calls have used.
func (p *purse) today() int {
	p.Lock()
	defer p.Unlock()
	p.turn()
	return p.used
}

// turn begins a new day at midnight.
func (p *purse) turn() {
	if day := int(time.Now().Unix() / (24 * 60 * 60)); day != p.day {
		p.day, p.used, p.unsaved = day, 0, 0
	}
}

// shared tells whether there is a limit that others count towards too.
func (p *purse) shared() bool { return p.tally != nil && p.most > 0 }

// note says that the tally has failed. No answer waits for it.
func (p *purse) note(err error) {
	if err != nil {
		p.log.Warn("the day's tokens are counted in this process alone for now", "error", err)
	}
}

// read takes over what the tally has.
func (p *purse) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tallyWait)
	defer cancel()
	text, err := p.tally.Setting(ctx, tallyPlace, tallyName)
	if err != nil {
		return fmt.Errorf("read the day's tokens: %w", err)
	}
	p.Lock()
	defer p.Unlock()
	p.turn()
	if _, n, ok := counted(text, p.day); ok {
		p.used = n + p.unsaved
	}
	return nil
}

// save adds to the tally what it has not.
func (p *purse) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, tallyWait)
	defer cancel()
	p.Lock()
	p.turn()
	today, add := p.day, p.unsaved
	p.unsaved = 0 // two calls that end together must not both write it
	p.Unlock()
	err := errors.New("others write it all the time")
	for range tallyTries {
		var text string
		if text, err = p.tally.Setting(ctx, tallyPlace, tallyName); err != nil {
			break
		}
		day, n, ok := counted(text, today)
		if !ok {
			day, n = today, 0
		}
		if ok, err = p.tally.Swap(ctx, tallyPlace, tallyName, text, fmt.Sprint(day, " ", n+add)); ok || err != nil {
			break
		}
		err = errors.New("others write it all the time")
	}
	if err == nil {
		return nil
	}
	p.Lock()
	defer p.Unlock()
	if p.day == today {
		p.unsaved += add
	}
	return fmt.Errorf("count the day's tokens: %w", err)
}

// counted reads a count, and reports false where it is not today's. Another machine's
// clock may be past midnight already.
func counted(text string, today int) (day, n int, ok bool) {
	if k, err := fmt.Sscanf(text, "%d %d", &day, &n); k != 2 || err != nil {
		return 0, 0, false
	}
	return day, n, (day == today || day == today+1) && n >= 0
}
