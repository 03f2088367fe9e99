package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"retable/internal/retable"
)

// complaint is what such a server says about a request, in whatever form.
type complaint struct {
	status  int
	code    string // "context_length_exceeded", "insufficient_quota" ...
	param   string
	message string
}

// complaintOf reads the client library's errors. Servers that only resemble
// OpenAI send the error as a string, or no JSON at all.
func complaintOf(err error) (complaint, bool) {
	var api *openai.APIError
	var req *openai.RequestError
	switch {
	case errors.As(err, &req): // first: it may wrap an APIError that is empty
		c := complaint{status: req.HTTPStatusCode, message: string(req.Body)}
		var body struct {
			Error   json.RawMessage `json:"error"`
			Message string          `json:"message"`
		}
		if json.Unmarshal(req.Body, &body) == nil {
			var text string
			if json.Unmarshal(body.Error, &text) == nil && text != "" {
				c.message = text
			} else if body.Message != "" {
				c.message = body.Message
			}
		}
		return c, true
	case errors.As(err, &api):
		c := complaint{status: api.HTTPStatusCode, message: api.Message}
		if api.Code != nil {
			c.code = fmt.Sprint(api.Code)
		}
		if c.code == "" {
			c.code = api.Type
		}
		if api.Param != nil {
			c.param = *api.Param
		}
		return c, true
	}
	return complaint{}, false
}

// fault says what an error of the client library means; model is the one it
// was about, if any.
func (p *OpenAIProvider) fault(err error, model string) error {
	var known *fault
	var own *stopped
	var network *url.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.As(err, &own):
		return err
	case errors.As(err, &network):
		return unreachable(err, p.title, p.at, loopback(p.at), "check "+p.urlSetting, p.key)
	}
	if c, ok := complaintOf(err); ok {
		return p.complained(c, model)
	}
	// What is left is a reply that ended or was garbled while it was read.
	return cutOff(p.title, scrubbed(err, p.key))
}

// complained sorts a complaint. The server's own words are passed on only
// where they help, and without keys: some repeat the key they refuse.
func (p *OpenAIProvider) complained(c complaint, model string) error {
	words := strings.TrimSuffix(said(c.message, p.key), ".")
	code := fmt.Errorf("status %d, code %q", c.status, said(c.code, p.key))
	cause := fmt.Errorf("%w: %s", code, words)
	low := strings.ToLower(c.message)
	switch {
	case c.code == "context_length_exceeded", strings.Contains(low, "maximum context length"), strings.Contains(low, "context length"),
		strings.Contains(low, "maximum input length"):
		return refusal(retable.TooLarge, ReasonContext, cause,
			"The question and its data are longer than the context of model %s; ask about fewer tables, or choose a model with a larger context.", model)
	case c.code == "insufficient_quota":
		return refusal(retable.Unavailable, ReasonQuota, cause, "The quota of the account at %s is used up; see its billing page.", p.title)
	case c.code == "content_filter":
		return filtered(p.title, cause)
	case c.status == http.StatusUnauthorized, c.status == http.StatusForbidden, c.code == "invalid_api_key":
		return refusal(retable.Unavailable, ReasonKey, cause, "%s refuses the key; check %s.", p.title, p.keySetting)
	case c.status == http.StatusNotFound && model != "":
		return refusal(retable.NotFound, ReasonMissing, cause, "%s has no model %q, or the address is wrong; check the model's name and %s.", p.title, model, p.urlSetting)
	case c.status == http.StatusTooManyRequests:
		return &fault{transient: true, err: &retable.Error{Code: retable.Busy, Reason: ReasonBusy, Err: cause,
			RetryAfter: seconds(p.limits.Backoff), Detail: p.title + " takes no more requests at the moment; try again later."}}
	case c.status == 0, c.status >= 500, c.status == http.StatusRequestTimeout, c.status == http.StatusConflict:
		// Status 0: the error came inside of a stream that began with 200.
		return &fault{transient: c.status != http.StatusNotImplemented, down: true, err: &retable.Error{
			Code: retable.Unavailable, Reason: ReasonFailing, Err: code,
			Detail: fmt.Sprintf("%s failed: %s.", p.title, words)}}
	}
	return refusal(retable.Unprocessable, ReasonFailing, code, "%s refuses the request: %s.", p.title, words)
}

func filtered(title string, cause error) *fault {
	return refusal(retable.Unprocessable, ReasonFiltered, cause, "%s's content filter refuses to answer this; ask in other words.", title)
}
