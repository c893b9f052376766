package api

import (
	"net/http"

	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/pg"
)

// NewLog is the handler of the public log alone, over a database that may be in
// the middle of a transaction.
func NewLog(db pg.DB, publicKey string) http.Handler {
	s := &server{Deps: Deps{LogKey: publicKey}}
	return httpkit.CORS(httpkit.Compress(s.routes(getUnlessSaid(s.logEndpointsOf(db)))))
}

// Settled is how many answers are kept, and their bytes, once the bookkeeping that
// goes on in the background has caught up.
func (a *Answers) Settled() (count int, bytes uint64) {
	a.kept.CleanUp()
	return a.kept.EstimatedSize(), a.kept.WeightedSize()
}
