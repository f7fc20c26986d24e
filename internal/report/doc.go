// Package report writes what a job measured: as text for people, with the lines
// that the Python programs print; as JSON, whose schema is docs/json.md; and as
// CSV, a row an iteration. It computes nothing but sums for display.
package report
