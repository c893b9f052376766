package jobs

import "sync"

// inside are the jobs that this node is inside of, by number.
type inside struct {
	mutex sync.Mutex
	jobs  map[int64]bool
}

// enter notes a job, until left is called.
func (i *inside) enter(job int64) (left func()) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.jobs[job] = true
	return func() {
		i.mutex.Lock()
		defer i.mutex.Unlock()
		delete(i.jobs, job)
	}
}

func (i *inside) holds(job int64) bool {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	return i.jobs[job]
}
