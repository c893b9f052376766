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
