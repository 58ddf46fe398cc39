package slackbot

import (
	"fmt"
	"strings"

	"footnote/bot"
	"footnote/bot/layout"

	"github.com/slack-go/slack"
)

// homeContent is what the Home tab shows. Parts that are empty are left out.
type homeContent struct {
	Language   string
	About      string          // what the bot answers from, in words
	Prompts    []layout.Prompt // at most five are shown
	Directions []bot.Coverage  // with their counts
	Reader     string          // address of the reader page
}

// homeView returns the Home tab: what can be asked, and how.
func homeView(h homeContent) slack.HomeTabViewRequest {
	w := homeWordsIn(h.Language)
	blocks := []slack.Block{slack.NewHeaderBlock(plainText(w.title, maxHeader))}
	if about := layout.Clip(layout.Clean(h.About), layout.Usual.Units); strings.TrimSpace(about) != "" {
		blocks = append(blocks, slack.NewRichTextBlock("", section(layout.Run{Text: about})))
	}
	ask := row{name: "ask"}
	for _, p := range h.Prompts {
		if !ask.full(1) {
			ask.button(layout.Choice{Do: layout.Ask, Text: p.Title, Ref: p.Message})
		}
	}
	if b := ask.block(); b != nil {
		blocks = append(append(blocks, heading(w.ask)), b...)
	}
	menu, directions := layout.PhrasesIn(h.Language).Summaries(h.Directions)
	if b := homeDirections(menu, directions); b != nil {
		blocks = append(append(blocks, heading(menu)), b...)
	}
	var ways []slack.RichTextElement
	for _, l := range w.ways {
		ways = append(ways, element(layout.Block{Kind: layout.Bullet, Runs: []layout.Run{{Text: l}}}))
	}
	blocks = append(blocks, heading(w.waysTitle), slack.NewRichTextBlock("", ways...))
	if h.Reader != "" {
		open := row{name: "reader"}
		open.button(layout.Choice{Do: layout.Open, Text: w.reader}).URL = h.Reader
		blocks = append(blocks, open.block()...)
	}
	blocks = append(blocks, small([]string{w.note})...)
	return slack.HomeTabViewRequest{Type: slack.VTHomeTab, CallbackID: viewHome, Blocks: slack.Blocks{BlockSet: blocks[:min(len(blocks), maxHomeBlocks)]}}
}

func heading(text string) slack.Block {
	return slack.NewRichTextBlock("", section(layout.Run{Text: text, Bold: true}))
}

// homeDirections offers the summary of every direction: buttons, and a menu for what
// is more than two rows.
func homeDirections(menu string, cs []layout.Choice) []slack.Block {
	var out []slack.Block
	for i := 0; len(cs) > 0 && i < 2; i++ {
		r := row{name: fmt.Sprintf("directions%d", i)}
		n := min(len(cs), maxInRow)
		if i == 1 {
			n = len(cs)
		}
		r.choices(menu, cs[:n])
		out, cs = append(out, r.block()...), cs[n:]
	}
	return out
}

// homeWords are what the Home tab says, in one language.
type homeWords struct {
	title, ask, waysTitle, note, reader string
	ways                                []string // to ask, one a line
}

// homeWordsIn returns the words of a BCP 47 language, English where there are none.
func homeWordsIn(language string) *homeWords {
	if strings.HasPrefix(language, "ja") {
		return homeSaid["ja"]
	}
	return homeSaid["en"]
}

var homeSaid = map[string]*homeWords{
	"en": {
		title: "Ask the material", ask: "For example", waysTitle: "Ways to ask", reader: "Open the page",
		note: "Every sentence of an answer shows the passage it rests on. Where the material does not say, I say so.",
		ways: []string{
			"Write to me here, under Messages, or mention me in a channel. In the thread of an answer no mention is needed.",
			"/ask, /summary, /cite, /sources and /check, anywhere but in threads. Unless set otherwise only you see the reply.",
			"“Check this message”, in the menu of any message: is what it says supported?",
			"In a thread, ¶5 or note 7 shows that passage or note.",
		},
	},
	"ja": {
		title: "資料に質問する", ask: "質問の例", waysTitle: "質問のしかた", reader: "ページを開く",
		note: "回答は文ごとに根拠の段落を示します。資料に記述がないときは、ないと答えます。",
		ways: []string{
			"「メッセージ」タブに書くか、チャンネルでメンションしてください。回答のスレッドではメンションは要りません。",
			"/ask、/summary、/cite、/sources、/check(スレッド以外)。設定を変えない限り、返事はあなただけに見えます。",
			"メッセージのメニューの「Check this message」で、その内容に裏付けがあるかを調べます。",
			"スレッドに ¶5 や 注7 と書くと、その段落や注を表示します。",
		},
	},
}
