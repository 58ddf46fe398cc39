package layout

// Tellings are what those who deliver answers say themselves, in one language. Those
// with a verb are formats.
type Tellings struct {
	TryAgain                     string // a question could not be kept
	Archived, Outside, Elsewhere string // why an answer comes by another way
	Unshown                      string // the platform, by its name, refuses even plain text
	Alone                        string // only the mention was read, not the conversation
	Working                      string // the status, after the bot's name
	Writing                      string // below an answer that is shown before it is whole
	NoWords                      string // of a message that is to be checked
	NotShared                    string // the answer is gone; how to ask for one that everybody sees
	NotShown                     string // a look-up failed
}

// LanguageOf returns the language of somebody who wrote a text: Japanese where there
// is a character that Japanese is written with, else English.
func LanguageOf(text string) string {
	for _, r := range text {
		if r >= 0x3040 && r < 0xa000 {
			return "ja"
		}
	}
	return "en"
}

// TellingsIn returns the tellings of a BCP 47 language, English where there are none.
func TellingsIn(language string) *Tellings {
	if t, ok := told[primary(language)]; ok {
		return t
	}
	return told["en"]
}

var told = map[string]*Tellings{
	"en": {
		TryAgain:  "I could not keep your question just now. Nothing was lost but this one: send it again in a minute.",
		Archived:  "The channel you asked in is archived, so here is the answer.",
		Outside:   "I am not in that channel, so only you see this. Invite me there to share answers.",
		Elsewhere: "I may not write where you asked, so here is the answer.",
		Unshown:   "I have an answer, but %s refuses to show it. Whoever runs this bot can see why; /cite shows the passages.",
		Alone:     "I read only the message that mentions me, not the thread above it.",
		Working:   "is reading the material…",
		Writing:   "Still being written…",
		NoWords:   "There are no words in this message that could be checked.",
		NotShared: "This answer is not kept any more. Ask again with %s to show it to the channel.",
		NotShown:  "This could not be looked up just now. Try again in a minute.",
	},
	"ja": {
		TryAgain:  "質問を受け取れませんでした。少し待ってからもう一度送ってください。",
		Archived:  "質問されたチャンネルはアーカイブされているため、こちらで回答します。",
		Outside:   "そのチャンネルに参加していないため、あなただけに表示します。共有するには招待してください。",
		Elsewhere: "質問された場所には書き込めないため、こちらで回答します。",
		Unshown:   "回答はありますが、%sが表示を拒みました。管理者はログで理由を確認できます。/cite で段落を表示できます。",
		Alone:     "メンションのあるメッセージだけを読みました。スレッドのほかの発言は読んでいません。",
		Working:   "資料を読んでいます…",
		Writing:   "回答を書いている途中です…",
		NoWords:   "このメッセージには確かめられる文がありません。",
		NotShared: "この回答はもう保存されていません。%s を付けてもう一度質問すると、チャンネルに表示されます。",
		NotShown:  "今は表示できません。少し待ってからもう一度試してください。",
	},
}
