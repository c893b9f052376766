// Package moderation is what is proposed: contributions, the rules that decide
// some of them at once, the queue of the others, decisions and appeals.
//
// It is the one road to a published place: everybody's change is a contribution
// (Submit), a pure policy says whether a rule decides it, a person or a rule
// decides it (Decide), and what is accepted is merged field by field and
// published by package places, in one transaction with its decision.
//
// Start with submit.go, then decide.go; state.go has the states and their edges.
package moderation
