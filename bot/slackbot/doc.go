// Package slackbot brings footnote into Slack: an event becomes a [bot.Question],
// a [bot.Answer] becomes messages.
//
// The package has two halves. One takes events, commands and clicks in and delivers
// answers; it talks to Slack. The other, in the files render*.go, pages*.go,
// mrkdwn.go, views.go, home.go and manifest.go, turns answers into blocks; it is
// pure functions and sends nothing.
//
// What a document, a model or a person wrote is data. It is put into rich_text and
// plain_text, which Slack shows as they are, so no text can format, link, ping or
// become an emoji; only the fallback text of a message is mrkdwn, and is escaped.
//
// This is the only package that imports slack-go. It knows no search and no corpus.
package slackbot
