package places

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for publish.sql
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/geo"
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
	Seq      int64    // of the change entry
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
// lacks or a position off the globe Invalid. Nothing is published then.
func Publish(ctx context.Context, db pg.DB, taxonomy *Taxonomy, cause Cause, drafts []Draft) ([]Published, error) {
	if err := checkDrafts(taxonomy, drafts); err != nil {
		return nil, err
	}
	published := make([]Published, 0, len(drafts))
	err := pg.InTx(ctx, db, func(tx pgx.Tx) error {
		for chunk := range slices.Chunk(drafts, publishChunk) {
			done, err := publishSome(ctx, tx, taxonomy, cause, chunk)
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

func publishSome(ctx context.Context, tx pgx.Tx, taxonomy *Taxonomy, cause Cause, drafts []Draft) ([]Published, error) {
	ids, err := takeIDs(ctx, tx, drafts)
	if err != nil {
		return nil, err
	}
	if err := checkBases(ctx, tx, drafts); err != nil {
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
	rows := newPublishRows(len(drafts))
	published := make([]Published, len(drafts))
	for i, draft := range drafts {
		place := standing{
			Standing: Standing{
				Place: ids[i], Revision: draft.Base + 1, UpdatedAt: cause.At,
				Group: taxonomy.GroupOf(draft.Document.Category), Neighbourhood: codes[i],
			},
			seq: seq + int64(i) + 1,
		}
		if published[i], err = rows.add(draft, place, taxonomy); err != nil {
			return nil, err
		}
	}
	return published, rows.write(ctx, tx, cause)
}

// takeIDs gives each draft its place: its own, or the next of the sequence.
func takeIDs(ctx context.Context, tx pgx.Tx, drafts []Draft) ([]ID, error) {
	fresh := 0
	for _, draft := range drafts {
		if draft.Place == 0 {
			fresh++
		}
	}
	rows, err := tx.Query(ctx, `select nextval(pg_get_serial_sequence('places', 'id')) from generate_series(1, $1::int)`, fresh)
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

// checkBases locks the places that change and compares their live revision.
func checkBases(ctx context.Context, tx pgx.Tx, drafts []Draft) error {
	var existing []int64
	for _, draft := range drafts {
		if draft.Place != 0 {
			existing = append(existing, int64(draft.Place))
		}
	}
	if len(existing) == 0 {
		return nil
	}
	live := make(map[ID]int, len(existing))
	rows, err := tx.Query(ctx, `select id, live_revision from places where id = any($1) order by id for update`, existing)
	if err != nil {
		return err
	}
	var id ID
	var revision int
	if _, err := pgx.ForEachRow(rows, []any{&id, &revision}, func() error { live[id] = revision; return nil }); err != nil {
		return err
	}
	for _, draft := range drafts {
		revision, known := live[draft.Place]
		switch {
		case draft.Place == 0:
		case !known:
			return fault.New(fault.NotFound, "there is no place %d", draft.Place)
		case revision != draft.Base:
			return fault.New(fault.Conflict, "place %d is at revision %d, not %d any more", draft.Place, revision, draft.Base)
		}
		live[draft.Place] = -1 // a second draft of the same place in one call is a conflict too
	}
	return nil
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

//go:embed publish.sql
var publishSQL string

// write stores the chunk in one statement: five round trips cost twice the time.
func (r *publishRows) write(ctx context.Context, tx pgx.Tx, cause Cause) error {
	_, err := tx.Exec(ctx, publishSQL,
		cause.Import, cause.At.UTC(), r.ids, r.seqs, r.hilberts, r.revisions,
		r.states, r.documents, r.provenances,
		r.points, r.footprints, r.hashes,
		r.kinds, r.categories, r.groups, r.neighbourhoods, r.wheelchairs, r.sources, r.names, r.features,
		r.searchA, r.searchB, r.searchC,
		r.keys, r.commitments,
		cause.Contribution,
	)
	return err
}

type standing struct {
	Standing
	seq int64
}

// publishRows are the columns of what one chunk writes, for unnest.
type publishRows struct {
	ids, seqs, hilberts            []int64
	revisions                      []int32
	states, documents, provenances []string
	points, footprints, hashes     [][]byte
	kinds, categories, groups      []string
	neighbourhoods, wheelchairs    []string
	sources, names, features       []string
	searchA, searchB, searchC      []string
	keys, commitments              [][]byte
}

func newPublishRows(n int) *publishRows {
	return &publishRows{ids: make([]int64, 0, n), documents: make([]string, 0, n), features: make([]string, 0, n)}
}

func (r *publishRows) add(draft Draft, place standing, taxonomy *Taxonomy) (Published, error) {
	d := draft.Document
	provenance := draft.Provenance.at(place.Revision)
	document, err := marshal(d)
	if err != nil {
		return Published{}, fmt.Errorf("write document of place %d: %w", place.Place, err)
	}
	provenanceText, err := json.Marshal(provenance)
	if err != nil {
		return Published{}, fmt.Errorf("write provenance of place %d: %w", place.Place, err)
	}
	text, err := RenderFeature(d, provenance, place.Standing)
	if err != nil {
		return Published{}, fmt.Errorf("render place %d: %w", place.Place, err)
	}
	point, footprint, err := shapes(draft)
	if err != nil {
		return Published{}, fmt.Errorf("write shape of place %d: %w", place.Place, err)
	}
	key, commitment, err := seal(draft, provenance, Content{
		At: place.UpdatedAt, Document: document, Footprint: footprint,
		Place: place.Place, Provenance: provenanceText, Revision: place.Revision,
	})
	if err != nil {
		return Published{}, fmt.Errorf("seal place %d: %w", place.Place, err)
	}
	hash := sha256.Sum256(slices.Concat(document, footprint))
	category, _ := taxonomy.Category(d.Category)

	r.ids, r.seqs = append(r.ids, int64(place.Place)), append(r.seqs, place.seq)
	r.revisions = append(r.revisions, int32(place.Revision))
	r.states, r.documents = append(r.states, string(d.State)), append(r.documents, string(document))
	r.provenances = append(r.provenances, string(provenanceText))
	r.points, r.footprints = append(r.points, point), append(r.footprints, footprint)
	r.hashes = append(r.hashes, hash[:])
	r.hilberts = append(r.hilberts, int64(geo.Hilbert(d.Position)))
	r.kinds, r.categories = append(r.kinds, string(d.Kind)), append(r.categories, d.Category)
	r.groups, r.neighbourhoods = append(r.groups, place.Group), append(r.neighbourhoods, place.Neighbourhood)
	r.wheelchairs, r.sources = append(r.wheelchairs, string(d.Wheelchair)), append(r.sources, provenance.Origin())
	r.names, r.features = append(r.names, d.Name.Plain()), append(r.features, string(text))
	a, b, c := searchTexts(d, category)
	r.searchA, r.searchB, r.searchC = append(r.searchA, a), append(r.searchB, b), append(r.searchC, c)
	r.keys, r.commitments = append(r.keys, key[:]), append(r.commitments, commitment[:])
	return Published{Place: place.Place, Revision: place.Revision, Seq: place.seq, Hash: hash, Commitment: commitment}, nil
}

// seal commits to a revision under a new random key, leaving out what is private in the content given.
func seal(draft Draft, provenance Provenances, content Content) (key, commitment [32]byte, err error) {
	if public := provenance.public(); len(public) < len(provenance) {
		if content.Provenance, err = json.Marshal(public); err != nil {
			return key, commitment, err
		}
	}
	if len(draft.Document.Private) > 0 {
		public := draft.Document
		public.Private = nil
		if content.Document, err = marshal(public); err != nil {
			return key, commitment, err
		}
	}
	canonical, err := content.Canonical()
	if err != nil {
		return key, commitment, fault.Wrap(fault.Invalid, err, "the document holds a value that JSON cannot carry everywhere")
	}
	if _, err := rand.Read(key[:]); err != nil {
		return key, commitment, err
	}
	return key, Commit(key, canonical), nil
}

// at stamps the fields that this revision brings.
func (p Provenances) at(revision int) Provenances {
	stamped := make(Provenances, len(p))
	for path, field := range p {
		if field.Revision == 0 {
			field.Revision = revision
		}
		stamped[path] = field
	}
	return stamped
}

func shapes(draft Draft) (point, footprint []byte, err error) {
	if point, err = wkb.Marshal(draft.Document.Position); err != nil {
		return nil, nil, err
	}
	if draft.Footprint == nil {
		return point, nil, nil
	}
	footprint, err = wkb.Marshal(draft.Footprint)
	return point, footprint, err
}

// searchTexts are what full-text search looks into: names first, then what it is, then the rest.
func searchTexts(d Document, category Category) (a, b, c string) {
	rest := d.Description.all()
	if at := d.Address; at != nil {
		rest = append(rest, at.Housenumber, at.Street, at.Postcode, at.City, at.Text)
	}
	return strings.Join(d.Name.all(), "\n"),
		strings.Join([]string{category.LabelFr, category.LabelEn, d.Operator}, "\n"),
		strings.Join(rest, "\n")
}
