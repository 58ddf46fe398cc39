package bot

import (
	"time"

	"footnote/bot/cite"
)

// Kind says what a question is: words to answer, or one of the commands.
type Kind string

// The kinds of questions. KindAny is what people write in a chat: it may hold any
// of the others, and is recognised by its words.
const (
	KindAny     Kind = ""
	KindAsk     Kind = "ask"     // a question in words
	KindCite    Kind = "cite"    // a reference (¶5, note 7), or words to find
	KindSummary Kind = "summary" // the id, name or alias of a direction, which may be limited to a document (see Within); blank lists them
	KindSources Kind = "sources" // the notes as a bibliography; of all documents, or of the one that the text names
	KindCheck   Kind = "check"   // a sentence whose support is asked for
	KindHelp    Kind = "help"    // what can be asked; the text is ignored
)

// Question is what somebody asks. Asker and Conversation are opaque: they mean
// something to the adapter that the question came through, and nothing here.
type Question struct {
	ID           string
	Kind         Kind
	Text         string
	Asker        string
	Conversation string
	Place        string // where it was asked, by which it is decided what may be quoted: "slack:T1:C1"; threads are their channel's. "" is nowhere in particular
	Language     string // BCP 47, of the words around the answer; "" takes the text's own
	After        string // the ID of the question whose answer this one replies to; "" replies to the last
	Before       []Turn // what was said before in the conversation, oldest first
}

// Turn is a question of a conversation with its answer.
type Turn struct {
	Question Question
	Answer   Answer
}

// Status says how a question ended.
type Status string

// The ways a question ends.
const (
	Answered  Status = "answered"  // with sentences, each cited
	Abstained Status = "abstained" // the material does not say
	Found     Status = "found"     // a look-up that found what it named
	NotFound  Status = "not_found" // a look-up that did not
	Refused   Status = "refused"   // a question the asker must mend, or ask later; Text says which
	Failed    Status = "failed"    // something broke here; the log says what
)

// Verdict says how far the material supports a sentence; see package cite.
type Verdict = cite.Verdict

// The verdicts, from the best to the worst.
const (
	Quoted      = cite.Quoted
	Supported   = cite.Supported
	Partly      = cite.Partly
	Unsupported = cite.Unsupported
)

// Answer is the reply to a question, in the form of the JSON contract. The zero
// Answer is none.
type Answer struct {
	ID         string     `json:"_id,omitempty"`
	Question   string     `json:"question"`
	Understood string     `json:"understood,omitempty"` // a follow-up, as it was understood with the turns before it
	Kind       Kind       `json:"kind"`                 // what the question was taken for
	Language   string     `json:"language"`             // of the words around the quotes
	Mode       string     `json:"mode"`                 // who wrote it: keyword or llm
	Status     Status     `json:"status"`
	Text       string     `json:"answer"` // the whole, as plain text with [¶5] marks
	Sentences  []Sentence `json:"sentences"`
	Citations  []Citation `json:"citations"`
	Confidence float64    `json:"confidence"`          // 0 to 1; what the abstention was decided by
	Threshold  float64    `json:"threshold,omitempty"` // an answer needs at least this confidence; 0 where none was asked for
	Nearest    []Citation `json:"nearest,omitempty"`
	Missing    []string   `json:"missing,omitempty"`    // words of the question that the material does not have
	Reasons    []string   `json:"reasons,omitempty"`    // of a verdict, or why the model did not write the answer; one sentence each
	Verdict    Verdict    `json:"verdict,omitempty"`    // of a check
	Direction  *Coverage  `json:"direction,omitempty"`  // of a summary
	Directions []Coverage `json:"directions,omitempty"` // of a summary without a direction: what there is
	Rejected   []Rejected `json:"rejected,omitempty"`   // what a model wrote and nothing supports
	Model      string     `json:"model,omitempty"`      // that was asked, as its server names it
	Prompt     string     `json:"prompt,omitempty"`     // that it was asked with: name@version
	Usage      *Usage     `json:"usage,omitempty"`      // what that took
	Reused     bool       `json:"reused,omitempty"`     // a model wrote it for somebody else, and was not asked again
	Material   Material   `json:"material"`
	Timing     Timing     `json:"timing_ms"`

	Translated *Translated `json:"translated,omitempty"` // who translated its sentences, if anybody
}

// Shown returns the ids of the passages and notes that the answer shows, each once, in
// their order; of an abstention those that come nearest. It is empty, not nil, where
// there are none.
func (a Answer) Shown() []string {
	cs := a.Citations
	if len(cs) == 0 {
		cs = a.Nearest
	}
	out := []string{}
	for _, c := range cs {
		out = appendNew(out, c.ID)
	}
	return out
}

// Sentence is one sentence of an answer with the passages it rests on.
type Sentence struct {
	Text      string   `json:"text"`
	Citations []string `json:"citations"` // ids
	Verdict   Verdict  `json:"verdict"`
	Reason    string   `json:"reason,omitempty"` // why a checked sentence has its verdict

	// Translation is the sentence in the asker's language, by a model. Nothing can
	// check what it says against the passages: it stands beside the sentence and never
	// in its place, and is shown with a word that says so.
	Translation string `json:"translation,omitempty"`
}

// Translated says who translated the sentences of an answer.
type Translated struct {
	Language string `json:"language"` // BCP 47, of the translations
	Model    string `json:"model"`
	Prompt   string `json:"prompt"` // name@version
}

// Citation points to a passage or note and carries the bytes it rests on. An
// answer has one for each quote, in the order of its sentences.
type Citation struct {
	ID         string   `json:"id"`
	Label      string   `json:"label"` // "¶5", and with the document's id before it where there are several
	Document   string   `json:"document"`
	Title      string   `json:"title"`
	Date       string   `json:"date,omitempty"`
	Section    string   `json:"section,omitempty"`
	Page       int      `json:"page,omitempty"` // of the document, from 1, on which the quote begins; of a format that has pages
	Directions []string `json:"directions,omitempty"`
	Quote      string   `json:"quote"` // source[start:end], to the byte; what the source is, [corpus.Document] says
	Start      int      `json:"start"`
	End        int      `json:"end"`
	Text       string   `json:"text,omitempty"`     // the quote as it is read, without note marks and markup
	Notes      []Note   `json:"notes,omitempty"`    // that the quote refers to
	CitedBy    []string `json:"cited_by,omitempty"` // labels of the passages that refer to it; of a note
	Sources    []Source `json:"sources,omitempty"`  // what it names; of a note
}

// Note is a note of the document below a citation.
type Note struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Text  string `json:"text"`
	After bool   `json:"after,omitempty"` // its mark stands not in the quote but after it in the same passage
}

// Source is a work that a note names; what could not be read is empty.
type Source struct {
	Authors   []string `json:"authors,omitempty"`
	Title     string   `json:"title,omitempty"`
	Publisher string   `json:"publisher,omitempty"`
	Date      string   `json:"date,omitempty"`
	Remark    string   `json:"remark,omitempty"`
}

// Coverage is how much of a direction's passages a summary used.
type Coverage struct {
	ID       string `json:"id"`
	Name     string `json:"name"`               // in the answer's language
	Document string `json:"document,omitempty"` // the id of the one that it is limited to; "" for all
	Used     int    `json:"used"`
	Passages int    `json:"passages"`
	Notes    int    `json:"notes"` // that those passages refer to
}

// Material says what the answer was drawn from.
type Material struct {
	Version   string `json:"version"`
	Documents int    `json:"documents"`
}

// Differs reports whether the material is another than now's, as far as both are known.
func (m Material) Differs(now Material) bool {
	return m.Version != "" && now.Version != "" && m.Version != now.Version
}

// Timing is how long the parts of the work took, in milliseconds.
type Timing struct {
	Retrieve float64 `json:"retrieve"`
	Write    float64 `json:"write"`
}

// Problem is a fault of the question that the asker can mend. Its text is a
// sentence for that person, in the question's language.
type Problem struct{ Sentence string }

func (p *Problem) Error() string { return p.Sentence }

// Feedback is what one person thinks of the answer to one errand.
type Feedback struct {
	Key      string // of the errand
	Asker    string // who judges
	Good     bool
	Reason   string   // one of those offered, with the person's own words behind it; may be ""
	Passages []string // ids of the passages it is about
	At       time.Time
}
