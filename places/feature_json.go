package places

// json says what encoding/json would say of the feature, without reflection:
// every place of an import is rendered. Its members have the order of the struct.
// TestFeatureJSON notices a member that is missing here.
func (f feature) json() ([]byte, error) {
	w := members{to: append(make([]byte, 0, 1024), '{')}
	w.text("type", f.Type)
	w.number("id", int(f.ID))
	w.object("geometry")
	w.text("type", f.Geometry.Type)
	w.point("coordinates", f.Geometry.Coordinates)
	w.end()
	w.object("properties")
	f.Properties.write(&w)
	w.end()
	w.end()
	return w.to, w.err
}

func (p properties) write(w *members) {
	w.optional("name", p.Name)
	w.optional("name_fr", p.NameFr)
	w.optional("name_en", p.NameEn)
	w.text("kind", string(p.Kind))
	w.text("category", p.Category)
	w.every("categories", p.Categories)
	w.text("group", p.Group)
	w.optional("neighbourhood", p.Neighbourhood)
	w.address("address", p.Address)
	w.optional("phone", p.Phone)
	w.optional("email", p.Email)
	w.optional("website", p.Website)
	w.optional("opening_hours", p.OpeningHours)
	w.closure("closure", p.Closure)
	w.optional("wheelchair", string(p.Wheelchair))
	w.texts("accessibility", p.Accessibility)
	w.list("audiences", p.Audiences)
	w.list("languages", p.Languages)
	w.optional("operator", p.Operator)
	w.optional("description", p.Description)
	w.optional("description_en", p.DescriptionEn)
	w.texts("identifiers", p.Identifiers)
	w.optional("starts_on", p.StartsOn)
	w.optional("ends_on", p.EndsOn)
	w.list("labels", p.Labels)
	w.shownPhotos("photos", p.Photos)
	w.values("extra", p.Extra)
	w.text("state", string(p.State))
	w.instant("verified_at", p.VerifiedAt)
	w.optional("verified_by", p.VerifiedBy)
	w.instant("updated_at", &p.UpdatedAt)
	w.number("revision", p.Revision)
	w.text("licence", p.Licence)
	w.optional("osm", p.OSM)
	w.every("sources", p.Sources)
}
