package fakeslack

import (
	"sync"
	"time"
)

// RateLimits says which of Slack's rate limits hold. Its zero value lets everything through.
type RateLimits struct {
	On    bool
	Burst int // messages a channel takes at once before one a second holds; zero: one
	// Commercial limits conversations.history and conversations.replies to one call a minute and 15 objects, as Slack does to
	// commercially distributed apps outside its Marketplace since 2025-05-29.
	Commercial bool
}

// perMinute is what the tiers allow: docs.slack.dev/apis/web-api/rate-limits.
var perMinute = map[string]int{"Tier1": 1, "Tier2": 20, "Tier3": 50, "Tier4": 100}

// tiers are the methods' tiers: slackapi/java-slack-sdk metadata (MIT), in which methods with a limit of their own are "Special".
// Those follow their documentation: chat.postMessage by channel, the rest generous.
var tiers = map[string]string{
	"apps.connections.open": "Tier1", "apps.manifest.validate": "Tier3",
	"assistant.threads.setSuggestedPrompts": "Tier3", "assistant.threads.setTitle": "Tier3",
	"bots.info": "Tier3", "chat.appendStream": "Tier4", "chat.delete": "Tier3", "chat.postEphemeral": "Tier4",
	"chat.startStream": "Tier2", "chat.stopStream": "Tier2", "chat.update": "Tier3", "conversations.history": "Tier3",
	"conversations.info": "Tier3", "conversations.open": "Tier3", "conversations.replies": "Tier3", "oauth.v2.access": "Tier4",
	"reactions.add": "Tier3", "team.info": "Tier3", "users.info": "Tier4", "views.open": "Tier4", "views.publish": "Tier4",
	"views.push": "Tier4", "views.update": "Tier4",
}

// rates counts calls in windows of a minute, and posts in a bucket a channel.
type rates struct {
	mu      sync.Mutex
	limits  RateLimits
	windows map[string]*window
	buckets map[string]*bucket
}

type window struct {
	from  time.Time
	count int
}

type bucket struct {
	tokens float64
	at     time.Time
}

// RateLimits turns Slack's own rate limits on or off and forgets what was counted.
func (s *Server) RateLimits(l RateLimits) {
	s.rates.mu.Lock()
	defer s.rates.mu.Unlock()
	s.rates.limits = l
	s.rates.windows, s.rates.buckets = map[string]*window{}, map[string]*bucket{}
}

func (r *rates) current() RateLimits {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limits
}

// take counts a call and says how long it is too early; zero when it may pass.
func (r *rates) take(method, team, channel string, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.limits.On {
		return 0
	}
	if method == "chat.postMessage" {
		return r.post(team+"/"+channel, now)
	}
	limit, known := perMinute[tiers[method]]
	if r.limits.Commercial && (method == "conversations.history" || method == "conversations.replies") {
		limit = 1
	}
	if !known {
		return 0
	}
	key := method + "/" + team
	w := r.windows[key]
	if w == nil || now.Sub(w.from) >= time.Minute {
		w = &window{from: now}
		r.windows[key] = w
	}
	w.count++
	if w.count > limit {
		return w.from.Add(time.Minute).Sub(now)
	}
	return 0
}

func (r *rates) post(key string, now time.Time) time.Duration {
	burst := float64(max(r.limits.Burst, 1))
	b := r.buckets[key]
	if b == nil {
		b = &bucket{tokens: burst, at: now}
		r.buckets[key] = b
	}
	b.tokens = min(burst, b.tokens+now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) * float64(time.Second))
	}
	b.tokens--
	return 0
}
