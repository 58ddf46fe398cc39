package web

import (
	"fmt"

	"golang.org/x/text/language"
)

// words are what the pages say themselves, in one language; what is said around answers
// is layout's. Those with a verb are formats.
type words struct {
	Language                                      string
	Name, Tagline                                 string
	Skip, Home, Ask, Question, Hint, Send, Follow string
	Examples, Compass, Aspects, Documents, More   string
	SummaryOf, AskAbout                           string
	Notes, NotesTo, CitedBy, Sources, Marked      string
	Part, Earlier, Later, Published, Original     string
	Answer, You, Working, Hidden, Sentence        string
	Thanks, Share                                 string
	Login, Secret, Enter, Leave, With, Wrong      string
	onePassage, passagesN, oneNote, notesN        string
	Faults                                        map[int][2]string // by status: what is wrong, and what to do
}

func (w *words) passages(n int) string { return counted(n, w.onePassage, w.passagesN) }
func (w *words) notes(n int) string    { return counted(n, w.oneNote, w.notesN) }

func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

// matcher picks a language that there are words in.
var matcher = language.NewMatcher([]language.Tag{language.English, language.Japanese})

// mostAccepted is how much of a header about languages is read: browsers send fewer than
// a hundred bytes.
const mostAccepted = 256

// languageOf returns the language that a browser asks for, of those there are.
func languageOf(accepted string) string {
	_, i := language.MatchStrings(matcher, accepted[:min(len(accepted), mostAccepted)])
	return []string{"en", "ja"}[i]
}

func wordsIn(language string) *words {
	if w, ok := said[language]; ok {
		return w
	}
	return said["en"]
}

var said = map[string]*words{
	"en": {
		Language: "en", Name: "footnote", Tagline: "Answers from the documents, every sentence with the passage it rests on.",
		Skip: "Skip to the content", Home: "Start page", Ask: "Ask", Question: "Your question", Hint: "Ask about the documents, or name a passage: ¶5, note 7", Send: "Ask", Follow: "Ask further",
		Examples: "For example", Compass: "Directions", Aspects: "Aspects", Documents: "Documents", More: "and %d more, which answers lead to",
		SummaryOf: "Summary: %s", AskAbout: "Summaries, with the passages they rest on. A circle is as large as its passages; each dot around it is a note.",
		Notes: "Notes", NotesTo: "Notes to %s", CitedBy: "Cited by", Sources: "What it rests on", Marked: "quoted",
		Part: "Part %d of %d", Earlier: "Earlier", Later: "Later", Published: "Published", Original: "Original",
		Answer: "Answer", You: "Question", Working: "Reading the material…", Hidden: "This answer rests on documents that cannot be read here any more.", Sentence: "Verdict",
		Thanks: "Thank you. This helps to make answers better.", Share: "The address of this page can be shared.",
		Login: "Sign in", Secret: "Secret", Enter: "Sign in", Leave: "Sign out", With: "Sign in with your organisation", Wrong: "That is not the secret. Try again.",
		onePassage: "1 passage", passagesN: "%d passages", oneNote: "1 note", notesN: "%d notes",
		Faults: map[int][2]string{
			400: {"This could not be read.", "Go back and send it again."},
			403: {"This form was sent from another site.", "Open the page here and send it again."},
			404: {"There is no such page.", "It may have been removed, or the address is incomplete."},
			413: {"This is too long.", "A question has at most 4,000 characters."},
			421: {"This server does not answer to that name.", "Use the address that its operator has given you."},
			429: {"That was too much at once.", "Wait a few seconds, then load the page again."},
			502: {"Your organisation's sign-in did not work.", "Try again; if it stays so, tell whoever runs this page."},
			503: {"This does not work just now.", "Nothing was lost. Try again in a minute."},
		},
	},
	"ja": {
		Language: "ja", Name: "footnote", Tagline: "資料から答えます。どの文にも根拠の段落が付きます。",
		Skip: "本文へ移動", Home: "最初のページ", Ask: "質問する", Question: "質問", Hint: "資料について質問するか、段落や注を指定してください(¶5、注7)", Send: "質問する", Follow: "続けて質問する",
		Examples: "質問の例", Compass: "方角", Aspects: "その他の観点", Documents: "資料", More: "ほか%d件(回答から開けます)",
		SummaryOf: "要約: %s", AskAbout: "根拠の段落付きの要約です。円の大きさは段落の数、周りの点は注の数を表します。",
		Notes: "注", NotesTo: "%sの注", CitedBy: "参照元", Sources: "根拠", Marked: "引用箇所",
		Part: "%d/%d", Earlier: "前へ", Later: "次へ", Published: "発行", Original: "原文",
		Answer: "回答", You: "質問", Working: "資料を読んでいます…", Hidden: "この回答の資料は、ここではもう表示できません。", Sentence: "判定",
		Thanks: "ありがとうございます。改善に役立てます。", Share: "このページのアドレスは共有できます。",
		Login: "ログイン", Secret: "合言葉", Enter: "ログイン", Leave: "ログアウト", With: "組織のアカウントでログイン", Wrong: "合言葉が違います。もう一度入力してください。",
		onePassage: "1段落", passagesN: "%d段落", oneNote: "注1件", notesN: "注%d件",
		Faults: map[int][2]string{
			400: {"読み取れませんでした。", "前のページに戻って、もう一度送ってください。"},
			403: {"別のサイトから送られたフォームです。", "このサイトのページを開いて、もう一度送ってください。"},
			404: {"このページはありません。", "削除されたか、アドレスが不完全です。"},
			413: {"長すぎます。", "質問は4,000文字までです。"},
			421: {"このサーバーはその名前では応答しません。", "管理者から知らされたアドレスを使ってください。"},
			429: {"一度に多くの要求がありました。", "数秒待ってから、もう一度読み込んでください。"},
			502: {"組織のアカウントでログインできませんでした。", "もう一度試し、直らなければ管理者に知らせてください。"},
			503: {"今は使えません。", "失われたものはありません。少し待ってからもう一度試してください。"},
		},
	},
}
