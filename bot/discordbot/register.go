package discordbot

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"github.com/bwmarrin/discordgo"
)

// Register sees to it that Discord has the commands as they are here, in the
// configured guild or, without one, everywhere. It changes nothing where that is so
// already. changes says, sentence by sentence for the operator, what it has changed,
// and what else of this application people will see; it is empty where there is
// nothing to say.
func (b *Bot) Register(ctx context.Context) (changes []string, err error) {
	changes, want, err := b.unregistered(ctx)
	if err != nil {
		return nil, err
	}
	if len(changes) > 0 {
		route, err := b.commandsRoute(ctx, b.conf.GuildID)
		if err != nil {
			return nil, err
		}
		if err := b.api.do(ctx, http.MethodPut, route, want, nil); err != nil {
			return nil, b.refused("register commands", err)
		}
		b.log.Info("discord: commands registered", "guild", b.conf.GuildID, "changes", changes)
	}
	twice, err := b.twice(ctx)
	return append(changes, twice...), err
}

// checkCommands says, like [Bot.Register], what that would change, and changes
// nothing.
func (b *Bot) checkCommands(ctx context.Context) (changes []string, err error) {
	changes, _, err = b.unregistered(ctx)
	if err != nil {
		return nil, err
	}
	twice, err := b.twice(ctx)
	return append(changes, twice...), err
}

// refused adds to an error what the operator can do about it.
func (b *Bot) refused(what string, err error) error {
	if statusOf(err) == http.StatusUnauthorized {
		return fmt.Errorf("DISCORD_BOT_TOKEN is not accepted: copy it anew from the page “Bot” of the application: %w", err)
	}
	switch codeOf(err) {
	case otherApplication:
		return fmt.Errorf("DISCORD_APPLICATION_ID is another application's than the token: copy it anew from the page “General Information” of the application, or leave it out: %w", err)
	case discordgo.ErrCodeMissingAccess, discordgo.ErrCodeUnknownGuild:
		return fmt.Errorf("%s: the application is not in the guild %s, or was invited without the scope applications.commands: %w", what, b.conf.GuildID, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// otherApplication is Discord's code for a token that is not the application's.
const otherApplication = 20012

// unregistered says what of the commands Discord has otherwise than want.
func (b *Bot) unregistered(ctx context.Context) (changes []string, want []command, err error) {
	want = commands()
	if b.conf.GuildID != "" { // these are of commands for all guilds only
		for i := range want {
			want[i].Contexts, want[i].Integrations = nil, nil
		}
	}
	have, err := b.registered(ctx, b.conf.GuildID)
	if err != nil {
		return nil, nil, err
	}
	return compare(have, want), want, nil
}

// commandsRoute is where the commands of a guild are, or with "" those for all.
func (b *Bot) commandsRoute(ctx context.Context, guild string) (string, error) {
	app := b.conf.ApplicationID
	if app == "" {
		me, err := b.who(ctx)
		if err != nil {
			return "", b.refused("find the application", err)
		}
		app = me.Application
	}
	if guild == "" {
		return "/applications/" + app + "/commands", nil
	}
	return "/applications/" + app + "/guilds/" + guild + "/commands", nil
}

// registered returns the commands that Discord has. One that cannot be read has only
// what could.
func (b *Bot) registered(ctx context.Context, guild string) ([]command, error) {
	route, err := b.commandsRoute(ctx, guild)
	if err != nil {
		return nil, err
	}
	var raw []json.RawMessage
	if err := b.api.do(ctx, http.MethodGet, route+"?with_localizations=true", nil, &raw); err != nil {
		return nil, b.refused("list commands", err)
	}
	out := make([]command, len(raw))
	for i := range raw {
		// An error is of an option that these commands do not have: it compares as
		// different by what was read.
		if err := json.Unmarshal(raw[i], &out[i]); err != nil {
			b.log.Debug("discord: a command that is not ours", "name", out[i].Name, "error", err)
		}
		if guild != "" {
			out[i].Contexts, out[i].Integrations = nil, nil
		}
	}
	return out, nil
}

// twice says what people see twice: the commands of the configured guild and those
// for all, which are left alone.
func (b *Bot) twice(ctx context.Context) ([]string, error) {
	if b.conf.GuildID == "" {
		return nil, nil
	}
	all, err := b.registered(ctx, "")
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return []string{spoken(all) + " registered for all guilds too, so that people in this guild see them twice; those were left alone"}, nil
}

// spoken lists commands for a sentence that begins with them.
func spoken(cs []command) string {
	out, is := "", " is"
	for i, c := range cs {
		if i > 0 {
			out, is = out+", ", " are"
		}
		out += c.title()
	}
	return out + is
}

// title is a command as people know it.
func (c command) title() string {
	if c.Type > 1 {
		return "“" + c.Name + "”"
	}
	return "/" + c.Name
}

// id is what tells commands apart: a name may be taken once of each type.
func (c command) id() string { return fmt.Sprintf("%d %s", max(c.Type, 1), c.Name) }

// compare says what changes when want replaces have.
func compare(have, want []command) []string {
	old := make(map[string]command, len(have))
	for _, c := range have {
		old[c.id()] = c
	}
	var changes []string
	for _, c := range want {
		was, ok := old[c.id()]
		delete(old, c.id())
		switch {
		case !ok:
			changes = append(changes, c.title()+" is new")
		case !reflect.DeepEqual(was.plain(), c.plain()):
			changes = append(changes, c.title()+" is changed")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(old)) {
		changes = append(changes, old[id].title()+" is not ours any more, and is removed")
	}
	return changes
}

// plain returns the command in the one form in which two that are the same are equal:
// what is empty, or what Discord takes for the default, is nil.
func (c command) plain() command {
	c.Type = max(c.Type, 1)
	c.NameIn, c.DescriptionIn = orNil(c.NameIn), orNil(c.DescriptionIn)
	c.Contexts, c.Integrations = inOrder(c.Contexts), inOrder(c.Integrations)
	options := c.Options
	c.Options = nil
	for _, o := range options {
		o.NameIn, o.DescriptionIn = orNil(o.NameIn), orNil(o.DescriptionIn)
		choices := o.Choices
		o.Choices = nil
		for _, x := range choices {
			x.NameIn = orNil(x.NameIn)
			o.Choices = append(o.Choices, x)
		}
		c.Options = append(c.Options, o)
	}
	return c
}

func orNil(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return m
}

func inOrder(list []int) []int {
	if len(list) == 0 {
		return nil
	}
	return slices.Sorted(slices.Values(list))
}
