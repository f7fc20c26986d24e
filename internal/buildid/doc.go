// Package buildid names the build of the running program, so that ranks of
// different builds refuse one another by name instead of failing later.
package buildid
