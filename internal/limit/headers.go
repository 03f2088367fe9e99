package limit

import (
	"fmt"
	"iter"
	"math"
	"strconv"
	"time"

	"retable/internal/retable"
)

// Headers yields the response headers that tell a client about its limit, by
// name and value: RateLimit-Limit, -Remaining, -Reset and -Policy, and
// Retry-After with a refusal. Times are whole seconds, rounded up.
//
// Source: draft-ietf-httpapi-ratelimit-headers, in the form with a header per
// number, which is what clients read.
func Headers(d retable.Decision, r retable.Rate) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		if d.Limit == 0 { // it wasn't counted
			return
		}
		policy := fmt.Sprintf("%d;w=%d", r.Count, seconds(r.Per))
		if r.Burst != 0 && r.Burst != r.Count {
			policy += fmt.Sprintf(";burst=%d", r.Burst)
		}
		_ = yield("RateLimit-Limit", strconv.Itoa(d.Limit)) &&
			yield("RateLimit-Remaining", strconv.Itoa(d.Remaining)) &&
			yield("RateLimit-Reset", strconv.FormatInt(seconds(d.Reset), 10)) &&
			yield("RateLimit-Policy", policy) &&
			(d.Allowed || yield("Retry-After", RetryAfter(d.RetryAfter)))
	}
}

// RetryAfter words the header of that name: at least one second.
func RetryAfter(d time.Duration) string { return strconv.FormatInt(max(1, seconds(d)), 10) }

func seconds(d time.Duration) int64 { return int64(math.Ceil(d.Seconds())) }

// Refusal is the error of a refused call.
func Refusal(d retable.Decision) *retable.Error {
	return &retable.Error{
		Code: retable.RateLimited, Reason: "rate_limited", RetryAfter: max(d.RetryAfter, time.Second),
		Detail: "Too many requests; wait " + RetryAfter(d.RetryAfter) + " s.",
	}
}
