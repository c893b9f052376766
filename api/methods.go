package api

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"cartoquartiers/internal/httpkit"
)

// methodsOf lists, for each address, the endpoints that answer there.
func methodsOf(endpoints []endpoint) map[string][]endpoint {
	all := make(map[string][]endpoint)
	for _, e := range endpoints {
		path := cmp.Or(e.route, e.path)
		all[path] = append(all[path], e)
	}
	return all
}

// otherMethods answers OPTIONS with what one may do at an address (RFC 9110,
// 9.3.7), and every method that is not served with the same and 405.
func otherMethods(endpoints []endpoint) http.Handler {
	allowed := []string{http.MethodOptions}
	accepts := make(map[string]string)
	for _, e := range endpoints {
		allowed = append(allowed, e.method)
		switch e.method {
		case http.MethodGet:
			allowed = append(allowed, http.MethodHead)
		case http.MethodPost:
			accepts["Accept-Post"] = strings.Join(e.bodyTypes(), ", ") // W3C Linked Data Platform, 7.1
		case http.MethodPatch:
			accepts["Accept-Patch"] = strings.Join(e.bodyTypes(), ", ") // RFC 5789, 3.1
		}
	}
	slices.Sort(allowed)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		if r.Method != http.MethodOptions {
			httpkit.WrongMethod.ServeHTTP(w, r)
			return
		}
		for name, value := range accepts {
			w.Header().Set(name, value)
		}
		w.WriteHeader(http.StatusNoContent)
	})
}
