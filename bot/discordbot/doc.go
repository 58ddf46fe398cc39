// Package discordbot brings footnote into Discord: an interaction or a message
// becomes a [bot.Question], a [bot.Answer] becomes messages.
//
// The package has three parts. The files gateway*.go, api*.go and limiter.go speak
// Discord's protocols. The files events.go, commands.go, interactions.go,
// deliver.go and their neighbours take questions in and deliver answers. The files
// render*.go and markdown.go turn answers into components; they are pure functions
// and send nothing.
//
// No privileged intent is needed. What a document, a model or a person wrote is data:
// it is escaped, so that no text can format, link, ping or become an emoji, and every
// message says besides that nobody is mentioned.
//
// This is the only package that imports discordgo. Of it come the types and the REST
// session; the Gateway is kept by the package itself, because discordgo does not tell
// close codes apart, does not wait after an invalid session, and cannot resume over a
// restart. The package knows no search and no corpus.
package discordbot
