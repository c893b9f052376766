package main

import (
	"encoding/hex"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/mail"
)

// plantPeople puts canaries into what is kept of people beside their contributions: an
// organisation with a record on the map, whose members, invitations, looks and letters
// are nobody's business; what Rosa follows; addresses that bounce; what authors are told.
func (a *aviary) plantPeople() {
	a.t.Helper()
	ctx, now := a.t.Context(), time.Now()
	organisation, err := accounts.CreateOrganisation(ctx, a.db, "Les amis "+control, now)
	if err != nil {
		a.t.Fatal(err)
	}
	place := a.say(201, "ahmed", "POST", contributions, a.plain("Boîte des amis")).Place
	a.organisation = organisation
	links, err := accounts.NewLinks(accounts.Links{DB: a.db, Clock: time.Now, BaseURL: "http://localhost", SignUp: true})
	if err != nil {
		a.t.Fatal(err)
	}
	for _, name := range []string{"waiting", "ended"} {
		invitation := accounts.NewInvitation{Organisation: organisation, Email: canary + name + "invited@example.org", Name: canary + "invited" + name, Language: "fr"}
		if err := links.Invite(ctx, invitation); err != nil {
			a.t.Fatal(err)
		}
	}
	const bounced = canary + "bounced@example.org"
	if err := mail.Stop(ctx, a.db, bounced, now); err != nil {
		a.t.Fatal(err)
	}
	var stop, hash, token string
	err = a.db.QueryRow(ctx, `
		with owner as (
			update places set organisation_id = $1 where id = $2
		), member as (
			insert into users (name, role, organisation_id, manages, known_as, email, created_at)
			values ($3 || 'member', 'member', $1, true, $3 || 'knownas', $3 || 'member@example.org', now())
			returning id
		), followed as (
			insert into follows (user_id, neighbourhood, created_at) select id, $3 || 'followed', now() from users where email = $3 || 'rosa@example.org'
		), told as (
			insert into notices (contribution_id, event) select max(id), 'received' from contributions
		), ended as (
			update invitations set ended_at = now() where email like '%ended%'
		)
		insert into digests (user_id, seq) select id, 0 from member returning stop_token::text`, organisation, place, canary).Scan(&stop)
	if err != nil {
		a.t.Fatal(err)
	}
	err = a.db.QueryRow(ctx, `
		select encode(hash, 'hex'), (select coalesce(max(encode(hash, 'hex')), $1) from invitations) from mail_stops`, hex.EncodeToString([]byte(canary))).Scan(&hash, &token)
	if err != nil {
		a.t.Fatal(err)
	}
	a.secrets = append(a.secrets, stop, hash, token)
}
