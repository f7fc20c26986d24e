// Package schematest holds the tables of docs/json.md to the Go types that are
// written as JSON. It is for tests.
package schematest
