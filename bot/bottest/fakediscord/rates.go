package fakediscord

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RateLimits says which rate limits hold. Its zero value lets everything through and says nothing of limits.
type RateLimits struct {
	On      bool
	Global  int             // requests a second in all, those with an interaction's token left out; zero: 50
	Default Rate            // of a route that is not named; zero: 5 in 5 seconds
	Routes  map[string]Rate // by "POST /channels/{channel_id}/messages"
}

// Rate is how many requests a route takes in a while, for each channel, guild or webhook.
type Rate struct {
	Limit  int
	Per    time.Duration
	Shared bool // the limit is the resource's, not the bot's: X-RateLimit-Scope is "shared"
}

// rates counts requests in windows, by the server's clock.
type rates struct {
	mu      sync.Mutex
	limits  RateLimits
	windows map[string]*window
	invalid []time.Time // requests answered with 401, 403 or 429
	total   int
	until   time.Time // of the ban
}

type window struct {
	from  time.Time
	count int
}

// RateLimits turns rate limits on or off and forgets what was counted.
func (s *Server) RateLimits(l RateLimits) {
	setDefault(&l.Global, 50)
	setDefault(&l.Default, Rate{Limit: 5, Per: 5 * time.Second})
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	s.rates.limits, s.rates.windows = l, map[string]*window{}
}

// take counts a request. It returns the headers that tell of the limit, and the refusal where the request is too early.
func (r *rates) take(c *call, at route, now time.Time) (http.Header, *reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	header := http.Header{}
	if !r.limits.On {
		return header, nil
	}
	if !at.open {
		if wait := r.count("global", Rate{Limit: r.limits.Global, Per: time.Second}, now, nil); wait > 0 {
			out := tooMany(wait, "global")
			return out.header, &out
		}
	}
	limit, ok := r.limits.Routes[c.route]
	if !ok {
		limit = r.limits.Default
	}
	wait := r.count(c.route+" "+c.major(), limit, now, header)
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(c.route))
	header.Set("X-RateLimit-Bucket", fmt.Sprintf("%08x", hash.Sum32()))
	if wait == 0 {
		return header, nil
	}
	scope := "user"
	if limit.Shared {
		scope = "shared"
	}
	out := tooMany(wait, scope)
	for name, value := range out.header {
		header[name] = value
	}
	return header, &out
}

// count counts into a window, says in header how it stands, and returns how long it is too early.
func (r *rates) count(key string, limit Rate, now time.Time, header http.Header) time.Duration {
	w := r.windows[key]
	if w == nil || now.Sub(w.from) >= limit.Per {
		w = &window{from: now}
		r.windows[key] = w
	}
	w.count++
	reset := w.from.Add(limit.Per)
	if header != nil {
		header.Set("X-RateLimit-Limit", strconv.Itoa(limit.Limit))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(max(limit.Limit-w.count, 0)))
		header.Set("X-RateLimit-Reset", fmt.Sprintf("%.3f", float64(reset.UnixMilli())/1000))
		header.Set("X-RateLimit-Reset-After", fmt.Sprintf("%.3f", seconds(reset.Sub(now))))
	}
	if w.count > limit.Limit {
		return max(reset.Sub(now), time.Millisecond)
	}
	return 0
}

// major is the resource that a limit is counted for: developers/topics/rate-limits.mdx.
func (c *call) major() string {
	return cmp.Or(c.r.PathValue("channel_id"), c.r.PathValue("guild_id"), c.r.PathValue("webhook_id")+c.r.PathValue("webhook_token"))
}

// tooMany is a 429.
func tooMany(wait time.Duration, scope string) reply {
	wait = max(wait, 0)
	message := "You are being rate limited."
	if scope == "shared" {
		message = "The resource is being rate limited."
	}
	header := http.Header{}
	header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	header.Set("X-RateLimit-Scope", scope)
	if scope == "global" {
		header.Set("X-RateLimit-Global", "true")
	}
	return reply{status: http.StatusTooManyRequests, header: header, body: raw(obj{
		"message": message, "retry_after": seconds(wait), "global": scope == "global",
	})}
}

// countInvalid counts a reply against the limit of invalid requests.
func (s *Server) countInvalid(out reply) {
	shared := strings.EqualFold(out.header.Get("X-RateLimit-Scope"), "shared")
	if out.cut || shared || out.status != http.StatusUnauthorized && out.status != http.StatusForbidden && out.status != http.StatusTooManyRequests {
		return
	}
	now := s.clock.Now()
	r := s.rates
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	r.invalid = append(r.invalid, now)
	for len(r.invalid) > 0 && now.Sub(r.invalid[0]) >= 10*time.Minute {
		r.invalid = r.invalid[1:]
	}
	if len(r.invalid) >= s.cfg.InvalidLimit {
		r.until = now.Add(time.Hour) // (?) how long a ban lasts is not documented
	}
}

// banned reports how long the bot is banned still.
func (s *Server) banned() (time.Duration, bool) {
	now := s.clock.Now()
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	return s.rates.until.Sub(now), now.Before(s.rates.until)
}

// InvalidRequests is how many requests were answered with 401, 403 or 429, the shared ones left out: 10,000 in ten minutes are a ban.
func (st State) InvalidRequests() int {
	st.s.rates.mu.Lock()
	defer st.s.rates.mu.Unlock()
	return st.s.rates.total
}

// Banned reports whether the bot sent too many invalid requests.
func (st State) Banned() bool {
	_, banned := st.s.banned()
	return banned
}
