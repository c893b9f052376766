package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
	"cartoquartiers/places"
	"cartoquartiers/places/snapshot"
)

// showContribute is where one chooses: add a place, or change one.
func (s *site) showContribute(*http.Request, *view) (answer, error) {
	return answer{template: "contribute"}, nil
}

// addPlace shows the form of a new place, and takes it.
func (s *site) addPlace(r *http.Request, v *view) (answer, error) {
	actor, err := s.reader(r)
	if err != nil {
		return answer{}, err
	}
	form := placeForm{taxonomy: s.Taxonomy, Visitor: actor.User == 0, Errors: make(map[string]string)}
	if r.Method != http.MethodPost {
		form.Photo = v.photoFieldOf(nil)
		form.Key, form.Values = newKey(), valuesOf(v.request.Query())
		if at, given := form.position(); given {
			if err := s.findAlike(r, v, &form, at); err != nil {
				return answer{}, err
			}
		} else if askedAlike(v) { // "nothing is known there" would be a wrong answer
			return answer{}, fault.InvalidField("lat", "%q is not a longitude and a latitude in degrees", form.Values["lon"]+", "+form.Values["lat"])
		}
		return s.showPlaceForm(r, v, &form, http.StatusOK)
	}
	sent, photo, err := s.readAddition(r, actor)
	defer photo.done()
	if err != nil {
		return answer{}, err
	}
	form.Key, form.Values, form.Photo = sent.Get("key"), valuesOf(sent), v.photoFieldOf(sent)
	form.choose(s.Taxonomy, v.T("form.category_wrong"))
	submission, err := form.addition(distinctFrom(sent))
	if err != nil {
		return answer{}, err
	}
	if form.Photo != nil {
		earlier, err := s.attach(r, v, actor, &form, photo, &submission)
		if err != nil {
			return answer{}, err
		}
		if earlier != nil {
			return s.showReceived(v, actor, *earlier), nil
		}
	}
	return s.takeForm(r, v, actor, &form, submission)
}

// findAlike finds what the new place may be: what stands around its position and, once it
// has a name, what looks like it.
func (s *site) findAlike(r *http.Request, v *view, form *placeForm, at orb.Point) (err error) {
	form.Named = form.Values["name"] != ""
	if !form.Named {
		form.Lookalikes, err = v.nearby(at)
		return err
	}
	found, err := moderation.FindLookalikes(r.Context(), s.Pool, s.Taxonomy, places.Document{
		Name: places.Text{places.Undetermined: form.Values["name"]}, Category: form.Values["category"], Position: at,
	})
	said := distinctFrom(r.URL.Query())
	for _, one := range found {
		if !slices.Contains(said, one.Place) {
			form.Lookalikes = append(form.Lookalikes, v.lookalikeTexts([]moderation.Lookalike{one}, nil)...)
		}
	}
	return err
}

// distinctFrom are the look-alikes that the author says are others.
func distinctFrom(sent url.Values) []places.ID {
	var ids []places.ID
	for _, text := range sent["distinct"] {
		if id, err := strconv.ParseInt(text, 10, 64); err == nil {
			ids = append(ids, places.ID(id))
		}
	}
	return ids
}

// aboutPlace makes a page of what somebody does with a place that is on the map. One
// that is not gets its face.
func (s *site) aboutPlace(do func(*http.Request, *view, accounts.Actor, published) (answer, error)) http.Handler {
	return s.page(func(r *http.Request, v *view) (answer, error) {
		actor, err := s.reader(r)
		if err != nil {
			return answer{}, err
		}
		id, err := pathID(r)
		if err != nil {
			return answer{}, err
		}
		p, err := findPublished(s.Snapshot.View(), id)
		if err != nil {
			return v.offTheMap(r.Context(), id)
		}
		return do(r, v, actor, p)
	})
}

// editPlace shows the form of a place, filled, and takes what was changed.
func (s *site) editPlace(r *http.Request, v *view, actor accounts.Actor, p published) (answer, error) {
	form := placeForm{taxonomy: s.Taxonomy, ID: p.ID, Name: s.title(p, v.Language), Base: p.Revision, Visitor: actor.User == 0, Errors: make(map[string]string)}
	if r.Method == http.MethodPost {
		if err := readForm(r); err != nil {
			return answer{}, err
		}
		form.Base, _ = strconv.Atoi(r.PostFormValue("base_revision")) // 0 is refused with its reason
	}
	before, first, err := s.valuesAt(r, p.ID, form.Base)
	if err != nil {
		return answer{}, err
	}
	form.Main = first
	if r.Method != http.MethodPost {
		form.Key, form.Values = newKey(), before
		return s.showPlaceForm(r, v, &form, http.StatusOK)
	}
	form.Key, form.Values = r.PostFormValue("key"), valuesOf(r.PostForm)
	form.choose(s.Taxonomy, v.T("form.category_wrong"))
	submission, err := form.correction(before)
	if err != nil {
		return answer{}, err
	}
	return s.takeForm(r, v, actor, &form, submission)
}

// valuesAt are the values of the revision that the author saw.
func (s *site) valuesAt(r *http.Request, id places.ID, revision int) (map[string]string, mainLanguages, error) {
	fields, err := places.FieldsAt(r.Context(), s.Pool, id, revision)
	if fault.Is(err, fault.NotFound) {
		return nil, nil, fault.New(fault.Conflict, "the place is not at revision %d any more", revision)
	}
	if err != nil {
		return nil, nil, err
	}
	return valuesOfPlace(fields)
}

// findPublished reads a place as it is on the map.
func findPublished(view *snapshot.View, id places.ID) (published, error) {
	row, ok := view.Find(id)
	if !ok {
		return published{}, fault.New(fault.NotFound, "there is no place %d", id)
	}
	return readPublished(row)
}

// takeForm sends the form on its road, or shows it again with all that is wrong.
func (s *site) takeForm(r *http.Request, v *view, actor accounts.Actor, form *placeForm, submission moderation.Submission) (answer, error) {
	if _, ok := form.position(); !ok {
		form.Errors["position"] = v.T("form.position_wrong")
	}
	if len(form.Errors) > 0 { // and whatever else is wrong, at once
		_, err := submission.Check(s.Taxonomy, s.Clock())
		return s.showAgain(r, v, form, err)
	}
	received, err := s.submitAs(r, actor, submission, form.Key, form.body)
	if err == nil {
		return s.showReceived(v, actor, received), nil
	}
	var ask *moderation.LookalikesError
	if errors.As(err, &ask) {
		form.Asked, form.Lookalikes = true, v.lookalikeTexts(ask.Lookalikes, submission.Distinct)
	}
	return s.showAgain(r, v, form, err)
}

// showAgain shows the form with what was wrong. Nothing that was typed is lost.
func (s *site) showAgain(r *http.Request, v *view, form *placeForm, err error) (answer, error) {
	status := http.StatusBadRequest
	if err != nil {
		if kind := fault.KindOf(err); kind == fault.Internal || kind == fault.NotFound {
			return answer{}, err
		}
		said := v.faultOf(r, err)
		status = said.status
		form.tell(said)
		v.askMissing(form)
		if said.fields["Idempotency-Key"] != "" {
			form.Key, form.Problem = newKey(), v.T("form.resent")
		}
	}
	status = cmp.Or(form.status, status)
	if form.Problem == "" {
		form.Problem = v.T("form.check")
	}
	if len(form.Lookalikes) > 0 {
		form.Problem = v.T("form.lookalikes_problem")
	}
	return s.showPlaceForm(r, v, form, status)
}

// askMissing asks for what a place cannot do without in the form's own words.
func (v *view) askMissing(form *placeForm) {
	typed := form.Values["category"] + form.Values["category_text"]
	if typed == "" && form.Errors["category"] != "" {
		form.Errors["category"] = v.T("form.category_missing")
	}
	if form.Values["name"] == "" && form.Errors["name"] != "" {
		form.Errors["name"] = v.T("form.name_missing")
	}
}

func (s *site) showPlaceForm(r *http.Request, v *view, form *placeForm, status int) (answer, error) {
	if form.Photo != nil && form.Errors["photo"] != "" {
		form.Photo.Sent = "" // what is wrong is the picture itself
	}
	t, err := s.town(r.Context(), s.Snapshot.View())
	if err != nil {
		return answer{}, err
	}
	v.fillForm(form, t)
	title := v.T("form.add_title")
	if form.ID != 0 {
		title = v.T("form.edit_title", "name", form.Name)
	}
	return answer{template: "place_form", title: title, data: form, status: status, private: true, fragment: askedAlike(v)}, nil
}

// askedAlike says whether only the places around a position are asked for.
func askedAlike(v *view) bool { return v.request.Query().Get("fragment") == "alike" }
