package main

import (
	"context"
	"time"

	"cartoquartiers/internal/jobs"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
)

const (
	// duePace is how often deadlines are looked at.
	duePace = time.Minute
	// forgetPace is how often what is kept for 30 days is looked at.
	forgetPace = time.Hour
	// leftPace is how often photos of places are looked for whose errand was given up.
	leftPace = time.Hour
	// orphanPace is how often the whole store of photos is looked through.
	orphanPace = 24 * time.Hour
	// restTime is how long the chores may take to come to rest when the server
	// stops: they are cut before, so that they never hold up the database's stop.
	restTime = 5 * time.Second
)

// startRoad opens the road of every change, with signed receipts where the log
// can be signed, and keeps its deadlines. Several servers may do so at once: one
// of them does each chore.
func (s *server) startRoad(ctx context.Context) error {
	s.road = moderation.DefaultRoad(places.ShippedTaxonomy())
	s.road.Signer, s.road.Policy, s.road.Photos = s.signer, s.policy, s.photos
	if s.command.Community {
		s.road.Community = &s.policy.Community
	}
	runner, err := jobs.Start(ctx, s.database.Pool, s.logger, append(s.chores(), s.peopleChores()...), s.people.post.Errand(), s.photoErrand())
	if err != nil {
		return err
	}
	s.stopDue = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restTime)
		defer cancel()
		if err := runner.Stop(ctx); err != nil {
			s.logger.Warn("a chore was left behind", "after", restTime, "error", err)
		}
	}
	return nil
}

// chores are what the road needs done again and again.
func (s *server) chores() []jobs.Chore {
	return []jobs.Chore{
		{Name: "deadlines", Every: duePace, Do: s.keepDeadlines},
		{Name: "votes", Every: duePace, Do: s.settleVotes},
		{Name: "undo", Every: duePace, Do: func(ctx context.Context) error {
			return s.road.ContinueUndos(ctx, s.database.Pool, s.clock())
		}},
		{Name: "photos", Every: duePace, Do: func(ctx context.Context) error {
			return s.road.SweepPhotos(ctx, s.database.Pool, s.clock())
		}},
		{Name: "photos-left", Every: leftPace, Do: s.proposeLeft},
		{Name: "photo-orphans", Every: orphanPace, Do: s.sweepStore},
		{Name: "forget", Every: forgetPace, Do: func(ctx context.Context) error {
			return moderation.Forget(ctx, s.database.Pool, s.clock())
		}},
	}
}

// photoErrand proposes the photo that came with a place, once the place is accepted. Its
// job is enqueued in the acceptance, so that no kill comes between the two.
func (s *server) photoErrand() jobs.Errand {
	return jobs.Errand{Name: moderation.PhotoErrand, Do: func(ctx context.Context, creation int64) error {
		return s.road.ProposePhoto(ctx, s.database.Pool, creation, s.clock())
	}}
}

// proposeLeft is for the errands of photos that were given up.
func (s *server) proposeLeft(ctx context.Context) error {
	found, err := s.road.ProposeLeft(ctx, s.database.Pool, s.clock())
	if found > 0 {
		s.logger.InfoContext(ctx, "photos of places proposed late", "found", found)
	}
	return err
}

// keepDeadlines escalates and expires what is overdue.
func (s *server) keepDeadlines(ctx context.Context) error {
	escalated, expired, err := s.road.Overdue(ctx, s.database.Pool, s.clock())
	if escalated+expired > 0 {
		s.logger.InfoContext(ctx, "deadlines passed", "escalated", escalated, "expired", expired)
	}
	return err
}

// settleVotes does what the residents' votes say, where the town asks for them.
func (s *server) settleVotes(ctx context.Context) error {
	accepted, escalated, advised, err := s.road.SettleVotes(ctx, s.database.Pool, s.clock())
	if accepted+escalated+advised > 0 {
		s.logger.InfoContext(ctx, "votes settled", "accepted", accepted, "escalated", escalated, "for_a_moderator", advised)
	}
	return err
}
