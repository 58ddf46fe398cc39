package main

import "context"

// command is a row of the table of commands.
type command struct {
	use, short, long, example string
	run                       func(ctx context.Context, con *console, v values, args []string) error
}

const rootHelp = `footnote answers questions from documents. Every sentence it shows is quoted from
them and marked with the passage it stands in; the notes behind that passage are
shown below. Where the documents do not say, it says so and shows what comes nearest.

Results go to standard output, everything else to standard error. The exit code is
0 for an answer, 3 where there is none, 2 for wrong usage or configuration, and 1
for anything else. Every flag is also a variable of the environment and a key of
the file that --config names; the flag wins, then the variable, then the file.`

const rootExample = `  footnote ask "How many troops does the NATO Response Force comprise?"
  footnote cite ¶5
  footnote summary north
  footnote chat --corpus ~/articles`

// groups are the words that several commands begin with.
var groups = []command{
	{use: "slack", short: "What Slack needs", long: "What Slack needs from whoever runs footnote in it."},
	{use: "discord", short: "What Discord needs", long: "What Discord needs from whoever runs footnote in it."},
	{use: "deploy", short: "What running it elsewhere needs", long: "What running footnote elsewhere needs: files to keep and change."},
	{use: "ledger", short: "What is kept of questions and answers", long: "What footnote serve keeps of questions and answers."},
}

// commands are the commands, in the order of their descriptions in the README.
var commands = []command{
	{
		use:   "ask QUESTION…",
		short: "Answer a question, or a file of questions",
		long: `Answers a question with one to three sentences of the material, each with its
passage and notes. The words of the question need no quotes around them.

Where FOOTNOTE_LLM_MODEL names a model and OPENAI_API_KEY or OPENAI_BASE_URL an
endpoint, the model writes the sentences, and those that their passage does not
support are not shown (--json has them as "rejected"). Nothing is sent for a question
that the material does not answer. Where the model fails, the answer is quoted.

With --json and - for the question, every line of standard input is a question:
plain text, or an object with "_id" and "text". One JSON answer a line is written
for each, in their order. A line that is no question gets an object with the status
"invalid" and an "error" in its place, and makes the exit code 2; otherwise it is 0,
whatever was answered.`,
		example: `  footnote ask How many Arctic countries are NATO members?
  footnote ask --json "When was the NSDS-Hub established?"
  footnote ask --json - < questions.jsonl > answers.jsonl`,
		run: runAsk,
	},
	{
		use:   "chat",
		short: "Converse: questions, follow-ups, look-ups",
		long: `Answers one line after the other and remembers the conversation, so that "and the
South?" is understood. Besides questions it takes ¶5, note 7, summary north,
sources, and check with a sentence. /help lists these, /quit or Ctrl-D ends.

Without a terminal the lines are read from standard input.`,
		example: `  footnote chat
  printf 'What is NATO doing in the North?\nand the South?\n' | footnote chat`,
		run: runChat,
	},
	{
		use:   "summary [DIRECTION]",
		short: "Summarise a direction, each point cited",
		long: `Shows three to six points from the passages that belong to a direction, and how
many of those passages they use. Without a direction it lists the directions. With a
chat endpoint, a model writes the points, and each is checked against its passage.`,
		example: `  footnote summary
  footnote summary north
  footnote summary new domains --json`,
		run: runSummary,
	},
	{
		use:   "cite REF…",
		short: "Show a passage, chart or note verbatim",
		long: `Shows what a reference names, to the letter, and what refers to it. A reference is
¶5 or p5, note 7, n7 or [7], chart 2, any of them after a document's id and a #, or
words to find.`,
		example: `  footnote cite ¶5
  footnote cite note 7
  footnote cite nato-360#p5
  footnote cite Sahel region`,
		run: runCite,
	},
	{
		use:   "sources",
		short: "List the notes as a bibliography",
		long:  `Lists every note of the material with the passages that refer to it.`,
		example: `  footnote sources
  footnote sources --json`,
		run: runSources,
	},
	{
		use:   "check SENTENCE…",
		short: "Say how far the material supports a sentence",
		long: `Compares a sentence with the material and says whether it is quoted, supported,
partly supported or unsupported, why, and by which passages.`,
		example: `  footnote check "NATO established JFC-NF in 2019."
  footnote check --json The NRF has 50,000 troops.`,
		run: runCheck,
	},
	{
		use:   "search WORDS…",
		short: "Rank passages, with the reasons",
		long: `Lists the passages, charts and notes that share words with a query, best first,
with what their score is made of.

With --queries and --run it searches for every query of a file and writes a TREC
run file (query Q0 id rank score footnote). Over a BEIR collection (a folder with
corpus.jsonl) the ids are those of its records, each once a query; over other
material they are those of the passages.`,
		example: `  footnote search -k 3 missile defence
  footnote search --json Sahel
  footnote search --corpus scifact --queries scifact/queries.jsonl --run scifact.run`,
		run: runSearch,
	},
	{
		use:   "index",
		short: "Prepare the material, and say what it holds",
		long: `Reads the material, builds the keyword index and prints what they hold. Faults of
the material that leave it readable are listed on standard error.

With --index it stores both in one file, which the other commands load where the same
setting names it: they start in milliseconds then, whatever the material's size. Where
the material has changed since, they say so, read what has changed, and leave the file
as it is; footnote index brings it up to date, and makes it anew where it is damaged or
another version's. It may be interrupted: the file changes only once a new one is
whole. While it is in use it must not be written to otherwise.

With --search opensearch it loads the index into a cluster, where the other commands
search it; where a model for embeddings is named, with the vectors of the passages. It
takes the place of an earlier one in one step; a load that was interrupted goes on when
it is run again.`,
		example: `  footnote index
  footnote index --corpus ~/articles
  footnote index --corpus ~/articles --index ~/articles.index
  footnote ask --corpus ~/articles --index ~/articles.index "When is the lamp lit?"
  footnote index --search opensearch --opensearch-url https://node1:9200,https://node2:9200`,
		run: runIndex,
	},
	{
		use:   "eval FOLDER",
		short: "Score question sets",
		long: `Runs the question sets in a folder and prints one table of figures, each column a
set: article-questions.jsonl over the material, and BEIR folders (corpus.jsonl,
queries.jsonl, qrels.tsv) for ranking; squad2-dev also for answers and abstentions.
Sets that are missing are named on standard error, with the article's questions
that went wrong and how long each set took. The set attribution, scored only where
--sets names it, measures the checker of claims: on sentences of the material and of
squad2-dev made false, on the answers of mtragun-dev and the claims of scifact-dev.

With --mode llm the article's questions go to the model, one after the other with a
line on standard error for each, and the table has more rows: who answered and why it
was not the model, its sentences shown and rejected, how many of them their passages
support by the checker and by the questions' labels, tokens, and times. The sentences
shown are printed on standard error, with what both say of them. It takes up to
--llm-timeout for each of the questions that have an answer; --llm-budget 450 gives a
small model that runs on a processor the best passages alone, which it reads in seconds.

With --golden the table is compared with a file, and a difference is an error. With
--curve the table is what every threshold of confidence would answer of squad2-dev.
With --fit the weights by which sentences are chosen and trusted are computed from
it, for bot/model.json.

With --from-feedback the questions of the last days whose answer somebody rated good are
printed as such a set, those that were rightly left unanswered among them, without the
people's names.`,
		example: `  footnote eval eval
  footnote eval eval --sets article,scifact-dev
  footnote eval eval --sets attribution
  footnote eval eval --sets article --mode llm --llm-budget 450
  footnote eval eval --golden figures.golden --update
  footnote eval eval --curve
  footnote eval --from-feedback --days 30 > rated.jsonl`,
		run: runEval,
	},
	{
		use:   "bench [[PASSAGES] QUERIES]",
		short: "Measure speed",
		long: `Prints the time from the start of the program to its first answer, the questions
answered in a second, and how long one search takes. The questions are made from
the material itself.

With two files it measures the index alone: PASSAGES and QUERIES have one passage or
query a line, its terms with spaces between, as an analyzer left them. An index of the
passages is built by one thread and stored, and a new process maps it and searches for
the ten best passages of each query, by BM25. With --sizes that is done for the first
passages, so many at a time, and the growth is drawn below the table. With --program the
passages are records of a collection, and it is footnote index, a search with all that
belongs to it, and footnote ask that are measured. With --json each measurement is a
line: build_s in seconds, p50, p99 and mean in microseconds (of the median of five
rounds), memory in MiB.

With QUERIES alone the searches for its lines over the material are measured, as such a
line.`,
		example: `  footnote bench
  footnote bench --corpus ~/articles --questions 10000
  footnote bench --sizes 2000,20000 passages.tok queries.tok
  footnote bench --program --sizes 2000,20000 passages.tok queries.tok`,
		run: runBench,
	},
	{
		use:   "serve",
		short: "Answer in Slack, Discord and a browser",
		long: `Answers in every platform whose tokens are set, and in a browser, until it is interrupted or told to
end (SIGTERM): then it takes nothing in any more, finishes the answers it has begun,
hands over the others, and ends. A second signal ends it at once; nothing is lost
then either. Questions are kept in the ledger before a platform hears that they have
arrived, so that each is answered once whatever dies in between. Several processes
may run on one ledger in PostgreSQL.

Slack is on where SLACK_BOT_TOKEN is set with SLACK_APP_TOKEN (Socket Mode) or
SLACK_SIGNING_SECRET (events by HTTP, at /slack/events, /slack/commands and
/slack/interactivity). With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, workspaces
install the app at /slack/install.

Discord is on where DISCORD_BOT_TOKEN is set: by the Gateway, and with
DISCORD_PUBLIC_KEY also by HTTP, at /discord/interactions. The commands are
registered at the start.

Where no platform is set, a browser on this machine reads and asks at
http://127.0.0.1:8080. Others are let in by FOOTNOTE_WEB_SECRET or an OpenID Connect
provider (FOOTNOTE_OIDC_ISSUER), and with FOOTNOTE_PUBLIC_URL every citation in a chat
links to its sentence.

/readyz says whether all is well, line by line; --monitor opens it, with /healthz and
Prometheus' /metrics, where no platform calls. footnote deploy grafana prints a
dashboard of these. --pprof opens profiles, and OTEL_EXPORTER_OTLP_ENDPOINT names a
collector that is sent a trace of every question.

At SIGHUP the material is read anew, and those settings whose row in the README says
so; a change of another is named in the log, and holds from the next start.

Where a platform refuses for good, the program ends with the reason, so that
whatever watches over it sees it. The log holds no words of anybody, no token and no
key, at any level.`,
		example: `  SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… footnote serve
  DISCORD_BOT_TOKEN=… footnote serve
  footnote serve --config footnote.yaml --listen :8080`,
		run: runServe,
	},
	{
		use:   "gaps",
		short: "Say what the material lacks",
		long: `Lists the questions of the last days that were not answered, or whose answer somebody
rated bad, grouped by the words that the material does not have: what could be added to
it. Nobody is named, but the questions are shown as people wrote them. They are there as
long as FOOTNOTE_RETENTION keeps them; those that were forgotten or withdrawn are not.`,
		example: `  footnote gaps
  footnote gaps --days 30`,
		run: runGaps,
	},
	{
		use:   "doctor",
		short: "Say what is wrong with the set-up",
		long: `Checks the configuration, the material, the ledger and each platform whose tokens
are set, with a line for what it finds: ✓ is well, ! should be known, ✗ must be
fixed. Below it stands what to do. It posts nothing and makes no ledger. The exit
code is 0 only where nothing must be fixed.`,
		example: `  footnote doctor
  footnote doctor --config footnote.yaml`,
		run: runDoctor,
	},
	{
		use:   "slack manifest",
		short: "Print the app manifest for Slack",
		long: `Prints what Slack needs to create the app, as JSON: at https://api.slack.com/apps
choose “Create New App”, “From a manifest”, and paste it.`,
		example: `  footnote slack manifest
  footnote slack manifest --http https://footnote.example.org`,
		run: runSlackManifest,
	},
	{
		use:   "discord register",
		short: "Register the commands in Discord",
		long: `Sees to it that Discord has the commands as this program has them, and prints what
it changed. Where they are so already it changes nothing. footnote serve does the
same when it starts. With DISCORD_GUILD_ID they are registered in that server alone.`,
		example: `  footnote discord register
  footnote discord register --discord-guild-id 123456789012345678`,
		run: runDiscordRegister,
	},
	{
		use:   "deploy grafana",
		short: "Print a dashboard for Grafana",
		long: `Prints a dashboard of the figures that footnote serve shows at /metrics, as JSON: in
Grafana choose “Dashboards”, “New”, “Import”, and paste it.`,
		example: `  footnote deploy grafana > footnote.json`,
		run:     prints("deploy grafana", dashboard),
	},
	{
		use:   "deploy compose",
		short: "Print a file for Docker Compose",
		long: `Prints a compose file: two replicas in Slack with a PostgreSQL and an OpenSearch, their
secrets in files.`,
		example: `  footnote deploy compose > compose.yaml`,
		run:     prints("deploy compose", compose),
	},
	{
		use:   "deploy kubernetes",
		short: "Print manifests for Kubernetes",
		long: `Prints manifests: two replicas in Slack on one PostgreSQL and one OpenSearch, which a
job loads, with probes, limits and a budget.`,
		example: `  footnote deploy kubernetes > footnote.yaml`,
		run:     prints("deploy kubernetes", kubernetes),
	},
	{
		use:   "man [COMMAND…]",
		short: "Print a page of the manual",
		long: `Prints a page of the manual, in the form that man shows: of the whole program, or of
one command.`,
		example: `  footnote man > footnote.1
  footnote man slack manifest | man -l -`,
		run: runMan,
	},
	{
		use:   "ledger forget",
		short: "Remove a person's words",
		long: `Removes from the ledger what a person asked and said about answers, and says how
much that was. The person is named as the ledger does, slack:TEAM:USER or discord:USER,
or by the user's ID alone, which is then looked for everywhere. Messages in Slack and
Discord themselves stay.`,
		example: `  footnote ledger forget --user slack:T012AB3CD:U045EF6GH
  footnote ledger forget --user discord:123456789012345678
  footnote ledger forget --user U045EF6GH`,
		run: runForget,
	},
}
