package slackbot

import (
	"strings"

	"footnote/bot/layout"
)

// telling is what the delivering half says to people itself, in one language: what
// is said everywhere, and what is Slack's. Those with verbs are formats, of the
// command's name or a channel's.
type telling struct {
	*layout.Tellings
	notReady, unknownCommand                      string
	settingPublic, settingPrivate, settingUnknown string
	ways                                          string // how the bot is spoken to
}

// tellings returns what is said to somebody who wrote a text.
func tellings(text string) *telling { return told[layout.LanguageOf(text)] }

// tellingsIn returns the same for a BCP 47 language.
func tellingsIn(language string) *telling {
	if strings.HasPrefix(language, "ja") {
		return told["ja"]
	}
	return told["en"]
}

var told = map[string]*telling{
	"en": {
		Tellings:       layout.TellingsIn("en"),
		notReady:       "I am not set up in this workspace yet, or not any more. Whoever installed me can see why in the log.",
		unknownCommand: "I don't know this command. Try /footnote-help.",
		settingPublic:  "%s answers everybody in this channel. Change it with: settings private. For one question, put --private before it.",
		settingPrivate: "%s answers only the person who asks in this channel. Change it with: settings public. For one question, put --public before it.",
		ways:           "In Slack: mention me in a channel, or write to me directly; in a thread with an answer of mine, ask on. “Check this message” is in the menu of every message.",
		settingUnknown: "There are two settings: %[1]s settings public, and %[1]s settings private.",
	},
	"ja": {
		Tellings:       layout.TellingsIn("ja"),
		notReady:       "このワークスペースではまだ使えないか、使えなくなっています。導入した人はログで理由を確認できます。",
		unknownCommand: "このコマンドは分かりません。/footnote-help を試してください。",
		settingPublic:  "このチャンネルでは %s の回答が全員に見えます。変えるには settings private。一度だけなら質問の前に --private。",
		settingPrivate: "このチャンネルでは %s の回答は質問した人だけに見えます。変えるには settings public。一度だけなら質問の前に --public。",
		ways:           "Slackでは: チャンネルでメンションするか、直接メッセージを送ってください。回答のあるスレッドでは続けて質問できます。各メッセージのメニューに「Check this message」があります。",
		settingUnknown: "設定は %[1]s settings public と %[1]s settings private の二つです。",
	},
}
