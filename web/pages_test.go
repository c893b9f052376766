package web

import (
	"fmt"
	"testing"
)

func TestPagesInBothLanguages(t *testing.T) {
	t.Parallel()
	town := newTown(t)
	place := fmt.Sprintf("/lieux/%d", town.library)
	for _, c := range []struct{ url, french, english string }{
		{"/", "La carte des services", "The map of services"},
		{"/lieux", "3 lieux", "3 places"},
		{place, "Ville de Nantes", "Jacques Demy Library"},
		{"/donnees", "Licences et mentions", "Licences and credits"},
		{"/a-propos", "Vie privée", "Privacy"},
		{"/accessibilite", "Défenseur des droits", "Defender of Rights"},
	} {
		french := town.page(t, c.url, "Accept-Language", "fr-FR,fr;q=0.9,en;q=0.5")
		expect(t, c.url, french, `<html lang="fr">`, c.french, "OpenStreetMap", "not ⟦", "not %!", "not <no value>")
		english := town.page(t, c.url, "Accept-Language", "en-GB")
		expect(t, c.url+" in English", english, `<html lang="en">`, c.english, "OpenStreetMap", "not ⟦", "not %!", "not <no value>")
	}
}
