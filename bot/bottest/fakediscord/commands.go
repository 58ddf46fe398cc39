package fakediscord

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// optionBoolean is a type of option beside those of limits_commands.go.
const optionBoolean = 5

// maxCreates is how many commands may be created a day: developers/interactions/application-commands.mdx.
const maxCreates = 200

// Command is a registered command.
type Command struct {
	ID, Guild         string // Guild is "" for a global one
	Type              int
	Name, Description string
	JSON              map[string]any // as it was registered, decoded
	Version           string
}

// Commands are the commands of a guild, or with "" the global ones, as they were registered.
func (st State) Commands(guild string) []Command {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	id := ""
	if guild != "" {
		id = st.s.mustGuild(guild).ID
	}
	var out []Command
	for _, c := range st.s.world.commands[id] {
		out = append(out, *c)
	}
	return out
}

// commandJSON is a command as the API shows it. Listings leave the localisations out unless they are asked for.
func (s *Server) commandJSON(cmd *Command, localised bool) obj {
	out := maps.Clone(cmd.JSON)
	maps.Copy(out, obj{"id": cmd.ID, "application_id": s.world.app, "version": cmd.Version, "type": cmd.Type, "name": cmd.Name,
		"description": cmd.Description})
	if cmd.Guild != "" {
		out["guild_id"] = cmd.Guild
	}
	defaults := obj{"default_member_permissions": nil, "nsfw": false, "name_localizations": nil, "description_localizations": nil, "dm_permission": true}
	if cmd.Guild == "" {
		maps.Copy(defaults, obj{"integration_types": []any{0}, "contexts": nil})
	}
	for name, value := range defaults {
		if _, given := out[name]; !given {
			out[name] = value
		}
	}
	if !localised {
		out, _ = unlocalised(out).(obj)
	}
	return out
}

// unlocalised is a value without the localisations in it.
func unlocalised(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = unlocalised(e)
		}
		return out
	case obj:
		out := obj{}
		for name, value := range v {
			if !strings.HasSuffix(name, "_localizations") {
				out[name] = unlocalised(value)
			}
		}
		return out
	}
	return v
}

// scope is where the request's commands are: "" or a guild's id.
func (c *call) scope() (string, error) {
	if c.r.PathValue("application_id") != c.s.world.app {
		return "", errNotThisApp
	}
	id := c.r.PathValue("guild_id")
	if id == "" {
		return "", nil
	}
	for _, g := range c.s.world.guilds {
		if g.ID == id && !g.WithoutApp {
			return id, nil
		}
	}
	return "", errMissingAccess
}

// command is the command of the request.
func (c *call) command() (*Command, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	for _, cmd := range c.s.world.commands[scope] {
		if cmd.ID == c.r.PathValue("command_id") {
			return cmd, nil
		}
	}
	return nil, errUnknownCommand
}

func getCommands(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, cmd := range c.s.world.commands[scope] {
		out = append(out, c.s.commandJSON(cmd, c.r.URL.Query().Get("with_localizations") == "true"))
	}
	return out, nil
}

func getCommand(c *call) (any, error) {
	cmd, err := c.command()
	if err != nil {
		return nil, err
	}
	return c.s.commandJSON(cmd, true), nil
}

// postCommand adds a command, or puts it in the place of one of the same name and type.
func postCommand(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	kept := c.s.world.commands[scope]
	cmd, fresh := c.s.makeCommand(scope, c.body, kept)
	if fresh {
		if err := c.s.countCreates(scope, 1); err != nil {
			return nil, err
		}
		next := append(slices.Clone(kept), cmd)
		if tooManyCommands(next) {
			return nil, errTooMany
		}
		c.s.world.commands[scope] = next
		return result{http.StatusCreated, c.s.commandJSON(cmd, true)}, nil
	}
	return c.s.commandJSON(cmd, true), nil
}

// putCommands replaces all commands. One that was there under the name keeps its id, and is no create.
func putCommands(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	list, ok := decode(c.raw).([]any)
	if !ok {
		return nil, invalid("", "BASE_TYPE_BAD_TYPE", "Must be a list of commands")
	}
	var next []*Command
	seen, creates := map[string]bool{}, 0
	for _, item := range list {
		body, _ := item.(obj)
		cmd, fresh := c.s.makeCommand(scope, body, c.s.world.commands[scope])
		if fresh {
			creates++
		}
		if key := cmd.key(); seen[key] {
			return nil, invalid("", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[cmd.key()] = true
		next = append(next, cmd)
	}
	if tooManyCommands(next) {
		return nil, errTooMany
	}
	if err := c.s.countCreates(scope, creates); err != nil {
		return nil, err
	}
	c.s.world.commands[scope] = next
	out := []any{}
	for _, cmd := range next {
		out = append(out, c.s.commandJSON(cmd, true))
	}
	return out, nil
}

func patchCommand(c *call) (any, error) {
	cmd, err := c.command()
	if err != nil {
		return nil, err
	}
	next := maps.Clone(cmd.JSON)
	maps.Copy(next, c.body)
	cmd.set(next, c.s.world.id())
	return c.s.commandJSON(cmd, true), nil
}

func deleteCommand(c *call) (any, error) {
	cmd, err := c.command()
	if err != nil {
		return nil, err
	}
	w := c.s.world
	w.commands[cmd.Guild] = slices.DeleteFunc(slices.Clone(w.commands[cmd.Guild]), func(o *Command) bool { return o == cmd })
	return nil, nil
}

// makeCommand makes a command, or changes the one of the same name and type; fresh says which.
func (s *Server) makeCommand(scope string, body obj, kept []*Command) (cmd *Command, fresh bool) {
	cmd = &Command{Guild: scope}
	version := s.world.id()
	cmd.set(body, version)
	for _, old := range kept {
		if old.key() == cmd.key() {
			if !sameJSON(old.JSON, body) {
				old.set(body, version)
			}
			return old, false
		}
	}
	cmd.ID = s.world.id()
	return cmd, true
}

// tooManyCommands reports whether there are more of a type than an app may have.
func tooManyCommands(list []*Command) bool {
	counts := map[int64]int{}
	for _, cmd := range list {
		counts[int64(cmd.Type)]++
		if counts[int64(cmd.Type)] > maxCommands[int64(cmd.Type)] {
			return true
		}
	}
	return false
}

func sameJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

func (cmd *Command) set(body obj, version string) {
	cmd.JSON, cmd.Version = body, version
	cmd.Name, cmd.Description = str(body, "name"), str(body, "description")
	cmd.Type = cmp.Or(integer(body, "type"), commandChatInput)
}

// key tells commands of a scope apart.
func (cmd *Command) key() string { return string(rune('0'+cmd.Type)) + " " + cmd.Name }

// countCreates counts new commands of a scope against the limit of a day.
func (s *Server) countCreates(scope string, n int) error {
	if s.world.creates[scope]+n > maxCreates {
		return errCreates
	}
	s.world.creates[scope] += n
	return nil
}

// CommandCreates is how many commands were created in a guild, or with "" globally: 200 a day are allowed.
func (st State) CommandCreates(guild string) int {
	st.s.mu.Lock()
	defer st.s.mu.Unlock()
	if guild != "" {
		guild = st.s.mustGuild(guild).ID
	}
	return st.s.world.creates[guild]
}
