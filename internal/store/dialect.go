package store

// Engine names, as retable.Store.Engine returns them.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// dialect is all in which the two engines' SQL differs.
type dialect struct {
	name string
	// forUpdate locks the rows that are read until the transaction ends, against
	// changes by others but not against references to them. SQLite has one writer
	// at a time and needs no lock.
	forUpdate string
	// forShare keeps the rows that are read from being changed.
	forShare string
	// skipLocked takes the first row that nobody else has locked.
	skipLocked string
	// savepoints tells that a failed statement spoils the transaction unless a
	// savepoint stands before it.
	savepoints bool
	// classify says what kind of fault the driver's error is.
	classify func(error) fault
}

func sqliteDialect() *dialect {
	return &dialect{name: SQLite, classify: classifySQLite}
}

func postgresDialect() *dialect {
	return &dialect{
		name:       Postgres,
		forUpdate:  " FOR NO KEY UPDATE",
		forShare:   " FOR SHARE",
		skipLocked: " FOR NO KEY UPDATE SKIP LOCKED",
		savepoints: true,
		classify:   classifyPostgres,
	}
}

// Advisory locks that serialise what has no row of its own. The numbers are
// arbitrary; all replicas must agree on them.
const (
	lockAudit   int64 = 0x7265_7461_0001
	lockUsers   int64 = 0x7265_7461_0002
	lockMigrate int64 = 0x7265_7461_0003
)
