package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// kind is what values a setting takes.
type kind uint8

const (
	anyText kind = iota
	number       // a whole number from 1 up
	yesNo        // true or false
)

// setting is a row of the table below.
type setting struct {
	name     string // of the flag, and of the key in the configuration file
	short    string // the flag's one-letter form, or ""
	kind     kind
	choices  []string // the only values there are; nil for any
	fallback string   // the value where nobody gives one
	commands []string // that have the flag; nil for all of them
	help     string
}

// env returns the name of the setting in the environment.
func (s setting) env() string {
	return "FOOTNOTE_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings is every setting there is: the flags, the environment, the keys of the
// configuration file and the table in the README all come from here.
var settings = []setting{
	{name: "corpus", help: "the material: a document (.txt, .md, .html), a folder of them, or a BEIR folder with corpus.jsonl; empty: the embedded article"},
	{name: "mode", choices: []string{"auto", "keyword", "llm"}, fallback: "auto", help: "who writes the answers: auto, keyword (composed from quotes, needs nothing) or llm"},
	{name: "config", help: "a YAML file with any of these settings by name"},
	{name: "color", choices: []string{"auto", "always", "never"}, fallback: "auto", help: "colour: auto (on a terminal, unless NO_COLOR is set), always or never"},
	{name: "json", kind: yesNo, fallback: "false", commands: []string{"ask", "summary", "cite", "sources", "check", "search"}, help: "print JSON instead of text"},
	{name: "history", kind: yesNo, fallback: "true", commands: []string{"chat"}, help: "remember what was typed at a terminal, in footnote/history in the user's configuration folder"},
	{name: "limit", short: "k", kind: number, commands: []string{"search"}, help: "at most so many results a query; 10 where nothing is said, 100 in a run file"},
	{name: "queries", commands: []string{"search"}, help: "a file of queries, BEIR's queries.jsonl ({\"_id\",\"text\"}), to search for one by one"},
	{name: "run", commands: []string{"search"}, help: "the TREC run file to write for --queries; - is standard output"},
	{name: "sets", commands: []string{"eval"}, help: "score only these question sets, with commas between; empty: all that the folder has"},
	{name: "golden", commands: []string{"eval"}, help: "a file the table must equal"},
	{name: "update", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "write the table to the golden file instead of comparing it"},
	{name: "curve", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "print what each threshold of confidence would answer, instead of the table"},
	{name: "fit", kind: yesNo, fallback: "false", commands: []string{"eval"}, help: "compute the weights of the answers from squad2-dev and print them, instead of the table"},
	{name: "questions", kind: number, fallback: "1000", commands: []string{"bench"}, help: "how many questions to answer"},
	{name: "starts", kind: number, fallback: "9", commands: []string{"bench"}, help: "how many times to start the program"},
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

// clean checks a value and returns its one spelling.
func (s setting) clean(value string) (string, error) {
	switch {
	case s.choices != nil && !slices.Contains(s.choices, value):
		return "", fmt.Errorf("%q is none of %s", value, strings.Join(s.choices, ", "))
	case s.kind == number:
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return "", fmt.Errorf("%q is not a whole number from 1 up", value)
		}
		return strconv.Itoa(n), nil
	case s.kind == yesNo:
		b, err := strconv.ParseBool(value)
		if err != nil {
			return "", fmt.Errorf("%q is neither true nor false", value)
		}
		return strconv.FormatBool(b), nil
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

// Set implements pflag.Value.
func (f *flagValue) Set(value string) (err error) {
	f.value, err = f.clean(value)
	return err
}

// Type implements pflag.Value; the help shows it behind the flag.
func (f *flagValue) Type() string {
	switch {
	case f.kind == yesNo:
		return "bool"
	case f.kind == number:
		return "N"
	case f.choices != nil:
		return strings.Join(f.choices, "|")
	}
	return "TEXT"
}

// addFlags gives the set the flags of the settings that keep picks.
func addFlags(set *pflag.FlagSet, keep func(setting) bool) {
	for _, s := range settings {
		if !keep(s) {
			continue
		}
		f := set.VarPF(&flagValue{setting: s, value: s.fallback}, s.name, s.short, s.help+" ("+s.env()+")")
		if s.kind == yesNo {
			f.NoOptDefVal = "true"
		}
	}
}

// resolve returns the settings of a command: from its flags first, then the
// environment, then the configuration file, then the table.
func resolve(cmd *cobra.Command, getenv func(string) string) (values, error) {
	v := values{}
	for _, s := range settings {
		if f := cmd.Flags().Lookup(s.name); f != nil && f.Changed {
			v[s.name] = f.Value.String()
			continue
		}
		text := getenv(s.env())
		if text == "" || !s.of(cmd.Name()) {
			continue
		}
		text, err := s.clean(text)
		if err != nil {
			return nil, usagef("%s: %w", s.env(), err)
		}
		v[s.name] = text
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

// readConfig reads a configuration file: YAML, each key the name of a setting.
func readConfig(path string) (values, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("read configuration: %w", err)
	}
	var keys map[string]yaml.Node
	if err := yaml.Unmarshal(data, &keys); err != nil {
		return nil, usagef("read configuration: %s: %w", path, err)
	}
	v := values{}
	for _, s := range settings {
		node, ok := keys[s.name]
		if !ok || s.name == "config" {
			continue
		}
		var text string
		if err := node.Decode(&text); err != nil {
			return nil, usagef("read configuration: %s:%d: %s: give it one value", path, node.Line, s.name)
		}
		if v[s.name], err = s.clean(text); err != nil {
			return nil, usagef("read configuration: %s:%d: %s: %w", path, node.Line, s.name, err)
		}
		delete(keys, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		node := keys[name]
		return nil, usagef("read configuration: %s:%d: unknown setting %q: known are %s", path, node.Line, name, strings.Join(configurable(), ", "))
	}
	return v, nil
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
		name, fallback, commands := "`--"+s.name+"`", "–", "all"
		if s.short != "" {
			name += ", `-" + s.short + "`"
		}
		if s.fallback != "" {
			fallback = "`" + s.fallback + "`"
		}
		if s.commands != nil {
			commands = strings.Join(s.commands, ", ")
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", name, s.env(), fallback, commands, strings.ReplaceAll(s.help, "|", "\\|"))
	}
	return b.String()
}
