package slackbot

import "strings"

// phrases are what this package says around what the core says, in one language.
// Those with verbs are formats.
type phrases struct {
	asked, askedBy, understood string // the echo of a question: by whom, what

	later          string // a note whose mark stands after the quote; the note, the passage
	moreNotes      string // notes of a passage that are not listed
	moreSources    string // the labels of passages that are not listed
	keyword, model string // who wrote the answer
	confidence     string // of an abstention, with what it would have needed
	missing        string // words the material does not have
	nearest        string
	citedBy        string
	coverage       string // of a summary: used, of how many, notes
	page           string // of pages
	moreInList     string // entries of a list that are left out
	moreElsewhere  string // in a modal, what does not fit
	open, close    string // quotation marks
	comma          string
	materialSays   string // opens what the material has on a checked sentence
	nothing        string // an answer without words, which there should not be

	show, show1, before, after          string // buttons, with a label
	pick, summary, summaryOf            string
	share, good, bad, reader            string
	goodLabel, badLabel                 string // of the feedback buttons, read out by screen readers
	verdictQuoted, verdictSupported     string
	verdictPartly, verdictUnsupported   string
	sentencePartly, sentenceUnsupported string // after a sentence of an answer

	feedbackTitle, feedbackReason, feedbackWhich, feedbackWords, feedbackHint string
	send, cancel, done, thanks                                                string
	reasons                                                                   map[reason]string

	homeTitle, homeAsk, homeSummaries, homeWays, homeNote string
	ways                                                  []string // to ask, one a line
	question                                              string   // that a direction suggests
	the                                                   map[string]string
}

// phrasesFor returns the phrases of a BCP 47 language, English where there are none.
func phrasesFor(language string) *phrases {
	if i := strings.IndexAny(language, "-_"); i >= 0 {
		language = language[:i]
	}
	if p, ok := said[language]; ok {
		return p
	}
	return said["en"]
}

var said = map[string]*phrases{
	"en": {
		asked: "Asked: “%s”", askedBy: "%s asked: “%s”", understood: "Understood as: “%s”",
		later:         "%s, further on in %s",
		moreNotes:     "and %d more notes",
		moreSources:   "Also: %s",
		keyword:       "Quoted word for word; no model was used.",
		model:         "Written by a model; each sentence was checked against its passage.",
		confidence:    "Confidence %.2f; an answer needs %.2f.",
		missing:       "Not in the material: %s.",
		nearest:       "What comes nearest:",
		citedBy:       "Cited by %s",
		coverage:      "%d of %d passages used · %d notes",
		page:          "%d of %d",
		moreInList:    "%d more. Ask for one by its number.",
		moreElsewhere: "This is not all: ask for it in a message to see the rest.",
		open:          "“", close: "”", comma: ", ",
		materialSays: "The material says:",
		nothing:      "There is nothing to show. Ask again in other words.",
		show:         "Show %s", show1: "Read %s in full", before: "← %s", after: "%s →",
		pick: "More passages", summary: "Summary: %s", summaryOf: "%s (%d)",
		share: "Share in channel", good: "👍", bad: "👎", reader: "Open the page",
		goodLabel: "This answer is right", badLabel: "Something is wrong with this answer",
		verdictQuoted: "Quoted word for word", verdictSupported: "Supported",
		verdictPartly: "Partly supported", verdictUnsupported: "Not supported",
		sentencePartly: "partly supported", sentenceUnsupported: "not supported",
		feedbackTitle: "About this answer", feedbackReason: "What was wrong?", feedbackWhich: "Which passages?",
		feedbackWords: "In your own words", feedbackHint: "What you write here is kept with the answer.",
		send: "Send", cancel: "Cancel", done: "Close", thanks: "Thank you. This helps to find what to mend.",
		reasons: map[reason]string{
			reasonPassage: "It shows the wrong passage", reasonAnswer: "The answer is wrong",
			reasonShouldNot: "It should not have answered", reasonShould: "It should have answered",
			reasonOther: "Something else",
		},
		homeTitle: "Ask the material", homeAsk: "For example", homeSummaries: "Summaries by direction", homeWays: "Ways to ask",
		homeNote: "Every sentence of an answer shows the passage it rests on. Where the material does not say, I say so.",
		ways: []string{
			"Write to me here, under Messages, or mention me in a channel. In the thread of an answer no mention is needed.",
			"/ask, /summary, /cite, /sources and /check, anywhere but in threads. Unless set otherwise only you see the reply.",
			"“Check this message”, in the menu of any message: is what it says supported?",
			"In a thread, ¶5 or note 7 shows that passage or note.",
		},
		question: "What does the article say about %s?",
		the:      map[string]string{"north": "the %s", "south": "the %s", "east": "the %s", "west": "the %s"},
	},
	"ja": {
		asked: "質問:「%s」", askedBy: "%sさんの質問:「%s」", understood: "次の質問として答えます:「%s」",
		later:         "%s(%sの後の文)",
		moreNotes:     "ほか注%d件",
		moreSources:   "ほか: %s",
		keyword:       "原文をそのまま引用しています(モデルは使っていません)。",
		model:         "モデルが書いた文です。一文ずつ根拠の段落と照合しました。",
		confidence:    "確信度%.2f。回答には%.2f以上が必要です。",
		missing:       "資料にない語: %s。",
		nearest:       "最も近い箇所:",
		citedBy:       "%sから参照",
		coverage:      "%[2]d段落のうち%[1]d段落を使用・注%[3]d件",
		page:          "%d/%d",
		moreInList:    "ほか%d件。番号を書くと表示します。",
		moreElsewhere: "続きがあります。メッセージで尋ねると全部を表示します。",
		open:          "「", close: "」", comma: "、",
		materialSays: "資料の記述:",
		nothing:      "表示できるものがありません。別の言い方で質問してください。",
		show:         "%sを表示", show1: "%sを全文表示", before: "← %s", after: "%s →",
		pick: "ほかの段落", summary: "要約: %s", summaryOf: "%s(%d)",
		share: "チャンネルに共有", good: "👍", bad: "👎", reader: "ページを開く",
		goodLabel: "この回答は正しい", badLabel: "この回答に問題がある",
		verdictQuoted: "原文のとおり", verdictSupported: "裏付けあり",
		verdictPartly: "一部裏付けあり", verdictUnsupported: "裏付けなし",
		sentencePartly: "一部裏付けあり", sentenceUnsupported: "裏付けなし",
		feedbackTitle: "この回答について", feedbackReason: "どこが問題ですか", feedbackWhich: "どの段落ですか",
		feedbackWords: "ご意見", feedbackHint: "ここに書いた内容は回答とともに保存されます。",
		send: "送信", cancel: "キャンセル", done: "閉じる", thanks: "ありがとうございます。改善に役立てます。",
		reasons: map[reason]string{
			reasonPassage: "段落が違う", reasonAnswer: "回答が誤っている",
			reasonShouldNot: "答えるべきではなかった", reasonShould: "答えるべきだった",
			reasonOther: "その他",
		},
		homeTitle: "資料に質問する", homeAsk: "質問の例", homeSummaries: "方角ごとの要約", homeWays: "質問のしかた",
		homeNote: "回答は文ごとに根拠の段落を示します。資料に記述がないときは、ないと答えます。",
		ways: []string{
			"「メッセージ」タブに書くか、チャンネルでメンションしてください。回答のスレッドではメンションは要りません。",
			"/ask、/summary、/cite、/sources、/check(スレッド以外)。設定を変えない限り、返事はあなただけに見えます。",
			"メッセージのメニューの「Check this message」で、その内容に裏付けがあるかを調べます。",
			"スレッドに ¶5 や 注7 と書くと、その段落や注を表示します。",
		},
		question: "%sについて何と言っていますか",
	},
}
