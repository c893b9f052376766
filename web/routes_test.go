package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"cartoquartiers/places"
)

// pageRow is what one address of the pages answers.
type pageRow struct {
	route, address string
	status         int
}

// pageTable is what each route of the pages answers, about what: reviewed like
// api/testdata/routes.txt. Pages know nobody: with any token they answer the same.
var pageTable = []pageRow{
	{"/", "/", http.StatusOK},
	{"/style.json", "/style.json?theme=red", http.StatusBadRequest},
	{"/embed", "/embed", http.StatusOK},
	{"/integrer", "/integrer", http.StatusOK},
	{"/imprimer", "/imprimer", http.StatusOK},
	{"/lieux", "/lieux", http.StatusOK},
	{"/lieux/{id:[0-9]+}", "/lieux/SHOWN", http.StatusOK},
	{"/lieux/{id:[0-9]+}", "/lieux/HIDDEN", http.StatusGone}, // its face, see hidden_test.go
	{"/lieux/{id:[0-9]+}", "/lieux/999999", http.StatusNotFound},
	{"/lieux/{id:[0-9]+}/historique", "/lieux/SHOWN/historique", http.StatusOK},
	{"/lieux/{id:[0-9]+}/historique", "/lieux/HIDDEN/historique", http.StatusGone},
	{"/lieux/{id:[0-9]+}/historique", "/lieux/999999/historique", http.StatusNotFound},
	{"/lieux/{id:[0-9]+}/modifier", "/lieux/SHOWN/modifier", http.StatusOK},
	{"/lieux/{id:[0-9]+}/modifier", "/lieux/HIDDEN/modifier", http.StatusGone},
	{"/lieux/{id:[0-9]+}/modifier", "/lieux/999999/modifier", http.StatusNotFound},
	{"/lieux/{id:[0-9]+}/signaler", "/lieux/SHOWN/signaler", http.StatusOK},
	{"/lieux/{id:[0-9]+}/signaler", "/lieux/HIDDEN/signaler", http.StatusGone},
	{"/lieux/{id:[0-9]+}/signaler", "/lieux/999999/signaler", http.StatusNotFound},
	{"/lieux/{id:[0-9]+}/photo", "/lieux/SHOWN/photo", http.StatusOK},
	{"/lieux/{id:[0-9]+}/photo", "/lieux/HIDDEN/photo", http.StatusGone},
	{"/lieux/{id:[0-9]+}/photo", "/lieux/999999/photo", http.StatusNotFound},
	{"/moderation/{id:[0-9]+}/flou", "/moderation/1/flou", http.StatusMethodNotAllowed},
	{"/organisations/{id:[0-9]+}", "/organisations/1", http.StatusNotFound},
	{"/organisations/{id:[0-9]+}/equipe", "/organisations/1/equipe", http.StatusUnauthorized},
	{"/organisations/invitation", "/organisations/invitation?jeton=wrong", http.StatusGone},
	{"/lieux/{id:[0-9]+}/organisation", "/lieux/SHOWN/organisation", http.StatusUnauthorized},
	{"/lieux/{id:[0-9]+}/organisation", "/lieux/HIDDEN/organisation", http.StatusUnauthorized},
	{"/admin", "/admin", http.StatusUnauthorized},
	{"/admin/categories", "/admin/categories", http.StatusUnauthorized},
	{"/admin/categories/theme/{group:[a-z]+}", "/admin/categories/theme/nature", http.StatusUnauthorized},
	{"/admin/categories/{category:[a-z0-9_]+}", "/admin/categories/compost", http.StatusUnauthorized},
	{"/admin/imports", "/admin/imports", http.StatusUnauthorized},
	{"/admin/comptes/{id:[0-9]+}", "/admin/comptes/1", http.StatusUnauthorized},
	{"/contribuer", "/contribuer", http.StatusOK},
	{"/contribuer/lieu", "/contribuer/lieu", http.StatusOK},
	{"/mes-contributions", "/mes-contributions", http.StatusOK},
	{"/mes-contributions/{id:[0-9]+}", "/mes-contributions/1", http.StatusUnauthorized},
	{"/mes-contributions/{id:[0-9]+}/retrait", "/mes-contributions/1/retrait", http.StatusMethodNotAllowed},
	{"/mes-contributions/{id:[0-9]+}/reponse", "/mes-contributions/1/reponse", http.StatusMethodNotAllowed},
	{"/mes-contributions/{id:[0-9]+}/appel", "/mes-contributions/1/appel", http.StatusMethodNotAllowed},
	{"/mes-contributions/{id:[0-9]+}/courriel", "/mes-contributions/1/courriel", http.StatusMethodNotAllowed},
	{"/mes-contributions/{id:[0-9]+}/recu", "/mes-contributions/1/recu", http.StatusMethodNotAllowed},
	{"/moderation", "/moderation", http.StatusUnauthorized},
	{"/moderation/{id:[0-9]+}", "/moderation/1", http.StatusUnauthorized},
	{"/moderation/relectures", "/moderation/relectures", http.StatusUnauthorized},
	{"/moderation/doublons", "/moderation/doublons", http.StatusUnauthorized},
	{"/moderation/suivante", "/moderation/suivante", http.StatusMethodNotAllowed},
	{"/moderation/{id:[0-9]+}/rendre", "/moderation/1/rendre", http.StatusMethodNotAllowed},
	{"/moderation/{id:[0-9]+}/auteur", "/moderation/1/auteur", http.StatusMethodNotAllowed},
	{"/donnees", "/donnees", http.StatusOK},
	{"/a-propos", "/a-propos", http.StatusOK},
	{"/accessibilite", "/accessibilite", http.StatusOK},
	{"/chiffres", "/chiffres", http.StatusOK},
	{"/journal", "/journal", http.StatusOK},
	{"/journal/{index:[0-9]+}", "/journal/0", http.StatusNotFound}, // nothing is signed yet
	{"/journal/recu", "/journal/recu", http.StatusOK},
	{"/journal/verify.mjs", "/journal/verify.mjs", http.StatusOK},
	{"/journal/log.mjs", "/journal/log.mjs", http.StatusOK},
	{"/journal/standards.mjs", "/journal/standards.mjs", http.StatusOK},
	{"/journal/feature.mjs", "/journal/feature.mjs", http.StatusOK},
	{"/journal/figures.mjs", "/journal/figures.mjs", http.StatusOK},
	{"/suivi", "/suivi?place=SHOWN", http.StatusSeeOther}, // to the sign-in
	{"/suivi/arret", "/suivi/arret?jeton=x", http.StatusOK},
	{"/static/", "/static/nothing.js", http.StatusNotFound},
	{"/connexion", "/connexion", http.StatusOK},
	{"/connexion/lien", "/connexion/lien?jeton=wrong", http.StatusGone},
	{"/connexion/cle/debut", "/connexion/cle/debut", http.StatusMethodNotAllowed},
	{"/connexion/cle", "/connexion/cle", http.StatusMethodNotAllowed},
	{"/compte/cles/debut", "/compte/cles/debut", http.StatusMethodNotAllowed},
	{"/compte/cles", "/compte/cles", http.StatusMethodNotAllowed},
	{"/compte/cles/retrait", "/compte/cles/retrait", http.StatusMethodNotAllowed},
	{"/connexion/ville", "/connexion/ville", http.StatusNotFound}, // no identity provider here
	{"/connexion/ville/retour", "/connexion/ville/retour", http.StatusNotFound},
	{"/deconnexion", "/deconnexion", http.StatusMethodNotAllowed},
	{"/compte", "/compte", http.StatusSeeOther}, // to the sign-in
	{"/compte/langue", "/compte/langue", http.StatusMethodNotAllowed},
	{"/compte/connexions", "/compte/connexions", http.StatusMethodNotAllowed},
	{"/compte/donnees.json", "/compte/donnees.json", http.StatusUnauthorized},
	{"/compte/effacer", "/compte/effacer", http.StatusMethodNotAllowed},
}

func TestEveryPageIsInTheTable(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	s := &site{Deps: Deps{Pool: town.db, Snapshot: town.store, Taxonomy: taxonomy, Road: town.road}}
	err := s.routes().Walk(func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := route.GetPathTemplate()
		known := func(row pageRow) bool { return row.route == template }
		if err == nil && !slices.ContainsFunc(pageTable, known) {
			t.Errorf("%s is not in the table", template)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPagesAnswerTheSameToEverybody asks for each page with and without a token.
// No page tells anything that a withheld place says.
func TestPagesAnswerTheSameToEverybody(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	seq, err := places.Withdraw(t.Context(), town.db, places.Cause{At: wednesday}, town.garden, "withheld")
	if err != nil {
		t.Fatal(err)
	}
	if err := town.store.WaitFor(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	withheld := []string{garden().Document.Name.Plain(), garden().Document.OpeningHours}
	for _, row := range pageTable {
		address := strings.NewReplacer("SHOWN", fmt.Sprint(town.library), "HIDDEN", fmt.Sprint(town.garden)).Replace(row.address)
		for _, token := range []string{"", "Bearer cq_wrong"} {
			request := httptest.NewRequest(http.MethodGet, address, nil)
			request.Header.Set("Authorization", token)
			recorder := httptest.NewRecorder()
			town.ServeHTTP(recorder, request)
			if recorder.Code != row.status {
				t.Errorf("%s with %q: %d, want %d", row.address, token, recorder.Code, row.status)
			}
			for _, text := range withheld {
				if strings.Contains(recorder.Body.String(), text) {
					t.Errorf("%s tells %q of a withheld place", row.address, text)
				}
			}
		}
	}
}
