package discordbot

// saying is what is said of what only Discord has, in one language.
type saying struct {
	unknownCommand                string
	settingPublic, settingPrivate string
	notSet                        string // a setting could not be read or changed
	publicly                      string // how to ask so that everybody sees the answer
	notYours, notHere             string // why an answer is not shared
	shared                        string // it is already
	forgotten                     string // an answer whose page is turned
	notRated                      string
	ways                          string // how the bot is spoken to
}

// sayingsIn returns what is said in a language, English where there is none.
func sayingsIn(language string) *saying {
	if s, ok := sayings[language]; ok {
		return s
	}
	return sayings["en"]
}

var sayings = map[string]*saying{
	"en": {
		unknownCommand: "I don't know this command any more. /help says what can be asked.",
		settingPublic:  "In this channel everybody sees the answers to commands; look-ups are shown only to the person who asks. Change it with /settings visibility:private. For one question, choose visibility:private with it.",
		settingPrivate: "In this channel only the person who asks sees the answers to commands. Change it with /settings visibility:public. For one question, choose visibility:public with it.",
		notSet:         "The setting could not be read or changed just now. Try again in a minute.",
		publicly:       "visibility:public",
		ways:           "In Discord: /ask, or mention me with your question; reply to an answer to ask on. “Check this message” is in the menu of every message, under Apps.",
		notYours:       "Only the person who asked can share this answer.",
		notHere:        "This answer can be shared only in the channel where it was asked for.",
		shared:         "This answer is shared in the channel already.",
		forgotten:      "This answer is not kept any more. Ask again.",
		notRated:       "This could not be kept just now. Try again in a minute.",
	},
	"ja": {
		unknownCommand: "このコマンドはもう使えません。/help で使い方を表示します。",
		settingPublic:  "このチャンネルではコマンドの回答が全員に見えます(引用や出典の表示は質問した人だけ)。変えるには /settings visibility:private。一度だけなら質問とともに visibility:private を選んでください。",
		settingPrivate: "このチャンネルではコマンドの回答は質問した人だけに見えます。変えるには /settings visibility:public。一度だけなら質問とともに visibility:public を選んでください。",
		notSet:         "設定を読み書きできませんでした。少し待ってからもう一度試してください。",
		publicly:       "visibility:public",
		ways:           "Discordでは: /ask、または質問とともにメンションしてください。回答に返信すると続けて質問できます。各メッセージのメニューの「アプリ」に「Check this message」があります。",
		notYours:       "この回答を共有できるのは質問した人だけです。",
		notHere:        "この回答は、質問されたチャンネルでだけ共有できます。",
		shared:         "この回答はすでにチャンネルに共有されています。",
		forgotten:      "この回答はもう保存されていません。もう一度質問してください。",
		notRated:       "受け取れませんでした。少し待ってからもう一度試してください。",
	},
}
