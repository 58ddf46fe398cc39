package llm

import (
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

// purse holds the day's tokens.
type purse struct {
	sync.Mutex
	most int // a day; 0 for any number
	day  int // number of the day, UTC
	used int
	held int // for calls under way
}

// hold sets n tokens aside for a call, and reports false if the day has not as many.
func (p *purse) hold(n int) bool {
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
func (p *purse) settle(held, used int) {
	p.Lock()
	defer p.Unlock()
	p.turn()
	p.held -= held
	p.used += used
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
		p.day, p.used = day, 0
	}
}
