package main

import "testing"

// The pages are served to whoever may read them, and to nobody by accident.
func TestServesWeb(t *testing.T) {
	slack := values{"slack-bot-token": "xoxb-1", "slack-app-token": "xapp-1"}
	calls := values{"slack-bot-token": "xoxb-1", "slack-signing-secret": "s"}
	const secret = "open-sesame-123"
	for _, c := range []struct {
		name   string
		base   values
		more   values
		served bool
		valid  bool
	}{
		{"alone", nil, nil, true, true},
		{"to this machine", nil, values{"listen": "127.0.0.1:9000"}, true, true},
		{"to all", nil, values{"listen": ":9000"}, false, true},
		{"to all, asked for", nil, values{"listen": ":9000", "web": "on"}, true, false},
		{"to all, with a secret", nil, values{"listen": ":9000", "web-secret": secret}, true, true},
		{"beside a platform that is called", slack, nil, false, true},
		{"beside it, to this machine", slack, values{"listen": "localhost:9000"}, true, true},
		{"behind a proxy", nil, values{"listen": "127.0.0.1:9000", "public-url": "https://footnote.example.org"}, false, true},
		{"behind a proxy, asked for", nil, values{"listen": "127.0.0.1:9000", "public-url": "https://footnote.example.org", "web": "on"}, true, false},
		{"behind a proxy, with a secret", nil, values{"listen": "127.0.0.1:9000", "public-url": "https://footnote.example.org", "web-secret": secret}, true, true},
		{"where a platform calls", calls, values{"listen": "127.0.0.1:9000"}, false, true},
		{"where a platform calls, asked for", calls, values{"listen": "127.0.0.1:9000", "web": "on"}, true, false},
		{"switched off", nil, values{"web": "off", "web-secret": secret}, false, true},
	} {
		v := values{"web": "auto"}
		for _, from := range []values{c.base, c.more} {
			for name, text := range from {
				v[name] = text
			}
		}
		if got := servesWeb(v); got != c.served {
			t.Errorf("%s: served is %v, want %v", c.name, got, c.served)
		}
		if err := validWeb(v); c.served && (err == nil) != c.valid {
			t.Errorf("%s: %v, want an error: %v", c.name, err, !c.valid)
		}
	}
}
