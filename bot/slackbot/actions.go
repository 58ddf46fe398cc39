package slackbot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/slack-go/slack"

	"footnote/bot"
)

// interaction is a click, a submitted view or a shortcut, as much of it as is looked
// at.
type interaction struct {
	Type     string `json:"type"`
	Callback str    `json:"callback_id"`
	Response str    `json:"response_url"`
	Trigger  str    `json:"trigger_id"`
	ActionTS str    `json:"action_ts"`
	Team     struct {
		ID str `json:"id"`
	} `json:"team"`
	Channel struct {
		ID str `json:"id"`
	} `json:"channel"`
	User struct {
		ID       str `json:"id"`
		Name     str `json:"name"`
		Username str `json:"username"`
		Team     str `json:"team_id"`
	} `json:"user"`
	Container struct {
		Channel str `json:"channel_id"`
		Message str `json:"message_ts"`
		Thread  str `json:"thread_ts"`
		View    str `json:"view_id"`
	} `json:"container"`
	Message event             `json:"message"`
	Actions []json.RawMessage `json:"actions"`
	View    json.RawMessage   `json:"view"`
}

// team returns the workspace; a click in an organisation's app may name none.
func (i interaction) team() string { return cmp.Or(string(i.Team.ID), string(i.User.Team)) }

// name is what the person is called.
func (i interaction) name() string { return cmp.Or(string(i.User.Name), string(i.User.Username)) }

// interact takes in an interaction. Unknown ones are passed over.
func (b *Bot) interact(ctx context.Context, team string, i interaction) (any, error) {
	ws, err := b.workspace(ctx, team)
	if err != nil {
		return nil, b.passed(err)
	}
	b.log.Debug("slack: interaction", "type", i.Type, "team", team, "user", string(i.User.ID))
	switch i.Type {
	case "message_action":
		if i.Callback == shortcutCheck {
			return nil, b.checkMessage(ctx, ws, i)
		}
	case "block_actions":
		for _, raw := range i.Actions {
			var a slack.BlockAction
			if json.Unmarshal(raw, &a) != nil {
				continue
			}
			if act, ok := readAction(&a); ok {
				if err := b.act(ctx, ws, i, act, a.ActionTs); err != nil {
					return nil, err
				}
			}
		}
	case "view_submission":
		return b.submitted(ctx, ws, i)
	}
	return nil, nil
}

// here is the address for what a click brings: where the clicked message stands, for
// the clicker alone; a home tab or a modal stands nowhere, so that it is the direct
// messages.
func (i interaction) here(ws *workspace) address {
	to := address{
		Team: ws.team, Channel: cmp.Or(string(i.Channel.ID), string(i.Container.Channel)), User: string(i.User.ID), Name: i.name(),
		Thread: cmp.Or(string(i.Container.Thread), string(i.Message.ThreadTS)), Respond: string(i.Response), Echo: true,
	}
	switch {
	case to.Channel == "":
		to.Channel, to.Thread, to.Direct = to.User, "", true
	case strings.HasPrefix(to.Channel, "D"):
		to.Direct = true
	default:
		to.Private = true
	}
	return to
}

// act does what a click asks for.
func (b *Bot) act(ctx context.Context, ws *workspace, i interaction, a action, ts string) error {
	to := i.here(ws)
	id := strings.Join([]string{adapterName, ws.team, "click", cmp.Or(ts, string(i.ActionTS), string(i.Trigger)), to.User, a.Do}, ":")
	q := bot.Question{ID: id, Text: a.Ref, Conversation: to.whispers()}
	switch a.Do {
	case actShow:
		b.jobs.start(ctx, "show passage", func(ctx context.Context) error { return b.show(ctx, ws, i, to, a) })
		return nil
	case actSummary:
		q.Kind = bot.KindSummary
	case actAsk:
		q.Kind = bot.KindAny
	case actShare:
		return b.share(ctx, ws, i, to, a.Key)
	case actGood:
		return b.rate(ctx, i, bot.Feedback{Key: a.Key, Asker: asker(ws.team, to.User), Good: true})
	case actBad:
		return b.bad(ctx, ws, i, to, a.Key)
	default:
		return nil
	}
	if a.Ref == "" {
		return nil
	}
	if talk, ok := b.directTalk(to); ok {
		q.Conversation = talk
	}
	return b.take(ctx, ws, to, q)
}

// directTalk returns the conversation of direct messages, where it is known.
func (b *Bot) directTalk(to address) (string, bool) {
	if !to.Direct || to.Channel == to.User {
		return "", false
	}
	talk := adapterName + ":" + to.Team + ":" + to.Channel
	if to.Thread != "" {
		talk += ":" + to.Thread
	}
	return talk, true
}

// show opens a passage or note, verbatim and in its surroundings, for the clicker
// alone. It comes after the acknowledgement and within the trigger's three seconds.
func (b *Bot) show(ctx context.Context, ws *workspace, i interaction, to address, a action) error {
	language := b.language(ctx, ws, to.User, "")
	place := i.place(to)
	ans, err := b.asker.Ask(ctx, bot.Question{Kind: bot.KindCite, Text: a.Ref, Language: language, Asker: asker(ws.team, to.User), Place: place})
	if p := (*bot.Problem)(nil); errors.As(err, &p) {
		ans, err = bot.Answer{Kind: bot.KindCite, Status: bot.Refused, Text: p.Sentence}, nil
	}
	if err != nil {
		b.tell(ctx, to, tellingsIn(language).NotShown)
		return err
	}
	_, shown, _, err := b.store.Errand(ctx, a.Key)
	if err != nil { // only a remark is lost
		b.log.Warn("slack: read the answer below which a passage is shown", "key", a.Key, "error", err)
	}
	view := answerModal(ans, renderOptions{
		Key: a.Key, Private: true, Changed: shown.Material.Differs(ans.Material), Language: language, Reader: b.conf.Reader, Directions: b.directionNames(ctx, place, ans, language), Around: b.around(ctx, place),
	})
	view.PrivateMetadata = place
	if len(i.View) > 0 && string(i.Container.View) != "" && i.view().Type == str(slack.VTModal) {
		var r *slack.ViewResponse
		if r, err = ws.api.PushViewContext(ctx, string(i.Trigger), view); codeOf(err) == "push_limit_reached" {
			r, err = ws.api.UpdateViewContext(ctx, view, "", "", string(i.Container.View))
		}
		_ = r
	} else {
		_, err = ws.api.OpenViewContext(ctx, string(i.Trigger), view)
	}
	if err != nil { // too late, perhaps: the answer comes as a message instead
		b.log.Warn("slack: a modal could not be opened", "error", classify("views.open", err))
		q := bot.Question{ID: strings.Join([]string{adapterName, ws.team, "show", string(i.Trigger)}, ":"), Kind: bot.KindCite, Text: a.Ref, Language: language, Conversation: to.whispers()}
		return b.take(ctx, ws, to, q)
	}
	return nil
}

// opened is the view that a click stands on, as much of it as is looked at.
type opened struct {
	Type     str `json:"type"` // a modal or a home tab
	Callback str `json:"callback_id"`
	Metadata str `json:"private_metadata"`
}

func (i interaction) view() (v opened) {
	_ = json.Unmarshal(i.View, &v) // what cannot be read is no view of ours
	return v
}

// place is where a click counts as done, to being where it brings something: a modal
// that shows a passage is part of the place that it was opened in.
func (i interaction) place(to address) string {
	if v := i.view(); v.Callback == viewPassage && v.Metadata != "" {
		return string(v.Metadata)
	}
	return to.place()
}

// around returns what looks up the neighbours of a passage for a place.
func (b *Bot) around(ctx context.Context, place string) func(id string) (before, after bot.Reference) {
	return func(id string) (before, after bot.Reference) {
		return bot.Neighbours(ctx, bot.At(b.asker, place), id)
	}
}

// share asks the question of a private answer anew where everybody sees it. The
// errand's key is made of the one that is shared, so that nothing is shared twice.
func (b *Bot) share(ctx context.Context, ws *workspace, i interaction, to address, key string) error {
	e, a, ok, err := b.store.Errand(ctx, key)
	if err != nil {
		return fmt.Errorf("share %s: %w", key, err)
	}
	if !ok || a.Status == "" || e.Question.Asker != asker(ws.team, to.User) { // forgotten, or somebody else's
		b.jobs.start(ctx, "say that nothing is shared", func(ctx context.Context) error {
			return b.tell(ctx, to, fmt.Sprintf(tellingsIn(a.Language).NotShared, "--public"))
		})
		return nil
	}
	var asked address
	if json.Unmarshal(e.Address, &asked) == nil && asked.Channel != to.Channel {
		return nil // only where it was asked
	}
	to.Private, to.Respond = false, ""
	q := e.Question
	q.Kind, q.Text, q.Before = a.Kind, cmp.Or(a.Understood, e.Question.Text), nil
	if q.Kind != bot.KindAsk { // "note 7" and the like are recognised anew
		q.Kind, q.Text = e.Question.Kind, e.Question.Text
	}
	q.ID = adapterName + ":" + ws.team + ":share:" + strings.TrimPrefix(key, adapterName+":"+ws.team+":")
	q.Conversation = q.ID
	if to.Thread != "" {
		q.Conversation = adapterName + ":" + ws.team + ":" + to.Channel + ":" + to.Thread
	}
	return b.take(ctx, ws, to, q)
}

// tell says a sentence to somebody alone.
func (b *Bot) tell(ctx context.Context, to address, text string) error {
	if to.Respond != "" {
		err := b.respond(ctx, to.Respond, response{Text: escape(text), ResponseType: "ephemeral", ThreadTS: to.Thread})
		return classify("response_url", err)
	}
	ws, err := b.workspace(ctx, to.Team)
	if err != nil {
		return err
	}
	if to.Direct {
		_, _, err = ws.api.PostMessageContext(ctx, to.Channel, options(page{Text: escape(text)}, to.Thread)...)
		return classify("chat.postMessage", err)
	}
	_, err = ws.api.PostEphemeralContext(ctx, to.Channel, to.User, ephemeral(page{Text: escape(text)}, to.Thread)...)
	return classify("chat.postEphemeral", err)
}

// rate stores feedback. When it returns nil, it is durable.
func (b *Bot) rate(ctx context.Context, i interaction, f bot.Feedback) error {
	if f.Key == "" {
		return nil
	}
	f.At = time.Now()
	_, a, ok, err := b.store.Errand(ctx, f.Key)
	if err != nil {
		return fmt.Errorf("feedback on %s: %w", f.Key, err)
	}
	if ok && f.Passages == nil {
		f.Passages = a.Shown()
	}
	b.log.Info("slack: feedback", "key", f.Key, "good", f.Good, "passages", f.Passages, "words", f.Reason != "")
	if b.rater == nil || !ok {
		return nil
	}
	return b.rater.Rate(ctx, f)
}

// bad stores that somebody is not content, at once, since most people close the modal
// that asks why; and opens it.
func (b *Bot) bad(ctx context.Context, ws *workspace, i interaction, to address, key string) error {
	if err := b.rate(ctx, i, bot.Feedback{Key: key, Asker: asker(ws.team, to.User)}); err != nil {
		return err
	}
	_, a, _, err := b.store.Errand(ctx, key)
	if err != nil {
		return fmt.Errorf("feedback on %s: %w", key, err)
	}
	if !bot.May(b.asker, i.place(to), a) {
		a = bot.Answer{Kind: a.Kind, Status: a.Status, Language: a.Language} // without what it quotes
	}
	b.jobs.start(ctx, "ask for reasons", func(ctx context.Context) error {
		_, err := ws.api.OpenViewContext(ctx, string(i.Trigger), feedbackModal(key, a, cmp.Or(b.language(ctx, ws, to.User, ""), a.Language)))
		return classify("views.open", err)
	})
	return nil
}

// submitted takes in a view that was sent: reasons for feedback.
func (b *Bot) submitted(ctx context.Context, ws *workspace, i interaction) (any, error) {
	var v slack.View
	if err := json.Unmarshal(withoutBlocks(i.View), &v); err != nil {
		return nil, b.unreadable(i.Type, err)
	}
	if v.CallbackID != viewFeedback {
		return nil, nil
	}
	f, err := readFeedback(v)
	if err != nil {
		b.log.Warn("slack: feedback", "error", err)
		return nil, nil
	}
	why := string(f.Reason)
	if f.Words != "" {
		why = strings.TrimPrefix(why+": "+f.Words, ": ")
	}
	return nil, b.rate(ctx, i, bot.Feedback{Key: f.Key, Asker: asker(ws.team, string(i.User.ID)), Reason: why, Passages: f.Passages})
}

// withoutBlocks returns a view without its blocks, which slack-go might not know.
func withoutBlocks(view json.RawMessage) json.RawMessage {
	var v map[string]json.RawMessage
	if json.Unmarshal(view, &v) != nil {
		return view
	}
	delete(v, "blocks")
	out, err := json.Marshal(v)
	if err != nil {
		return view // unreachable unless a RawMessage is not JSON
	}
	return out
}

// cutTo shortens text to so many characters.
func cutTo(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most])
}
