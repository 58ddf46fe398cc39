package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"footnote/bot"
	"footnote/bot/ledger"
	"footnote/bot/llm"
)

// errNoEndpoint ends a run that asks for a model by name where the settings know
// none.
var errNoEndpoint = errors.New("mode llm: no chat endpoint is configured: set OPENAI_API_KEY or OPENAI_BASE_URL, and FOOTNOTE_LLM_MODEL, or use --mode keyword or auto")

// hasModel reports whether the settings name a model. A key alone does not: it may
// stand in the environment for other programs.
func hasModel(v values) bool {
	return v["mode"] != "keyword" && v["llm-model"] != "" && (v["openai-api-key"] != "" || v["openai-base-url"] != "")
}

// model returns the model that writes the answers, nil where the settings name none.
// Its tokens of a day are counted in tally, in memory where that is nil.
func model(log *slog.Logger, v values, tally llm.Tally) (*llm.Client, error) {
	if !hasModel(v) {
		if v["mode"] == "llm" {
			return nil, &usageError{errNoEndpoint}
		}
		return nil, nil
	}
	seconds := func(name string) time.Duration { return time.Duration(v.number(name, 0)) * time.Second }
	retries := v.number("llm-retries", 0)
	if retries == 0 {
		retries = -1 // 0 is llm's default
	}
	c, err := llm.New(log, llm.Config{
		BaseURL: v["openai-base-url"], Key: v["openai-api-key"], Model: v["llm-model"], APIType: v["llm-api"],
		Connect: seconds("llm-connect"), First: seconds("llm-first-token"), Whole: seconds("llm-timeout"),
		Retries: retries, Concurrent: v.number("llm-concurrent", 0), TokensADay: v.number("llm-daily-tokens", 0), Tally: tally,
	})
	if err != nil {
		return nil, &usageError{err}
	}
	return c, nil
}

var _ llm.Tally = (*ledger.Ledger)(nil)

// written returns b with the model of the settings, or b alone.
func written(log *slog.Logger, v values, b *bot.Bot) (*bot.Bot, error) {
	return writtenFor(log, v, b, nil)
}

// writtenFor is written for one of several processes that count in tally what the model
// takes.
func writtenFor(log *slog.Logger, v values, b *bot.Bot, tally llm.Tally) (*bot.Bot, error) {
	c, err := model(log, v, tally)
	if c == nil || err != nil {
		return b, err
	}
	return b.WithWriter(c, bot.Writing{
		Budget: v.number("llm-budget", 0), Deadline: time.Duration(v.number("llm-timeout", 0)) * time.Second,
	}), nil
}

// checkModel says who writes the answers, and whether the endpoint answers.
func (con *console) checkModel(ctx context.Context, v values) []finding {
	c, err := model(slog.New(slog.DiscardHandler), v, nil)
	switch {
	case err != nil:
		return []finding{{wrong, "Model: " + err.Error() + ".", ""}}
	case c != nil:
		if v["mode"] == "auto" {
			return marked(c.Check(ctx), known) // answers are composed from quotes meanwhile
		}
		return marked(c.Check(ctx), wrong)
	case v["mode"] == "auto" && v["openai-base-url"] != "":
		return []finding{{known, "Model: OPENAI_BASE_URL is set and FOOTNOTE_LLM_MODEL is not; answers are composed from quotes.", "Name the model, as its server does, to have it write them."}}
	}
	return nil
}
