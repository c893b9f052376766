package httpkit

// frenchMessages says in French what faults say in English: from the format
// given to fault.New, fault.Wrap or fault.InvalidField to the same with the same
// arguments. A test finds the messages that are missing here.
var frenchMessages = map[string]string{
	// httpkit
	"the body is larger than %d bytes":            "le contenu dépasse %d octets",
	"this took too long; try again in a moment":   "la réponse tarde trop ; réessayez dans un instant",
	"there is nothing at %s":                      "il n'y a rien à l'adresse %s",
	"%q is none of the formats %s":                "%q n'est pas un des formats %s",
	"none of the media types in Accept is served": "aucun des types demandés par Accept n'est servi ici",

	"too many requests at this moment; try again in a second": "trop de demandes en ce moment ; réessayez dans une seconde",
	"the map is starting; try again in a few seconds":         "la carte démarre ; réessayez dans quelques secondes",

	// parameters
	"the part of the address after ? cannot be read":                  "la partie de l'adresse après ? est illisible",
	"unknown parameter; known here: %s":                               "paramètre inconnu ; connus ici : %s",
	"given %d times":                                                  "donné %d fois",
	"must be west,south,east,north in degrees, south not above north": "doit être ouest,sud,est,nord en degrés, le sud sous le nord",
	"%q is neither an RFC 3339 instant, nor an interval of two":       "%q n'est ni un instant RFC 3339, ni un intervalle de deux instants",
	"%q is not a whole number from 1":                                 "%q n'est pas un nombre entier à partir de 1",
	"%q is not a whole number from 0":                                 "%q n'est pas un nombre entier à partir de 0",
	"%q is not a whole number":                                        "%q n'est pas un nombre entier",
	"%q is not a longitude and a latitude in degrees":                 "%q n'est pas une longitude et une latitude en degrés",
	"is needed for sortby=distance: longitude,latitude":               "est nécessaire pour sortby=distance : longitude,latitude",
	"%q has no letter and no digit":                                   "%q n'a ni lettre ni chiffre",
	"%q is not from a link of ours":                                   "%q ne vient pas d'un de nos liens",
	"%q is not a place and a revision, 12.3":                          "%q n'est pas un lieu et une révision, 12.3",

	// contributions
	"the header Authorization must be: Bearer cq_…":                                    "l'en-tête Authorization doit être : Bearer cq_…",
	"a token is needed: Authorization: Bearer cq_…":                                    "un jeton est nécessaire : Authorization: Bearer cq_…",
	"there is no contribution %s":                                                      "il n'y a pas de contribution %s",
	"there is no contribution %d":                                                      "il n'y a pas de contribution %d",
	"the body must be the JSON object that the contract describes":                     "le contenu doit être l'objet JSON que décrit le contrat",
	"name the version that you read: If-Match with its ETag":                           "indiquez la version que vous avez lue : If-Match avec son ETag",
	"only moderators see the queue":                                                    "seuls les modérateurs voient la file",
	"this token is not for moderating":                                                 "ce jeton ne permet pas de modérer",
	"this token is not for contributing":                                               "ce jeton ne permet pas de contribuer",
	"this contribution is outside your neighbourhoods and groups":                      "cette contribution est hors de vos quartiers et de vos groupes",
	"the token is not known, or not valid any more":                                    "ce jeton est inconnu, ou n'est plus valable",
	"contribution %d is %s already, at version %d":                                     "la contribution %d est déjà %s, à la version %d",
	"contribution %d is at version %d, not %d: it is %s":                               "la contribution %d est à la version %d, non %d : elle est %s",
	"nothing waits in your part of the queue":                                          "rien n'attend dans votre part de la file",
	"this is your own contribution; a colleague decides it":                            "c'est votre propre contribution ; un collègue en décide",
	"there is no such place":                                                           "il n'y a pas de tel lieu",
	"only moderators can %s a place":                                                   "seuls les modérateurs peuvent faire cela (%s) d'un lieu",
	"was used for another contribution; take a new one":                                "a servi pour une autre contribution ; prenez-en une nouvelle",
	"must be a UUID, not %q":                                                           "doit être un UUID, non %q",
	"%d contributions in a day are enough for now; the others can wait until tomorrow": "%d contributions par jour suffisent pour l'instant ; les autres peuvent attendre demain",

	// things
	"there is no place %d":                    "il n'y a pas de lieu %d",
	"there is no place %s":                    "il n'y a pas de lieu %s",
	"there is no neighbourhood %q":            "il n'y a pas de quartier %q",
	"there is no category %q":                 "il n'y a pas de catégorie %q",
	"this server does not hold the log's key": "ce serveur n'a pas la clé du journal",
	"there is no such tile":                   "cette tuile n'existe pas",
	"there is no tile %d/%d/%d":               "il n'y a pas de tuile %d/%d/%d",

	// places
	"%q is not a category of this map": "%q n'est pas une catégorie de cette carte",
	"%q is not a group of this map":    "%q n'est pas un groupe de cette carte",
	"%q is none of %v":                 "%q n'est pas une des valeurs %v",
	"the end is before the beginning":  "la fin précède le début",

	// the public log
	"the signed tree has no such tile yet": "l'arbre signé n'a pas encore cette tuile",
	"tiles of this log are %d high":        "les tuiles de ce journal ont une hauteur de %d",
	"the log knows no leaf %s":             "le journal ne connaît pas la feuille %s",
	"there is no import %s":                "il n'y a pas d'import %s",
	"the leaf is accepted and will be in the tree within a second; ask again":   "la feuille est acceptée et sera dans l'arbre d'ici une seconde ; redemandez",
	"the log has signed nothing yet; it does within seconds of the first start": "le journal n'a encore rien signé ; il le fait dans les secondes qui suivent le premier démarrage",
}
