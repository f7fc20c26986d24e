// Package wholefile writes files that appear at once and whole, or not at all.
package wholefile
