package places

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/pg"
)

// Cause says why places change; it is kept on every revision.
type Cause struct {
	Import       int64     // imports.id, or
	Contribution int64     // contributions.id
	At           time.Time // the instant of the change
}

// Draft is the next state of one place.
type Draft struct {
	Place      ID  // 0 for a new place
	Base       int // the live revision it was made from; 0 for a new place
	Document   Document
	Footprint  orb.Geometry // EPSG:4326; nil for a point
	Provenance Provenances  // of every field; entries without a revision get the new one
}

// Published says what became of a draft.
type Published struct {
	Place    ID
	Revision int
	Seq      int64    // of the change entry; 0 for a hidden place, which has none
	Hash     [32]byte // of the revision's content: SHA-256 of the document's JSON, then the footprint's WKB
	// Commitment to the public content, Commit(key, Content.Canonical()). The leaf
	// of the log that tells of this revision carries it; the key is in log_payloads.
	Commitment [32]byte
}

// publishChunk bounds what one round trip carries, in drafts.
const publishChunk = 2000

// changesLock is the advisory lock under which seq is taken. It is held until
// commit, which is what makes seq follow commit order.
const changesLock int64 = 0x6371_6368_616e_6765

// Publish makes drafts public, all or none: a revision each, the published row,
// the change entry, and a NOTIFY on the channel "changes" at commit. Results are
// in the order of the drafts.
//
// It opens a transaction (inside one: a savepoint). Publishers wait for each
// other from their first draft until the outermost commit. A draft whose Base is not the live revision
// is a Conflict fault; an unknown place NotFound; a category that the taxonomy
// lacks or a position off the globe Invalid. Nothing is published then. A merged place is a Conflict;
// a hidden one gets its revision and stays hidden, without a change entry.
func Publish(ctx context.Context, db pg.DB, taxonomy *Taxonomy, cause Cause, drafts []Draft) ([]Published, error) {
	if err := checkDrafts(taxonomy, drafts); err != nil {
		return nil, err
	}
	published := make([]Published, 0, len(drafts))
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		rows := newPublishRows(len(drafts))
		for chunk := range slices.Chunk(drafts, publishChunk) {
			rows.reset()
			done, err := publishSome(ctx, tx, rows, publication{taxonomy, cause, chunk})
			if err != nil {
				return err
			}
			published = append(published, done...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("publish %d places: %w", len(drafts), err)
	}
	return published, nil
}

func checkDrafts(taxonomy *Taxonomy, drafts []Draft) error {
	for _, draft := range drafts {
		d := draft.Document
		if _, ok := taxonomy.Category(d.Category); !ok {
			return fault.InvalidField("/category", "%q is not a category of this map", d.Category)
		}
		if !(d.Position[0] >= -180 && d.Position[0] <= 180 && d.Position[1] >= -90 && d.Position[1] <= 90) {
			return fault.InvalidField("/position", "%v is not a longitude and a latitude in degrees", d.Position)
		}
	}
	return nil
}

// publication is one chunk and what holds for all of it.
type publication struct {
	taxonomy *Taxonomy
	cause    Cause
	drafts   []Draft
}

func publishSome(ctx context.Context, tx pgx.Tx, rows *publishRows, of publication) ([]Published, error) {
	drafts := of.drafts
	ids, err := takeIDs(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	hidden, err := checkBases(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	drafts = slices.Clone(drafts) // photos are settled in them
	if err := settlePhotos(ctx, tx, drafts, ids, of.cause.At); err != nil {
		return nil, err
	}
	codes, err := locate(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	seq, err := lockSeq(ctx, tx)
	if err != nil {
		return nil, err
	}
	published := make([]Published, len(drafts))
	for i, draft := range drafts {
		place := standing{
			Standing: Standing{
				Place: ids[i], Revision: draft.Base + 1, UpdatedAt: of.cause.At,
				Group: of.taxonomy.GroupOf(draft.Document.Category), Neighbourhood: codes[i],
			},
		}
		if !hidden[draft.Place] {
			seq++
			place.seq = seq
		}
		if published[i], err = rows.add(draft, place, of.taxonomy); err != nil {
			return nil, err
		}
	}
	return published, rows.write(ctx, tx, of.cause)
}

// takeIDs gives each draft its place: its own, or the next of the sequence.
func takeIDs(ctx context.Context, tx pgx.Tx, drafts []Draft) ([]ID, error) {
	fresh := 0
	for _, draft := range drafts {
		if draft.Place == 0 {
			fresh++
		}
	}
	rows, err := tx.Query(ctx, `
		select nextval(places.sequence)
		from (select pg_get_serial_sequence('places', 'id')::regclass as sequence offset 0) places, generate_series(1, $1::int)`, fresh)
	if err != nil {
		return nil, err
	}
	next, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, err
	}
	ids := make([]ID, len(drafts))
	for i, draft := range drafts {
		ids[i] = draft.Place
		if draft.Place == 0 {
			ids[i], next = ID(next[0]), next[1:]
		}
	}
	return ids, nil
}

// checkBases locks the places that change and compares their live revision. It
// tells which of them are hidden: their history goes on where nobody sees it.
func checkBases(ctx context.Context, tx pgx.Tx, drafts []Draft) (hidden map[ID]bool, err error) {
	var existing []int64
	for _, draft := range drafts {
		if draft.Place != 0 {
			existing = append(existing, int64(draft.Place))
		}
	}
	if len(existing) == 0 {
		return nil, nil //nolint:nilnil // new places are not hidden
	}
	live, merged := make(map[ID]int, len(existing)), make(map[ID]bool)
	hidden = make(map[ID]bool)
	rows, err := tx.Query(ctx, `
		select id, live_revision, visibility <> 'public', state = 'merged'
		from places
		where id = any($1)
		order by id
		for no key update`, existing)
	if err != nil {
		return nil, err
	}
	var id ID
	var revision int
	var isHidden, isMerged bool
	_, err = pgx.ForEachRow(rows, []any{&id, &revision, &isHidden, &isMerged}, func() error {
		live[id], hidden[id], merged[id] = revision, isHidden, isMerged
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, draft := range drafts {
		revision, known := live[draft.Place]
		switch {
		case draft.Place == 0:
		case !known:
			return nil, fault.New(fault.NotFound, "there is no place %d", draft.Place)
		case merged[draft.Place]:
			return nil, fault.New(fault.Conflict, "place %d was merged into another", draft.Place)
		case revision != draft.Base:
			return nil, fault.New(fault.Conflict, "place %d is at revision %d, not %d any more", draft.Place, revision, draft.Base)
		}
		live[draft.Place] = -1 // a second draft of the same place in one call is a conflict too
	}
	return hidden, nil
}

// locate finds the smallest neighbourhood around each draft's position, empty where there is none.
func locate(ctx context.Context, tx pgx.Tx, drafts []Draft) ([]string, error) {
	lons, lats := make([]float64, len(drafts)), make([]float64, len(drafts))
	for i, draft := range drafts {
		lons[i], lats[i] = draft.Document.Position[0], draft.Document.Position[1]
	}
	rows, err := tx.Query(ctx, `
		select coalesce(n.code, '')
		from unnest($1::float8[], $2::float8[]) with ordinality as p (lon, lat, i)
		left join lateral (
			select code
			from neighbourhoods
			where st_covers(area, st_setsrid(st_makepoint(p.lon, p.lat), 4326))
			order by level desc, st_area(area), code
			limit 1
		) n on true
		order by p.i`, lons, lats)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// lockSeq makes this the only publishing transaction and returns the last seq taken.
func lockSeq(ctx context.Context, tx pgx.Tx) (seq int64, err error) {
	// Two statements: the second must see what the last holder of the lock committed.
	if _, err = tx.Exec(ctx, `select pg_advisory_xact_lock($1)`, changesLock); err != nil {
		return 0, err
	}
	err = tx.QueryRow(ctx, `select coalesce(max(seq), 0) from changes`).Scan(&seq)
	return seq, err
}
