// Package api is what programs talk to: OGC API – Features, search, the feed of
// changes, counters, vector tiles, and the contract (OpenAPI) that describes them.
// A handler decodes, makes one call into the domain, and encodes.
//
// It decides nothing about places (package places) and draws no pages for people
// except the HTML form of its own resources (package web does the site).
//
// Start with api.go, where every route stands in one table; endpoint.go says what
// a row of it promises: a parameter or a format that is not declared there is refused.
package api
