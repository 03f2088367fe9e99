// Package llm speaks to servers of language models: Ollama through its own
// protocol, OpenAI and whatever speaks like it, and Azure OpenAI. All stand
// behind the ports of package retable.
//
//	reg, err := llm.Open(cfg, deps)
//	chat, err := reg.Chat()      // Unavailable, with the cure, when there is none
//	embedder, err := reg.Embedder()
//
// Having no model is a valid state and the default.
//
// Around each call stand, from the outside in: the administrator's refusal of
// remote providers, a limit of calls at a time with a bounded queue, at most
// three attempts where trying again may help, a circuit breaker, deadlines
// (first token, silence between tokens, the whole call) and a transport that
// sends the correlation id. What a caller gets is always a *retable.Error that
// names the fault and the cure, or the error of its own token function.
//
// Keys are held as a Secret, which prints as stars, and are taken out of
// whatever a server says before it becomes an error.
package llm
