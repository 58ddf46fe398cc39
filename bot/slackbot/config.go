package slackbot

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is how a [Bot] reaches Slack and behaves there. The zero value of a field
// takes the default named beside it.
type Config struct {
	BotToken      string // SLACK_BOT_TOKEN, xoxb-…: of the one workspace, or "" where workspaces install the app
	AppToken      string // SLACK_APP_TOKEN, xapp-…: turns Socket Mode on
	SigningSecret string // SLACK_SIGNING_SECRET: turns the HTTP handlers on
	APIURL        string // FOOTNOTE_SLACK_API_URL, up to and with /api/; https://slack.com/api/

	ClientID     string // SLACK_CLIENT_ID: with the secret, lets workspaces install the app
	ClientSecret string // SLACK_CLIENT_SECRET
	PublicURL    string // FOOTNOTE_PUBLIC_URL: the address people reach the handlers by; the install page needs it

	Public      bool // what /ask does in a channel without a setting of its own: everybody sees the answer
	MentionOnly bool // in threads the bot has answered in, wait for a mention still
	NoAssistant bool // no status, suggested prompts or titles

	CommandsPrefix string // before the slash commands, as in the manifest
	Reader         string // address of the page where the material can be read, without a slash at its end; "" for none

	Pace    time.Duration // least time between two messages in one channel; 1 s. Negative: none, for tests of speed
	Timeout time.Duration // of one call of the Web API; 15 s

	Transport http.RoundTripper // carries the calls; one like http.DefaultTransport that keeps more connections
	Calls     func(status int)  // is told of every call that has ended, by its HTTP status; 0 where no answer came. nil tells nobody
}

// defaultAPIURL is where the Web API is, but for government hosts and proxies.
const defaultAPIURL = "https://slack.com/api/"

// editWindow is how long after a question its text may still be changed.
const editWindow = 5 * time.Minute

// Validate says which variable is missing or malformed, in a sentence for the
// operator that never holds a secret. A nil error means the adapter can start.
func (c Config) Validate() error {
	for _, t := range []struct{ name, value, prefix, where string }{
		{"SLACK_BOT_TOKEN", c.BotToken, "xoxb-", "under “OAuth & Permissions” of the app"},
		{"SLACK_APP_TOKEN", c.AppToken, "xapp-", "under “Basic Information”, “App-Level Tokens”, with the scope connections:write"},
	} {
		switch {
		case t.value == "":
		case strings.TrimSpace(t.value) != t.value || strings.ContainsAny(t.value, " \t\r\n\"'"):
			return fmt.Errorf("%s has white space or quotes in or around it", t.name)
		case !strings.HasPrefix(t.value, t.prefix):
			return fmt.Errorf("%s does not begin with %s: copy it again from %s", t.name, t.prefix, t.where)
		}
	}
	if c.AppToken == "" && c.SigningSecret == "" {
		return fmt.Errorf("SLACK_APP_TOKEN (for Socket Mode) or SLACK_SIGNING_SECRET (for events by HTTP) must be set")
	}
	if s := c.SigningSecret; s != "" && (strings.TrimSpace(s) != s || len(s) < 8) {
		return fmt.Errorf("SLACK_SIGNING_SECRET is not a signing secret: copy it again from “Basic Information”, “App Credentials”")
	}
	if (c.ClientID == "") != (c.ClientSecret == "") {
		return fmt.Errorf("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must be set together")
	}
	if c.BotToken == "" && c.ClientID == "" {
		return fmt.Errorf("SLACK_BOT_TOKEN must be set, or SLACK_CLIENT_ID and SLACK_CLIENT_SECRET so that workspaces can install the app")
	}
	if c.ClientID != "" && c.PublicURL == "" {
		return fmt.Errorf("FOOTNOTE_PUBLIC_URL must be set: workspaces install the app through it")
	}
	return c.validateAddresses()
}

func (c Config) validateAddresses() error {
	if c.APIURL != "" {
		u, err := url.Parse(c.APIURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("FOOTNOTE_SLACK_API_URL is not an address such as %s", defaultAPIURL)
		}
		if !strings.HasSuffix(u.Path, "/api/") {
			return fmt.Errorf("FOOTNOTE_SLACK_API_URL must end in /api/")
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("FOOTNOTE_PUBLIC_URL is not an address such as https://footnote.example.org")
		}
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.APIURL == "" {
		c.APIURL = defaultAPIURL
	}
	if c.Pace == 0 {
		c.Pace = time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	if c.Transport == nil {
		c.Transport = transport()
	}
	c.PublicURL = strings.TrimSuffix(c.PublicURL, "/")
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
