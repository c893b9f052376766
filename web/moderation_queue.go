package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/internal/fault"
	"cartoquartiers/moderation"
)

// queuePath is where moderators work.
const queuePath = "/moderation"

// moderationRoutes are the pages of moderators.
func (s *site) moderationRoutes(router *mux.Router) {
	one := queuePath + "/{id:[0-9]+}"
	router.Path(queuePath).Methods(readOrSend()...).Handler(s.page(s.showQueue))
	router.Path(one).Methods(readOrSend()...).Handler(s.page(s.showItem))
	router.Path(queuePath + "/relectures").Methods(readOrSend()...).Handler(s.page(s.showReviews))
	router.Path(queuePath + "/doublons").Methods(readOrSend()...).Handler(s.page(s.showPairs))
	send := router.Methods(http.MethodPost).Subrouter()
	send.Path(queuePath + "/suivante").Handler(s.page(s.claimNext))
	send.Path(one + "/rendre").Handler(s.page(s.releaseItem))
	send.Path(one + "/auteur").Handler(s.page(s.undoAuthor))
	send.Path(one + "/flou").Handler(s.page(s.blurPhoto))
}

// queuePage is what waits, as a moderator narrows it.
type queuePage struct {
	Rows    []queueRow
	Waiting moderation.WaitingCounts
	First   string // URL of the first page, on later ones
	Next    string
	Nothing bool // there was nothing to take
	Form    queueForm
	Reasons []option
	Bulk    []bulkRow // what became of those decided together
	Problem string
}

// queueForm are the choices that narrow the queue.
type queueForm struct {
	States, Actions, Neighbourhoods, Ages, Risks []option
	Groups                                       []categoryGroup
	Advice, Imports                              bool
	Run                                          string // the import whose questions alone are listed
}

// queueRow is a contribution in the queue.
type queueRow struct {
	ID       int64
	Seen     string // number and version, for deciding several
	Href     string
	Action   string
	About    string
	Category string
	Quarter  string
	Role     string
	Risk     int
	Reasons  string
	State    string
	Tone     string
	Deadline string
	Overdue  bool
	Claimed  bool // by a colleague
	Reports  int
	Received time.Time
}

// queueRows is how many contributions a page of the queue has.
const queueRows = 25

func (s *site) showQueue(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	var page queuePage
	if r.Method == http.MethodPost {
		if err := s.decideEach(r, v, actor, &page); err != nil {
			return answer{}, err
		}
	}
	if err := v.fillQueue(r.Context(), actor, &page); err != nil {
		return answer{}, err
	}
	page.Nothing = v.request.Query().Get("nothing") != ""
	beside := v.request.Query().Get("fragment") == "queue"
	return answer{template: "queue", title: v.T("queue.title"), data: page, private: true, fragment: beside}, nil
}

func (v *view) fillQueue(ctx context.Context, actor accounts.Actor, page *queuePage) error {
	filter, err := v.queueFilter()
	if err != nil {
		return err
	}
	after, err := queueCursor(v.request.Query().Get("after"))
	if err != nil {
		return err
	}
	found, err := moderation.Queue(ctx, v.site.Pool, actor, filter, after, queueRows+1)
	if err != nil {
		return err
	}
	t, err := v.site.town(ctx, v.site.Snapshot.View())
	if err != nil {
		return err
	}
	if len(found) > queueRows {
		found = found[:queueRows]
		last := found[queueRows-1]
		page.Next = v.queueURL("after", last.Deadline.UTC().Format(time.RFC3339Nano)+"_"+strconv.FormatInt(last.ID, 10))
	}
	if after.ID != 0 {
		page.First = v.queueURL("after", "")
	}
	for _, c := range found {
		page.Rows = append(page.Rows, v.queueRow(t, actor, c))
	}
	page.Form, page.Reasons = v.queueForm(t), v.reasons("")
	all, err := moderation.AllWaiting(ctx, v.site.Pool, v.site.Clock())
	if err != nil {
		return err
	}
	page.Waiting, err = moderation.CountWaiting(actor, all)
	return err
}

// queueNames are the parameters that narrow the queue.
var queueNames = []string{"state", "action", "neighbourhood", "category", "age", "min_risk", "advice", "import"}

// queueURL is the queue as it is narrowed now, with one parameter changed.
func (v *view) queueURL(name, value string) string {
	query, kept := v.request.Query(), []any{}
	for _, one := range queueNames {
		kept = append(kept, one, query.Get(one))
	}
	return v.Link(queuePath, append(kept, name, value)...)
}

func (v *view) queueFilter() (moderation.QueueFilter, error) {
	query := v.request.Query()
	f := moderation.QueueFilter{
		States: listOf[moderation.State](query, "state"), Actions: listOf[moderation.Action](query, "action"),
		Neighbourhoods: listOf[string](query, "neighbourhood"), Categories: listOf[string](query, "category"),
		Advice: moderation.Advice(query.Get("advice")),
	}
	var err error
	if f.Import, err = moderation.ImportOf(query.Get("import")); err != nil {
		return f, err
	}
	if f.MinRisk, err = v.number("min_risk", 0); err != nil {
		return f, err
	}
	days, err := v.number("age", 0)
	if days > 0 {
		f.ReceivedBefore = v.site.Clock().AddDate(0, 0, -days)
	}
	return f, err
}

// queueCursor reads the parameter after: the deadline and number of the last one seen.
func queueCursor(given string) (moderation.QueueCursor, error) {
	if given == "" {
		return moderation.QueueCursor{}, nil
	}
	at, number, _ := strings.Cut(given, "_")
	deadline, errAt := time.Parse(time.RFC3339Nano, at)
	id, errID := strconv.ParseInt(number, 10, 64)
	if errAt != nil || errID != nil {
		return moderation.QueueCursor{}, fault.InvalidField("after", "%q is not from a link of ours", given)
	}
	return moderation.QueueCursor{Deadline: deadline, ID: id}, nil
}

func (v *view) queueForm(t *town) queueForm {
	query := v.request.Query()
	form := queueForm{Groups: v.categoryGroups(query.Get("category")), Advice: query.Get("advice") != "", Imports: query.Get("import") == "any"}
	if run := query.Get("import"); run != "" && !form.Imports {
		form.Run = run
	}
	for _, state := range []moderation.State{moderation.Pending, moderation.Escalated, moderation.NeedsInfo, moderation.Accepted, moderation.Refused} {
		form.States = append(form.States, option{string(state), v.T("queue.state." + string(state)), query.Get("state") == string(state)})
	}
	for _, action := range moderation.AllActions {
		form.Actions = append(form.Actions, option{string(action), v.actionText(action), query.Get("action") == string(action)})
	}
	for _, n := range t.neighbourhoods {
		form.Neighbourhoods = append(form.Neighbourhoods, option{n.Code, n.in(v.Language), query.Get("neighbourhood") == n.Code})
	}
	for _, days := range []string{"1", "3", "7"} {
		number, _ := strconv.Atoi(days)
		form.Ages = append(form.Ages, option{days, v.N("queue.older", number), query.Get("age") == days})
	}
	for _, risk := range []string{"25", "50", "75"} {
		form.Risks = append(form.Risks, option{risk, v.T("queue.risk_from", "risk", risk), query.Get("min_risk") == risk})
	}
	return form
}

func (v *view) itemURL(id int64) string {
	return v.Link(queuePath + "/" + strconv.FormatInt(id, 10))
}

func (v *view) queueRow(t *town, actor accounts.Actor, c moderation.Contribution) queueRow {
	now := v.site.Clock()
	row := queueRow{
		ID: c.ID, Seen: seenText(c), Href: v.itemURL(c.ID), Action: v.actionText(c.Action), About: v.aboutText(c),
		Role: v.roleText(c.Role), Risk: c.Risk, Reasons: v.riskText(c.Screening.Reasons), State: v.T("queue.state." + string(c.State)),
		Tone: toneOf(string(c.State)), Deadline: v.Date(c.Deadline), Overdue: c.State.Open() && c.Deadline.Before(now),
		Claimed: c.ClaimedUntil.After(now) && c.ClaimedBy != actor.User, Received: c.Received,
	}
	if c.Category != "" {
		row.Category = v.site.categoryLabel(c.Category, v.Language)
	}
	if c.Neighbourhood != "" {
		row.Quarter = neighbourhoodName(t, c.Neighbourhood, v.Language)
	}
	if c.Reports != nil {
		row.Reports = c.Reports.Count
	}
	return row
}

// seenText is a contribution at the version that is shown, as a checkbox holds it.
func seenText(c moderation.Contribution) string {
	return strconv.FormatInt(c.ID, 10) + "." + strconv.Itoa(c.Version)
}

// riskText names what made the risk.
func (v *view) riskText(reasons []string) string {
	var all []string
	for _, reason := range reasons {
		all = append(all, v.textOr("risk."+reason, reason))
	}
	return strings.Join(all, ", ")
}

// claimNext takes the most urgent contribution that nobody holds, and shows it.
func (s *site) claimNext(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	claimed, err := moderation.Claim(r.Context(), s.Pool, actor, s.Clock())
	if fault.Is(err, fault.NotFound) {
		return answer{seeOther: v.Link(queuePath, "nothing", "1")}, nil
	}
	if err != nil {
		return answer{}, err
	}
	if !v.asksWork() {
		return answer{seeOther: v.itemURL(claimed.ID)}, nil
	}
	page, err := v.item(r.Context(), actor, claimed.ID)
	if err != nil {
		return answer{}, err
	}
	return v.itemAnswer(r.Context(), actor, page)
}

// releaseItem gives a contribution back, and shows the queue.
func (s *site) releaseItem(r *http.Request, v *view) (answer, error) {
	actor, err := s.signedIn(r)
	if err != nil {
		return answer{}, err
	}
	id, err := contributionID(r)
	if err != nil {
		return answer{}, err
	}
	if err := moderation.Release(r.Context(), s.Pool, actor, id); err != nil {
		return answer{}, err
	}
	return answer{seeOther: v.Link(queuePath)}, nil
}
