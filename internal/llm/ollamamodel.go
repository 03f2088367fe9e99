package llm

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	"github.com/ollama/ollama/types/model"

	"retable/internal/retable"
)

// tagsFresh is how long the list of models is believed. Within it a model that
// was replaced isn't noticed.
const tagsFresh = 10 * time.Second

// ollamaModel is what the server tells about a model's weights.
type ollamaModel struct {
	digest      string
	chat, embed bool
	context     int    // tokens it was trained for, 0 if not known
	floor       int    // num_ctx that its Modelfile sets
	relayedTo   string // host that really runs it, "" for this server
}

// list asks for the models, unless the answer is younger than fresh.
func (p *OllamaProvider) list(ctx context.Context, fresh time.Duration) ([]api.ListModelResponse, error) {
	p.mu.Lock()
	tags, young := p.tags, time.Since(p.asked) < fresh
	p.mu.Unlock()
	if young && p.refused == nil {
		return tags, nil
	}
	err := p.do(ctx, &Call{Kind: KindLookup}, p.limits.Lookup, "did not list its models", func(a *attempt) error {
		reply, err := p.client.List(a.ctx)
		if err != nil {
			return p.fault(err, "")
		}
		tags = reply.Models
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tags, p.asked = tags, time.Now()
	return tags, nil
}

// forget makes the next question for the list a real one.
func (p *OllamaProvider) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = time.Time{}
}

// find looks a model up by the name that people use, "x" for "x:latest". What
// isn't in a list that may be old is looked for in a new one.
func (p *OllamaProvider) find(ctx context.Context, name string, fresh time.Duration) (*ollamaModel, error) {
	for _, age := range []time.Duration{fresh, 0} {
		tags, err := p.list(ctx, age)
		if err != nil {
			return nil, err
		}
		for _, tag := range tags {
			if sameModel(tag.Name, name) || sameModel(tag.Model, name) {
				return p.show(ctx, tag)
			}
		}
	}
	return nil, asError(p.statusFault(404, "not in the list", name))
}

func sameModel(tag, name string) bool {
	if !strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		name += ":latest"
	}
	return strings.EqualFold(tag, name)
}

// show asks for a model's details; they never change for one digest.
func (p *OllamaProvider) show(ctx context.Context, tag api.ListModelResponse) (*ollamaModel, error) {
	key := tag.Digest + " " + tag.Name
	p.mu.Lock()
	m, known := p.shown[key]
	p.mu.Unlock()
	if known {
		return m, nil
	}
	var reply *api.ShowResponse
	err := p.do(ctx, &Call{Kind: KindLookup, Model: tag.Name}, p.limits.Lookup, "did not describe the model", func(a *attempt) (err error) {
		reply, err = p.client.Show(a.ctx, &api.ShowRequest{Model: tag.Name})
		return p.fault(err, tag.Name)
	})
	if err != nil {
		return nil, err
	}
	m = &ollamaModel{
		digest:    tag.Digest,
		chat:      slices.Contains(reply.Capabilities, model.CapabilityCompletion),
		embed:     slices.Contains(reply.Capabilities, model.CapabilityEmbedding),
		context:   modelContext(reply.ModelInfo),
		floor:     parameter(reply.Parameters, "num_ctx"),
		relayedTo: reply.RemoteHost,
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shown[key] = m
	return m, nil
}

// modelContext reads "<architecture>.context_length".
func modelContext(info map[string]any) int {
	architecture, _ := info["general.architecture"].(string)
	n, _ := info[architecture+".context_length"].(float64)
	return int(n)
}

// parameter reads a number from the lines of a Modelfile's parameters.
func parameter(lines, name string) int {
	for line := range strings.Lines(lines) {
		if f := strings.Fields(line); len(f) == 2 && f[0] == name {
			n, _ := strconv.Atoi(f[1])
			return n
		}
	}
	return 0
}

// isCloud tells by a model's name that the server relays it to Ollama's cloud.
func isCloud(name string) bool {
	_, tag, _ := strings.Cut(name[strings.LastIndexByte(name, '/')+1:], ":")
	return tag == "cloud" || strings.HasSuffix(tag, "-cloud")
}

// mayLeave refuses to send text to a model that runs elsewhere without its
// name saying so, since people were told that nothing leaves the machine.
func (p *OllamaProvider) mayLeave(name string, m *ollamaModel) error {
	switch {
	case m.relayedTo == "" && !isCloud(name):
		return nil
	case p.forbidRemote:
		return remoteForbidden("model " + name + " of Ollama")
	case p.local && !isCloud(name):
		return &retable.Error{Code: retable.Forbidden, Reason: ReasonRemote,
			Detail: "Model " + name + " of Ollama runs at " + m.relayedTo + ", not on this machine, and its name doesn't say so. Use its name that ends in cloud, or a local model."}
	}
	return nil
}
