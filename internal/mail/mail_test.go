package mail_test

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
	"cartoquartiers/internal/pg/pgtest"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

const sender = "Carte des quartiers <carte@ville.example.fr>"

// letter is a mail as a mail program reads it.
type letter struct {
	header     netmail.Header
	text, html string
}

func read(t *testing.T, raw io.Reader) letter {
	t.Helper()
	message, err := netmail.ReadMessage(raw)
	if err != nil {
		t.Fatal(err)
	}
	l := letter{header: message.Header}
	kind, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("%s, %v", kind, err)
	}
	parts := multipart.NewReader(message.Body, parameters["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return l
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			l.html = text
		} else {
			l.text = text
		}
	}
}

// only reads the only mail of a folder.
func only(t *testing.T, dir string) letter {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 1 {
		t.Fatalf("%v, %v; want one mail", names, err)
	}
	info, err := os.Stat(names[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	file, err := os.Open(names[0])
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	return read(t, file)
}

func TestAMailHasTextAndHTML(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	mailer, err := mail.ToFolder(dir, sender, clock)
	if err != nil {
		t.Fatal(err)
	}
	err = mailer.Send(t.Context(), mail.Message{
		To: "rosa@example.org", Subject: "Votre lien « été »", Text: "Bonjour à vous,\n", HTML: "<p>Bonjour à vous,</p>\n",
		Unsubscribe: "https://carte.example.fr/desabonnement?j=1",
	})
	if err != nil {
		t.Fatal(err)
	}
	l := only(t, dir)
	subject, err := new(mime.WordDecoder).DecodeHeader(l.header.Get("Subject"))
	if err != nil || subject != "Votre lien « été »" {
		t.Errorf("subject %q, %v", subject, err)
	}
	for name, want := range map[string]string{
		"To": "<rosa@example.org>", "From": `"Carte des quartiers" <carte@ville.example.fr>`, "Date": "Fri, 01 May 2026 12:00:00 +0000",
		"List-Unsubscribe": "<https://carte.example.fr/desabonnement?j=1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
	} {
		if got := l.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(l.text, "Bonjour à vous,") || !strings.Contains(l.html, "<p>Bonjour à vous,</p>") {
		t.Errorf("text %q, HTML %q", l.text, l.html)
	}
}

// TestNobodyAddsHeaders tries every header that something from outside could reach.
func TestNobodyAddsHeaders(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\r\n", "\n", "\r", "\x00", "\u2028", "\u0085"} {
		injection := end + "Bcc: victim@example.org" + end + end + "Buy"
		for name, m := range map[string]mail.Message{
			"to":          {To: "rosa@example.org" + injection, Subject: "s"},
			"subject":     {To: "rosa@example.org", Subject: "s" + injection},
			"unsubscribe": {To: "rosa@example.org", Subject: "s", Unsubscribe: "https://e.example/" + injection},
		} {
			dir := t.TempDir()
			mailer, err := mail.ToFolder(dir, sender, clock)
			if err != nil {
				t.Fatal(err)
			}
			if err := mailer.Send(t.Context(), m); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s with %q: %v", name, end, err)
			}
			if names, _ := os.ReadDir(dir); len(names) != 0 {
				t.Errorf("%s with %q: something was written", name, end)
			}
		}
		if _, err := mail.ToFolder(t.TempDir(), "Carte"+injection+" <carte@example.fr>", clock); err == nil {
			t.Errorf("a sender with %q", end)
		}
	}
}

func TestAddressesAreFoldedOrRefused(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"rosa@example.org": "rosa@example.org", " Rosa@Example.ORG ": "rosa@example.org", "rosa+carte@mairie.example.fr": "rosa+carte@mairie.example.fr",
		"rosa@école.fr": "rosa@xn--cole-9oa.fr",
		"":              "", "rosa": "", "rosa@": "", "@example.org": "", "rosa@localhost": "", "rosa@@example.org": "", "a b@example.org": "",
		"Rosa <rosa@example.org>": "", "rosa@example.org, maud@example.org": "", "rosa@example.org\r\nBcc: a@b.fr": "", `"a b"@example.org`: "", "rosa@[192.0.2.1]": "",
		"rosa@exa mple.org": "", "rosé@example.org": "", strings.Repeat("a", 250) + "@example.org": "", "rosa(c)@example.org": "", "rosa@-a-.fr": "",
	} {
		got, err := mail.Address(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", given, got, err, want)
		}
	}
}

func TestOldMailsLeaveTheFolder(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), noon
	mailer, err := mail.ToFolder(dir, sender, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := mailer.Send(t.Context(), mail.Message{To: "rosa@example.org", Subject: "s"}); err != nil {
			t.Fatal(err)
		}
		now = now.Add(5 * 24 * time.Hour)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%d mails, %v; the first is ten days old", len(names), err)
	}
	// A quiet server, or one that was killed while it wrote: nothing is sent, and yet all of it goes.
	if err := os.WriteFile(filepath.Join(dir, "20260101T000000.000Z-cut.eml.part"), []byte("To: rosa"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := mail.SweepFolder(dir, now.Add(30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 0 {
		t.Errorf("%d mails are left after a month, %v", len(names), err)
	}
	if err := mail.SweepFolder(filepath.Join(dir, "none"), now); err != nil {
		t.Errorf("no folder: %v", err)
	}
}

func TestLettersNeedBothLanguagesAndBothForms(t *testing.T) {
	t.Parallel()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	whole := fstest.MapFS{
		"hello.fr.txt": file("Subject: Bonjour {{.Name}}\n\nBonjour {{.Name}}\n"), "hello.fr.html": file("<p>Bonjour {{.Name}}</p>"),
		"hello.en.txt": file("Subject: Hello {{.Name}}\n\nHello {{.Name}}\n"), "hello.en.html": file("<p>Hello {{.Name}}</p>"),
	}
	letters, err := mail.ReadLetters(whole)
	if err != nil {
		t.Fatal(err)
	}
	evil := struct{ Name string }{`<script>"&`}
	for language, want := range map[string]string{"en": "Hello", "fr": "Bonjour", "xx": "Bonjour"} {
		m, err := letters.Write("hello", language, evil)
		if err != nil || m.Subject != want+` <script>"&` || m.Text != want+` <script>"&`+"\n" || !strings.Contains(m.HTML, "<p>"+want+" &lt;script&gt;&#34;&amp;</p>") {
			t.Errorf("%s: %+v, %v", language, m, err)
		}
	}
	for name := range whole {
		part := fstest.MapFS{}
		for other, file := range whole {
			if other != name {
				part[other] = file
			}
		}
		if _, err := mail.ReadLetters(part); err == nil {
			t.Errorf("without %s", name)
		}
	}
}

// box is a mailer that fails at first.
type box struct {
	failures int
	got      []mail.Message
}

func (b *box) Send(_ context.Context, m mail.Message) error {
	if b.failures--; b.failures >= 0 {
		return fault.New(fault.Unavailable, "the line is dead")
	}
	b.got = append(b.got, m)
	return nil
}

// TestALetterIsForgottenWhenItHasGone sends one through a mailer that fails once.
func TestALetterIsForgottenWhenItHasGone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	b := &box{failures: 1}
	post := &mail.Post{DB: db, Mailer: b, Writers: map[string]mail.Writer{
		"hello": func(_ context.Context, l mail.Letter) (mail.Message, error) {
			return mail.Message{Subject: l.Language, Text: string(l.Data)}, nil
		},
		"nothing": func(context.Context, mail.Letter) (mail.Message, error) { return mail.Message{}, mail.ErrNothing },
	}}
	for _, kind := range []string{"hello", "nothing"} {
		err := pg.InTx(t.Context(), db, func(tx pgx.Tx) error {
			return mail.Enqueue(t.Context(), tx, mail.Waiting{Kind: kind, To: "rosa@example.org", Language: "en", Data: map[string]int{"n": 7}}, noon)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var jobs string
	if err := db.QueryRow(t.Context(), `select string_agg(j::text, ' ') from river_job j`).Scan(&jobs); err != nil || strings.Contains(jobs, "rosa") {
		t.Errorf("the jobs hold %s, %v", jobs, err)
	}
	errand := post.Errand()
	waiting := func() (n int) {
		if err := db.QueryRow(t.Context(), `select count(*) from mails`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := errand.Do(t.Context(), 1); err == nil || strings.Contains(err.Error(), "rosa") || waiting() != 2 {
		t.Errorf("a dead line: %v, %d wait", err, waiting())
	}
	for row := range int64(3) {
		if err := errand.Do(t.Context(), row); err != nil { // row 0 never was
			t.Errorf("row %d: %v", row, err)
		}
	}
	if waiting() != 0 || len(b.got) != 1 || b.got[0].To != "rosa@example.org" || b.got[0].Subject != "en" || b.got[0].Text != `{"n": 7}` {
		t.Errorf("%d wait, sent %+v", waiting(), b.got)
	}
}

func TestALetterThatNobodyTakesIsForgottenAfterADay(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, at := range []time.Time{noon, noon.Add(-25 * time.Hour)} {
		err := pg.InTx(t.Context(), db, func(tx pgx.Tx) error {
			return mail.Enqueue(t.Context(), tx, mail.Waiting{Kind: "hello", To: "rosa@example.org", Language: "fr"}, at)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var told []string
	tell := map[string]mail.GivenUp{"hello": func(_ context.Context, _ pgx.Tx, email string) error {
		told = append(told, email)
		return nil
	}}
	if n, err := mail.Forget(t.Context(), db, tell, noon); err != nil || n != 1 || !slices.Equal(told, []string{"rosa@example.org"}) {
		t.Errorf("%d forgotten, %v; told of %v", n, err, told)
	}
}
