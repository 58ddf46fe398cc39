package discordbot

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Config is how a [Bot] reaches Discord and behaves there. The zero value of a field
// takes the default named beside it.
type Config struct {
	BotToken      string // DISCORD_BOT_TOKEN, without “Bot ” before it
	ApplicationID string // DISCORD_APPLICATION_ID; "" asks Discord
	PublicKey     string // DISCORD_PUBLIC_KEY, 64 hexadecimal digits: turns interactions by HTTP on
	GuildID       string // DISCORD_GUILD_ID: the commands are registered in this guild alone; "" registers them for all
	APIURL        string // FOOTNOTE_DISCORD_API_URL, up to and with /api/, without the version; https://discord.com/api/
	GatewayURL    string // FOOTNOTE_DISCORD_GATEWAY_URL, wss://…, in place of the address that the API says; "" takes that

	NoGateway   bool // interactions come by HTTP alone; needs PublicKey
	Content     bool // the Message Content intent is enabled for the app and is asked for: threads work without mentions
	Public      bool // what a command does where its option and its channel don't say: everybody sees the answer
	MentionOnly bool // in conversations that the bot is part of, wait for a mention or a reply still

	Reader string // address of the page where the material can be read, without a slash at its end; "" for none

	Timeout   time.Duration     // of one call of the API, its waits for rate limits left out; 15 s
	Transport http.RoundTripper // carries the calls; one like http.DefaultTransport that keeps more connections
	Calls     func(status int)  // is told of every call that has ended, by its HTTP status; 0 where no answer came. nil tells nobody
}

// defaultAPIURL is where the API is, but for proxies.
const defaultAPIURL = "https://discord.com/api/"

// apiVersion is the version of the API and the Gateway. discordgo has 9 built in.
const apiVersion = "10"

// editWindow is how long after a question its text may still be changed.
const editWindow = 5 * time.Minute

// Validate says which variable is missing or malformed, in a sentence for the
// operator that never holds a secret. A nil error means the adapter can start.
func (c Config) Validate() error {
	if err := validateToken(c.BotToken); err != nil {
		return err
	}
	for _, id := range []struct{ name, value, where string }{
		{"DISCORD_APPLICATION_ID", c.ApplicationID, "copy the Application ID from “General Information” of the app"},
		{"DISCORD_GUILD_ID", c.GuildID, "switch Developer Mode on in Discord and use “Copy Server ID”"},
	} {
		if n, err := strconv.ParseUint(id.value, 10, 64); id.value != "" && (err != nil || n == 0) {
			return fmt.Errorf("%s is not an id, which is a number of 17 to 20 digits: %s", id.name, id.where)
		}
	}
	if key, err := hex.DecodeString(c.PublicKey); c.PublicKey != "" && (err != nil || len(key) != ed25519.PublicKeySize) {
		return errors.New("DISCORD_PUBLIC_KEY is not 64 hexadecimal digits: copy the Public Key from “General Information” of the app")
	}
	if c.NoGateway && c.PublicKey == "" {
		return errors.New("DISCORD_PUBLIC_KEY must be set: without the Gateway, interactions come by HTTP, and are checked with it")
	}
	return c.validateAddresses()
}

// validateToken looks at a bot token's form only: three parts, of which the first is
// the bot's id.
func validateToken(token string) error {
	const again = "copy it again from the page “Bot” of the app"
	parts := strings.Split(token, ".")
	switch {
	case token == "":
		return errors.New("DISCORD_BOT_TOKEN must be set: it is on the page “Bot” of the app")
	case strings.HasPrefix(token, "Bot ") || strings.HasPrefix(token, "Bearer "):
		return errors.New("DISCORD_BOT_TOKEN has “Bot” or “Bearer” before it: leave that out")
	case strings.ContainsFunc(token, unicode.IsSpace) || strings.ContainsAny(token, "\"'"):
		return errors.New("DISCORD_BOT_TOKEN has white space or quotes in or around it")
	case len(parts) != 3:
		return errors.New("DISCORD_BOT_TOKEN is not a bot token, which has three parts with dots between; the client secret is something else: " + again)
	}
	for _, p := range parts {
		if !tokenPart.MatchString(p) {
			return errors.New("DISCORD_BOT_TOKEN has a part that cannot be in a bot token: " + again)
		}
	}
	return nil
}

// validateAddresses looks at what tells where Discord and the reader are.
func (c Config) validateAddresses() error {
	if c.APIURL != "" {
		u, err := url.Parse(c.APIURL)
		switch {
		case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("FOOTNOTE_DISCORD_API_URL is not an address such as %s", defaultAPIURL)
		case versioned.MatchString(u.Path):
			return errors.New("FOOTNOTE_DISCORD_API_URL ends in a version: leave it out, up to and with /api/")
		case !strings.HasSuffix(u.Path, "/api/"):
			return errors.New("FOOTNOTE_DISCORD_API_URL must end in /api/")
		}
	}
	if c.GatewayURL != "" {
		u, err := url.Parse(c.GatewayURL)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "wss" && u.Scheme != "ws" {
			return errors.New("FOOTNOTE_DISCORD_GATEWAY_URL is not an address such as wss://gateway.discord.gg")
		}
	}
	return nil
}

// tokenPart is a part of a bot token: base64 for addresses.
var tokenPart = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// versioned is how an address ends that has the API's version in it.
var versioned = regexp.MustCompile(`/v[0-9]+/?$`)

func (c Config) withDefaults() Config {
	if c.APIURL == "" {
		c.APIURL = defaultAPIURL
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	return c
}

// transport returns a transport that keeps a connection for each of many workers;
// the default keeps two, and makes a new one for every further call.
func transport() http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has put another in its place
		return http.DefaultTransport
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = 64
	return t
}
