package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// smtpTime is how long sending one mail may take.
const smtpTime = 30 * time.Second

// smtpServer sends through a mail server.
type smtpServer struct {
	host    string
	tls     bool // from the beginning: the library itself dials then
	options []gomail.Option
	from    string
	clock   func() time.Time
}

// ToServer sends through the mail server at a URL: smtp://user:password@host:587
// (STARTTLS, which only a server on this machine may lack) or smtps://…:465 (TLS
// from the beginning, RFC 8314). No error shows the password.
func ToServer(address, from string, clock func() time.Time) (Mailer, error) {
	if err := Check(from); err != nil {
		return nil, err
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("the mail server must be smtp://user:password@host:587 or smtps://user:password@host:465")
	}
	options := append(tlsOptions(u), gomail.WithTimeout(smtpTime))
	if u.Port() != "" {
		port, err := strconv.Atoi(u.Port())
		if err != nil {
			return nil, errors.New("the port of the mail server is no number")
		}
		options = append(options, gomail.WithPort(port))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, gomail.WithSMTPAuth(authOf(u)), gomail.WithUsername(u.User.Username()), gomail.WithPassword(password))
	}
	if _, err := gomail.NewClient(u.Hostname(), options...); err != nil {
		return nil, fmt.Errorf("the mail server %s cannot be used: %w", u.Host, err)
	}
	return &smtpServer{u.Hostname(), u.Scheme == "smtps", options, from, clock}, nil
}

// isHere tells a server on this machine.
func isHere(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

func authOf(u *url.URL) gomail.SMTPAuthType {
	if u.Scheme == "smtp" && isHere(u) {
		return gomail.SMTPAuthPlainNoEnc // nobody listens between us
	}
	return gomail.SMTPAuthAutoDiscover
}

func tlsOptions(u *url.URL) []gomail.Option {
	if u.Scheme == "smtps" {
		return []gomail.Option{gomail.WithSSLPort(false)}
	}
	if isHere(u) {
		return []gomail.Option{gomail.WithTLSPortPolicy(gomail.TLSOpportunistic), gomail.WithPort(25)}
	}
	return []gomail.Option{gomail.WithTLSPortPolicy(gomail.TLSMandatory)}
}

// Send is documented at Mailer.
func (s *smtpServer) Send(ctx context.Context, m Message) error {
	msg, err := compose(m, s.from, s.clock())
	if err != nil {
		return err
	}
	err = s.send(ctx, msg)
	var refused *gomail.SendError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		// Its text quotes the recipient, and what the server says may do so too.
		told := undelivered(fmt.Sprintf("the server answered %d (%s)", refused.ErrorCode(), refused.Reason))
		if refused.Reason == gomail.ErrSMTPRcptTo && refused.ErrorCode() >= 500 {
			return fmt.Errorf("%w: %w", ErrRejected, told)
		}
		return told
	}
	var network net.Error
	if errors.As(err, &network) {
		return undelivered("the server cannot be reached")
	}
	return undelivered("the server did not let us in")
}

// send uses a connection once, and closes it whatever happens: the library leaves
// it open where the server does not speak TLS when it is asked to.
func (s *smtpServer) send(ctx context.Context, msg *gomail.Msg) error {
	options := slices.Clone(s.options)
	if !s.tls {
		var conn net.Conn
		options = append(options, gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (c net.Conn, err error) {
			conn, err = (&net.Dialer{Timeout: smtpTime}).DialContext(ctx, network, address)
			return conn, err
		}))
		defer func() {
			if conn != nil {
				_ = conn.Close() // closed already when all went well
			}
		}()
	}
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	return client.DialAndSendWithContext(ctx, msg)
}
