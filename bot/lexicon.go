package bot

import (
	"strings"

	"footnote/retrieval/analysis"
)

// The words below are English and general: they tell the form of a question or of
// an answer, never a subject.

// light words shape a question more than they name what it is about: a sentence may
// well answer without having them. They are words that questions of squad2-dev have
// and the passages that answer them lack more often than not.
var light = stems(`
name type kind sort form take make made get begin start happen find found locate place hold call know known use become
consider think believe notable certain exist able total compare contribute besides along need mention say tell say
describe explain discuss define accord article text material document passage author list give main many much term word thing example include
people person country year date time number amount percentage percent part group factor impact effect reason purpose
way method cause lead result come go work help want try show see look cover concern relate regard refer belong involve
also another additional different particular specific specifically typical typically usually often currently actually
exactly short long new old first last mean stand question answer follow relevant important like various major quick
quickly`)

// idle words are what people say beside a question; that the material lacks them is
// no news.
var idle = stems(`thank thanks thx cheers please ok okay hm hmm um uh oh ah wow lol hello hi hey bye sorry yes yeah no sure
well cool nice great got get gets let lets put ask asks asked asking check checks wonder wondering curious guess maybe
really actually anyway else something anything someone anyone everything stuff bit lot just`)

// Words that make up a courtesy, and those that may stand with them.
var (
	courteous = wordSet(`thanks thank thx cheers ok okay hm hmm got cool nice great lol hello hi hey bye sorry wow perfect`)
	polite    = wordSet(`you it very much a lot so there that is this i see all for the help good morning evening night again and oh ah well`)
)

// Nouns after "what" or "which" that tell the type of the answer.
var (
	timeNouns   = stems(`year date month day century decade period era season week hour`)
	countNouns  = stems(`percentage percent number amount population cost price temperature distance age rate size proportion fraction ratio total speed length height width depth weight value`)
	placeNouns  = stems(`city country place location state region river continent county town area village street island ocean sea capital borough district province nation mountain`)
	personNouns = stems(`person king queen president author scientist leader man woman emperor writer artist musician director actor singer general minister pope bishop inventor founder`)
)

// questionWords begin a question that neither yes nor no answers.
var questionWords = wordSet(`who whom whose when where why how what which`)

// measures ask for a number after "how".
var measures = stems(`long far old often large big small tall high fast slow deep wide heavy hot cold strong frequently quickly soon late early`)

// be are the forms of the verb that a question about a meaning has.
var be = wordSet(`is are was were`)

// What in a sentence shows the type of an answer.
var (
	amounts = stems(`hundred thousand million billion trillion dozen half third quarter second first fourth fifth sixth seventh eighth ninth tenth twice once double several percent`)
	units   = stems(`percent dollar euro pound yen metre kilometre mile foot inch acre hectare ton kilogram degree celsius fahrenheit year month day hour minute second week`)
	months  = stems(`january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday century decade spring summer autumn winter`)
	reasons = wordSet(`because due since therefore thus reason cause caused causes causing led leads leading lead result resulted resulting results order owing allow allows enable so why factor as for`)
	places  = wordSet(`in at near from to on of across through throughout between within along into outside around`)
)

// wordSet returns the words of a list.
func wordSet(list string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}

// stems returns the terms of the words of a list.
func stems(list string) map[string]bool {
	a := analysis.New()
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(list) {
		m[a.Term(w)] = true
	}
	return m
}
