package discordbot

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bwmarrin/discordgo"

	"footnote/bot"
)

// The commands and their options. These names are what an interaction brings,
// whatever language they are shown in.
const (
	commandAsk      = "ask"
	commandSummary  = "summary"
	commandCite     = "cite"
	commandSources  = "sources"
	commandCheck    = "check"
	commandHelp     = "help"
	commandSettings = "settings"
	commandMessage  = "Check this message" // in a message's menu

	optionQuestion   = "question"
	optionDirection  = "direction"
	optionDocument   = "document"
	optionRef        = "ref"
	optionSentence   = "sentence"
	optionVisibility = "visibility"
)

// What the option visibility and the setting of a channel may be.
const (
	visiblePublic  = "public"
	visiblePrivate = "private"
)

// Discord's limits on commands.
const (
	maxChoices = 25
	maxChoice  = 100 // of a choice's name and of its value
)

// command is what Discord is told of a command. discordgo's own type says more than
// was meant: null for each list that is empty, and channel types of an option that
// is a text.
type command struct {
	Type          int               `json:"type"`
	Name          string            `json:"name"`
	NameIn        map[string]string `json:"name_localizations,omitempty"`
	Description   string            `json:"description,omitempty"`
	DescriptionIn map[string]string `json:"description_localizations,omitempty"`
	Options       []option          `json:"options,omitempty"`
	Permissions   *bits             `json:"default_member_permissions,omitempty"` // what a member must be allowed to be shown it
	Contexts      []int             `json:"contexts,omitempty"`
	Integrations  []int             `json:"integration_types,omitempty"`
}

// option is one of a command's options, all of which are texts.
type option struct {
	Type          int               `json:"type"`
	Name          string            `json:"name"`
	NameIn        map[string]string `json:"name_localizations,omitempty"`
	Description   string            `json:"description"`
	DescriptionIn map[string]string `json:"description_localizations,omitempty"`
	Required      bool              `json:"required,omitempty"`
	Autocomplete  bool              `json:"autocomplete,omitempty"`
	MaxLength     int               `json:"max_length,omitempty"`
	Choices       []choice          `json:"choices,omitempty"`
}

// choice is a value that an option offers.
type choice struct {
	Name   string            `json:"name"`
	NameIn map[string]string `json:"name_localizations,omitempty"`
	Value  string            `json:"value"`
}

// bits are permissions. Discord takes a number, and tells it as a string.
type bits int64

// UnmarshalJSON implements [json.Unmarshaler].
func (p *bits) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(strings.Trim(string(b), `"`), 10, 64)
	if err != nil {
		return fmt.Errorf("permissions %s: %w", b, err)
	}
	*p = bits(n)
	return nil
}

// called is what people are shown of a command, an option or a choice.
type called struct{ name, description string }

// calledIn names the commands in the languages beside English, by Discord's locale.
// A further language is a further table; what a table lacks is shown in English. A
// name has at most 32 letters, digits, - and _, no capitals and no spaces, except in
// a message's menu; a description has at most 100 characters.
var calledIn = map[string]map[string]called{
	"ja": {
		commandAsk:                              {"質問", "資料に質問します。回答は文ごとに根拠の段落を示します"},
		commandAsk + " " + optionQuestion:       {"質問", "知りたいこと。¶5 や 注7 も使えます"},
		commandSummary:                          {"要約", "方角ごとに資料を出典付きで要約します"},
		commandSummary + " " + optionDirection:  {"方角", "どの方角を要約するか"},
		commandSummary + " " + optionDocument:   {"文書", "この文書だけを要約します"},
		commandSources + " " + optionDocument:   {"文書", "この文書の注だけを表示します"},
		commandCite:                             {"引用", "段落や注を原文のまま表示します"},
		commandCite + " " + optionRef:           {"参照", "¶5、注7、または語句"},
		commandSources:                          {"出典", "資料の注を一覧にし、それぞれを引く段落を示します"},
		commandCheck:                            {"確認", "文が資料で裏付けられるかを調べます"},
		commandCheck + " " + optionSentence:     {"文", "確かめたい文"},
		commandHelp:                             {"ヘルプ", "何を質問できるかを説明します"},
		commandSettings:                         {"設定", "このチャンネルで回答が誰に見えるかを表示し、変更します"},
		optionVisibility:                        {"公開範囲", "回答が誰に見えるか"},
		optionVisibility + " " + visiblePublic:  {name: "公開(ここにいる全員に見えます)"},
		optionVisibility + " " + visiblePrivate: {name: "非公開(あなただけに見えます)"},
		commandSettings + " " + visiblePublic:   {name: "公開(全員に見えます)"},
		commandSettings + " " + visiblePrivate:  {name: "非公開(質問した人だけに見えます)"},
		commandMessage:                          {name: "このメッセージを確認"},
	},
}

// names returns what something is called in the languages beside English, and
// descriptions how it is described there; nil where it is not.
func names(key string) map[string]string {
	return inLanguages(key, func(c called) string { return c.name })
}

func descriptions(key string) map[string]string {
	return inLanguages(key, func(c called) string { return c.description })
}

func inLanguages(key string, of func(called) string) map[string]string {
	var out map[string]string
	for locale, table := range calledIn {
		if text := of(table[key]); text != "" {
			if out == nil {
				out = make(map[string]string)
			}
			out[locale] = text
		}
	}
	return out
}

// slashCommand returns a command that is typed, usable in guilds, in direct messages
// with the bot and in those between others, installed for a guild or for a person.
func slashCommand(name, description string, options ...option) command {
	for i := range options {
		o := &options[i]
		key := name + " " + o.Name
		if o.Name == optionVisibility {
			key = optionVisibility
		}
		o.Type, o.NameIn, o.DescriptionIn = int(discordgo.ApplicationCommandOptionString), names(key), descriptions(key)
	}
	return command{
		Type: int(discordgo.ChatApplicationCommand), Name: name, NameIn: names(name),
		Description: description, DescriptionIn: descriptions(name), Options: options,
		Contexts: everywhere(), Integrations: []int{int(discordgo.ApplicationIntegrationGuildInstall), int(discordgo.ApplicationIntegrationUserInstall)},
	}
}

func everywhere() []int {
	return []int{int(discordgo.InteractionContextGuild), int(discordgo.InteractionContextBotDM), int(discordgo.InteractionContextPrivateChannel)}
}

// visibility is the option of all commands that answer.
func visibility() option {
	return option{Name: optionVisibility, Description: "Who sees the answer", Choices: []choice{
		{Name: "public (everybody here)", NameIn: names(optionVisibility + " " + visiblePublic), Value: visiblePublic},
		{Name: "private (only you)", NameIn: names(optionVisibility + " " + visiblePrivate), Value: visiblePrivate},
	}}
}

// commands returns the commands as Discord is to have them. They are the same in every
// channel and until they are registered anew, so that they say nothing of the material:
// its directions and documents are suggested to whoever types, for the place.
func commands() []command {
	return []command{
		slashCommand(commandAsk, "Ask the material; every sentence of the answer shows the passage it rests on",
			option{Name: optionQuestion, Description: "What you want to know; ¶5 or note 7 works too", Required: true, MaxLength: bot.MaxQuestion}, visibility()),
		slashCommand(commandSummary, "A cited summary of what the material says about one direction",
			option{Name: optionDirection, Description: "Which direction to summarise", Required: true, MaxLength: bot.MaxQuestion, Autocomplete: true},
			option{Name: optionDocument, Description: "Only what this document says", MaxLength: bot.MaxQuestion, Autocomplete: true}, visibility()),
		slashCommand(commandCite, "Show a passage or note, word for word",
			option{Name: optionRef, Description: "¶5, note 7, or words to find", Required: true, MaxLength: bot.MaxQuestion, Autocomplete: true}, visibility()),
		slashCommand(commandSources, "List the notes of the material, each with the passages that cite it",
			option{Name: optionDocument, Description: "Only the notes of this document", MaxLength: bot.MaxQuestion, Autocomplete: true}, visibility()),
		slashCommand(commandCheck, "Find out whether the material supports a sentence",
			option{Name: optionSentence, Description: "The sentence to check", Required: true, MaxLength: bot.MaxQuestion}, visibility()),
		slashCommand(commandHelp, "What can be asked", visibility()),
		settingsCommand(),
		{
			Type: int(discordgo.MessageApplicationCommand), Name: commandMessage, NameIn: names(commandMessage),
			Contexts: everywhere(), Integrations: []int{int(discordgo.ApplicationIntegrationGuildInstall), int(discordgo.ApplicationIntegrationUserInstall)},
		},
	}
}

// settingsCommand is for those who may manage a guild's channels, and has no meaning
// elsewhere.
func settingsCommand() command {
	v := visibility()
	v.Choices = []choice{
		{Name: "public (everybody)", NameIn: names(commandSettings + " " + visiblePublic), Value: visiblePublic},
		{Name: "private (only the person who asks)", NameIn: names(commandSettings + " " + visiblePrivate), Value: visiblePrivate},
	}
	c := slashCommand(commandSettings, "Show or change who sees the answers in this channel", v)
	may := bits(discordgo.PermissionManageChannels)
	c.Permissions, c.Contexts, c.Integrations = &may, []int{int(discordgo.InteractionContextGuild)}, []int{int(discordgo.ApplicationIntegrationGuildInstall)}
	return c
}

var _ json.Unmarshaler = (*bits)(nil)
