package httpkit

// frenchMessages says in French what faults say in English: from the format
// given to fault.New, fault.Wrap or fault.InvalidField to the same with the same
// arguments. A test of package api finds the messages that are missing here.
var frenchMessages = map[string]string{
	// httpkit
	"the body is larger than %d bytes":            "le contenu dépasse %d octets",
	"this took too long; try again in a moment":   "la réponse tarde trop ; réessayez dans un instant",
	"there is nothing at %s":                      "il n'y a rien à l'adresse %s",
	"%q is none of the formats %s":                "%q n'est pas un des formats %s",
	"none of the media types in Accept is served": "aucun des types demandés par Accept n'est servi ici",

	"too many requests at this moment; try again in a second": "trop de demandes en ce moment ; réessayez dans une seconde",
	"the map is starting; try again in a few seconds":         "la carte démarre ; réessayez dans quelques secondes",

	// places
	"%q is not a category of this map": "%q n'est pas une catégorie de cette carte",
	"%q is not a group of this map":    "%q n'est pas un groupe de cette carte",
	"%q is none of %v":                 "%q n'est pas une des valeurs %v",
	"the end is before the beginning":  "la fin précède le début",
}
