package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cartoquartiers/internal/httpkit"
)

// Media types of OpenAPI documents.
const (
	openAPI30Type = "application/vnd.oai.openapi+json;version=3.0"
	openAPI31Type = "application/vnd.oai.openapi+json;version=3.1"
)

// contract is the OpenAPI description, in both versions, and the page made from it.
type contract struct {
	version31, version30 []byte
	docs                 []docGroup
}

func (s *server) contractEndpoints() []endpoint {
	as30 := httpkit.Format{Name: "json", MediaType: openAPI30Type, Also: []string{asJSON.MediaType}}
	as31 := httpkit.Format{Name: "json", MediaType: openAPI31Type, Also: []string{asJSON.MediaType}}
	fixed := func(document *[]byte) func(http.ResponseWriter, *request) error {
		return func(w http.ResponseWriter, r *request) error {
			writeBody(w, r, rested, *document)
			return nil
		}
	}
	return []endpoint{
		{
			path: "/ogc/api", id: "getContract", tag: "Contract", summary: "This contract, OpenAPI 3.0",
			formats: []representation{{as30, anyObject()}}, handle: fixed(&s.contract.version30),
		},
		{
			path: "/api/openapi-3.0.json", id: "getOpenAPI30", tag: "Contract", summary: "This contract, OpenAPI 3.0",
			formats: []representation{{as30, anyObject()}}, handle: fixed(&s.contract.version30),
		},
		{
			path: "/api/openapi.json", id: "getOpenAPI31", tag: "Contract", summary: "This contract, OpenAPI 3.1",
			formats: []representation{{as31, anyObject()}}, handle: fixed(&s.contract.version31),
		},
		{
			path: "/api/docs", id: "getDocs", tag: "Contract", summary: "This contract as a page for people",
			formats: []representation{{asHTML, nil}}, handle: s.docs,
		},
		{
			path: stylePath, id: "getStyle", tag: "Contract", summary: "The style sheet of the pages of this API",
			formats: []representation{{httpkit.Format{Name: "css", MediaType: "text/css; charset=utf-8"}, nil}}, handle: fixed(&s.pages.style),
		},
	}
}

// writeContract describes the route table. huma holds the document and derives
// schemas from Go types; the routes themselves are ours, so that one exit tells
// every error and the hot paths are plain handlers (docs/decisions).
func (s *server) writeContract(endpoints []endpoint) (contract, error) {
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	document := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "CartoQuartiers", Version: "1.0.0",
			Description: "The public services and citizen initiatives of a town, with their history. OGC API – Features, search, changes, tiles, contributions.",
			License:     &huma.License{Name: "AGPL-3.0-or-later", URL: "https://www.gnu.org/licenses/agpl-3.0.html"},
		},
		Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{"token": {
			Type: "http", Scheme: "bearer", Description: "A token `cq_…`, as operators give them, or the secret `cqc_…` of one's own contribution",
		}}},
		Security: []map[string][]string{{}, {"token": {}}}, // much needs none; refusals say where one is needed
	}
	if s.BaseURL != "" {
		document.Servers = []*huma.Server{{URL: s.BaseURL}}
	} else {
		document.Servers = []*huma.Server{{URL: "/"}}
	}
	for _, e := range endpoints {
		document.AddOperation(e.operation(registry))
	}
	var c contract
	var err error
	if c.version31, err = json.Marshal(document); err != nil {
		return c, fmt.Errorf("write OpenAPI 3.1: %w", err)
	}
	if c.version30, err = document.Downgrade(); err != nil {
		return c, fmt.Errorf("write OpenAPI 3.0: %w", err)
	}
	c.docs = docsOf(endpoints)
	return c, nil
}

func (e endpoint) operation(registry huma.Registry) *huma.Operation {
	op := &huma.Operation{
		Method: e.method, Path: e.path, OperationID: e.id, Tags: []string{e.tag}, Summary: e.summary, Description: e.about,
		Responses: e.responses(registry),
	}
	if e.takes != nil {
		op.RequestBody = &huma.RequestBody{Required: true, Content: make(map[string]*huma.MediaType)}
		for _, mediaType := range e.bodyTypes() {
			schema := representation{body: e.takes}.schema(registry)
			if mediaType == multipart {
				schema = &huma.Schema{Type: "object", Required: []string{"photo"}, Properties: map[string]*huma.Schema{"photo": schema}}
			}
			op.RequestBody.Content[mediaType] = &huma.MediaType{Schema: schema}
		}
	}
	var names []any
	for _, representation := range e.formats {
		names = append(names, representation.Name)
	}
	for _, p := range e.inPath {
		op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: "path", Required: true, Description: p.about, Schema: p.schema})
	}
	for _, p := range e.headers {
		op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: "header", Description: p.about, Schema: p.schema, Example: p.sample})
	}
	for _, p := range append(e.query[:len(e.query):len(e.query)],
		parameter{"f", "The format; without it `Accept` decides.", oneOf(names...), nil},
		parameter{"lang", "The language of texts and errors; without it `Accept-Language` decides.", oneOf("fr", "en"), nil},
	) {
		op.Parameters = append(op.Parameters, &huma.Param{Name: p.name, In: "query", Description: p.about, Schema: p.schema, Example: p.sample})
	}
	return op
}

func (e endpoint) bodyTypes() []string {
	if len(e.takesAs) > 0 {
		return e.takesAs
	}
	return []string{asJSON.MediaType}
}

// responses are the statuses of success, each with every format, and problems for the rest.
func (e endpoint) responses(registry huma.Registry) map[string]*huma.Response {
	problem := registry.Schema(reflect.TypeFor[httpkit.Details](), true, "Problem")
	responses := map[string]*huma.Response{
		"default": {Description: "A problem, RFC 9457", Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: problem},
		}},
	}
	statuses := e.statuses
	if statuses == nil {
		statuses = []int{http.StatusOK, http.StatusNotModified}
	}
	for _, status := range statuses {
		response := &huma.Response{}
		responses[strconv.Itoa(status)] = response
		switch status {
		case http.StatusNoContent:
			response.Description = "Done; there is nothing to say"
			continue
		case http.StatusNotModified:
			response.Description = "The caller holds this version already"
			continue
		}
		response.Description, response.Content = "The answer", map[string]*huma.MediaType{}
		for _, representation := range e.formats {
			mediaType := bare(representation.MediaType)
			if strings.HasPrefix(representation.MediaType, "application/vnd.oai") {
				mediaType = representation.MediaType
			}
			response.Content[mediaType] = &huma.MediaType{Schema: representation.schema(registry)}
		}
	}
	return responses
}

func (r representation) schema(registry huma.Registry) *huma.Schema {
	switch body := r.body.(type) {
	case nil:
		return text()
	case *huma.Schema:
		return body
	default:
		return registry.Schema(reflect.TypeOf(body), true, "")
	}
}
