package bot

import (
	"context"
	"errors"
)

// Why a [Writer] has not written, or not all. Its errors match these by [errors.Is];
// others say only that it could not be asked.
var (
	ErrLate       = errors.New("the writer was not done in time")
	ErrBusy       = errors.New("the writer has too much to do")
	ErrSpent      = errors.New("the writer's tokens for today are used up")
	ErrDeclined   = errors.New("the writer declined")
	ErrTooLong    = errors.New("the prompt is longer than the writer reads")
	ErrUnfinished = errors.New("the writer was not done when the text had its full length") // what came of it is whole
	ErrCut        = errors.New("the writer broke off in the middle")
	ErrUnreached  = errors.New("the writer cannot be reached")
)

// Why a reply that came has no answer.
var (
	errUnanswerable = errors.New("the model finds no answer in the passages")
	errNoneStands   = errors.New("no sentence is supported")
	errBeside       = errors.New("what is supported is beside the question")
	errTooFew       = errors.New("too few sentences are supported") // for a summary
)

// whyKeyword says in a sentence why the model did not answer.
func whyKeyword(err error, language string) string {
	said := couldNot
	for _, s := range silences {
		if errors.Is(err, s.because) {
			said = s.said
			break
		}
	}
	if s, ok := said[language]; ok {
		return s
	}
	return said[languages[0]]
}

// couldNot is what is said where nothing better is known.
var couldNot = map[string]string{
	"en": "The model could not be asked; these are quotes.",
	"ja": "モデルに問い合わせできませんでした。以下は引用です。",
}

// silences are why a model did not answer, in each language.
var silences = []struct {
	because error
	said    map[string]string
}{
	{errUnanswerable, map[string]string{
		"en": "The model found no answer in the passages; these are quotes.",
		"ja": "モデルは段落の中に答えを見つけられませんでした。以下は引用です。",
	}},
	{errNoneStands, map[string]string{
		"en": "The passages support no sentence that the model wrote; these are quotes.",
		"ja": "モデルの書いた文は段落で裏付けられませんでした。以下は引用です。",
	}},
	{errBeside, map[string]string{
		"en": "What the model wrote stands in the passages but does not answer the question; these are quotes.",
		"ja": "モデルの書いた文は段落にありますが、質問への答えになっていませんでした。以下は引用です。",
	}},
	{errTooFew, map[string]string{
		"en": "The passages support too few of the sentences that the model wrote; these are quotes.",
		"ja": "モデルの書いた文のうち、段落で裏付けられたものが足りませんでした。以下は引用です。",
	}},
	{ErrUnfinished, map[string]string{
		"en": "The model wrote too much and finished no sentence; these are quotes.",
		"ja": "モデルの回答が長すぎ、完成した文がありませんでした。以下は引用です。",
	}},
	{ErrCut, map[string]string{
		"en": "The model broke off in the middle of its answer; these are quotes.",
		"ja": "モデルの回答が途中で切れました。以下は引用です。",
	}},
	{ErrDeclined, map[string]string{
		"en": "The model declined to answer; these are quotes.",
		"ja": "モデルは回答を断りました。以下は引用です。",
	}},
	{ErrTooLong, map[string]string{
		"en": "The passages are too long for the model; these are quotes.",
		"ja": "段落がモデルには長すぎました。以下は引用です。",
	}},
	{ErrSpent, map[string]string{
		"en": "The model has used up what it may write today; these are quotes.",
		"ja": "モデルが今日使える分を使い切りました。以下は引用です。",
	}},
	{ErrBusy, map[string]string{
		"en": "The model has too much to do right now; these are quotes.",
		"ja": "モデルは今、混み合っています。以下は引用です。",
	}},
	{ErrUnreached, map[string]string{
		"en": "The model cannot be reached right now; these are quotes.",
		"ja": "今、モデルに接続できません。以下は引用です。",
	}},
	{ErrLate, map[string]string{
		"en": "The model did not answer in time; these are quotes.",
		"ja": "モデルの回答が間に合いませんでした。以下は引用です。",
	}},
	{context.DeadlineExceeded, map[string]string{
		"en": "The model did not answer in time; these are quotes.",
		"ja": "モデルの回答が間に合いませんでした。以下は引用です。",
	}},
}
