package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"retable/actors"
	"retable/internal/auth"
	"retable/internal/config"
	"retable/internal/event"
	"retable/internal/retable"
)

// Service is the application service over a data root: sessions, jobs,
// comparisons, answers, users. Doors decode, call one of its methods, encode.
// Each method takes one request and gives one answer, and checks what the
// caller may do: the Principal of the context. It is safe for concurrent use.
type Service struct {
	*Accounts
	files  *App // the work on files
	store  retable.Store
	blobs  retable.BlobStore
	system *actors.System
	events *event.Hub
	relay  func(retable.Event) // to other replicas; may be nil
	cfg    ServiceConfig
	clock  retable.Clock
	log    *slog.Logger

	models     *models
	indexes    openIndexes
	building   sync.Map // folders of indexes that are being made
	asking     turns    // of users' questions
	meters     Meters
	databases  databases
	catalogues catalogues
	tickets    *tickets
	runs       sync.WaitGroup // the scheduler
	stop       context.CancelFunc
}

// ServiceConfig is what a Service must know; app.Open makes it of the settings.
type ServiceConfig struct {
	Version     string
	Door        string // desktop, server, cli, watch
	DataRoot    string // of an embedded service
	Scratch     string
	Limits      Limits       // of reading bundles
	Parse       ParseOptions // likewise
	MaxUpload   int64        // bytes; 0: no limit
	PasswordMin int          // characters
	PartBytes   int64        // of resumable uploads
	UploadKeep  time.Duration
	Quota       retable.Quota                                  // the default; its UserID is empty
	OIDC        LoginProvider                                  // empty Name: none
	DenseWeight float64                                        // of meaning beside words in a search; below 0: none
	Defaults    Settings                                       // until somebody changes them
	KeepKey     func(provider, key string) error               // keeps a model provider's key
	Changed     func(ctx context.Context, now *Settings) error // puts changed settings into force; may be nil
	Retention   Retention
	Backup      BackupPlan
	CleanupAt   config.Clock
	Sweep       time.Duration // between two looks at a watched folder without an event
	Settle      time.Duration // that a file there must stay the same
	Guard       bool          // defuse formulas in what people download
	QueueMax    int64         // jobs that may wait
	QueueUser   int64         // of one user
	Attempts    int           // at a job; 0: the store's default
	ViewBytes   int64         // of row-id vectors kept on disk
	IndexBytes  int64         // of unpacked indexes kept on disk
	Actors      actors.Config
}

// ServiceDeps are what a Service works with.
type ServiceDeps struct {
	Store    retable.Store
	Blobs    retable.BlobStore
	Events   *event.Hub
	Relay    func(retable.Event) // tells other replicas, without waiting; may be nil
	Accounts *Accounts
	Models   modelRegistry    // nil: search mode
	Embedder retable.Embedder // inside the program; nil: none
	Wake     <-chan struct{}  // hints that jobs were enqueued elsewhere
	Meters   Meters
	Tasks    map[retable.JobKind]actors.Task // besides the service's own
	Clock    retable.Clock
	Log      *slog.Logger
}

// Meters are told what metrics count; each may be nil.
type Meters struct {
	Job       func(retable.Job, actors.JobFacts) // an attempt at a job ended
	Restarted func(actor string)                 // an actor panicked
	Converted func(mode string, bytes, rows int64, good, bad int)
}

// NewService returns a service that answers. Run makes it work on jobs too.
func NewService(cfg ServiceConfig, d ServiceDeps) (*Service, error) {
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		Accounts: d.Accounts, files: New(Config{Version: cfg.Version, Scratch: cfg.Scratch}), store: d.Store, blobs: d.Blobs,
		events: d.Events, relay: d.Relay, cfg: cfg.withDefaults(), clock: d.Clock, log: d.Log, meters: d.Meters,
		models: &models{registry: d.Models, builtIn: d.Embedder, log: d.Log},
	}
	var keys *auth.Ring
	if d.Accounts != nil {
		keys = d.Accounts.keys
	}
	var err error
	if s.tickets, err = newTickets(keys, d.Store, d.Clock); err != nil {
		return nil, err
	}
	tasks := s.tasks()
	for k, t := range d.Tasks {
		tasks[k] = t
	}
	s.system, err = actors.New(cfg.Actors, actors.Deps{
		Store: d.Store, Tasks: tasks, Publish: s.publish, Wake: d.Wake, Folder: (*folders)(s), Settle: s.settle,
		Observe: d.Meters.Job, Restarted: d.Meters.Restarted, Clock: d.Clock, Log: d.Log,
	})
	return s, err
}

func (c ServiceConfig) withDefaults() ServiceConfig {
	if c.PartBytes <= 0 {
		c.PartBytes = 8 << 20
	}
	if c.UploadKeep <= 0 {
		c.UploadKeep = 24 * time.Hour
	}
	if c.QueueMax <= 0 {
		c.QueueMax = 100_000
	}
	if c.ViewBytes <= 0 {
		c.ViewBytes = 1 << 30
	}
	if c.IndexBytes <= 0 {
		c.IndexBytes = 20 << 30
	}
	if c.Sweep <= 0 {
		c.Sweep = 30 * time.Second
	}
	if c.Settle <= 0 {
		c.Settle = 2 * time.Second
	}
	if c.KeepKey == nil {
		c.KeepKey = func(string, string) error {
			return &retable.Error{Code: retable.Unsupported, Detail: "Keys of model providers are set by the environment here (RET_OPENAI_KEY, RET_AZURE_KEY, or their _FILE)."}
		}
	}
	if c.Door == "" {
		c.Door = "cli"
	}
	return c
}

// Run makes the service claim jobs, watch folders and keep its schedules. The
// caller holds the right to run jobs.
func (s *Service) Run(ctx context.Context) error {
	if s.store.Engine() == "sqlite" {
		if err := s.requeue(ctx); err != nil {
			return err
		}
	}
	if err := s.system.Work(); err != nil {
		return err
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.runs.Go(func() { s.schedule(ctx) })
	return s.system.Watch(ctx)
}

// Close hands back what is being worked on and waits for all to end, as long
// as the context lets it. The store and the blobs remain the caller's.
func (s *Service) Close(ctx context.Context) error {
	if s.stop != nil {
		s.stop()
	}
	err := s.system.Stop(ctx)
	s.runs.Wait()
	return errors.Join(err, s.catalogues.close(), s.indexes.close(), s.databases.close())
}

// publish fills in whose event it is, where nobody has.
func (s *Service) publish(e retable.Event) {
	if s.events == nil {
		return
	}
	if e.OwnerID == "" && e.SessionID != "" {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := s.store.View(ctx, func(tx retable.Tx) error {
			x, err := tx.Sessions().Get(ctx, e.SessionID)
			if err == nil {
				e.OwnerID = x.OwnerID
			}
			return err
		})
		if err != nil && !retable.Is(err, retable.NotFound) {
			s.log.Warn("the owner of an event could not be read", "session", e.SessionID, "err", err)
		}
	}
	s.events.Publish(e)
	if s.relay != nil {
		s.relay(e)
	}
}

// Listen gives the caller's events until ctx ends.
func (s *Service) Listen(ctx context.Context) (<-chan retable.Event, error) {
	p, err := s.who(ctx, retable.ScopeRead)
	if err != nil {
		return nil, err
	}
	owner := p.UserID
	if p.IsOps() {
		owner = ""
	}
	return s.events.Subscribe(ctx, event.Filter{OwnerID: owner}), nil
}

// Version returns the program's version.
func (s *Service) Version() string { return s.cfg.Version }

// Files is the work on files, without a data root.
func (s *Service) Files() *App { return s.files }
