package places

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for publish.sql
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
)

//go:embed publish.sql
var publishSQL string

// publishStatement is the name of publish.sql among a connection's prepared statements.
const publishStatement = "places.publish"

// write stores the chunk in one statement: five round trips cost twice the time.
func (r *publishRows) write(ctx context.Context, tx pgx.Tx, cause Cause) error {
	statement, err := tx.Prepare(ctx, publishStatement, publishSQL)
	if err != nil {
		return err
	}
	parameters := [][]byte{
		strconv.AppendInt(nil, cause.Import, 10),
		strconv.AppendInt(nil, cause.Contribution, 10),
		cause.At.UTC().AppendFormat(nil, time.RFC3339Nano),
	}
	formats := slices.Repeat([]int16{pgx.TextFormatCode}, len(parameters))
	for _, column := range r.columns() {
		parameters, formats = append(parameters, column.binary()), append(formats, pgx.BinaryFormatCode)
	}
	return tx.Conn().PgConn().ExecStatement(ctx, statement, parameters, formats, nil).Read().Err
}

type standing struct {
	Standing
	seq int64
}

// publishRows are the columns of what one chunk writes, for unnest.
type publishRows struct {
	id, seq, hilbert, revision                               *column
	state, document, provenance                              *column
	point, footprint, hash                                   *column
	kind, category, group, neighbourhood, wheelchair, source *column
	name, feature                                            *column
	searchA, searchB, searchC                                *column
	key, commitment                                          *column
}

// newPublishRows makes room for some drafts, so that columns seldom grow.
func newPublishRows(drafts int) *publishRows {
	column := func(element uint32, each int) *column { return newColumn(element, min(drafts, publishChunk), each) }
	const bigint, integer, text, bytes = pgtype.Int8OID, pgtype.Int4OID, pgtype.TextOID, pgtype.ByteaOID
	return &publishRows{
		id: column(bigint, 8), seq: column(bigint, 8), hilbert: column(bigint, 8), revision: column(integer, 4),
		state: column(text, 8), document: column(text, 600), provenance: column(text, 1500),
		point: column(bytes, 21), footprint: column(bytes, 300), hash: column(bytes, 32),
		kind: column(text, 10), category: column(text, 20), group: column(text, 20),
		neighbourhood: column(text, 20), wheelchair: column(text, 10), source: column(text, 5),
		name: column(text, 30), feature: column(text, 900),
		searchA: column(text, 50), searchB: column(text, 50), searchC: column(text, 60),
		key: column(bytes, 32), commitment: column(bytes, 32),
	}
}

// columns lists them as publish.sql numbers them.
func (r *publishRows) columns() []*column {
	return []*column{
		r.id, r.seq, r.hilbert, r.revision, r.state, r.document, r.provenance, r.point, r.footprint, r.hash,
		r.kind, r.category, r.group, r.neighbourhood, r.wheelchair, r.source, r.name, r.feature,
		r.searchA, r.searchB, r.searchC, r.key, r.commitment,
	}
}

// reset empties the columns for the next chunk.
func (r *publishRows) reset() {
	for _, column := range r.columns() {
		column.reset()
	}
}

func (r *publishRows) add(draft Draft, place standing, taxonomy *Taxonomy) (Published, error) {
	d := draft.Document
	provenance := draft.Provenance.at(place.Revision)
	document, err := d.Canonical()
	if err != nil {
		return Published{}, fault.Wrap(fault.Invalid, err, "the document holds a value that JSON cannot carry everywhere")
	}
	provenanceText, err := provenance.Canonical()
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

	r.id.bigint(int64(place.Place))
	r.seq.bigint(place.seq)
	r.hilbert.bigint(int64(geo.Hilbert(d.Position)))
	r.revision.integer(int32(place.Revision))
	r.document.bytes(document)
	r.provenance.bytes(provenanceText)
	r.point.bytes(point)
	r.footprint.orNull(footprint)
	r.hash.bytes(hash[:])
	r.source.text(provenance.Origin())
	r.feature.bytes(text)
	r.key.bytes(key[:])
	r.commitment.bytes(commitment[:])
	category, _ := taxonomy.Category(d.Category)
	r.addTyped(d, place, category)
	return Published{Place: place.Place, Revision: place.Revision, Seq: place.seq, Hash: hash, Commitment: commitment}, nil
}

// addTyped writes what readers filter by and search for.
func (r *publishRows) addTyped(d Document, place standing, category Category) {
	r.state.text(string(d.State))
	r.kind.text(string(d.Kind))
	r.category.text(d.Category)
	r.group.text(place.Group)
	r.neighbourhood.text(place.Neighbourhood)
	r.wheelchair.text(string(d.Wheelchair))
	r.name.text(d.Name.Plain())
	a, b, c := searchTexts(d, category)
	r.searchA.text(a)
	r.searchB.text(b)
	r.searchC.text(c)
}

// seal commits to a revision under a new random key, leaving out what is private
// in the content given, whose parts are canonical.
func seal(draft Draft, provenance Provenances, content Content) (key, commitment [32]byte, err error) {
	if public := provenance.public(); len(public) < len(provenance) {
		if content.Provenance, err = public.Canonical(); err != nil {
			return key, commitment, err
		}
	}
	if len(draft.Document.Private) > 0 {
		public := draft.Document
		public.Private = nil
		if content.Document, err = public.Canonical(); err != nil {
			return key, commitment, err
		}
	}
	if _, err := rand.Read(key[:]); err != nil {
		return key, commitment, err
	}
	return key, Commit(key, content.around(content.Document, content.Provenance)), nil
}

// at stamps the fields that this revision brings.
func (p Provenances) at(revision int) Provenances {
	var stamped Provenances // a copy, unless there is nothing to stamp
	for path, field := range p {
		if field.Revision != 0 {
			continue
		}
		if stamped == nil {
			stamped = maps.Clone(p)
		}
		field.Revision = revision
		stamped[path] = field
	}
	if stamped == nil {
		return p
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
