package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/jobs"
	"cartoquartiers/internal/mail"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/places"
)

// signInFlags are those of accounts and mail.
type signInFlags struct {
	MailFrom        string `env:"CARTOQUARTIERS_MAIL_FROM" placeholder:"NAME <ADDRESS>" help:"Sender of mails (default: CartoQuartiers at the host of --base-url)."`
	SMTPURL         string `name:"smtp-url" env:"CARTOQUARTIERS_SMTP_URL" placeholder:"URL" help:"Mail server, smtp://user:password@host:587 or smtps://…:465; give it by the environment, not on the command line. Without it, mails are files in the data directory."`
	NoSignUp        bool   `env:"CARTOQUARTIERS_NO_SIGN_UP" help:"Nobody makes an account by themselves: operators do, with user create --email."`
	RequirePasskeys bool   `env:"CARTOQUARTIERS_REQUIRE_PASSKEYS" help:"Who moderates must have signed in with a passkey or at the town's identity provider; with a link by mail alone they act as residents."`
}

// oidcFlags are those of the town's identity provider.
type oidcFlags struct {
	OIDCIssuer     string `name:"oidc-issuer" env:"CARTOQUARTIERS_OIDC_ISSUER" placeholder:"URL" help:"The town's identity provider (OpenID Connect), where people can sign in too."`
	OIDCClient     string `name:"oidc-client" env:"CARTOQUARTIERS_OIDC_CLIENT" placeholder:"ID" help:"Our client there; its redirect address is /connexion/ville/retour below --base-url."`
	OIDCSecret     string `name:"oidc-secret" env:"CARTOQUARTIERS_OIDC_SECRET" placeholder:"SECRET" help:"Secret of the client; give it by the environment, or by --oidc-secret-file."`
	OIDCSecretFile string `name:"oidc-secret-file" env:"CARTOQUARTIERS_OIDC_SECRET_FILE" type:"existingfile" placeholder:"FILE" help:"File with the secret of the client."`
}

// oidc is the identity provider; nil without one.
func (s *server) oidc() (*accounts.OIDC, error) {
	c := s.command
	if c.OIDCIssuer == "" {
		return nil, nil //nolint:nilnil // a town without one is the usual case
	}
	secret := c.OIDCSecret
	if c.OIDCSecretFile != "" {
		text, err := os.ReadFile(c.OIDCSecretFile)
		if err != nil {
			return nil, fmt.Errorf("read the secret of the identity provider's client: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	o := &accounts.OIDC{
		DB: s.database.Pool, Clock: s.clock, BaseURL: s.public, Issuer: c.OIDCIssuer, Client: c.OIDCClient, Secret: secret, SignUp: !c.NoSignUp,
	}
	return o, o.Check()
}

// people is what signs in, writes letters and forgets.
type people struct {
	door    *accounts.Door
	links   *accounts.Links
	keys    *accounts.Passkeys
	town    *accounts.OIDC // nil without an identity provider
	persons *moderation.Persons
	post    *mail.Post
	letters *following.Letters
}

// startPeople makes it over the database, and erases again who came back with a backup.
func (s *server) startPeople(ctx context.Context) (err error) {
	c, pool := s.command, s.database.Pool
	s.people.door, err = accounts.NewDoor(accounts.DoorOptions{
		DB: pool, Clock: s.clock, BehindProxy: c.BehindProxy, BaseURL: c.BaseURL, RequirePasskeys: c.RequirePasskeys,
	})
	if err != nil {
		return err
	}
	s.people.links, err = accounts.NewLinks(accounts.Links{DB: pool, Clock: s.clock, BaseURL: s.public, SignUp: !c.NoSignUp})
	if err != nil {
		return err
	}
	if s.people.keys, err = accounts.NewPasskeys(accounts.Passkeys{DB: pool, Clock: s.clock}, s.public); err != nil {
		return err
	}
	if s.people.town, err = s.oidc(); err != nil {
		return misuse{err}
	}
	mailer, err := s.mailer()
	if err != nil {
		return misuse{err}
	}
	s.people.letters, err = following.New(following.Letters{DB: pool, Clock: s.clock, BaseURL: s.public, Taxonomy: places.ShippedTaxonomy()})
	if err != nil {
		return err
	}
	writers := s.people.links.Writers()
	maps.Copy(writers, s.people.letters.Writers())
	s.people.post = &mail.Post{DB: pool, Mailer: mailer, Writers: writers, Asked: []string{accounts.SignInLetter}, Clock: s.clock}
	s.people.persons = &moderation.Persons{DB: pool, Clock: s.clock, Stones: accounts.TombstonesIn(s.env.Data)}
	_, err = s.people.persons.Reapply(ctx, s.logger)
	return err
}

func (s *server) mailer() (mail.Mailer, error) {
	from := cmp.Or(s.command.MailFrom, senderAt(s.public))
	if s.command.SMTPURL != "" {
		return mail.ToServer(s.command.SMTPURL, from, s.clock)
	}
	dir := s.env.mailFolder()
	s.logger.Info("mails are written into files: no --smtp-url", "directory", dir)
	return mail.ToFolder(dir, from, s.clock)
}

// senderAt is the sender of a server that was given none.
func senderAt(base string) string {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return "CartoQuartiers <carte@localhost>"
	}
	return "CartoQuartiers <carte@" + u.Hostname() + ">"
}

// digestPace is how often it is looked whose letter is due.
const digestPace = 5 * time.Minute

// sweepPace is how often ended links and sessions, and idle accounts, are looked at.
const sweepPace = time.Hour

// peopleChores are what accounts and mail need done again and again.
func (s *server) peopleChores() []jobs.Chore {
	pool := s.database.Pool
	return []jobs.Chore{
		{Name: "tell_authors", Every: duePace, Do: func(ctx context.Context) error {
			_, err := s.people.letters.Tell(ctx)
			return err
		}},
		{Name: "digests", Every: digestPace, Do: func(ctx context.Context) error {
			_, err := s.people.letters.Digest(ctx)
			return err
		}},
		{Name: "sweep_accounts", Every: sweepPace, Do: func(ctx context.Context) error {
			return accounts.Sweep(ctx, pool, s.clock())
		}},
		{Name: "forget_mails", Every: sweepPace, Do: func(ctx context.Context) error {
			lost, err := mail.Forget(ctx, pool, accounts.GivenUp(), s.clock())
			if lost > 0 {
				s.logger.WarnContext(ctx, "mails were given up after a day", "mails", lost)
			}
			return errors.Join(err, mail.SweepFolder(s.env.mailFolder(), s.clock()))
		}},
		{Name: "idle_accounts", Every: sweepPace, Do: s.endIdle},
	}
}

// endIdle warns accounts that nobody uses, and erases those whose warning is over.
func (s *server) endIdle(ctx context.Context) error {
	warned, err := accounts.WarnIdle(ctx, s.database.Pool, s.clock())
	if err != nil {
		return err
	}
	erased, err := s.people.persons.EraseIdle(ctx)
	if warned+erased > 0 {
		s.logger.InfoContext(ctx, "idle accounts", "warned", warned, "erased", erased)
	}
	return err
}

// mailFolder is where mails lie that are not sent.
func (e *environment) mailFolder() string { return filepath.Join(e.Data, "mail") }
