package slackbot

import "strings"

// telling is what the delivering half says to people itself, in one language. Those
// with verbs are formats, of the command's name or a channel's.
type telling struct {
	notReady, unknownCommand, tryAgain            string
	settingPublic, settingPrivate, settingUnknown string
	archived, outside, elsewhere                  string // why an answer comes by another way
	unshown                                       string // Slack refuses even its plain text
	alone                                         string // only the mention was read, not the thread
	working                                       string // the status, after the bot's name
	noWords                                       string // of a message that is to be checked
	shared, notShared                             string
	notShown                                      string // a look-up failed
}

// tellings returns what is said to somebody who wrote a text.
func tellings(text string) *telling {
	for _, r := range text {
		if r >= 0x3040 && r < 0xa000 {
			return told["ja"]
		}
	}
	return told["en"]
}

// tellingsIn returns the same for a BCP 47 language.
func tellingsIn(language string) *telling {
	if strings.HasPrefix(language, "ja") {
		return told["ja"]
	}
	return told["en"]
}

var told = map[string]*telling{
	"en": {
		notReady:       "I am not set up in this workspace yet, or not any more. Whoever installed me can see why in the log.",
		unknownCommand: "I don't know this command. Try /footnote-help.",
		tryAgain:       "I could not keep your question just now. Nothing was lost but this one: send it again in a minute.",
		settingPublic:  "%s answers everybody in this channel. Change it with: settings private. For one question, put --private before it.",
		settingPrivate: "%s answers only the person who asks in this channel. Change it with: settings public. For one question, put --public before it.",
		settingUnknown: "There are two settings: %[1]s settings public, and %[1]s settings private.",
		archived:       "The channel you asked in is archived, so here is the answer.",
		outside:        "I am not in that channel, so only you see this. Invite me there to share answers.",
		elsewhere:      "I may not write where you asked, so here is the answer.",
		unshown:        "I have an answer, but Slack refuses to show it. Whoever runs this bot can see why; /cite shows the passages.",
		alone:          "I read only the message that mentions me, not the thread above it.",
		working:        "is reading the material…",
		noWords:        "There are no words in this message that could be checked.",
		shared:         "Shared in the channel.",
		notShared:      "This answer is not kept any more. Ask again with --public to show it to the channel.",
		notShown:       "This could not be looked up just now. Try again in a minute.",
	},
	"ja": {
		notReady:       "このワークスペースではまだ使えないか、使えなくなっています。導入した人はログで理由を確認できます。",
		unknownCommand: "このコマンドは分かりません。/footnote-help を試してください。",
		tryAgain:       "質問を受け取れませんでした。少し待ってからもう一度送ってください。",
		settingPublic:  "このチャンネルでは %s の回答が全員に見えます。変えるには settings private。一度だけなら質問の前に --private。",
		settingPrivate: "このチャンネルでは %s の回答は質問した人だけに見えます。変えるには settings public。一度だけなら質問の前に --public。",
		settingUnknown: "設定は %[1]s settings public と %[1]s settings private の二つです。",
		archived:       "質問されたチャンネルはアーカイブされているため、こちらで回答します。",
		outside:        "そのチャンネルに参加していないため、あなただけに表示します。共有するには招待してください。",
		elsewhere:      "質問された場所には書き込めないため、こちらで回答します。",
		unshown:        "回答はありますが、Slackが表示を拒みました。管理者はログで理由を確認できます。/cite で段落を表示できます。",
		alone:          "メンションのあるメッセージだけを読みました。スレッドのほかの発言は読んでいません。",
		working:        "資料を読んでいます…",
		noWords:        "このメッセージには確かめられる文がありません。",
		shared:         "チャンネルに共有しました。",
		notShared:      "この回答はもう保存されていません。--public を付けてもう一度質問すると、チャンネルに表示されます。",
		notShown:       "今は表示できません。少し待ってからもう一度試してください。",
	},
}
