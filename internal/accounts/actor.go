// Package accounts knows who acts: visitors by their address prefix, people by
// the session of their browser, scripts by a token. What they may do is not
// decided here, but by package moderation.
//
// Start with actor.go; who.go turns a request into an Actor.
package accounts

import "slices"

// Role is in what capacity someone acts. It is public; who acts is not.
type Role string

// The roles, from the least to the most trusted.
const (
	Visitor   Role = "visitor"
	Resident  Role = "resident"
	Member    Role = "member" // of an organisation, in its name
	Agent     Role = "agent"
	Moderator Role = "moderator"
	Admin     Role = "admin"
	Importer  Role = "importer"
)

// AllRoles lists every role.
var AllRoles = []Role{Visitor, Resident, Member, Agent, Moderator, Admin, Importer}

// Scope is a part of the town or of the taxonomy that someone is there for.
type Scope struct {
	Neighbourhood string // code; empty is any
	Group         string // id; empty is any
}

// Actor is who makes a request.
type Actor struct {
	Role         Role
	User         int64    // 0 for visitors and imports
	Organisation int64    // of a Member
	Manages      bool     // that organisation
	Import       int64    // of an Importer
	Scopes       []Scope  // of an Agent or Moderator; none is everywhere
	Grants       []string // what the token is for: read, contribute, moderate, admin; of a session, what the role is for
	Session      int64    // of the browser; 0 with a token, and for visitors
	Method       Method   // how the session began; empty without one
	PrefixHash   []byte   // of a Visitor's address prefix, keyed
	Secret       []byte   // hash of the secret of the one contribution that a Visitor comes back to; see HolderOf
}

// Covers reports whether a place with this neighbourhood and group is in the actor's scope.
func (a Actor) Covers(neighbourhood, group string) bool {
	return len(a.Scopes) == 0 || slices.ContainsFunc(a.Scopes, func(s Scope) bool {
		return (s.Neighbourhood == "" || s.Neighbourhood == neighbourhood) && (s.Group == "" || s.Group == group)
	})
}

// Granted reports whether the actor's token is for this.
func (a Actor) Granted(grant string) bool { return slices.Contains(a.Grants, grant) }
