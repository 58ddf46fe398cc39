package fakediscord

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Commands: interactions/application-commands.mdx.

// Types of commands and of their options: “Application Command Types”, “Application Command Option Type”.
const (
	commandChatInput  = 1
	commandUser       = 2
	commandMessage    = 3
	commandEntryPoint = 4

	optionSubcommand = 1
	optionGroup      = 2
	optionString     = 3
	optionInteger    = 4
	optionNumber     = 10
)

// maxCommands is how many of a type an application may have, for all guilds and for each: “Registering a Command”.
var maxCommands = map[int64]int{commandChatInput: 100, commandUser: 15, commandMessage: 15, commandEntryPoint: 1}

// Limits of commands.
const (
	maxCommandSize  = 8000 // “Slash Commands”: names, descriptions and values together
	maxCommandName  = 32   // “Application Command Naming”
	maxDescription  = 100  // “Application Command Structure”
	maxOptions      = 25   // the same
	maxOptionLength = 6000 // “Application Command Option Structure”
)

// chatInputName is “Application Command Naming”.
var chatInputName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// knownLocales are those of reference.mdx, “Locales”. The schema has ar and he besides, which the documentation does not offer.
var knownLocales = func() map[string]bool {
	all := map[string]bool{}
	for _, l := range strings.Fields(`id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th
		zh-CN ja zh-TW ko`) {
		all[l] = true
	}
	return all
}()

// commandScope is where a command is registered, and how.
type commandScope struct {
	guild bool // in one guild
	patch bool // what is not given stays as it was; the type can't be told
}

// commands checks a whole set, which takes the place of what was there: names are unique for a type.
func (w *wrongs) commands(body any, guild bool) {
	list, ok := body.([]any)
	if !ok {
		w.add("", "must be a list of commands")
	}
	names, count := map[string]bool{}, map[int64]int{}
	for i, c := range list {
		place := fmt.Sprintf("/%d", i)
		w.command(place, c, commandScope{guild: guild})
		m, _ := c.(map[string]any)
		kind := commandType(m)
		name := fmt.Sprint(kind, m["name"])
		if names[name] {
			w.add(place+"/name", "is another command's of this type too")
		}
		names[name] = true
		count[kind]++
	}
	for _, kind := range []int64{commandChatInput, commandUser, commandMessage, commandEntryPoint} {
		if count[kind] > maxCommands[kind] {
			w.add("", "has %d commands of type %d, at most %d", count[kind], kind, maxCommands[kind])
		}
	}
}

func commandType(m map[string]any) int64 {
	if kind, ok := wholeNumber(m["type"]); ok {
		return kind
	}
	return commandChatInput
}

// command checks one command.
func (w *wrongs) command(place string, body any, in commandScope) {
	m, ok := body.(map[string]any)
	if !ok {
		w.add(place, "must be a command")
		return
	}
	if !in.patch {
		w.needs(place, m, "name")
	}
	kind := commandType(m)
	// Of a patch the type is not known: it is taken for a slash command where it has what only those have.
	chat := kind == commandChatInput && (!in.patch || !isEmpty(m["description"]) || !isEmpty(m["options"]))
	if chat {
		w.chatInput(place, m, in)
	} else {
		w.menuEntry(place, m)
	}
	w.integers(place+"/contexts", m["contexts"], 2)
	w.integers(place+"/integration_types", m["integration_types"], 1)
	if in.guild {
		// “Application Command Structure”: only for globally-scoped commands.
		for _, field := range []string{"contexts", "integration_types", "dm_permission"} {
			if m[field] != nil {
				w.add(place+"/"+field, "is for commands of all guilds alone")
			}
		}
	}
	if size := commandSize(m); size > maxCommandSize {
		w.add(place, "has %d characters in names, descriptions and values, at most %d", size, maxCommandSize)
	}
}

// chatInput checks a slash command.
func (w *wrongs) chatInput(place string, m map[string]any, in commandScope) {
	w.named(place, m)
	if !in.patch || m["description"] != nil {
		w.described(place, m)
	}
	w.options(place+"/options", m["options"])
}

// menuEntry checks a command of the menu of a message or a person: “Application Command Structure”.
func (w *wrongs) menuEntry(place string, m map[string]any) {
	name := func(at, name string) {
		w.lengthOf(at, name, 1, maxCommandName)
		if strings.TrimSpace(name) == "" {
			w.add(at, "is empty")
		}
	}
	if text, ok := m["name"].(string); ok {
		name(place+"/name", text)
	}
	w.localized(place+"/name_localizations", m["name_localizations"], name)
	for _, field := range []string{"description", "description_localizations", "options"} {
		if commandType(m) != commandEntryPoint && !isEmpty(m[field]) {
			w.add(place+"/"+field, "must be empty but for slash commands")
		}
	}
}

// named checks the name of a slash command or an option, in all languages.
func (w *wrongs) named(place string, m map[string]any) {
	name := func(at, name string) {
		if !chatInputName.MatchString(name) {
			w.add(at, "must be 1 to 32 letters, digits, - _ or '")
		}
		if strings.ToLower(name) != name {
			w.add(at, "must be in lower case")
		}
	}
	if text, ok := m["name"].(string); ok {
		name(place+"/name", text)
	}
	w.localized(place+"/name_localizations", m["name_localizations"], name)
}

// described checks the description of a slash command or an option, in all languages.
func (w *wrongs) described(place string, m map[string]any) {
	w.needs(place, m, "description")
	w.length(place, m, "description", 1, maxDescription)
	w.localized(place+"/description_localizations", m["description_localizations"],
		func(at, text string) { w.lengthOf(at, text, 1, maxDescription) })
}

// localized checks a text in each language.
func (w *wrongs) localized(place string, v any, check func(at, text string)) {
	m, _ := v.(map[string]any)
	for _, locale := range sortedKeys(m) {
		if !knownLocales[locale] {
			w.add(place, "has a locale that Discord does not offer")
		}
		if text, ok := m[locale].(string); ok {
			check(place+"/"+locale, text)
		}
	}
}

// options checks those of a command, a subcommand or a group: “Application Command Option Structure”.
func (w *wrongs) options(place string, v any) {
	list, _ := v.([]any)
	if len(list) > maxOptions {
		w.add(place, "has %d items, at most %d", len(list), maxOptions)
	}
	names, optional := map[string]bool{}, false
	for i, o := range list {
		m, _ := o.(map[string]any)
		at := fmt.Sprintf("%s/%d", place, i)
		w.option(at, m)
		name, _ := m["name"].(string)
		if names[name] {
			w.add(at+"/name", "is another option's too")
		}
		names[name] = true
		if m["required"] == true && optional {
			w.add(at, "a required option must stand before those that are not")
		}
		optional = optional || m["required"] != true
	}
}

func (w *wrongs) option(place string, m map[string]any) {
	w.needs(place, m, "type", "name")
	w.named(place, m)
	w.described(place, m)
	kind, _ := wholeNumber(m["type"])
	if kind == optionSubcommand || kind == optionGroup {
		w.options(place+"/options", m["options"])
		return
	}
	if choices, _ := m["choices"].([]any); len(choices) > 0 {
		w.fixedChoices(place, m, kind, choices)
	}
	if kind == optionString {
		w.span(place, m, "min_length", "max_length", 0, maxOptionLength)
	}
	low, hasLow := anyNumber(m["min_value"])
	high, hasHigh := anyNumber(m["max_value"])
	if hasLow && hasHigh && low > high {
		w.add(place+"/min_value", "is greater than max_value")
	}
}

// fixedChoices checks the choices that an option has.
func (w *wrongs) fixedChoices(place string, m map[string]any, kind int64, choices []any) {
	if m["autocomplete"] == true {
		w.add(place+"/autocomplete", "may not be true where there are choices")
	}
	if kind != optionString && kind != optionInteger && kind != optionNumber {
		w.add(place+"/choices", "an option of this type has none")
	}
	w.choices(place+"/choices", choices)
	names := map[string]bool{}
	for i, c := range choices {
		choice, _ := c.(map[string]any)
		name, _ := choice["name"].(string)
		if names[name] {
			w.add(fmt.Sprintf("%s/choices/%d/name", place, i), "is another choice's too")
		}
		names[name] = true
	}
}

// integers checks a list of different numbers from 0 to most.
func (w *wrongs) integers(place string, v any, most int64) {
	list, ok := v.([]any)
	if !ok {
		return
	}
	if len(list) == 0 {
		w.add(place, "is empty")
	}
	seen := map[int64]bool{}
	for _, item := range list {
		n, ok := wholeNumber(item)
		if !ok || n < 0 || n > most || seen[n] {
			w.add(place, "must be different numbers from 0 to %d", most)
		}
		seen[n] = true
	}
}

// commandSize is how many characters of names, descriptions and values a command has with its options and choices: “Slash Commands”. Of
// a text in several languages the longest counts.
func commandSize(m map[string]any) int {
	size := 0
	for _, field := range []string{"name", "description"} {
		text, _ := m[field].(string)
		longest := utf8.RuneCountInString(text)
		translations, _ := m[field+"_localizations"].(map[string]any)
		for _, t := range translations {
			text, _ := t.(string)
			longest = max(longest, utf8.RuneCountInString(text))
		}
		size += longest
	}
	if m["value"] != nil {
		size += utf8.RuneCountInString(fmt.Sprint(m["value"]))
	}
	for _, field := range []string{"options", "choices"} {
		list, _ := m[field].([]any)
		for _, item := range list {
			part, _ := item.(map[string]any)
			size += commandSize(part)
		}
	}
	return size
}
