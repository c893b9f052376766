package moderation

import "slices"

// State is where a contribution stands.
type State string

// The states of a contribution.
const (
	Pending    State = "pending"
	NeedsInfo  State = "needs_info" // back to the author, with a deadline
	Escalated  State = "escalated"  // to someone else than the first moderator
	Accepted   State = "accepted"
	Refused    State = "refused"
	Withdrawn  State = "withdrawn"  // by its author
	Superseded State = "superseded" // another one did it
	Expired    State = "expired"    // the author did not answer
)

// Word is how a sentence says the state.
func (s State) Word() string {
	if s == NeedsInfo {
		return "waiting for its author"
	}
	return string(s)
}

// AllStates lists every state.
var AllStates = []State{Pending, NeedsInfo, Escalated, Accepted, Refused, Withdrawn, Superseded, Expired}

// edges are the allowed steps. The table contribution_edges has the same, and
// TestEdgesAreThoseOfTheDatabase compares them.
var edges = map[State][]State{
	Pending:   {Accepted, Refused, Withdrawn, Superseded, NeedsInfo, Escalated},
	NeedsInfo: {Pending, Accepted, Refused, Withdrawn, Superseded, Expired, Escalated},
	Escalated: {Accepted, Refused, Withdrawn, Superseded, NeedsInfo},
	Refused:   {Escalated}, // an appeal
}

// CanBecome reports whether a contribution may go from one state to another.
func (s State) CanBecome(next State) bool { return slices.Contains(edges[s], next) }

// Open reports whether the contribution still waits for someone.
func (s State) Open() bool { return s == Pending || s == NeedsInfo || s == Escalated }

// Action is what a contribution proposes to do with its one place.
type Action string

// The actions.
const (
	Create  Action = "create"
	Edit    Action = "edit"
	Move    Action = "move"
	Close   Action = "close" // for good, or until a day
	Reopen  Action = "reopen"
	Confirm Action = "confirm" // "still right": moves verified_at only
	Report  Action = "report"
	Revert  Action = "revert"  // to an earlier revision, as a new one
	Hide    Action = "hide"    // with a reason and one of two faces; or one photo of it, for good
	Restore Action = "restore" // a hidden place
	Merge   Action = "merge"   // into another place
	Erase   Action = "erase"   // what a place or some of its revisions said, for privacy
	Photo   Action = "photo"   // a picture of the place; no rule accepts one
)

// AllActions lists every action.
var AllActions = []Action{Create, Edit, Move, Close, Reopen, Confirm, Report, Photo, Revert, Hide, Restore, Merge, Erase}

// forModerators are the actions that only moderators and admins propose.
var forModerators = []Action{Revert, Hide, Restore, Merge, Erase}

// Reasons a refusal, a hiding or a report can have, the same for all of them.
var Reasons = []string{"wrong", "gone", "duplicate", "charter", "spam", "personal_data", "out_of_scope", "unverifiable", "already_done"}
