package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"footnote/bot/ledger"

	"go.yaml.in/yaml/v3"
)

// checks are what the kinds of values must keep to. Those of kinds that may hold a
// secret have errors without the value.
var checks = map[kind]func(string) error{
	keys: func(s string) error {
		_, err := parseKeys(s)
		return err
	},
	database: checkDatabase,
	address:  checkAddress,
	addresses: func(s string) error {
		for part := range strings.SplitSeq(s, ",") {
			if err := checkAddress(part); err != nil {
				return err
			}
		}
		return nil
	},
	listener: checkListener,
	localPort: func(s string) error {
		if err := checkListener(s); err != nil {
			return err
		}
		host, _, _ := net.SplitHostPort(local(s)) // has been read just now
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return fmt.Errorf("%q can be reached from elsewhere, and profiles show what the program has in memory: name 127.0.0.1, or no host", s)
		}
		return nil
	},
	codeword: func(s string) error {
		if strings.ContainsAny(s, " \t\r\n\"'") {
			return errors.New("it has white space or quotes in or around it")
		}
		return nil
	},
}

// parseKeys reads keys with commas between.
func parseKeys(s string) ([]ledger.Key, error) {
	if s == "" {
		return nil, nil
	}
	var out []ledger.Key
	for part := range strings.SplitSeq(s, ",") {
		k, err := ledger.ParseKey(part)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// checkDatabase refuses what the ledger would take for the name of a file though it
// was not meant so.
func checkDatabase(s string) error {
	scheme, _, isURL := strings.Cut(s, "://")
	switch {
	case isURL && scheme != "postgres" && scheme != "postgresql", !isURL && strings.Contains(s, "password="):
		return errors.New("it is neither a file nor a URL of the form postgres://user:password@host:5432/database")
	}
	return nil
}

// hasPassword tells whether an address holds a password.
func hasPassword(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return strings.Contains(s, "://") // better safe
	}
	_, has := u.User.Password()
	q := u.Query()
	return has || q.Has("password") || q.Has("sslpassword")
}

func checkAddress(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%q is not an address such as https://footnote.example.org", s)
	}
	if u.User != nil {
		return errors.New("an address with a name or a password in it is not used")
	}
	return nil
}

func checkListener(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil || port == "" {
		return fmt.Errorf("%q is not HOST:PORT, such as :8080 or 127.0.0.1:8080", s)
	}
	return nil
}

// readConfig reads a configuration file: YAML, each key the name of a setting. Its
// errors name the place and show no values but those of settings without secrets.
func readConfig(path string) (values, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("read configuration: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, usagef("read configuration: %s: %w", path, err)
	}
	if len(doc.Content) == 0 { // empty, or nothing but comments
		return nil, nil
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		return nil, usagef("read configuration: %s:%d: it must have a line NAME: VALUE for each setting", path, top.Line)
	}
	v := values{}
	for i := 0; i+1 < len(top.Content); i += 2 {
		key, node := top.Content[i], top.Content[i+1]
		if err := v.read(key.Value, node); err != nil {
			return nil, usagef("read configuration: %s:%d: %w", path, key.Line, err)
		}
	}
	return v, nil
}

// read takes one key of the configuration file.
func (v values) read(key string, node *yaml.Node) error {
	name, isFile := key, false
	i := slices.IndexFunc(settings, func(s setting) bool {
		isFile = s.filed && key == s.name+keyFile
		return s.name == key || isFile
	})
	if i < 0 || key == "config" {
		if like := near(key, configurable()); like != "" {
			return fmt.Errorf("unknown setting %q: did you mean %s?", key, like)
		}
		return fmt.Errorf("unknown setting %q: known are %s", key, strings.Join(configurable(), ", "))
	}
	s := settings[i]
	name = s.name
	if _, twice := v[name]; twice {
		return fmt.Errorf("%s is given twice: keep one", key)
	}
	var text string
	if node.Kind != yaml.ScalarNode || node.Decode(&text) != nil {
		return fmt.Errorf("%s: give it one value", key)
	}
	var err error
	if isFile {
		if text, err = readSecret(text); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
	}
	if v[name], err = s.clean(text); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}
