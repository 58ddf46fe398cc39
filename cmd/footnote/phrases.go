package main

import "strings"

// phrases are the words the terminal shows around what the bot says, in one
// language. Those with verbs are formats.
type phrases struct {
	introduction string // the section before the first heading
	after        string // behind a note whose mark stands after the quote
	citedBy      string // %s
	notCited     string
	nearest      string
	missing      string // %s
	doubt        string // confidence and threshold
	used         string // used, passages, notes
	has          string // passages, notes
	understood   string // %s
	byModel      string // %s
	translation  string // before a translation
}

// spoken are the phrases by language; English is for everybody else.
var spoken = map[string]phrases{
	"en": {
		introduction: "introduction",
		after:        "marked further on in the passage",
		citedBy:      "cited in %s",
		notCited:     "cited nowhere",
		nearest:      "Nearest passages:",
		missing:      "Not in the material: %s",
		doubt:        "Confidence %.2f; an answer needs %.2f.",
		used:         "%d of %d passages used; notes: %d",
		has:          "passages: %d, notes: %d",
		understood:   "Understood as: %s",
		translation:  "translation by the model, not checked:",
		byModel:      "Written by %s; each sentence was checked against its passage.",
	},
	"ja": {
		introduction: "序文",
		after:        "段落の後の箇所に付された注",
		citedBy:      "参照元: %s",
		notCited:     "参照箇所なし",
		nearest:      "最も近い箇所:",
		missing:      "資料にない語: %s",
		doubt:        "確信度 %.2f(回答には %.2f が必要)",
		used:         "%[2]d段落のうち%[1]d段落を使用、注: %[3]d",
		has:          "段落: %d、注: %d",
		understood:   "質問の解釈: %s",
		translation:  "モデルによる訳(未確認):",
		byModel:      "%sが作成し、各文を段落と照合しました。",
	},
}

// phrasesFor returns the phrases of a language, given by its BCP 47 tag.
func phrasesFor(language string) phrases {
	base, _, _ := strings.Cut(language, "-")
	if p, ok := spoken[base]; ok {
		return p
	}
	return spoken["en"]
}
