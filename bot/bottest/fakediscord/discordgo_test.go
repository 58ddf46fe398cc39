package fakediscord

import (
	"errors"
	"slices"
	"testing"

	"github.com/bwmarrin/discordgo"
)

const askingIntents = intentGuilds | intentGuildMessages | intentDirectMessages

// TestDiscordgo has a client that is not ours connect, hear of a message, reply, register a command, take an interaction and edit
// its answer in.
func TestDiscordgo(t *testing.T) {
	s := start(t, Config{})
	d := client(t, s)
	d.Identify.Intents = askingIntents
	heard := make(chan *discordgo.MessageCreate, 10)
	d.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) {
		if m.Author.ID != s.UserID() {
			heard <- m
		}
	})
	failed := make(chan error, 10)
	d.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) {
		failed <- answerWith(d, i.Interaction)
	})
	open(t, s, d)
	if d.State.User.ID != s.UserID() || len(d.State.Guilds) != 1 {
		t.Errorf("READY: user %s of %d guilds, want %s of 1", d.State.User.ID, len(d.State.Guilds), s.UserID())
	}

	asked := s.User("ada").Mentions("general", "who?")
	m := <-heard
	if m.ID != asked.ID || m.Content != s.Mention()+" who?" || len(m.Mentions) != 1 {
		t.Errorf("heard %q mentioning %d, want %q mentioning the bot", m.Content, len(m.Mentions), asked.Content)
	}
	sent, err := d.ChannelMessageSendReply(m.ChannelID, "you", m.Reference())
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Answers(asked.ID); len(got) != 1 || got[0].ID != sent.ID || got[0].Shown() != "you" || !slices.Equal(got[0].Pings(), []string{"@" + m.Author.ID}) {
		t.Errorf("Answers = %+v, want one that replies and notifies", got)
	}

	cmd := &discordgo.ApplicationCommand{Name: "ask", Description: "Asks.", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionString, Name: "question", Description: "What.", Required: true},
	}}
	if _, err := d.ApplicationCommandBulkOverwrite(s.ApplicationID(), "", []*discordgo.ApplicationCommand{cmd}); err != nil {
		t.Fatal(err)
	}
	in := s.User("ada").In("general").Slash("ask", Options{"question": "why?"})
	got, err := in.Message(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Errorf("answering: %v", err)
	}
	if got.Shown() != "why? because" || got.Ephemeral() || got.Type != MessageSlash || s.AnswerCounts()[in.ID] != 1 {
		t.Errorf("answer = %+v", got)
	}
	if r, _ := in.Wait(soon(t)); !r.Acked || r.Type != callbackDeferred {
		t.Errorf("first response = %+v, want a deferred one in time", r)
	}
	if _, err := d.ChannelMessageSend("1", "x"); codeOf(err) != 10003 {
		t.Errorf("sending to nowhere: %v, want code 10003", err)
	}
}

func answerWith(d *discordgo.Session, i *discordgo.Interaction) error {
	err := d.InteractionRespond(i, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredChannelMessageWithSource})
	if err != nil {
		return err
	}
	text := i.ApplicationCommandData().Options[0].StringValue() + " because"
	_, err = d.InteractionResponseEdit(i, &discordgo.WebhookEdit{Content: &text})
	return err
}

func codeOf(err error) int {
	var e *discordgo.RESTError
	if errors.As(err, &e) && e.Message != nil {
		return e.Message.Code
	}
	return 0
}
