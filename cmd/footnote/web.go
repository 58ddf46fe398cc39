package main

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"

	"footnote/bot/web"
)

// webName is the adapter's name.
const webName = "web"

// webListen is where the pages are served where nothing else is said: for this machine
// alone.
const webListen = "127.0.0.1:8080"

// webPlatform is the row of the pages in the table of platforms.
var webPlatform = platform{
	name:  webName,
	needs: "for a browser leave FOOTNOTE_WEB at auto",
	on:    servesWeb,
	valid: validWeb,
	calls: func(values) bool { return true },
	open: func(p parts) (adapter, error) {
		return web.New(p.log, p.service, p.shelf, p.ledger, feedback{p.ledger}, webConfig(p.values))
	},
	check: func(context.Context, parts) []finding { return nil }, // there is nothing outside
}

// webConfig returns the settings of the pages.
func webConfig(v values) web.Config {
	return web.Config{PublicURL: v["public-url"], Secret: v["web-secret"], Provider: web.Provider{
		Issuer: v["oidc-issuer"], ClientID: v["oidc-client-id"], ClientSecret: v["oidc-client-secret"],
	}}
}

// servesWeb tells whether the pages are served: where they are asked for; where nobody
// comes in unknown; and where only this machine does, unless a platform is served that
// needs no address.
func servesWeb(v values) bool {
	switch v["web"] {
	case "on":
		return true
	case "off":
		return false
	}
	switch {
	case webConfig(v).Guarded():
		return true
	case proxied(v):
		return false
	case v["listen"] != "":
		return loopback(v["listen"])
	}
	return !slackPlatform.on(v) && !discordPlatform.on(v)
}

// proxied tells whether others reach what listens here, even where it listens to this
// machine alone: something then passes on to it what comes from outside.
func proxied(v values) bool {
	if v["public-url"] != "" {
		return true
	}
	for _, p := range []platform{slackPlatform, discordPlatform} {
		if p.on(v) && p.calls(v) {
			return true
		}
	}
	return false
}

func validWeb(v values) error {
	conf := webConfig(v)
	if err := conf.Validate(); err != nil {
		return err
	}
	open := proxied(v) || !loopback(cmp.Or(v["listen"], webListen))
	if open && !conf.Guarded() {
		return errors.New("FOOTNOTE_WEB is on, and everybody could read and ask: set FOOTNOTE_WEB_SECRET, or FOOTNOTE_OIDC_ISSUER, or serve it to this machine alone: FOOTNOTE_LISTEN=127.0.0.1:8080 without FOOTNOTE_PUBLIC_URL")
	}
	return nil
}

// loopback tells whether only this machine reaches what listens there.
func loopback(at string) bool {
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// reader returns the address that citations link to, "" where there is none.
func reader(v values) string {
	if v["public-url"] == "" || !servesWeb(v) {
		return ""
	}
	return strings.TrimRight(v["public-url"], "/")
}
