// Package readme runs every command that README.md shows.
package readme
