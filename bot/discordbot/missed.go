package discordbot

import (
	"context"
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
// takes it in as if it were told now. What is known already is recognised by its key. It
// tries until all is read that Discord lets the bot read, or ctx ends: then read is
// false.
func (b *Bot) missed(ctx context.Context, from time.Time, server string) (read bool) {
	var channels []told
	var active struct {
		Threads []told `json:"threads"`
	}
	b.insist(ctx, "/guilds/"+server+"/channels", &channels)
	b.insist(ctx, "/guilds/"+server+"/threads/active", &active)
	if oldest := time.Now().Add(-longestMissed); from.Before(oldest) {
		from = oldest
	}
	after := since(from.Add(-clockSkew))
	var wg sync.WaitGroup
	places := make(chan string)
	for range readAtOnce {
		wg.Go(func() {
			for id := range places {
				b.readOn(ctx, server, id, after)
			}
		})
	}
	for _, t := range append(channels, active.Threads...) {
		if t.Last != "" && older(after, t.Last) < 0 {
			places <- t.ID
		}
	}
	close(places)
	wg.Wait()
	return ctx.Err() == nil
}

// readOn reads a channel from a message on.
func (b *Bot) readOn(ctx context.Context, server, channel, after string) {
	heard := 0
	for range mostMissed {
		var page []seen
		if !b.insist(ctx, "/channels/"+channel+"/messages?limit=100&after="+after, &page) {
			return
		}
		for i := len(page) - 1; i >= 0; i-- { // the newest come first
			m := page[i].message
			if older(after, m.ID) < 0 {
				after = m.ID
			}
			m.Guild, m.Channel = server, channel
			if ctx.Err() != nil {
				return
			}
			b.saidBefore(ctx, m)
			heard++
		}
		if len(page) < 100 {
			break
		}
	}
	b.log.Debug("discord: read what was missed", "channel", channel, "messages", heard)
}

// saidBefore takes in a message that was missed. What has begun is finished.
func (b *Bot) saidBefore(ctx context.Context, m message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	b.said(ctx, m)
}

// insist gets something of what was missed. It tries until it has it, Discord refuses
// it for good, or ctx ends.
func (b *Bot) insist(ctx context.Context, route string, into any) (ok bool) {
	for n := 0; ctx.Err() == nil; n++ {
		err := b.api.do(ctx, http.MethodGet, route, nil, into)
		if err == nil {
			return true
		}
		if status := statusOf(err); status >= 400 && status < 500 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests {
			b.log.Warn("discord: what was missed cannot be read", "error", err)
			return false
		}
		d := backoff(n)
		b.log.Warn("discord: what was missed is read again", "in", d, "error", err)
		_ = wait(ctx, d)
	}
	return false
}
