package llm

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// The two ways in which servers are addressed.
const (
	OpenAI = "openai" // OpenAI and all that copy it: llama.cpp, Ollama, vLLM, …
	Azure  = "azure"  // deployments, and the key in a header of its own
)

// Config is how a [Client] reaches a model and how much it may take. The zero value of
// a field takes the default named beside it.
type Config struct {
	BaseURL string // OPENAI_BASE_URL, without /chat/completions; https://api.openai.com/v1
	Key     string // OPENAI_API_KEY; "" for a server that asks for none
	Model   string // FOOTNOTE_LLM_MODEL, as the server names it; with Azure the deployment
	APIType string // FOOTNOTE_LLM_API; OpenAI

	Connect time.Duration // until there is a connection; 5 s. A Transport of the caller's does as it likes
	First   time.Duration // until the first of the text, and until each next of it; 15 s
	Whole   time.Duration // of one Write, all tries and waits included; 60 s

	Retries    int // after the first try, where no text has come; 2. Negative for none
	Concurrent int // calls at a time, the others wait; 4
	TokensADay int // that may be used from one midnight (UTC) to the next; 0 for any number

	Tally     Tally             // counts those tokens for all that share it; each client for itself
	Transport http.RoundTripper // carries the calls; one of ours
}

// defaultBaseURL is where OpenAI is.
const defaultBaseURL = "https://api.openai.com/v1"

// azureVersion is the version of Azure's API: the first one that is not a preview and
// has JSON schemas and counts tokens in streams.
const azureVersion = "2024-10-21"

// Validate says which variable is missing or malformed, in a sentence for the operator
// that never holds the key. A nil error means that a call can be tried.
func (c Config) Validate() error { return c.validate(chat) }

// validate is Validate in the words of a server of some kind.
func (c Config) validate(w wording) error {
	switch {
	case c.Key == "" && c.BaseURL == "":
		return fmt.Errorf("%s must be set, or %s for a server that asks for no key", w.key, w.address)
	case strings.HasPrefix(c.Key, "Bearer "):
		return fmt.Errorf("%s has “Bearer” before it: leave that out", w.key)
	case strings.ContainsFunc(c.Key, notInKey) || strings.ContainsAny(c.Key, "\"'"):
		return fmt.Errorf("%s has white space, quotes or other characters in or around it that cannot be in a key", w.key)
	case c.Model == "":
		return fmt.Errorf("%s must be set: the model's name, as the server knows it", w.name)
	case strings.ContainsFunc(c.Model, unicode.IsControl) || strings.TrimSpace(c.Model) != c.Model:
		return fmt.Errorf("%s has white space around it or control characters in it", w.name)
	case c.APIType != "" && c.APIType != OpenAI && c.APIType != Azure:
		return fmt.Errorf("FOOTNOTE_LLM_API is %q: it must be %s or %s", c.APIType, OpenAI, Azure)
	case c.APIType == Azure && (c.BaseURL == "" || c.Key == ""):
		return errors.New("OPENAI_BASE_URL and OPENAI_API_KEY must be set for Azure: the resource's address, such as https://name.openai.azure.com, and a key of it")
	case c.APIType == Azure && strings.ContainsAny(c.Model, "/?#% "):
		return errors.New("FOOTNOTE_LLM_MODEL must be the name of a deployment for Azure, which stands in an address")
	}
	for _, d := range []struct {
		what  string
		value time.Duration
	}{{"CONNECT", c.Connect}, {"FIRST_TOKEN", c.First}, {"TIMEOUT", c.Whole}} {
		if d.value < 0 {
			return fmt.Errorf("FOOTNOTE_LLM_%s is negative: %v", d.what, d.value)
		}
	}
	if c.Concurrent < 0 || c.TokensADay < 0 {
		return errors.New("FOOTNOTE_LLM_CONCURRENT and FOOTNOTE_LLM_DAILY_TOKENS cannot be negative")
	}
	return c.validateAddress(w)
}

// notInKey reports whether r cannot stand in a header.
func notInKey(r rune) bool { return r <= ' ' || r > '~' }

// validateAddress looks at BaseURL.
func (c Config) validateAddress(w wording) error {
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("%s is not an address such as %s", w.address, defaultBaseURL)
	case u.User != nil:
		return fmt.Errorf("%s has a user or password in it: the key belongs in %s", w.address, w.key)
	case u.RawQuery != "" || u.Fragment != "":
		return fmt.Errorf("%s has ? or # in it: leave out all from there on", w.address)
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/completions"):
		return fmt.Errorf("%s must end before /chat/completions", w.address)
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/embeddings"):
		return fmt.Errorf("%s must end before /embeddings", w.address)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = defaultBaseURL
	}
	if c.APIType == "" {
		c.APIType = OpenAI
	}
	for _, d := range []struct {
		to *time.Duration
		is time.Duration
	}{{&c.Connect, 5 * time.Second}, {&c.First, 15 * time.Second}, {&c.Whole, time.Minute}} {
		if *d.to == 0 {
			*d.to = d.is
		}
	}
	switch {
	case c.Retries == 0:
		c.Retries = 2
	case c.Retries < 0:
		c.Retries = 0
	}
	if c.Concurrent == 0 {
		c.Concurrent = 4
	}
	if c.Transport == nil {
		c.Transport = transport(c.Connect, c.Concurrent)
	}
	return c
}

// transport returns a transport that gives up a connection after connect and keeps as
// many as there are calls at a time.
func transport(connect time.Duration, keep int) http.RoundTripper {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody has put another in its place
		return http.DefaultTransport
	}
	t = t.Clone()
	t.DialContext = (&net.Dialer{Timeout: connect, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = connect
	t.MaxIdleConnsPerHost = keep
	return t
}
