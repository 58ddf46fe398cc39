package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"footnote/bot/discordbot"
)

// block finds the parts of the README that come from the program: what stands
// between <!-- settings -->, <!-- footnote ARGUMENTS --> or <!-- discord GOLDEN --> and
// <!-- end -->.
var block = regexp.MustCompile(`(?s)<!-- (settings|commands|(?:footnote|discord) [^\n]*) -->\n(.*?)<!-- end -->`)

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
	for _, name := range []string{"settings", "commands", "footnote", "discord"} {
		if !seen[name] {
			t.Errorf("README.md has no block of the %s", name)
		}
	}
	for _, command := range []string{`go run ./cmd/footnote ask "How many troops does the NATO Response Force comprise?"`, "go test ./...", discordbot.InviteURL("APPLICATION_ID")} {
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
	case "discord":
		return drawing(t, line)
	}
	got := try(t, "", nil, arguments(t, line)...)
	return "```console\n$ footnote " + line + "\n" + got.out + "```\n"
}

// drawing returns how a message looks in Discord, from the golden file of what is sent:
// texts without their marks, things to press in rows.
func drawing(t *testing.T, golden string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(golden)))
	if err != nil {
		t.Fatal(err)
	}
	const width = 76
	var b, row strings.Builder
	draw := func(text string) {
		line := ""
		for word := range strings.FieldsSeq(text) {
			if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				b.WriteString("│ " + line + "\n")
				line = ""
			}
			line = strings.TrimPrefix(line+" "+word, " ")
		}
		b.WriteString(strings.TrimRight("│ "+line, " ") + "\n")
	}
	shown, _, _ := strings.Cut(string(data), "\n--------")
	for line := range strings.SplitSeq(shown, "\n") {
		button, isButton := strings.CutPrefix(line, "  ( ")
		if !isButton && row.Len() > 0 {
			draw(row.String())
			row.Reset()
		}
		switch {
		case isButton:
			label, _, _ := strings.Cut(button, " )  ")
			row.WriteString(" [ " + label + " ]")
		case strings.HasPrefix(line, "[") && b.Len() == 0:
		case strings.HasPrefix(line, "["): // a part of its own
			draw("")
		default:
			draw(strings.ReplaceAll(strings.TrimPrefix(line, "-# "), "**", ""))
		}
	}
	if row.Len() > 0 {
		draw(row.String())
	}
	return "```text\n" + b.String() + "```\n"
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
