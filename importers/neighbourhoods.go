package importers

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb/encoding/wkb"

	"cartoquartiers/places"
)

// townSource is the source of neighbourhoods that the town gives in a file of its own.
const townSource = "town"

func (r *run) takeBoundary(boundary Boundary) error {
	r.boundaries = append(r.boundaries, boundary)
	return nil
}

// writeNeighbourhoods replaces the neighbourhoods of the run's area by the given
// ones, or by those that the source yielded. Without any, what is there stays.
// A neighbourhood keeps its code as long as its source keeps its ref.
func (r *run) writeNeighbourhoods(ctx context.Context) error {
	source, boundaries := r.source.ID(), r.boundaries
	if r.options.Neighbourhoods != nil {
		source, boundaries = townSource, r.options.Neighbourhoods
	} else if town, err := r.townDrawsThem(ctx); err != nil || town {
		return err
	}
	if len(boundaries) == 0 {
		return nil
	}
	r.report.Neighbourhoods = len(boundaries)
	if err := r.dropOthers(ctx, source, boundaries); err != nil {
		return err
	}
	codes := newCodes()
	if err := codes.load(ctx, r.tx); err != nil {
		return err
	}
	for _, boundary := range boundaries {
		if err := r.writeNeighbourhood(ctx, source, boundary, codes.of(source, boundary)); err != nil {
			return fmt.Errorf("neighbourhood %s: %w", boundary.Name, err)
		}
	}
	return r.findParents(ctx)
}

// townDrawsThem reports whether the town has given its own neighbourhoods before: they win over a source's.
func (r *run) townDrawsThem(ctx context.Context) (town bool, err error) {
	err = r.tx.QueryRow(ctx, `select exists (select from neighbourhoods where source = $1)`, townSource).Scan(&town)
	return town, err
}

func (r *run) dropOthers(ctx context.Context, source string, boundaries []Boundary) error {
	refs := make([]string, len(boundaries))
	for i, boundary := range boundaries {
		refs[i] = boundary.Ref
	}
	var territory []byte
	if r.options.Territory != nil && source != townSource {
		var err error
		if territory, err = wkb.Marshal(r.options.Territory); err != nil {
			return err
		}
	}
	_, err := r.tx.Exec(ctx, `
		delete from neighbourhoods
		where not (source = $1 and ref = any($2))
			and ($3::bytea is null or st_intersects(area, st_geomfromwkb($3, 4326)))`, source, refs, territory)
	return err
}

func (r *run) writeNeighbourhood(ctx context.Context, source string, boundary Boundary, code string) error {
	area, err := wkb.Marshal(boundary.Area)
	if err != nil {
		return err
	}
	names := boundary.Names
	if names == nil {
		names = places.Text{}
	}
	text, err := json.Marshal(names)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, `
		insert into neighbourhoods (code, name, names, level, source, ref, area)
		values ($1, $2, $3, $4, $5, $6, st_multi(st_collectionextract(st_makevalid(st_geomfromwkb($7, 4326)), 3)))
		on conflict (source, ref) do update set
			name = excluded.name,
			names = excluded.names,
			level = excluded.level,
			area = excluded.area`,
		code, boundary.Name, text, boundary.Level, source, boundary.Ref, area)
	return err
}

// findParents hangs each neighbourhood under the smallest of a lower level that holds its middle.
func (r *run) findParents(ctx context.Context) error {
	_, err := r.tx.Exec(ctx, `
		update neighbourhoods n
		set parent = (
			select p.code
			from neighbourhoods p
			where p.level < n.level
				and st_covers(p.area, st_pointonsurface(n.area))
			order by p.level desc, st_area(p.area)
			limit 1
		)`)
	return err
}

// relocate moves published places to the neighbourhood that now surrounds them.
func (r *run) relocate(ctx context.Context) (err error) {
	if r.report.Neighbourhoods == 0 {
		return nil
	}
	r.report.Relocated, err = places.Relocate(ctx, r.tx, r.options.Taxonomy, r.options.Now)
	return err
}

// keepTerritory remembers where places of this town can be.
func (r *run) keepTerritory(ctx context.Context) error {
	if r.options.Territory == nil && r.report.Neighbourhoods == 0 {
		return nil
	}
	return places.KeepTerritory(ctx, r.tx, r.options.Territory, r.options.Now)
}

// codes hands out a code per neighbourhood: a slug of its name, numbered where taken.
type codes struct {
	known map[string]string // source and ref → code
	taken map[string]bool
}

func newCodes() *codes {
	return &codes{known: make(map[string]string), taken: make(map[string]bool)}
}

func (c *codes) load(ctx context.Context, tx pgx.Tx) error {
	rows, err := tx.Query(ctx, `select source || ' ' || ref, code from neighbourhoods`)
	if err != nil {
		return err
	}
	var ref, code string
	_, err = pgx.ForEachRow(rows, []any{&ref, &code}, func() error {
		c.known[ref], c.taken[code] = code, true
		return nil
	})
	return err
}

func (c *codes) of(source string, boundary Boundary) string {
	if code, ok := c.known[source+" "+boundary.Ref]; ok {
		return code
	}
	slug := slugOf(boundary.Name)
	code := slug
	for n := 2; c.taken[code]; n++ {
		code = slug + "-" + strconv.Itoa(n)
	}
	c.taken[code] = true
	return code
}

// slugOf is a name in the letters that a URL shows as they are.
func slugOf(name string) string {
	slug := strings.Join(places.Words(name), "-")
	slug = strings.Trim(notInSlugs.ReplaceAllString(slug, ""), "-")
	if slug == "" {
		return "quartier"
	}
	return slug
}

// notInSlugs are letters of other scripts than Latin, and what they leave behind.
var notInSlugs = regexp.MustCompile(`[^a-z0-9-]+|-{2,}`)
