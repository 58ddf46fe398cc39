package bot

import (
	"footnote/bot/cite"
	"unicode"
)

// words are what the bot says around what it quotes, in one language. Those with
// verbs are formats.
type words struct {
	empty, notText, tooLong, control string

	abstain        string // the material does not answer
	abstainMissing string // and has nothing on %s
	abstainWords   string // only function words in the question
	abstainMeaning string // nothing has the words of the question, only something like their meaning
	byWords        string // nothing was found by meaning, as it should have been
	byMeaning      string // nothing was found by words
	open, close    string // quotation marks around a missing word
	comma          string

	noDirection    string // %s is none; there are %s
	directions     string // for which there is a summary
	noDirections   string
	emptyDirection string
	used, usedOne  string // %d of %d passages; of one

	noReference               string // there is no %s; there are %s
	noWords                   string // nothing has %s
	noDocument, whichDocument string // there is no %s, there are %s; %s is in each of %s
	noNotes                   string

	failed, tooMany                                                         string // the second with seconds
	help, helpAsk, helpExample, helpCite, helpSummary, helpCheck, documents string // what can be asked

	noClaim string // what was to be checked is a question

	verdicts                                                                      map[Verdict]string
	lacksNumbers, lacksNames, lacksWords, lacksLimits, opposes, denies, reordered string
}

// languages are the languages the bot speaks; the first is spoken to everybody
// else.
var languages = []string{"en", "ja"}

func wordsFor(language string) *words {
	if w, ok := spoken[base(language)]; ok {
		return w
	}
	return spoken[languages[0]]
}

// base returns the language of a BCP 47 tag: en-GB is en.
func base(tag string) string {
	for i, r := range tag {
		if r == '-' || r == '_' {
			return tag[:i]
		}
	}
	return tag
}

// languageOf tells the language of a question as far as its script shows it.
func languageOf(text string) string {
	han := false
	for _, r := range text {
		if unicode.In(r, unicode.Hiragana, unicode.Katakana) {
			return "ja"
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	if han {
		return "ja"
	}
	return "en"
}

var spoken = map[string]*words{
	"en": {
		empty:          "There is no question. Ask something, for example: What is the NSDS-Hub?",
		notText:        "The question is not readable text (invalid UTF-8). Type it again, or save the file as UTF-8.",
		tooLong:        "The question has %d characters; at most %d can be read. Ask for one thing at a time.",
		control:        "The question contains a control character (U+%04X). Type it again without it.",
		abstain:        "The material does not answer this.",
		abstainMissing: "The material does not answer this: it has nothing on %s.",
		abstainWords:   "There is no word in this question that could be looked for. Name what it is about.",
		abstainMeaning: "The material has no words of this question, so it cannot be said whether it answers it. Its nearest passages by meaning are shown.",
		byMeaning:      "No passage has the words of the question; they were found by their meaning.",
		byWords:        "Passages could be looked for by their words alone: what compares their meaning did not answer.",
		open:           "“", close: "”", comma: ", ",
		noDirection:    "There is no direction “%s”. There are: %s.",
		directions:     "Summaries can be had of: %s.",
		noDirections:   "The material has no directions to summarise by. A data file beside a document can name them.",
		emptyDirection: "The material has no passage on %s.",
		used:           "%d of %d passages used",
		usedOne:        "%d of %d passage used",
		noReference:    "There is no %s. There are %s.",
		noWords:        "Nothing in the material has the words of “%s”.",
		noDocument:     "There is no document “%s”. There are: %s.",
		whichDocument:  "Several documents have %s. Say which: %s.",
		noNotes:        "The material has no notes.",
		failed:         "Something went wrong here, and whoever runs this bot can see what. Ask again in a minute.",
		tooMany:        "That is a lot of questions at once. Ask again in %d seconds.",
		help:           "I answer from %s, and show for every sentence the passage it rests on.",
		helpAsk:        "Ask in your own words, one thing at a time.",
		helpExample:    "Ask in your own words: What does the material say about “%s”?",
		helpCite:       "Look something up: ¶5, note 7, sources.",
		helpSummary:    "Have it summarised: summary and one of %s.",
		helpCheck:      "See whether it supports a claim: check and a sentence.",
		documents:      "%d documents",
		noClaim:        "This is a question, and only a statement can be checked. Write it as one, or ask it.",
		lacksNumbers:   "The nearest passage does not have the number %s.",
		lacksNames:     "It does not name %s.",
		lacksWords:     "It does not say %s.",
		lacksLimits:    "It does not say %s, which changes how much or when.",
		reordered:      "It has these words in another order: who does what may differ.",
		opposes:        "The nearest passage says the opposite of %s.",
		denies:         "One of the two says “not” where the other does not.",
		verdicts: map[Verdict]string{
			cite.Quoted:      "Quoted: the material says this word for word.",
			cite.Supported:   "Supported by its words: this passage has all of them. Read it before you quote it.",
			cite.Partly:      "Partly supported: this passage has some of it, and not the rest.",
			cite.Unsupported: "Unsupported: no passage says this.",
		},
	},
	"ja": {
		empty:          "質問がありません。例:「NSDS-Hubとは何ですか」のように質問してください。",
		notText:        "質問を文字として読めません(UTF-8ではありません)。もう一度入力するか、UTF-8で保存してください。",
		tooLong:        "質問は%d文字あります。読めるのは%d文字までです。一度に一つのことを尋ねてください。",
		control:        "質問に制御文字(U+%04X)が含まれています。取り除いてもう一度入力してください。",
		abstain:        "この資料には答えがありません。",
		abstainMissing: "この資料には答えがありません。%sについての記述がありません。",
		abstainWords:   "この質問には検索できる語がありません。何についての質問かを書いてください。",
		abstainMeaning: "質問の語が資料にないため、答えがあるかどうかは判断できません。意味が最も近い箇所を示します。",
		byMeaning:      "質問の語を含む段落はなく、意味の近さで探しました。",
		byWords:        "意味による検索が応答しなかったため、語だけで段落を探しました。",
		open:           "「", close: "」", comma: "、",
		noDirection:    "「%s」という方角はありません。選べるのは: %s。",
		directions:     "要約できるもの: %s。",
		noDirections:   "この資料には要約の単位となる方角がありません。文書に添えるデータファイルで指定できます。",
		emptyDirection: "%sについての段落はありません。",
		used:           "%[2]d段落のうち%[1]d段落を使用",
		usedOne:        "%[2]d段落のうち%[1]d段落を使用",
		noReference:    "%sはありません。あるのは%sです。",
		noWords:        "「%s」の語を含む箇所は資料にありません。",
		noDocument:     "「%s」という文書はありません。あるのは: %s。",
		whichDocument:  "%sは複数の文書にあります。どれかを書いてください: %s。",
		noNotes:        "この資料には注がありません。",
		failed:         "こちらで問題が起きました。管理者には内容が伝わっています。少し待ってからもう一度質問してください。",
		tooMany:        "質問が続いています。%d秒後にもう一度質問してください。",
		help:           "%sをもとに答え、文ごとに根拠の段落を示します。",
		helpAsk:        "質問: 自由な文で質問してください。",
		helpExample:    "質問: 自由な文で質問してください。例:「この資料は%sについて何と言っていますか」",
		helpCite:       "参照: ¶5、note 7(注7とも書けます)、出典一覧。",
		helpSummary:    "要約: 「要約」に続けて%sのいずれか。",
		helpCheck:      "確認: 「確認」に続けて文を書くと、資料の裏付けを調べます。",
		documents:      "%d件の文書",
		noClaim:        "これは質問です。確かめられるのは文だけです。平叙文で書くか、そのまま質問してください。",
		lacksNumbers:   "最も近い箇所に数%sはありません。",
		lacksNames:     "%sの名はありません。",
		lacksWords:     "%sの語はありません。",
		lacksLimits:    "%sの語がなく、程度や時期が変わります。",
		reordered:      "語の順序が異なります。誰が何をしたかが違うかもしれません。",
		opposes:        "最も近い箇所は%sの反対を述べています。",
		denies:         "一方だけが否定文です。",
		verdicts: map[Verdict]string{
			cite.Quoted:      "引用: 資料にこのとおりの記述があります。",
			cite.Supported:   "語の裏付けあり: この段落にすべての語があります。引用する前に読んでください。",
			cite.Partly:      "一部裏付けあり: この段落にあるのは一部だけです。",
			cite.Unsupported: "裏付けなし: こう述べている段落はありません。",
		},
	},
}
