// Package demo invents a town, so that the map has something to show before
// anyone has brought data: Port-Ambrelle, on an island that does not exist, off
// the Vendée, with four neighbourhoods on the two banks of the Lizeuse.
//
// It is a source of the import pipeline like any other. Everything in it is
// made up: telephone numbers are of the block that ARCEP keeps for fiction,
// addresses on the web end in .example (RFC 2606). It is the same town each time;
// only its dates follow the day it is made, so that some places have always been
// verified lately and others long ago.
//
// Start with New. places.csv holds what has a name, town.go the ground,
// furniture.go what stands in every street.
package demo
