package web

import (
	"net/http"
	"time"

	"github.com/go-chi/httprate"
	"github.com/gorilla/mux"

	"cartoquartiers/docs"
	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/httpkit"
	"cartoquartiers/internal/pg"
	"cartoquartiers/moderation"
	"cartoquartiers/moderation/following"
	"cartoquartiers/moderation/publiclog"
	"cartoquartiers/places"
	"cartoquartiers/places/hours"
	"cartoquartiers/places/snapshot"
)

// Deps is what the pages need.
type Deps struct {
	Pool     pg.DB
	Intake   *moderation.Intake // where contributions come in
	Snapshot *snapshot.Store
	Taxonomy *places.Taxonomy
	Basemap  func() bool                              // whether there is a map under the places now; nil: never
	BaseTile func(z int, x, y uint32) ([]byte, error) // of that map, as gzipped MVT; nil where there is none
	Clock    func() time.Time
	BaseURL  string              // scheme and host under which the world reaches us; empty: what the request says
	Door     *accounts.Door      // that tells who asks
	Links    *accounts.Links     // that sign people in
	Letters  *following.Letters  // that people are told by
	Passkeys *accounts.Passkeys  // that sign people in by a key of their device
	Town     *accounts.OIDC      // the town's identity provider; nil without one
	Persons  *moderation.Persons // whom one can forget
	Road     *moderation.Road    // that contributions take
	Contact  string              // a mailto: or page where people write to the town; may be empty
	LogKey   string              // the public log's verifier key; empty on a server that has none
	Counter  *publiclog.Counter  // of the public log, shared with the API; nil: one of its own
}

// site is Deps plus what is read once: templates, catalogues, assets.
type site struct {
	Deps
	templates templates
	catalogue map[string]catalogue
	assets    *assets
	zone      *time.Location // in which opening hours and dates are told
	tiers     [][]string     // category ids in the order of lists, see tiersOf
	towns     townCache
	known     knownCache
	asks      *httprate.RateLimiter // of sign-in links, by address
	begins    *httprate.RateLimiter // of ceremonies, by address
}

// New is the handler of every page and static file. It panics when what is
// embedded does not read: a build that cannot work, which every test sees.
func New(deps Deps) http.Handler {
	if deps.Counter == nil {
		deps.Counter = new(publiclog.Counter)
	}
	s := &site{
		Deps: deps, templates: readTemplates(), catalogue: readCatalogues(), assets: readAssets(),
		zone: hours.Zone(), tiers: tiersOf(deps.Taxonomy), asks: newAskLimiter(), begins: newBeginLimiter(),
	}
	s.assets.draw(deps.Taxonomy)
	s.assets.paint(deps.Taxonomy)
	return httpkit.Compress(deps.Door.Protect(s.routes(), s.page(s.fromElsewhere)))
}

// ownRoutes are what people propose, and what became of it.
func (s *site) ownRoutes(router *mux.Router) {
	router.Path("/contribuer").Methods(http.MethodGet, http.MethodHead).Handler(s.page(s.showContribute))
	router.Path(AdditionPath).Methods(readOrSend()...).Handler(s.page(s.addPlace))
	router.Path(ownPath).Methods(readOrSend()...).Handler(s.page(s.showOwn))
	one := ownPath + "/{id:[0-9]+}"
	router.Path(one).Methods(http.MethodGet, http.MethodHead).Handler(s.page(s.showOwnOne))
	send := router.Methods(http.MethodPost).Subrouter()
	send.Path(one + "/retrait").Handler(s.page(s.acting(withdraw, "own.withdrawn")))
	send.Path(one + "/reponse").Handler(s.page(s.acting(s.answerQuestion, "own.answered")))
	send.Path(one + "/appel").Handler(s.page(s.acting(s.appealRefusal, "own.appealed")))
	send.Path(one + "/courriel").Handler(s.page(s.acting(tellByMail, "own.told")))
	send.Path(one + "/recu").Handler(s.file(s.downloadReceipt))
}

// readOrSend are the methods of a page whose form is sent to the page itself. A new
// list each time: mux writes into the one it is given.
func readOrSend() []string { return []string{http.MethodGet, http.MethodHead, http.MethodPost} }

// routes is the table of everything people look at.
func (s *site) routes() *mux.Router {
	router := mux.NewRouter()
	router.Use(httpkit.NameRoutes)
	read := router.Methods(http.MethodGet, http.MethodHead).Subrouter()
	read.Path("/").Handler(s.page(s.showMap))
	read.Path("/style.json").Handler(s.file(s.serveStyle))
	read.Path("/embed").Handler(s.act(s.showEmbed))
	read.Path("/integrer").Handler(s.page(s.showIntegrate))
	read.Path("/imprimer").Handler(s.page(s.showPrint))
	read.Path("/lieux").Handler(s.page(s.showList))
	read.Path("/lieux/{id:[0-9]+}").Handler(s.page(s.showPlace))
	router.Path("/lieux/{id:[0-9]+}/historique").Methods(readOrSend()...).Handler(s.page(s.showHistory))
	router.Path("/lieux/{id:[0-9]+}/modifier").Methods(readOrSend()...).Handler(s.aboutPlace(s.editPlace))
	router.Path("/lieux/{id:[0-9]+}/signaler").Methods(readOrSend()...).Handler(s.aboutPlace(s.tellPlace))
	router.Path("/lieux/{id:[0-9]+}/photo").Methods(readOrSend()...).Handler(s.aboutPlace(s.sendPhoto))
	s.ownRoutes(router)
	s.moderationRoutes(router)
	s.adminRoutes(router)
	s.organisationRoutes(router)
	read.Path("/donnees").Handler(s.page(s.showData))
	read.Path("/a-propos").Handler(s.page(s.showAbout))
	read.Path("/accessibilite").Handler(s.page(s.showAccessibility))
	read.Path(figuresPath).Handler(s.page(s.showFigures))
	read.Path("/journal").Handler(s.page(s.showLog))
	read.Path("/journal/{index:[0-9]+}").Handler(s.page(s.showEntry))
	router.Path("/journal/recu").Methods(readOrSend()...).Handler(s.page(s.checkReceipt))
	for _, name := range docs.VerifierFiles {
		read.Path("/journal/" + name).HandlerFunc(serveVerifier)
	}
	s.accountRoutes(router)
	s.followRoutes(router)
	read.PathPrefix("/static/").Handler(s.assets)
	router.NotFoundHandler = s.page(s.notFound)
	return router
}

// accountRoutes are those of signing in, and of one's own account.
func (s *site) accountRoutes(router *mux.Router) {
	read := func(path string, handler http.Handler) {
		router.Path(path).Methods(http.MethodGet, http.MethodHead).Handler(handler)
	}
	send := func(path string, handler http.Handler) { router.Path(path).Methods(http.MethodPost).Handler(handler) }
	read("/connexion", s.page(s.showSignIn))
	send("/connexion", s.act(s.askLink))
	read(accounts.LinkPath, s.page(s.showLink))
	send(accounts.LinkPath, s.act(s.useLink))
	send("/connexion/cle/debut", httpkit.Handler(s.beginKey))
	send("/connexion/cle", httpkit.Handler(s.useKey))
	read("/connexion/ville", s.act(s.toTown))
	read(accounts.ReturnPath, s.act(s.fromTown))
	send("/deconnexion", s.act(s.signOut))
	read("/compte", s.page(s.showAccount))
	send("/compte/langue", s.page(s.setLanguage))
	send("/compte/connexions", s.page(s.endSession))
	send("/compte/cles/debut", httpkit.Handler(s.beginAddingKey))
	send("/compte/cles", httpkit.Handler(s.addKey))
	send("/compte/cles/retrait", s.page(s.removeKey))
	read("/compte/donnees.json", httpkit.Handler(s.exportAccount))
	send("/compte/effacer", s.act(s.eraseAccount))
}
