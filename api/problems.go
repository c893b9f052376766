package api

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/fault"
	"cartoquartiers/internal/httpkit"
)

// problemHelp says of each type of problem what one can do: French, English.
var problemHelp = map[string][2]string{
	"internal": {
		"Ce n'est pas votre faute, et c'est consigné chez nous sous le numéro de l'en-tête X-Request-Id. Réessayez plus tard ; un nouvel essai avec la même Idempotency-Key ne fait rien deux fois.",
		"It is not your doing, and it is in our log under the number in the header X-Request-Id. Try again later; another try under the same Idempotency-Key does nothing twice.",
	},
	"invalid": {
		"Une partie de la demande ne convient pas. « errors » nomme chacune : un paramètre de l'adresse, ou un pointeur JSON (RFC 6901) dans le contenu envoyé. Corrigez-les toutes et renvoyez.",
		"A part of the request will not do. “errors” names each: a parameter of the address, or a JSON pointer (RFC 6901) into the body. Correct all of them and send it again.",
	},
	"unauthenticated": {
		"Il faut dire qui demande : Authorization: Bearer cq_… . Un jeton inconnu, expiré ou révoqué reçoit la même réponse.",
		"It must be known who asks: Authorization: Bearer cq_… . A token that is unknown, expired or revoked is answered alike.",
	},
	"forbidden": {
		"Nous savons qui demande, et la réponse est non : un autre rôle, un autre quartier ou un autre usage du jeton est nécessaire. Un nouvel essai n'y change rien.",
		"We know who asks, and the answer is no: it takes another role, another neighbourhood or another scope of the token. Trying again changes nothing.",
	},
	"not-found": {
		"Il n'y a rien à cette adresse, ou rien qui vous soit montré : ce qui est masqué et ce qui n'a jamais été reçoivent la même réponse.",
		"There is nothing at this address, or nothing that you are shown: what is hidden and what never was are answered alike.",
	},
	"not-acceptable": {
		"Aucun des formats demandés par Accept n'existe ici. Le paramètre f en choisit un par son nom.",
		"None of the formats in Accept exists here. The parameter f picks one by name.",
	},
	"media-type": {
		"Le contenu envoyé a un Content-Type qui n'est pas pris ici ; le détail nomme ceux qui le sont.",
		"The body has a Content-Type that is not taken here; the detail names those that are.",
	},
	"method": {
		"Cette adresse existe, mais pas pour cette méthode. L'en-tête Allow nomme celles qui sont permises.",
		"This address exists, but not for this method. The header Allow names those that are allowed.",
	},
	"conflict": {
		"L'état a changé entre-temps, ou la demande contredit ce qui est : le détail dit ce qui s'est passé. Relisez avant de réessayer.",
		"The state has moved on, or the request contradicts what is: the detail says what happened. Read again before you try again.",
	},
	"stale": {
		"If-Match nomme une version qui n'est plus la dernière. Relisez, vérifiez que votre changement vaut toujours, et renvoyez avec le nouvel ETag.",
		"If-Match names a version that is not the latest any more. Read again, make sure that your change still holds, and send it with the new ETag.",
	},
	"unconditional": {
		"Ce changement doit nommer la version que vous avez lue : If-Match avec son ETag. Sans cela, on écraserait ce qu'un autre vient de faire.",
		"This change must name the version that you read: If-Match with its ETag. Without it, one would undo what somebody else has just done.",
	},
	"too-large": {
		"Le contenu envoyé dépasse ce qui est pris ici. Envoyez-le en plusieurs fois.",
		"The body is more than is taken here. Send it in parts.",
	},
	"unreadable": {
		"Le contenu a la forme attendue, mais on ne peut rien en faire : une photo abîmée ou incomplète, par exemple. Envoyez-en une autre.",
		"The body has the right form and nothing can be made of it: a broken or incomplete photo, for example. Send another one.",
	},
	"reused": {
		"Cette Idempotency-Key a servi pour une autre demande : la première garde sa réponse, celle-ci n'est pas prise. Envoyez-la avec une nouvelle clé, un UUID aléatoire.",
		"This Idempotency-Key was used for another request: the first keeps its answer, this one is not taken. Send it with a new key, a random UUID.",
	},
	"too-many": {
		"Assez pour aujourd'hui : chacun a un quota, qui grandit avec la confiance. Le reste peut attendre demain.",
		"Enough for today: everybody has a quota, which grows with trust. The rest can wait until tomorrow.",
	},
	"unavailable": {
		"Pas maintenant : le serveur démarre, est plein, ou sa base ne répond pas. Réessayez après le délai de Retry-After, ou dans quelques secondes.",
		"Not now: the server is starting, is full, or its database does not answer. Try again after Retry-After, or in a few seconds.",
	},
}

// problemType describes a type of problem.
type problemType struct {
	Type   string `json:"type" doc:"As in the answers"`
	Title  string `json:"title"`
	Status int    `json:"status" doc:"The HTTP status that it comes with"`
	Help   string `json:"help" doc:"What one can do"`
}

// problemTypes are all of them.
type problemTypes struct {
	Problems []problemType `json:"problems"`
}

func (s *server) problemEndpoints() []endpoint {
	const tag = "Contract"
	return []endpoint{
		{
			path: "/problems", id: "getProblems", tag: tag, summary: "The types of problems that answers name",
			formats: []representation{{asHTML, nil}, {asJSON, problemTypes{}}}, handle: s.problems,
		},
		{
			path: "/problems/{type}", id: "getProblem", tag: tag, summary: "What a type of problem means and what one can do",
			about:   "This is where the `type` of an `application/problem+json` answer leads (RFC 9457, 3.1.1).",
			inPath:  []parameter{{"type", "The last part of the type", text(), nil}},
			formats: []representation{{asHTML, nil}, {asJSON, problemType{}}}, handle: s.problem,
		},
	}
}

func describeProblem(r *request, face httpkit.Face) problemType {
	help := problemHelp[strings.TrimPrefix(face.Type, "/problems/")]
	return problemType{Type: face.Type, Title: r.say(face.French, face.English), Status: face.Status, Help: r.say(help[0], help[1])}
}

func (s *server) problems(w http.ResponseWriter, r *request) error {
	var all problemTypes
	for _, face := range httpkit.Faces() {
		all.Problems = append(all.Problems, describeProblem(r, face))
	}
	if r.format.Name == asHTML.Name {
		return s.pages.write(w, r, "problems", r.say("Quand une demande échoue", "When a request fails"), all.Problems)
	}
	return writeJSON(w, r, rested, all)
}

func (s *server) problem(w http.ResponseWriter, r *request) error {
	for _, face := range httpkit.Faces() {
		if face.Type != "/problems/"+mux.Vars(r.Request)["type"] {
			continue
		}
		described := describeProblem(r, face)
		if r.format.Name == asHTML.Name {
			return s.pages.write(w, r, "problems", described.Title, []problemType{described})
		}
		return writeJSON(w, r, rested, described)
	}
	return fault.New(fault.NotFound, "there is nothing at %s", r.URL.Path)
}
