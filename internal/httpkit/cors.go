package httpkit

import (
	"net/http"

	"github.com/rs/cors"
)

// CORS lets pages of any origin read what is public and send a token of their
// own (https://fetch.spec.whatwg.org/#http-cors-protocol). Cookies never cross:
// credentials are not allowed.
func CORS(next http.Handler) http.Handler {
	return cors.New(cors.Options{
		AllowedOrigins: []string{"*"},
		AllowedMethods: []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{"Accept", "Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"},
		ExposedHeaders: []string{"Content-Crs", "ETag", "Link", "Location", "OGC-NumberMatched", "OGC-NumberReturned", "Retry-After", "X-Request-Id"},
		MaxAge:         86400,
	}).Handler(next)
}
