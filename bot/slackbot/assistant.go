package slackbot

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"footnote/bot"
	"footnote/bot/layout"
)

// promptsAtOnce is how many prompts Slack takes.
const promptsAtOnce = 4

// signWait is how long an answer waits for its own working sign, which would
// otherwise be set after it and stay.
const signWait = time.Second

// homeOpened draws the Home tab, or, where an agent's conversation is opened, offers
// what can be asked.
func (b *Bot) homeOpened(ctx context.Context, ws *workspace, e event) {
	user := string(e.User)
	if e.Tab == "messages" {
		b.offer(ctx, ws, string(e.Channel), "", user)
		return
	}
	b.jobs.start(ctx, "draw the Home tab", func(ctx context.Context) error {
		language := cmp.Or(b.language(ctx, ws, user, ""), "en")
		directions, prompts, err := b.suggested(ctx, address{Team: ws.team, User: user, Direct: true}.place(), language)
		if err != nil {
			return err
		}
		view := homeView(homeContent{Language: language, Prompts: prompts, Directions: directions, Reader: b.conf.Reader})
		_, err = ws.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: user, View: view})
		return classify("views.publish", err)
	})
}

// offer suggests what can be asked in an assistant's or agent's conversation.
func (b *Bot) offer(ctx context.Context, ws *workspace, channel, thread, user string) {
	if b.conf.NoAssistant || channel == "" {
		return
	}
	b.jobs.start(ctx, "suggest prompts", func(ctx context.Context) error {
		place := address{Team: ws.team, User: user, Direct: true}.place()
		_, prompts, err := b.suggested(ctx, place, cmp.Or(b.language(ctx, ws, user, ""), "en"))
		if err != nil || len(prompts) == 0 {
			return err
		}
		p := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: channel, ThreadTS: thread}
		for _, x := range prompts[:min(len(prompts), promptsAtOnce)] {
			p.AddPrompt(x.Title, x.Message)
		}
		return classify("assistant.threads.setSuggestedPrompts", ws.api.SetAssistantThreadsSuggestedPromptsContext(ctx, p))
	})
}

// sign announces that the errand's working sign will be set, so that the answer waits
// for it; nil where there is none, or it is announced already. It must be given to
// signDone.
func (b *Bot) sign(to address, key string) chan struct{} {
	if b.conf.NoAssistant || !to.Assistant {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.signs[key] != nil {
		return nil
	}
	b.signs[key] = make(chan struct{})
	return b.signs[key]
}

// working shows in an assistant's thread that the question is being answered, and
// names the thread after its first question. The answer itself takes the sign away.
// started is false where there is no room for that.
func (b *Bot) working(ctx context.Context, ws *workspace, to address, q bot.Question, done chan struct{}) (started bool) {
	return b.jobs.start(ctx, "show that it is working", func(ctx context.Context) error {
		status := tellings(q.Text).Working
		err := ws.api.SetAssistantThreadsStatusContext(ctx, slack.AssistantThreadsSetStatusParameters{ChannelID: to.Channel, ThreadTS: to.Thread, Status: status})
		b.signDone(q.ID, done)
		if err != nil { // an ordinary thread, perhaps: no harm
			b.log.Debug("slack: no status", "key", q.ID, "error", err)
			return nil
		}
		turns, err := b.store.Turns(ctx, q.Conversation, 2)
		if err != nil || len(turns) > 1 || to.TS != to.Thread && len(turns) > 0 {
			return err
		}
		title := cutTo(strings.Join(strings.Fields(q.Text), " "), 80)
		if title == "" {
			return nil
		}
		err = ws.api.SetAssistantThreadsTitleContext(ctx, slack.AssistantThreadsSetTitleParameters{ChannelID: to.Channel, ThreadTS: to.Thread, Title: title})
		return classify("assistant.threads.setTitle", err)
	})
}

// signDone lets the answer go.
func (b *Bot) signDone(key string, done chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(done)
	if b.signs[key] == done {
		delete(b.signs, key)
	}
}

// waitSign waits until the errand's working sign has been set, but not for long.
func (b *Bot) waitSign(ctx context.Context, key string) {
	b.mu.Lock()
	done := b.signs[key]
	b.mu.Unlock()
	if done == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, signWait)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// directions returns those of the material in a place, with their names in a language,
// and which material that is.
func (b *Bot) directions(ctx context.Context, place, language string) ([]bot.Coverage, bot.Material, error) {
	a, err := b.asker.Ask(ctx, bot.Question{Kind: bot.KindSummary, Language: language, Place: place})
	return a.Directions, a.Material, err
}

// directionNames returns the names by id, where an answer in a place has to do with any;
// none where they cannot be found.
func (b *Bot) directionNames(ctx context.Context, place string, a bot.Answer, language string) map[string]string {
	if !slices.ContainsFunc(a.Citations, func(c bot.Citation) bool { return len(c.Directions) > 0 }) {
		return nil
	}
	ds, _, err := b.directions(ctx, place, cmp.Or(language, "en"))
	if err != nil {
		b.log.Debug("slack: directions", "error", err)
	}
	out := make(map[string]string, len(ds))
	for _, d := range ds {
		out[d.ID] = d.Name
	}
	return out
}

// asking names what can be asked: of one material, in one language.
type asking struct{ material, language string }

// mostPrompts is how many lists of what can be asked are kept.
const mostPrompts = 1000

// suggested returns the directions of the material in a place, and what can be asked of
// it, in a language.
func (b *Bot) suggested(ctx context.Context, place, language string) ([]bot.Coverage, []layout.Prompt, error) {
	ds, material, err := b.directions(ctx, place, language)
	if err != nil {
		return nil, nil, err
	}
	of := asking{material.Version, language}
	b.mu.Lock()
	known, ok := b.prompts[of]
	b.mu.Unlock()
	if ok {
		return ds, known, nil
	}
	out, err := layout.Prompts(ctx, bot.At(b.asker, place), ds, language, promptsAtOnce)
	if err != nil {
		return nil, nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.prompts) >= mostPrompts { // of material that is gone
		clear(b.prompts)
	}
	b.prompts[of] = out
	return ds, out, nil
}

// language returns the language that a person has set in Slack, for texts too short
// to show theirs; or "", where the text shows it, the scope to ask is missing, or it
// is not known yet: then it is asked for beside, for the next time.
func (b *Bot) language(ctx context.Context, ws *workspace, user, text string) string {
	if len(strings.Fields(text)) > 2 || !ascii(text) || !ws.scopes["users:read"] || user == "" {
		return ""
	}
	key := ws.team + ":" + user
	b.mu.Lock()
	locale, ok := b.locales[key]
	if !ok {
		if len(b.locales) >= 10_000 {
			clear(b.locales)
		}
		b.locales[key] = "" // asked for once
	}
	b.mu.Unlock()
	if !ok {
		b.jobs.start(ctx, "ask for a locale", func(ctx context.Context) error {
			u, err := ws.api.GetUserInfoContext(ctx, user)
			if err != nil {
				return classify("users.info", err)
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.locales[key] = u.Locale
			return nil
		})
	}
	return locale
}

func ascii(text string) bool {
	for _, r := range text {
		if r >= 0x80 && r != '¶' {
			return false
		}
	}
	return true
}
