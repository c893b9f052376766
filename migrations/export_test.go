package migrations

// UpFrom is Up with other migrations.
var UpFrom = up
