// Package llm is the model writer's wire: one client for servers that speak OpenAI's
// chat completions, streamed. Nothing else of footnote knows go-openai or a tokenizer.
//
// A [Client] writes what a prompt asks for and says what it took. It does not judge
// what the model wrote. It tries again only as long as no text has come, waits as the
// server asks, asks no server that keeps failing, and ends a text that grows beyond
// what was asked for. Its errors are a [Fault], which says what went wrong without
// the key, the prompt, the text, or anything else that the server wrote.
package llm
