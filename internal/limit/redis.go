package limit

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"retable/internal/retable"
)

// Redis counts in a Redis server that all replicas share. One script per call
// decides, and a script runs alone; the server's clock is everybody's. It is
// safe for concurrent use.
type Redis struct {
	client redis.UniversalClient
	prefix string
	script *redis.Script
}

var _ retable.Limiter = (*Redis)(nil)

// takeScript is cell.arrive in Lua. Microseconds since 1970 stay below 2^53, so
// a double holds them; they are written with %.0f, since tostring would round.
const takeScript = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local spend, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
local ahead = math.min(math.max(tat - now, 0), window)
local allowed = 0
if ahead + spend <= window then
	ahead = ahead + spend
	allowed = 1
end
if ahead > 0 then
	redis.call('SET', KEYS[1], string.format('%.0f', now + ahead), 'PX', math.ceil(ahead / 1000))
end
return {allowed, string.format('%.0f', ahead)}`

// NewRedis returns a limiter over a client that the caller keeps and closes
// after it. Keys begin with prefix, "retable:limit:" if it is empty.
func NewRedis(client redis.UniversalClient, prefix string) *Redis {
	if prefix == "" {
		prefix = "retable:limit:"
	}
	return &Redis{client: client, prefix: prefix, script: redis.NewScript(takeScript)}
}

// OpenRedis connects to a URL such as redis://:password@host:6379/0 or
// rediss://... and asks whether the server answers. Close closes the connection.
func OpenRedis(ctx context.Context, url string) (*OwnedRedis, error) {
	o, err := redis.ParseURL(url)
	if err != nil {
		return nil, fmt.Errorf("the address of Redis is wrong; write redis://host:6379/0: %w", err)
	}
	client := redis.NewClient(o)
	if err := client.Ping(ctx).Err(); err != nil {
		_ = client.Close() // it never opened
		return nil, fmt.Errorf("redis at %s doesn't answer: %w", o.Addr, err)
	}
	return &OwnedRedis{Redis: NewRedis(client, "")}, nil
}

// OwnedRedis is a Redis that closes its client.
type OwnedRedis struct{ *Redis }

// Close closes the connections.
func (r *OwnedRedis) Close() error { return r.client.Close() }

// Allow counts a call of the key.
func (r *Redis) Allow(ctx context.Context, key string, rate retable.Rate, cost int) (retable.Decision, error) {
	c, err := newCell(rate, cost)
	if err != nil {
		return retable.Decision{}, err
	}
	spend := c.step * time.Duration(cost)
	res, err := r.script.Run(ctx, r.client, []string{r.prefix + shortKey(key)}, spend.Microseconds(), c.window.Microseconds()).Int64Slice()
	if err != nil {
		return retable.Decision{}, fmt.Errorf("count %s in Redis: %w", key, err)
	}
	if len(res) != 2 {
		return retable.Decision{}, fmt.Errorf("count %s in Redis: the script answered %v", key, res)
	}
	return c.outcome(res[0] == 1, time.Duration(res[1])*time.Microsecond, spend), nil
}

// Health reports whether the server answers.
func (r *Redis) Health(ctx context.Context) error { return r.client.Ping(ctx).Err() }

// Close does nothing: the client is the caller's.
func (r *Redis) Close() error { return nil }
