package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/httpkit"
	"cartoquartiers/places"
)

// Deps is what the pages need. Clock and Logger must be set.
type Deps struct {
	Taxonomy *places.Taxonomy
	Clock    func() time.Time
	Logger   *slog.Logger
}

// site is Deps plus what is read once: templates, catalogues, assets.
type site struct {
	Deps
	templates templates
	catalogue map[string]catalogue
	assets    *assets
}

// New is the handler of every page and static file. It panics when the embedded
// templates or catalogues do not read: a build that cannot work, which tests see.
func New(deps Deps) http.Handler {
	s := &site{Deps: deps, templates: readTemplates(), catalogue: readCatalogues(), assets: readAssets()}
	router := mux.NewRouter()
	router.Use(httpkit.NameRoutes)
	s.Routes(router)
	return router
}

// Routes is the table of pages.
func (s *site) Routes(router *mux.Router) {
	router.PathPrefix("/static/").Handler(s.assets)
	router.Path("/").Handler(s.page(s.showMap))
	router.NotFoundHandler = s.page(s.notFound)
}
