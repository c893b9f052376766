package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/pg/embedded"
	"cartoquartiers/moderation/publiclog/verify"
)

// kills is how often the drill kills: 200 times in `make soak`.
func kills() int {
	if os.Getenv("CARTOQUARTIERS_SOAK") != "" {
		return 200
	}
	return 10
}

// Eight writers contribute while the server and PostgreSQL are killed at random
// moments. A writer without an answer asks again with the same key until it has
// one. At the end every acknowledged contribution is there once and whole, and the log
// holds the promise of every receipt.
func TestKilledAtRandomMomentsNothingIsLost(t *testing.T) {
	t.Parallel()
	d := newDrill(t)
	var writers sync.WaitGroup
	over := make(chan struct{})
	for writer := range 8 {
		writers.Go(func() { d.write(writer, over) })
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range kills() {
		d.letThemWrite(1 + random.IntN(20))
		<-time.After(time.Duration(random.IntN(50_000)) * time.Microsecond) // a moment that nothing else decides
		if random.IntN(2) == 0 {
			d.killServer()
		} else {
			d.killPostgres()
		}
	}
	d.letThemWrite(8)
	close(over)
	writers.Wait()
	d.everythingIsThere()
	d.everyPhotoFollows()
	d.logHolds()
}

// drill is a server on a private cluster that keeps being killed.
type drill struct {
	t      *testing.T
	env    []string
	data   string
	token  string // of an agent
	addr   atomic.Pointer[string]
	server *program

	uploads sync.Map // of the one writer who sends photos: by key

	mu           sync.Mutex
	acknowledged map[string]acknowledgement // by key
	more         chan struct{}              // closed and replaced at each acknowledgement
}

// acknowledgement is what a writer was told.
type acknowledgement struct {
	ID       int64
	Item     string
	State    string
	Receipt  string
	Place    int64
	Revision int
}

func newDrill(t *testing.T) *drill {
	t.Helper()
	data := publicDir(t)
	d := &drill{
		t: t, data: data, env: []string{"CARTOQUARTIERS_DATA=" + data, "CARTOQUARTIERS_BEHIND_PROXY=true"},
		acknowledged: make(map[string]acknowledgement), more: make(chan struct{}),
	}
	if status := start(t, d.env, "import", "demo").exit(); status != exitDone {
		t.Fatalf("import demo: %d", status)
	}
	d.token = strings.TrimSpace(output(t, d.env, "token", "create", "--role", "agent"))
	d.startServer()
	return d
}

func (d *drill) startServer() {
	d.t.Helper()
	d.server = serve(d.t, d.env)
	d.addr.Store(&d.server.addr)
}

func (d *drill) killServer() {
	d.t.Helper()
	d.server.signal(syscall.SIGKILL)
	<-d.server.exited
	d.startServer()
}

// killPostgres kills the postmaster, if there is one just now; the server has to
// bring it back by itself.
func (d *drill) killPostgres() {
	lock, err := os.ReadFile(filepath.Join(d.data, "postgres", "postmaster.pid"))
	if err != nil {
		return
	}
	first, _, _ := strings.Cut(string(lock), "\n")
	if pid, err := strconv.Atoi(first); err == nil {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may be gone
	}
}

// letThemWrite waits for some acknowledgements.
func (d *drill) letThemWrite(count int) {
	d.t.Helper()
	patient := time.After(2 * patience)
	for {
		d.mu.Lock()
		more := d.more
		d.mu.Unlock()
		select {
		case <-more:
			if count--; count <= 0 {
				return
			}
		case <-patient:
			d.t.Fatal("the writers get no answer any more")
		}
	}
}

// write contributes one after the other until it is over, each until it is answered.
func (d *drill) write(writer int, over <-chan struct{}) {
	client := &http.Client{Timeout: 15 * time.Second}
	defer client.CloseIdleConnections()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		default:
		}
		key := fmt.Sprintf("%08x-0000-4000-8000-%012x", writer, n)
		given := time.After(4 * patience)
		for told := false; !told; {
			var err error
			if told, err = d.contribute(client, key, writer, n); err != nil {
				d.t.Errorf("%s: %v", key, err)
				return
			}
			select {
			case <-again.C:
			case <-given:
				d.t.Errorf("%s is never answered", key)
				return
			}
		}
	}
}

// contribute sends a contribution: an agent's, which a rule accepts, or a
// visitor's, which waits. told is false where there was no answer to rely on.
func (d *drill) contribute(client *http.Client, key string, writer, n int) (told bool, err error) {
	// Names that have nothing in common, or it would be asked whether it is the same place.
	photo := ""
	if writer == 0 {
		if photo = d.photo(client, key); photo == "" {
			return false, nil
		}
	}
	body := fmt.Sprintf(`{"action":"create","place":{"kind":"initiative","name":"%x","category":"give_box","position":[-2.8345,46.7525]}%s}`,
		sha256.Sum256([]byte(key)), photo)
	request, err := http.NewRequest(http.MethodPost, "http://"+*d.addr.Load()+"/api/v1/contributions", strings.NewReader(body))
	if err != nil {
		return false, err
	}
	request.Header.Set("Idempotency-Key", key)
	if writer%2 == 0 {
		request.Header.Set("Authorization", "Bearer "+d.token)
	} else {
		request.Header.Set("X-Forwarded-For", fmt.Sprintf("2001:db8:%x:%x::1", writer, n))
	}
	response, err := client.Do(request)
	if err != nil {
		return false, nil // killed: the same again
	}
	defer response.Body.Close()
	var a acknowledgement
	switch {
	case response.StatusCode == http.StatusConflict, response.StatusCode >= http.StatusInternalServerError:
		return false, nil
	case response.StatusCode != http.StatusCreated && response.StatusCode != http.StatusAccepted:
		return false, fmt.Errorf("status %d", response.StatusCode)
	case json.NewDecoder(response.Body).Decode(&a) != nil:
		return false, nil // cut in the middle
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.acknowledged[key] = a
	close(d.more)
	d.more = make(chan struct{})
	return true, nil
}

// photo sends the picture of a place once, and gives the members of a creation that
// use it; empty where there was no answer to rely on.
func (d *drill) photo(client *http.Client, key string) string {
	upload, sent := d.uploads.Load(key)
	if !sent {
		request, err := http.NewRequest(http.MethodPost, "http://"+*d.addr.Load()+photosPath, strings.NewReader(snap(d.t)))
		if err != nil {
			return ""
		}
		request.Header.Set("Authorization", "Bearer "+d.token)
		response, err := client.Do(request)
		if err != nil {
			return ""
		}
		defer response.Body.Close()
		var taken struct{ ID string }
		if response.StatusCode != http.StatusCreated || json.NewDecoder(response.Body).Decode(&taken) != nil {
			return ""
		}
		upload = taken.ID
		d.uploads.Store(key, upload)
	}
	return fmt.Sprintf(`,"photo":%q,"alt":"x","licence":"CC0-1.0"`, upload)
}

// stored is what the database has of a contribution.
type stored struct {
	ID                          int64
	Key, Item, State            string
	Leaves, Decisions, Revision int
}

// database is the drill's own, which the server has running.
func (d *drill) database() *embedded.Database {
	d.t.Helper()
	database, err := embedded.Connect(d.t.Context(), embedded.Choice{Dir: filepath.Join(d.data, "postgres")})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := database.Close(context.WithoutCancel(d.t.Context())); err != nil {
			d.t.Error(err)
		}
	})
	return database
}

// everyPhotoFollows waits until each accepted place that came with a photo has the
// photo's own contribution: one, which waits for a moderator.
func (d *drill) everyPhotoFollows() {
	d.t.Helper()
	database := d.database()
	var brought, waiting, photos int
	eventually(d.t, "every photo of an accepted place is proposed", func() bool {
		err := database.QueryRow(d.t.Context(), `
			select
				(select count(*) from contributions where action = 'create' and state = 'accepted' and body ? 'with'),
				(select count(*) from contributions where action = 'photo' and state = 'pending'),
				(select count(*) from photos where state = 'pending')`).Scan(&brought, &waiting, &photos)
		return err == nil && brought > 0 && brought <= waiting
	})
	if brought != waiting || brought != photos {
		d.t.Errorf("%d places came with a photo, %d contributions of photos wait, with %d photos", brought, waiting, photos)
	}
}

func (d *drill) everythingIsThere() {
	d.t.Helper()
	database := d.database()
	rows, err := database.Query(d.t.Context(), `
		with leaves as (
			select convert_from(entry, 'UTF8')::jsonb ->> 'item' as item, count(*)::int as count
			from log_leaves
			group by 1
		)
		select c.id, c.idempotency_key::text, c.item::text, c.state, coalesce(l.count, 0),
			(select count(*)::int from decisions where contribution_id = c.id),
			coalesce((select number from place_revisions where contribution_id = c.id), 0)
		from contributions c
		left join leaves l on l.item = c.item::text
		where c.action = 'create'`)
	if err != nil {
		d.t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[stored])
	if err != nil {
		d.t.Fatal(err)
	}
	if len(all) != len(d.acknowledged) {
		d.t.Errorf("%d contributions, %d acknowledged", len(all), len(d.acknowledged))
	}
	accepted := 0
	for _, one := range all {
		told, known := d.acknowledged[one.Key]
		whole := one.State == "pending" && one.Leaves == 1 && one.Decisions == 0 && one.Revision == 0 ||
			one.State == "accepted" && one.Leaves == 2 && one.Decisions == 1 && one.Revision == 1
		if !known || !whole || told.ID != one.ID || told.Item != one.Item || told.State != one.State {
			d.t.Errorf("told %+v (%v), stored %+v", told, known, one)
		}
		if one.State == "accepted" {
			accepted++
		}
	}
	d.t.Logf("%d contributions, %d of them accepted at once", len(all), accepted)
	if accepted == 0 || accepted == len(all) {
		d.t.Error("the drill met one kind of contribution only")
	}
}

// logHolds verifies the log from the outside, with the receipts.
func (d *drill) logHolds() {
	d.t.Helper()
	url := "http://" + *d.addr.Load()
	look := func(receipt string) *verify.Report {
		report, err := verify.Run(d.t.Context(), verify.Options{URL: url, Client: http.DefaultClient, Clock: time.Now, Receipt: receipt})
		if err != nil {
			d.t.Fatal(err)
		}
		return report
	}
	eventually(d.t, "every leaf in the tree, nothing wrong", func() bool { return len(look("").Problems) == 0 })
	checked := 0
	for key, told := range d.acknowledged {
		if checked++; checked > 20 {
			break
		}
		if problems := look(told.Receipt).Problems; len(problems) > 0 {
			d.t.Errorf("%s: %v", key, problems)
		}
	}
}
