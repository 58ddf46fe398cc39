package fakediscord

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Options are the options of a command, by name; values are strings, ints, floats or bools.
type Options map[string]any

// Slash uses a command, "ask" or "settings show". As the client would, it refuses, by a panic, a command that is not registered
// or not usable here, an option that it has not, a required one missing, and a value that is not offered.
func (p Person) Slash(name string, o Options) *Interaction {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	ch := p.place()
	cmd, path, declared := p.find(name, commandChatInput, ch)
	given := p.options(declared, o, nil)
	in := &Interaction{Type: interactionCommand, Name: fullName(cmd, path), commandType: commandChatInput, owners: p.owners(cmd, ch)}
	return p.begin(in, ch, cmd.data(path, given), nil)
}

// Autocompletes asks what the bot offers for an option while the person types; o are the options filled in before.
func (p Person) Autocompletes(name, option, typed string, o Options) *Interaction {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	ch := p.place()
	cmd, path, declared := p.find(name, commandChatInput, ch)
	var focused obj
	for _, d := range declared {
		if p.calls(d, option) {
			focused, _ = d.(obj)
		}
	}
	if focused == nil || focused["autocomplete"] != true {
		panic("fakediscord: /" + name + " has no option " + option + " that is completed")
	}
	all := Options{}
	for k, v := range o {
		all[k] = v
	}
	all[option] = typed
	given := p.options(declared, all, focused)
	in := &Interaction{Type: interactionAutocomplete, Name: fullName(cmd, path), commandType: commandChatInput, owners: p.owners(cmd, ch)}
	return p.begin(in, ch, cmd.data(path, given), nil)
}

// MessageCommand uses a command of a message's menu.
func (p Person) MessageCommand(name string, m Message) *Interaction {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, kept := s.mustMessage(m, p.id)
	cmd, _, _ := p.find(name, commandMessage, ch)
	data := cmd.data(nil, nil)
	data["target_id"] = kept.ID
	target := s.messageJSON(kept, true) // a command on a message brings its text
	data["resolved"] = obj{"messages": obj{kept.ID: target}}
	in := &Interaction{Type: interactionCommand, Name: cmd.Name, commandType: commandMessage, target: kept, owners: p.owners(cmd, ch)}
	return p.begin(in, ch, data, nil)
}

// find is a command that the person can use in the channel, with the names of its subcommand and the options declared there.
// Server.mu is held.
func (p Person) find(name string, kind int, ch *channel) (cmd *Command, path []obj, declared []any) {
	if ch.Archived {
		panic("fakediscord: commands cannot be used in an archived thread: " + ch.Name)
	}
	words := []string{name}
	if kind == commandChatInput {
		words = strings.Fields(strings.TrimPrefix(name, "/"))
	}
	for _, c := range slices.Concat(p.s.world.commands[ch.Guild], p.s.world.commands[""]) {
		if c.Type == kind && p.calls(any(c.JSON), words[0]) && c.Guild == boundTo(c, ch) {
			cmd = c
			break
		}
	}
	if cmd == nil {
		panic(fmt.Sprintf("fakediscord: no command %q of type %d is registered", name, kind))
	}
	if len(p.owners(cmd, ch)) == 0 {
		panic(fmt.Sprintf("fakediscord: the command %q is not offered in %s", name, ch.Name))
	}
	declared = listOf(cmd.JSON, "options")
	for _, word := range words[1:] {
		i := slices.IndexFunc(declared, func(d any) bool { return p.calls(d, word) && integer(d, "type") <= optionGroup })
		if i < 0 {
			panic("fakediscord: no subcommand " + name)
		}
		sub, _ := declared[i].(obj)
		path, declared = append(path, sub), listOf(sub, "options")
	}
	if len(declared) > 0 && integer(declared[0], "type") <= optionGroup {
		panic("fakediscord: /" + name + " needs a subcommand")
	}
	return cmd, path, declared
}

// boundTo is the scope that a command may have in a channel: its own, or another where it can't be used there.
func boundTo(c *Command, ch *channel) string {
	if c.Guild == "" || ch.guild != nil && !ch.guild.WithoutApp {
		return c.Guild
	}
	return "nowhere"
}

// calls reports whether a person's client shows something under the name: in the person's language, or where it has none, as it is.
func (p Person) calls(thing any, name string) bool {
	if str(thing, "name") == name {
		return true
	}
	locale := p.localeOr(p.s.world.users[p.id].Locale)
	return name != "" && str(field(thing, "name_localizations"), locale) == name
}

// owners are authorizing_integration_owners of a command used in a channel; none where it is not offered.
func (p Person) owners(cmd *Command, ch *channel) obj {
	types, contexts := []int{0}, []int{0}
	if cmd.Guild == "" {
		types, contexts = numbers(cmd.JSON, "integration_types", types), numbers(cmd.JSON, "contexts", []int{0, 1, 2})
	}
	owners := obj{}
	if !slices.Contains(contexts, ch.context()) {
		return owners
	}
	if slices.Contains(types, 0) {
		switch {
		case ch.guild != nil && !ch.guild.WithoutApp:
			owners["0"] = ch.Guild
		case ch.withBot:
			owners["0"] = "0"
		}
	}
	if slices.Contains(types, 1) && p.s.world.users[p.id].Installed {
		owners["1"] = p.id
	}
	return owners
}

// numbers is a list of numbers, or what is given where there is none.
func numbers(o obj, name string, otherwise []int) []int {
	list, ok := o[name].([]any)
	if !ok {
		return otherwise
	}
	var out []int
	for _, v := range list {
		n, _ := wholeNumber(v)
		out = append(out, int(n))
	}
	return out
}

func fullName(cmd *Command, path []obj) string {
	name := cmd.Name
	for _, sub := range path {
		name += " " + str(sub, "name")
	}
	return name
}

// data is the data of an interaction with a command: options within its subcommands.
func (cmd *Command) data(path []obj, given []any) obj {
	for _, sub := range slices.Backward(path) {
		given = []any{obj{"name": sub["name"], "type": sub["type"], "options": list(given)}}
	}
	data := obj{"id": cmd.ID, "name": cmd.Name, "type": cmd.Type}
	if len(given) > 0 {
		data["options"] = given
	}
	if cmd.Guild != "" {
		data["guild_id"] = cmd.Guild
	}
	return data
}

// options are the options given, in the order they are declared. While one is typed, the others may be missing.
func (p Person) options(declared []any, o Options, focused obj) []any {
	var out []any
	used := 0
	for _, d := range declared {
		option, _ := d.(obj)
		value, given := p.given(option, o)
		if !given {
			if option["required"] == true && focused == nil {
				panic("fakediscord: the option " + str(option, "name") + " is required")
			}
			continue
		}
		used++
		entry := obj{"name": option["name"], "type": option["type"], "value": value}
		if focused != nil && str(option, "name") == str(focused, "name") {
			entry["focused"] = true
		} else {
			fitting(option, value)
		}
		out = append(out, entry)
	}
	if used != len(o) {
		panic(fmt.Sprintf("fakediscord: of the options %v some are not declared", slices.Sorted(maps.Keys(o))))
	}
	return out
}

// given finds what was given for an option, under its name or its name in the person's language.
func (p Person) given(declared obj, o Options) (any, bool) {
	for name, value := range o {
		if p.calls(declared, name) {
			return value, true
		}
	}
	return nil, false
}

// fitting panics where the client would not send the value.
func fitting(option obj, value any) {
	name := str(option, "name")
	right := true
	switch integer(option, "type") {
	case optionString:
		text, ok := value.(string)
		n := utf8.RuneCountInString(text)
		right = ok && n >= integer(option, "min_length") && (option["max_length"] == nil || n <= integer(option, "max_length"))
	case optionInteger:
		_, right = value.(int)
	case optionBoolean:
		_, right = value.(bool)
	case optionNumber:
		_, isInt := value.(int)
		_, isFloat := value.(float64)
		right = isInt || isFloat
	}
	if !right || !within(option, value) {
		panic(fmt.Sprintf("fakediscord: the option %s does not take %v", name, value))
	}
	choices := listOf(option, "choices")
	if len(choices) == 0 {
		return
	}
	if !slices.ContainsFunc(choices, func(c any) bool { return fmt.Sprint(field(c, "value")) == fmt.Sprint(value) }) {
		panic(fmt.Sprintf("fakediscord: the option %s does not offer %v", name, value))
	}
}

// within reports whether a number is in its bounds.
func within(option obj, value any) bool {
	var n float64
	switch v := value.(type) {
	case int:
		n = float64(v)
	case float64:
		n = v
	default:
		return true
	}
	bound := func(name string, ok func(b float64) bool) bool {
		given, is := option[name].(json.Number)
		b, err := given.Float64()
		return !is || err != nil || ok(b)
	}
	return bound("min_value", func(b float64) bool { return n >= b }) && bound("max_value", func(b float64) bool { return n <= b })
}

// Clicks uses a button of a message, by its custom_id.
func (p Person) Clicks(m Message, customID string) *Interaction {
	return p.use(m, customID, func(o obj) obj {
		if integer(o, "type") != typeButton {
			panic("fakediscord: " + customID + " is no button")
		}
		return obj{}
	})
}

// Selects chooses values of a menu of a message, by its custom_id.
func (p Person) Selects(m Message, customID string, values ...string) *Interaction {
	return p.use(m, customID, func(o obj) obj {
		b := buttonOf(o, integer(o, "type"))
		if b.Type != typeSelect {
			panic("fakediscord: " + customID + " is no menu of texts")
		}
		b.choose(values)
		return obj{"values": anys(values)}
	})
}

// choose panics where the values can't be chosen.
func (b Button) choose(values []string) {
	if len(values) < b.MinValues || len(values) > b.MaxValues {
		panic(fmt.Sprintf("fakediscord: %s takes %d to %d values", b.CustomID, b.MinValues, b.MaxValues))
	}
	for _, v := range values {
		if !slices.Contains(b.Values, v) {
			panic("fakediscord: " + b.CustomID + " does not offer " + v)
		}
	}
}

func anys(values []string) []any {
	out := []any{}
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// use is an interaction with a component of a message.
func (p Person) use(m Message, customID string, chosen func(o obj) obj) *Interaction {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	ch, kept := s.mustMessage(m, p.id)
	var component obj
	walk(kept.Components, func(o obj) {
		if str(o, "custom_id") == customID && customID != "" {
			component = o
		}
	})
	switch {
	case component == nil:
		panic("fakediscord: no component with the custom_id " + customID)
	case component["disabled"] == true:
		panic("fakediscord: disabled: " + customID)
	case kept.Author != s.world.bot:
		panic("fakediscord: not a message of the bot")
	}
	data := obj{"custom_id": customID, "component_type": component["type"], "id": component["id"]}
	for name, value := range chosen(component) {
		data[name] = value
	}
	in := &Interaction{Type: interactionComponent, CustomID: customID, source: kept, owners: obj{"0": ch.Guild}}
	if ch.guild == nil {
		in.owners["0"] = "0"
	}
	if from := s.world.interactions[kept.Interaction]; from != nil {
		in.owners = from.owners
	}
	return p.begin(in, ch, data, obj{"message": s.messageJSON(kept, true)})
}

// Submits sends a modal with what was filled in, by custom_id. As the client would, it refuses what is too short or too long.
func (p Person) Submits(modal Modal, values map[string]string) *Interaction {
	s := p.s
	s.mu.Lock()
	defer s.mu.Unlock()
	from := s.world.interactions[modal.Interaction]
	if from == nil || from.User != p.id || from.modal == nil {
		panic("fakediscord: no modal is open for " + p.id)
	}
	ch := s.mustChannel(from.Channel)
	for name := range values {
		if !slices.ContainsFunc(modal.Fields, func(f Field) bool { return f.CustomID == name }) {
			panic("fakediscord: the modal has no field " + name)
		}
	}
	for _, f := range modal.Fields {
		f.judge(values)
	}
	in := &Interaction{Type: interactionModal, CustomID: modal.CustomID, source: from.source, opener: from, owners: from.owners}
	more := obj{}
	if from.source != nil {
		more["message"] = s.messageJSON(from.source, true)
	}
	return p.begin(in, ch, obj{"custom_id": modal.CustomID, "components": submitted(modal.components, values)}, more)
}

// judge panics where the client would not send what was filled in.
func (f Field) judge(values map[string]string) {
	text, given := values[f.CustomID]
	if !given {
		text = f.Value
	}
	n := utf8.RuneCountInString(text)
	switch {
	case text == "" && !f.Required:
	case text == "" && f.Required:
		panic("fakediscord: the field " + f.CustomID + " is required")
	case f.Type == typeSelect:
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == text }) {
			panic("fakediscord: the field " + f.CustomID + " does not offer " + text)
		}
	case n < f.MinLength || f.MaxLength > 0 && n > f.MaxLength:
		panic("fakediscord: the field " + f.CustomID + " takes no such length")
	}
}

// submitted is what a modal's components send.
func submitted(components []any, values map[string]string) []any {
	out := []any{}
	for _, c := range components {
		o, _ := c.(obj)
		kind := integer(o, "type")
		entry := obj{"type": o["type"], "id": o["id"]}
		switch kind {
		case typeRow:
			entry["components"] = submitted(listOf(o, "components"), values)
		case typeLabel:
			entry["component"] = submitted([]any{o["component"]}, values)[0]
		case typeTextInput:
			value, given := values[str(o, "custom_id")]
			if !given {
				value = str(o, "value")
			}
			entry["custom_id"], entry["value"] = o["custom_id"], value
		case typeSelect:
			chosen := []any{}
			if v := values[str(o, "custom_id")]; v != "" {
				chosen = append(chosen, v)
			}
			entry["custom_id"], entry["values"] = o["custom_id"], chosen
		}
		out = append(out, entry)
	}
	return out
}
