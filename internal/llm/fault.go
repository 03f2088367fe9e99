package llm

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"
	"time"

	"retable/internal/retable"
)

// The reasons that programs can decide by.
const (
	ReasonNoModel      = "no_model"          // none is set up
	ReasonRemote       = "remote_forbidden"  // the administrator forbids it
	ReasonDown         = "provider_down"     // nobody answers there
	ReasonFailing      = "provider_failing"  // it answers with errors, or breaks off
	ReasonTimeout      = "provider_timeout"  // it takes too long
	ReasonKey          = "provider_key"      // it refuses the key
	ReasonQuota        = "provider_quota"    // the account is used up
	ReasonBusy         = "provider_busy"     // too many calls
	ReasonMissing      = "model_missing"     // it has no such model
	ReasonContext      = "context_too_small" // the text is too long for the model
	ReasonCut          = "answer_cut"        // an answer in JSON ended too early
	ReasonFiltered     = "answer_filtered"   // the provider or the model refuses to answer
	ReasonModelChanged = "model_changed"     // the weights under a name are others now
)

// fault is why one attempt failed: what the caller is told, and what the guard
// does about it.
type fault struct {
	err       *retable.Error
	transient bool // trying again may help
	down      bool // counts against the provider
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// refusal is a fault that trying again won't help and the provider isn't to
// blame for.
func refusal(code retable.Code, reason string, cause error, format string, args ...any) *fault {
	return &fault{err: &retable.Error{Code: code, Reason: reason, Detail: fmt.Sprintf(format, args...), Err: cause}}
}

// stopped carries the error of a caller's own function through the guard.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }
func (s *stopped) Unwrap() error { return s.err }

// cutOff: the answer ended before it was over.
func cutOff(provider string, cause error) *fault {
	return &fault{transient: true, down: true, err: &retable.Error{
		Code: retable.Unavailable, Reason: ReasonFailing, Err: cause,
		Detail: provider + " broke off in the middle of its answer; ask again.",
	}}
}

// cancelled: the caller's context is over.
func cancelled(ctx context.Context) *retable.Error {
	return &retable.Error{Code: retable.Cancelled, Detail: "The call was cancelled.", Err: ctx.Err()}
}

// tooSlow: a deadline of ours has passed.
func tooSlow(provider, what string, limit time.Duration) *fault {
	return &fault{down: true, err: &retable.Error{
		Code: retable.Unavailable, Reason: ReasonTimeout,
		Detail: fmt.Sprintf("%s %s within %s; try again later, or choose a smaller model.", provider, what, limit),
	}}
}

// unreachable makes a fault of an error of the transport. start says how the
// server is started or where its address is set.
func unreachable(err error, provider string, at *url.URL, local bool, start string, key Secret) *fault {
	var own *retable.Error
	var dns *net.DNSError
	var op *net.OpError
	var unknown x509.UnknownAuthorityError
	var verify *tls.CertificateVerificationError
	where := at.Redacted()
	f := &fault{down: true, err: &retable.Error{Code: retable.Unavailable, Reason: ReasonDown, Err: scrubbed(err, key)}}
	switch {
	case errors.As(err, &own): // the transport's own refusal of an address
		return &fault{err: own}
	case errors.As(err, &dns):
		f.transient = dns.IsTemporary || dns.IsTimeout
		f.err.Detail = fmt.Sprintf("%s can't be found: there is no host %q; %s.", provider, at.Hostname(), start)
	case errors.As(err, &verify), errors.As(err, &unknown):
		f.err.Detail = fmt.Sprintf("The certificate of %s at %s isn't trusted; add its authority to the system's.", provider, where)
	case errors.As(err, &op) && op.Op == "dial":
		// Nobody listens. On this machine waiting for it is no use.
		f.transient = !local
		f.err.Detail = fmt.Sprintf("%s isn't running at %s; %s.", provider, where, start)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cutOff(provider, scrubbed(err, key))
	case errors.Is(err, errRedirect):
		f.err.Detail = fmt.Sprintf("%s at %s sends calls on to another address; set that one instead.", provider, where)
	default:
		f.transient = true
		f.err.Detail = fmt.Sprintf("%s at %s doesn't answer as it should; %s.", provider, where, start)
	}
	return f
}

// asError is what a caller gets of an attempt's error.
func asError(err error) error {
	var s *stopped
	var f *fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &s):
		return s.err
	case errors.As(err, &f):
		return f.err
	}
	return err
}

// unreadable tells that a reply ended or was garbled while it was read.
func unreadable(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.As(err, &syntax) || errors.As(err, &kind) || errors.As(err, &op)
}
