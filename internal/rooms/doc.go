// Package rooms holds the test that keeps arrows between the rooms of the house
// pointing down. It has no code of its own; docs/architecture.md draws the plan.
package rooms
