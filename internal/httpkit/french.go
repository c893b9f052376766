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
