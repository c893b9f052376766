package osm

import (
	"context"
	"sync"
)

// visit scans frames with several workers and hands over what each gave, in
// file order and from one goroutine, so that the output of an import does not
// depend on timing. All workers have ended when it returns.
func visit(ctx context.Context, f *file, p *plan, v visitor) error {
	ctx, cancel := context.WithCancel(ctx)
	var working sync.WaitGroup
	defer working.Wait()
	defer cancel()

	jobs := make(chan job)
	order := make(chan chan result, v.workers-1) // with it, the results that wait in memory
	for range v.workers {
		working.Go(func() { work(f, p, jobs) })
	}
	working.Go(func() { feed(ctx, v.frames(), jobs, order) })

	for answer := range order {
		r := <-answer
		if r.err != nil {
			return r.err
		}
		if err := v.take(r.at, r.found); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// visitor is one pass: which frames it reads and who takes the results.
type visitor struct {
	workers int
	frames  func() func(yield func(*frame) bool)
	take    func(*frame, *found) error
}

type job struct {
	at     *frame
	answer chan result // buffered: a worker never waits for the taker
}

type result struct {
	at    *frame
	found *found
	err   error
}

func work(f *file, p *plan, jobs <-chan job) {
	s := scanner{plan: p, inflater: inflater{file: f}}
	for j := range jobs {
		found, err := s.scan(*j.at)
		j.answer <- result{j.at, found, err}
	}
}

// feed queues every frame twice: for the workers, and for the taker's order.
func feed(ctx context.Context, frames func(func(*frame) bool), jobs chan<- job, order chan<- chan result) {
	defer close(jobs)
	defer close(order)
	for at := range frames {
		j := job{at, make(chan result, 1)}
		select {
		case jobs <- j:
		case <-ctx.Done():
			return
		}
		select {
		case order <- j.answer:
		case <-ctx.Done():
			return
		}
	}
}
