package layout

import (
	"fmt"
	"strings"
)

// Phrases are what is said around what the core says, in one language. Those with
// verbs are formats.
type Phrases struct {
	asked, askedBy, understood string // the echo of a question: by whom, what

	later               string // a note whose mark stands after the quote; the note, the passage
	moreNotes, moreNote string // notes of a passage that are not listed; a single one
	moreSources         string // the labels of passages that are not listed
	keyword, model      string // who wrote the answer
	changed             string // the material is not the one that an answer was drawn from
	confidence          string // of an abstention, with what it would have needed
	missing             string // words the material does not have
	nearest             string
	citedBy             string
	coverage            string  // of a summary: used, of how many, notes; both as counted
	passages, notes     counted // such as 1 passage, 2 passages
	page                string  // of pages
	moreInList          string  // entries of a list that are left out
	open, close         string  // quotation marks
	comma               string
	materialSays        string // opens what the material has on a checked sentence
	nothing             string // an answer without words, which there should not be
	MoreElsewhere       string // where only a message's worth is shown

	show, before, after                 string // buttons, with a label
	pick, pickNotes                     string // the menu of those that have no room; where all are notes
	summary, summaryOf, summaries       string // of a direction; with its passages; of all
	share, good, bad                    string
	goodSpoken, badSpoken               string // the same, for who has them read out
	verdictQuoted, verdictSupported     string
	verdictPartly, verdictUnsupported   string
	sentencePartly, sentenceUnsupported string // after a sentence of an answer

	// The form that asks what was wrong.
	FeedbackTitle, FeedbackReason, FeedbackWhich, FeedbackWords, FeedbackHint string
	Send, Cancel, Done, Thanks                                                string
	Reasons                                                                   map[Reason]string

	translation, onlyTranslated string // before a translation; closes what is quoted and translated

	question string            // that a direction suggests
	the      map[string]string // how a direction is named in it, by id, where not by its name alone
}

// counted says how many there are of something: of one, and of any other number.
type counted struct{ one, many string }

func (c counted) of(n int) string {
	if n == 1 {
		return fmt.Sprintf(c.one, n)
	}
	return fmt.Sprintf(c.many, n)
}

// PhrasesIn returns the phrases of a BCP 47 language, English where there are none.
func PhrasesIn(language string) *Phrases {
	if p, ok := said[primary(language)]; ok {
		return p
	}
	return said["en"]
}

// primary returns a language without its region and script.
func primary(language string) string {
	if i := strings.IndexAny(language, "-_"); i >= 0 {
		language = language[:i]
	}
	return language
}

var said = map[string]*Phrases{
	"en": {
		asked: "Asked: “%s”", askedBy: "%s asked: “%s”", understood: "Understood as: “%s”",
		later:     "%s, further on in %s",
		moreNotes: "and %d more notes", moreNote: "and %d more note",
		moreSources: "Also: %s",
		keyword:     "Quoted word for word; no model was used.",
		changed:     "The material has changed since that answer: this is how it reads now.",
		model:       "Written by a model; each sentence was checked against its passage.",
		confidence:  "Confidence %.2f; an answer needs %.2f.",
		missing:     "Not in the material: %s.",
		nearest:     "What comes nearest:",
		citedBy:     "Cited by %s",
		coverage:    "%d of %s used · %s",
		passages:    counted{"%d passage", "%d passages"}, notes: counted{"%d note", "%d notes"},
		page:          "%d of %d",
		moreInList:    "%d more. Ask for one by its number.",
		MoreElsewhere: "This is not all: ask for it in a message to see the rest.",
		open:          "“", close: "”", comma: ", ",
		materialSays: "The material says:",
		nothing:      "There is nothing to show. Ask again in other words.",
		show:         "Show %s", before: "← %s", after: "%s →",
		pick: "More passages", pickNotes: "Notes", summary: "Summary: %s", summaryOf: "%s (%d)",
		share: "Share in channel", good: "👍", bad: "👎",
		goodSpoken: "This answer is right", badSpoken: "Something is wrong with this answer",
		verdictQuoted: "Quoted word for word", verdictSupported: "Supported",
		verdictPartly: "Partly supported", verdictUnsupported: "Not supported",
		sentencePartly: "partly supported", sentenceUnsupported: "not supported",
		FeedbackTitle: "About this answer", FeedbackReason: "What was wrong?", FeedbackWhich: "Which passages?",
		FeedbackWords: "In your own words", FeedbackHint: "What you write here is kept with the answer.",
		Send: "Send", Cancel: "Cancel", Done: "Close", Thanks: "Thank you. This helps to make answers better.",
		Reasons: map[Reason]string{
			WrongPassage: "It shows the wrong passage", WrongAnswer: "The answer is wrong",
			ShouldNotHave: "It should not have answered", ShouldHave: "It should have answered",
			Other: "Something else",
		},

		translation:    "Translation by the model, not checked:",
		onlyTranslated: "Quoted word for word; only the translations are by a model.",

		summaries: "Summaries by direction",
		question:  "What does the article say about %s?",
		the:       map[string]string{"north": "the %s", "south": "the %s", "east": "the %s", "west": "the %s"},
	},
	"ja": {
		asked: "質問:「%s」", askedBy: "%sさんの質問:「%s」", understood: "次の質問として答えます:「%s」",
		later:     "%s(%sの後の文)",
		moreNotes: "ほか注%d件", moreNote: "ほか注%d件",
		moreSources: "ほか: %s",
		keyword:     "原文をそのまま引用しています(モデルは使っていません)。",
		changed:     "その回答のあとに資料が更新されています。これは現在の内容です。",
		model:       "モデルが書いた文です。一文ずつ根拠の段落と照合しました。",
		confidence:  "確信度%.2f。回答には%.2f以上が必要です。",
		missing:     "資料にない語: %s。",
		nearest:     "最も近い箇所:",
		citedBy:     "%sから参照",
		coverage:    "%[2]sのうち%[1]d段落を使用・%[3]s",
		passages:    counted{"%d段落", "%d段落"}, notes: counted{"注%d件", "注%d件"},
		page:          "%d/%d",
		moreInList:    "ほか%d件。番号を書くと表示します。",
		MoreElsewhere: "続きがあります。メッセージで尋ねると全部を表示します。",
		open:          "「", close: "」", comma: "、",
		materialSays: "資料の記述:",
		nothing:      "表示できるものがありません。別の言い方で質問してください。",
		show:         "%sを表示", before: "← %s", after: "%s →",
		pick: "ほかの段落", pickNotes: "注", summary: "要約: %s", summaryOf: "%s(%d)",
		share: "チャンネルに共有", good: "👍", bad: "👎",
		goodSpoken: "この回答は正しい", badSpoken: "この回答に問題がある",
		verdictQuoted: "原文のとおり", verdictSupported: "裏付けあり",
		verdictPartly: "一部裏付けあり", verdictUnsupported: "裏付けなし",
		sentencePartly: "一部裏付けあり", sentenceUnsupported: "裏付けなし",
		FeedbackTitle: "この回答について", FeedbackReason: "どこが問題ですか", FeedbackWhich: "どの段落ですか",
		FeedbackWords: "ご意見", FeedbackHint: "ここに書いた内容は回答とともに保存されます。",
		Send: "送信", Cancel: "キャンセル", Done: "閉じる", Thanks: "ありがとうございます。改善に役立てます。",
		Reasons: map[Reason]string{
			WrongPassage: "段落が違う", WrongAnswer: "回答が誤っている",
			ShouldNotHave: "答えるべきではなかった", ShouldHave: "答えるべきだった",
			Other: "その他",
		},

		translation:    "モデルによる訳(未確認):",
		onlyTranslated: "原文をそのまま引用しています。訳だけがモデルによるものです。",

		summaries: "方角ごとの要約",
		question:  "%sについて何と言っていますか",
	},
}
