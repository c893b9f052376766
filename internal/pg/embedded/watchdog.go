package embedded

import (
	"context"
	"os/exec"
	"syscall"

	"cartoquartiers/internal/fault"
)

// watchdog waits until nobody uses the cluster and stops it; the second one of a
// cluster ends at once. $1 is the run directory, $2 the cluster's.
//
// A test binary has no place to say that it was the last one, and may be killed;
// its locks are freed by the kernel in any case. Descriptors are closed in
// rising order when the shell ends: watchdog.lock (8) is free before users.lock (9),
// so whoever waited for the latter can start a watchdog of its own.
const watchdog = `
exec 8>"$1/watchdog.lock" 9>"$1/users.lock"
flock -n 8 || exit 0
flock 9
read -r pid < "$2/postmaster.pid" || exit 0
[ "$(cat "/proc/$pid/comm")" = postgres ] || exit 0
kill -INT "$pid"
while [ -e "$2/postmaster.pid" ] && kill -0 "$pid"; do sleep 0.05; done
`

func (c *Cluster) startWatchdog() error {
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", watchdog, "watchdog", c.paths.run, c.paths.cluster)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the tests, and their Ctrl-C
	if err := cmd.Start(); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the watchdog of the test cluster cannot be started")
	}
	go func() { _ = cmd.Wait() }() // it ends after us, or at once
	return nil
}
