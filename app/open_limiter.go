package app

import (
	"context"
	"time"

	"retable/internal/config"
	"retable/internal/limit"
	"retable/internal/obs"
	"retable/internal/retable"
)

// OpenLimiter opens what counts requests, as the settings say. The caller
// closes it before the instance.
func (in *Instance) OpenLimiter(ctx context.Context, cfg *config.Config) (retable.Limiter, error) {
	switch cfg.Rates.Limiter {
	case config.LimiterPostgres:
		return limit.OpenPostgres(ctx, in.Store.SQL(), limit.PostgresOptions{
			Failed: func(err error) { in.log.Warn("old counts of requests could not be removed", obs.Err(err)) },
		})
	case config.LimiterRedis:
		return limit.OpenRedis(ctx, cfg.Rates.Redis)
	}
	return limit.NewMemory(time.Now, 0), nil
}
