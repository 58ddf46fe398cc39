package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block finds the parts of the README that come from the program: what stands
// between <!-- settings --> or <!-- footnote ARGUMENTS --> and <!-- end -->.
var block = regexp.MustCompile(`(?s)<!-- (settings|commands|footnote [^\n]*) -->\n(.*?)<!-- end -->`)

func TestREADME(t *testing.T) {
	path := filepath.Join(root, "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	got := block.ReplaceAllStringFunc(string(data), func(old string) string {
		what := block.FindStringSubmatch(old)[1]
		name, arguments, _ := strings.Cut(what, " ")
		seen[name] = true
		return fmt.Sprintf("<!-- %s -->\n%s<!-- end -->", what, rendered(t, name, arguments))
	})
	for _, name := range []string{"settings", "commands", "footnote"} {
		if !seen[name] {
			t.Errorf("README.md has no block of the %s", name)
		}
	}
	for _, command := range []string{`go run ./cmd/footnote ask "How many troops does the NATO Response Force comprise?"`, "go test ./..."} {
		if !strings.Contains(got, command) {
			t.Errorf("README.md does not say %q", command)
		}
	}
	compare(t, path, got)
}

// rendered returns what the block of that name holds.
func rendered(t *testing.T, name, line string) string {
	t.Helper()
	switch name {
	case "settings":
		return settingsTable()
	case "commands":
		return commandsTable()
	}
	got := try(t, "", nil, arguments(t, line)...)
	return "```console\n$ footnote " + line + "\n" + got.out + "```\n"
}

// commandsTable returns the table of the commands.
func commandsTable() string {
	var b strings.Builder
	b.WriteString("| command | does |\n|---|---|\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "| `footnote %s` | %s |\n", c.use, c.short)
	}
	return b.String()
}
