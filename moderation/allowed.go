package moderation

import (
	"slices"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
)

// Object is what an action is about, as far as permission goes.
type Object struct {
	Exists        bool
	Visibility    string // public, refused, withheld
	Merged        bool
	Erased        bool  // all of it
	Organisation  int64 // that owns it; 0 for none
	Neighbourhood string
	Group         string
	Author        int64 // of the contribution, for what is done to contributions; 0 for a visitor
}

// Allowed says whether an actor may propose an action on a place. It is the one
// place where that is decided, and pure. A hidden place is absent for all but
// those who may see it: the fault is then NotFound, as for one that never was.
func Allowed(a accounts.Actor, action Action, o Object) error {
	if !a.Granted("contribute") && a.Role != accounts.Importer {
		return fault.New(fault.Forbidden, "this token is not for contributing")
	}
	hidden := o.Visibility == "refused" || o.Visibility == "withheld"
	if action != Create && (!o.Exists || hidden && !isModerator(a)) {
		return noPlace()
	}
	if slices.Contains(forModerators, action) && !isModerator(a) {
		return fault.New(fault.Forbidden, "only moderators can %s a place", string(action))
	}
	if slices.Contains(forModerators, action) && !a.Granted("moderate") {
		return fault.New(fault.Forbidden, "this token is not for moderating")
	}
	if o.Erased && action != Report {
		return fault.New(fault.Conflict, "the place was erased; nothing of it can come back")
	}
	if action == Erase {
		return nil // hidden, merged or shown
	}
	if o.Merged && action != Report && action != Restore {
		return fault.New(fault.Conflict, "the place was merged into another; change that one")
	}
	if hidden && action != Restore && action != Report {
		return fault.New(fault.Conflict, "the place is hidden; restore it first")
	}
	if !hidden && !o.Merged && action == Restore {
		return fault.New(fault.Conflict, "the place is neither hidden nor merged")
	}
	return nil
}

// AllowedToModerate says whether an actor may see and decide a contribution in the queue.
func AllowedToModerate(a accounts.Actor, o Object) error {
	if !isModerator(a) {
		return fault.New(fault.Forbidden, "only moderators see the queue")
	}
	if !a.Granted("moderate") {
		return fault.New(fault.Forbidden, "this token is not for moderating")
	}
	if !a.Covers(o.Neighbourhood, o.Group) {
		return fault.New(fault.Forbidden, "this contribution is outside your neighbourhoods and groups")
	}
	return nil
}

// AllowedToAdminister says whether an actor may see and change users, organisations, tokens and zones.
func AllowedToAdminister(a accounts.Actor) error {
	if a.Role != accounts.Admin || !a.Granted("admin") {
		return fault.New(fault.Forbidden, "only administrators may do this")
	}
	return nil
}
