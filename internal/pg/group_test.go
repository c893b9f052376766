package pg_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/jackc/pgx/v5/pgconn"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// journeys is what a group does: it records who travels together, and the first
// journey lasts until it is let go.
type journeys struct {
	mu     sync.Mutex
	taken  [][]int
	hold   chan struct{}
	refuse func(calls []int) error
}

func (j *journeys) do(_ context.Context, calls []int) error {
	j.mu.Lock()
	j.taken = append(j.taken, slices.Clone(calls))
	first := len(j.taken) == 1
	j.mu.Unlock()
	if first {
		<-j.hold
		return nil
	}
	return j.refuse(calls)
}

// together calls with 0, which is held until all of the others wait, and gives the
// outcome of each.
func (j *journeys) together(t *testing.T, calls ...int) map[int]error {
	t.Helper()
	outcomes := make(map[int]error)
	synctest.Test(t, func(t *testing.T) {
		j.hold = make(chan struct{})
		g := pg.NewGroup(1, j.do, pg.Refused)
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, call := range append([]int{0}, calls...) {
			all.Go(func() {
				defer func() {
					if recover() != nil {
						mu.Lock()
						defer mu.Unlock()
						outcomes[call] = errPanicked
					}
				}()
				err := g.Do(t.Context(), call)
				mu.Lock()
				defer mu.Unlock()
				outcomes[call] = err
			})
			synctest.Wait() // one after the other
		}
		close(j.hold)
		all.Wait()
		if err := g.Do(t.Context(), 99); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	return outcomes
}

var (
	errPanicked = errors.New("panicked")
	errLost     = errors.New("connection lost")
	errRefused  = &pgconn.PgError{Code: "23505"}
)

func refusing(one int, err error) func([]int) error {
	return func(calls []int) error {
		if slices.Contains(calls, one) {
			return err
		}
		return nil
	}
}

func TestCallsThatWaitAreDoneTogether(t *testing.T) {
	t.Parallel()
	j := journeys{refuse: refusing(-1, nil)}
	for call, err := range j.together(t, 1, 2, 3) {
		if err != nil {
			t.Errorf("%d: %v", call, err)
		}
	}
	if want := [][]int{{0}, {1, 2, 3}, {99}}; !slices.EqualFunc(j.taken, want, slices.Equal) {
		t.Errorf("travelled as %v, not %v", j.taken, want)
	}
}

func TestNoMoreThan32TravelTogether(t *testing.T) {
	t.Parallel()
	j := journeys{refuse: refusing(-1, nil)}
	var calls []int
	for call := range 40 {
		calls = append(calls, call+1)
	}
	if outcomes := j.together(t, calls...); len(outcomes) != 41 {
		t.Errorf("%d outcomes", len(outcomes))
	}
	if len(j.taken) != 4 || len(j.taken[1]) != 32 || len(j.taken[2]) != 8 {
		t.Errorf("travelled as %v", j.taken)
	}
}

func TestACallThatIsRefusedSpoilsNoOther(t *testing.T) {
	t.Parallel()
	for refused := 1; refused <= 3; refused++ {
		j := journeys{refuse: refusing(refused, errRefused)}
		for call, err := range j.together(t, 1, 2, 3) {
			if wrong := call == refused; wrong != errors.Is(err, errRefused) || !wrong && err != nil {
				t.Errorf("%d is refused; %d: %v", refused, call, err)
			}
		}
	}
}

func TestWhatMayBeDoneIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	j := journeys{refuse: refusing(2, errLost)}
	for call, err := range j.together(t, 1, 2, 3) {
		if call != 0 && !errors.Is(err, errLost) {
			t.Errorf("%d: %v", call, err)
		}
	}
	if len(j.taken) != 3 { // 0, the three, and the one afterwards
		t.Errorf("travelled as %v", j.taken)
	}
}

func TestACallThatPanicsLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	j := journeys{refuse: func(calls []int) error {
		if slices.Contains(calls, 2) {
			panic("cannot")
		}
		return nil
	}}
	outcomes := j.together(t, 1, 2, 3)
	if !errors.Is(outcomes[1], errPanicked) || outcomes[2] == nil || outcomes[3] == nil {
		t.Errorf("outcomes %v", outcomes)
	}
}

func TestACallThatPanicsAloneEndsNothing(t *testing.T) {
	t.Parallel()
	j := journeys{}
	j.refuse = func(calls []int) error {
		if len(calls) > 1 {
			return errRefused
		}
		if calls[0] == 2 {
			panic("cannot")
		}
		return nil
	}
	outcomes := j.together(t, 1, 2, 3)
	if outcomes[1] != nil || !fault.Is(outcomes[2], fault.Unavailable) || outcomes[3] != nil {
		t.Errorf("outcomes %v", outcomes)
	}
}

func TestWhoHasLeftIsNotTakenAlong(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := pg.NewGroup(1, func(context.Context, []int) error { return errors.New("was done") }, pg.Refused)
	if err := g.Do(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// travels says what leaves when calls wait beside a seat that is kept.
func travels(t *testing.T, calls int, then func(ctx context.Context, seat *pg.Seat[int])) (taken []int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := pg.NewGroup(1, func(_ context.Context, together []int) error {
			taken = append(taken, len(together))
			return nil
		}, pg.Refused)
		seat := g.Keep()
		var all sync.WaitGroup
		for call := range calls {
			all.Go(func() {
				if err := g.Do(t.Context(), call); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		then(t.Context(), seat)
		all.Wait()
		seat.GiveUp()
		if err := g.Do(t.Context(), 99); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	return taken
}

func TestAJourneyWaitsForThoseWhoCome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		calls int
		then  func(context.Context, *pg.Seat[int])
		want  []int
	}{
		"who comes":            {3, func(ctx context.Context, s *pg.Seat[int]) { _ = s.Do(ctx, 7) }, []int{4, 1}},
		"who gives up":         {3, func(_ context.Context, s *pg.Seat[int]) { s.GiveUp() }, []int{3, 1}},
		"who gives up twice":   {3, func(_ context.Context, s *pg.Seat[int]) { s.GiveUp(); s.GiveUp() }, []int{3, 1}},
		"who keeps them":       {3, func(context.Context, *pg.Seat[int]) {}, []int{3, 1}},
		"who is not needed":    {32, func(context.Context, *pg.Seat[int]) {}, []int{32, 1}},
		"who comes, and again": {0, func(ctx context.Context, s *pg.Seat[int]) { _ = s.Do(ctx, 7); _ = s.Do(ctx, 8) }, []int{1, 1, 1}},
	} {
		if got := travels(t, c.calls, c.then); !slices.Equal(got, c.want) {
			t.Errorf("%s: travelled as %v, not %v", name, got, c.want)
		}
	}
}
