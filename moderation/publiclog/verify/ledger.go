package verify

import (
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"

	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
)

// revision names a revision of a place; number 0 is the whole place.
type revision struct {
	place  places.ID
	number int
}

// ledger is what the log says of every place.
type ledger struct {
	committed map[revision][32]byte
	latest    map[places.ID]int
	withdrawn map[places.ID]publiclog.Event // hidden, merged or erased, and not restored since
	erased    map[revision]bool
}

func (g ledger) isErased(r revision) bool { return g.erased[r] || g.erased[revision{r.place, 0}] }

// readLedger reads the entries, and the lists of the imports that they fix.
func (l *look) readLedger() error {
	l.log = ledger{
		committed: make(map[revision][32]byte), latest: make(map[places.ID]int),
		withdrawn: make(map[places.ID]publiclog.Event), erased: make(map[revision]bool),
	}
	for i, text := range l.leaves {
		leaf, err := publiclog.ParseLeaf(text)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "entry %d of the log is not understood; a newer version of this program may", i)
		}
		l.report.Tally.Add(leaf)
		if err := l.enter(leaf); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) enter(leaf publiclog.Leaf) error {
	switch leaf.Event {
	case publiclog.Imported:
		return l.enterImport(leaf)
	case publiclog.Hidden, publiclog.Merged:
		l.log.withdrawn[leaf.Place] = leaf.Event
		return nil
	case publiclog.Restored:
		delete(l.log.withdrawn, leaf.Place)
	case publiclog.Erased:
		l.report.Erased++
		if leaf.Place == 0 { // a contribution that never became a revision
			return nil
		}
		l.log.erased[revision{leaf.Place, leaf.Revision}] = true
		if leaf.Revision == 0 {
			l.log.withdrawn[leaf.Place] = leaf.Event
		}
		return nil
	case publiclog.Received, publiclog.Decided, publiclog.Reverted:
	}
	if leaf.Revision > 0 && leaf.Event != publiclog.Received && leaf.Commitment != [32]byte{} {
		return l.commit(publiclog.Row{Place: leaf.Place, Revision: leaf.Revision, Commitment: leaf.Commitment})
	}
	return nil
}

func (l *look) commit(row publiclog.Row) error {
	name := revision{row.Place, row.Revision}
	if before, ok := l.log.committed[name]; ok && before != row.Commitment {
		return fault.New(fault.Invalid, "the log commits to two different contents of place %d, revision %d", row.Place, row.Revision)
	}
	l.log.committed[name] = row.Commitment
	l.log.latest[row.Place] = max(l.log.latest[row.Place], row.Revision)
	return nil
}

// enterImport checks the list of an import against the root in its leaf.
func (l *look) enterImport(leaf publiclog.Leaf) error {
	l.report.Imports++
	if leaf.Count == 0 {
		return nil
	}
	body, err := l.get("log/imports/" + leaf.Item)
	if err != nil {
		return err
	}
	var tree publiclog.Frontier
	for line := range lines(body) {
		tree.Push(tlog.RecordHash(line))
		row, err := readRow(line)
		if err != nil {
			return err
		}
		if err := l.commit(row); err != nil {
			return err
		}
	}
	if tree.Root() != leaf.Root || tree.Size() != int64(leaf.Count) {
		return fault.New(fault.Invalid, "the list of what import %s published is not the one that the log fixed", leaf.Item)
	}
	return nil
}

func readRow(line []byte) (publiclog.Row, error) {
	var row struct {
		C        string    `json:"c"`
		Place    places.ID `json:"place"`
		Revision int       `json:"revision"`
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return publiclog.Row{}, fault.Wrap(fault.Invalid, err, "a line of an import's list is not JSON")
	}
	commitment, err := hash(row.C)
	return publiclog.Row{Place: row.Place, Revision: row.Revision, Commitment: commitment}, err
}
