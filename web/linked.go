package web

import (
	"fmt"

	"cartoquartiers/places"
	"cartoquartiers/places/hours"
)

// linkedPlace is a place in the vocabulary of https://schema.org/Place, for
// search engines: a JSON-LD data block.
type linkedPlace struct {
	Context     string         `json:"@context"`
	Type        string         `json:"@type"`
	ID          string         `json:"@id"`
	Name        string         `json:"name"`
	Description string         `json:"description,omitempty"`
	Geo         linkedPoint    `json:"geo"`
	Address     *linkedAddress `json:"address,omitempty"`
	Telephone   string         `json:"telephone,omitempty"`
	Email       string         `json:"email,omitempty"`
	URL         string         `json:"url,omitempty"`
	SameAs      string         `json:"sameAs,omitempty"`
	Hours       []linkedHours  `json:"openingHoursSpecification,omitempty"`
	Wheelchair  []linkedAccess `json:"amenityFeature,omitempty"`
	Image       []string       `json:"image,omitempty"`
	License     string         `json:"license"`
}

type linkedPoint struct {
	Type      string  `json:"@type"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type linkedAddress struct {
	Type     string `json:"@type"`
	Street   string `json:"streetAddress,omitempty"`
	Postcode string `json:"postalCode,omitempty"`
	City     string `json:"addressLocality,omitempty"`
}

type linkedHours struct {
	Type   string `json:"@type"`
	Day    string `json:"dayOfWeek"`
	Opens  string `json:"opens"`
	Closes string `json:"closes"`
}

type linkedAccess struct {
	Type  string `json:"@type"`
	Name  string `json:"name"`
	Value bool   `json:"value"`
}

// schemaTypes are the subtypes of Place that say what a category is; the others are Places.
var schemaTypes = map[string]string{
	"townhall": "CityHall", "public_office": "GovernmentOffice", "post_office": "PostOffice", "police": "PoliceStation",
	"fire_station": "FireStation", "justice": "Courthouse", "tourist_office": "TouristInformationCenter",
	"events_venue": "EventVenue", "worship": "PlaceOfWorship", "park": "Park", "recycling_centre": "RecyclingCenter",
	"childcare": "ChildCare", "kindergarten": "Preschool", "school": "School", "higher_education": "CollegeOrUniversity",
	"library": "Library", "museum": "Museum", "theatre": "PerformingArtsTheater", "hospital": "Hospital",
	"dentist": "Dentist", "pharmacy": "Pharmacy", "veterinary": "VeterinaryCare", "playground": "Playground",
	"sports_centre": "SportsActivityLocation", "swimming": "PublicSwimmingPool", "fitness": "ExerciseGym",
	"toilets": "PublicToilet", "parking": "ParkingFacility", "food_shop": "GroceryStore", "cafe": "CafeOrCoffeeShop",
	"restaurant": "Restaurant", "reuse_shop": "Store", "bicycle_rental": "LocalBusiness",
}

var licenceURLs = map[string]string{
	places.LicenceODbL:    "https://opendatacommons.org/licenses/odbl/1-0/",
	places.LicenceOuverte: "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
	places.LicenceBYSA:    "https://creativecommons.org/licenses/by-sa/4.0/",
	places.LicenceZero:    "https://creativecommons.org/publicdomain/zero/1.0/",
}

func (v *view) linked(p *placePage) linkedPlace {
	kind, known := schemaTypes[p.published.Category]
	if !known {
		kind = "Place"
	}
	linked := linkedPlace{
		Context: "https://schema.org", Type: kind, ID: v.Base() + placePath(p.ID), Name: p.Name, Description: p.Description,
		Geo:       linkedPoint{"GeoCoordinates", p.Lat, p.Lon},
		Telephone: p.Phone, Email: p.Email, URL: p.Website, SameAs: p.OSMURL,
		Hours: linkedWeek(p.schedule()), License: licenceURLs[p.Licence],
	}
	for _, one := range p.Pictures {
		linked.Image = append(linked.Image, v.Base()+one.Full)
	}
	if a := p.Address; a != nil {
		linked.Address = &linkedAddress{"PostalAddress", streetLine(a), a.Postcode, a.City}
	}
	if p.Wheelchair == places.WheelchairYes || p.Wheelchair == places.WheelchairNo {
		linked.Wheelchair = []linkedAccess{{"LocationFeatureSpecification", "wheelchair accessible", p.Wheelchair == places.WheelchairYes}}
	}
	return linked
}

// linkedWeek is empty unless every hour of an ordinary week is certain and the
// same all year: schema.org has no word for the rest.
func linkedWeek(schedule *hours.Schedule) []linkedHours {
	if schedule == nil || len(schedule.Seasons()) != 1 || len(schedule.Exceptions()) > 0 {
		return nil
	}
	var week []linkedHours
	for i, day := range schedule.Seasons()[0].Week {
		for _, span := range day.Spans {
			if day.Unsure || span.FromEvent != "" || span.ToEvent != "" || span.OpenEnd {
				return nil
			}
			name := "https://schema.org/" + hours.Weekdays[i].String()
			week = append(week, linkedHours{"OpeningHoursSpecification", name, isoClock(span.From), isoClock(span.To)})
		}
	}
	return week
}

// isoClock is a time of day; midnight at the end of a day is 23:59, as schema.org asks.
func isoClock(minutes int) string {
	if minutes == 24*60 {
		return "23:59"
	}
	return fmt.Sprintf("%02d:%02d", minutes/60%24, minutes%60)
}
