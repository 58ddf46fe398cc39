package discordbot

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// session is what a connection to the Gateway can be taken up again by.
type session struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Seq     int64     `json:"seq"` // up to this event everything is durable
	Shards  int       `json:"shards"`
	Intents int       `json:"intents"`
	At      time.Time `json:"at"`              // until when nothing was missed
	Missed  time.Time `json:"missed,omitzero"` // since when something was, before the session began, that is being read up on
}

// sessionName is the setting a session is kept in.
const sessionName = "session"

// sessionPlace returns the place that a shard's session is a setting of. Each machine
// has its own, so that replicas don't take each other's session.
func sessionPlace(shard int) string {
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	return fmt.Sprintf("%s:gateway:%s:%d", adapterName, host, shard)
}

// loadSession implements the gateway's sessions.
func (b *Bot) loadSession(ctx context.Context, shard int) (session, bool) {
	value, err := b.store.Setting(ctx, sessionPlace(shard), sessionName)
	if err != nil {
		b.log.Warn("discord: the session before cannot be read", "shard", shard, "error", err)
		return session{}, false
	}
	var s session
	if json.Unmarshal([]byte(value), &s) != nil {
		return session{}, false
	}
	// Who starts again at once finds no session, and still since when.
	b.saveSession(ctx, shard, session{At: s.At, Missed: s.Missed})
	return s, s.ID != "" && s.Seq > 0
}

// saveSession implements the gateway's sessions.
func (b *Bot) saveSession(ctx context.Context, shard int, s session) {
	value, err := json.Marshal(s)
	if err == nil {
		err = b.store.Set(ctx, sessionPlace(shard), sessionName, string(value))
	}
	if err != nil {
		b.log.Warn("discord: the session cannot be saved; after a crash messages may be missed", "shard", shard, "error", err)
	}
}
