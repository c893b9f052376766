package snapshot

import "slices"

// fromB marks a row of a plan as one of the second segment.
const fromB = 1 << 31

// merge makes the segment that holds a without its dead rows, and b. Ids of b
// must not be alive in a.
func merge(a *segment, dead []uint32, b *segment) *segment {
	plan := mergePlan(a, dead, b)
	merged := arrange(a, b, plan)
	merged.byID = mergeIDs(a, b, plan)
	return merged
}

// mergePlan says for each row of the result which row it comes from.
func mergePlan(a *segment, dead []uint32, b *segment) []uint32 {
	plan := make([]uint32, 0, a.len()-len(dead)+b.len())
	j := 0
	for i := range a.len() {
		if len(dead) > 0 && dead[0] == uint32(i) {
			dead = dead[1:]
			continue
		}
		for j < b.len() && (b.keys[j] < a.keys[i] || b.keys[j] == a.keys[i] && b.ids[j] < a.ids[i]) {
			plan = append(plan, uint32(j)|fromB)
			j++
		}
		plan = append(plan, uint32(i))
	}
	for ; j < b.len(); j++ {
		plan = append(plan, uint32(j)|fromB)
	}
	return plan
}

// arrange gathers every column but byID in the order of the plan.
func arrange(a, b *segment, plan []uint32) *segment {
	s := &segment{
		folding:    &foldOnce{},
		keys:       pick(a.keys, b.keys, plan),
		ids:        pick(a.ids, b.ids, plan),
		lons:       pick(a.lons, b.lons, plan),
		lats:       pick(a.lats, b.lats, plan),
		xs:         pick(a.xs, b.xs, plan),
		ys:         pick(a.ys, b.ys, plan),
		seqs:       pick(a.seqs, b.seqs, plan),
		updated:    pick(a.updated, b.updated, plan),
		revisions:  pick(a.revisions, b.revisions, plan),
		profiles:   pick(a.profiles, b.profiles, plan),
		hoods:      pick(a.hoods, b.hoods, plan),
		schedules:  pick(a.schedules, b.schedules, plan),
		verified:   pick(a.verified, b.verified, plan),
		featureAt:  pick(a.featureAt, b.featureAt, plan),
		featureLen: pick(a.featureLen, b.featureLen, plan),
	}
	s.texts = slices.Concat(a.texts, b.texts)
	shift := uint64(len(a.texts)) << 32
	for i, row := range plan {
		if row&fromB != 0 {
			s.featureAt[i] += shift
		}
	}
	s.renumberNames(a, b, plan)
	return s
}

func pick[T any](a, b []T, plan []uint32) []T {
	picked := make([]T, len(plan))
	for i, row := range plan {
		if row&fromB == 0 {
			picked[i] = a[row]
		} else {
			picked[i] = b[row&^fromB]
		}
	}
	return picked
}

// renumberNames numbers the names in the order of their first row, and copies
// them in the order of rows. A name that both segments hold has two numbers:
// harmless, and no map is needed.
func (s *segment) renumberNames(a, b *segment, plan []uint32) {
	const unseen = ^uint32(0)
	numbers := make([]uint32, a.nameCount()+b.nameCount())
	for i := range numbers {
		numbers[i] = unseen
	}
	s.names, s.nameAts = make([]uint32, len(plan)), make([]uint32, len(plan))
	s.nameAt = make([]uint32, 0, len(numbers))
	s.nameBytes = make([]byte, 0, len(a.nameBytes)+len(b.nameBytes))
	for i, row := range plan {
		source, at, old := a, row, uint32(0)
		if row&fromB != 0 {
			source, at, old = b, row&^fromB, uint32(a.nameCount())
		}
		old += source.names[at]
		s.nameAts[i] = s.keepName(source.nameValue(int(at)))
		if numbers[old] == unseen {
			numbers[old] = uint32(s.nameCount())
			s.nameAt = append(s.nameAt, s.nameAts[i])
		}
		s.names[i] = numbers[old]
	}
}

// mergeIDs is the byID of a merged segment, made in one walk through both.
func mergeIDs(a, b *segment, plan []uint32) []uint32 {
	const gone = ^uint32(0)
	rowsOfA, rowsOfB := make([]uint32, a.len()), make([]uint32, b.len())
	for i := range rowsOfA {
		rowsOfA[i] = gone
	}
	for i, row := range plan {
		if row&fromB == 0 {
			rowsOfA[row] = uint32(i)
		} else {
			rowsOfB[row&^fromB] = uint32(i)
		}
	}
	merged := make([]uint32, 0, len(plan))
	j := 0
	for _, row := range a.byID {
		if rowsOfA[row] == gone {
			continue
		}
		for j < b.len() && b.ids[b.byID[j]] < a.ids[row] {
			merged = append(merged, rowsOfB[b.byID[j]])
			j++
		}
		merged = append(merged, rowsOfA[row])
	}
	for ; j < b.len(); j++ {
		merged = append(merged, rowsOfB[b.byID[j]])
	}
	return merged
}
