// Package following is what people are told by mail: authors, what became of what
// they proposed; who follows a part of the map, what changed there; moderators, in
// the morning, what waits.
//
// It decides who is told what, and when; internal/mail has it sent. Everything
// is done by chores, minutes after what happened, never in a request.
//
// Start with tell.go for authors, follow.go and digest.go for the others.
package following

import (
	"embed"
	"io/fs"
	"time"

	"cartoquartiers/internal/mail"
	"cartoquartiers/internal/pg"
	"cartoquartiers/places"
)

//go:embed letters
var letterFiles embed.FS

// Letters tells people. All of it is needed.
type Letters struct {
	DB       pg.DB
	Clock    func() time.Time
	BaseURL  string // that links begin with
	Taxonomy *places.Taxonomy
	letters  *mail.Letters
	zone     *time.Location // in which mornings are
}

// New makes Letters with the shipped letters.
func New(l Letters) (*Letters, error) {
	files, err := fs.Sub(letterFiles, "letters")
	if err != nil {
		return nil, err
	}
	if l.letters, err = mail.ReadLetters(files); err != nil {
		return nil, err
	}
	l.zone, err = time.LoadLocation("Europe/Paris")
	return &l, err
}

// Writers are those of the letters that are sent here, for mail.Post.
func (l *Letters) Writers() map[string]mail.Writer {
	return map[string]mail.Writer{toldLetter: l.writeTold, digestLetter: l.writeDigest}
}
