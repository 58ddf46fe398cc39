// Footnote answers questions from documents and shows, for every sentence, the
// passage it rests on and the notes behind it. Where the documents do not say, it
// says so. This is the tour of its code, bottom up; every stop is a package whose
// own comment says what it is for and what it refuses to know.
//
// # The material: corpus
//
// [footnote/corpus] reads documents and cuts them into what can be cited: passages
// (a paragraph each, ¶5), charts and notes. A reader for each format (text.go, markdown.go, html.go,
// pdf.go with pdftext.go, word.go, epub.go, urls.go, beir.go) finds headings, paragraphs and note marks;
// compose.go numbers them, sentence.go splits sentences, note.go reads authors and
// titles, ref.go reads what people type for a passage. Each piece remembers which
// bytes of the source it came from: [corpus.Passage.Quote] gives them back, and
// nothing else in the program ever quotes. What a document does not say about itself
// stands in a yaml file and a glossary beside it (meta.go), and access.go says where it
// may be quoted. The embedded article is one such document, and no code knows it.
// Stored, a corpus is read a document at a time (stored.go, pack.go).
//
// # Finding: retrieval
//
// [footnote/retrieval] says what a search is: a query in, ranked passages with the
// reasons for their places out. [footnote/retrieval/analysis] decides when two words
// are the same word, for everybody: segmentation, stemming, spelling, Japanese.
// [footnote/retrieval/postings] finds the passages whose terms weigh most, in a million.
// [footnote/retrieval/keyword] is the index on top: BM25 over the fields of a passage, refined by
// where in it the words stand, with acronyms; [footnote/retrieval/vector] finds by meaning too,
// [footnote/retrieval/opensearch] in a cluster. [footnote/retrieval/retrievaltest] has the promises of each.
//
// # Answering: bot
//
// [footnote/bot] is the core: [bot.Bot.Ask] takes a [bot.Question] and gives a
// [bot.Answer]. A question is recognised (recognise.go: is it a reference, a
// direction, a claim, a question in words?), a follow-up is completed from the turns
// before it (follow.go), and one of five files answers:
//
//   - write.go answers with one to three quoted sentences, which compose.go chooses.
//     The sentences of the best passages are weighed by the features of evidence.go
//     and typed.go with the weights of model.json, which fit.go computes from
//     questions whose answers are known. The same weights give the confidence; below
//     the threshold the bot abstains and shows what comes nearest.
//   - lookup.go shows a passage or note to the letter, and what refers to it.
//   - notes.go answers questions about notes, and lists them all.
//   - summary.go covers a direction's passages in a few points.
//   - check.go says how far the material supports a sentence. The verdict itself is
//     made in [footnote/bot/cite], from words alone.
//
// With a model, written.go (of directions, written_summary.go) has it write: a prompt of
// [footnote/prompts] goes out by [footnote/bot/llm], written_read.go reads the reply as it comes,
// written_check.go lets nothing unsupported through, written_translate.go adds translations.
//
// What the bot says around its quotes stands in words.go, in each language it speaks. An
// answer is structure, never layout: the same goes to a terminal, a file or a chat.
//
// Around it stands [bot.Service], for platforms: questions are taken in, answered by
// a few workers, in turn and in order (queue.go), and delivered once by a
// [bot.Adapter], whatever dies in between. What must outlive that is a [bot.Ledger]; a
// [bot.Observer] is told: [footnote/bot/metrics] for Prometheus, [footnote/bot/traces] for OpenTelemetry.
//
// # Remembering: bot/ledger
//
// [footnote/bot/ledger] is the ledger, in a SQLite file or in PostgreSQL, with the
// same promises. errands.go is how a question is accepted, claimed by one of several
// processes, and closed; history.go gives the turns of a conversation; forget.go
// removes a person's words; seal.go encrypts what workspaces entrust to us.
//
// # Slack: bot/slackbot
//
// [footnote/bot/slackbot] makes questions of events and messages of answers. Events
// come in by socket.go or http.go and are told apart in events.go, commands.go and
// shortcut.go; deliver.go posts an answer once, or changes or removes it. The files
// that begin with render make blocks; pages.go keeps them within Slack's limits.
//
// # Discord: bot/discordbot
//
// [footnote/bot/discordbot] does the same in Discord. gateway.go keeps the connection
// that events come by, api.go makes the calls; events.go takes messages in,
// interactions.go commands and clicks, register.go tells Discord of the commands. What
// an answer is shown as is decided in [footnote/bot/layout]. [footnote/bot/web] is the reader page.
//
// # What the tests stand on: bot/bottest
//
// Only tests import them. [footnote/bot/bottest] has an answerer and a ledger that behave, and TestAdapter,
// the promises every adapter keeps. [footnote/bot/bottest/fakeslack] is a Slack with
// people, threads, limits and faults, over real HTTP and WebSocket, [footnote/bot/bottest/fakediscord]
// such a Discord; both keep time by [footnote/bot/bottest/clock]. [footnote/bot/bottest/fakellm] is a
// model that obeys attackers, [footnote/bot/bottest/answers] has answers that must read the same,
// [footnote/bot/bottest/worlds] material with a document that not everybody may see.
//
// # The command line: cmd/footnote
//
// [run] is the whole program as a function, for main and for the tests: arguments and
// streams in, an exit code out. The commands are a table (commands.go), and so are the
// settings (settings.go): flags, environment, configuration file (config.go) and README
// come from it. material.go opens what they name, with model.go, meaning.go and cluster.go.
//
// A single answer (lookup.go, ask.go) is shown by show.go on a page.go, which wraps
// lines, measures Japanese, colours, and lets no control character through; json.go
// writes it for machines. ask.go also answers files of questions, chat.go holds a
// conversation. search.go shows rankings, or writes them as a run file.
//
// serve.go runs the platforms, each a row of a table (slack.go, discord.go, web.go), with one ledger
// (remember.go), one log (log.go) and one HTTP server (listen.go), reads material that
// has changed anew (watch.go, reload.go), and stops all in order. monitor.go is for operators,
// doctor.go says what is wrong before that, gaps.go what the material lacks, deploy.go prints files.
//
// # How good, how fast: cmd/footnote/eval and bench
//
// [footnote/cmd/footnote/eval] scores question sets: rankings, answers, abstentions,
// and the curve that the threshold was chosen by. Its tables are golden files in testdata,
// where a change in quality is seen and reviewed. bench.go measures speed.
//
// # What keeps it so
//
// imports_test.go holds the rules of who may import whom and where each library
// enters; a package without a rule fails. readme_test.go compares the README with
// the program. transcripts_test.go runs every command as somebody would type it and
// compares. chaos_test.go kills footnote serve while it answers, twin_test.go runs it against
// a Discord that others wrote.
package main
