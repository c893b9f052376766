package embedded

import "strings"

// settings are the command-line parameters of postgres. They win over the files
// in the cluster directory, which stay as initdb wrote them.
func (c *Cluster) settings() []string {
	settings := append([]string{
		"listen_addresses=",
		"port=" + port,
		// A list: commas and spaces in the path need quotes.
		`unix_socket_directories="` + strings.ReplaceAll(c.paths.socket, `"`, `""`) + `"`,
		"unix_socket_permissions=0700",
		"random_page_cost=1.1", // solid-state disks
		"work_mem=16MB",
		"log_timezone=UTC",
		"timezone=UTC",
		// The log must hold no personal data: no statements, no DETAIL with values.
		"log_min_error_statement=panic",
		"log_error_verbosity=terse",
	}, c.weight()...)
	args := make([]string, 0, 2*len(settings))
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	return args
}

// weight is what differs between real use, on a machine shared with the server,
// and tests, where nothing needs to survive and many processes connect at once.
func (c *Cluster) weight() []string {
	if c.options.Throwaway {
		return []string{
			"max_connections=400", "shared_buffers=128MB",
			"fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "autovacuum=off",
		}
	}
	return []string{
		"max_connections=100", "shared_buffers=256MB", "effective_cache_size=1GB",
		"maintenance_work_mem=128MB",
		// An import writes in bursts: fewer checkpoints, smaller journal.
		"max_wal_size=2GB", "checkpoint_timeout=15min", "wal_compression=on",
	}
}
