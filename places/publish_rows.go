package places

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	_ "embed" // for publish.sql
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/geo"
	"cartoquartiers/internal/fault"
)

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
