package discordbot

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

const (
	longestMissed = 24 * time.Hour // what was asked before that nobody waits for
	mostMissed    = 10             // calls a channel, of a hundred messages each
	readAtOnce    = 4              // channels
)

// missed reads what people wrote in a server's channels while nobody told us, and
// takes it in as if it were told now. What is known already is recognised by its key.
func (b *Bot) missed(ctx context.Context, from time.Time, server json.RawMessage) {
	var s struct {
		ID       string `json:"id"`
		Channels []told `json:"channels"`
		Threads  []told `json:"threads"`
	}
	if !b.read("GUILD_CREATE", server, &s) {
		return
	}
	if oldest := time.Now().Add(-longestMissed); from.Before(oldest) {
		from = oldest
	}
	after := since(from.Add(-clockSkew))
	var wg sync.WaitGroup
	places := make(chan string)
	for range readAtOnce {
		wg.Go(func() {
			for id := range places {
				b.readOn(ctx, s.ID, id, after)
			}
		})
	}
	for _, t := range append(s.Channels, s.Threads...) {
		if t.Last != "" && older(after, t.Last) < 0 {
			places <- t.ID
		}
	}
	close(places)
	wg.Wait()
}

// readOn reads a channel from a message on.
func (b *Bot) readOn(ctx context.Context, server, channel, after string) {
	heard := 0
	for range mostMissed {
		var page []seen
		if err := b.api.do(ctx, http.MethodGet, "/channels/"+channel+"/messages?limit=100&after="+after, nil, &page); err != nil {
			b.log.Warn("discord: cannot read what was missed", "channel", channel, "error", err)
			return
		}
		for i := len(page) - 1; i >= 0; i-- { // the newest come first
			m := page[i].message
			if older(after, m.ID) < 0 {
				after = m.ID
			}
			m.Guild, m.Channel = server, channel
			b.said(ctx, m)
			heard++
		}
		if len(page) < 100 {
			break
		}
	}
	b.log.Debug("discord: read what was missed", "channel", channel, "messages", heard)
}
