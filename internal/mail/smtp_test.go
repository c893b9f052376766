package mail_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"cartoquartiers/internal/mail"
)

// smtpServer is a mail server of a few lines (RFC 5321), which takes one
// connection, and answers recipients with what it is told.
type smtpServer struct {
	url      string
	said     chan string // what the client said, once it has gone
	password string
}

func newSMTPServer(t *testing.T, toRecipient string) *smtpServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	s := &smtpServer{said: make(chan string, 1), password: "s3cret-canary"}
	s.url = fmt.Sprintf("smtp://carte:%s@%s", s.password, listener.Addr())
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			close(s.said)
			return
		}
		defer conn.Close()
		s.said <- talk(conn, toRecipient)
	}()
	return s
}

func talk(conn net.Conn, toRecipient string) string {
	var said strings.Builder
	lines := bufio.NewScanner(conn)
	answer := func(text string) { fmt.Fprintf(conn, "%s\r\n", text) }
	answer("220 mail.example ESMTP")
	inData := false
	for lines.Scan() {
		line := lines.Text()
		said.WriteString(line + "\n")
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case inData && line == ".":
			inData = false
			answer("250 taken")
		case inData:
		case verb == "EHLO":
			answer("250-mail.example\r\n250-8BITMIME\r\n250 AUTH PLAIN")
		case verb == "AUTH":
			answer("235 welcome")
		case verb == "RCPT":
			answer(toRecipient)
		case verb == "DATA":
			inData = true
			answer("354 go on")
		case verb == "QUIT":
			answer("221 bye")
			return said.String()
		default:
			answer("250 ok")
		}
	}
	return said.String()
}

func TestAMailGoesToTheServer(t *testing.T) {
	t.Parallel()
	server := newSMTPServer(t, "250 ok")
	mailer, err := mail.ToServer(server.url, sender, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), mail.Message{To: "rosa@example.org", Subject: "Bonjour", Text: "Oui.\n", HTML: "<p>Oui.</p>"}); err != nil {
		t.Fatal(err)
	}
	said := <-server.said
	login := base64.StdEncoding.EncodeToString([]byte("\x00carte\x00" + server.password))
	for _, want := range []string{"AUTH PLAIN " + login, "MAIL FROM:<carte@ville.example.fr>", "RCPT TO:<rosa@example.org>", "Subject: Bonjour", "Oui."} {
		if !strings.Contains(said, want) {
			t.Errorf("%q was not said:\n%s", want, said)
		}
	}
}

// TestNoErrorTellsTheRecipientOrThePassword is what keeps both out of logs and jobs.
func TestNoErrorTellsTheRecipientOrThePassword(t *testing.T) {
	t.Parallel()
	gone := newSMTPServer(t, "250 ok")
	gone.url = strings.Replace(gone.url, "127.0.0.1", "127.0.0.255", 1)
	for name, url := range map[string]string{
		"unknown": newSMTPServer(t, "550 5.1.1 <rosa@example.org> unknown").url, "busy": newSMTPServer(t, "451 rosa@example.org later").url, "unreachable": gone.url,
	} {
		mailer, err := mail.ToServer(url, sender, clock)
		if err != nil {
			t.Fatal(err)
		}
		err = mailer.Send(t.Context(), mail.Message{To: "rosa@example.org", Subject: "s"})
		if err == nil || strings.Contains(err.Error(), "rosa") || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", name, err)
		}
		if rejected := errors.Is(err, mail.ErrRejected); rejected != (name == "unknown") { // 5yz to RCPT, and nothing else, is for good
			t.Errorf("%s: rejected %v", name, rejected)
		}
	}
	for _, url := range []string{"http://u:s3cret@h", "smtp://u:s3cret%zz@h", "smtp://u:s3cret@", "u:s3cret@h", "smtp://u:s3cret@h:port"} {
		if _, err := mail.ToServer(url, sender, clock); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// TestAServerElsewhereMustSpeakTLS says nothing private to one that does not. For
// the client 0.0.0.0 is another machine; Linux connects it to this one.
func TestAServerElsewhereMustSpeakTLS(t *testing.T) {
	t.Parallel()
	server := newSMTPServer(t, "250 ok")
	mailer, err := mail.ToServer(strings.Replace(server.url, "127.0.0.1", "0.0.0.0", 1), sender, clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := mailer.Send(t.Context(), mail.Message{To: "rosa@example.org", Subject: "s"}); err == nil {
		t.Error("sent")
	}
	if said := <-server.said; !strings.Contains(said, "EHLO") || strings.Contains(said, "AUTH") || strings.Contains(said, "rosa") {
		t.Errorf("it was told %q", said)
	}
}
