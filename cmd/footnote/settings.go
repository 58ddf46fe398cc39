package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// kind is what values a setting takes.
type kind uint8

const (
	anyText   kind = iota
	number         // a whole number from 1 up
	count          // a whole number from 0 up
	yesNo          // true or false
	keys           // keys to seal secrets with, the first for new ones, with commas between
	database       // a path, or the address of a database
	address        // of a page: http or https
	addresses      // several, with commas between
	listener       // HOST:PORT, the host empty for all
	localPort      // HOST:PORT of this machine alone; the host may be empty
	codeword       // a secret without white space
)

// setting is a row of the table below.
type setting struct {
	name     string // of the flag, and of the key in the configuration file
	short    string // the flag's one-letter form, or ""
	kind     kind
	choices  []string // the only values there are; nil for any
	fallback string   // the value where nobody gives one
	commands []string // that have the flag; nil for all of them
	theirs   bool     // a platform's documentation names the variable: it has no FOOTNOTE_ before it
	live     bool     // footnote serve takes a change over at SIGHUP; the others hold from the next start
	hidden   bool     // no flag, which every user of the machine could read
	filed    bool     // may hold a secret: a file can hold the value in its stead, and no error shows it
	help     string
}

// env returns the name of the setting in the environment.
func (s setting) env() string {
	name := strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
	if s.theirs {
		return name
	}
	return "FOOTNOTE_" + name
}

// Behind the name of a setting that may hold a secret, these make the name of one
// that holds the path of a file with the secret.
const (
	envFile = "_FILE"
	keyFile = "-file"
)

// Commands that share settings.
var (
	connects  = []string{"serve", "doctor"}
	remembers = []string{"serve", "doctor", "gaps", "eval", "ledger forget"}
	announces = []string{"serve", "doctor", "slack manifest"}
	links     = []string{"ask", "chat", "summary", "cite", "sources", "check", "serve", "doctor", "slack manifest"}
	registers = []string{"serve", "doctor", "discord register"}
	searches  = []string{"ask", "chat", "summary", "cite", "check", "search", "index", "serve", "doctor"}
	loads     = []string{"index", "serve"}
	writes    = []string{"ask", "chat", "summary", "eval", "serve", "doctor"}
	embeds    = []string{"ask", "chat", "search", "index", "eval", "serve", "doctor"}
	speaks    = []string{"ask", "chat", "summary", "search", "index", "eval", "serve", "doctor"} // to either
)

// settings is every setting there is: the flags, the environment, the keys of the
// configuration file and the table in the README all come from here.
var settings = []setting{
	{name: "corpus", help: "the material: a document (.txt, .md, .html, .pdf, .docx, .epub), a folder of them, a list of saved web pages (.urls), or a BEIR folder with corpus.jsonl; empty: the embedded article"},
	{name: "index", help: "the file that footnote index stores the index of --corpus in, and the other commands load it from; empty, or where it does not fit: the index is made in memory"},
	{name: "mode", choices: []string{"auto", "keyword", "llm"}, fallback: "auto", help: "who writes the answers: keyword (composed from quotes, needs nothing), llm (a model, each sentence checked), or auto (a model where one is named)"},
	{name: "config", help: "a YAML file with any of these settings by name"},
	{name: "color", choices: []string{"auto", "always", "never"}, fallback: "auto", help: "colour: auto (on a terminal, unless NO_COLOR is set), always or never"},
	{name: "json", kind: yesNo, fallback: "false", commands: []string{"ask", "summary", "cite", "sources", "check", "search", "bench"}, help: "print JSON instead of text"},
	{name: "as", commands: []string{"ask", "chat", "summary", "cite", "sources", "check", "search"}, help: "answer as in a place, from what may be quoted there: slack:T0123:C0123 or discord:456:123; empty: from everything"},
	{name: "document", commands: []string{"summary", "sources", "search"}, help: "only of this document, by its id or (but for search) title; empty: of all"},
	{name: "history", kind: yesNo, fallback: "true", commands: []string{"chat"}, help: "remember what was typed at a terminal, in footnote/history in the user's configuration folder"},
	{name: "limit", short: "k", kind: number, commands: []string{"search"}, help: "at most so many results a query; 10 where nothing is said, 100 in a run file"},
	{name: "queries", commands: []string{"search"}, help: "a file of queries, BEIR's queries.jsonl ({\"_id\",\"text\"}), to search for one by one"},
	{name: "run", commands: []string{"search"}, help: "the TREC run file to write for --queries; - is standard output"},
	{name: "sets", commands: []string{"eval"}, help: "score only these question sets, with commas between; empty: all that the folder has"},
	{name: "golden", commands: []string{"eval"}, help: "a file the table must equal"},
	{name: "update", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "write the table to the golden file instead of comparing it"},
	{name: "from-feedback", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "print the answers that people rated good as a question set, instead of the table; no folder is given"},
	{name: "days", kind: number, fallback: "7", commands: []string{"gaps", "eval"}, help: "how far back questions and ratings are read, no further than they are kept"},
	{name: "curve", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "print what each threshold of confidence would answer, instead of the table"},
	{name: "fit", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "compute the weights of the answers from squad2-dev and print them, instead of the table"},
	{name: "questions", kind: number, fallback: "1000", commands: []string{"bench"}, help: "how many questions to answer"},
	{name: "starts", kind: number, fallback: "9", commands: []string{"bench"}, help: "how many times to start the program"},
	{name: "sizes", commands: []string{"bench"}, help: "with PASSAGES: measure the index over the first so many of them, with commas between; empty: over all"},
	{name: "program", kind: yesNo, fallback: "false", commands: []string{"bench"}, help: "with PASSAGES: measure the whole program over them, in place of the index alone"},
	{name: "stored", commands: []string{"bench"}, help: "an index that bench has stored, to be searched for QUERIES"},
	{name: "search", choices: []string{"keyword", "opensearch"}, fallback: "keyword", commands: searches, help: "what finds passages: keyword (an index in the program) or opensearch (one in a cluster, loaded by footnote index)"},
	{name: "opensearch-url", kind: addresses, commands: searches, help: "nodes of the OpenSearch cluster, https://HOST:9200, with commas between: a dead one is skipped"},
	{name: "opensearch-user", commands: searches, help: "the name that the cluster knows footnote by; empty: it asks for none"},
	{name: "opensearch-password", kind: codeword, hidden: true, filed: true, commands: searches, help: "the password that belongs to it"},
	{name: "opensearch-index", fallback: "footnote", commands: searches, help: "the alias of the index in the cluster; each material needs its own"},
	{name: "opensearch-shards", kind: number, fallback: "3", commands: loads, help: "parts that the index has, each on a node"},
	{name: "opensearch-replicas", kind: count, fallback: "1", commands: loads, help: "copies of each part besides the first: so many nodes may die"},
	{name: "openai-api-key", kind: codeword, theirs: true, hidden: true, filed: true, commands: speaks, help: "the key of the chat endpoint; not needed where OPENAI_BASE_URL's server asks for none"},
	{name: "openai-base-url", kind: address, theirs: true, commands: speaks, help: "where the chat endpoint is, up to and with /v1, of any server that is compatible; empty: OpenAI's"},
	{name: "llm-model", commands: writes, help: "the model that writes the answers, as its server names it (with Azure the deployment); empty: answers are composed from quotes"},
	{name: "llm-api", choices: []string{"openai", "azure"}, fallback: "openai", commands: writes, help: "how the endpoint is addressed: openai (and all that are compatible) or azure"},
	{name: "llm-timeout", kind: number, fallback: "20", commands: writes, help: "seconds that the model has for an answer, all tries together; then it is composed from quotes. footnote serve gives up on any answer after 30"},
	{name: "llm-first-token", kind: number, fallback: "15", commands: writes, help: "seconds until the first of the model's text, and between any two pieces of it"},
	{name: "llm-connect", kind: number, fallback: "5", commands: writes, help: "seconds until there is a connection to the endpoint"},
	{name: "llm-retries", kind: count, fallback: "2", commands: writes, help: "how often a call that failed before any text came is tried again"},
	{name: "llm-concurrent", kind: number, fallback: "4", commands: writes, help: "calls to the endpoint at a time"},
	{name: "llm-daily-tokens", kind: count, fallback: "0", commands: writes, help: "tokens that may be used from one midnight (UTC) to the next, by all that serve from one ledger; 0 for any number"},
	{name: "llm-budget", kind: number, fallback: "24000", commands: writes, help: "tokens of passages that the model is given: all passages where they fit, else those found and their neighbours. It must leave room in the model's context for rules and reply, about 1,500"},
	{name: "embed-base-url", kind: address, commands: embeds, help: "where the embeddings endpoint is, up to and with /v1, of any server that is compatible; empty: the chat endpoint's"},
	{name: "embed-api-key", kind: codeword, hidden: true, filed: true, commands: embeds, help: "its key; empty: the chat endpoint's"},
	{name: "embed-passage-model", commands: embeds, help: "the model that embeds passages, as its server names it; empty: the one for questions, and where none is named passages are found by their words alone"},
	{name: "embed-query-model", commands: embeds, help: "the model that embeds questions, where they have one of their own; empty: that of passages"},
	{name: "embed-timeout", kind: number, fallback: "2", commands: embeds, help: "seconds that the embedding of a question has, all tries together; then passages are found by their words alone"},
	{name: "embed-sentences", kind: yesNo, fallback: "true", commands: embeds, help: "embed each sentence too, about five times as many texts: passages are ranked and sentences chosen better by it"},
	{name: "embed-store", commands: embeds, help: "the folder that vectors are kept in, so that a text is embedded once; empty: footnote/vectors in $XDG_CACHE_HOME or ~/.cache"},
	{name: "slack-bot-token", kind: codeword, theirs: true, hidden: true, filed: true, commands: connects, help: "Slack's bot token, xoxb-…; not needed where workspaces install the app"},
	{name: "slack-app-token", kind: codeword, theirs: true, hidden: true, filed: true, commands: connects, help: "Slack's app-level token, xapp-…: turns Socket Mode on, which needs no public address"},
	{name: "slack-signing-secret", kind: codeword, theirs: true, hidden: true, filed: true, commands: connects, help: "Slack's signing secret: turns events by HTTP on"},
	{name: "slack-client-id", kind: codeword, theirs: true, hidden: true, filed: true, commands: connects, help: "Slack's client ID: lets several workspaces install the app at /slack/install"},
	{name: "slack-client-secret", kind: codeword, theirs: true, hidden: true, filed: true, commands: connects, help: "the client secret that belongs to it"},
	{name: "slack-api-url", kind: address, commands: connects, help: "where Slack's Web API is, up to and with /api/, for government hosts and proxies; empty: https://slack.com/api/"},
	{name: "slack-commands-prefix", commands: announces, help: "stands before the names of the slash commands, where another app has /ask: fn- makes /fn-ask"},
	{name: "discord-bot-token", kind: codeword, theirs: true, hidden: true, filed: true, commands: registers, help: "Discord's bot token"},
	{name: "discord-application-id", theirs: true, commands: registers, help: "Discord's application ID; empty: Discord is asked"},
	{name: "discord-public-key", theirs: true, commands: connects, help: "the application's public key: turns interactions by HTTP on"},
	{name: "discord-guild-id", theirs: true, commands: registers, help: "registers the commands in this server alone, where a change shows at once; empty: in all"},
	{name: "discord-api-url", kind: address, commands: registers, help: "where Discord's API is, up to and with /api/, without the version; empty: https://discord.com/api/"},
	{name: "discord-gateway-url", commands: connects, help: "where Discord's Gateway is, wss://…; empty: Discord's API is asked"},
	{name: "discord-gateway", kind: yesNo, fallback: "true", commands: connects, help: "keep a connection to Discord's Gateway; false: commands and clicks by HTTP alone, no mentions and no direct messages"},
	{name: "discord-message-content", kind: yesNo, fallback: "false", commands: connects, help: "ask for the privileged intent Message Content, which must be enabled for the application: follow-ups in Discord's threads need no reply and no mention then"},
	{name: "follow-ups", kind: yesNo, fallback: "true", commands: announces, help: "answer in threads the bot is part of without a new mention"},
	{name: "visibility", choices: []string{"private", "public"}, fallback: "private", commands: []string{"serve"}, help: "who sees the answers to slash commands, where a channel has no setting of its own: private (who asks) or public (the channel)"},
	{name: "ledger", kind: database, filed: true, commands: remembers, help: "where questions and answers are kept: a file, or a postgres:// URL; empty: footnote/footnote.db in $XDG_STATE_HOME or ~/.local/state (%LocalAppData% on Windows), or footnote.db in the working directory where there is no home"},
	{name: "ledger-key", kind: keys, hidden: true, filed: true, commands: connects, help: "seals the tokens of workspaces that install the app: 32 bytes in base64, as openssl rand -base64 32 prints; several with commas: the first seals, all open"},
	{name: "retention", live: true, kind: count, fallback: "30", commands: []string{"serve", "gaps", "eval"}, help: "after how many days questions and answers are removed; 0 keeps them"},
	{name: "listen", kind: listener, commands: connects, help: "HOST:PORT for /healthz, /readyz and what the platforms call; empty: :8080 where a platform calls, nothing else"},
	{name: "monitor", kind: listener, commands: []string{"serve"}, help: "HOST:PORT for operators: /healthz, /readyz and /metrics (Prometheus). Without a host it is this machine alone, 0.0.0.0:9464 is for all; empty: nothing listens"},
	{name: "pprof", kind: localPort, commands: []string{"serve"}, help: "HOST:PORT of this machine alone for /debug/pprof/, which go tool pprof reads; empty: nothing listens"},
	{name: "otel-exporter-otlp-endpoint", kind: address, theirs: true, commands: []string{"serve"}, help: "where an OpenTelemetry collector takes traces by OTLP over HTTP, without /v1/traces; empty: nowhere"},
	{name: "public-url", kind: address, commands: links, help: "the address that people and platforms reach --listen by, https://…: citations link there"},
	{name: "web", choices: []string{"auto", "on", "off"}, fallback: "auto", commands: connects, help: "the reader page, and asking in a browser: auto serves them where only this machine can reach them (127.0.0.1:8080 if nothing else is said), or a secret or OpenID Connect is set"},
	{name: "web-secret", kind: codeword, hidden: true, filed: true, commands: connects, help: "who knows it may read and ask in a browser; at least 12 characters"},
	{name: "oidc-issuer", kind: address, commands: connects, help: "the OpenID Connect provider that lets people read and ask in a browser; it must know PUBLIC-URL/-/callback"},
	{name: "oidc-client-id", commands: connects, help: "the client ID that the provider has given"},
	{name: "oidc-client-secret", kind: codeword, hidden: true, filed: true, commands: connects, help: "the secret that belongs to it"},
	{name: "watch", kind: yesNo, fallback: "true", commands: []string{"serve"}, help: "read the material anew when its files change"},
	{name: "user-limit", live: true, kind: number, fallback: "20", commands: []string{"serve"}, help: "questions a minute that one person gets answered"},
	{name: "channel-limit", live: true, kind: number, fallback: "60", commands: []string{"serve"}, help: "the same in one channel"},
	{name: "workers", kind: number, fallback: "8", commands: []string{"serve"}, help: "questions that are answered at once"},
	{name: "log-level", live: true, choices: []string{"debug", "info", "warn", "error"}, fallback: "info", commands: []string{"serve"}, help: "what the log tells; never what anybody wrote"},
	{name: "log-format", choices: []string{"auto", "text", "json"}, fallback: "auto", commands: []string{"serve"}, help: "the log's form: auto is text on a terminal and JSON elsewhere"},
	{name: "http", kind: address, commands: []string{"slack manifest"}, help: "Slack sends its events to this address, https://…, instead of over Socket Mode"},
	{name: "assistant", kind: yesNo, fallback: "false", commands: []string{"slack manifest"}, help: "the older assistant view, for an app that has it already"},
	{name: "user", commands: []string{"ledger forget"}, help: "whose words are removed: slack:TEAM:USER, discord:USER, or the ID of the user alone"},
}

// values are the settings of one run, by name.
type values map[string]string

// yes reports whether a yes-or-no setting is on.
func (v values) yes(name string) bool { return v[name] == "true" }

// number returns a number, or fallback where none was given.
func (v values) number(name string, fallback int) int {
	if n, err := strconv.Atoi(v[name]); err == nil {
		return n
	}
	return fallback
}

// clean checks a value and returns its one spelling. Its errors show no value of a
// setting that may hold a secret.
func (s setting) clean(value string) (string, error) {
	switch {
	case s.choices != nil && !slices.Contains(s.choices, value):
		return "", fmt.Errorf("%q is none of %s", value, strings.Join(s.choices, ", "))
	case s.kind == number, s.kind == count:
		least := 0
		if s.kind == number {
			least = 1
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < least {
			return "", fmt.Errorf("%q is not a whole number from %d up", value, least)
		}
		return strconv.Itoa(n), nil
	case s.kind == yesNo:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return "", fmt.Errorf("%q is neither true nor false", value)
		}
		return strconv.FormatBool(b), nil
	}
	if check := checks[s.kind]; check != nil && value != "" {
		return value, check(value)
	}
	return value, nil
}

// of reports whether the command has the setting.
func (s setting) of(command string) bool {
	return s.commands == nil || slices.Contains(s.commands, command)
}

// flagValue is a setting as a flag of a command.
type flagValue struct {
	setting
	value string
}

// String implements pflag.Value; pflag prints it as the default.
func (f *flagValue) String() string { return f.value }

// Set implements pflag.Value. Its errors must not be wrapped by pflag where the
// value may hold a secret, since pflag quotes it: resolve checks those.
func (f *flagValue) Set(value string) (err error) {
	if f.filed {
		f.value = value
		return nil
	}
	f.value, err = f.clean(value)
	return err
}

// Type implements pflag.Value; the help shows it behind the flag.
func (f *flagValue) Type() string {
	switch {
	case f.kind == yesNo:
		return "bool"
	case f.kind == number, f.kind == count:
		return "N"
	case f.kind == address:
		return "URL"
	case f.kind == addresses:
		return "URL,…"
	case f.kind == listener, f.kind == localPort:
		return "HOST:PORT"
	case f.choices != nil:
		return strings.Join(f.choices, "|")
	}
	return "TEXT"
}

// addFlags gives the set the flags of the settings that keep picks.
func addFlags(set *pflag.FlagSet, keep func(setting) bool) {
	for _, s := range settings {
		if s.hidden || !keep(s) {
			continue
		}
		f := set.VarPF(&flagValue{setting: s, value: s.fallback}, s.name, s.short, s.help+" ("+s.env()+")")
		if s.kind == yesNo {
			f.NoOptDefVal = "true"
		}
	}
}

// withoutFlags lists, for the help, the settings of a command that are no flags.
func withoutFlags(command string) string {
	var b strings.Builder
	for _, s := range settings {
		if s.hidden && s.of(command) {
			fmt.Fprintf(&b, "  %-22s %s\n", s.env(), s.help)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n\nSecrets are no flags, which ps would show. These are variables of the environment and\n" +
		"keys of the configuration file; with " + envFile + " behind its name, a variable names a file\nthat holds the secret:\n" + strings.TrimRight(b.String(), "\n")
}

// resolve returns the settings of a command: from its flags first, then the
// environment, then the configuration file, then the table.
func resolve(cmd *cobra.Command, command string, getenv func(string) string) (values, error) {
	v := values{}
	for _, s := range settings {
		if !s.of(command) {
			continue
		}
		text, given, err := s.given(cmd.Flags().Lookup(s.name), getenv)
		if err != nil {
			return nil, err
		}
		if given {
			v[s.name] = text
		}
	}
	file, err := readConfig(v["config"])
	if err != nil {
		return nil, err
	}
	for _, s := range settings {
		_, given := v[s.name]
		text, written := file[s.name]
		switch {
		case given:
		case written:
			v[s.name] = text
		default:
			v[s.name] = s.fallback
		}
	}
	return v, nil
}

// given returns the value that the flag or the environment gives a setting.
func (s setting) given(flag *pflag.Flag, getenv func(string) string) (text string, ok bool, err error) {
	if flag != nil && flag.Changed {
		text := flag.Value.String()
		if err := s.flagged(text); err != nil {
			return "", false, usagef("--%s: %w", s.name, err)
		}
		return text, true, nil
	}
	text, name := getenv(s.env()), s.env()
	if s.filed {
		path := getenv(s.env() + envFile)
		if text != "" && path != "" {
			return "", false, usagef("%s and %s are both set: keep one", name, name+envFile)
		}
		if path != "" {
			name += envFile
			if text, err = readSecret(path); err != nil {
				return "", false, usagef("%s: %w", name, err)
			}
		}
	}
	if text == "" {
		return "", false, nil
	}
	if text, err = s.clean(text); err != nil {
		return "", false, usagef("%s: %w", name, err)
	}
	return text, true, nil
}

// flagged checks a flag's value that Set could not, and that it holds no secret.
func (s setting) flagged(text string) error {
	if !s.filed {
		return nil
	}
	if _, err := s.clean(text); err != nil {
		return err
	}
	if hasPassword(text) {
		return fmt.Errorf("an address with a password would show in ps: give it as %s, or %s with a file's path", s.env(), s.env()+envFile)
	}
	return nil
}

// readSecret reads a file that holds one secret, and maybe a line's end.
func readSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text := strings.TrimRight(string(data), "\r\n")
	if text == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return text, nil
}

// configurable returns the names that a configuration file may have.
func configurable() []string {
	var names []string
	for _, s := range settings {
		if s.name != "config" {
			names = append(names, s.name)
		}
	}
	return names
}

// settingsTable returns the table of the README.
func settingsTable() string {
	var b strings.Builder
	b.WriteString("| flag, key in the file | environment | default | commands | means |\n|---|---|---|---|---|\n")
	for _, s := range settings {
		name, env, fallback, commands := "`--"+s.name+"`", "`"+s.env()+"`", "–", "all"
		if s.hidden {
			name = "`" + s.name + "`, no flag"
		}
		if s.short != "" {
			name += ", `-" + s.short + "`"
		}
		if s.filed {
			env += " or `…" + envFile + "`"
		}
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		if s.commands != nil {
			commands = strings.Join(s.commands, ", ")
		}
		help := s.help
		if s.live {
			help += ". Read anew at SIGHUP"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, env, fallback, commands, strings.ReplaceAll(help, "|", "\\|"))
	}
	return b.String()
}
