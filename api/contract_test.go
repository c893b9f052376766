package api_test

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"cartoquartiers/internal/accounts"
	"cartoquartiers/moderation"
)

func (w *world) contract(path string) *openapi3.T {
	w.t.Helper()
	document, err := openapi3.NewLoader().LoadFromData([]byte(w.body(http.StatusOK, path)))
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	return document
}

func TestContractsAreValid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, version := range map[string]string{"/api/openapi.json": "3.1", "/api/openapi-3.0.json": "3.0", "/ogc/api": "3.0"} {
		document := w.contract(path)
		if !strings.HasPrefix(document.OpenAPI, version) {
			t.Errorf("%s is version %s", path, document.OpenAPI)
		}
		if err := document.Validate(t.Context()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if text := w.body(http.StatusOK, path); strings.Contains(text, "$schema\"") {
			t.Errorf("%s adds $schema to answers", path)
		}
	}
}

// pathValues are ids that exist in the world of the contract test, by what stands before them.
var pathValues = map[string]string{
	"/places/": "1", "/feeds/neighbourhoods/": "port", "/organisations/": "1", "/places/items/": "1", "/neighbourhoods/items/": "port", "/categories/items/": "compost", "/contributions/": "1", "/undos/": "1",
	"/problems/": "invalid", "/tile/": "0/000.p/1", "/entries/": "000.p/1",
}

func (w *world) fillPath(path string) string {
	path = strings.NewReplacer("{z}/{x}/{y}", "14/8214/8169", "/{leaf}", "/"+w.leaf, "/{item}", "/"+w.item,
		"{name}-{size}", w.file+"-320", "/photos/{id}/{size}", "/photos/1/320").Replace(path)
	for end, value := range pathValues {
		for _, name := range []string{"{id}", "{tile}", "{entries}", "{type}"} {
			path = strings.ReplaceAll(path, end+name, end+value)
		}
	}
	return path
}

// TestContractHoldsForRealAnswers asks every operation in every format, with each
// parameter's example, and compares the answer with what the contract says.
func TestContractHoldsForRealAnswers(t *testing.T) {
	t.Parallel()
	drafts := crowd(9, 60)
	drafts[0] = draft("Médiathèque", "library", 0.5, 0.5)
	w := newWorldWith(t, withPark(t), drafts...)
	w.inTheLog(w.submit(noon, w.visitor(), w.pictured(w.visitor(), proposal)))
	maud := w.person("Maud", accounts.Moderator)
	w.undoFirst(maud, 1)
	rosa := w.person("Rosa", accounts.Resident)
	_, w.file = w.publishPhoto(rosa, maud, 1)
	w.owned(1, "Les Lilas")
	w.road.Community = &moderation.DefaultCommunity
	moderator, resident := w.tokenOf(maud), w.tokenOf(rosa)
	for path, item := range w.contract("/api/openapi-3.0.json").Paths.Map() {
		for method, operation := range item.Operations() {
			if method != http.MethodGet {
				continue
			}
			w.token = moderator
			if operation.OperationID == "getProposals" { // is for those who vote
				w.token = resident
			}
			checkOperation(w, w.fillPath(path), operation)
		}
	}
}

func checkOperation(w *world, path string, operation *openapi3.Operation) {
	required := url.Values{}
	var others []url.Values
	for _, reference := range operation.Parameters {
		p := reference.Value
		switch {
		case p.In != "query":
		case p.Name == "q" && operation.OperationID == "search":
			required.Set("q", "jardin")
		case p.Name == "f":
			for _, format := range p.Schema.Value.Enum {
				others = append(others, url.Values{"f": {format.(string)}})
			}
		case p.Example != nil:
			others = append(others, url.Values{p.Name: {exampleText(p.Example)}})
		}
	}
	for _, values := range append(others, url.Values{}) {
		for name, value := range required {
			values[name] = value
		}
		checkAnswer(w, operation, path+"?"+values.Encode(), http.StatusOK)
	}
	required.Set("undeclared", "1")
	checkAnswer(w, operation, path+"?"+required.Encode(), http.StatusBadRequest)
}

func exampleText(example any) string {
	text, _ := json.Marshal(example)
	return strings.Trim(string(text), `"`)
}

func checkAnswer(w *world, operation *openapi3.Operation, path string, status int) {
	response := w.get(path, "Accept", "*/*", "Authorization", "Bearer "+w.token)
	if response.StatusCode != status && response.StatusCode != http.StatusNoContent {
		w.t.Errorf("%s %s: %d, want %d", operation.OperationID, path, response.StatusCode, status)
	}
	checkContract(w, operation, response)
}

// checkContract compares an answer with what the contract says of it.
func checkContract(w *world, operation *openapi3.Operation, response *http.Response) {
	w.t.Helper()
	path := response.Request.URL.Path
	if response.Header.Get("Content-Type") == "text/event-stream" { // it never ends
		return
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	declared := operation.Responses.Status(response.StatusCode)
	if declared == nil && response.StatusCode < 300 {
		w.t.Errorf("%s %s: answers %d, which is not declared", operation.OperationID, path, response.StatusCode)
		return
	}
	if declared == nil {
		declared = operation.Responses.Default()
	}
	if len(body) == 0 {
		return
	}
	contentType := response.Header.Get("Content-Type")
	media := declared.Value.Content.Get(contentType)
	if bare, _, _ := mime.ParseMediaType(contentType); media == nil {
		media = declared.Value.Content[bare]
	}
	if media == nil {
		w.t.Errorf("%s %s: answers %s, which is not declared", operation.OperationID, path, contentType)
		return
	}
	if !strings.Contains(contentType, "json") || strings.Contains(contentType, "ndjson") || strings.Contains(contentType, "jsonl") || strings.Contains(contentType, "seq") {
		return
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		w.t.Errorf("%s %s: %v", operation.OperationID, path, err)
		return
	}
	if err := media.Schema.Value.VisitJSON(value); err != nil {
		w.t.Errorf("%s %s: %v: %s", operation.OperationID, path, err, body)
	}
}

// TestDocsNeedNothingFromElsewhere reads the page of the contract as a browser would.
func TestDocsNeedNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := w.body(http.StatusOK, "/api/docs")
	for path, item := range w.contract("/api/openapi.json").Paths.Map() {
		for _, operation := range item.Operations() {
			if !strings.Contains(page, `id="`+operation.OperationID+`"`) || !strings.Contains(page, path) {
				t.Errorf("%s %s is not on the page", operation.OperationID, path)
			}
		}
	}
	for _, loads := range []string{"src=", "<script", "@import", "url("} {
		if strings.Contains(page, loads) {
			t.Errorf("the page holds %s", loads)
		}
	}
	if strings.Count(page, "<link ") != 1 {
		t.Error("the page links more than its own style")
	}
	w.body(http.StatusOK, "/api/style.css")
}
