package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"retable/actors"
	"retable/internal/blob"
	"retable/internal/config"
	"retable/internal/event"
	"retable/internal/obs"
	"retable/internal/retable"
	"retable/internal/store"
)

// OpenRequest says what to open.
type OpenRequest struct {
	Config  *config.Config
	Door    string // desktop, server, cli, watch
	Version string
	Run     bool // claim jobs, watch folders, keep schedules
	Log     *slog.Logger
	Metrics *obs.Metrics // may be nil
	Clock   retable.Clock
}

// Instance is a service with what it stands on. Close ends all of it.
type Instance struct {
	*Service
	Events  *event.Hub
	Store   *store.Store
	lock    *store.RunnerLock
	scratch *scratchFolder
	quiet   func() // ends the hints that jobs were enqueued
	relay   *relay // between replicas; nil in an embedded data root
	blobs   blob.Store
	timeout time.Duration
}

// Open opens a data root, or a database and a store of blobs, and puts the
// service together. It is the only place where adapters are chosen.
//
// In an embedded data root one process at a time may run jobs: with Run the
// refusal names the other. Without, Open reads and enqueues beside it.
func Open(ctx context.Context, req OpenRequest) (_ *Instance, err error) {
	cfg := req.Config
	if req.Log == nil {
		req.Log = slog.New(slog.DiscardHandler)
	}
	if req.Clock == nil {
		req.Clock = time.Now
	}
	in := &Instance{timeout: cfg.Jobs.ShutdownTimeout}
	defer func() {
		if err != nil {
			err = errors.Join(err, in.Close(context.WithoutCancel(ctx)))
		}
	}()
	embedded := !cfg.Place.Postgres()
	if embedded {
		if err := makeRoot(cfg.Place.RuntimeRoot); err != nil {
			return nil, err
		}
		if in.lock, err = lockFor(ctx, cfg.Place.RuntimeRoot, req); err != nil {
			return nil, err
		}
	}
	if in.Store, err = openStoreBeside(ctx, req, embedded, in.lock != nil); err != nil {
		return nil, err
	}
	if !req.Run && in.lock != nil {
		// It was held to migrate; to read and enqueue nobody needs it.
		if err := in.lock.Close(); err != nil {
			return nil, err
		}
		in.lock = nil
	}
	if in.blobs, err = openBlobs(ctx, req); err != nil {
		return nil, err
	}
	in.Events = event.New(event.Options{OnResync: resynced(req.Metrics)})
	accounts, err := openAccounts(ctx, req, in.Store)
	if err != nil {
		return nil, err
	}
	if in.scratch, err = openScratch(filepath.Join(cfg.Place.RuntimeRoot, "tmp"), req.Door); err != nil {
		return nil, err
	}
	sc, err := in.serviceConfig(ctx, req)
	if err != nil {
		return nil, err
	}
	wake, quiet := in.Store.Wake()
	in.quiet = quiet
	deps := ServiceDeps{
		Store: in.Store, Blobs: in.blobs, Events: in.Events, Accounts: accounts, Embedder: builtInEmbedder(runtime.GOMAXPROCS(0)),
		Wake: wake, Meters: meters(req.Metrics, req.Clock), Clock: req.Clock, Log: req.Log,
	}
	// It begins before the settings are read: no change is missed in between.
	ready := make(chan struct{})
	if !embedded {
		in.relay = startRelay(in.Store, in.Events, func(ctx context.Context) error {
			select {
			case <-ready:
				return in.reloadModels(ctx, req)
			case <-ctx.Done():
				return ctx.Err()
			}
		}, req.Log)
		deps.Relay = in.relay.publish
	}
	if in.Service, err = NewService(sc, deps); err != nil {
		return nil, err
	}
	if err := in.reloadModels(ctx, req); err != nil {
		return nil, err
	}
	close(ready)
	if embedded {
		if err := in.ensureLocal(ctx); err != nil {
			return nil, err
		}
	}
	if req.Run {
		err = in.Run(ctx)
	}
	return in, err
}

// Close hands back what is being worked on and closes everything, last opened
// first.
func (in *Instance) Close(ctx context.Context) error {
	var errs []error
	if in.Service != nil {
		ctx, cancel := context.WithTimeout(ctx, max(in.timeout, time.Second))
		defer cancel()
		errs = append(errs, in.Service.Close(ctx), in.Accounts.Close(ctx))
	}
	errs = append(errs, in.scratch.close())
	if in.quiet != nil {
		in.quiet()
	}
	if in.relay != nil {
		in.relay.close()
	}
	if in.Events != nil {
		in.Events.Close()
	}
	if in.blobs != nil {
		errs = append(errs, in.blobs.Close())
	}
	if in.Store != nil {
		errs = append(errs, in.Store.Close())
	}
	if in.lock != nil {
		errs = append(errs, in.lock.Close())
	}
	return errors.Join(errs...)
}

func makeRoot(root string) error {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return &retable.Error{Code: retable.Unavailable, Detail: fmt.Sprintf("The data root %s can't be made (RET_RUNTIME_ROOT): %v.", root, errors.Unwrap(err)), Err: err}
	}
	return nil
}

// lockFor takes the right to run jobs. Whoever doesn't need it takes it to
// bring the schema up to date, if nobody else has it.
func lockFor(ctx context.Context, root string, req OpenRequest) (*store.RunnerLock, error) {
	if req.Run {
		return store.AwaitRunner(ctx, root, req.Door)
	}
	lock, err := store.LockRunner(root, store.Migrating)
	if retable.Is(err, retable.Conflict) {
		return nil, nil
	}
	return lock, err
}

// besideWait is how long whoever only reads waits for a runner that has just
// begun and is bringing the schema up to date.
const besideWait = 10 * time.Second

func openStoreBeside(ctx context.Context, req OpenRequest, embedded, locked bool) (*store.Store, error) {
	for began := time.Now(); ; {
		s, err := openStore(ctx, req, embedded, locked)
		var e *retable.Error
		if !embedded || locked || !errors.As(err, &e) || e.Reason != "schema_older" || time.Since(began) > besideWait {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func openStore(ctx context.Context, req OpenRequest, embedded, locked bool) (*store.Store, error) {
	cfg := req.Config
	sc := store.Config{
		MaxConns: cfg.Place.DatabaseMax, Slow: cfg.Place.SlowQuery, Clock: req.Clock,
		Migrate: !embedded || locked,
		Hooks: store.Hooks{
			Slow: func(ctx context.Context, statement string, took time.Duration) {
				req.Log.WarnContext(ctx, "slow statement", "statement", statement, "duration_ms", took.Milliseconds())
				if req.Metrics != nil {
					req.Metrics.DBSlow("store")
				}
			},
			Error: func(_ context.Context, fault string) {
				if req.Metrics != nil {
					req.Metrics.DBError(errors.New(fault))
				}
			},
		},
	}
	if embedded {
		sc.Path = databasePath(cfg)
	} else {
		sc.URL = cfg.Place.Database
	}
	return store.Open(ctx, sc)
}

// databasePath is where an embedded database lies.
func databasePath(cfg *config.Config) string {
	if cfg.Place.Database != "" {
		return cfg.Place.Database
	}
	return filepath.Join(cfg.Place.RuntimeRoot, "retable.db")
}

func meters(m *obs.Metrics, clock retable.Clock) Meters {
	if m == nil {
		return Meters{}
	}
	return Meters{Restarted: m.ActorRestarted, Converted: m.Converted, Job: func(j retable.Job, f actors.JobFacts) {
		var err error
		if f.State == retable.JobFailed {
			err = &retable.Error{Code: f.Code}
		}
		m.JobDone(j.Kind, f.State, f.Took, err)
		if j.Kind == retable.JobBackup && f.State == retable.JobSuccess {
			m.BackedUp(clock())
		}
	}}
}

func resynced(m *obs.Metrics) func() {
	if m == nil {
		return nil
	}
	return m.Resynced
}

// serviceConfig takes from the settings what the service must know.
func (in *Instance) serviceConfig(_ context.Context, req OpenRequest) (ServiceConfig, error) {
	c := req.Config
	slots := c.Jobs.JobWorkers
	if slots <= 0 {
		slots = runtime.GOMAXPROCS(0)
	}
	out := ServiceConfig{
		Version: req.Version, Door: req.Door, DataRoot: c.Place.RuntimeRoot, Scratch: in.scratch.path,
		Limits: readLimits(&c.Reading), Parse: readParse(&c.Reading), MaxUpload: c.Uploads.MaxBytes, PasswordMin: c.Auth.PasswordMin, PartBytes: c.Uploads.PartBytes, UploadKeep: c.Uploads.Expiry,
		Quota:     retable.Quota{MaxBytes: c.Retention.QuotaBytes, MaxSessions: int64(c.Retention.QuotaSessions)},
		Retention: Retention{Unused: c.Retention.Age, MaxBytes: c.Retention.Bytes, Artifacts: c.Retention.Artifacts, Jobs: c.Retention.Jobs},
		Backup:    BackupPlan{Dir: c.Retention.BackupDir, At: c.Retention.BackupAt, KeepFor: c.Retention.BackupKeep}, CleanupAt: c.Retention.CleanupAt, IndexBytes: c.Place.CacheBytes,
		Guard: c.Reading.FormulaGuard, QueueMax: int64(c.Jobs.QueueMax), QueueUser: int64(c.Jobs.QueueMaxUser), Attempts: c.Jobs.Attempts, Sweep: c.Jobs.WatchSweep, Settle: c.Jobs.WatchStable,
		Actors: actors.Config{Owner: ownerName(), Slots: slots, Poll: c.Jobs.Poll, BackoffMin: c.Jobs.Backoff},
	}
	if c.Place.Postgres() {
		out.Actors.Lease = c.Jobs.Lease
	}
	if c.Auth.OIDCIssuer != "" {
		out.OIDC = LoginProvider{Name: "oidc", Label: c.Auth.OIDCName, URL: "/api/auth/oidc/login"}
	}
	out.DenseWeight = c.Models.FusionWeight
	if out.DenseWeight == 0 {
		out.DenseWeight = -1 // no vectors
	}
	out.Defaults = Settings{
		RetentionDays: int(c.Retention.Age / (24 * time.Hour)), DefaultQuota: QuotaDTO{c.Retention.QuotaBytes, int64(c.Retention.QuotaSessions)},
		RemoteModelsAllowed: c.Models.CloudAllowed(), FormulaGuard: c.Reading.FormulaGuard, NotifyDesktop: true,
		Model: ProviderSettings{Provider: modelProvider(&c.Models), BaseURL: c.Models.Ollama, ChatModel: c.Models.ChatModel, EmbedModel: c.Models.EmbedModel, APIVersion: c.Models.AzureVersion},
	}
	out.Changed = func(ctx context.Context, _ *Settings) error {
		if err := in.reloadModels(ctx, req); err != nil || in.relay == nil {
			return err
		}
		return in.relay.changed(ctx)
	}
	if req.Door == "desktop" {
		out.KeepKey = keepKey
	}
	return out, nil
}

// reloadModels puts the models into force that the settings name now.
func (in *Instance) reloadModels(ctx context.Context, req OpenRequest) error {
	now, err := in.settings(ctx)
	if err != nil {
		return err
	}
	cfg := *req.Config
	if !now.RemoteModelsAllowed {
		cfg.Models.Cloud = "forbid"
	}
	chosen, key := now.Model, ""
	if chosen == in.cfg.Defaults.Model {
		chosen = ProviderSettings{} // nobody has chosen: the settings of the process hold
	} else if chosen.HasKey && req.Door == "desktop" {
		if key, err = keptKey(chosen.Provider); err != nil {
			return err
		}
	}
	r, err := openModels(&cfg, chosen, key, req.Metrics, req)
	if err != nil {
		req.Log.WarnContext(ctx, "no language model can be used: search mode", "err", err)
	}
	in.models.use(r)
	return nil
}

// ownerName names this process in leases: never twice the same.
func ownerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return fmt.Sprintf("%s/%d/%s", host, os.Getpid(), retable.NewID())
}

// ensureLocal makes the user of the person at this machine.
func (in *Instance) ensureLocal(ctx context.Context) error {
	return in.Store.Update(ctx, func(tx retable.Tx) error {
		_, err := tx.Users().ByName(ctx, retable.LocalUser)
		if !retable.Is(err, retable.NotFound) {
			return err
		}
		now := in.clock.Now()
		return tx.Users().Create(ctx, &retable.User{ID: retable.NewID(), Username: retable.LocalUser, Role: retable.RoleAdmin, Active: true, CreatedAt: now, UpdatedAt: now})
	})
}

// AsLocal returns a context in which the person at this machine acts. A database
// of several machines has no user of that name: there it is an administrator who
// owns nothing.
func (in *Instance) AsLocal(ctx context.Context) (context.Context, error) {
	var p *retable.Principal
	err := in.Store.View(ctx, func(tx retable.Tx) error {
		u, err := tx.Users().ByName(ctx, retable.LocalUser)
		switch {
		case err == nil:
			p = &retable.Principal{UserID: u.ID, Username: u.Username, Role: retable.RoleAdmin, Local: true}
		case retable.Is(err, retable.NotFound) && in.Store.Engine() == "postgres":
			p = &retable.Principal{Username: retable.LocalUser, Role: retable.RoleAdmin, Local: true}
			err = nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return retable.WithPrincipal(ctx, p), nil
}

// readLimits are the limits of reading bundles. In the settings 0 is no limit.
func readLimits(r *config.Reading) Limits {
	l := Limits{Entries: r.MaxEntries, EntryBytes: r.MaxEntryBytes, TotalBytes: r.MaxTotalBytes, Ratio: int64(r.MaxRatio), Nesting: r.MaxNesting, Time: r.MaxReadTime}
	if r.MaxNesting == 0 {
		l.Nesting = -1
	}
	return l
}

// readParse are the limits of reading one document.
func readParse(r *config.Reading) ParseOptions {
	p := ParseOptions{MaxValue: int(r.MaxValueBytes)}
	p.Limits.MaxDepth = r.MaxDepth
	p.Limits.MaxToken = int(r.MaxValueBytes)
	if entities, err := ParseEntities(r.Entities); err == nil {
		p.Entities = entities
	}
	return p
}
